//! Changes shapes: JSON on stdin, JSON on stdout, for the comparison with other programs.
//!
//! In: `[{"operation": "merge", "shapes": [geometry, …], "line": [[x, y], …], "amount": 1.0}, …]`, a geometry being
//! a list of polygons, a polygon a list of rings, a ring a list of `[x, y]`. Out, per line, a list of geometries,
//! or a sentence.

use std::io::{Read as _, Write as _};

use geo_types::{Geometry, LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use spatial::geometry::{self, GeometryError};

type Rings = Vec<Vec<[f64; 2]>>;

#[derive(Deserialize)]
struct Task {
    operation: String,
    shapes: Vec<Vec<Rings>>,
    #[serde(default)]
    line: Vec<[f64; 2]>,
    #[serde(default)]
    amount: f64,
}

fn read(polygons: &[Rings]) -> Geometry<f64> {
    let polygon = |rings: &Rings| {
        let mut lines = rings.iter().map(|r| LineString::from(r.clone()));
        Polygon::new(lines.next().unwrap_or_else(|| LineString::new(Vec::new())), lines.collect())
    };
    match polygons {
        [one] => polygon(one).into(),
        many => MultiPolygon(many.iter().map(polygon).collect()).into(),
    }
}

fn written(geometry: &Geometry<f64>) -> Vec<Rings> {
    let ring = |l: &LineString<f64>| l.coords().map(|c| [c.x, c.y]).collect();
    let rings = |p: &Polygon<f64>| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect();
    match geometry {
        Geometry::Polygon(p) => vec![rings(p)],
        Geometry::MultiPolygon(m) => m.iter().map(rings).collect(),
        _ => Vec::new(),
    }
}

fn run(task: &Task) -> Result<Vec<Geometry<f64>>, GeometryError> {
    let shapes: Vec<Geometry<f64>> = task.shapes.iter().map(|s| read(s)).collect();
    let all: Vec<&Geometry<f64>> = shapes.iter().collect();
    let line = LineString::from(task.line.clone());
    let one = |made: Result<Geometry<f64>, GeometryError>| made.map(|g| vec![g]);
    match task.operation.as_str() {
        "merge" => one(geometry::merge(&all)),
        "subtract" => one(geometry::subtract(all[0], &all[1..])),
        "intersect" => one(geometry::intersect(&all)),
        "cut out" => one(geometry::cut_out(all[0], &line)),
        "fill holes" => one(geometry::fill_holes(all[0])),
        "repair" => one(geometry::repair(all[0])),
        "split" => geometry::split(all[0], &line),
        "simplify" => one(geometry::simplify(all[0], task.amount)),
        "widen" => one(geometry::widen(all[0], task.amount)),
        "box" => one(geometry::oriented_box(all[0])),
        _ => Err(GeometryError::Unchanged),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let tasks: Vec<Task> = serde_json::from_str(&text)?;
    let answers: Vec<serde_json::Value> = tasks
        .iter()
        .map(|task| match run(task) {
            Ok(made) => serde_json::json!(made.iter().map(written).collect::<Vec<_>>()),
            Err(why) => serde_json::json!(why.to_string()),
        })
        .collect();
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&answers)?)?;
    Ok(())
}
