//! `share`: a project on a server, and who works on it there.

use std::path::Path;

use project::{Author, Change, Edit, Project, Settings};
use serde_json::json;
use server::{Address, Connection, Desk, Shared};

use super::sync;
use crate::args::{Part, ShareArgs, ShareCommand, ShareMemberArgs, ShareMemberCommand};
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::progress;
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &ShareArgs, output: &Output) -> anyhow::Result<()> {
    match (&args.command, &args.project, &args.address) {
        (Some(ShareCommand::Member { command }), ..) => member(command, output),
        (None, Some(project), Some(address)) => {
            let author = workspace::author_or(args.author.as_deref())?;
            let shared = share(project, address, &author, args.keep_rules, args.show_open_votes)?;
            say(project, &address.parse()?, &shared, output)
        }
        _ => Err(Failure::because(
            "There is nothing to share",
            "orthoscope share PROJECT postgres://you@host/town",
        )),
    }
}

/// Shares a project. Committee votes are sealed from then on, so that work goes on while a committee votes.
pub(crate) fn share(
    path: &Path,
    address: &str,
    author: &Author,
    keep_rules: bool,
    show_open_votes: bool,
) -> anyhow::Result<Shared> {
    let address: Address = address.parse()?;
    // Whoever cannot be reached is no reason to change the rules.
    drop(Connection::to(&address)?);
    let mut session = workspace::edit(path, author.name())?;
    if !session.project().may_manage(author) {
        return Err(Failure::because(
            format!("{author} does not lead this project"),
            "ask its lead to share it; `orthoscope member PROJECT` says who that is",
        ));
    }
    let count = server::unsealed_open_votes(session.project());
    if count > 0 && !show_open_votes {
        return Err(server::ServerError::OpenVotes { count }.into());
    }
    if let Some(edit) = seal(session.project()).filter(|_| !keep_rules) {
        session.edit(author, now_ms(), edit)?;
    }
    session.close()?;
    let spinner = progress::spinner("Sending the project");
    let shared = sync::with_desk(path, |desk: &Desk<'_>| {
        Ok(desk.share(&address, author, show_open_votes, &mut |n| spinner.set_position(n))?)
    });
    spinner.finish_and_clear();
    shared
}

/// The change of the rules that seals committee votes; `None` where they are.
fn seal(project: &Project) -> Option<Edit> {
    let before = project.settings();
    let mut rule = before.rule.clone();
    if std::mem::replace(&mut rule.sealed, true) {
        return None;
    }
    let after = Settings { rule, ..before.clone() };
    Some(Edit::Settings(Change::replace((), before.clone(), after)))
}

pub(crate) fn say(path: &Path, address: &Address, shared: &Shared, output: &Output) -> anyhow::Result<()> {
    let value = json!({
        "project": path,
        "address": address.to_string(),
        "sent": shared.sent.entries,
        "you": shared.about.author,
        "leads": shared.about.leads,
        "map": shared.has_map,
        "sees_all": shared.about.sees_all,
    });
    output.result(&value, || {
        let mut lines = vec![
            format!("{} is shared at {address}: {} entries sent", path.display(), shared.sent.entries),
            format!("Let members in: orthoscope share member add {} NAME --role committee", path.display()),
        ];
        if shared.has_map == Some(false) {
            lines.push(
                "Note: the database has no PostGIS, so that QGIS sees no map of the regions there. An administrator adds \
                 it (CREATE EXTENSION postgis), and the next sync makes the map orthoscope.region_map."
                    .to_owned(),
            );
        }
        if shared.about.sees_all {
            lines.push(
                "Note: you are connected as a superuser, whom PostgreSQL shows everything, open votes too. \
                 Share as an ordinary role that owns the database, and be blind like the others."
                    .to_owned(),
            );
        }
        lines.join("\n")
    })
}

fn member(command: &ShareMemberCommand, output: &Output) -> anyhow::Result<()> {
    match command {
        ShareMemberCommand::Add(args) => add(args, output),
        ShareMemberCommand::Remove { project, name } => {
            connect(project)?.remove_member(name)?;
            list(project, output)
        }
        ShareMemberCommand::List { project } => list(project, output),
    }
}

fn connect(path: &Path) -> anyhow::Result<Connection> {
    let address = sync::with_desk(path, |desk| Ok(desk.kept(None)?.address()?))?;
    Ok(Connection::open(&address)?)
}

fn add(args: &ShareMemberArgs, output: &Output) -> anyhow::Result<()> {
    let mut connection = connect(&args.project)?;
    let added = connection.add_member(&args.name, args.login.as_deref(), Part::role(args.role), None)?;
    let address = connection.address().of_member(&added.role).to_string();
    let value = json!({
        "name": args.name,
        "login": added.role,
        "password": added.password,
        "address": address,
    });
    output.result(&value, || {
        let password = added.password.as_ref().map_or_else(
            || "as it was".to_owned(),
            |password| format!("{password}  (tell {} now: nobody can look it up later)", args.name),
        );
        table(&[
            ("Member", args.name.clone()),
            ("Address", address.clone()),
            ("Password", password),
            ("They run", format!("orthoscope sync {} {address}", file_name(&args.project))),
        ])
    })
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "town.gpkg".into(), |name| name.to_string_lossy().into_owned())
}

fn list(path: &Path, output: &Output) -> anyhow::Result<()> {
    let members = connect(path)?.members()?;
    output.result(&json!({ "members": members }), || {
        let row = |member: &server::RemoteMember| {
            let removed = if member.removed { ", removed" } else { "" };
            (member.name.clone(), format!("{}{removed}  login {}", member.part, member.role))
        };
        table(&members.iter().map(row).collect::<Vec<_>>())
    })
}
