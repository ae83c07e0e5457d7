//! `schema`: the classes of a project, and other classes for it: what becomes of the labels is said before it is
//! done.

use std::fmt::Write as _;

use project::{Author, ClassCode, Migration, Project, Schema};
use serde_json::{Value, json};

use crate::args::SchemaArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace;

pub(crate) fn run(args: &SchemaArgs, output: &Output) -> anyhow::Result<()> {
    let Some(to) = &args.to else {
        let project = workspace::load(&args.project)?;
        return present(&project, output);
    };
    let to = super::new::schema(to)?;
    if args.dry_run {
        let project = workspace::load(&args.project)?;
        let migration = plan(&project, to, &args.map)?;
        return output.result(&value(&migration, false), || text(&migration, false));
    }
    let Some(author) = &args.author else {
        return Err(Failure::because(
            "Nobody changes the classes",
            "say who you are with --author NAME, or look first with --dry-run",
        ));
    };
    let mut session = workspace::edit(&args.project, author)?;
    let migration = plan(session.project(), to, &args.map)?;
    let edit = migration.edit(session.project());
    let changed = edit.is_some();
    if let Some(edit) = edit {
        session.edit(&Author::new(author), workspace::now_ms(), edit)?;
    }
    session.close()?;
    output.result(&value(&migration, changed), || text(&migration, changed))
}

fn plan(project: &Project, to: Schema, map: &[String]) -> anyhow::Result<Migration> {
    if project.schema().is_none() {
        return Err(Failure::because("The project has no classes yet", "`orthoscope new` gives it some"));
    }
    let mut migration = Migration::plan(project, to);
    for pair in map {
        let Some((from, to)) = pair.split_once('=') else {
            return Err(Failure::because(
                format!("`{pair}` maps nothing"),
                "write OLD=NEW, or OLD= to keep it",
            ));
        };
        let to = Some(to.trim()).filter(|to| !to.is_empty()).map(ClassCode::new);
        if !migration.map(&ClassCode::new(from.trim()), to) {
            let gone: Vec<&str> = migration.moved.iter().map(|moved| moved.from.as_str()).collect();
            let hint =
                format!("classes that will be gone: {}; NEW is a class of the new schema", gone.join(", "));
            return Err(Failure::because(format!("`{pair}` cannot be mapped"), hint));
        }
    }
    Ok(migration)
}

fn value(migration: &Migration, changed: bool) -> Value {
    let moved: Vec<Value> = migration
        .moved
        .iter()
        .map(|m| json!({ "from": m.from, "to": m.to, "labels": m.labels, "votes": m.votes }))
        .collect();
    let to = migration.to();
    json!({ "id": to.id, "version": to.version, "added": migration.added, "moved": moved, "changed": changed })
}

fn text(migration: &Migration, changed: bool) -> String {
    let to = migration.to();
    let mut text =
        format!("{} {}{}\n", to.name, to.version, if changed { ", changed" } else { ", not changed" });
    for moved in &migration.moved {
        let what = moved.to.as_ref().map_or_else(|| "kept, offered no more".to_owned(), ToString::to_string);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} → {what}  ({} labels, {} votes)", moved.from, moved.labels, moved.votes);
    }
    text
}

fn present(project: &Project, output: &Output) -> anyhow::Result<()> {
    let Some(schema) = project.schema() else {
        return Err(Failure::because("The project has no classes yet", "`orthoscope new` gives it some"));
    };
    let keys: Vec<(String, ClassCode)> =
        schema.keys().into_iter().map(|(key, class)| (key, class.code.clone())).collect();
    let key = |code: &ClassCode| keys.iter().find(|(_, of)| of == code).map(|(key, _)| key.as_str());
    let classes: Vec<Value> = schema
        .classes
        .iter()
        .map(|c| {
            json!({ "code": c.code, "name": c.name, "color": c.color, "key": key(&c.code), "parent": c.parent, "retired": c.retired })
        })
        .collect();
    let value = json!({
        "id": schema.id, "version": schema.version, "name": schema.name, "classes": classes,
        "attributes": schema.attributes, "relations": schema.relations,
    });
    output.result(&value, || {
        let mut text = format!("{} {} ({})\n", schema.name, schema.version, schema.id);
        for class in &schema.classes {
            let key = key(&class.code).unwrap_or(if class.retired { "gone" } else { "" });
            let _ = writeln!(text, "{key:>5}  {}", class.code);
        }
        for attribute in &schema.attributes {
            let required = if attribute.required { ", required" } else { "" };
            let _ = writeln!(text, "   asks  {} ({:?}{required})", attribute.name, attribute.kind);
        }
        for predicate in &schema.relations {
            let gone = if predicate.retired { " (offered no more)" } else { "" };
            let _ = writeln!(text, "relates  {}{gone}", predicate.code);
        }
        text
    })
}
