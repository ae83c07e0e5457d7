//! `rules`: how the review goes, in words and as TOML.

use anyhow::Context as _;
use project::{Change, Edit, Settings};
use serde_json::json;

use crate::args::RulesArgs;
use crate::commands::handing::lead_only;
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms};

/// Bytes of a file of rules.
const LONGEST: u64 = 1 << 20;

pub(crate) fn run(args: &RulesArgs, output: &Output) -> anyhow::Result<()> {
    let rule = match &args.set {
        None => workspace::load(&args.project)?.settings().rule.clone(),
        Some(path) => {
            let bytes = workspace::read_bytes(path, LONGEST)?;
            let text = String::from_utf8(bytes).with_context(|| format!("{} is not text", path.display()))?;
            let author = workspace::author_or(args.author.as_deref())?;
            let mut session = workspace::edit(&args.project, author.name())?;
            lead_only(session.project(), &author)?;
            let before = session.project().settings().clone();
            let rule = before.rule.with_toml(&text).map_err(|why| {
                let what = format!("{} cannot be used: {why}", path.display());
                Failure::because(what, "`orthoscope rules PROJECT` prints every rule as TOML")
            })?;
            let after = Settings { rule: rule.clone(), ..before.clone() };
            if after != before {
                session.edit(&author, now_ms(), Edit::Settings(Change::replace((), before, after)))?;
            }
            session.close()?;
            rule
        }
    };
    let words = rule.in_words();
    output.result(&json!({ "rule": rule, "words": words }), || {
        format!("{}\n\n{}", words.join("\n"), rule.to_toml())
    })
}
