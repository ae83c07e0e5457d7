//! The regions as tables that QGIS and its like read from the server.

use std::collections::{BTreeMap, BTreeSet};

use project::{Project, RegionId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{Connection, ServerError};

/// Regions that go at once.
const AT_ONCE: usize = 2_000;

struct Row {
    id: Uuid,
    class: Option<String>,
    state: &'static str,
    srid: i32,
    shape: Vec<u8>,
    mark: Vec<u8>,
}

fn row(project: &Project, id: RegionId, srid: i32) -> Option<Row> {
    let outcome = project.outcome(id);
    let (class, state) = (outcome.class.map(|class| class.to_string()), outcome.state.key());
    let shape = store::well_known_binary(&project.regions().get(&id)?.geometry);
    let mut mark = Sha256::new();
    mark.update(srid.to_le_bytes());
    for part in [class.as_deref().unwrap_or_default().as_bytes(), state.as_bytes(), &shape] {
        mark.update((part.len() as u64).to_le_bytes());
        mark.update(part);
    }
    Some(Row { id: id.uuid(), class, state, srid, shape, mark: mark.finalize().to_vec() })
}

impl Connection {
    /// Brings the regions on the server to what a lead's project says. Returns whether PostGIS shows them as a map, too:
    /// without it they are there as well-known binary.
    pub(crate) fn put_regions(&mut self, project: &Project) -> Result<bool, ServerError> {
        let srid = project.crs().and_then(spatial::Crs::epsg).and_then(|code| i32::try_from(code).ok());
        let asked = self.client.query("SELECT id, mark FROM orthoscope.region", &[]);
        let there: BTreeMap<Uuid, Vec<u8>> =
            asked.map_err(|e| self.wrong(&e))?.iter().map(|row| (row.get(0), row.get(1))).collect();
        let here: BTreeSet<Uuid> = project.regions().keys().map(|id| id.uuid()).collect();
        let gone: Vec<Uuid> = there.keys().filter(|id| !here.contains(id)).copied().collect();
        let rows = project.regions().keys().filter_map(|id| row(project, *id, srid.unwrap_or(0)));
        let changed: Vec<Row> = rows.filter(|row| there.get(&row.id) != Some(&row.mark)).collect();
        if !gone.is_empty() {
            self.put(&[], &gone)?;
        }
        for some in changed.chunks(AT_ONCE) {
            self.put(some, &[])?;
        }
        // An administrator may let this role make extensions; where not, the map comes when they made it.
        let _ = self.client.batch_execute("CREATE EXTENSION IF NOT EXISTS postgis");
        let map = self.client.query_one("SELECT orthoscope.make_map()", &[]);
        Ok(map.map_err(|e| self.wrong(&e))?.get(0))
    }

    fn put(&mut self, rows: &[Row], gone: &[Uuid]) -> Result<(), ServerError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let classes: Vec<Option<&str>> = rows.iter().map(|row| row.class.as_deref()).collect();
        let states: Vec<&str> = rows.iter().map(|row| row.state).collect();
        let srids: Vec<i32> = rows.iter().map(|row| row.srid).collect();
        let shapes: Vec<&[u8]> = rows.iter().map(|row| row.shape.as_slice()).collect();
        let marks: Vec<&[u8]> = rows.iter().map(|row| row.mark.as_slice()).collect();
        let put = "SELECT orthoscope.put_regions($1, $2, $3, $4, $5, $6, $7)";
        let done = self.client.execute(put, &[&ids, &classes, &states, &srids, &shapes, &marks, &gone]);
        done.map(drop).map_err(|e| self.wrong(&e))
    }
}
