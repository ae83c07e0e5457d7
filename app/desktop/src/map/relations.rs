//! Relations as arrows over the map, with their words: those of the selection always, the others as long as they can
//! be told apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use editing::ToolKind;
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, vec2};
use project::{Project, RegionId, Relation, RelationId, anchor};

use super::arrows::paint_arrow;
use super::view::to_window;
use crate::fonts;
use crate::panels::relations::{arrow_color, word};
use crate::state::State;

/// More arrows than this in view say nothing any more.
const MOST: usize = 120;
/// Arrows of the selection that are shown at most.
const MOST_SELECTED: usize = 400;
/// Regions in view that are asked for their relations.
const MOST_REGIONS: usize = 2_000;

/// What stands between two regions, one way.
type Between = BTreeMap<(RegionId, RegionId), Vec<RelationId>>;

/// The arrows in view.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    let here = !state.is_reviewing() && !state.labels_hidden;
    let Some(project) = state.shown().filter(|p| here && !p.relations().is_empty()) else { return };
    let selected = of_selection(state, project);
    let mut others = in_view(state, project);
    others.retain(|ends, _| !selected.contains_key(ends));
    let crowded = others.len() > MOST;
    let related = state.tool.kind() == ToolKind::Relate;
    let mut taken: Vec<Rect> = Vec::new();
    let mut places: HashMap<RegionId, Option<Pos2>> = HashMap::new();
    let quiet = *state.theme.color.map_ink;
    let ink = if related { quiet } else { quiet.gamma_multiply(0.8) };
    let groups = [(&selected, *state.theme.color.accent, true), (&others, ink, false)];
    for (between, color, chosen) in groups.into_iter().filter(|(_, _, chosen)| *chosen || !crowded) {
        for ((from, to), relations) in between {
            let mut end = |id: RegionId| *places.entry(id).or_insert_with(|| place(state, project, id, rect));
            let (Some(from), Some(to)) = (end(*from), end(*to)) else { continue };
            if rect.expand(8.0).intersects(Rect::from_two_pos(from, to)) {
                // What is selected is told by the accent, whatever it says.
                let color = if chosen { color } else { said_in(project, relations).unwrap_or(color) };
                arrow(painter, state, project, [from, to], relations, color, chosen, &mut taken);
            }
        }
    }
}

/// The colour of what is said, where all of it has one.
fn said_in(project: &Project, relations: &[RelationId]) -> Option<Color32> {
    let schema = project.schema()?;
    let of = |id: &RelationId| arrow_color(schema.predicate(&project.relations().get(id)?.predicate));
    let first = of(relations.first()?)?;
    relations.iter().all(|id| of(id) == Some(first)).then_some(first)
}

fn of_selection(state: &State, project: &Project) -> Between {
    let mut between = Between::new();
    let all = state.selected().iter().take(MOST_SELECTED).flat_map(|id| project.relations_of(*id));
    all.take(MOST_SELECTED).for_each(|(id, relation)| add(&mut between, id, relation));
    between
}

fn in_view(state: &State, project: &Project) -> Between {
    let mut between = Between::new();
    for (id, _) in project.regions_in(state.camera.bounds()).take(MOST_REGIONS) {
        project.relations_of(id).take(MOST).for_each(|(id, relation)| add(&mut between, id, relation));
        if between.len() > 4 * MOST {
            break;
        }
    }
    between
}

fn add(between: &mut Between, id: RelationId, relation: &Relation) {
    let list = between.entry((relation.from, relation.to)).or_default();
    if !list.contains(&id) {
        list.push(id);
    }
}

fn place(state: &State, project: &Project, id: RegionId, rect: Rect) -> Option<Pos2> {
    let at = anchor(&project.region(id)?.geometry)?;
    let place = to_window(state.camera.screen_from_world(at), rect, state.pixels_per_point);
    // Far outside, numbers of the screen say nothing.
    (place.x.abs() < 1e5 && place.y.abs() < 1e5).then_some(place)
}

#[expect(
    clippy::too_many_arguments,
    reason = "an arrow is where regions, words and the room that is left meet"
)]
fn arrow(
    painter: &Painter,
    state: &State,
    project: &Project,
    [from, to]: [Pos2; 2],
    relations: &[RelationId],
    color: Color32,
    chosen: bool,
    taken: &mut Vec<Rect>,
) {
    let along = (to - from).normalized();
    // An arrow there and one back lie side by side.
    let aside = vec2(-along.y, along.x) * 4.0;
    let (from, to) = (from + aside, to + aside);
    paint_arrow(painter, state, [from, to], color, false);
    let words: BTreeSet<String> =
        relations.iter().filter_map(|id| Some(word(project, project.relations().get(id)?))).collect();
    let words = words.into_iter().collect::<Vec<_>>().join(", ");
    let font = fonts::medium(state.theme.size.small);
    let middle = from + (to - from) * 0.5;
    let size = painter.layout_no_wrap(words.clone(), font.clone(), color).size();
    let place = Rect::from_center_size(middle, size + vec2(8.0, 4.0));
    let fits = (to - from).length() > size.x * 0.6 && !taken.iter().any(|other| other.intersects(place));
    if chosen || fits {
        taken.push(place);
        label(painter, state, place, &words, font);
    }
}

fn label(painter: &Painter, state: &State, place: Rect, words: &str, font: FontId) {
    let c = &state.theme.color;
    painter.rect_filled(place, 3.0, c.map_casing.gamma_multiply(0.85));
    painter.text(place.center(), Align2::CENTER_CENTER, words, font, *c.map_ink);
}
