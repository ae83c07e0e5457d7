//! Adjustments: what they move, what they leave, and that nothing is changed by them.

use std::sync::Arc;

use geo::Geometry;
use spatial::GeoTransform;
use spatial::align::Method;

use super::fixture::{World, square};
use crate::alignment::{AlignedView, Alignment, errors_of_methods, report};
use crate::{
    Adjustment, AdjustmentId, Author, Change, Edit, EditError, GeometrySource, Layer, LayerId, LayerRole,
    Region, RegionId,
};

const OSM: &str = "OSM";

/// A layer of two world units a pixel, y down, in pixel space.
fn with_layer() -> (World, LayerId) {
    let mut w = World::with_regions(0);
    let layer = Layer {
        name: "after".into(),
        path: "after.tif".into(),
        role: LayerRole::After,
        crs: None,
        transform: GeoTransform::new([1000.0, 2.0, 0.0, 5000.0, 0.0, -2.0]),
        warp: None,
        width: 500,
        height: 500,
        bands: 3,
        order: 0,
        alignment: Method::default(),
        sha256: None,
    };
    let id = w.ids.layer();
    w.apply(&Edit::Layer(Change::create(id, layer)));
    (w, id)
}

fn footprint(w: &mut World, x: f64, source: &str) -> RegionId {
    let id = w.ids.region();
    let region = Region { source: GeometrySource(source.into()), ..square(x, 4900.0, 20.0) };
    w.apply(&Edit::Region(Change::create(id, Arc::new(region))));
    id
}

fn arrow(layer: LayerId, start: [f64; 2], by: [f64; 2]) -> Adjustment {
    let end = [start[0] + by[0], start[1] + by[1]];
    Adjustment { layer, source: None, start, end, author: Author::new("ana"), at_ms: None }
}

fn draw(w: &mut World, adjustment: Adjustment) -> AdjustmentId {
    let id = w.ids.adjustment();
    w.apply(&Edit::Adjustment(Change::create(id, adjustment)));
    id
}

fn corner(shape: &Geometry<f64>) -> (f64, f64) {
    geo::CoordsIter::coords_iter(shape).next().expect("a corner").x_y()
}

#[test]
fn an_arrow_moves_footprints_where_they_are_shown_and_leaves_them_as_drawn() {
    let (mut w, layer) = with_layer();
    let osm = footprint(&mut w, 1100.0, OSM);
    let own = footprint(&mut w, 1200.0, GeometrySource::CUSTOM);
    let before = w.project.regions().clone();
    draw(&mut w, arrow(layer, [50.0, 40.0], [5.0, -3.0]));
    let alignment = Alignment::of(&w.project, layer).expect("sound");
    let shown = AlignedView::new(&w.project, Arc::new(alignment));
    // Five pixels to the right and three up are ten and six world units.
    assert_eq!(corner(&shown.project().region(osm).expect("there").geometry), (1110.0, 4906.0));
    assert_eq!(shown.project().region(own), w.project.region(own), "what is drawn on the image stays");
    assert_eq!(w.project.regions(), &before);
    let at = |x: f64| geo::Rect::new((x, 4910.0), (x + 1.0, 4911.0));
    let found = |x| shown.project().regions_in(at(x)).map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!((found(1129.0), found(1101.0)), (vec![osm], vec![]), "found where it is shown");
    let said = report(&w.project, shown.alignment());
    assert_eq!((said.regions.len(), said.unmoved, said.summary.mean_px), (1, 1, Some(34.0_f64.sqrt())));
}

#[test]
fn arrows_of_one_source_move_that_source_only() {
    let (mut w, layer) = with_layer();
    let (osm, other) = (footprint(&mut w, 1100.0, OSM), footprint(&mut w, 1150.0, "Microsoft"));
    let own =
        Adjustment { source: Some(GeometrySource(OSM.into())), ..arrow(layer, [50.0, 40.0], [1.0, 0.0]) };
    draw(&mut w, own);
    let alignment = Alignment::of(&w.project, layer).expect("sound");
    let moved = |id| alignment.shape(w.project.region(id).expect("there")).map(|s| corner(&s).0);
    assert_eq!((moved(osm), moved(other)), (Some(1102.0), None));
}

#[test]
fn an_edit_of_what_is_shown_changes_what_is_drawn_by_as_much_and_no_more() {
    let (mut w, layer) = with_layer();
    let id = footprint(&mut w, 1100.3, OSM);
    draw(&mut w, arrow(layer, [50.0, 40.0], [5.1, -3.7]));
    let alignment = Alignment::of(&w.project, layer).expect("sound");
    let region = w.project.region(id).expect("there");
    let shown = alignment.shape(region).expect("moves");
    let Geometry::Polygon(mut edited) = shown.clone() else { panic!("an area") };
    edited.exterior_mut(|ring| ring.0[2].x += 8.0);
    let drawn = alignment.drawn(region, &shown, &edited.into()).expect("an area");
    let (Geometry::Polygon(a), Geometry::Polygon(b)) = (&region.geometry, &drawn) else { panic!("areas") };
    for (i, (a, b)) in a.exterior().0.iter().zip(&b.exterior().0).enumerate() {
        if i == 2 {
            assert!((b.x - a.x - 8.0).abs() < 1e-9 && (b.y - a.y).abs() < 1e-9);
        } else {
            assert_eq!(a, b, "corners that were left alone are what they were");
        }
    }
}

#[test]
fn a_view_that_follows_an_edit_is_the_view_made_anew() {
    let (mut w, layer) = with_layer();
    let ids: Vec<RegionId> = (0..5).map(|i| footprint(&mut w, 1100.0 + 40.0 * f64::from(i), OSM)).collect();
    draw(&mut w, arrow(layer, [50.0, 40.0], [5.0, -3.0]));
    let alignment = Arc::new(Alignment::of(&w.project, layer).expect("sound"));
    let mut view = AlignedView::new(&w.project, Arc::clone(&alignment));
    let before = w.project.region(ids[2]).expect("there").clone();
    let after = Region { geometry: square(1300.0, 4950.0, 30.0).geometry, ..(*before).clone() };
    let label = super::fixture::label(ids[0], "ana", "destroyed");
    let edits = [
        Edit::Region(Change::replace(ids[2], before, after)),
        Edit::Label(Change::create(w.ids.label(), label)),
        Edit::Region(Change::delete(ids[4], w.project.region(ids[4]).expect("there").clone())),
    ];
    for edit in edits {
        let touched = w.project.apply(&edit).expect("sound");
        assert!(view.follow(&w.project, &touched));
        let anew = AlignedView::new(&w.project, Arc::clone(&alignment));
        assert!(view.project() == anew.project());
        assert_eq!(crate::violations(view.project()), Vec::<String>::new());
    }
    let id = w.ids.adjustment();
    let edit = Edit::Adjustment(Change::create(id, arrow(layer, [1.0, 1.0], [0.0, 9.0])));
    let touched = w.project.apply(&edit).expect("sound");
    assert!(!view.follow(&w.project, &touched), "another arrow may move anything");
}

#[test]
fn adjustments_are_undone_named_and_keep_their_layer() {
    let (mut w, layer) = with_layer();
    let id = draw(&mut w, arrow(layer, [50.0, 40.0], [5.0, -3.0]));
    let refused = |w: &mut World, edit: &Edit| w.project.apply(edit).expect_err("refused");
    let there = w.project.layers()[&layer].clone();
    let gone = Edit::Layer(Change::delete(layer, there));
    assert!(matches!(refused(&mut w, &gone), EditError::InUse { .. }));
    let far =
        Edit::Adjustment(Change::create(w.ids.adjustment(), arrow(layer, [f64::INFINITY, 0.0], [0.0, 0.0])));
    assert!(matches!(refused(&mut w, &far), EditError::Invalid(_)));
    let nowhere = w.ids.layer();
    let lost = Edit::Adjustment(Change::create(w.ids.adjustment(), arrow(nowhere, [0.0, 0.0], [0.0, 0.0])));
    assert!(matches!(refused(&mut w, &lost), EditError::Missing { .. }));
    let held = Arc::clone(&w.project.adjustments()[&id]);
    let delete = Edit::Adjustment(Change::delete(id, held));
    assert_eq!(delete.title(), "Delete an adjustment");
    let start = w.project.clone();
    w.apply(&delete);
    assert!(w.project.adjustments().is_empty());
    w.apply(&delete.inverse());
    assert!(w.project == start);
}

#[test]
fn each_method_is_judged_by_arrows_that_it_was_not_told_of() {
    let (mut w, layer) = with_layer();
    for i in 0..16 {
        let (x, y) = (f64::from(i % 4) * 100.0, f64::from(i / 4) * 100.0);
        // A turn: an affine map is exact, one shift is not.
        draw(&mut w, arrow(layer, [x, y], [0.05 * y, -0.05 * x]));
    }
    let errors = errors_of_methods(&w.project, layer, Some(0.5));
    let of = |method| errors.iter().find(|e| e.method == method).expect("every method");
    assert_eq!(errors.len(), Method::ALL.len());
    assert!(of(Method::Affine).mean_px.is_some_and(|px| px < 1e-9));
    assert!(of(Method::Translation).mean_px.is_some_and(|px| px > 5.0));
    let nearest = of(Method::Nearest);
    let is = |found: Option<f64>, wanted: f64| found.is_some_and(|v| (v - wanted).abs() < 1e-9);
    assert!(nearest.count == 16 && is(nearest.mean_px, 5.0) && is(nearest.mean_m, 2.5), "{nearest:?}");
    assert!(of(Method::ThinPlate).unusable.is_none());
}

#[test]
fn what_is_cut_where_it_is_shown_is_drawn_where_the_layer_shows_it_there() {
    let (mut w, layer) = with_layer();
    draw(&mut w, arrow(layer, [50.0, 40.0], [5.0, -3.0]));
    draw(&mut w, arrow(layer, [80.0, 45.0], [-4.0, 6.0]));
    draw(&mut w, arrow(layer, [60.0, 90.0], [2.0, 2.0]));
    let square = |x: f64, y: f64| geo::Rect::new((x, y), (x + 9.0, y + 7.0)).to_polygon();
    let line = geo::LineString::from(vec![(1080.0, 4930.0), (1140.0, 4905.0), (1190.0, 4890.0)]);
    for method in
        [Method::Nearest, Method::Translation, Method::Affine, Method::InverseDistance, Method::ThinPlate]
    {
        let held = w.project.layers()[&layer].clone();
        w.apply(&Edit::Layer(Change::replace(layer, held.clone(), Layer { alignment: method, ..held })));
        let alignment = Alignment::of(&w.project, layer).expect("sound");
        let mut found = 0;
        for step in 0..40 {
            let at = f64::from(step);
            let shapes: [Geometry<f64>; 2] =
                [square(1080.0 + 3.0 * at, 4930.0 - at).into(), line.clone().into()];
            for shown in shapes {
                let source = GeometrySource(OSM.into());
                let Some(drawn) = alignment.drawn_anew(&source, &shown) else { continue };
                let region = Region { geometry: drawn, source, ..super::fixture::square(0.0, 0.0, 1.0) };
                let again = alignment.shape(&region).unwrap_or(region.geometry);
                let pairs = geo::CoordsIter::coords_iter(&again).zip(geo::CoordsIter::coords_iter(&shown));
                let off = pairs.map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).fold(0.0, f64::max);
                assert!(off < 1e-5, "{method:?}: {off} off");
                found += 1;
            }
        }
        // Between two arrows that go different ways there are places where nothing is ever shown.
        let least = if method == Method::Nearest { 40 } else { 80 };
        assert!(found >= least, "{method:?}: {found} of 80");
        let own = GeometrySource::custom();
        let shape: Geometry<f64> = square(1100.0, 4900.0).into();
        assert_eq!(
            alignment.drawn_anew(&own, &shape),
            Some(shape),
            "what never moves is drawn where it is shown"
        );
    }
}
