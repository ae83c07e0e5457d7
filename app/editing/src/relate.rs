//! Draws relations: a drag from one region to another; what it is to say is asked for afterwards.

use std::collections::HashSet;
use std::sync::Arc;

use project::{
    Author, Change, Edit, IdSource, Predicate, PredicateCode, Project, RegionId, Relation, RelationId, anchor,
};
use spatial::WorldPoint;

use crate::hit::region_at;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::{Cursor, Effect, Hint, Key, PointerButton, Selection, ToolContext, ToolEvent};

const NO_REGION: &str = "Drag from one region to another: a relation is between two.";
const NOBODY: &str = "Say who you are first: relations are signed.";

/// The relation tool: a drag from region to region asks for the relation between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelateTool {
    state: State,
    cursor: Option<WorldPoint>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Pressed {
        at: WorldPoint,
        from: Option<RegionId>,
    },
    Pulling {
        from: RegionId,
        to: WorldPoint,
    },
}

type Step = (RelateTool, Vec<Effect>);

impl RelateTool {
    /// True while an arrow is being pulled.
    pub fn is_drawing(&self) -> bool {
        matches!(self.state, State::Pulling { .. })
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.cursor
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext) -> Step {
        if let ToolEvent::Press(p) | ToolEvent::Drag(p) | ToolEvent::Release(p) | ToolEvent::Move(p) = &event
        {
            self.cursor = Some(p.at);
        }
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => {
                self.state = State::Pressed { at: p.at, from: region_at(ctx, p.at) };
                (self, Vec::new())
            }
            ToolEvent::Drag(p) => {
                self.state = match self.state {
                    State::Pressed { at, from: Some(from) } if ctx.is_drag(at, p.at) => {
                        State::Pulling { from, to: p.at }
                    }
                    State::Pulling { from, .. } => State::Pulling { from, to: p.at },
                    same => same,
                };
                (self, Vec::new())
            }
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.release(p.at, ctx),
            ToolEvent::Key { key: Key::Escape, .. } => {
                let idle = self.state == State::Idle;
                self.state = State::Idle;
                let clear = idle && !ctx.selection.is_empty();
                (self, if clear { vec![Effect::Select(Selection::default())] } else { Vec::new() })
            }
            ToolEvent::Cancel => (Self { cursor: self.cursor, ..Self::default() }, Vec::new()),
            _ => (self, Vec::new()),
        }
    }

    fn release(mut self, at: WorldPoint, ctx: &ToolContext) -> Step {
        let under = region_at(ctx, at);
        let effects = match std::mem::take(&mut self.state) {
            // A place inside a large region may lie in a small one, from which the drag began.
            State::Pulling { from, .. } => {
                match under.filter(|to| *to != from).or_else(|| other_at(ctx, at, from)) {
                    _ if ctx.author.name().is_empty() => vec![Effect::Notice(NOBODY.to_owned())],
                    Some(to) if ctx.project.region(from).is_some() => vec![Effect::Relate { from, to }],
                    _ => vec![Effect::Notice(NO_REGION.to_owned())],
                }
            }
            State::Pressed { .. } => {
                let selection = under.map(Selection::one).unwrap_or_default();
                if selection == *ctx.selection { Vec::new() } else { vec![Effect::Select(selection)] }
            }
            State::Idle => Vec::new(),
        };
        (self, effects)
    }

    /// The arrow that is being pulled, and where it would end.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        let State::Pulling { from, to } = self.state else { return Preview::default() };
        let place = |id: RegionId| anchor(&ctx.project.region(id)?.geometry);
        let Some(start) = place(from) else { return Preview::default() };
        let target = region_at(ctx, to).filter(|id| *id != from).or_else(|| other_at(ctx, to, from));
        let end = target.and_then(place).unwrap_or(to);
        let style = if target.is_some() { LineStyle::Draft } else { LineStyle::Rubber };
        let line = PreviewLine { points: vec![start, end], closed: false, style };
        let kind = if target.is_some() { HandleKind::Snap } else { HandleKind::ActiveVertex };
        let handles = vec![Handle { at: start, kind: HandleKind::Vertex }, Handle { at: end, kind }];
        Preview { lines: vec![line], handles, ..Preview::default() }
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        if self.is_drawing() {
            const { &[Hint::new("Release", "on the other region"), Hint::new("Esc", "drop the arrow")] }
        } else {
            const {
                &[
                    Hint::new("Drag", "from one region to another to relate them"),
                    Hint::new("Click", "select a region"),
                ]
            }
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        let over = self.cursor.and_then(|at| region_at(ctx, at)).is_some();
        match self.state {
            State::Pulling { .. } => Cursor::Moving,
            _ if over => Cursor::Move,
            _ => Cursor::Crosshair,
        }
    }

    /// True when a key means something to the tool now.
    pub fn wants(&self, key: Key, ctx: &ToolContext) -> bool {
        key == Key::Escape && (self.state != State::Idle || !ctx.selection.is_empty())
    }
}

/// The smallest region at a place that is another than this one.
fn other_at(ctx: &ToolContext, at: WorldPoint, than: RegionId) -> Option<RegionId> {
    crate::regions_at(ctx, at).into_iter().find(|id| *id != than)
}

/// One region in relation to another. `None` where that is said already, or either is gone.
pub fn relate_edit(
    project: &Project,
    ids: &mut IdSource,
    [from, to]: [RegionId; 2],
    predicate: &PredicateCode,
    author: &Author,
    at_ms: i64,
) -> Option<Edit> {
    let after =
        Relation { from, to, predicate: predicate.clone(), author: author.clone(), at_ms: Some(at_ms) };
    let there = from != to && project.region(from).is_some() && project.region(to).is_some();
    let said = project.relations_of(from).any(|(_, held)| held.says_the_same(&after));
    (there && !said).then(|| Edit::Relation(Change::create(ids.relation(), after)))
}

/// The same with a word that the schema does not have yet: the word and the relation are one step of undo.
pub fn relate_by_new_edit(
    project: &Project,
    ids: &mut IdSource,
    ends: [RegionId; 2],
    word: &str,
    author: &Author,
    at_ms: i64,
) -> Option<Edit> {
    let word = word.trim();
    let before = project.schema().filter(|_| !word.is_empty())?;
    if let Some(known) = before.find_predicate(word) {
        return relate_edit(project, ids, ends, &known.code, author, at_ms);
    }
    let predicate = Predicate::new(word);
    let relation = relate_edit(project, ids, ends, &predicate.code, author, at_ms)?;
    let mut after = (**before).clone();
    after.relations.push(predicate);
    let schema = Edit::Schema(Change::replace((), Arc::clone(before), after));
    Some(Edit::batch(format!("Relate by the new word “{word}”"), vec![schema, relation]))
}

/// What hands the relations of regions that become part of another over to that one, and which those are. A relation
/// between them, and one that it would have twice, is not among them.
pub(crate) fn inherited(
    project: &Project,
    regions: &[RegionId],
    heir: RegionId,
) -> (Vec<Edit>, HashSet<RelationId>) {
    let joins = |id: RegionId| id == heir || regions.contains(&id);
    let named = |r: &Relation| (r.from, r.to, r.predicate.clone());
    let mut said: HashSet<_> = project.relations_of(heir).map(|(_, relation)| named(relation)).collect();
    let (mut edits, mut kept) = (Vec::new(), HashSet::new());
    for (id, before) in regions.iter().flat_map(|region| project.relations_of(*region)) {
        let mut after = (**before).clone();
        for end in [&mut after.from, &mut after.to] {
            if joins(*end) {
                *end = heir;
            }
        }
        if after.from != after.to && said.insert(named(&after)) {
            kept.insert(id);
            edits.push(Edit::Relation(Change::replace(id, Arc::clone(before), after)));
        }
    }
    (edits, kept)
}

/// Takes a relation away; `None` where it is gone.
pub fn unrelate_edit(project: &Project, relation: RelationId) -> Option<Edit> {
    let before = project.relations().get(&relation)?;
    Some(Edit::Relation(Change::delete(relation, Arc::clone(before))))
}
