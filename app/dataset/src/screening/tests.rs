use std::path::Path;

use geo::{Coord, polygon};
use project::screening::{CellState, Look, Screening, Seen, Visit, add_screening_edit};
use project::{
    Author, Change, CoordinateSpace, Edit, Feature, IdSource, Layer, LayerRole, Project, ScreeningId,
    add_layer_edit,
};
use raster::write::{NewImage, WriteOptions};
use raster::{SampleBuffer, Source};
use spatial::{Crs, GeoTransform};

use super::*;

const SIZE: u32 = 640;

fn layer() -> Layer {
    Layer {
        name: "post".into(),
        path: "post.tif".into(),
        role: LayerRole::After,
        crs: Crs::from_epsg(32615).ok(),
        transform: GeoTransform::new([366_000.0, 0.5, 0.0, 4_103_000.0, 0.0, -0.5]),
        warp: None,
        width: SIZE,
        height: SIZE,
        bands: 1,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    }
}

/// Three by three cells of 240 pixels, 40 of them in the next, over an image of 640.
fn planned() -> (Project, ScreeningId) {
    let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
    let layer_id = ids.layer();
    project.apply(&add_layer_edit(&project, layer_id, layer()).expect("fits")).expect("layer");
    let plan = Screening { cell_px: 240, overlap_px: 40, ..Screening::over("All", layer_id, [SIZE, SIZE]) };
    let id = ids.screening();
    project.apply(&add_screening_edit(&project, id, plan).expect("sound")).expect("planned");
    (project, id)
}

fn say(project: &mut Project, screening: ScreeningId, member: &str, cell: u32, seen: Seen) {
    let look = Look { cell, state: Some(CellState::Done), seconds: Some(3.0), seen };
    let visit = Visit { screening, member: Author::new(member), looks: vec![look], at_ms: Some(1000) };
    project.record_visit(visit).expect("sound");
}

#[test]
fn the_raster_counts_members_where_they_saw_the_ground_and_once_where_cells_overlap() {
    let (mut project, id) = planned();
    say(&mut project, id, "Ana", 0, Seen::ALL);
    say(&mut project, id, "Ana", 1, Seen::ALL);
    say(&mut project, id, "Ben", 1, Seen::default().with(0, 0));
    let (width, height, all) = coverage(&project, id, None).expect("made");
    assert_eq!((width, height, all.len()), (43, 43, 43 * 43), "240 / 16 = 15 pixels each");
    let at = |raster: &[u8], x: u32, y: u32| {
        // The middle of a pixel of the raster, from pixels of the image.
        raster[(y / 15 * width + x / 15) as usize]
    };
    assert_eq!([at(&all, 7, 7), at(&all, 217, 7), at(&all, 300, 7), at(&all, 500, 7)], [1, 1, 1, 0]);
    let ben = coverage(&project, id, Some(&Author::new("Ben"))).expect("made").2;
    let count = |raster: &[u8], members: u8| raster.iter().map(|n| usize::from(*n == members)).sum::<usize>();
    assert_eq!(count(&ben, 1), 1);
    assert_eq!(count(&all, 2), 1, "one part was seen by both");
    assert!(ben.iter().all(|n| *n <= 1));
}

#[test]
fn the_proof_says_every_cell_and_member_in_degrees_with_the_end_of_the_journal() {
    let (mut project, id) = planned();
    say(&mut project, id, "Ana", 4, Seen::ALL);
    say(&mut project, id, "Ben", 4, Seen::default());
    let journal = JournalEnd { entries: 9, hash: "ab".repeat(32) };
    let value = screening_geojson(&project, id, &journal, &|ms| format!("t{ms}")).expect("made");
    let text = value.to_string();
    let read: ::geojson::FeatureCollection = text.parse().expect("GeoJSON");
    assert_eq!(read.features.len(), 10, "nine cells, one of them twice");
    assert_eq!(
        (value["journal"]["entries"].as_u64(), value["journal"]["hash"].as_str()),
        (Some(9), Some(&*"ab".repeat(32)))
    );
    let of = |member: &str| {
        let features = value["features"].as_array().expect("features");
        features.iter().find(|f| f["properties"]["member"] == member).expect("a line")["properties"].clone()
    };
    let ana = of("Ana");
    assert_eq!((ana["state"].as_str(), ana["seen_share"].as_f64()), (Some("done"), Some(1.0)));
    assert_eq!((ana["place"].as_u64(), ana["last_at"].as_str()), (Some(5), Some("t1000")));
    assert_eq!(of("Ben")["seen_share"].as_f64(), Some(0.0));
    let crate_shape = read.features[0].geometry.as_ref().expect("a shape");
    let shape = geo::Geometry::<f64>::try_from(crate_shape).expect("a polygon");
    let corner = geo::CoordsIter::coords_iter(&shape).next().expect("a corner");
    assert!((corner.x + 94.5).abs() < 0.1 && (corner.y - 37.06).abs() < 0.1, "{corner:?}");
}

#[test]
fn the_raster_lies_where_the_layer_does() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut project, id) = planned();
    say(&mut project, id, "Ana", 8, Seen::ALL);
    let path = folder.path().join("coverage.tif");
    write_coverage(&path, &project, id, None).expect("written");
    let source = Source::open(&path).expect("opens");
    let image = source.image();
    assert_eq!(image.crs.as_ref().and_then(Crs::epsg), Some(32615));
    let transform = image.transform.expect("a place").to_gdal();
    assert_eq!(transform, [366_000.0, 7.5, 0.0, 4_103_000.0, 0.0, -7.5]);
    let samples = source.read_window(0, 0, 0, 43, 43, &[0]).expect("read");
    assert_eq!((samples.value(0, 42, 42), samples.value(0, 0, 0)), (Some(1.0), Some(0.0)));
}

fn image(path: &Path, dark: impl Fn(u32, u32) -> bool) {
    let mut new = NewImage::gray(SIZE, SIZE);
    new.no_data = Some(0.0);
    let values = (0..SIZE * SIZE).map(|i| if dark(i % SIZE, i / SIZE) { 0 } else { 90 }).collect();
    let options = WriteOptions { overviews: true, ..WriteOptions::default() };
    raster::write::image(path, &new, &options, &SampleBuffer::U8(values)).expect("written");
}

#[test]
fn cells_in_which_nothing_is_shown_are_found_and_no_other() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("post.tif");
    // All but the upper left corner and one pixel of the last cell.
    image(&path, |x, y| !(x < 150 && y < 150) && (x, y) != (630, 630));
    let source = Source::open(&path).expect("opens");
    let (project, id) = planned();
    let plan = &project.screenings()[&id];
    let found = cells_without_data(&source, plan, &mut |_| true).expect("read");
    assert_eq!(found, Some(vec![1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(cells_without_data(&source, plan, &mut |_| false).expect("stopped"), None);
    let other = Screening { size: [600, 640], ..(**plan).clone() };
    assert_eq!(cells_without_data(&source, &other, &mut |_| true).expect("read"), None, "another image");
}

#[test]
fn polygons_of_a_file_or_of_the_map_become_an_area_in_pixels() {
    let layer = layer();
    let square = polygon![
        (x: 366_010.0, y: 4_102_990.0), (x: 366_020.0, y: 4_102_990.0), (x: 366_020.0, y: 4_102_980.0),
    ];
    let crs = CoordinateSpace::Crs(Crs::from_epsg(32615).expect("known").into());
    let feature = Feature { geometry: Some(square.clone().into()), space: crs, ..Feature::default() };
    let line =
        Feature { geometry: Some(geo::Point::from(Coord { x: 1.0, y: 1.0 }).into()), ..Feature::default() };
    let area = area_of_features(&layer, &[feature, line.clone()]).expect("an area");
    let expected = [[20.0, 20.0], [40.0, 20.0], [40.0, 40.0]];
    let near = area[0][0].iter().zip(expected).all(|(p, q)| (p[0] - q[0]).hypot(p[1] - q[1]) < 1e-3);
    assert!(area.len() == 1 && area[0][0].len() == 3 && near, "{area:?}");
    assert!(area_of_features(&layer, &[line]).is_err(), "a point has no area");
    let to_lonlat = spatial::Transformer::new(
        layer.crs.as_ref().expect("has one"),
        &Crs::from_epsg(4326).expect("known"),
    );
    let lonlat = to_lonlat.expect("a way").convert_geometry(&square.clone().into()).expect("on the map");
    let unstated = Feature { geometry: Some(lonlat), ..Feature::default() };
    let same =
        area_of_features(&layer, &[unstated]).expect("longitude and latitude where a file says nothing");
    let near = |p: &[f64; 2], q: &[f64; 2]| (p[0] - q[0]).hypot(p[1] - q[1]) < 1e-3;
    assert!(same[0][0].iter().zip(&area[0][0]).all(|(p, q)| near(p, q)), "{same:?}");
    let (mut project, _) = planned();
    let id = IdSource::new(5, 5).region();
    let region = project::Region {
        geometry: square.into(),
        layer: None,
        source: project::GeometrySource::custom(),
        source_id: None,
        attributes: std::collections::BTreeMap::new(),
    };
    project.apply(&Edit::Region(Change::create(id, region))).expect("region");
    let layer_id = *project.layers().keys().next().expect("a layer");
    assert_eq!(area_of_regions(&project, layer_id, [id]).expect("an area"), area);
}
