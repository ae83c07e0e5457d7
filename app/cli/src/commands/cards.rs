//! `review sheet`, `bundle`, `take`: cards on paper and in a folder, and the votes that come back.

use std::path::Path;
use std::sync::Arc;

use dataset::{BundleOrigin, TakeError, TakeOptions, bundle_header};
use desktop::paper::{self, Receiver};
use picture::cards::{PrintError, Shown, Wanted};
use picture::{LayerView, Rendering};
use project::review::{ReviewState, Stage, queue, queue_now, work};
use project::{Author, Class, Project, RegionId};
use query::Needs;
use renderer::{Gpu, GpuPreference};
use serde_json::json;
use store::{OpenMode, Session};

use crate::args::{BundleArgs, CasesArgs, SheetOfCardsArgs, TakeArgs};
use crate::commands::query::find;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::progress;
use crate::workspace::{self, now_ms};

/// Bytes of a votes file at most.
const LARGEST: u64 = 64 << 20;

/// The cases that are meant; for a member, what was handed to them before what waits for anybody.
fn meant(
    project: &Project,
    path: &Path,
    args: &CasesArgs,
    member: Option<&Author>,
) -> anyhow::Result<Vec<RegionId>> {
    let stage = args.stage.stage();
    let words = match (&args.query, &args.list) {
        (Some(words), _) => Some(words.clone()),
        (None, Some(name)) => Some(crate::commands::handing::listed(project, name)?),
        (None, None) => None,
    };
    let mut cases: Vec<RegionId> = match words {
        Some(words) => find(path, &words, args.author.as_deref(), Needs::default())?.regions().collect(),
        None if args.all => project.regions().keys().copied().collect(),
        None if !args.state.is_empty() => in_states(project, &args.state)?,
        None => waiting(project, stage, member),
    };
    cases.truncate(args.limit.unwrap_or(usize::MAX));
    Ok(cases)
}

fn waiting(project: &Project, stage: Stage, member: Option<&Author>) -> Vec<RegionId> {
    let items = match member {
        None => queue(project, None, stage),
        Some(member) => {
            let handed = work(project, member, stage, now_ms());
            if handed.is_empty() { queue_now(project, member, stage, now_ms()) } else { handed }
        }
    };
    items.into_iter().map(|item| item.case).collect()
}

fn in_states(project: &Project, names: &[String]) -> anyhow::Result<Vec<RegionId>> {
    let state = |name: &String| {
        let key = name.trim().to_lowercase().replace([' ', '-'], "_");
        ReviewState::ALL.into_iter().find(|state| state.key() == key).ok_or_else(|| {
            let all = ReviewState::ALL.map(ReviewState::key).join(", ");
            Failure::because(format!("`{name}` is not a state"), format!("the states are {all}"))
        })
    };
    let wanted: Vec<ReviewState> = names.iter().map(state).collect::<anyhow::Result<_>>()?;
    Ok(project
        .regions()
        .keys()
        .copied()
        .filter(|case| wanted.contains(&project.outcome(*case).state))
        .collect())
}

/// The layers whose images are there, the topmost first; the others are named.
fn layers(project: &Project, path: &Path) -> Vec<Shown> {
    let mut open = Vec::new();
    for (number, (id, layer)) in project.layers_in_order().into_iter().enumerate() {
        let view = || -> anyhow::Result<LayerView> {
            let source = Arc::new(workspace::open_layer(path, layer)?);
            let rendering = Rendering::of(&source)?;
            Ok(LayerView::new(number as u64, source, rendering, project.crs())?)
        };
        match view() {
            Ok(view) => open.push((id, view)),
            Err(error) => note(&format!("warning: {error:#}; cards go without this layer")),
        }
    }
    open.reverse();
    paper::shown(project, open)
}

fn failed(error: &PrintError) -> anyhow::Error {
    let hint = error.hint();
    Failure::because(error.to_string(), hint)
}

pub(crate) fn sheet(path: &Path, args: &SheetOfCardsArgs, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    if !(36.0..=600.0).contains(&args.dpi) {
        return Err(Failure::because(format!("--dpi {} is no size on paper", args.dpi), "give 36 to 600"));
    }
    let wanted = Wanted {
        cases: meant(&project, path, &args.cases, None)?,
        paper: args.paper.paper(),
        landscape: !args.portrait,
        per_page: args.per_page,
        dpi: args.dpi,
        heading: args.title.clone(),
        labels: args.labels,
        votes: args.votes,
        boxes: !args.no_boxes,
    };
    let layers = layers(&project, path);
    let gpu = Gpu::headless(&GpuPreference::default())?;
    let bar = progress::bar("Cards", wanted.cases.len() as u64);
    let mut go_on = |done: u64, _| {
        bar.set_position(done);
        true
    };
    let printed = paper::print_sheet(gpu, layers, &project, &wanted, &Class::rgb, &args.output, &mut go_on)
        .map_err(|error| failed(&error))?;
    bar.finish_and_clear();
    let Some(printed) = printed else { return Ok(()) };
    for trouble in &printed.failed {
        note(&format!("warning: {trouble}"));
    }
    let blind = !args.labels && !args.votes;
    let value = json!({
        "written": printed.files,
        "cards": printed.cards,
        "pages": printed.pages,
        "missing": printed.missing,
        "blind": blind,
        "failed": printed.failed,
    });
    output.result(&value, || {
        let how = if blind { ", blind" } else { "" };
        format!("{}: {} cards on {} pages{how}", args.output.display(), printed.cards, printed.pages)
    })
}

pub(crate) fn bundle(path: &Path, args: &BundleArgs, output: &Output) -> anyhow::Result<()> {
    // Nothing of the project changes: it may be open elsewhere meanwhile.
    let session = workspace::signed(Session::open(path, OpenMode::ReadOnly)?)?;
    let project = session.project();
    let member = Author::new(args.whose.trim());
    let cases = meant(project, path, &args.cases, Some(&member))?;
    let (journal_seq, journal_hash) = store::journal_end(path)?;
    let name = &project.settings().name;
    let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = BundleOrigin {
        project: session.project_id().to_owned(),
        name: if name.is_empty() { stem() } else { name.clone() },
        journal_seq,
        journal_hash,
        made_at_ms: now_ms(),
    };
    let header = bundle_header(project, &cases, &member, args.cases.stage.stage(), origin).map_err(|why| {
        let hint = "`orthoscope member PROJECT` says who works on it; --stage, --query and --state say which cases";
        Failure::because(format!("No bundle can be made: {why}"), hint)
    })?;
    let layers = layers(project, path);
    let gpu = Gpu::headless(&GpuPreference::default())?;
    let bar = progress::bar("Cards", header.cases.len() as u64);
    let mut go_on = |done: u64, _| {
        bar.set_position(done);
        true
    };
    let made = paper::make_bundle(gpu, layers, project, &header, session.signer(), &args.output, &mut go_on);
    bar.finish_and_clear();
    let troubles = made.map_err(|error| failed(&error))?.unwrap_or_default();
    for trouble in &troubles {
        note(&format!("warning: {trouble}"));
    }
    let signed = session.signer().is_some();
    let value = json!({
        "written": args.output,
        "member": member,
        "stage": header.stage,
        "cases": header.cases.len(),
        "journal_seq": header.journal_seq,
        "signed": signed,
        "failed": troubles,
    });
    output.result(&value, || {
        let page = args.output.join("index.html");
        format!("{} cases for {member}: {}", header.cases.len(), page.display())
    })
}

fn refused(error: &TakeError, file: &Path) -> anyhow::Error {
    Failure::because(format!("{}: {error}", file.display()), error.hint())
}

/// What taking a file into a session would do.
fn planned(
    session: &mut Session,
    bytes: &[u8],
    args: &TakeArgs,
) -> anyhow::Result<(dataset::VotesFile, dataset::Take)> {
    let mut ids = session.ids(now_ms()).clone();
    let to = Receiver {
        project: session.project(),
        id: session.project_id(),
        own: session.signer(),
        unsigned: args.unsigned,
    };
    let options = TakeOptions { replace: args.replace, now_ms: now_ms() };
    let planned =
        paper::read_votes(bytes, &to, options, &mut ids).map_err(|error| refused(&error, &args.file))?;
    *session.ids(now_ms()) = ids;
    Ok(planned)
}

pub(crate) fn take(path: &Path, args: &TakeArgs, output: &Output) -> anyhow::Result<()> {
    let bytes = workspace::read_bytes(&args.file, LARGEST)?;
    // What is refused does not touch the file, to the byte.
    let mut session = workspace::signed(Session::open(path, OpenMode::ReadOnly)?)?;
    let (file, mut take) = planned(&mut session, &bytes, args)?;
    session.close()?;
    if take.votes.is_empty() && take.unchanged == 0 {
        crate::commands::label::refuse_nothing(0, &take.rejected, &args.file)?;
    }
    if !args.dry_run && !take.votes.is_empty() {
        let mut session = workspace::edit(path, "command line")?;
        take = planned(&mut session, &bytes, args)?.1;
        session.votes(now_ms(), take.votes.iter().cloned())?;
        session.close()?;
    }
    let mut warnings = take.warnings.clone();
    warnings.extend(elsewhere(path, &file.header)?);
    let member = &file.header.member;
    for warning in &warnings {
        note(&format!("warning: {warning}"));
    }
    let value = json!({
        "member": member,
        "stage": file.header.stage,
        "accepted": take.votes.len(),
        "unchanged": take.unchanged,
        "rejected": take.rejected,
        "warnings": warnings,
        "dry_run": args.dry_run,
    });
    output.result(&value, || {
        let mut text = vec![format!(
            "{} votes of {member} taken, {} were there already, {} left out",
            take.votes.len(),
            take.unchanged,
            take.rejected.len()
        )];
        text.extend(take.rejected.iter().map(|one| match one.at {
            dataset::Place::Line(line) => format!("  vote {line}: {}", one.reason),
            dataset::Place::Index(at) => format!("  vote {}: {}", at + 1, one.reason),
        }));
        text.join("\n")
    })
}

/// Says where the bundle was made from a journal that is not this one: another copy, or a later state.
fn elsewhere(path: &Path, header: &dataset::Header) -> anyhow::Result<Option<String>> {
    let here = store::journal_hash_at(path, header.journal_seq)?;
    Ok(match here {
        Some(hash) if hash == header.journal_hash => None,
        None => Some("the bundle was made from a later state, or another copy, of the project".to_owned()),
        Some(_) => Some("the bundle was made from another copy of the project".to_owned()),
    })
}
