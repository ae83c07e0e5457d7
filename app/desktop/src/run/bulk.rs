//! Changes of very many regions: worked out beside the window, made ready for the disk there too, and taken over in no time.
//! They stand in Jobs, where they can be stopped, and are one step of undo. What is done meanwhile is kept: the change is
//! then worked out anew of what there is.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use editing::{ReadingOrder, Selection};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::{Author, Edit, IdSource, Project, Seq};
use store::{Adopted, EntryBase, Ready};

use super::edit::locked_class;
use crate::counts::Counts;
use crate::frame::Program;
use crate::notice::Tone;
use crate::preferences::ClassLook;
use crate::returned::ReturnedCases;

/// More regions than this are changed, selected and labelled beside the window.
pub(crate) const AT_ONCE: usize = 1_000;

/// Makes the edit of a large change, of the project as it is by then.
type Make = dyn Fn(&Project, &mut IdSource) -> Option<Edit> + Send + Sync;

/// A large change that is asked for.
#[derive(Clone)]
pub(crate) struct Bulk {
    title: String,
    what: What,
    /// What is selected afterwards, where the selection is still the one that it was made of.
    select: Option<(Selection, Selection)>,
    /// Who signs it, where that is not who sits at the window.
    by: Option<Author>,
}

#[derive(Clone)]
enum What {
    Make(Arc<Make>),
    Undo,
    Redo,
}

impl fmt::Debug for Bulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Bulk {
    pub(crate) fn new(
        title: impl Into<String>,
        make: impl Fn(&Project, &mut IdSource) -> Option<Edit> + Send + Sync + 'static,
    ) -> Self {
        Self { title: title.into(), what: What::Make(Arc::new(make)), select: None, by: None }
    }

    /// What undo, or redo, would do.
    pub(crate) fn step(title: String, redo: bool) -> Self {
        Self { title, what: if redo { What::Redo } else { What::Undo }, select: None, by: None }
    }

    /// Signs it with another name: a model's.
    pub(crate) fn by(mut self, author: Author) -> Self {
        self.by = Some(author);
        self
    }

    /// Selects something afterwards, unless something else was selected meanwhile.
    pub(crate) fn selecting(mut self, from: Selection, to: Selection) -> Self {
        self.select = Some((from, to));
        self
    }
}

/// A large change under way.
#[derive(Debug)]
pub(crate) struct BulkWork {
    bulk: Bulk,
    job: Job<Option<Box<Worked>>>,
}

/// What the job hands back.
#[derive(Debug)]
struct Worked {
    ready: Ready,
    counts: Counts,
    /// The order of reading that the counts began with.
    order: Arc<ReadingOrder>,
    returned: ReturnedCases,
    /// The selection as it was, and what there is of it afterwards.
    selection: (Selection, Selection),
}

/// What the job begins with.
struct Start {
    base: EntryBase,
    author: Author,
    at_ms: i64,
    counts: Counts,
    returned: ReturnedCases,
    selection: Selection,
    looks: BTreeMap<String, ClassLook>,
    target: Option<(Seq, Arc<Edit>)>,
}

impl Start {
    fn work(self, ctx: &JobContext, what: &What) -> Result<Option<Box<Worked>>, JobFailure> {
        let Self { base, author, at_ms, mut counts, mut returned, selection, looks, target } = self;
        let ready = match (what, &target) {
            (What::Make(make), _) => {
                let mut locked = None;
                let made = base.edit(&author, at_ms, |project, ids| {
                    let edit = make(project, ids)?;
                    locked = locked_class(project, &looks, &edit);
                    (locked.is_none() && ctx.check().is_ok()).then_some(edit)
                })?;
                if let Some(class) = locked {
                    return Err(JobFailure::message(format!("“{class}” is locked: unlock it in Classes.")));
                }
                made
            }
            (_, Some((target, effect))) => Some(base.revert(&author, at_ms, (*target, effect))?),
            (_, None) => None,
        };
        ctx.check()?;
        let Some(ready) = ready else { return Ok(None) };
        let order = Arc::clone(&counts.order);
        counts.follow(ready.project(), ready.touched());
        ctx.check()?;
        returned.follow(ready.project(), ready.touched());
        let left = selection.clone().existing(ready.project());
        Ok(Some(Box::new(Worked { ready, counts, order, returned, selection: (selection, left) })))
    }
}

impl Program {
    /// Makes an edit of so many regions: at once where they are few, else beside the window. True unless it was refused.
    pub(super) fn apply_many(&mut self, count: usize, bulk: Bulk) -> bool {
        if count > AT_ONCE {
            self.begin_bulk(bulk);
            return true;
        }
        let What::Make(make) = &bulk.what else { return true };
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return false };
        let mut ids = open.session.ids(at_ms).clone();
        let edit = make(open.session.project(), &mut ids);
        *open.session.ids(at_ms) = ids;
        // No edit: it is so already.
        let Some(edit) = edit else { return true };
        let author = bulk.by.unwrap_or_else(|| self.state.author());
        if !self.apply_by(&author, edit) {
            return false;
        }
        if let Some((_, to)) = bulk.select {
            self.select(to);
        }
        true
    }

    /// Undo or redo where that is a large change; false where it is not.
    pub(super) fn step_beside(&mut self, redo: bool) -> bool {
        let Some(open) = &self.state.project else { return false };
        let target = if redo { open.session.history().redo_target() } else { open.undo_target() };
        let Some((_, edit)) = target else { return false };
        if !matches!(edit, Edit::Batch { edits, .. } if edits.len() > AT_ONCE) {
            return false;
        }
        let title = if redo { "Do again" } else { "Undo" };
        let bulk = Bulk::step(format!("{title}: {}", edit.title()), redo);
        self.begin_bulk(bulk);
        true
    }

    /// Has a large change worked out beside the window, one at a time.
    pub(super) fn begin_bulk(&mut self, bulk: Bulk) {
        if let Some(under_way) = &self.work.bulk {
            let text = format!("{} is still under way.", under_way.bulk.title);
            self.state.notices.tell(Tone::Info, text, "Wait for it, or stop it in Jobs.");
            return;
        }
        self.work_out(bulk);
    }

    fn work_out(&mut self, bulk: Bulk) {
        let author = bulk.by.clone().unwrap_or_else(|| self.state.author());
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let base = match open.session.entry_base(at_ms) {
            Ok(base) => base,
            Err(error) => return self.refused(&error),
        };
        let target = match bulk.what {
            What::Make(_) => None,
            What::Undo => open.session.shared_target(false),
            What::Redo => open.session.shared_target(true),
        };
        let start = Start {
            base,
            author,
            at_ms,
            counts: open.counts.clone(),
            returned: open.returned.clone(),
            selection: self.state.selection.clone(),
            looks: self.state.preferences.class_looks.clone(),
            target,
        };
        let what = bulk.what.clone();
        let body = move |ctx: &JobContext| start.work(ctx, &what);
        let job = self.jobs.spawn(Priority::Normal, bulk.title.clone(), body);
        self.work.bulk = Some(BulkWork { bulk, job });
    }

    /// Takes over a large change that was worked out.
    pub(crate) fn receive_bulk(&mut self) {
        self.work.tidying.retain(|job| job.poll().is_none());
        let Some(result) = self.work.bulk.as_ref().and_then(|work| work.job.poll()) else { return };
        let Some(BulkWork { bulk, .. }) = self.work.bulk.take() else { return };
        match result {
            Err(failure) => self.job_failed(&failure),
            Ok(None) => {
                let text = format!("{}: nothing changes by that.", bulk.title);
                self.state.notices.tell(Tone::Info, text, "");
            }
            Ok(Some(worked)) => self.take_over(bulk, *worked),
        }
    }

    fn take_over(&mut self, bulk: Bulk, worked: Worked) {
        let Worked { ready, mut counts, order, returned, selection } = worked;
        let Some(open) = &mut self.state.project else { return };
        let done = match open.session.adopt(ready) {
            Err(error) => return self.refused(&error),
            // What was done meanwhile stays; this is made of what there is now.
            Ok(Adopted::Overtaken) => return self.work_out(bulk),
            Ok(Adopted::Done(done)) => *done,
        };
        let (touched, before) = done;
        if Arc::ptr_eq(&counts.order, &order) {
            // It may have been made anew meanwhile.
            counts.order = Arc::clone(&open.counts.order);
        }
        let old = (std::mem::replace(&mut open.counts, counts), open.returned.take_over(returned));
        let chosen = bulk.select.or_else(|| (selection.0 != selection.1).then_some(selection));
        self.renew(&touched);
        if let Some((_, to)) = chosen.filter(|(from, _)| *from == self.state.selection) {
            self.select(to);
        }
        self.state.notices.done(format!("Done: {}.", bulk.title));
        self.let_go((before, old, touched));
    }

    /// Lets go of something large where nobody waits for it.
    pub(crate) fn let_go(&mut self, old: impl Any + Send) {
        let drop_it = move |_: &JobContext| -> Result<(), JobFailure> {
            drop(old);
            Ok(())
        };
        let job = self.jobs.spawn(Priority::Normal, "Clear away what was before", drop_it);
        self.work.tidying.push(job);
    }

    /// Selects what a job finds, where it may be very much.
    pub(super) fn select_beside(&mut self, find: impl FnOnce() -> Selection + Send + 'static) {
        let body = move |_: &JobContext| -> Result<Selection, JobFailure> { Ok(find()) };
        self.work.selecting = Some(self.jobs.spawn(Priority::Normal, "Select regions", body));
    }

    /// Takes what was to be selected.
    pub(crate) fn receive_selection(&mut self) {
        let Some(result) = self.work.selecting.as_ref().and_then(Job::poll) else { return };
        self.work.selecting = None;
        match result {
            Ok(selection) => self.select(selection),
            Err(failure) => self.job_failed(&failure),
        }
    }
}
