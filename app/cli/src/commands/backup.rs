//! `backup` and `restore`: checked copies beside a project, and the way back from one.

use serde_json::{Value, json};
use store::backups::{self, BackedUp, Generation};

use crate::args::{BackupArgs, RestoreArgs};
use crate::output::{Output, table};

pub(crate) fn run(args: &BackupArgs, output: &Output) -> anyhow::Result<()> {
    let made = if args.list {
        None
    } else {
        match backups::back_up(&args.project, || true)? {
            BackedUp::Made(one) => Some((one, true)),
            BackedUp::Held(one) => Some((one, false)),
            BackedUp::Stopped => None,
        }
    };
    let all = backups::generations(&args.project);
    let value = json!({
        "made": made.as_ref().filter(|(_, new)| *new).map(|(one, _)| one.number),
        "backups": all.iter().map(to_json).collect::<Vec<_>>(),
    });
    output.result(&value, || {
        let mut text = match &made {
            Some((one, true)) => format!("Backup {} made and checked.\n", one.number),
            Some((one, false)) => format!("Backup {} has everything already.\n", one.number),
            None if all.is_empty() => format!("{} has no backup.\n", args.project.display()),
            None => String::new(),
        };
        text.push_str(&table(&all.iter().map(line).collect::<Vec<_>>()));
        text
    })
}

fn to_json(one: &Generation) -> Value {
    json!({
        "number": one.number,
        "path": one.path,
        "made_ms": one.made_ms,
        "bytes": one.bytes,
        "entries": one.entries(),
    })
}

fn line(one: &Generation) -> (String, String) {
    let entries = one.entries().map_or_else(|| "cannot be read".into(), |n| format!("{n} entries"));
    let megabytes = one.bytes as f64 / 1e6;
    (one.number.to_string(), format!("{}  {entries}  {megabytes:.1} MB  {}", one.made(), one.path.display()))
}

pub(crate) fn restore(args: &RestoreArgs, output: &Output) -> anyhow::Result<()> {
    let done = backups::restore(&args.project, args.backup, args.output.as_deref())?;
    let value = json!({
        "path": done.path,
        "backup": done.from.number,
        "entries": done.entries,
        "taken_over": done.taken_over,
        "set_aside": done.set_aside,
    });
    output.result(&value, || {
        let mut text = format!(
            "{} is back from backup {} of {}: {} entries, {} of them made since and still readable",
            done.path.display(),
            done.from.number,
            done.from.made(),
            done.entries,
            done.taken_over
        );
        if let Some(aside) = &done.set_aside {
            text = format!("{text}\nthe file that was there is now {}", aside.display());
        }
        text
    })
}
