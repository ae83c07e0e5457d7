//! `providers`: who can be asked for what, and where their secrets are.

use std::io::Read as _;

use places::plugin_api::Tool;
use places::{LOCAL, UserKeys, provider_folder};
use serde_json::{Value, json};

use crate::args::ProvidersArgs;
use crate::commands::ask;
use crate::failure::Failure;
use crate::output::{Output, table};

pub(crate) fn run(args: &ProvidersArgs, output: &Output) -> anyhow::Result<()> {
    if let Some(name) = &args.keep_key {
        known(name)?;
        let secret = from_standard_input()?;
        UserKeys.keep(name, &secret)?;
        return output.result(&json!({ "kept": name }), || format!("{name} is in the system's keyring"));
    }
    if let Some(name) = &args.forget_key {
        known(name)?;
        UserKeys.forget(name)?;
        return output
            .result(&json!({ "forgotten": name }), || format!("{name} is no longer in the keyring"));
    }
    let all: Vec<&str> = Tool::ALL.into_iter().map(Tool::key).collect();
    let mut list = vec![json!({
        "name": LOCAL, "title": "This project", "tools": all, "keys": [], "hosts": [], "terms": "",
    })];
    let mut rows = vec![(LOCAL.to_owned(), format!("this project and extracts: {}", all.join(", ")))];
    for provider in ask::registry().all() {
        let about = provider.about();
        let tools: Vec<&str> =
            Tool::ALL.into_iter().filter(|tool| provider.lacks(*tool).is_none()).map(Tool::key).collect();
        let keys: Vec<Value> =
            about.keys.iter().map(|name| json!({"name": name, "place": UserKeys.place(name)})).collect();
        let said: Vec<String> =
            about.keys.iter().map(|name| format!("  [{name}: {}]", UserKeys.place(name))).collect();
        rows.push((about.name.clone(), format!("{}: {}{}", about.title, tools.join(", "), said.concat())));
        list.push(json!({
            "name": about.name,
            "title": about.title,
            "tools": tools,
            "keys": keys,
            "hosts": about.hosts,
            "terms": about.terms,
            "milliseconds_between": about.pace.between.as_millis() as u64,
        }));
    }
    let folder = provider_folder().map(|folder| folder.display().to_string());
    output.result(&json!({ "providers": list, "folder": folder }), || {
        let own = folder.as_ref().map_or_else(String::new, |folder| format!("\nYour own: {folder}/*.toml\n"));
        format!("{}{own}", table(&rows))
    })
}

/// Refuses a name that no provider asks for: whoever mistypes it would look for the secret in vain.
fn known(name: &str) -> anyhow::Result<()> {
    let registry = ask::registry();
    if registry.all().iter().any(|provider| provider.about().keys.iter().any(|key| key == name)) {
        return Ok(());
    }
    Err(Failure::because(
        format!("no provider asks for a secret of the name {name}"),
        "`orthoscope providers` lists the names",
    ))
}

/// Not an argument: those are seen by everybody in the list of processes.
fn from_standard_input() -> anyhow::Result<String> {
    const LONGEST: u64 = 16 << 10;
    let mut text = String::new();
    std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)?;
    let secret = text.trim().to_owned();
    if secret.is_empty() {
        return Err(Failure::because(
            "standard input holds no secret",
            "such as: orthoscope providers --keep-key TOMTOM_API_KEY < key.txt",
        ));
    }
    Ok(secret)
}
