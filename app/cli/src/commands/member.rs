//! `member`: who works on a project, and which part each has.

use project::{Author, Member, Project};
use serde_json::{Value, json};

use crate::args::{MemberArgs, Part};
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &MemberArgs, output: &Output) -> anyhow::Result<()> {
    let changes = args.role.is_some() || args.remove;
    let Some(name) = args.name.as_deref().filter(|_| changes) else {
        return list(&workspace::load(&args.project)?, args.name.as_deref(), output);
    };
    let (name, author) = (Author::new(name), workspace::author_or(args.author.as_deref())?);
    let mut session = workspace::edit(&args.project, author.name())?;
    let keys: Vec<Member> =
        session.project().members().values().filter(|m| m.name == name).map(|m| (**m).clone()).collect();
    if keys.is_empty() {
        return Err(Failure::because(
            format!("{name} is not among the members"),
            "a member joins with the first change that their own program writes; `member PROJECT` lists them",
        ));
    }
    if !session.project().may_manage(&author) {
        return Err(Failure::because(
            format!("{author} does not lead this project"),
            "ask its lead; `member PROJECT` says who that is",
        ));
    }
    for key in keys {
        let role = args.role.map_or(key.role, Part::role);
        session.member(&author, now_ms(), Member { role, removed: args.remove, ..key })?;
    }
    let project = session.project().clone();
    session.close()?;
    list(&project, Some(name.name()), output)
}

fn list(project: &Project, only: Option<&str>, output: &Output) -> anyhow::Result<()> {
    let members = project.members().values().filter(|m| only.is_none_or(|name| m.name.name() == name));
    let (mut rows, mut values): (Vec<(String, String)>, Vec<Value>) = (Vec::new(), Vec::new());
    for member in members {
        let removed = if member.removed { ", removed" } else { "" };
        rows.push((
            member.name.to_string(),
            format!("{}{removed}  key {}", member.role.text().to_lowercase(), member.key.short()),
        ));
        values.push(json!({
            "name": member.name,
            "role": member.role,
            "key": member.key,
            "removed": member.removed,
        }));
    }
    output.result(&json!({ "members": values }), || {
        if rows.is_empty() {
            "No members yet: each joins with the first change they write".to_owned()
        } else {
            table(&rows)
        }
    })
}
