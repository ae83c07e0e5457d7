//! `add`: imagery becomes layers of a project.

use project::{Author, Edit, LayerRole, add_layer_edit, relink_layer_edit};
use serde_json::json;

use crate::args::{AddArgs, Role};
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &AddArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new("command line");
    let mut session = workspace::edit(&args.project, author.name())?;
    if let Some(name) = &args.in_place_of {
        return relink(args, name, session, &author, output);
    }
    let role = args.role.map(|role| match role {
        Role::Before => LayerRole::Before,
        Role::After => LayerRole::After,
    });
    // All or none: planned on a copy, written as one entry.
    let mut planned = session.project().clone();
    let mut edits = Vec::new();
    let mut added = Vec::new();
    for imagery in &args.imagery {
        let layer = workspace::describe_layer(&args.project, imagery, role)?;
        added.push(json!({ "name": layer.name, "path": layer.path, "role": layer.role }));
        let id = session.ids(now_ms()).layer();
        let edit = add_layer_edit(&planned, id, layer)?;
        planned.apply(&edit)?;
        edits.push(edit);
    }
    let title = if edits.len() == 1 { edits[0].title() } else { format!("Add {} layers", edits.len()) };
    session.edit(&author, now_ms(), Edit::batch(title, edits))?;
    let crs = session.project().crs().map(spatial::Crs::label);
    session.close()?;
    let count = added.len();
    output.result(&json!({ "added": added, "crs": crs }), || {
        let layers = if count == 1 { "layer" } else { "layers" };
        format!("{count} {layers} added; the map is in {}", crs.as_deref().unwrap_or("pixel space"))
    })
}

/// The image of a layer was moved: the layer is told where it is.
fn relink(
    args: &AddArgs,
    name: &str,
    mut session: store::Session,
    author: &Author,
    output: &Output,
) -> anyhow::Result<()> {
    let [imagery] = &args.imagery[..] else {
        return Err(Failure::because("One image takes the place of a layer's", "name one image"));
    };
    let project = session.project();
    let id = workspace::choose_layer(project, Some(name))?;
    let found = workspace::describe_layer(&args.project, imagery, None)?;
    let edit = relink_layer_edit(project, id, &found)?;
    session.edit(author, now_ms(), edit)?;
    session.close()?;
    let path = found.path;
    output.result(&json!({ "layer": id, "path": path }), || format!("{name} is {path} from now on"))
}
