//! Labels, votes, predictions and the scene's description.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{SceneFiles, put};
use crate::damage::DamageClass;
use crate::options::SceneError;
use crate::people::{self, Ballot, Confusion, Opinion};
use crate::scene::Scene;

pub(super) fn write(scene: &Scene, files: &SceneFiles) -> Result<(), SceneError> {
    put(&files.truth, &opinions(&scene.truth))?;
    put(&files.labels, &opinions(&scene.labels))?;
    put(&files.votes, &ballots(&scene.votes))?;
    put(&files.predictions, &pretty(&predictions(scene)))?;
    put(&files.description, &pretty(&description(scene)))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn opinions(all: &[Opinion]) -> String {
    let mut text = String::from("region,class,confidence,note,seconds\n");
    for o in all {
        let _ =
            writeln!(text, "{},{},{:.2},{},{:.1}", o.region, o.class.code(), o.confidence, o.note, o.seconds);
    }
    text
}

fn ballots(all: &[Ballot]) -> String {
    let mut text = String::from("case,member,stage,verdict,class,confidence,note\n");
    for b in all {
        let class = b.class.map_or("", DamageClass::code);
        let _ = writeln!(
            text,
            "{},{},{},{},{class},{:.2},{}",
            b.case, b.member, b.stage, b.verdict, b.confidence, b.note
        );
    }
    text
}

/// CRASAR's prediction file: keys are ground sample distance, mosaic and building.
fn predictions(scene: &Scene) -> Value {
    let gsd = scene.options.gsd_m;
    let preds: serde_json::Map<String, Value> = scene
        .predictions
        .iter()
        .map(|o| {
            let confidence = f64::from((o.confidence * 100.0).round()) / 100.0;
            let key = format!("{gsd}_{gsd}_post.tif_{}", o.region);
            (key, json!({ "label": o.class.code(), "confidence": confidence }))
        })
        .collect();
    json!({ "model_name": "synthetic-baseline", "preds": preds })
}

/// How many of each class.
fn counts(classes: impl Iterator<Item = DamageClass>) -> BTreeMap<&'static str, usize> {
    let mut by_class: BTreeMap<&str, usize> = DamageClass::ALL.iter().map(|c| (c.code(), 0)).collect();
    for class in classes {
        *by_class.entry(class.code()).or_default() += 1;
    }
    by_class
}

fn habits(of: &Confusion) -> Value {
    let share = |v: f32| f64::from((v * 100.0).round()) / 100.0;
    json!(of.map(|row| row.map(share)))
}

fn description(scene: &Scene) -> Value {
    let disputed = scene.votes.iter().filter(|v| v.stage == 1 && v.verdict != "accept").count();
    json!({
        "title": "A town before and after a tornado (synthetic, Missouri, invented)",
        "generator": "orthoscope-scenes",
        "version": env!("CARGO_PKG_VERSION"),
        "seed": scene.seed,
        "options": {
            "size_px": scene.options.size_px,
            "gsd_m": scene.options.gsd_m,
            "cube_gsd_m": scene.options.cube_gsd_m,
        },
        "post": { "file": "post.tif", "columns": scene.post.columns, "rows": scene.post.rows, "crs": scene.post.crs.label() },
        "pre": { "file": "pre.tif", "columns": scene.pre.columns, "rows": scene.pre.rows, "crs": scene.pre.crs.label() },
        "cube": {
            "file": "cube.tif",
            "columns": scene.cube.columns,
            "rows": scene.cube.rows,
            "bands": scene.cube.wavelengths_nm.len(),
            "crs": scene.cube.crs.label(),
            "reflectance_scale": 0.0001,
        },
        "buildings": scene.footprints.len(),
        "truth": counts(scene.footprints.iter().map(|f| f.class)),
        "labels": counts(scene.labels.iter().map(|l| l.class)),
        "votes": scene.votes.len(),
        "disputed": disputed,
        "people": {
            "classes": DamageClass::ALL.map(DamageClass::code),
            "annotator": { "name": people::ANNOTATOR, "confusion": habits(&people::ANA) },
            "reviewer": { "name": people::REVIEWER, "confusion": habits(&people::CAREFUL) },
            "committee": { "names": people::COMMITTEE, "confusion": habits(&people::CAREFUL) },
            "model": { "name": "synthetic-baseline", "confusion": habits(&people::MODEL) },
        },
    })
}
