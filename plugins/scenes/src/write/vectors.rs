//! Footprints and adjustments: GeoJSON and CRASAR's JSON.

use serde_json::{Value, json};

use super::{SceneFiles, put};
use crate::options::SceneError;
use crate::scene::Scene;
use crate::truth::Footprint;

/// What the footprints say of where they come from: a file. What is drawn on the image itself would be `custom`,
/// which adjustments never move.
const SOURCE: &str = "Loaded";

pub(super) fn write(scene: &Scene, files: &SceneFiles) -> Result<(), SceneError> {
    put(&files.footprints, &collection(scene, "footprints", |f| &f.drawn_px)?)?;
    put(&files.footprints_aligned, &collection(scene, "footprints_aligned", |f| &f.aligned_px)?)?;
    let arrows: Vec<Value> = scene
        .footprints
        .iter()
        .filter_map(|f| {
            let from = f.drawn_px.first()?;
            let to = f.aligned_px.first()?;
            Some(json!([from.map(milli), to.map(milli)]))
        })
        .collect();
    put(&files.adjustments, &lines(&arrows))?;
    let annotations: Vec<Value> =
        scene.footprints.iter().map(|f| annotation(scene, f)).collect::<Result<_, _>>()?;
    put(&files.annotations, &lines(&annotations))
}

/// A JSON array with one item a line.
fn lines(items: &[Value]) -> String {
    let rows: Vec<String> = items.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

fn milli(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

/// Longitude and latitude of a pixel position, to a tenth of a millimetre.
fn lonlat(scene: &Scene, [x, y]: [f64; 2]) -> Result<[f64; 2], SceneError> {
    let gsd = scene.options.gsd_m;
    let p = scene.ground.lonlat(x * gsd, y * gsd)?;
    let round = |v: f64| (v * 1e9).round() / 1e9;
    Ok([round(p.x), round(p.y)])
}

fn collection(
    scene: &Scene,
    name: &str,
    ring: impl Fn(&Footprint) -> &Vec<[f64; 2]>,
) -> Result<String, SceneError> {
    let mut features = Vec::with_capacity(scene.footprints.len());
    for f in &scene.footprints {
        // Rows grow downwards, so a ring that runs clockwise on screen is turned for GeoJSON's rule.
        let mut points: Vec<[f64; 2]> =
            ring(f).iter().map(|p| lonlat(scene, *p)).collect::<Result<_, _>>()?;
        if area(&points) < 0.0 {
            points.reverse();
        }
        let feature = json!({
            "type": "Feature",
            "id": f.id,
            "properties": { "id": f.id, "source": SOURCE, "address": f.address },
            "geometry": { "type": "Polygon", "coordinates": [points] },
        });
        features.push(feature.to_string());
    }
    let head = format!("{{\"type\":\"FeatureCollection\",\"name\":\"{name}\",\"features\":[\n");
    Ok(format!("{head}{}\n]}}\n", features.join(",\n")))
}

/// Twice the signed area: positive when the ring runs counter-clockwise.
fn area(ring: &[[f64; 2]]) -> f64 {
    ring.windows(2)
        .map(|w| {
            (w[0][0] - ring[0][0]) * (w[1][1] - ring[0][1]) - (w[1][0] - ring[0][0]) * (w[0][1] - ring[0][1])
        })
        .sum()
}

/// CRASAR keeps the ring as the footprint file draws it; the adjustments bring it onto the image.
fn annotation(scene: &Scene, f: &Footprint) -> Result<Value, SceneError> {
    let pixels: Vec<Value> =
        f.drawn_px.iter().map(|[x, y]| json!({ "x": milli(*x), "y": milli(*y) })).collect();
    let degrees: Vec<Value> = f
        .drawn_px
        .iter()
        .map(|p| lonlat(scene, *p).map(|[lon, lat]| json!({ "lat": lat, "lon": lon })))
        .collect::<Result<_, _>>()?;
    Ok(json!({
        "source": SOURCE,
        "label": f.class.code(),
        "pixels": pixels,
        "EPSG:4326": degrees,
        "id": f.id,
    }))
}
