//! The whole truth about a project file.

use std::collections::HashMap;
use std::path::Path;

use project::merging::United;
use project::{EntryBody, History, Project};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::current::Rows;
use crate::file::Replayed;
use crate::journal::Head;
use crate::signatures::{self, Contents, Found, Signatures};
use crate::{StoreError, connect, file, layout, packed};

/// How many differences of one table are named one by one.
const NAMED: usize = 5;

/// What a check of a project file found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Entries that were read and believed.
    pub entries: u64,
    /// Everything that is wrong, one sentence each; empty for a sound file.
    pub violations: Vec<String>,
    /// Whether the journal could be replayed and the tables say what it says.
    pub replay_equal: bool,
    /// How the entries are signed.
    pub signatures: Signatures,
    /// Whether SQLite finds its pages, indices and values sound.
    pub integrity: bool,
}

impl Verification {
    /// True when nothing at all is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.replay_equal && self.integrity
    }
}

/// Checks a project file that may be too damaged to be opened. Fails only for what is no project at all.
pub fn verify_file(path: &Path) -> Result<Verification, StoreError> {
    if !path.exists() {
        return Err(StoreError::NotFound { path: path.to_path_buf() });
    }
    let path = path.canonicalize().map_err(|e| StoreError::io("open", path, e))?;
    let db = connect::reading(&path)?;
    layout::vet(&db, &path)?;
    Ok(verify(&db, &path))
}

pub(crate) fn verify(db: &Connection, path: &Path) -> Verification {
    let mut found = Verification { integrity: true, ..Verification::default() };
    // One snapshot, for where somebody else is writing.
    let snapshot = db.unchecked_transaction();
    if let Err(e) = &snapshot {
        found.violations.push(format!("the file cannot be read at the moment: {e}"));
    }
    match integrity(db) {
        Ok(problems) => {
            found.integrity = problems.is_empty();
            found.violations.extend(problems);
        }
        Err(e) => {
            found.integrity = false;
            found.violations.push(StoreError::sqlite("read", path, e).to_string());
        }
    }
    match file::replay(db, path) {
        Ok(Replayed { project, history, head, .. }) => {
            found.entries = head.seq;
            found.violations.extend(project::violations(&project));
            match signed(db, path, &project) {
                Ok((signatures, faults)) => {
                    found.violations.extend(faults);
                    found.signatures = signatures;
                }
                Err(e) => found.violations.push(e.to_string()),
            }
            let packed = packed_faults(db, &project, &history, head);
            match differences(db, &project) {
                Ok(differences) => {
                    found.replay_equal = differences.is_empty() && packed.is_empty();
                    found.violations.extend(differences.into_iter().chain(packed));
                }
                Err(e) => found.violations.push(e.into_error(path).to_string()),
            }
        }
        Err(e) => found.violations.push(e.to_string()),
    }
    found
}

/// How the entries are signed, and what proves that something was altered: signatures that do not fit, entries of other
/// copies that do not make one history, or that do not come to what the entry that joined them says.
fn signed(db: &Connection, path: &Path, project: &Project) -> Result<(Signatures, Vec<String>), StoreError> {
    let contents = Contents::read(db, path, |_| false)?;
    let found = || contents.found.iter();
    let signatures =
        signatures::check(found(), found(), contents.floor, project, &signatures::broken(found()));
    let mut faults = signatures.broken.clone();
    let joins =
        |one: &Found| matches!(one.element.body, EntryBody::Merge(_)) && one.element.seq > contents.floor;
    if found().any(joins) {
        let elements = found().map(|one| one.element.clone());
        let whole = United::of(contents.start, contents.floor, elements).and_then(|all| all.project());
        match whole {
            Ok(whole) if whole == *project => {}
            Ok(_) => faults.push("what joining other copies changed is not what their entries say".into()),
            Err(mismatch) => faults.push(mismatch.to_string()),
        }
    }
    Ok((signatures, faults))
}

/// Where the packed journal differs from the journal, of which this is the replay.
fn packed_faults(db: &Connection, project: &Project, history: &History, head: Head) -> Vec<String> {
    let fault = |what: String| vec![format!("the packed journal is not used: {what}")];
    match packed::replay(db) {
        Ok(None) => Vec::new(),
        Err(what) => fault(what),
        Ok(Some((_, _, end))) if end.seq > head.seq => fault("it goes beyond the journal".into()),
        Ok(Some((packed, lines, end))) => {
            let differs =
                (1..=end.seq).find(|seq| lines.entry(&packed, *seq) != history.entry(project, *seq));
            differs.map_or_else(Vec::new, |seq| {
                vec![format!("entry {seq} of the packed journal is not what the journal says")]
            })
        }
    }
}

/// What SQLite has to say against the file, a few lines at most.
pub(crate) fn integrity(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Where the tables differ from what the project says.
fn differences(db: &Connection, project: &Project) -> Result<Vec<String>, crate::current::WriteError> {
    let srs =
        db.query_row("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'region'", [], |row| {
            row.get(0)
        })?;
    let mut found = Vec::new();
    for expected in Rows::all(project).expected(srs)? {
        // A file of an older version that is only read has none, and nothing to be in it.
        if expected.rows.is_empty() && layout::kind_of(db, expected.table)?.is_none() {
            continue;
        }
        let mut wrong = Vec::new();
        // Nor has it columns that came later.
        let held = layout::columns_of(db, expected.table)?;
        let names: Vec<&str> = expected.columns.split(", ").collect();
        let places: Vec<usize> = (0..names.len()).filter(|i| held.iter().any(|h| h == names[*i])).collect();
        let names: Vec<&str> = places.iter().map(|i| names[*i]).collect();
        let rows = expected.rows.into_iter();
        let mut wanted: HashMap<String, Vec<Value>> =
            rows.map(|(key, row)| (key, places.iter().map(|i| row[*i].clone()).collect())).collect();
        let mut statement = db.prepare(&format!("SELECT {} FROM {}", names.join(", "), expected.table))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|i| row.get::<_, Value>(i)).collect::<Result<Vec<_>, _>>()?;
            let key = if let Some(Value::Text(key)) = values.first() { key.clone() } else { String::new() };
            match wanted.remove(&key) {
                None => wrong.push(format!("`{key}` is not in the journal")),
                Some(want) if want != values => {
                    let names = names.iter().zip(want.iter().zip(&values));
                    let names: Vec<_> = names.filter(|(_, (a, b))| a != b).map(|(name, _)| *name).collect();
                    wrong.push(format!("`{key}` has another {}", names.join(", ")));
                }
                Some(_) => {}
            }
        }
        let mut missing: Vec<_> = wanted.into_keys().map(|key| format!("`{key}` is missing")).collect();
        missing.sort();
        wrong.extend(missing);
        let more = wrong.len().saturating_sub(NAMED);
        let table = expected.table;
        found.extend(wrong.iter().take(NAMED).map(|what| format!("table {table}: {what}")));
        if more > 0 {
            found.push(format!("table {table}: and {more} more differences"));
        }
    }
    Ok(found)
}
