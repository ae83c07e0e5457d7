//! `fuse`: one proposal for each case out of what its members said. A proposal is a prediction: nobody's label is
//! touched, and it counts for nothing until somebody accepts it.

use std::collections::BTreeMap;
use std::sync::Arc;

use agreement::{Answer, Fused, Limits, Method, fuse};
use project::review::Rated;
use project::{Author, Change, ClassCode, Edit, IdSource, Label, Project, RegionId};
use serde_json::{Value, json};

use super::agreement::{chosen, scope_name};
use crate::args::{FuseArgs, VotesOf};
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

/// A class that is less probable is not named in a proposal's note.
const NAMED_FROM: f64 = 0.005;

pub(crate) fn run(args: &FuseArgs, output: &Output) -> anyhow::Result<()> {
    let least = args.least.unwrap_or(0.0);
    if args.dry_run {
        let project = workspace::load(&args.project)?;
        let made = Made::of(&project, args, least)?;
        return output.result(&made.value(&project, 0), || made.text(0));
    }
    let mut session = workspace::edit(&args.project, &args.author)?;
    let made = Made::of(session.project(), args, least)?;
    let mut ids = session.ids(now_ms()).clone();
    let edits = made.edits(session.project(), &mut ids);
    *session.ids(now_ms()) = ids;
    let written = edits.len();
    let value = made.value(session.project(), written);
    if written > 0 {
        let title = format!("Propose {written} labels by {}", made.method.text());
        session.edit(&Author::new(&args.author), now_ms(), Edit::batch(title, edits))?;
    }
    session.close()?;
    output.result(&value, || made.text(written))
}

/// What the votes say together.
struct Made {
    method: Method,
    scope: &'static str,
    rated: Rated,
    fused: Fused,
    least: f64,
}

impl Made {
    fn of(project: &Project, args: &FuseArgs, least: f64) -> anyhow::Result<Self> {
        let (scope, rated) = chosen(project, Some(args.stage.unwrap_or(VotesOf::Both)));
        let limits = Limits {
            rounds: args.rounds,
            seed: args.seed,
            restarts: args.restarts,
            weights: weights(&args.weight, rated.table.raters())?,
            ..Limits::default()
        };
        let fused = fuse(&rated.table, args.method, &limits);
        let fused = fused.map_err(|error| Failure::because(error.to_string(), error.hint()))?;
        Ok(Self { method: args.method, scope: scope_name(scope), rated, fused, least })
    }

    fn author(&self) -> Author {
        Author::fused(self.method.key())
    }

    /// The cases with an answer that is proposed: no tie, and probable enough.
    fn proposed(&self) -> impl Iterator<Item = (usize, RegionId, u32, &Answer)> {
        let rows = self.rated.cases.iter().zip(&self.fused.answers).enumerate();
        rows.filter_map(|(at, (case, answer))| {
            let good = !answer.tied && answer.posterior >= self.least;
            answer.category.filter(|_| good).map(|category| (at, *case, category, answer))
        })
    }

    fn code(&self, category: u32) -> &str {
        &self.rated.table.categories()[category as usize].code
    }

    /// The classes of a case that are probable at all, the most probable first.
    fn shares(&self, at: usize) -> Vec<(&str, f64)> {
        let q = self.fused.used.len();
        let row = &self.fused.posteriors[at * q..(at + 1) * q];
        let mut shares: Vec<(&str, f64)> =
            self.fused.used.iter().zip(row).map(|(category, p)| (self.code(*category), *p)).collect();
        shares.retain(|(_, p)| *p >= NAMED_FROM);
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        shares
    }

    fn note(&self, at: usize, answer: &Answer) -> String {
        let votes = (answer.confidence * answer.votes as f64).round();
        let shares: Vec<String> = self.shares(at).iter().map(|(code, p)| format!("{code} {p:.2}")).collect();
        format!("{votes} of {} votes; {}", answer.votes, shares.join(", "))
    }

    /// One edit for each proposal that is new or says something else than before.
    fn edits(&self, project: &Project, ids: &mut IdSource) -> Vec<Edit> {
        let author = self.author();
        let edit = |(at, case, category, answer): (usize, RegionId, u32, &Answer)| {
            let after = Label {
                region: case,
                class: ClassCode::new(self.code(category)),
                author: author.clone(),
                confidence: Some(answer.posterior.clamp(0.0, 1.0)),
                note: self.note(at, answer),
                seconds: None,
                at_ms: Some(now_ms()),
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            let said = |l: &Label| (l.class.clone(), l.confidence, l.note.clone());
            match project.label_by(case, &author) {
                Some((_, before)) if said(before) == said(&after) => None,
                Some((id, before)) => Some(Edit::Label(Change::replace(id, Arc::clone(before), after))),
                None => Some(Edit::Label(Change::create(ids.label(), after))),
            }
        };
        self.proposed().filter_map(edit).collect()
    }

    fn left(&self) -> (usize, usize) {
        let answers = &self.fused.answers;
        let ties = answers.iter().filter(|a| a.tied).count();
        let unsure =
            answers.iter().filter(|a| !a.tied && a.category.is_some() && a.posterior < self.least).count();
        (ties, unsure)
    }

    fn value(&self, project: &Project, written: usize) -> Value {
        let (ties, unsure) = self.left();
        let answer = |(at, case, category, answer): (usize, RegionId, u32, &Answer)| {
            let posteriors: BTreeMap<&str, f64> = self.shares(at).into_iter().collect();
            json!({
                "case": case,
                "source_id": project.region(case).and_then(|region| region.source_id.clone()),
                "class": self.code(category),
                "posterior": answer.posterior,
                "confidence": answer.confidence,
                "votes": answer.votes,
                "posteriors": posteriors,
            })
        };
        let classes: Vec<&str> = self.fused.used.iter().map(|category| self.code(*category)).collect();
        let member = |(name, rater): (&String, &agreement::Reliability)| {
            json!({
                "member": name,
                "votes": rater.votes,
                "reliability": rater.accuracy,
                "parameter": rater.parameter,
                "confusion": rater.confusion.chunks(classes.len()).collect::<Vec<_>>(),
            })
        };
        let members = self.rated.table.raters().iter().zip(&self.fused.raters);
        json!({
            "method": self.method,
            "scope": self.scope,
            "author": self.author(),
            "cases": self.rated.cases.len(),
            "proposed": self.proposed().count(),
            "written": written,
            "ties": ties,
            "below_least": unsure,
            "rounds": self.fused.rounds,
            "converged": self.fused.converged,
            "log_likelihood_per_vote": self.fused.likelihood,
            "classes": classes,
            "members": members.filter(|(_, rater)| rater.votes > 0).map(member).collect::<Vec<_>>(),
            "answers": self.proposed().map(answer).collect::<Vec<_>>(),
        })
    }

    fn text(&self, written: usize) -> String {
        let (ties, unsure) = self.left();
        let mut by_class: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, category, _) in self.proposed() {
            *by_class.entry(self.code(category)).or_default() += 1;
        }
        let end = if self.fused.converged { "converged" } else { "stopped before it converged" };
        let mut rows = vec![
            ("Of".to_owned(), self.scope.to_owned()),
            ("Method".to_owned(), format!("{}, {} rounds, {end}", self.method.text(), self.fused.rounds)),
            (
                "Proposed".to_owned(),
                format!("{} of {} cases", self.proposed().count(), self.rated.cases.len()),
            ),
            ("Written".to_owned(), format!("{written} as {}", self.author())),
            ("Left to the committee".to_owned(), format!("{ties} ties, {unsure} below --least")),
        ];
        rows.extend(by_class.iter().map(|(code, n)| (format!("Class {code}"), n.to_string())));
        for (name, rater) in self.rated.table.raters().iter().zip(&self.fused.raters) {
            if let Some(accuracy) = rater.accuracy {
                let text = format!("probably right {:.1} %, {} votes", 100.0 * accuracy, rater.votes);
                rows.push((format!("Member {name}"), text));
            }
        }
        table(&rows)
    }
}

/// By rater; whoever is not named has weight 1. Empty: nobody is named.
fn weights(given: &[String], raters: &[String]) -> anyhow::Result<Vec<f64>> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let mut weights = vec![1.0; raters.len()];
    for one in given {
        let hint = "give a member and a number, such as --weight \"Ana=2\"";
        let parted = one.rsplit_once('=').and_then(|(name, w)| Some((name, w.trim().parse::<f64>().ok()?)));
        let Some((name, weight)) = parted else {
            return Err(Failure::because(format!("`{one}` is not a weight"), hint));
        };
        let Some(at) = raters.iter().position(|rater| rater == name.trim()) else {
            let hint = format!("these members voted: {}", raters.join(", "));
            return Err(Failure::because(format!("nobody called `{}` voted", name.trim()), hint));
        };
        weights[at] = weight;
    }
    Ok(weights)
}
