//! `new`: an empty project with a schema.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use project::{Author, Change, Edit, Schema};
use serde_json::json;
use store::Session;

use super::share;
use crate::args::NewArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, is_project, now_ms};

pub(crate) fn run(args: &NewArgs, output: &Output) -> anyhow::Result<()> {
    if let Some(address) = args.project.to_str().filter(|text| server::is_address(text)) {
        return on_server(args, address, output);
    }
    if !is_project(&args.project) {
        let what = format!("{} does not end in .gpkg", args.project.display());
        return Err(Failure::because(what, "a project is a GeoPackage: name it like town.gpkg"));
    }
    let schema = schema(&args.schema)?;
    let name = args.project.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let session = create(&args.project, &name, &schema)?;
    session.close()?;
    let result = json!({ "path": args.project, "schema": schema.id, "classes": schema.classes.len() });
    output.result(&result, || format!("{}: empty project, {}", args.project.display(), schema.name))
}

/// Makes a project file named like the database, and shares it there.
fn on_server(args: &NewArgs, address: &str, output: &Output) -> anyhow::Result<()> {
    let place: server::Address = address.parse()?;
    drop(server::Connection::to(&place)?);
    let path = Path::new(place.database()).with_extension("gpkg");
    let author = workspace::author_or(None)?;
    create(&path, place.database(), &schema(&args.schema)?)?.close()?;
    let shared = share::share(&path, address, &author, false, false)?;
    share::say(&path, &place, &shared, output)
}

/// Makes the project file.
pub(crate) fn create(path: &Path, name: &str, schema: &Schema) -> anyhow::Result<Session> {
    let author = Author::new("command line");
    let session = Session::create(path, &workspace::identity(), author.name())?;
    let mut session = workspace::signed(session)?;
    let before = session.project().settings().clone();
    let after = project::Settings { name: name.to_owned(), ..before.clone() };
    let edits = vec![
        Edit::Settings(Change::replace((), before, after)),
        Edit::Schema(Change::create((), Arc::new(schema.clone()))),
    ];
    session.edit(&author, now_ms(), Edit::batch("Make the project", edits))?;
    Ok(session)
}

/// A shipped schema by its id, or one from a TOML file.
pub(crate) fn schema(name: &str) -> anyhow::Result<Schema> {
    let shipped = Schema::built_in();
    let ids: Vec<String> = shipped.iter().map(|s| s.id.clone()).collect();
    if let Some(found) = shipped.into_iter().find(|s| s.id == name) {
        return Ok(found);
    }
    if !Path::new(name).exists() {
        let what = format!("There is no schema `{name}`");
        return Err(Failure::because(what, format!("name a TOML file or one of: {}", ids.join(", "))));
    }
    let bytes = workspace::read_bytes(Path::new(name), 1 << 20)?;
    let text = String::from_utf8(bytes).with_context(|| format!("{name} is not text"))?;
    Schema::from_toml(&text).with_context(|| format!("cannot use {name}"))
}
