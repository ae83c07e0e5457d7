//! `verify`: whether a project is what its journal says.

use serde_json::json;
use store::{Signatures, verify_file};

use crate::args::ProjectArgs;
use crate::failure::Failure;
use crate::output::Output;

/// What is said of the signatures.
fn signed(signatures: &Signatures) -> String {
    let Signatures { good, for_others, old, faults, .. } = signatures;
    let mut lines = vec![format!("{good} entries are signed by their authors, {old} are from before that")];
    for (key, name, count) in for_others {
        lines.push(format!("{count} entries by {name} are signed with the key of {key}"));
    }
    lines.extend(faults.iter().map(|fault| format!("Doubtful: {fault}")));
    lines.join("\n")
}

pub(crate) fn run(args: &ProjectArgs, output: &Output) -> anyhow::Result<()> {
    let found = verify_file(&args.project)?;
    let result = json!({
        "violations": found.violations,
        "replay_equal": found.replay_equal,
        "integrity": found.integrity,
        "entries": found.entries,
        "signatures": found.signatures,
    });
    let clean = found.is_clean();
    output.result(&result, || {
        if clean {
            let about = signed(&found.signatures);
            format!("{}: {} entries, nothing is wrong\n{about}", args.project.display(), found.entries)
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
