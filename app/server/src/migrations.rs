//! The schema on the server, in numbered steps. A step that was taken is never changed again; what is new is a new step.

use postgres::{Client, Transaction};

use crate::ServerError;

/// What makes version `n`, the first for version 1.
const STEPS: [&str; 3] = [
    include_str!("../sql/0001_journal.sql"),
    include_str!("../sql/0002_regions.sql"),
    include_str!("../sql/0003_faster.sql"),
];
/// The version that this program makes and knows.
pub(crate) const NEWEST: u32 = STEPS.len() as u32;
/// The least version of PostgreSQL.
const LEAST: u32 = 14;

/// The version of the schema; 0 where there is none.
pub(crate) fn version(client: &mut Client, at: &str) -> Result<u32, ServerError> {
    let wrong = |e: postgres::Error| ServerError::of(at, &e);
    let there = "SELECT to_regclass('orthoscope.migration') IS NOT NULL";
    let there: bool = client.query_one(there, &[]).map_err(wrong)?.get(0);
    if !there {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(number), 0) FROM orthoscope.migration";
    let newest: i32 = client.query_one(newest, &[]).map_err(wrong)?.get(0);
    u32::try_from(newest).map_err(|_| ServerError::Nonsense(format!("version {newest}")))
}

/// Refuses a server that is too old, or keeps its text otherwise than the journal is hashed.
pub(crate) fn check_server(client: &mut Client, at: &str) -> Result<(), ServerError> {
    let wrong = |e: postgres::Error| ServerError::of(at, &e);
    let asked = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                 current_setting('server_encoding')";
    let row = client.query_one(asked, &[]).map_err(wrong)?;
    let (number, found, encoding): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
    if number < LEAST as i32 * 10_000 {
        return Err(ServerError::TooOld { at: at.to_owned(), found, least: LEAST });
    }
    if encoding != "UTF8" {
        return Err(ServerError::Encoding { at: at.to_owned(), encoding });
    }
    Ok(())
}

/// Takes the steps from a version to the newest, as part of the caller's transaction.
pub(crate) fn bring_up(tx: &mut Transaction<'_>, from: u32, program: &str) -> Result<(), postgres::Error> {
    if from == 0 {
        tx.batch_execute(
            "CREATE SCHEMA orthoscope; \
             CREATE TABLE orthoscope.migration (number int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), \
             program text NOT NULL)",
        )?;
    }
    tx.batch_execute("SET LOCAL search_path = orthoscope, pg_temp")?;
    for (number, step) in (1_i32..).zip(STEPS).skip(from as usize) {
        tx.batch_execute(step)?;
        tx.execute("INSERT INTO migration (number, program) VALUES ($1, $2)", &[&number, &program])?;
    }
    // Nothing is anybody's who was not let in by name.
    tx.batch_execute(
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA orthoscope FROM PUBLIC; \
         REVOKE ALL ON ALL TABLES IN SCHEMA orthoscope FROM PUBLIC",
    )
}
