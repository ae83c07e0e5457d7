//! `verify`: whether a project is what its journal says.

use serde_json::json;
use store::verify_file;

use crate::args::ProjectArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &ProjectArgs, output: &Output) -> anyhow::Result<()> {
    let found = verify_file(&args.project)?;
    let result = json!({
        "violations": found.violations,
        "replay_equal": found.replay_equal,
        "integrity": found.integrity,
        "entries": found.entries,
    });
    let clean = found.is_clean();
    output.result(&result, || {
        if clean {
            format!("{}: {} entries, nothing is wrong", args.project.display(), found.entries)
        } else {
            found.violations.join("\n")
        }
    })?;
    if clean {
        return Ok(());
    }
    let what = format!("{} is damaged in {} ways", args.project.display(), found.violations.len().max(1));
    Err(Failure::because(
        what,
        "keep a copy of the file before anything else; the journal's sound part can be replayed",
    ))
}
