//! Every export of two projects with the truth beside it, for the comparison with other programs.
//!
//! ```sh
//! cargo run -p orthoscope-dataset --example exports -- OUT [JOPLIN]
//! ```
//!
//! `OUT/made`: an image and regions made here (half-pixel corners, holes, parts, overlaps, cut by the border).
//! `OUT/joplin`: the post-event image and footprints of `JOPLIN`, classes given out in turn.
//! Each has `truth.json`, the project's own shapes and classes, and one folder per format.

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use dataset::{
    ExportFormat, ExportSpec, FolderSource, ImportOptions, Limits, export, plan_import, read_features,
};
use geo::{Geometry, LineString, MapCoords as _, Polygon};
use project::{
    Author, Change, Edit, GeometrySource, IdSource, Label, Layer, LayerRole, Project, Region, Schema,
    add_layer_edit,
};
use raster::write::{NewImage, WriteOptions};
use raster::{SampleBuffer, Source};
use serde_json::json;
use spatial::{Crs, GeoTransform};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().context("usage: exports OUT [JOPLIN]")?;
    made(&Path::new(&out).join("made"))?;
    match arguments.next() {
        Some(folder) => joplin(&Path::new(&out).join("joplin"), Path::new(&folder)),
        None => Ok(()),
    }
}

fn made(out: &Path) -> Result<()> {
    std::fs::create_dir_all(out)?;
    let transform = GeoTransform::new([366_000.0, 0.25, 0.0, 4_103_000.0, 0.0, -0.25]).context("sane")?;
    let image = out.join("made.tif");
    let new = NewImage::rgb(700, 500).at(Some(Crs::from_epsg(26915)?), Some(transform));
    let bytes = (0..700 * 500 * 3_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    raster::write::image(&image, &new, &WriteOptions::default(), &SampleBuffer::U8(bytes))?;
    let (mut project, mut ids) = begin(&image)?;
    let shapes = shapes().into_iter().map(|s| s.map_coords(|c| transform.world_from_image(c)));
    for (n, geometry) in shapes.enumerate() {
        let source = GeometrySource::custom();
        let region =
            Region { geometry, layer: None, source, source_id: Some(format!("s{n}")), attributes: [].into() };
        project.apply(&Edit::Region(Change::create(ids.region(), Arc::new(region))))?;
    }
    finish(project, ids, out)
}

/// In pixels of the image.
fn shapes() -> Vec<Geometry<f64>> {
    let square = |x: f64, y: f64, side: f64| -> Polygon<f64> {
        geo::Rect::new((x, y), (x + side, y + side)).to_polygon()
    };
    let mut shapes: Vec<Geometry<f64>> = vec![
        // Corners on the centres of pixels: only the exact rule of ties gives the peer's mask.
        square(20.5, 20.5, 30.0).into(),
        Polygon::new(square(60.5, 20.5, 30.0).exterior().0.iter().rev().copied().collect(), Vec::new())
            .into(),
        Polygon::new(
            LineString::from(vec![(100.5, 20.5), (130.5, 35.5), (115.5, 50.5), (90.5, 40.5)]),
            Vec::new(),
        )
        .into(),
        square(-10.0, 200.0, 40.0).into(),
        square(680.3, 470.7, 60.0).into(),
    ];
    let holed = |x: f64, y: f64| {
        let holes = [square(x + 20.0, y + 15.0, 30.0), square(x + 60.0, y + 60.0, 12.5)];
        Polygon::new(square(x, y, 90.0).into_inner().0, holes.map(|h| h.into_inner().0).into())
    };
    shapes.extend([(30.0, 380.0), (205.0, 100.0)].map(|(x, y)| holed(x, y).into()));
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for _ in 0..120 {
        let (x, y, corners) = (random() * 700.0, random() * 500.0, 3 + (random() * 9.0) as u32);
        let angle = |i: u32| f64::from(i) / f64::from(corners) * TAU;
        let ring = (0..corners)
            .map(|i| (angle(i), 4.0 + random() * 25.0))
            .map(|(a, r)| (x + r * a.cos(), y + r * a.sin()));
        let ring: Vec<(f64, f64)> = ring.collect();
        let reaches = ring.iter().any(|(x, y)| (1.0..699.0).contains(x) && (1.0..499.0).contains(y));
        if reaches {
            shapes.push(Polygon::new(LineString::from(ring), Vec::new()).into());
        }
    }
    shapes
        .push(geo::MultiPolygon::new(vec![square(400.25, 300.0, 20.0), square(430.0, 300.75, 25.0)]).into());
    shapes
}

fn joplin(out: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(out)?;
    let (mut project, mut ids) = begin(&folder.join("joplin2011_post_west_2048x2048_epsg4326.tif"))?;
    let file = read_features(&folder.join("joplin_buildings_west.geojson"), &Limits::default())?;
    let options = ImportOptions { source: Some("Microsoft".into()), ..ImportOptions::default() };
    let plan = plan_import(&project, file.features, &options, &mut ids)?;
    ensure!(plan.accepted == 1813, "{} footprints", plan.accepted);
    project.apply(&plan.edit)?;
    finish(project, ids, out)
}

fn begin(image: &Path) -> Result<(Project, IdSource)> {
    let mut ids = IdSource::new(1_700_000_000_000, 7);
    let mut project = Project::new();
    project.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    let source = Source::open(image)?;
    let described = source.image();
    let layer = Layer {
        name: described.name.clone(),
        path: image.canonicalize()?.to_string_lossy().into_owned(),
        role: LayerRole::After,
        crs: described.crs.clone(),
        transform: described.transform,
        warp: described.warp.clone(),
        width: described.width,
        height: described.height,
        bands: described.bands.len() as u32,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    let edit = add_layer_edit(&project, ids.layer(), layer)?;
    project.apply(&edit)?;
    Ok((project, ids))
}

/// Labels every region, writes the truth, and exports in all formats.
fn finish(mut project: Project, mut ids: IdSource, out: &Path) -> Result<()> {
    let codes: Vec<_> = Schema::joint_damage_scale().classes.into_iter().map(|c| c.code).collect();
    let regions: Vec<_> = project.regions().keys().copied().collect();
    for (n, region) in regions.into_iter().enumerate() {
        let (class, author) = (codes[n % codes.len()].clone(), Author::new("ann"));
        let label = Label {
            region,
            class,
            author,
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        project.apply(&Edit::Label(Change::create(ids.label(), label)))?;
    }
    let truth: Vec<_> = project
        .regions()
        .iter()
        .map(|(id, region)| {
            let class = project.label_of(*id).map(|(_, label)| &label.class);
            json!({"id": id, "class": class, "geometry": geojson::Geometry::from(&region.geometry)})
        })
        .collect();
    let crs = project.crs().map(Crs::label);
    let classes: Vec<_> = Schema::joint_damage_scale()
        .classes
        .into_iter()
        .map(|c| json!({"code": c.code, "value": c.raster_value, "priority": c.priority}))
        .collect();
    std::fs::write(
        out.join("truth.json"),
        json!({"crs": crs, "classes": classes, "regions": truth}).to_string(),
    )?;
    for format in ExportFormat::ALL {
        let spec = ExportSpec {
            format,
            allow_left_out: true,
            boxes_around: true,
            chip_px: 256,
            stride_px: 256,
            replace: true,
            ..ExportSpec::default()
        };
        export(&project, &FolderSource(out.to_owned()), &spec, &out.join(format.key()))?;
    }
    Ok(())
}
