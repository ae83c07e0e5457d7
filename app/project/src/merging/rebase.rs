//! A change that was made to one state of a thing, made to another: what others did to other parts of it stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::project::same;
use crate::{
    AdjustmentId, AssignmentId, AttributeValue, Change, ConflictId, Edit, LabelId, LayerId, Project,
    QuestionId, Region, RegionId, RelationId, RunId, ScreeningId, Settings,
};

/// The one thing that a change which is no batch is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Thing {
    Region(RegionId),
    Label(LabelId),
    Layer(LayerId),
    Adjustment(AdjustmentId),
    Relation(RelationId),
    Screening(ScreeningId),
    Question(QuestionId),
    Run(RunId),
    Assignment(AssignmentId),
    Conflict(ConflictId),
    Schema,
    Settings,
}

/// `None` for a batch.
pub(super) fn thing(edit: &Edit) -> Option<Thing> {
    Some(match edit {
        Edit::Region(c) => Thing::Region(c.id),
        Edit::Label(c) => Thing::Label(c.id),
        Edit::Layer(c) => Thing::Layer(c.id),
        Edit::Adjustment(c) => Thing::Adjustment(c.id),
        Edit::Relation(c) => Thing::Relation(c.id),
        Edit::Screening(c) => Thing::Screening(c.id),
        Edit::Question(c) => Thing::Question(c.id),
        Edit::Run(c) => Thing::Run(c.id),
        Edit::Assignment(c) => Thing::Assignment(c.id),
        Edit::Conflict(c) => Thing::Conflict(c.id),
        Edit::Schema(_) => Thing::Schema,
        Edit::Settings(_) => Thing::Settings,
        Edit::Batch { .. } => return None,
    })
}

/// What a change comes to after others changed the same thing.
#[derive(Debug)]
pub(super) enum Rebased {
    /// It is so already.
    Done,
    /// This change instead.
    Edit(Edit),
    /// Both say something else of the same part.
    Clash,
}

fn one<K: Copy, T: PartialEq>(
    current: Option<&Arc<T>>,
    change: &Change<K, Arc<T>>,
    edit: impl Fn(Change<K, Arc<T>>) -> Edit,
    join: impl Fn(&T, &T, &T) -> Option<T>,
) -> Rebased {
    match (current, &change.before, &change.after) {
        (None, _, None) => Rebased::Done,
        (Some(now), _, Some(after)) if same(&**now, &**after) => Rebased::Done,
        (Some(now), Some(before), Some(after)) => match join(now, before, after) {
            Some(joined) => edit_or_done(now, joined, change.id, edit),
            None => Rebased::Clash,
        },
        _ => Rebased::Clash,
    }
}

fn edit_or_done<K: Copy, T: PartialEq>(
    now: &Arc<T>,
    joined: T,
    id: K,
    edit: impl Fn(Change<K, Arc<T>>) -> Edit,
) -> Rebased {
    if **now == joined {
        return Rebased::Done;
    }
    Rebased::Edit(edit(Change::replace(id, Arc::clone(now), joined)))
}

/// A change that is no batch, made to the project as it is now.
pub(super) fn rebased(project: &Project, edit: &Edit) -> Rebased {
    match edit {
        Edit::Region(c) => one(project.regions().get(&c.id), c, Edit::Region, join_regions),
        Edit::Label(c) => one(project.labels().get(&c.id), c, Edit::Label, |_, _, _| None),
        Edit::Adjustment(c) => one(project.adjustments().get(&c.id), c, Edit::Adjustment, |_, _, _| None),
        Edit::Relation(c) => one(project.relations().get(&c.id), c, Edit::Relation, |_, _, _| None),
        Edit::Screening(c) => one(project.screenings().get(&c.id), c, Edit::Screening, |_, _, _| None),
        Edit::Question(c) => one(project.questions().get(&c.id), c, Edit::Question, |_, _, _| None),
        Edit::Run(c) => one(project.runs().get(&c.id), c, Edit::Run, |_, _, _| None),
        Edit::Assignment(c) => one(project.assignments().get(&c.id), c, Edit::Assignment, |_, _, _| None),
        Edit::Layer(c) => {
            let now = project.layers().get(&c.id).cloned().map(Arc::new);
            one(now.as_ref(), c, Edit::Layer, |_, _, _| None)
        }
        Edit::Schema(c) => one(project.schema(), c, Edit::Schema, |_, _, _| None),
        Edit::Settings(c) => one(Some(project.shared_settings()), c, Edit::Settings, join_settings),
        Edit::Conflict(c) => match project.conflicts().get(&c.id) {
            // Decided by somebody else, or no conflict at all in this order of things.
            None => Rebased::Done,
            Some(_) => Rebased::Clash,
        },
        Edit::Batch { .. } => Rebased::Clash,
    }
}

/// One field of three states: what was changed on one side only.
fn field<T: PartialEq + Clone>(now: &T, before: &T, after: &T) -> Option<T> {
    if before == after || now == after {
        return Some(now.clone());
    }
    (now == before).then(|| after.clone())
}

fn join_regions(now: &Region, before: &Region, after: &Region) -> Option<Region> {
    Some(Region {
        geometry: field(&now.geometry, &before.geometry, &after.geometry)?,
        layer: field(&now.layer, &before.layer, &after.layer)?,
        source: field(&now.source, &before.source, &after.source)?,
        source_id: field(&now.source_id, &before.source_id, &after.source_id)?,
        attributes: join_attributes(&now.attributes, &before.attributes, &after.attributes)?,
    })
}

type Attributes = BTreeMap<String, AttributeValue>;

fn join_attributes(now: &Attributes, before: &Attributes, after: &Attributes) -> Option<Attributes> {
    let mut joined = now.clone();
    for name in before.keys().chain(after.keys()) {
        match field(&now.get(name), &before.get(name), &after.get(name))? {
            Some(value) => joined.insert(name.clone(), value.clone()),
            None => joined.remove(name),
        };
    }
    Some(joined)
}

fn join_settings(now: &Settings, before: &Settings, after: &Settings) -> Option<Settings> {
    let mut lists = now.lists.clone();
    for list in before.lists.iter().chain(&after.lists) {
        let of = |all: &[crate::WorkList]| all.iter().find(|other| other.name == list.name).cloned();
        let joined = field(&of(&lists), &of(&before.lists), &of(&after.lists))?;
        let at = lists.iter().position(|other| other.name == list.name);
        match (at, joined) {
            (Some(at), Some(list)) => lists[at] = list,
            (Some(at), None) => drop(lists.remove(at)),
            (None, Some(list)) => lists.push(list),
            (None, None) => {}
        }
    }
    Some(Settings {
        name: field(&now.name, &before.name, &after.name)?,
        crs: field(&now.crs, &before.crs, &after.crs)?,
        pixel_space: field(&now.pixel_space, &before.pixel_space, &after.pixel_space)?,
        rule: field(&now.rule, &before.rule, &after.rule)?,
        label_each_view: field(&now.label_each_view, &before.label_each_view, &after.label_each_view)?,
        lists,
    })
}

/// A change of one thing as it would be made by somebody who looks at what stands and wants its outcome; `None` where
/// that is what stands.
pub(super) fn onto_what_stands(project: &Project, edit: &Edit) -> Option<Edit> {
    fn now<K: Copy, T: PartialEq>(
        current: Option<&Arc<T>>,
        change: &Change<K, Arc<T>>,
    ) -> Option<Change<K, Arc<T>>> {
        (current != change.after.as_ref()).then(|| Change {
            id: change.id,
            before: current.cloned(),
            after: change.after.clone(),
        })
    }
    Some(match edit {
        Edit::Region(c) => Edit::Region(now(project.regions().get(&c.id), c)?),
        Edit::Label(c) => match &c.after {
            // One label of an author on a region: what it says is taken over by the one that is there.
            Some(after) if !project.labels().contains_key(&c.id) => {
                match project.label_by_in(after.region, &after.author, after.layer) {
                    Some((id, held)) => Edit::Label(Change::replace(id, Arc::clone(held), Arc::clone(after))),
                    None => Edit::Label(now(None, c)?),
                }
            }
            _ => Edit::Label(now(project.labels().get(&c.id), c)?),
        },
        Edit::Layer(c) => {
            let held = project.layers().get(&c.id).cloned().map(Arc::new);
            Edit::Layer(now(held.as_ref(), c)?)
        }
        Edit::Adjustment(c) => Edit::Adjustment(now(project.adjustments().get(&c.id), c)?),
        Edit::Relation(c) => Edit::Relation(now(project.relations().get(&c.id), c)?),
        Edit::Screening(c) => Edit::Screening(now(project.screenings().get(&c.id), c)?),
        Edit::Question(c) => Edit::Question(now(project.questions().get(&c.id), c)?),
        Edit::Run(c) => Edit::Run(now(project.runs().get(&c.id), c)?),
        Edit::Assignment(c) => Edit::Assignment(now(project.assignments().get(&c.id), c)?),
        Edit::Schema(c) => Edit::Schema(now(project.schema(), c)?),
        Edit::Settings(c) => Edit::Settings(now(Some(project.shared_settings()), c)?),
        Edit::Conflict(_) | Edit::Batch { .. } => return None,
    })
}

/// A change further along: `first` led to where `next` began. `None` where it did not.
pub(super) fn further(first: &Edit, next: &Edit) -> Option<Edit> {
    fn join<K: Copy + PartialEq, T: PartialEq>(
        a: &Change<K, Arc<T>>,
        b: &Change<K, Arc<T>>,
    ) -> Option<Change<K, Arc<T>>> {
        let meets = a.id == b.id && a.after == b.before;
        meets.then(|| Change { id: a.id, before: a.before.clone(), after: b.after.clone() })
    }
    Some(match (first, next) {
        (Edit::Region(a), Edit::Region(b)) => Edit::Region(join(a, b)?),
        (Edit::Label(a), Edit::Label(b)) => Edit::Label(join(a, b)?),
        (Edit::Layer(a), Edit::Layer(b)) => Edit::Layer(join(a, b)?),
        (Edit::Adjustment(a), Edit::Adjustment(b)) => Edit::Adjustment(join(a, b)?),
        (Edit::Relation(a), Edit::Relation(b)) => Edit::Relation(join(a, b)?),
        (Edit::Screening(a), Edit::Screening(b)) => Edit::Screening(join(a, b)?),
        (Edit::Question(a), Edit::Question(b)) => Edit::Question(join(a, b)?),
        (Edit::Run(a), Edit::Run(b)) => Edit::Run(join(a, b)?),
        (Edit::Assignment(a), Edit::Assignment(b)) => Edit::Assignment(join(a, b)?),
        (Edit::Schema(a), Edit::Schema(b)) => Edit::Schema(join(a, b)?),
        (Edit::Settings(a), Edit::Settings(b)) => Edit::Settings(join(a, b)?),
        _ => return None,
    })
}

/// True when a change leads back to where it began.
pub(super) fn leads_nowhere(edit: &Edit) -> bool {
    match edit {
        Edit::Region(c) => c.before == c.after,
        Edit::Label(c) => c.before == c.after,
        Edit::Layer(c) => c.before == c.after,
        Edit::Adjustment(c) => c.before == c.after,
        Edit::Relation(c) => c.before == c.after,
        Edit::Screening(c) => c.before == c.after,
        Edit::Question(c) => c.before == c.after,
        Edit::Run(c) => c.before == c.after,
        Edit::Assignment(c) => c.before == c.after,
        Edit::Conflict(c) => c.before == c.after,
        Edit::Schema(c) => c.before == c.after,
        Edit::Settings(c) => c.before == c.after,
        Edit::Batch { edits, .. } => edits.iter().all(leads_nowhere),
    }
}
