//! Playing the entries of all copies: what fits is done, what does not is made to fit or set aside.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::{
    Change, ClassCode, ConflictId, Edit, EditError, EntryBody, Member, Project, RegionId, Role, ScreeningId,
};

use super::Conflict;
use super::rebase::{Rebased, Thing, further, leads_nowhere, rebased, thing};
use super::united::{Element, LeftOut, Mismatch, United};

/// What votes and visits in any of the copies are about: no change may take it from under them.
#[derive(Default)]
struct SaidOf {
    classes: HashSet<ClassCode>,
    screenings: HashSet<ScreeningId>,
}

impl SaidOf {
    fn of(elements: &[Element]) -> Self {
        let mut found = Self::default();
        for element in elements {
            match &element.body {
                EntryBody::Vote(vote) => found.classes.extend(vote.class.clone()),
                EntryBody::Opening(opening) => found.classes.extend(opening.said.class.clone()),
                EntryBody::Visit(visit) => drop(found.screenings.insert(visit.screening)),
                _ => {}
            }
        }
        found
    }

    /// Why an edit cannot be done for what was said elsewhere.
    fn forgets(&self, edit: &Edit) -> Option<EditError> {
        let mut found = None;
        edit.each(&mut |one| match one {
            Edit::Schema(change) => {
                let had = |class: &&ClassCode| {
                    change.before.as_ref().is_some_and(|schema| schema.class(class).is_some())
                };
                let has = |class: &&ClassCode| {
                    change.after.as_ref().is_some_and(|schema| schema.class(class).is_some())
                };
                if self.classes.iter().any(|class| had(&class) && !has(&class)) {
                    let by = "votes in another copy name classes that would be lost".into();
                    found = Some(EditError::InUse { what: "The schema".into(), by });
                }
            }
            Edit::Screening(Change { id, before: Some(before), after: Some(after) })
                if self.screenings.contains(id) && !before.lays_like(after) =>
            {
                let by = "its cells were looked at in another copy".into();
                found = Some(EditError::InUse { what: "The grid of the screening".into(), by });
            }
            _ => {}
        });
        found
    }
}

pub(super) struct Replay {
    pub(super) project: Project,
    /// What was done by somebody whose part does not allow it, and is no edit that could be set aside.
    pub(super) left_out: Vec<LeftOut>,
    said: SaidOf,
    /// Which open conflict holds another version of a thing, and at which place among its changes.
    aside: BTreeMap<Thing, BTreeSet<ConflictId>>,
    /// Whether anything was ever set aside: until then a look at what was is saved.
    any: bool,
}

impl Replay {
    pub(super) fn of(elements: &[Element]) -> Self {
        Self {
            project: Project::new(),
            left_out: Vec::new(),
            said: SaidOf::of(elements),
            aside: BTreeMap::new(),
            any: false,
        }
    }

    pub(super) fn take(&mut self, all: &United, place: usize, element: &Element) -> Result<(), Mismatch> {
        match &element.body {
            EntryBody::Edit(edit) => self.edit(element, edit),
            EntryBody::Revert(_) => {
                let Some(edit) = all.reverted(place) else {
                    let (at, seq, author) = (element.hash, element.seq, element.author.clone());
                    return Err(Mismatch::BadRevert { at, seq, author });
                };
                self.edit(element, &edit);
            }
            // Facts are kept, whatever became of what they are about.
            EntryBody::Vote(vote) => self.project.keep_vote(vote.clone()),
            EntryBody::Opening(opening) => {
                // It was proven where it was opened; twice opened is opened.
                let _ = self.project.reveal_vote(opening);
            }
            EntryBody::Remark(remark) => self.project.keep_remark(Arc::clone(remark)),
            EntryBody::QuestionVote(vote) => self.project.keep_question_vote(Arc::new(vote.clone())),
            EntryBody::Response(response) => {
                // One that is there is the same, as its identity says.
                let _ = self.project.record_response(Arc::clone(response));
            }
            EntryBody::Visit(visit) => drop(self.project.keep_visit(&Arc::new(visit.clone()))),
            EntryBody::Member(member) => self.member(element, member, all.is_first_to_join(place)),
            EntryBody::Merge(merge) if all.is_as_it_stands(element) => {
                // What was sound in its own file is sound here: nothing but the start of all copies lies before it.
                let _ = self.project.become_after(&merge.delta);
            }
            EntryBody::Merge(_) => {}
        }
        Ok(())
    }

    /// Takes in what is said of a member. Who joined where nobody had joined leads, in each copy. A part that somebody gives
    /// without leading the project is not taken over; who joins with one joins without.
    fn member(&mut self, element: &Element, member: &Arc<Member>, first: bool) {
        let mut said = Arc::clone(member);
        let own = member.name == element.author && !member.removed;
        if !(first && own)
            && let Err(refused) = self.project.may_say_of(&element.author, member)
        {
            let (at, seq) = (element.hash, element.seq);
            self.left_out.push(LeftOut { at, seq, what: refused.to_string() });
            if self.project.members().contains_key(&member.key) {
                return;
            }
            said = Arc::new(Member { role: Role::default(), removed: false, ..(**member).clone() });
        }
        // A name that is none is refused when it is written.
        let _ = self.project.record_member(said);
    }

    /// Sets aside what is not the author's to change; true when it is not.
    fn oversteps(&mut self, element: &Element, edit: &Edit) -> bool {
        let Err(refused) = self.project.may_edit(&element.author, edit) else { return false };
        let mut all = Vec::new();
        edit.each(&mut |one| all.push(one));
        let rest: Vec<Edit> = all
            .into_iter()
            .filter(|one| !matches!(one, Edit::Conflict(_)) && !self.go_on(one))
            .cloned()
            .collect();
        self.set_aside(element, 0, Conflict { edits: rest, ..blank(element, &refused) });
        true
    }

    fn edit(&mut self, element: &Element, edit: &Edit) {
        if self.oversteps(element, edit) {
            return;
        }
        let forgets = self.said.forgets(edit);
        if forgets.is_none() && !self.meets_aside(edit) && self.project.apply(edit).is_ok() {
            return;
        }
        if let Some(refused) = forgets {
            let mut edits = Vec::new();
            edit.each(&mut |one| edits.push(one.clone()));
            self.set_aside(element, 0, Conflict { edits, ..blank(element, &refused) });
            return;
        }
        let groups = groups(edit);
        for (number, group) in groups.iter().enumerate() {
            self.group(element, number as u32, group);
        }
    }

    /// True when a change goes on from a version that was set aside.
    fn meets_aside(&self, edit: &Edit) -> bool {
        if !self.any {
            return false;
        }
        let mut meets = false;
        edit.each(&mut |one| meets |= thing(one).is_some_and(|thing| self.aside.contains_key(&thing)));
        meets
    }

    fn group(&mut self, element: &Element, number: u32, group: &[&Edit]) {
        let mut rest: Vec<&Edit> = Vec::new();
        for edit in group {
            if !self.go_on(edit) {
                rest.push(edit);
            }
        }
        if rest.is_empty() {
            return;
        }
        // What goes on from something that was set aside takes along what was done with it.
        let split = rest.len() < group.len();
        let whole = || Edit::batch("", rest.iter().map(|edit| (*edit).clone()).collect());
        let Err(refused) = self.project.apply(&whole()) else { return };
        if !split
            && let Some(joined) = self.joined(&rest)
            && (joined.is_empty() || self.project.apply(&Edit::batch("", joined)).is_ok())
        {
            return;
        }
        let edits = rest.into_iter().filter(|edit| !matches!(edit, Edit::Conflict(_))).cloned().collect();
        self.set_aside(element, number, Conflict { edits, ..blank(element, &refused) });
    }

    /// The changes made to what stands; `None` where one of them says something else of the same part.
    fn joined(&self, group: &[&Edit]) -> Option<Vec<Edit>> {
        let mut joined = Vec::new();
        for edit in group {
            match rebased(&self.project, edit) {
                Rebased::Done => {}
                Rebased::Edit(edit) => joined.push(edit),
                // Nothing else touched it: it can be done as it was.
                Rebased::Clash if self.stands_as_before(edit) => joined.push((*edit).clone()),
                Rebased::Clash => return None,
            }
        }
        Some(joined)
    }

    fn stands_as_before(&self, edit: &Edit) -> bool {
        match edit {
            Edit::Region(c) => self.project.regions().get(&c.id) == c.before.as_ref(),
            Edit::Label(c) => self.project.labels().get(&c.id) == c.before.as_ref(),
            Edit::Relation(c) => self.project.relations().get(&c.id) == c.before.as_ref(),
            Edit::Adjustment(c) => self.project.adjustments().get(&c.id) == c.before.as_ref(),
            Edit::Screening(c) => self.project.screenings().get(&c.id) == c.before.as_ref(),
            Edit::Question(c) => self.project.questions().get(&c.id) == c.before.as_ref(),
            Edit::Run(c) => self.project.runs().get(&c.id) == c.before.as_ref(),
            Edit::Assignment(c) => self.project.assignments().get(&c.id) == c.before.as_ref(),
            Edit::Conflict(c) => self.project.conflicts().get(&c.id) == c.before.as_ref(),
            Edit::Layer(c) => self.project.layers().get(&c.id) == c.before.as_deref(),
            Edit::Schema(c) => self.project.schema() == c.before.as_ref(),
            Edit::Settings(c) => c.before.as_ref().is_some_and(|b| **b == *self.project.settings()),
            Edit::Batch { .. } => false,
        }
    }

    /// Takes a change into the version that it goes on from, where that was set aside.
    fn go_on(&mut self, edit: &Edit) -> bool {
        let Some(thing) = thing(edit) else { return false };
        let Some(ids) = self.aside.get(&thing) else { return false };
        for id in ids.clone() {
            let Some(conflict) = self.project.conflicts().get(&id).cloned() else {
                // Decided since.
                self.let_go(thing, id);
                continue;
            };
            let grown: Option<Vec<Edit>> = {
                let mut found = false;
                let edits = conflict.edits.iter().map(|held| match further(held, edit) {
                    Some(further) => {
                        found = true;
                        further
                    }
                    None => held.clone(),
                });
                let edits: Vec<Edit> = edits.collect();
                found.then_some(edits)
            };
            let Some(edits) = grown else { continue };
            let over = edits.iter().all(|edit| leads_nowhere(edit) || self.is_done(edit));
            let next = (!over).then(|| Arc::new(Conflict { edits, ..(*conflict).clone() }));
            if over {
                self.let_go(thing, id);
            }
            let _ = self.project.apply(&Edit::Conflict(Change { id, before: Some(conflict), after: next }));
            return true;
        }
        false
    }

    fn is_done(&self, edit: &Edit) -> bool {
        matches!(rebased(&self.project, edit), Rebased::Done)
    }

    fn let_go(&mut self, thing: Thing, id: ConflictId) {
        if let Some(ids) = self.aside.get_mut(&thing) {
            ids.remove(&id);
            if ids.is_empty() {
                self.aside.remove(&thing);
            }
        }
    }

    fn set_aside(&mut self, element: &Element, part: u32, conflict: Conflict) {
        if conflict.edits.is_empty() {
            return;
        }
        self.any = true;
        let id = ConflictId::of(element.hash, part);
        for thing in conflict.edits.iter().filter_map(thing) {
            self.aside.entry(thing).or_default().insert(id);
        }
        // The identity is of this entry alone, so there is none yet.
        let _ = self.project.apply(&Edit::Conflict(Change::create(id, conflict)));
    }
}

fn blank(element: &Element, refused: &EditError) -> Conflict {
    Conflict {
        author: element.author.clone(),
        at_ms: element.at_ms,
        entry: element.hash,
        reason: refused.to_string(),
        edits: Vec::new(),
    }
}

/// The parts of an edit that can be done one without the other: those about other regions. An edit that makes regions
/// out of others, or changes classes, layers or settings, is one part.
fn groups(edit: &Edit) -> Vec<Vec<&Edit>> {
    let mut all = Vec::new();
    edit.each(&mut |one| all.push(one));
    let (mut made, mut changed, mut whole) = (false, false, false);
    for one in &all {
        match one {
            Edit::Region(c) if c.before.is_none() => made = true,
            Edit::Region(_) => changed = true,
            Edit::Label(_) | Edit::Relation(_) | Edit::Adjustment(_) | Edit::Conflict(_) => {}
            _ => whole = true,
        }
    }
    if all.len() < 2 || whole || made && changed {
        return vec![all];
    }
    by_region(&all)
}

/// Changes by the regions that they hang together by, in the order of their first.
fn by_region<'a>(all: &[&'a Edit]) -> Vec<Vec<&'a Edit>> {
    fn root(parents: &mut [usize], mut at: usize) -> usize {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    }
    let mut parents: Vec<usize> = (0..all.len()).collect();
    let mut first: BTreeMap<RegionId, usize> = BTreeMap::new();
    for (at, edit) in all.iter().enumerate() {
        if matches!(edit, Edit::Conflict(_)) {
            continue;
        }
        for region in edit.regions() {
            let met = *first.entry(region).or_insert(at);
            let (a, b) = (root(&mut parents, met), root(&mut parents, at));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    for (at, edit) in all.iter().enumerate() {
        groups.entry(root(&mut parents, at)).or_default().push(edit);
    }
    groups.into_values().collect()
}
