//! How often kept answers were used: counters beside the journal, for people who wonder what the cache saves. They are no
//! part of the project: losing them loses nothing, and nothing is compared with them.

use std::collections::HashMap;
use std::path::Path;

use project::ResponseId;
use rusqlite::{Connection, params};

use crate::connect;
use crate::lock::{Hold, has_second_name};
use crate::time;

/// Counters in one file that are read, at most.
const MOST: usize = 1_000_000;

/// Every counter of a file; none where the file is older than they are.
pub(crate) fn read(db: &Connection) -> HashMap<ResponseId, u64> {
    let all = || -> rusqlite::Result<HashMap<ResponseId, u64>> {
        let mut statement = db.prepare("SELECT response, hits FROM response_hit LIMIT ?")?;
        let rows = statement
            .query_map([MOST as i64], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let mut found = HashMap::new();
        for row in rows {
            let (id, hits) = row?;
            if let (Ok(id), Ok(hits)) = (id.parse(), u64::try_from(hits)) {
                found.insert(id, hits);
            }
        }
        Ok(found)
    };
    all().unwrap_or_default()
}

/// Counts one more use of each.
pub(crate) fn count(db: &Connection, responses: &[ResponseId], at_ms: i64) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO response_hit (response, hits, at) VALUES (?1, 1, ?2) \
         ON CONFLICT (response) DO UPDATE SET hits = hits + 1, at = excluded.at",
    )?;
    for response in responses {
        statement.execute(params![response.to_string(), time::iso(at_ms)])?;
    }
    Ok(())
}

/// Counts one more use of a kept answer in a file that is not open here, and says how often it was used; `None` where
/// that cannot be counted, because somebody else has the file or it cannot be written. Nothing else is written.
pub fn count_hit(path: &Path, response: ResponseId, at_ms: i64) -> Option<u64> {
    let path = path.canonicalize().ok()?;
    if std::fs::metadata(&path).ok()?.permissions().readonly() {
        return None;
    }
    if has_second_name(&path) {
        return None;
    }
    let hold = Hold::take(&path, "").ok()?;
    let counted = counted(&path, response, at_ms);
    drop(hold);
    counted
}

fn counted(path: &Path, response: ResponseId, at_ms: i64) -> Option<u64> {
    // Looked at for reading first: a file without the table is left as it is.
    let db = connect::reading(path).ok()?;
    db.prepare("SELECT response, hits, at FROM response_hit").ok()?;
    drop(db);
    let db = connect::writing(path, false).ok()?;
    count(&db, &[response], at_ms).ok()?;
    let hits =
        db.query_row("SELECT hits FROM response_hit WHERE response = ?", [response.to_string()], |row| {
            row.get::<_, i64>(0)
        });
    // The file rests as it did: one file, nothing beside it.
    crate::file::settle(&db, false).ok()?;
    hits.ok().and_then(|hits| u64::try_from(hits).ok())
}
