//! The tables of screenings: the plans, and the grid of each with what every member saw and says, so that any program
//! shows it.

use std::collections::BTreeSet;
use std::sync::Arc;

use geo::{LineString, Polygon};
use project::screening::{CellNumber, Cells, Screening, Standing};
use project::{Author, Project, ScreeningId, Touched};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use spatial::Placement;

use crate::current::{Expected, WriteError, id, some, text};
use crate::gpkg::blob;
use crate::layout::Table;
use crate::time;

pub(crate) const TABLES: [Table; 2] = [
    Table {
        name: "screening",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
                  layer TEXT NOT NULL, cell_px INTEGER NOT NULL, overlap_px INTEGER NOT NULL, path TEXT NOT NULL, \
                  times INTEGER NOT NULL, cells INTEGER NOT NULL, body TEXT NOT NULL",
        description: "Plans to go over a layer cell by cell",
        since: 3,
    },
    Table {
        name: "screening_cell",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, geom GEOMETRY, id TEXT NOT NULL UNIQUE, screening TEXT NOT NULL, \
                  cell INTEGER NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL, member TEXT, seconds DOUBLE, \
                  seen_share DOUBLE, seen TEXT, looks INTEGER NOT NULL, first_at DATETIME, last_at DATETIME",
        description: "The cells of screenings, and the newest that each member says of them",
        since: 3,
    },
];

/// What an untouched cell, or one that was only on screen, is called.
const UNTOUCHED: &str = "untouched";

#[derive(Clone, Debug)]
struct CellRow {
    screening: ScreeningId,
    cell: CellNumber,
    /// Counted from 1, in the order of the path.
    place: usize,
    shape: Option<Polygon<f64>>,
    said: Option<(Author, Standing, f64)>,
}

/// A plan with how many cells it has; `None`: it is gone.
type PlanRow = (ScreeningId, Option<(Arc<Screening>, usize)>);

/// The rows of screenings that one entry renews.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScreeningRows {
    /// Their plan and all of their cells are replaced.
    plans: Vec<PlanRow>,
    /// These cells alone are replaced.
    renewed: Vec<(ScreeningId, CellNumber)>,
    cells: Vec<CellRow>,
}

impl ScreeningRows {
    /// What the project says now about what was touched.
    pub(crate) fn of(project: &Project, touched: &Touched) -> Self {
        let mut rows = Self::default();
        let mut whole: BTreeSet<ScreeningId> = touched.screenings.iter().copied().collect();
        // Where a layer or the map's CRS changes, the cells lie elsewhere.
        let moved = |plan: &Screening| touched.everything || touched.layers.contains(&plan.layer);
        whole.extend(project.screenings().iter().filter(|(_, plan)| moved(plan)).map(|(id, _)| *id));
        for id in &whole {
            let plan = project.screenings().get(id);
            let Some(plan) = plan else {
                rows.plans.push((*id, None));
                continue;
            };
            let cells = plan.cells();
            let placement = placement(project, plan);
            for cell in cells.order() {
                rows.add(project, (*id, *cell), plan, &cells, placement.as_ref());
            }
            rows.plans.push((*id, Some((Arc::clone(plan), cells.len()))));
        }
        let mut known: Option<(ScreeningId, Cells, Option<Placement>)> = None;
        for (id, cell) in touched.cells.iter().filter(|(id, _)| !whole.contains(id)) {
            let Some(plan) = project.screenings().get(id) else { continue };
            if known.as_ref().is_none_or(|(held, ..)| held != id) {
                known = Some((*id, plan.cells(), placement(project, plan)));
            }
            let Some((_, cells, placement)) = &known else { continue };
            rows.renewed.push((*id, *cell));
            rows.add(project, (*id, *cell), plan, cells, placement.as_ref());
        }
        rows
    }

    fn add(
        &mut self,
        project: &Project,
        (screening, cell): (ScreeningId, CellNumber),
        plan: &Screening,
        cells: &Cells,
        placement: Option<&Placement>,
    ) {
        let Some(place) = cells.place(cell) else { return };
        let shape = placement.and_then(|placement| outline(placement, cells.grid.rect(cell)));
        let row = |said| CellRow { screening, cell, place: place + 1, shape: shape.clone(), said };
        let standings = project.standings(screening, cell);
        if standings.is_empty() {
            self.cells.push(row(None));
        }
        self.cells.extend(standings.into_iter().map(|(member, standing)| {
            let share = plan.share(cell, standing.seen);
            row(Some((member.clone(), standing, share)))
        }));
    }

    pub(crate) fn write(&self, db: &Connection, srs: i32) -> Result<(), WriteError> {
        for (screening, plan) in &self.plans {
            db.prepare_cached("DELETE FROM screening_cell WHERE screening = ?")?
                .execute([screening.to_string()])?;
            db.prepare_cached("DELETE FROM screening WHERE id = ?")?.execute([screening.to_string()])?;
            if let Some((plan, cells)) = plan {
                let values = plan_values(*screening, plan, *cells)?;
                db.prepare_cached(INSERT_PLAN)?.execute(params_from_iter(values))?;
            }
        }
        let mut clear = db.prepare_cached("DELETE FROM screening_cell WHERE screening = ? AND cell = ?")?;
        for (screening, cell) in &self.renewed {
            clear.execute((screening.to_string(), cell))?;
        }
        let mut insert = db.prepare_cached(INSERT_CELL)?;
        for row in &self.cells {
            insert.execute(params_from_iter(row.values(srs)))?;
        }
        Ok(())
    }

    /// What the tables should hold, for comparing.
    pub(crate) fn expected(&self, srs: i32) -> Result<[Expected; 2], WriteError> {
        let mut plans = Expected::new("screening", PLAN_COLUMNS);
        for (screening, plan) in &self.plans {
            if let Some((plan, cells)) = plan {
                plans.rows.push(id(plan_values(*screening, plan, *cells)?));
            }
        }
        let mut cells = Expected::new("screening_cell", CELL_COLUMNS);
        cells.rows.extend(self.cells.iter().map(|row| id(row.values(srs))));
        Ok([plans, cells])
    }
}

fn placement(project: &Project, plan: &Screening) -> Option<Placement> {
    // A layer whose CRS cannot be brought onto the map has no place there; its cells have no shape then.
    project.layers().get(&plan.layer)?.placement(project.crs()).ok()
}

/// A cell on the map; `None` where the map's CRS does not reach.
fn outline(placement: &Placement, [left, top, right, bottom]: [u32; 4]) -> Option<Polygon<f64>> {
    let corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)];
    let at = |(x, y): (u32, u32)| placement.world_from_image((f64::from(x), f64::from(y)).into());
    let ring: Option<Vec<_>> = corners.into_iter().map(at).collect();
    Some(Polygon::new(LineString::new(ring?), Vec::new()))
}

const PLAN_COLUMNS: &str = "id, name, layer, cell_px, overlap_px, path, times, cells, body";
const INSERT_PLAN: &str = "INSERT INTO screening \
    (id, name, layer, cell_px, overlap_px, path, times, cells, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const CELL_COLUMNS: &str =
    "id, geom, screening, cell, place, state, member, seconds, seen_share, seen, looks, first_at, last_at";
const INSERT_CELL: &str = "INSERT INTO screening_cell \
    (id, geom, screening, cell, place, state, member, seconds, seen_share, seen, looks, first_at, last_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

fn plan_values(screening: ScreeningId, plan: &Screening, cells: usize) -> Result<Vec<Value>, WriteError> {
    Ok(vec![
        text(&screening),
        text(&plan.name),
        text(&plan.layer),
        plan.cell_px.into(),
        plan.overlap_px.into(),
        crate::current::word(&plan.path)?,
        plan.times.into(),
        Value::Integer(cells as i64),
        Value::Text(serde_json::to_string(plan)?),
    ])
}

impl CellRow {
    fn values(&self, srs: i32) -> Vec<Value> {
        let member = self.said.as_ref().map_or("", |(member, ..)| member.name());
        let standing = self.said.as_ref().map(|(_, standing, _)| standing);
        let state = standing.and_then(|s| s.state).map_or(UNTOUCHED, project::screening::CellState::key);
        let at = |ms: Option<i64>| some(ms.and_then(time::iso));
        let shape = |shape: &Polygon<f64>| blob::encode(&shape.clone().into(), srs);
        vec![
            Value::Text(format!("{}/{}/{member}", self.screening, self.cell)),
            some(self.shape.as_ref().map(shape)),
            text(&self.screening),
            self.cell.into(),
            Value::Integer(self.place as i64),
            text(state),
            some((!member.is_empty()).then(|| member.to_owned())),
            some(standing.map(|s| s.seconds)),
            some(self.said.as_ref().map(|(.., share)| *share)),
            some(standing.map(|s| s.seen.to_string())),
            Value::Integer(standing.map_or(0, |s| i64::from(s.looks))),
            at(standing.and_then(|s| s.first_ms)),
            at(standing.and_then(|s| s.last_ms)),
        ]
    }
}
