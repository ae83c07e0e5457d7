//! The table of responses: what each service answered, for any program that can inflate zlib.

use std::sync::Arc;

use project::Response;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::current::{Expected, WriteError, id, some, text};
use crate::layout::Table;
use crate::time;

pub(crate) const TABLES: [Table; 1] = [Table {
    name: "response",
    columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL, \
              provider TEXT NOT NULL, tool TEXT NOT NULL, request TEXT NOT NULL, status INTEGER NOT NULL, \
              headers TEXT NOT NULL, body BLOB NOT NULL, body_bytes INTEGER NOT NULL, body_sha256 TEXT NOT NULL, \
              latency_ms INTEGER NOT NULL, fetched_at DATETIME, fetched_at_ms INTEGER NOT NULL, terms TEXT NOT NULL",
    description: "What map services and models answered, as it came (bodies compressed with zlib)",
    since: 4,
}];

const COLUMNS: &str = "id, key, provider, tool, request, status, headers, body, body_bytes, body_sha256, \
                       latency_ms, fetched_at, fetched_at_ms, terms";
const INSERT: &str = "INSERT INTO response (id, key, provider, tool, request, status, headers, body, body_bytes, \
                      body_sha256, latency_ms, fetched_at, fetched_at_ms, terms) \
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Adds rows; part of the caller's transaction.
pub(crate) fn write(db: &Connection, responses: &[Arc<Response>]) -> Result<(), WriteError> {
    if responses.is_empty() {
        return Ok(());
    }
    let mut insert = db.prepare_cached(INSERT)?;
    for response in responses {
        insert.execute(params_from_iter(values(response)?))?;
    }
    Ok(())
}

/// What the table should hold, for comparing.
pub(crate) fn expected(responses: &[Arc<Response>]) -> Result<Expected, WriteError> {
    let mut table = Expected::new("response", COLUMNS);
    for response in responses {
        table.rows.push(id(values(response)?));
    }
    Ok(table)
}

fn values(response: &Response) -> Result<Vec<Value>, WriteError> {
    Ok(vec![
        text(&response.id),
        text(&response.key()),
        text(&response.provider),
        text(&response.tool),
        text(&response.request),
        response.status.into(),
        Value::Text(serde_json::to_string(&response.headers)?),
        Value::Blob(response.body.packed().to_vec()),
        Value::Integer(response.body.len() as i64),
        text(response.body.sha256()),
        response.latency_ms.into(),
        some(time::iso(response.fetched_at_ms)),
        response.fetched_at_ms.into(),
        text(&response.terms),
    ])
}
