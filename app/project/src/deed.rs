//! What an entry of the journal did, in the words of whoever did it: parts, so that a list can show classes
//! as chips and a command line can print a sentence.

use std::borrow::Cow;
use std::collections::BTreeSet;

use geo::{Coord, CoordsIter as _, Geometry};

use crate::assignment::Assignment;
use crate::history::{Line, What};
use crate::merging::{Conflict, Merge};
use crate::question::{Said, short};
use crate::remark::{Pin, RemarkKind};
use crate::review::{Stage, Verdict, Vote};
use crate::screening::{CellNumber, CellState, Grid, Screening};
use crate::{
    Author, Change, ClassCode, Edit, Label, Layer, LayerRole, Member, Project, Question, Region, RegionId,
    Relation, RemarkId, ResponseId, Run, ScreeningId, Settings,
};

/// A piece of what is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'a> {
    Words(Cow<'a, str>),
    /// One region, by whatever name the reader gives it.
    Region(RegionId),
    Class(&'a ClassCode),
}

/// What an entry did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deed<'a> {
    pub parts: Vec<Part<'a>>,
    /// Who did it; `None` while that is a secret of an open committee.
    pub author: Option<&'a Author>,
}

impl<'a> Deed<'a> {
    fn say(mut self, words: impl Into<Cow<'a, str>>) -> Self {
        self.parts.push(Part::Words(words.into()));
        self
    }

    fn region(mut self, id: RegionId) -> Self {
        self.parts.push(Part::Region(id));
        self
    }

    fn class(mut self, class: &'a ClassCode) -> Self {
        self.parts.push(Part::Class(class));
        self
    }

    /// The parts as one line, regions and classes by the names that the reader gives them.
    pub fn sentence(
        &self,
        region: impl Fn(RegionId) -> String,
        class: impl Fn(&ClassCode) -> String,
    ) -> String {
        let mut text = String::new();
        for part in &self.parts {
            if !text.is_empty() {
                text.push(' ');
            }
            match part {
                Part::Words(words) => text.push_str(words),
                Part::Region(id) => text.push_str(&region(*id)),
                Part::Class(code) => text.extend(["“", &class(code), "”"]),
            }
        }
        text
    }
}

impl<'a> Line<'a> {
    /// What it did, as far as a member may know: a vote of an open committee is its voter's secret.
    pub fn deed(&self, project: &'a Project, member: &Author) -> Deed<'a> {
        let deed = match self.what {
            What::Edit(edit) => edit.deed(),
            What::Revert { root, edit, restores, .. } => {
                let verb = if restores { "Bring back" } else { "Take back" };
                let mut deed = Deed::default().say(format!("{verb} entry {root}:"));
                deed.parts.extend(edit.deed().parts);
                deed
            }
            What::Vote(id) => match project.votes().get(&id) {
                Some(vote) if project.vote_is_visible_to(member, vote) => vote_deed(vote),
                _ => return Deed::default().say("A committee vote, sealed until the committee is complete"),
            },
            What::QuestionVote(place) => match question_vote_words(project, place, member) {
                Some(words) => Deed::default().say(words),
                None => {
                    return Deed::default().say("A committee vote, sealed until the committee is complete");
                }
            },
            What::Visit { screening, cell, state } => visit_deed(project, screening, cell, state),
            What::Response(id) => response_deed(project, id),
            What::Opening(id) => match project.votes().get(&id) {
                Some(vote) => Deed::default().say("Open the sealed vote on").region(vote.case),
                None => Deed::default().say("Open a sealed vote"),
            },
            What::Remark(id) => match remark_deed(project, id, member) {
                Some(deed) => deed,
                None => return Deed::default().say("A remark, unseen until the committee is complete"),
            },
            What::Member(member) => Deed::default().say(member_words(member)),
            What::Merge(merge) => Deed::default().say(merge_words(merge)),
        };
        Deed { author: Some(self.author), ..deed }
    }

    /// The regions that it touched, each once, in the order in which it did.
    pub fn regions(&self, project: &Project) -> Vec<RegionId> {
        match self.what {
            What::Edit(edit) | What::Revert { edit, .. } => edit.regions(),
            What::Vote(id) | What::Opening(id) => {
                project.votes().get(&id).map(|vote| vote.case).into_iter().collect()
            }
            What::Merge(merge) => merge.delta.regions().into_iter().collect(),
            What::Remark(id) => remark_region(project, id).into_iter().collect(),
            What::QuestionVote(_) | What::Visit { .. } | What::Response(_) | What::Member(_) => Vec::new(),
        }
    }
}

/// What a vote on a question says; `None` while that is a secret.
fn question_vote_words(project: &Project, place: usize, member: &Author) -> Option<String> {
    let vote = project.questions.votes.get(place)?;
    let visible = project.question_votes_visible_to(member, vote.question);
    if vote.stage == Stage::Two && !visible.iter().any(|other| other.id == vote.id) {
        return None;
    }
    let round = match vote.stage {
        Stage::One => "Review:",
        Stage::Two => "Committee:",
        Stage::Lead => "The lead:",
    };
    let verb = match &vote.said {
        // What they answered stays unsaid: whoever is still to answer reads this list too.
        Said::Answer(_) => "answer",
        Said::Ambiguous => "find ambiguous",
        Said::Reject => "reject",
        Said::Abstain => "abstain from",
    };
    let of = project.questions().get(&vote.question).map_or_else(
        || "a question that was removed".to_owned(),
        |question| format!("“{}”", short(&question.text)),
    );
    Some(format!("{round} {verb} {of}"))
}

fn question_words((before, after): (Option<&Question>, Option<&Question>)) -> String {
    let said = |question: &Question| format!("“{}”", short(&question.text));
    match (before, after) {
        (None, Some(question)) => format!("Ask {}", said(question)),
        (Some(question), None) => format!("Take away the question {}", said(question)),
        (Some(before), Some(after)) if before.deleted != after.deleted => {
            let verb = if after.deleted { "Delete" } else { "Bring back" };
            format!("{verb} the question {}", said(after))
        }
        (Some(before), Some(after)) if before.answer != after.answer && before.asked() == after.asked() => {
            format!("Answer {}", said(after))
        }
        (Some(_), Some(after)) => format!("Change the question {}", said(after)),
        (None, None) => String::new(),
    }
}

fn run_words((before, after): (Option<&Run>, Option<&Run>)) -> String {
    let said = |run: &Run| format!("{} answers of {} ({})", run.replies.len(), run.model, run.prompt);
    match (before, after) {
        (None, Some(run)) => format!("Take in {}", said(run)),
        (Some(run), None) => format!("Remove {}", said(run)),
        (_, Some(run)) => format!("Change {}", said(run)),
        (None, None) => String::new(),
    }
}

fn assignment_words((before, after): (Option<&Assignment>, Option<&Assignment>)) -> String {
    match (before, after) {
        (None, Some(new)) => {
            let (cases, members) = (new.shares.len(), new.members.len());
            format!("Hand out “{}”: {cases} cases to {members} members", new.name)
        }
        (Some(old), None) => format!("Take back the assignment “{}”", old.name),
        (Some(a), Some(b)) if a.release_ms != b.release_ms => format!("Change when “{}” is released", b.name),
        (_, Some(new)) => format!("Change the assignment “{}”", new.name),
        (None, None) => String::new(),
    }
}

/// The region that the thread of a remark is about.
fn remark_region(project: &Project, id: RemarkId) -> Option<RegionId> {
    let thread = project.remarks().get(&id)?.thread()?;
    match project.remarks().get(&thread)?.kind {
        RemarkKind::Open { on: Pin::Region(region), .. } => Some(region),
        _ => None,
    }
}

/// What a remark says; `None` while that is not for a member to see.
fn remark_deed<'a>(project: &Project, id: RemarkId, member: &Author) -> Option<Deed<'a>> {
    let remark = project.remarks().get(&id)?;
    let verb = match &remark.kind {
        RemarkKind::Read { votes, .. } if votes.is_empty() => {
            return Some(Deed::default().say("Read what was said"));
        }
        RemarkKind::Read { .. } => return Some(Deed::default().say("Read why a case came back")),
        RemarkKind::Open { .. } => "Remark on",
        RemarkKind::Reply { .. } => "Reply on",
        RemarkKind::Resolve { resolved: true, .. } => "Resolve a thread on",
        RemarkKind::Resolve { resolved: false, .. } => "Open a thread again on",
    };
    let thread = project.thread(remark.thread()?, member)?;
    if remark.text().is_some() && !thread.remarks.iter().any(|seen| seen.id == id) {
        return None;
    }
    let deed = Deed::default().say(verb);
    let deed = match thread.on {
        Pin::Region(region) => deed.region(region),
        Pin::Place(_) => deed.say("a place"),
    };
    Some(match remark.text() {
        Some(text) => deed.say(format!("(“{}”)", short(text))),
        None => deed,
    })
}

fn member_words(member: &Member) -> String {
    let name = &member.name;
    if member.removed {
        return format!("Remove {name} from the members");
    }
    format!("{name} is a member: {}", member.role.text().to_lowercase())
}

fn merge_words(merge: &Merge) -> String {
    match merge.joined.len() {
        1 => "Join another copy".to_owned(),
        n => format!("Join {n} other copies"),
    }
}

fn conflict_deed<'a>((before, after): (Option<&'a Conflict>, Option<&'a Conflict>)) -> Deed<'a> {
    let words = match (before, after) {
        (Some(_), None) => "Decide what two copies say of",
        _ => "Open again what two copies say of",
    };
    let deed = Deed::default().say(words);
    match before.or(after).and_then(|conflict| conflict.regions().into_iter().next()) {
        Some(region) => deed.region(region),
        None => deed.say("the project"),
    }
}

/// Where a cell lies, counted from 1 as people do.
fn visit_deed<'a>(
    project: &Project,
    screening: ScreeningId,
    cell: CellNumber,
    state: Option<CellState>,
) -> Deed<'a> {
    let of = project.screenings().get(&screening).map(|plan| {
        let (column, row) = Grid::of(plan).place(cell);
        format!("row {}, column {} of “{}”", row + 1, column + 1, plan.name)
    });
    let place = of.unwrap_or_else(|| "a cell of a screening that was removed".to_owned());
    Deed::default().say(match state {
        Some(state) => format!("Screen {place}: {}", state.text().to_lowercase()),
        None => format!("See {place}"),
    })
}

fn response_deed<'a>(project: &Project, id: ResponseId) -> Deed<'a> {
    let asked = project.response(id).map(|response| {
        let failed = if response.is_success() { "" } else { ", which failed" };
        format!("Ask {}: {}{failed}", response.provider, response.tool.replace('-', " "))
    });
    Deed::default().say(asked.unwrap_or_else(|| "Ask a service".to_owned()))
}

fn screening_words((before, after): (Option<&Screening>, Option<&Screening>)) -> String {
    match (before, after) {
        (None, Some(plan)) => format!("Plan the screening “{}”", plan.name),
        (Some(plan), None) => format!("Remove the screening “{}”", plan.name),
        (Some(a), Some(b)) if a.name != b.name => {
            format!("Rename the screening “{}” to “{}”", a.name, b.name)
        }
        (_, Some(plan)) => format!("Change the screening “{}”", plan.name),
        (None, None) => String::new(),
    }
}

fn vote_deed(vote: &Vote) -> Deed<'_> {
    let round = match vote.stage {
        Stage::One => "Review:",
        Stage::Two => "Committee:",
        Stage::Lead => "The lead:",
    };
    let verb = match vote.verdict {
        _ if vote.is_sealed() => "cast a sealed vote",
        Verdict::Accept => "accept",
        Verdict::Edit if vote.stage == Stage::One => "change to",
        Verdict::Edit => "vote",
        Verdict::Reject => "reject",
        Verdict::Abstain => "abstain",
        Verdict::Undetermined => "cannot tell",
        Verdict::BadImagery => "find the imagery bad",
    };
    let deed = Deed::default().say(format!("{round} {verb}"));
    let deed = match &vote.class {
        Some(class) if vote.verdict.names_class() || vote.verdict == Verdict::Reject => deed.class(class),
        _ => deed,
    };
    let deed = deed.say("on").region(vote.case);
    if vote.note.is_empty() { deed } else { deed.say(format!("(“{}”)", vote.note)) }
}

impl Edit {
    /// What it does, in parts.
    pub fn deed(&self) -> Deed<'_> {
        match self {
            Self::Region(change) => region_deed(change.id, sides(change)),
            Self::Label(change) => label_deed(sides(change)),
            Self::Layer(change) => Deed::default().say(layer_words(sides(change))),
            Self::Adjustment(change) => Deed::default().say(match sides(change) {
                (None, _) => "Add an adjustment",
                (Some(_), Some(_)) => "Move an adjustment",
                (Some(_), None) => "Delete an adjustment",
            }),
            Self::Relation(change) => relation_deed(sides(change)),
            Self::Screening(change) => Deed::default().say(screening_words(sides(change))),
            Self::Question(change) => Deed::default().say(question_words(sides(change))),
            Self::Run(change) => Deed::default().say(run_words(sides(change))),
            Self::Assignment(change) => Deed::default().say(assignment_words(sides(change))),
            Self::Conflict(change) => conflict_deed(sides(change)),
            Self::Schema(change) => Deed::default().say(match sides(change) {
                (None, Some(after)) => format!("Begin with the classes of {}", after.name),
                (Some(before), Some(after)) if before.name != after.name => {
                    format!("Change the classes from {} to {}", before.name, after.name)
                }
                (_, Some(after)) => format!("Change the classes of {}", after.name),
                (_, None) => "Remove the classes".to_owned(),
            }),
            Self::Settings(change) => Deed::default().say(settings_words(sides(change))),
            Self::Batch { title, .. } => Deed::default().say(title.as_str()),
        }
    }

    /// What a person calls it where no region has a name, for "Undo …".
    pub fn title(&self) -> String {
        self.deed().sentence(|_| "region".to_owned(), ToString::to_string)
    }

    /// The regions that it touches, each once, in the order in which it does.
    pub fn regions(&self) -> Vec<RegionId> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        self.each(&mut |edit| {
            let ids = match edit {
                Self::Region(change) => [Some(change.id), None],
                Self::Label(change) => {
                    [change.after.as_ref().or(change.before.as_ref()).map(|l| l.region), None]
                }
                Self::Relation(change) => {
                    let relation = change.after.as_ref().or(change.before.as_ref());
                    [relation.map(|r| r.from), relation.map(|r| r.to)]
                }
                Self::Conflict(change) => {
                    let about = change.before.iter().chain(&change.after).flat_map(|one| one.regions());
                    found.extend(about.filter(|id| seen.insert(*id)));
                    [None, None]
                }
                _ => [None, None],
            };
            found.extend(ids.into_iter().flatten().filter(|id| seen.insert(*id)));
        });
        found
    }

    /// The box around the shapes that it made, changed or deleted; `None` where it has none.
    pub fn ground(&self) -> Option<geo::Rect<f64>> {
        let mut ground: Option<geo::Rect<f64>> = None;
        self.each(&mut |edit| {
            let Self::Region(change) = edit else { return };
            for rect in change.before.iter().chain(&change.after).filter_map(|region| region.bounds()) {
                ground = Some(ground.map_or(rect, |sum| {
                    let (a, b) = (sum.min(), sum.max());
                    let (c, d) = (rect.min(), rect.max());
                    geo::Rect::new((a.x.min(c.x), a.y.min(c.y)), (b.x.max(d.x), b.y.max(d.y)))
                }));
            }
        });
        ground
    }

    /// Every change that is no batch, in order.
    pub fn each<'a>(&'a self, take: &mut impl FnMut(&'a Self)) {
        match self {
            Self::Batch { edits, .. } => edits.iter().for_each(|edit| edit.each(take)),
            one => take(one),
        }
    }
}

fn sides<K, T>(change: &Change<K, std::sync::Arc<T>>) -> (Option<&T>, Option<&T>) {
    (change.before.as_deref(), change.after.as_deref())
}

fn relation_deed<'a>(sides: (Option<&'a Relation>, Option<&'a Relation>)) -> Deed<'a> {
    let (verb, relation) = match sides {
        (None, Some(relation)) => ("Relate", relation),
        (Some(_), Some(relation)) => ("Change the relation:", relation),
        (Some(relation), None) => ("Remove the relation:", relation),
        (None, None) => return Deed::default(),
    };
    let word = format!("“{}”", relation.predicate);
    Deed::default().say(verb).region(relation.from).say(word).region(relation.to)
}

fn label_deed<'a>(sides: (Option<&'a Label>, Option<&'a Label>)) -> Deed<'a> {
    let deed = Deed::default();
    match sides {
        (None, Some(label)) => {
            let verb = if label.author.is_model() { "Predict" } else { "Label" };
            deed.say(verb).region(label.region).class(&label.class)
        }
        (Some(before), Some(after)) => {
            let replies = after.replies_to.len() > before.replies_to.len();
            if before.class != after.class {
                let verb = if replies { "Send back to review:" } else { "Label" };
                return deed.say(verb).region(after.region).class(&before.class).say("→").class(&after.class);
            }
            let words = match () {
                () if replies => "Send back to review:",
                () if before.note != after.note => "Change the note on",
                () => "Change the label of",
            };
            deed.say(words).region(after.region).class(&after.class)
        }
        (Some(label), None) => {
            deed.say("Remove the label").class(&label.class).say("from").region(label.region)
        }
        (None, None) => deed,
    }
}

fn region_deed<'a>(id: RegionId, sides: (Option<&Region>, Option<&Region>)) -> Deed<'a> {
    let words: Cow<'_, str> = match sides {
        (None, _) => "Add".into(),
        (Some(_), None) => "Delete".into(),
        (Some(before), Some(after)) if before.geometry == after.geometry => "Change the attributes of".into(),
        (Some(before), Some(after)) => reshaping(&before.geometry, &after.geometry),
    };
    Deed::default().say(words).region(id)
}

/// How one shape became another: moved as a whole, so many corners moved, added or removed, or anything else.
fn reshaping(before: &Geometry<f64>, after: &Geometry<f64>) -> Cow<'static, str> {
    let corners = |n: usize| if n == 1 { "1 corner".to_owned() } else { format!("{n} corners") };
    let (a, b) = (corners_of(before), corners_of(after));
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => {
            let moved = a.iter().zip(&b).filter(|(a, b)| a != b).count();
            if is_shift(&a, &b) {
                "Move".into()
            } else if moved < a.len() || a.len() == 1 {
                format!("Move {} of", corners(moved)).into()
            } else {
                "Reshape".into()
            }
        }
        std::cmp::Ordering::Less if is_part(&a, &b) => {
            format!("Add {} to", corners(b.len() - a.len())).into()
        }
        std::cmp::Ordering::Greater if is_part(&b, &a) => {
            format!("Remove {} from", corners(a.len() - b.len())).into()
        }
        _ => "Reshape".into(),
    }
}

/// Every corner once: the point that closes a ring is its first.
fn corners_of(geometry: &Geometry<f64>) -> Vec<Coord<f64>> {
    fn rings(polygon: &geo::Polygon<f64>) -> impl Iterator<Item = Coord<f64>> + '_ {
        let all = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        all.flat_map(|ring| ring.0.iter().copied().take(ring.0.len().saturating_sub(1)))
    }
    match geometry {
        Geometry::Polygon(polygon) => rings(polygon).collect(),
        Geometry::MultiPolygon(many) => many.iter().flat_map(rings).collect(),
        other => other.coords_iter().collect(),
    }
}

/// True when every corner went the same way, but for rounding.
fn is_shift(a: &[Coord<f64>], b: &[Coord<f64>]) -> bool {
    let Some((first, to)) = a.first().zip(b.first()) else { return false };
    let by = *to - *first;
    let size = a.iter().chain(b).fold(1.0_f64, |m, c| m.max(c.x.abs()).max(c.y.abs()));
    let near = |d: Coord<f64>| (d.x - by.x).abs().max((d.y - by.y).abs()) <= size * 1e-12;
    a.len() > 1 && (by.x != 0.0 || by.y != 0.0) && a.iter().zip(b).all(|(a, b)| near(*b - *a))
}

/// True when all of `few` are among `many`, in the same order.
fn is_part(few: &[Coord<f64>], many: &[Coord<f64>]) -> bool {
    let mut rest = many.iter();
    few.iter().all(|corner| rest.any(|other| other == corner))
}

fn layer_words((before, after): (Option<&Layer>, Option<&Layer>)) -> String {
    match (before, after) {
        (None, Some(layer)) => format!("Add layer {}", layer.name),
        (Some(layer), None) => format!("Remove layer {}", layer.name),
        (Some(a), Some(b)) if a.name != b.name => format!("Rename layer {} to {}", a.name, b.name),
        (Some(a), Some(b)) if a.role != b.role => {
            let when = match b.role {
                LayerRole::Before => "taken before the event",
                LayerRole::After => "taken after the event",
                LayerRole::Unspecified => "taken at no special time",
            };
            format!("Say that layer {} was {when}", b.name)
        }
        (Some(a), Some(b)) if a.order != b.order => {
            format!("{} layer {}", if b.order > a.order { "Raise" } else { "Lower" }, b.name)
        }
        (_, Some(layer)) => format!("Change layer {}", layer.name),
        (None, None) => String::new(),
    }
}

fn settings_words((before, after): (Option<&Settings>, Option<&Settings>)) -> String {
    let (Some(a), Some(b)) = (before, after) else { return "Change the settings".into() };
    if (&a.crs, a.pixel_space) != (&b.crs, b.pixel_space) {
        return "Choose the CRS of the map".into();
    }
    if a.lists != b.lists {
        let new = b.lists.iter().find(|list| !a.lists.contains(list));
        let gone = a.lists.iter().find(|list| !b.lists.iter().any(|other| other.name == list.name));
        return match (new, gone) {
            (Some(list), _) => format!("Keep the work list “{}”", list.name),
            (None, Some(list)) => format!("Remove the work list “{}”", list.name),
            (None, None) => "Change the work lists".into(),
        };
    }
    if a.label_each_view != b.label_each_view {
        let words = if b.label_each_view { "Label each view apart" } else { "Label objects as a whole" };
        return words.into();
    }
    match (a.name != b.name, a.rule != b.rule) {
        (true, false) => format!("Name the project “{}”", b.name),
        (false, true) => "Change the rule of the review".into(),
        _ => "Change the settings".into(),
    }
}

#[cfg(test)]
mod tests {
    use geo::{Translate as _, polygon};

    use super::*;

    #[test]
    fn a_reshaping_is_said_by_what_the_hand_did() {
        let shape = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)];
        let words = |after: geo::Polygon<f64>| reshaping(&shape.clone().into(), &after.into()).into_owned();
        assert_eq!(words(shape.translate(0.1, -2.5)), "Move");
        assert_eq!(
            words(polygon![(x: 0.0, y: 0.0), (x: 5.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)]),
            "Move 1 corner of"
        );
        assert_eq!(
            words(polygon![(x: 1.0, y: 0.0), (x: 5.0, y: 0.0), (x: 4.0, y: 5.0), (x: 0.0, y: 4.0)]),
            "Move 3 corners of"
        );
        let more = polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)];
        assert_eq!(words(more), "Add 1 corner to");
        assert_eq!(
            words(polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)]),
            "Remove 1 corner from"
        );
        assert_eq!(words(polygon![(x: 9.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)]), "Reshape");
        let twice = geo::MapCoords::map_coords(&shape, |c| Coord { x: 2.0 * c.x + 1.0, y: 2.0 * c.y });
        assert_eq!(words(twice), "Reshape");
    }

    #[test]
    fn moving_far_from_the_origin_is_still_moving() {
        let far = polygon![(x: 500_000.3, y: 5e6), (x: 500_004.1, y: 5e6), (x: 500_004.7, y: 5_000_004.9)];
        let moved = far.translate(0.1, 0.2);
        assert_eq!(reshaping(&far.into(), &moved.into()), "Move");
    }
}
