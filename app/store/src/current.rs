//! The tables that other programs look at: what each row should say, and writing it. A cache of the
//! journal; nothing in them is ever read back into a project.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::review::Vote;
use project::{
    Adjustment, AdjustmentId, Label, LabelId, Layer, LayerId, Project, Region, RegionId, Relation,
    RelationId, Response, Schema, Settings, Touched, VoteId,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use serde::Serialize;

use crate::copies::CopyRows;
use crate::gpkg::{blob, srs};
use crate::handed::HandedRows;
use crate::questions::QuestionRows;
use crate::screening::ScreeningRows;
use crate::{StoreError, responses, time};

/// What other programs are shown of a region beside its own fields.
#[derive(Clone, Debug, Default)]
struct Shown {
    class: Option<String>,
    stage: &'static str,
    author: Option<String>,
    confidence: Option<f64>,
}

/// A prediction is no label until somebody accepts it: what only a model said shows no class.
fn shown(project: &Project, id: RegionId) -> Shown {
    let outcome = project.outcome(id);
    let label = project.label_of(id).map(|(_, label)| label);
    Shown {
        class: outcome.class.map(|class| class.to_string()),
        stage: outcome.state.key(),
        author: label.map(|label| label.author.to_string()),
        confidence: label.and_then(|label| label.confidence),
    }
}

#[derive(Clone, Debug)]
struct RegionRow {
    id: RegionId,
    region: Arc<Region>,
    shown: Shown,
}

/// A relation with the line that shows it.
#[derive(Clone, Debug)]
struct RelationRow {
    relation: Arc<Relation>,
    line: geo::Geometry<f64>,
}

impl RelationRow {
    /// What the project says now; `None` where the relation is gone.
    fn of(project: &Project, id: RelationId) -> Option<Self> {
        let relation = Arc::clone(project.relations().get(&id)?);
        let ends = project.ends_of(&relation).map_or_else(Vec::new, Vec::from);
        Some(Self { relation, line: geo::LineString::new(ends).into() })
    }
}

/// The rows that one entry renews, as a snapshot that another thread can write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    regions: Vec<RegionRow>,
    gone_regions: Vec<RegionId>,
    /// Regions whose labels are replaced by `labels`.
    relabelled: Vec<RegionId>,
    labels: Vec<(LabelId, Arc<Label>)>,
    votes: Vec<Arc<Vote>>,
    layers: Vec<(LayerId, Option<Layer>)>,
    adjustments: Vec<(AdjustmentId, Option<Arc<Adjustment>>)>,
    relations: Vec<(RelationId, Option<RelationRow>)>,
    screenings: ScreeningRows,
    responses: Vec<Arc<Response>>,
    questions: QuestionRows,
    copies: CopyRows,
    handed: HandedRows,
    whole: Option<(Settings, Option<Arc<Schema>>)>,
}

impl Rows {
    /// What the project says now about everything that was touched. `vote` is the vote just cast.
    pub(crate) fn of(project: &Project, touched: &Touched, vote: Option<&Vote>) -> Self {
        let mut rows = Self { votes: vote.cloned().map(Arc::new).into_iter().collect(), ..Self::default() };
        let changed: BTreeSet<RegionId> = touched.regions.iter().copied().collect();
        for &id in &changed {
            match project.region(id) {
                Some(region) => {
                    rows.regions.push(RegionRow {
                        id,
                        region: Arc::clone(region),
                        shown: shown(project, id),
                    });
                }
                None => rows.gone_regions.push(id),
            }
            if vote.is_none() {
                rows.relabelled.push(id);
                rows.labels.extend(project.all_labels_of(id).map(|(id, label)| (id, label.clone())));
            }
        }
        let layers: BTreeSet<LayerId> = touched.layers.iter().copied().collect();
        rows.layers = layers.into_iter().map(|id| (id, project.layers().get(&id).cloned())).collect();
        let adjustments: BTreeSet<AdjustmentId> = touched.adjustments.iter().copied().collect();
        let now = |id| (id, project.adjustments().get(&id).cloned());
        rows.adjustments = adjustments.into_iter().map(now).collect();
        // The line of a relation goes from region to region, so a shape that changed changes it.
        let mut relations: BTreeSet<RelationId> = touched.relations.iter().copied().collect();
        if vote.is_none() {
            relations.extend(changed.iter().flat_map(|id| project.relations_of(*id)).map(|(id, _)| id));
        }
        rows.relations = relations.into_iter().map(|id| (id, RelationRow::of(project, id))).collect();
        rows.screenings = ScreeningRows::of(project, touched);
        rows.responses = touched.responses.iter().filter_map(|id| project.response(*id).cloned()).collect();
        rows.questions = QuestionRows::of(project, touched);
        rows.copies = CopyRows::of(project, touched);
        rows.handed = HandedRows::of(project, touched);
        if touched.everything {
            rows.whole = Some((project.settings().clone(), project.schema().cloned()));
            let others = project.regions().iter().filter(|(id, _)| !changed.contains(id));
            rows.regions.extend(others.map(|(&id, region)| RegionRow {
                id,
                region: Arc::clone(region),
                shown: shown(project, id),
            }));
        }
        rows
    }

    /// A vote that came from another copy.
    pub(crate) fn add_vote(&mut self, vote: &Arc<Vote>) {
        self.votes.push(Arc::clone(vote));
    }

    /// Everything there is, for rebuilding and comparing.
    pub(crate) fn all(project: &Project) -> Self {
        let layers = project.layers().keys().copied().collect();
        let adjustments = project.adjustments().keys().copied().collect();
        let relations = project.relations().keys().copied().collect();
        let responses = project.responses().keys().copied().collect();
        let members = project.members().keys().copied().collect();
        let conflicts = project.conflicts().keys().copied().collect();
        let assignments = project.assignments().keys().copied().collect();
        let remarks = project.remarks().keys().copied().collect();
        let touched = Touched {
            layers,
            adjustments,
            relations,
            responses,
            members,
            conflicts,
            assignments,
            remarks,
            everything: true,
            ..Touched::default()
        };
        let mut rows = Self::of(project, &touched, None);
        rows.labels = project.labels().iter().map(|(id, label)| (*id, label.clone())).collect();
        rows.votes = project.votes().values().cloned().collect();
        rows.questions = QuestionRows::all(project);
        rows
    }

    /// A vote on a question is among what an entry renews.
    pub(crate) fn add_question_vote(&mut self, vote: &project::question::QuestionVote) {
        self.questions.votes.push(Arc::new(vote.clone()));
    }

    /// Writes the rows; part of the caller's transaction. `srs` is the number of the project's CRS, which
    /// is renewed when the settings are among the rows.
    pub(crate) fn write(&self, db: &Connection, srs: &mut i32) -> Result<(), WriteError> {
        if let Some((settings, schema)) = &self.whole {
            *srs = write_settings(db, settings)?;
            db.execute("DELETE FROM schema", [])?;
            if let Some(schema) = schema {
                db.execute(INSERT_SCHEMA, params_from_iter(schema_values(schema)?))?;
            }
        }
        for (id, layer) in &self.layers {
            match layer {
                Some(layer) => {
                    db.prepare_cached(UPSERT_LAYER)?.execute(params_from_iter(layer_values(*id, layer)?))?
                }
                None => db.execute("DELETE FROM layer WHERE id = ?", [id.to_string()])?,
            };
        }
        self.write_adjustments(db)?;
        self.write_relations(db, *srs)?;
        self.screenings.write(db, *srs)?;
        responses::write(db, &self.responses)?;
        self.questions.write(db)?;
        self.copies.write(db)?;
        self.handed.write(db)?;
        let mut upsert = db.prepare_cached(UPSERT_REGION)?;
        for row in &self.regions {
            upsert.execute(params_from_iter(row.values(*srs)?))?;
        }
        let mut delete = db.prepare_cached("DELETE FROM region WHERE id = ?")?;
        for id in &self.gone_regions {
            delete.execute([id.to_string()])?;
        }
        let mut clear = db.prepare_cached("DELETE FROM label WHERE region = ?")?;
        for id in &self.relabelled {
            clear.execute([id.to_string()])?;
        }
        let mut insert = db.prepare_cached(INSERT_LABEL)?;
        for (id, label) in &self.labels {
            insert.execute(params_from_iter(label_values(*id, label)))?;
        }
        let mut insert = db.prepare_cached(PUT_VOTE)?;
        for vote in &self.votes {
            insert.execute(params_from_iter(vote_values(vote)?))?;
        }
        Ok(())
    }

    fn write_adjustments(&self, db: &Connection) -> Result<(), WriteError> {
        for (id, adjustment) in &self.adjustments {
            match adjustment {
                Some(adjustment) => db
                    .prepare_cached(UPSERT_ADJUSTMENT)?
                    .execute(params_from_iter(adjustment_values(*id, adjustment)))?,
                None => {
                    db.prepare_cached("DELETE FROM adjustment WHERE id = ?")?.execute([id.to_string()])?
                }
            };
        }
        Ok(())
    }

    fn write_relations(&self, db: &Connection, srs: i32) -> Result<(), WriteError> {
        for (id, row) in &self.relations {
            match row {
                Some(row) => {
                    db.prepare_cached(UPSERT_RELATION)?.execute(params_from_iter(row.values(*id, srs)))?
                }
                None => db.prepare_cached("DELETE FROM relation WHERE id = ?")?.execute([id.to_string()])?,
            };
        }
        Ok(())
    }

    /// The box around the regions among the rows.
    pub(crate) fn bounds(&self) -> Option<geo::Rect<f64>> {
        self.regions.iter().filter_map(|row| row.region.bounds()).reduce(union)
    }

    /// Each table's rows as the database should hold them, by identity, for comparing.
    pub(crate) fn expected(&self, srs: i32) -> Result<Vec<Expected>, WriteError> {
        let mut tables = vec![
            Expected::new("region", REGION_COLUMNS),
            Expected::new("label", LABEL_COLUMNS),
            Expected::new("vote", VOTE_COLUMNS),
            Expected::new("layer", LAYER_COLUMNS),
            Expected::new("schema", SCHEMA_COLUMNS),
            Expected::new("setting", SETTING_COLUMNS),
            Expected::new("adjustment", ADJUSTMENT_COLUMNS),
            Expected::new("relation", RELATION_COLUMNS),
        ];
        for row in &self.regions {
            tables[0].rows.push(id(row.values(srs)?));
        }
        tables[1].rows.extend(self.labels.iter().map(|(label, l)| id(label_values(*label, l))));
        for vote in &self.votes {
            tables[2].rows.push(id(vote_values(vote)?));
        }
        for (layer, value) in &self.layers {
            if let Some(value) = value {
                tables[3].rows.push(id(layer_values(*layer, value)?));
            }
        }
        for (adjustment, value) in &self.adjustments {
            tables[6].rows.extend(value.as_ref().map(|value| id(adjustment_values(*adjustment, value))));
        }
        for (relation, row) in &self.relations {
            tables[7].rows.extend(row.as_ref().map(|row| id(row.values(*relation, srs))));
        }
        if let Some((settings, schema)) = &self.whole {
            if let Some(schema) = schema {
                tables[4].rows.push(id(schema_values(schema)?));
            }
            tables[5].rows.extend(setting_values(settings)?.into_iter().map(id));
        }
        tables.extend(self.screenings.expected(srs)?);
        tables.push(responses::expected(&self.responses)?);
        tables.extend(self.questions.expected()?);
        tables.extend(self.copies.expected()?);
        tables.extend(self.handed.expected()?);
        Ok(tables)
    }
}

/// What a table should hold.
pub(crate) struct Expected {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static str,
    /// By the value of the first column.
    pub(crate) rows: Vec<(String, Vec<Value>)>,
}

impl Expected {
    pub(crate) fn new(table: &'static str, columns: &'static str) -> Self {
        Self { table, columns, rows: Vec::new() }
    }
}

pub(crate) fn union(a: geo::Rect<f64>, b: geo::Rect<f64>) -> geo::Rect<f64> {
    let ((a, c), (b, d)) = ((a.min(), a.max()), (b.min(), b.max()));
    geo::Rect::new((a.x.min(b.x), a.y.min(b.y)), (c.x.max(d.x), c.y.max(d.y)))
}

/// Why rows could not be written: SQLite, or a value that has no text form.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl WriteError {
    pub(crate) fn into_error(self, path: &std::path::Path) -> StoreError {
        match self {
            Self::Sql(e) => StoreError::sqlite("write", path, e),
            Self::Json(e) => StoreError::Unstorable(e.to_string()),
        }
    }
}

const REGION_COLUMNS: &str =
    "id, geom, layer, source, source_id, class, stage, author, confidence, attributes";
const UPSERT_REGION: &str = "INSERT INTO region \
    (id, geom, layer, source, source_id, class, stage, author, confidence, attributes) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET geom = excluded.geom, \
    layer = excluded.layer, source = excluded.source, source_id = excluded.source_id, \
    class = excluded.class, stage = excluded.stage, author = excluded.author, \
    confidence = excluded.confidence, attributes = excluded.attributes";
const LABEL_COLUMNS: &str =
    "id, region, class, author, confidence, note, seconds, at, at_ms, layer, schema_version";
const INSERT_LABEL: &str = "INSERT INTO label \
    (id, region, class, author, confidence, note, seconds, at, at_ms, layer, schema_version) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const VOTE_COLUMNS: &str =
    "id, region, member, stage, verdict, class, confidence, note, seconds, at, at_ms, outline";
const PUT_VOTE: &str = "INSERT OR REPLACE INTO vote \
    (id, region, member, stage, verdict, class, confidence, note, seconds, at, at_ms, outline) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const LAYER_COLUMNS: &str = "id, name, path, role, crs, width, height, bands, position, sha256, body";
const UPSERT_LAYER: &str = "INSERT INTO layer \
    (id, name, path, role, crs, width, height, bands, position, sha256, body) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
    path = excluded.path, role = excluded.role, crs = excluded.crs, width = excluded.width, \
    height = excluded.height, bands = excluded.bands, position = excluded.position, \
    sha256 = excluded.sha256, body = excluded.body";
const ADJUSTMENT_COLUMNS: &str = "id, layer, source, start_x, start_y, end_x, end_y, author, at, at_ms";
const UPSERT_ADJUSTMENT: &str = "INSERT INTO adjustment \
    (id, layer, source, start_x, start_y, end_x, end_y, author, at, at_ms) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET layer = excluded.layer, \
    source = excluded.source, start_x = excluded.start_x, start_y = excluded.start_y, \
    end_x = excluded.end_x, end_y = excluded.end_y, author = excluded.author, at = excluded.at, \
    at_ms = excluded.at_ms";
const RELATION_COLUMNS: &str = "id, geom, from_region, to_region, predicate, author, at, at_ms";
const UPSERT_RELATION: &str = "INSERT INTO relation \
    (id, geom, from_region, to_region, predicate, author, at, at_ms) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET geom = excluded.geom, \
    from_region = excluded.from_region, to_region = excluded.to_region, predicate = excluded.predicate, \
    author = excluded.author, at = excluded.at, at_ms = excluded.at_ms";
const SCHEMA_COLUMNS: &str = "id, version, name, body";
const INSERT_SCHEMA: &str = "INSERT INTO schema (id, version, name, body) VALUES (?, ?, ?, ?)";
const SETTING_COLUMNS: &str = "name, value";

/// The first value, which is the key, and all of them.
pub(crate) fn id(values: Vec<Value>) -> (String, Vec<Value>) {
    let key = if let Some(Value::Text(key)) = values.first() { key.clone() } else { String::new() };
    (key, values)
}

pub(crate) fn text<T: ToString + ?Sized>(text: &T) -> Value {
    Value::Text(text.to_string())
}

pub(crate) fn some<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}

/// The word an enum goes by in files.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<Value, serde_json::Error> {
    Ok(match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Value::Text(word),
        other => Value::Text(other.to_string()),
    })
}

impl RegionRow {
    fn values(&self, srs: i32) -> Result<Vec<Value>, WriteError> {
        let Region { geometry, layer, source, source_id, attributes } = &*self.region;
        let attributes =
            if attributes.is_empty() { Value::Null } else { Value::Text(serde_json::to_string(attributes)?) };
        Ok(vec![
            text(&self.id),
            Value::Blob(blob::encode(geometry, srs)),
            some(layer.map(|id| id.to_string())),
            text(&source.0),
            some(source_id.clone()),
            some(self.shown.class.clone()),
            text(self.shown.stage),
            some(self.shown.author.clone()),
            some(self.shown.confidence),
            attributes,
        ])
    }
}

fn label_values(id: LabelId, label: &Label) -> Vec<Value> {
    vec![
        text(&id),
        text(&label.region),
        text(&label.class),
        text(&label.author),
        some(label.confidence),
        text(&label.note),
        some(label.seconds),
        some(label.at_ms.and_then(time::iso)),
        some(label.at_ms),
        some(label.layer.map(|layer| layer.to_string())),
        some(label.schema_version),
    ]
}

fn vote_values(vote: &Vote) -> Result<Vec<Value>, WriteError> {
    let id: VoteId = vote.id;
    Ok(vec![
        text(&id),
        text(&vote.case),
        text(&vote.member),
        word(&vote.stage)?,
        if vote.is_sealed() { text("sealed") } else { word(&vote.verdict)? },
        some(vote.class.as_ref().map(ToString::to_string)),
        some(vote.confidence),
        text(&vote.note),
        some(vote.seconds),
        some(vote.at_ms.and_then(time::iso)),
        some(vote.at_ms),
        some(vote.shape.as_ref().map(serde_json::to_string).transpose()?),
    ])
}

fn layer_values(id: LayerId, layer: &Layer) -> Result<Vec<Value>, WriteError> {
    Ok(vec![
        text(&id),
        text(&layer.name),
        text(&layer.path),
        word(&layer.role)?,
        some(layer.crs.as_ref().map(spatial::Crs::label)),
        layer.width.into(),
        layer.height.into(),
        layer.bands.into(),
        layer.order.into(),
        some(layer.sha256.clone()),
        Value::Text(serde_json::to_string(layer)?),
    ])
}

fn adjustment_values(id: AdjustmentId, adjustment: &Adjustment) -> Vec<Value> {
    let [start_x, start_y] = adjustment.start;
    let [end_x, end_y] = adjustment.end;
    vec![
        text(&id),
        text(&adjustment.layer),
        some(adjustment.source.as_ref().map(|source| source.0.to_string())),
        start_x.into(),
        start_y.into(),
        end_x.into(),
        end_y.into(),
        text(&adjustment.author),
        some(adjustment.at_ms.and_then(time::iso)),
        some(adjustment.at_ms),
    ]
}

impl RelationRow {
    fn values(&self, id: RelationId, srs: i32) -> Vec<Value> {
        let Relation { from, to, predicate, author, at_ms } = &*self.relation;
        vec![
            text(&id),
            Value::Blob(blob::encode(&self.line, srs)),
            text(from),
            text(to),
            text(predicate),
            text(author),
            some(at_ms.and_then(time::iso)),
            some(*at_ms),
        ]
    }
}

fn schema_values(schema: &Schema) -> Result<Vec<Value>, WriteError> {
    Ok(vec![
        text(&schema.id),
        schema.version.into(),
        text(&schema.name),
        Value::Text(serde_json::to_string(schema)?),
    ])
}

fn setting_values(settings: &Settings) -> Result<Vec<Vec<Value>>, WriteError> {
    let crs = settings.crs.as_ref().map_or_else(String::new, spatial::Crs::label);
    let mut rows = vec![
        vec![text("name"), text(&settings.name)],
        vec![text("crs"), Value::Text(crs)],
        vec![text("pixel_space"), text(&settings.pixel_space)],
        vec![text("rule"), Value::Text(serde_json::to_string(&settings.rule)?)],
    ];
    if settings.label_each_view {
        rows.push(vec![text("label_each_view"), text("true")]);
    }
    if !settings.lists.is_empty() {
        rows.push(vec![text("lists"), Value::Text(serde_json::to_string(&settings.lists)?)]);
    }
    Ok(rows)
}

fn write_settings(db: &Connection, settings: &Settings) -> Result<i32, WriteError> {
    let srs = srs::register(db, settings.crs.as_ref())?;
    db.execute("DELETE FROM setting", [])?;
    let mut insert = db.prepare_cached("INSERT INTO setting (name, value) VALUES (?, ?)")?;
    for values in setting_values(settings)? {
        insert.execute(params_from_iter(values))?;
    }
    for (table, _) in crate::layout::SHAPED {
        db.execute("UPDATE gpkg_geometry_columns SET srs_id = ? WHERE table_name = ?", params![srs, table])?;
        db.execute("UPDATE gpkg_contents SET srs_id = ? WHERE table_name = ?", params![srs, table])?;
    }
    Ok(srs)
}

/// Empties the tables and writes them anew.
pub(crate) fn rebuild(db: &Connection, project: &Project) -> Result<i32, WriteError> {
    for table in crate::layout::current() {
        db.execute(&format!("DELETE FROM {}", table.name), [])?;
    }
    let mut srs = srs::PIXELS;
    Rows::all(project).write(db, &mut srs)?;
    Ok(srs)
}

/// Writes the box of all regions, and the time, where other programs look for them.
pub(crate) fn note_extent(db: &Connection, extent: Option<geo::Rect<f64>>) -> rusqlite::Result<()> {
    let numbers = extent.map(|r| [r.min().x, r.min().y, r.max().x, r.max().y]);
    let at = |i: usize| numbers.map(|n| n[i]);
    db.prepare_cached(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?, \
         last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = 'region'",
    )?
    .execute(params![at(0), at(1), at(2), at(3)])?;
    Ok(())
}
