//! The tables of who works on a project, of whose entries were taken over from other copies, and of what copies say
//! against each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::merging::Conflict;
use project::{ConflictId, Member, MemberKey, Project, Touched};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::current::{Expected, WriteError, id, some, text};
use crate::layout::Table;
use crate::time;

/// A cache of the journal for other programs.
pub(crate) const TABLES: [Table; 2] = [
    Table {
        name: "member",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
                  color TEXT NOT NULL, role TEXT NOT NULL, removed INTEGER NOT NULL",
        description: "Who works on the project: the public key, name, colour and part of each",
        since: 4,
    },
    Table {
        name: "conflict",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, regions TEXT NOT NULL, \
                  author TEXT NOT NULL, at DATETIME, at_ms INTEGER, reason TEXT NOT NULL, body TEXT NOT NULL",
        description: "What copies of the project say against each other and nobody has decided yet",
        since: 4,
    },
];

/// The truth beside the journal's own lines.
pub(crate) const JOURNAL: [Table; 2] = [
    Table {
        name: "signature",
        columns: "seq INTEGER PRIMARY KEY NOT NULL, key BLOB NOT NULL, signature BLOB NOT NULL",
        description: "Journal: Ed25519 signatures over the hashes of entries",
        since: 4,
    },
    Table {
        name: "merged",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, \
                  before BLOB NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, author TEXT NOT NULL, \
                  kind TEXT NOT NULL, body TEXT NOT NULL, first_change INTEGER, changes INTEGER NOT NULL, \
                  key BLOB, signature BLOB",
        description: "Journal: entries of other copies as they were written there; what they changed is in the entry that joined them",
        since: 4,
    },
];

const MEMBER_COLUMNS: &str = "id, name, color, role, removed";
const PUT_MEMBER: &str =
    "INSERT OR REPLACE INTO member (id, name, color, role, removed) VALUES (?, ?, ?, ?, ?)";
const CONFLICT_COLUMNS: &str = "id, regions, author, at, at_ms, reason, body";
const PUT_CONFLICT: &str = "INSERT OR REPLACE INTO conflict \
    (id, regions, author, at, at_ms, reason, body) VALUES (?, ?, ?, ?, ?, ?, ?)";

/// The rows of members and conflicts that one entry renews.
#[derive(Clone, Debug, Default)]
pub(crate) struct CopyRows {
    members: Vec<Arc<Member>>,
    conflicts: Vec<(ConflictId, Option<Arc<Conflict>>)>,
}

impl CopyRows {
    pub(crate) fn of(project: &Project, touched: &Touched) -> Self {
        let keys: BTreeSet<MemberKey> = touched.members.iter().copied().collect();
        let conflicts: BTreeSet<ConflictId> = touched.conflicts.iter().copied().collect();
        Self {
            members: keys.iter().filter_map(|key| project.members().get(key).cloned()).collect(),
            conflicts: conflicts.into_iter().map(|id| (id, project.conflicts().get(&id).cloned())).collect(),
        }
    }

    pub(crate) fn write(&self, db: &Connection) -> Result<(), WriteError> {
        for member in &self.members {
            db.prepare_cached(PUT_MEMBER)?.execute(params_from_iter(member_values(member)))?;
        }
        for (id, conflict) in &self.conflicts {
            match conflict {
                Some(conflict) => db
                    .prepare_cached(PUT_CONFLICT)?
                    .execute(params_from_iter(conflict_values(*id, conflict)?))?,
                None => db.prepare_cached("DELETE FROM conflict WHERE id = ?")?.execute([id.to_string()])?,
            };
        }
        Ok(())
    }

    pub(crate) fn expected(&self) -> Result<[Expected; 2], WriteError> {
        let mut members = Expected::new("member", MEMBER_COLUMNS);
        members.rows.extend(self.members.iter().map(|member| id(member_values(member))));
        let mut conflicts = Expected::new("conflict", CONFLICT_COLUMNS);
        for (conflict_id, conflict) in &self.conflicts {
            if let Some(conflict) = conflict {
                conflicts.rows.push(id(conflict_values(*conflict_id, conflict)?));
            }
        }
        Ok([members, conflicts])
    }
}

fn member_values(member: &Member) -> Vec<Value> {
    let [red, green, blue] = member.color;
    vec![
        text(&member.key),
        text(&member.name),
        Value::Text(format!("#{red:02x}{green:02x}{blue:02x}")),
        text(member.role.key()),
        Value::Integer(i64::from(member.removed)),
    ]
}

fn conflict_values(id: ConflictId, conflict: &Conflict) -> Result<Vec<Value>, WriteError> {
    let regions: Vec<String> = conflict.regions().iter().map(ToString::to_string).collect();
    Ok(vec![
        text(&id),
        Value::Text(regions.join(" ")),
        text(&conflict.author),
        some(time::iso(conflict.at_ms)),
        Value::Integer(conflict.at_ms),
        text(&conflict.reason),
        Value::Text(serde_json::to_string(conflict)?),
    ])
}
