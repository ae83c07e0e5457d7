//! Work that is handed out: which cases a form means and whose each is is worked out beside the window.

use std::path::Path;
use std::sync::Arc;

use editing::Selection;
use jobs::{Job, JobContext, JobFailure, Priority};
use project::assignment::{Assignment, Choice, Deal, Known, Plan, choose, deal};
use project::review::queue;
use project::{Author, Change, Edit, Project, RegionId};
use query::{Asker, Condition, Facts, Query, Vocabulary};

use crate::committee::{From, PlanForm};
use crate::format::count;
use crate::frame::Program;
use crate::notice::Tone;

const HOUR_MS: f64 = 3_600_000.0;

/// A form's cases, dealt out; or why they cannot be, without its full stop.
pub(super) type Dealt = Result<(usize, Assignment), String>;

/// The cases of a source that must be asked of the window.
type Shown = Box<dyn FnOnce() -> Selection + Send>;

/// A form, and all that its cases are chosen from.
struct Dealing {
    project: Project,
    form: PlanForm,
    member: Author,
    shown: Shown,
    at_ms: i64,
}

impl Dealing {
    fn deal(self, ctx: &JobContext) -> Result<Dealt, JobFailure> {
        let Self { project, form, member, shown, at_ms } = self;
        let meant = match &form.from {
            From::Waiting => {
                Ok(queue(&project, None, form.stage).into_iter().map(|item| item.case).collect())
            }
            From::Every => Ok(project.regions().keys().copied().collect()),
            From::Selected | From::Table => Ok(shown().regions().to_vec()),
            From::List(name) => listed(&project, name, &member),
        };
        ctx.check()?;
        // The moment decides: the same form twice chooses anew.
        let seed = at_ms as u64;
        Ok(meant.and_then(|meant: Vec<RegionId>| {
            let mut cases = choose(&project, &meant, form.take, seed);
            // Whose answer is known is among the others like any other.
            cases.extend(form.known.iter().flat_map(|known| known.keys()));
            cases.sort_unstable();
            cases.dedup();
            let how = if form.take == Choice::All { String::new() } else { format!("{} of ", cases.len()) };
            let plan = Plan {
                name: form.name,
                stage: form.stage,
                chosen: format!("{how}{}", form.from.text()),
                members: form.members,
                times: form.times,
                deal: form.side.map_or(Deal::Cases, |side| Deal::Areas { side }),
                release_ms: form.hours.map(|hours| at_ms + (hours.clamp(0.0, 1e6) * HOUR_MS) as i64),
                seed,
            };
            let dealt = deal(&project, &cases, &plan).map_err(|why| why.to_string())?;
            Ok((cases.len(), dealt))
        }))
    }
}

impl Program {
    /// Begins to deal out what the form says.
    pub(super) fn hand_out(&mut self) {
        if self.review_work.dealing.is_some() || !self.leads() {
            return;
        }
        let Some(form) = self.state.committee.form.as_deref().cloned() else { return };
        let Some(open) = &self.state.project else { return };
        let chosen = self.state.review.grid.chosen.clone();
        let shown: Shown = match &form.from {
            From::Table => Box::new(open.finder.finding()),
            _ if chosen.is_empty() => {
                let selected = self.state.selection.clone();
                Box::new(move || selected)
            }
            _ => Box::new(move || chosen),
        };
        let (project, member) = (open.session.project().clone(), self.state.author());
        let dealing = Dealing { project, form, member, shown, at_ms: self.state.now_ms };
        let body = move |ctx: &JobContext| dealing.deal(ctx);
        self.review_work.dealing = Some(self.jobs.spawn(Priority::Visible, "Deal out work", body));
        self.state.committee.is_dealing = true;
    }

    pub(super) fn stop_dealing(&mut self) {
        self.review_work.dealing = None;
        self.state.committee.is_dealing = false;
    }

    /// Hands out what was dealt.
    pub(super) fn receive_dealing(&mut self) {
        let Some(result) = self.review_work.dealing.as_ref().and_then(Job::poll) else { return };
        self.stop_dealing();
        let (cases, assignment) = match result {
            Ok(Ok(dealt)) => dealt,
            Ok(Err(why)) => return self.state.notices.tell(Tone::Warning, format!("{why}."), ""),
            Err(failure) => return self.job_failed(&failure),
        };
        let known = self.state.committee.form.as_ref().and_then(|form| form.known.clone());
        if known.is_some_and(|known| !self.keep_known(&known)) {
            return;
        }
        let (at_ms, members) = (self.state.now_ms, assignment.members.len());
        let Some(open) = &mut self.state.project else { return };
        let id = open.session.ids(at_ms).assignment();
        if self.apply(Edit::Assignment(Change::create(id, assignment))) {
            self.state.committee.form = None;
            let (cases, members) = (count(cases, "case", "cases"), count(members, "member", "members"));
            self.state.notices.done(format!("{cases} handed out to {members}."));
        }
    }

    /// Reads cases whose answer is known into the form.
    pub(crate) fn read_known(&mut self, path: &Path) {
        let Some(project) = self.state.content() else { return };
        let read = || -> Result<(Known, usize), String> {
            let table = dataset::read_table(path, &dataset::Limits::default()).map_err(|e| e.to_string())?;
            let (known, rejected) = dataset::plan_known(project, &table).map_err(|e| e.to_string())?;
            match rejected.first() {
                Some(first) if known.is_empty() => Err(first.reason.clone()),
                _ => Ok((known, rejected.len())),
            }
        };
        match read() {
            Ok((known, left_out)) => {
                if left_out > 0 {
                    let text = format!("{left_out} lines of {} name no case or class.", path.display());
                    self.state.notices.tell(Tone::Warning, text, "");
                }
                if let Some(form) = &mut self.state.committee.form {
                    form.known = Some(Arc::new(known));
                }
            }
            Err(why) => {
                let text = format!("Nothing in {} could be taken: {why}.", path.display());
                self.state.notices.problem(text, "A table of known cases has the columns case,class.");
            }
        }
    }

    /// Keeps known answers on this computer, beside those that were.
    fn keep_known(&mut self, known: &Known) -> bool {
        let Some(open) = &self.state.project else { return false };
        let kept = open.session.known().and_then(|mut kept| {
            kept.extend(known.iter().map(|(case, class)| (*case, class.clone())));
            open.session.keep_known(&kept)
        });
        self.state.committee.known = None;
        match kept {
            Ok(()) => true,
            Err(error) => {
                self.state.notices.problem(error.to_string(), error.hint().unwrap_or_default());
                false
            }
        }
    }
}

/// The regions of a list that the project keeps.
fn listed(project: &Project, name: &str, member: &Author) -> Result<Vec<RegionId>, String> {
    let list = project.settings().lists.iter().find(|list| list.name == name);
    let list = list.ok_or_else(|| format!("The project keeps no list “{name}” any more"))?;
    let query = Query::parse(&list.query).map_err(|error| error.message)?;
    let condition = Condition::new(&query, &Vocabulary::of(project), &Asker::new(member))
        .map_err(|error| error.message)?;
    let needs = condition.needs();
    if needs.edits {
        return Err("A list that asks when regions changed is handed out from the table".to_owned());
    }
    Ok(condition.regions(&Facts::of(project, needs)))
}
