//! `review`: where the cases stand, who waits for what, and how well the members agree.

use std::collections::BTreeSet;

use project::review::{
    Scope, Stage, Verdict, Vote, because, queue, queue_now, ratings, status, throughput, transitions,
};
use project::{Author, Project, RegionId};
use serde_json::{Value, json};

use crate::args::{ReviewArgs, ReviewView};
use crate::commands::{cards, handing, remarks};
use crate::output::{Output, table};
use crate::workspace;

pub(crate) fn run(args: &ReviewArgs, output: &Output) -> anyhow::Result<()> {
    let path = &args.project;
    let view = match args.view.as_ref().unwrap_or(&ReviewView::Status) {
        ReviewView::Board(args) => return handing::show_board(path, args, output),
        ReviewView::Assign(args) => return handing::assign(path, args, output),
        ReviewView::Release(args) => return handing::release(path, args, output),
        ReviewView::Unassign(args) => return handing::unassign(path, args, output),
        ReviewView::Say(args) => return remarks::say(path, args, output),
        ReviewView::Resolve(args) => return remarks::resolve(path, args, output),
        ReviewView::Read(args) => return remarks::read(path, args, output),
        ReviewView::SendBack(args) => return remarks::send_back(path, args, output),
        ReviewView::Sheet(args) => return cards::sheet(path, args, output),
        ReviewView::Bundle(args) => return cards::bundle(path, args, output),
        ReviewView::Take(args) => return cards::take(path, args, output),
        view => view,
    };
    let project = workspace::load(path)?;
    let member = args.member.as_deref();
    let (value, text) = match view {
        ReviewView::Queue => queue_view(&project, member),
        ReviewView::Returned => returned_view(&project, member, None),
        ReviewView::Agreement => agreement_view(&project)?,
        ReviewView::Transitions => transitions_view(&project),
        ReviewView::Throughput => throughput_view(&project)?,
        ReviewView::Why { case } => why_view(&project, remarks::case_of(&project, case)?),
        ReviewView::Work => handing::show_work(&project, &workspace::author_or(member)?),
        ReviewView::Threads { all } => remarks::threads(&project, &workspace::author_or(member)?, *all),
        _ => status_view(&project),
    };
    output.result(&value, || text)
}

/// Which rule put a case where it stands.
fn why_view(project: &Project, case: RegionId) -> (Value, String) {
    let outcome = project.outcome(case);
    let why = because(project, case, ToString::to_string);
    let text = format!("{}. {why}", outcome.state.text());
    (json!({ "case": case, "state": outcome.state, "class": outcome.class, "why": why }), text)
}

fn status_view(project: &Project) -> (Value, String) {
    let counts: Vec<(&str, usize)> = status(project).into_iter().map(|(s, n)| (s.key(), n)).collect();
    let value = counts.iter().map(|(key, n)| ((*key).to_owned(), json!(n))).collect();
    let rows: Vec<_> = counts.iter().map(|(key, n)| (*key, n.to_string())).collect();
    (Value::Object(value), table(&rows))
}

fn queue_view(project: &Project, member: Option<&str>) -> (Value, String) {
    let member = member.map(Author::new);
    let of = |stage| match &member {
        Some(member) => queue_now(project, member, stage, workspace::now_ms()),
        None => queue(project, None, stage),
    };
    let items: Vec<_> = [Stage::Lead, Stage::Two, Stage::One].into_iter().flat_map(of).collect();
    let rows: Vec<_> = items
        .iter()
        .map(|i| {
            (i.case.to_string(), format!("{:<9} disagreement {:.2}", i.state.key(), i.disagreement.max(0.0)))
        })
        .collect();
    (json!(items), table(&rows))
}

/// What is back with one member, or with everybody who labels or is a member; of one case, or all.
pub(crate) fn returned_view(
    project: &Project,
    member: Option<&str>,
    only: Option<RegionId>,
) -> (Value, String) {
    let labelled = || project.labels().values().map(|l| &l.author).filter(|a| !a.is_model());
    let members: BTreeSet<Author> = match member {
        Some(name) => BTreeSet::from([Author::new(name)]),
        None => labelled().chain(project.members().values().map(|member| &member.name)).cloned().collect(),
    };
    let (mut items, mut rows) = (Vec::new(), Vec::new());
    for member in &members {
        for case in
            project.all_returned_to(member).into_iter().filter(|case| only.is_none_or(|one| one == *case))
        {
            let Some(returned) = project.returned_to(member, case) else { continue };
            let said = |vote: &Vote| {
                let class = vote.class.as_ref().map_or_else(String::new, |class| format!(" “{class}”"));
                let note = if vote.note.is_empty() { String::new() } else { format!(": {}", vote.note) };
                let verb = match vote.verdict {
                    Verdict::Accept => "accepts",
                    Verdict::Edit => "sees",
                    Verdict::Reject => "rejects",
                    Verdict::Abstain => "abstains from",
                    Verdict::Undetermined => "is not able to determine",
                    Verdict::BadImagery => "finds the imagery bad for",
                };
                format!("{} {verb}{class}{note}", vote.member)
            };
            let why: Vec<String> = returned.votes.iter().map(|vote| said(vote)).collect();
            let unread = project.unread(member, case).len();
            let read = if unread == 0 { "" } else { "  (unread)" };
            rows.push((case.to_string(), format!("to {member}  {}{read}", why.join("; "))));
            let votes: Vec<Value> = returned
                .votes
                .iter()
                .map(|v| json!({ "member": v.member, "stage": v.stage, "verdict": v.verdict, "class": v.class, "note": v.note, "outline": v.shape }))
                .collect();
            items.push(json!({ "case": case, "member": member, "by": returned.by, "votes": votes, "unread": unread }));
        }
    }
    (json!(items), table(&rows))
}

/// The committee's blind votes when there are any, else labels against stage-one verdicts.
fn agreement_view(project: &Project) -> anyhow::Result<(Value, String)> {
    let stage_one = ratings(project, Scope::StageOne).table.agreement();
    let committee = ratings(project, Scope::Blind).table.agreement();
    let (main, scope) =
        if committee.votes > 0 { (&committee, "committee") } else { (&stage_one, "stage one") };
    let mut value = serde_json::to_value(main)?;
    value["scope"] = json!(scope);
    value["stage_one"] = serde_json::to_value(&stage_one)?;
    value["committee"] = serde_json::to_value(&committee)?;
    let number = |v: Option<f64>| v.map_or("not defined".to_owned(), |v| format!("{v:.3}"));
    let mut rows = vec![
        ("Of".to_owned(), scope.to_owned()),
        ("Cases, votes, members".to_owned(), format!("{}, {}, {}", main.cases, main.votes, main.members)),
        ("Percent".to_owned(), main.percent.map_or("not defined".to_owned(), |p| format!("{p:.1} %"))),
        ("Fleiss κ".to_owned(), number(main.fleiss_kappa)),
        ("Krippendorff α, nominal".to_owned(), number(main.krippendorff_alpha.nominal)),
        ("Krippendorff α, ordinal".to_owned(), number(main.krippendorff_alpha.ordinal)),
        ("Gwet AC1".to_owned(), number(main.gwet.ac1)),
    ];
    let pairs = main.cohen_kappa.iter();
    rows.extend(
        pairs.map(|p| (format!("Cohen κ, {} and {}", p.a, p.b), format!("{} (n {})", number(p.kappa), p.n))),
    );
    Ok((value, table(&rows)))
}

fn transitions_view(project: &Project) -> (Value, String) {
    let matrix = transitions(project);
    let rows: Vec<_> = matrix
        .iter()
        .flat_map(|(from, row)| row.iter().map(move |(to, n)| (format!("{from} → {to}"), n.to_string())))
        .collect();
    (json!(matrix), table(&rows))
}

fn throughput_view(project: &Project) -> anyhow::Result<(Value, String)> {
    let members = throughput(project);
    let seconds = |s: Option<f64>| s.map_or(String::new(), |s| format!(" ({s:.1} s each)"));
    let rows: Vec<_> = members
        .iter()
        .map(|m| {
            let labels = format!("{} labels{}", m.labels, seconds(m.label_seconds));
            (m.member.name(), format!("{labels}, {} votes{}", m.votes, seconds(m.vote_seconds)))
        })
        .collect();
    Ok((serde_json::to_value(&members)?, table(&rows)))
}
