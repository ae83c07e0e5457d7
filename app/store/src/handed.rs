//! The tables of work that was handed out, and of what members say to each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::assignment::Assignment;
use project::remark::{Pin, Remark, RemarkKind};
use project::{AssignmentId, Project, RemarkId, Touched};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::current::{Expected, WriteError, id, some, text, word};
use crate::layout::Table;
use crate::time;

/// A cache of the journal for other programs.
pub(crate) const TABLES: [Table; 3] = [
    Table {
        name: "assignment",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
                  stage TEXT NOT NULL, chosen TEXT NOT NULL, cases INTEGER NOT NULL, members INTEGER NOT NULL, \
                  release_at DATETIME, release_ms INTEGER",
        description: "Work that was handed out",
        since: 4,
    },
    Table {
        name: "assigned",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, assignment TEXT NOT NULL, \
                  region TEXT NOT NULL, member TEXT NOT NULL, area TEXT",
        description: "Which cases were handed to whom",
        since: 4,
    },
    Table {
        name: "remark",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, thread TEXT, \
                  region TEXT, x DOUBLE, y DOUBLE, member TEXT NOT NULL, text TEXT, at DATETIME, at_ms INTEGER",
        description: "What members say to each other, and what they have read",
        since: 4,
    },
];

const ASSIGNMENT_COLUMNS: &str = "id, name, stage, chosen, cases, members, release_at, release_ms";
const PUT_ASSIGNMENT: &str = "INSERT OR REPLACE INTO assignment \
    (id, name, stage, chosen, cases, members, release_at, release_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
const ASSIGNED_COLUMNS: &str = "id, assignment, region, member, area";
const PUT_ASSIGNED: &str =
    "INSERT OR REPLACE INTO assigned (id, assignment, region, member, area) VALUES (?, ?, ?, ?, ?)";
const REMARK_COLUMNS: &str = "id, kind, thread, region, x, y, member, text, at, at_ms";
const PUT_REMARK: &str = "INSERT OR REPLACE INTO remark \
    (id, kind, thread, region, x, y, member, text, at, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// The rows of assignments and remarks that one entry renews.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandedRows {
    assignments: Vec<(AssignmentId, Option<Arc<Assignment>>)>,
    remarks: Vec<Arc<Remark>>,
}

impl HandedRows {
    pub(crate) fn of(project: &Project, touched: &Touched) -> Self {
        let assignments: BTreeSet<AssignmentId> = touched.assignments.iter().copied().collect();
        let remarks: BTreeSet<RemarkId> = touched.remarks.iter().copied().collect();
        let now = |id| (id, project.assignments().get(&id).cloned());
        Self {
            assignments: assignments.into_iter().map(now).collect(),
            remarks: remarks.iter().filter_map(|id| project.remarks().get(id).cloned()).collect(),
        }
    }

    pub(crate) fn write(&self, db: &Connection) -> Result<(), WriteError> {
        for (assignment, value) in &self.assignments {
            db.prepare_cached("DELETE FROM assigned WHERE assignment = ?")?
                .execute([assignment.to_string()])?;
            let Some(value) = value else {
                db.prepare_cached("DELETE FROM assignment WHERE id = ?")?
                    .execute([assignment.to_string()])?;
                continue;
            };
            let values = assignment_values(*assignment, value)?;
            db.prepare_cached(PUT_ASSIGNMENT)?.execute(params_from_iter(values))?;
            let mut insert = db.prepare_cached(PUT_ASSIGNED)?;
            for values in assigned_values(*assignment, value) {
                insert.execute(params_from_iter(values))?;
            }
        }
        for remark in &self.remarks {
            db.prepare_cached(PUT_REMARK)?.execute(params_from_iter(remark_values(remark)))?;
        }
        Ok(())
    }

    pub(crate) fn expected(&self) -> Result<[Expected; 3], WriteError> {
        let mut assignments = Expected::new("assignment", ASSIGNMENT_COLUMNS);
        let mut assigned = Expected::new("assigned", ASSIGNED_COLUMNS);
        for (assignment, value) in &self.assignments {
            if let Some(value) = value {
                assignments.rows.push(id(assignment_values(*assignment, value)?));
                assigned.rows.extend(assigned_values(*assignment, value).map(id));
            }
        }
        let mut remarks = Expected::new("remark", REMARK_COLUMNS);
        remarks.rows.extend(self.remarks.iter().map(|remark| id(remark_values(remark))));
        Ok([assignments, assigned, remarks])
    }
}

fn assignment_values(id: AssignmentId, assignment: &Assignment) -> Result<Vec<Value>, WriteError> {
    Ok(vec![
        text(&id),
        text(&assignment.name),
        word(&assignment.stage)?,
        text(&assignment.chosen),
        Value::Integer(assignment.shares.len() as i64),
        Value::Integer(assignment.members.len() as i64),
        some(assignment.release_ms.and_then(time::iso)),
        some(assignment.release_ms),
    ])
}

/// A row for each member of each case.
fn assigned_values(id: AssignmentId, assignment: &Assignment) -> impl Iterator<Item = Vec<Value>> + '_ {
    assignment.shares.iter().flat_map(move |share| {
        let area = share.area.and_then(|at| assignment.areas.get(usize::from(at)));
        assignment.members_of(share).map(move |member| {
            vec![
                Value::Text(format!("{id}/{}/{member}", share.case)),
                text(&id),
                text(&share.case),
                text(member),
                some(area.cloned()),
            ]
        })
    })
}

fn remark_values(remark: &Remark) -> Vec<Value> {
    let (kind, on) = match &remark.kind {
        RemarkKind::Open { on, .. } => ("open", Some(*on)),
        RemarkKind::Reply { .. } => ("reply", None),
        RemarkKind::Resolve { resolved: true, .. } => ("resolve", None),
        RemarkKind::Resolve { resolved: false, .. } => ("open_again", None),
        RemarkKind::Read { .. } => ("read", None),
    };
    let (region, place) = match on {
        Some(Pin::Region(region)) => (Some(region.to_string()), None),
        Some(Pin::Place(place)) => (None, Some(place)),
        None => (None, None),
    };
    vec![
        text(&remark.id),
        text(kind),
        some(remark.thread().map(|thread| thread.to_string())),
        some(region),
        some(place.map(|[x, _]| x)),
        some(place.map(|[_, y]| y)),
        text(&remark.member),
        some(remark.text().map(str::to_owned)),
        some(remark.at_ms.and_then(time::iso)),
        some(remark.at_ms),
    ]
}
