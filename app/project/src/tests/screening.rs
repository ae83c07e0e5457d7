//! Screenings: every pixel is in a cell, the path goes to and fro, and the journal says who saw what.

use std::sync::Arc;

use proptest::prelude::*;
use spatial::align::Method;

use crate::screening::{
    CellPath, CellState, Cells, Grid, Look, Progress, Screening, Seen, Visit, add_screening_edit, is_free,
    next_free, remove_screening_edit, rename_screening_edit,
};
use crate::{
    Author, Change, Edit, EditError, Entry, EntryBody, History, IdSource, Layer, LayerId, LayerRole, Project,
    Refusal, ScreeningId,
};

fn layer(width: u32, height: u32) -> Layer {
    Layer {
        name: "after".into(),
        path: "after.tif".into(),
        role: LayerRole::After,
        crs: None,
        transform: None,
        warp: None,
        width,
        height,
        bands: 3,
        order: 0,
        alignment: Method::default(),
        sha256: None,
    }
}

/// A project with a layer of 1000 by 800 pixels and a plan of four columns and three rows over it.
struct Desk {
    project: Project,
    history: History,
    journal: Vec<Entry>,
    ids: IdSource,
    layer: LayerId,
    plan: ScreeningId,
}

impl Desk {
    fn new() -> Self {
        let mut ids = IdSource::new(1_000, 5);
        let (layer_id, plan) = (ids.layer(), ids.screening());
        let mut desk = Self {
            project: Project::new(),
            history: History::default(),
            journal: Vec::new(),
            ids,
            layer: layer_id,
            plan,
        };
        desk.write(EntryBody::Edit(Edit::Layer(Change::create(layer_id, layer(1000, 800))))).expect("layer");
        let edit = add_screening_edit(&desk.project, plan, desk.planned()).expect("sound");
        desk.write(EntryBody::Edit(edit)).expect("planned");
        desk
    }

    fn planned(&self) -> Screening {
        Screening { cell_px: 300, overlap_px: 30, ..Screening::over("First", self.layer, [1000, 800]) }
    }

    fn write(&mut self, body: EntryBody) -> Result<(), EditError> {
        let entry = Entry { seq: self.history.last_seq() + 1, at_ms: 0, author: Author::new("ana"), body };
        self.history.advance(&mut self.project, &entry)?;
        self.journal.push(entry);
        let violations = crate::violations(&self.project);
        assert!(violations.is_empty(), "{violations:?}");
        Ok(())
    }

    fn visit(&mut self, member: &str, looks: Vec<Look>, at_ms: i64) -> Result<(), EditError> {
        let member = Author::new(member);
        let visit = Visit { screening: self.plan, member, looks, at_ms: Some(at_ms) };
        self.write(EntryBody::Visit(visit))
    }

    fn say(&mut self, member: &str, cell: u32, state: CellState, seconds: f64) {
        let look = Look { cell, state: Some(state), seconds: Some(seconds), seen: Seen::ALL };
        self.visit(member, vec![look], 7).expect("sound");
    }
}

#[test]
fn a_cell_of_the_usual_size_over_a_huge_image_makes_ten_thousand() {
    let mut ids = IdSource::new(1, 1);
    let plan = Screening::over("All", ids.layer(), [200_000, 200_000]);
    assert_eq!((plan.cell_px, plan.overlap_px, plan.fault()), (2048, 102, None));
    let cells = plan.cells();
    assert_eq!(cells.len(), 103 * 103);
    let held = std::mem::size_of_val(cells.order()) * 2;
    assert!(held < 100_000, "a few bytes a cell: {held}");
}

#[test]
fn plans_that_nobody_could_go_through_are_refused_with_a_sentence() {
    let desk = Desk::new();
    let sound = desk.planned();
    let why = |plan: Screening| {
        let id = IdSource::new(9, 9).screening();
        add_screening_edit(&desk.project, id, plan).expect_err("refused").to_string()
    };
    let giant = Screening { size: [40_000, 40_000], ..sound.clone() };
    assert!(why(Screening { cell_px: 1, overlap_px: 0, ..giant.clone() }).contains("16 to"));
    let small = why(Screening { cell_px: 16, overlap_px: 0, ..giant.clone() });
    assert!(small.contains("6250000 cells") && small.contains("100000"), "{small}");
    assert!(why(Screening { size: [u32::MAX, u32::MAX], ..sound.clone() }).contains("cells"));
    assert!(why(Screening { overlap_px: 200, ..sound.clone() }).contains("half"));
    assert!(why(Screening { name: " ".into(), ..sound.clone() }).contains("name"));
    assert!(why(sound.clone()).contains("First"), "the name is taken");
    let named = Screening { name: "Second".into(), ..sound };
    assert!(why(Screening { size: [999, 800], ..named.clone() }).contains("another size"));
    assert!(why(Screening { native: f64::NAN, ..named.clone() }).contains("resolution"));
    assert!(why(Screening { left_out: vec![[0, 13]], ..named.clone() }).contains("left out"));
    assert!(why(Screening { left_out: vec![[0, 12]], ..named.clone() }).contains("No cell"));
    let ring = |n: usize| vec![vec![vec![[5.0, 5.0]; n]]];
    assert!(why(Screening { area: ring(20_001), ..named.clone() }).contains("20001 corners"));
    assert!(why(Screening { area: ring(2), ..named.clone() }).contains("three corners"));
    assert!(
        why(Screening { area: vec![vec![vec![[f64::NAN; 2]; 3]]], ..named.clone() }).contains("no place")
    );
    let far = vec![vec![vec![[-9.0, -9.0], [-5.0, -9.0], [-5.0, -5.0]]]];
    assert!(why(Screening { area: far, ..named.clone() }).contains("No cell"));
    assert!(why(Screening { layer: IdSource::new(8, 8).layer(), ..named }).contains("does not exist"));
}

#[test]
fn the_path_goes_to_and_fro_along_rows_or_columns() {
    let desk = Desk::new();
    let plan = desk.planned();
    assert_eq!(plan.cells().order(), [0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11]);
    let down = Screening { path: CellPath::Columns, ..plan.clone() };
    assert_eq!(down.cells().order(), [0, 4, 8, 9, 5, 1, 2, 6, 10, 11, 7, 3]);
    let holed = plan.clone().leaving_out([1, 2, 7]);
    assert_eq!(holed.left_out, [[1, 2], [7, 1]]);
    assert_eq!(holed.cells().order(), [0, 3, 6, 5, 4, 8, 9, 10, 11]);
    assert!(!holed.has_cell(2) && holed.has_cell(3) && !holed.has_cell(12));
    assert_eq!(plan.cells().grid.rect(11), [810, 540, 1000, 800], "cut at the border");
    let triangle = vec![vec![vec![[10.0, 10.0], [280.0, 10.0], [10.0, 700.0]]]];
    let task = Screening { area: triangle, ..plan };
    assert_eq!(task.cells().order(), [0, 1, 4, 8]);
    let counted = task.counted(0).count();
    assert!(counted > 150 && counted < 256, "{counted} parts of the cell are in the area");
    assert_eq!(task.share(0, task.counted(0)), 1.0);
}

fn plans() -> impl Strategy<Value = Screening> {
    let size = (16..1500_u32, 16..1500_u32);
    (
        size,
        64..700_u32,
        0.0..0.5_f64,
        any::<bool>(),
        prop::collection::vec((0.0..1500.0_f64, 0.0..1500.0_f64), 0..6),
    )
        .prop_map(|((width, height), cell_px, overlap, columns, corners)| {
            let ring: Vec<[f64; 2]> = corners.into_iter().map(|(x, y)| [x, y]).collect();
            Screening {
                cell_px,
                overlap_px: Screening::overlap_of(cell_px, overlap),
                path: if columns { CellPath::Columns } else { CellPath::Rows },
                area: if ring.len() < 3 { Vec::new() } else { vec![vec![ring]] },
                ..Screening::over("Any", IdSource::new(1, 1).layer(), [width, height])
            }
        })
}

fn inside(ring: &[[f64; 2]], x: f64, y: f64) -> bool {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    let crossed = edges
        .filter(|(p, q)| (p[1] > y) != (q[1] > y) && x < p[0] + (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]));
    crossed.count() % 2 == 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn every_pixel_of_the_area_lies_in_a_cell_that_is_looked_at(
        plan in plans(), points in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 60),
    ) {
        let cells = plan.cells();
        let rects: Vec<[u32; 4]> = cells.order().iter().map(|cell| cells.grid.rect(*cell)).collect();
        for (u, v) in points {
            let (x, y) = (u * f64::from(plan.size[0] - 1) + 0.5, v * f64::from(plan.size[1] - 1) + 0.5);
            if plan.area.first().is_some_and(|polygon| !inside(&polygon[0], x, y)) {
                continue;
            }
            let covers = |r: &&[u32; 4]| {
                let [left, top, right, bottom] = r.map(f64::from);
                left <= x && x <= right && top <= y && y <= bottom
            };
            let found: Vec<_> = rects.iter().filter(covers).collect();
            prop_assert!(!found.is_empty(), "{x},{y} is in no cell");
            let around = cells.grid.around([x, y, x + 0.01, y + 0.01]).expect("inside");
            let near = cells.order().iter().zip(&rects).filter(|(_, r)| covers(r)).all(|(cell, _)| {
                let (column, row) = cells.grid.place(*cell);
                (around[0]..=around[1]).contains(&column) && (around[2]..=around[3]).contains(&row)
            });
            prop_assert!(near, "what is around a point holds every cell that has it");
        }
    }

    #[test]
    fn cells_overlap_as_planned_and_follow_each_other_to_and_fro(plan in plans()) {
        let cells: Cells = plan.cells();
        let grid = cells.grid;
        for cell in 0..grid.count() as u32 {
            let (column, _) = grid.place(cell);
            if column + 1 < grid.columns {
                let (a, b) = (grid.rect(cell), grid.rect(cell + 1));
                prop_assert_eq!(a[2] - b[0], plan.overlap_px.min(a[2] - b[0]), "reaches into the next");
                prop_assert!(a[2] - b[0] == plan.overlap_px && b[2] > a[2], "and the next goes beyond");
            }
            prop_assert_eq!(plan.has_cell(cell), cells.place(cell).is_some());
        }
        for (at, cell) in cells.order().iter().enumerate() {
            prop_assert_eq!(cells.place(*cell), Some(at));
        }
        if plan.area.is_empty() {
            prop_assert_eq!(cells.len() as u64, grid.count());
            for pair in cells.order().windows(2) {
                let ((c0, r0), (c1, r1)) = (grid.place(pair[0]), grid.place(pair[1]));
                prop_assert_eq!(c0.abs_diff(c1) + r0.abs_diff(r1), 1, "each step is to a neighbour");
            }
        }
    }
}

#[test]
fn what_members_say_is_kept_and_the_newest_counts() {
    let mut desk = Desk::new();
    desk.say("ana", 0, CellState::Incomplete, 4.0);
    desk.say("ben", 0, CellState::Empty, 2.0);
    let beside = Look { cell: 1, state: None, seconds: None, seen: Seen::default().with(0, 3) };
    let own = Look { cell: 0, state: Some(CellState::Done), seconds: Some(3.5), seen: Seen::default() };
    desk.visit("ana", vec![own, beside], 99).expect("sound");
    let (ana, ben) = (Author::new("ana"), Author::new("ben"));
    let standing = desk.project.standing(desk.plan, 0, &ana).expect("looked at");
    assert_eq!((standing.state, standing.seconds, standing.looks), (Some(CellState::Done), 7.5, 2));
    assert_eq!((standing.first_ms, standing.last_ms, standing.seen), (Some(7), Some(99), Seen::ALL));
    assert_eq!(desk.project.standings(desk.plan, 0)[&ben].state, Some(CellState::Empty));
    assert_eq!(desk.project.cell_state(desk.plan, 0), Some(CellState::Done));
    assert_eq!(desk.project.cell_state(desk.plan, 1), None, "only seen in passing");
    assert_eq!(desk.project.standing(desk.plan, 1, &ana).map(|s| s.seen.count()), Some(1));
    let line = desk.history.line(desk.history.last_seq()).expect("a line");
    let deed = line.deed(&desk.project, &ana).sentence(|_| String::new(), ToString::to_string);
    assert_eq!(deed, "Screen row 1, column 1 of “First”: done");
    assert_eq!(
        desk.history.refusal(&desk.project, &Author::new("Ana"), desk.history.last_seq()),
        Some(Refusal::Visit)
    );
    assert_eq!(desk.history.undo_target().map(|(seq, _)| seq), Some(2), "visits are not undone");
}

#[test]
fn visits_that_cannot_be_are_refused() {
    let mut desk = Desk::new();
    let look = |cell| Look { cell, state: Some(CellState::Done), seconds: Some(1.0), seen: Seen::ALL };
    let mut why =
        |member: &str, looks: Vec<Look>| desk.visit(member, looks, 1).expect_err("refused").to_string();
    assert!(why("", vec![look(0)]).contains("named member"));
    assert!(why("model:x", vec![look(0)]).contains("named member"));
    assert!(why("ana", vec![]).contains("1 to 4096"));
    assert!(why("ana", vec![look(1), look(1)]).contains("twice"));
    assert!(why("ana", vec![look(12)]).contains("Row 4, column 1 is no cell of First"));
    assert!(why("ana", vec![Look { seconds: Some(f64::NAN), ..look(0) }]).contains("time"));
    assert!(why("ana", vec![Look { seconds: Some(-1.0), ..look(0) }]).contains("time"));
    desk.plan = IdSource::new(7, 7).screening();
    assert!(desk.visit("ana", vec![look(0)], 1).is_err_and(|e| e.to_string().contains("does not exist")));
}

#[test]
fn the_next_cell_is_one_that_nobody_else_has_unless_several_are_to_look() {
    let mut desk = Desk::new();
    let (ana, ben) = (Author::new("ana"), Author::new("ben"));
    let next = |desk: &Desk, member: &Author, after| {
        let cells = desk.project.screenings()[&desk.plan].cells();
        next_free(&desk.project, desk.plan, &cells, member, after)
    };
    assert_eq!(next(&desk, &ana, None), Some(0));
    desk.say("ana", 0, CellState::Incomplete, 1.0);
    desk.say("ana", 1, CellState::Empty, 1.0);
    assert_eq!((next(&desk, &ana, None), next(&desk, &ben, None)), (Some(0), Some(2)));
    desk.say("ben", 2, CellState::Done, 3.0);
    assert_eq!(next(&desk, &ana, Some(0)), Some(3));
    assert_eq!(next(&desk, &ana, Some(11)), Some(0), "round to the beginning");
    let before = Arc::clone(&desk.project.screenings()[&desk.plan]);
    let twice = Screening { times: 2, ..(*before).clone() };
    desk.write(EntryBody::Edit(Edit::Screening(Change::replace(desk.plan, before, twice)))).expect("changed");
    assert!(is_free(&desk.project, desk.plan, 2, &ana) && !is_free(&desk.project, desk.plan, 2, &ben));
    assert_eq!(next(&desk, &ben, None), Some(0));
    desk.say("cem", 1, CellState::Done, 9.0);
    assert_eq!(next(&desk, &ben, Some(0)), Some(3), "two have said what cell 1 is");
    let cells = desk.project.screenings()[&desk.plan].cells();
    let progress = Progress::of(&desk.project, desk.plan, &cells);
    assert_eq!((progress.cells, progress.wanted, progress.settled), (12, 24, 3));
    assert_eq!(
        progress.states[..4],
        [CellState::Incomplete, CellState::Done, CellState::Done]
            .map(Some)
            .into_iter()
            .chain([None])
            .collect::<Vec<_>>()[..]
    );
    assert_eq!(progress.median_seconds, Some(3.0));
    assert_eq!(progress.left_seconds(), Some(63.0));
    let of_ana = &progress.members[&ana];
    assert_eq!((of_ana.settled, of_ana.seconds, of_ana.median_seconds), (1, 2.0, Some(1.0)));
    assert!((of_ana.seen_share - 2.0 / 12.0).abs() < 1e-12);
}

#[test]
fn a_grid_that_was_looked_at_stays_and_holds_its_layer() {
    let mut desk = Desk::new();
    let before = Arc::clone(&desk.project.screenings()[&desk.plan]);
    let finer = Screening { cell_px: 200, ..(*before).clone() };
    let change = Edit::Screening(Change::replace(desk.plan, Arc::clone(&before), finer));
    assert_eq!(desk.project.trial(&change), Ok(()), "nobody has looked yet");
    let gone = Edit::Layer(Change::delete(desk.layer, layer(1000, 800)));
    assert!(desk.project.trial(&gone).is_err_and(|e| e.to_string().contains("screenings")));
    let larger = Edit::Layer(Change::replace(desk.layer, layer(1000, 800), layer(1001, 800)));
    assert!(desk.project.trial(&larger).is_err());
    desk.say("ana", 3, CellState::Done, 1.0);
    assert!(desk.project.trial(&change).is_err_and(|e| e.to_string().contains("looked at")));
    let name = rename_screening_edit(&desk.project, desk.plan, "West").expect("another");
    assert_eq!(name.title(), "Rename the screening “First” to “West”");
    desk.write(EntryBody::Edit(name)).expect("renamed");
    let gone = remove_screening_edit(&desk.project, desk.plan).expect("there");
    desk.write(EntryBody::Edit(gone)).expect("removed");
    assert_eq!(desk.project.seen_cells(desk.plan).count(), 1, "what was seen stays");
    let seq = desk.history.last_seq();
    let other = Screening { cell_px: 900, overlap_px: 0, ..(*before).clone() };
    let again = Edit::Screening(Change::create(desk.plan, other));
    assert!(desk.project.trial(&again).is_err(), "another grid under the same identity");
    desk.write(EntryBody::Revert(seq)).expect("brought back");
    assert_eq!(desk.project.cell_state(desk.plan, 3), Some(CellState::Done));
}

#[derive(Clone, Debug)]
enum Step {
    Plan(u8),
    Rename(usize, u8),
    Widen(usize),
    Remove(usize),
    Visit { which: usize, cell: u32, member: u8, state: Option<CellState> },
    Undo,
    Redo,
    Revert(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let state = prop::option::of(prop::sample::select(CellState::ALL.to_vec()));
    let step = prop_oneof![
        2 => any::<u8>().prop_map(Step::Plan),
        1 => (0..4_usize, any::<u8>()).prop_map(|(which, name)| Step::Rename(which, name)),
        1 => (0..4_usize).prop_map(Step::Widen),
        1 => (0..4_usize).prop_map(Step::Remove),
        6 => (0..4_usize, 0..14_u32, 0..3_u8, state)
            .prop_map(|(which, cell, member, state)| Step::Visit { which, cell, member, state }),
        2 => Just(Step::Undo),
        2 => Just(Step::Redo),
        1 => (0..20_u64).prop_map(Step::Revert),
    ];
    prop::collection::vec(step, 0..40)
}

fn body_of(step: &Step, desk: &mut Desk) -> Option<EntryBody> {
    let nth = |desk: &Desk, which: usize| {
        let plans = desk.project.screenings();
        plans.iter().nth(which % plans.len().max(1)).map(|(id, plan)| (*id, Arc::clone(plan)))
    };
    Some(match step {
        Step::Plan(name) => {
            let plan = Screening { name: format!("Plan {name}"), ..desk.planned() };
            EntryBody::Edit(Edit::Screening(Change::create(desk.ids.screening(), plan)))
        }
        Step::Rename(which, name) => {
            let (id, _) = nth(desk, *which)?;
            EntryBody::Edit(rename_screening_edit(&desk.project, id, &format!("Plan {name}"))?)
        }
        Step::Widen(which) => {
            let (id, before) = nth(desk, *which)?;
            let after = Screening { cell_px: before.cell_px + 50, ..(*before).clone() };
            EntryBody::Edit(Edit::Screening(Change::replace(id, before, after)))
        }
        Step::Remove(which) => EntryBody::Edit(remove_screening_edit(&desk.project, nth(desk, *which)?.0)?),
        Step::Visit { which, cell, member, state } => {
            let seen = Seen::default().with(*cell as usize, usize::from(*member));
            let look = Look { cell: *cell, state: *state, seconds: Some(f64::from(*cell)), seen };
            let member = Author::new(["ana", "ben", "cem"][usize::from(*member)]);
            EntryBody::Visit(Visit {
                screening: nth(desk, *which)?.0,
                member,
                looks: vec![look],
                at_ms: None,
            })
        }
        Step::Undo => EntryBody::Revert(desk.history.undo_target()?.0),
        Step::Redo => EntryBody::Revert(desk.history.redo_target()?.0),
        Step::Revert(seq) => EntryBody::Revert(seq % desk.history.last_seq() + 1),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn any_journal_of_screenings_replays_and_can_be_forgotten_entry_by_entry(steps in steps()) {
        let mut desk = Desk::new();
        for step in &steps {
            let Some(body) = body_of(step, &mut desk) else { continue };
            let before = desk.project.clone();
            if desk.write(body.clone()).is_err() {
                prop_assert!(desk.project == before, "what is refused changes nothing");
            } else if let EntryBody::Edit(edit) = body {
                let mut back = desk.project.clone();
                back.apply(&edit.inverse()).expect("an edit just made can be taken back");
                prop_assert!(back == before);
            }
        }
        let text = serde_json::to_string(&desk.journal).expect("written");
        let read: Vec<Entry> = serde_json::from_str(&text).expect("read");
        prop_assert_eq!(&read, &desk.journal);
        let (project, _) = History::replay(&read).expect("replays");
        prop_assert!(project == desk.project);
        while desk.journal.pop().is_some() {
            desk.history.retract(&mut desk.project).expect("the newest can be forgotten");
            let (project, _) = History::replay(&desk.journal).expect("a prefix replays");
            prop_assert!(project == desk.project);
        }
    }
}

#[test]
fn a_plan_without_wishes_is_written_in_few_words() {
    let desk = Desk::new();
    let text = serde_json::to_string(&desk.planned()).expect("written");
    assert!(
        !["area", "path", "times", "native", "left_out"].iter().any(|word| text.contains(word)),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Screening>(&text).expect("read"), desk.planned());
    assert_eq!(Grid::of(&desk.planned()).count(), 12);
}
