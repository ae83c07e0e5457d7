//! Pictures in the order of likeness: what looks like the picked one comes first.

use editing::{Command, FindCommand, Selection};
use project::{Edit, GeometrySource, Region, RegionId};

use super::window::Window;
use crate::finder::View;

const SIDE: u32 = 256;
const CELL: u32 = 32;

/// A quarter of the cells have red ribbed roofs, the others flat blue ones, on green.
pub(super) fn is_red(cell: u32) -> bool {
    cell % 4 == 1
}

fn pixel(x: u32, y: u32) -> [u8; 3] {
    let (cell, within) = (y / CELL * (SIDE / CELL) + x / CELL, [x % CELL, y % CELL]);
    let roof = within.iter().all(|w| (8..24).contains(w));
    match (roof, is_red(cell)) {
        (false, _) => [70, 110, 60],
        (true, true) if x % 4 < 2 => [150, 60, 50],
        (true, true) => [190, 80, 70],
        (true, false) => [70, 90, 180],
    }
}

/// A window with such an image and a region on each roof, in the order of cells.
pub(super) fn town() -> (Window, Vec<RegionId>) {
    let mut window = Window::without_project();
    let path = window.folder().join("roofs.png");
    let pixels: Vec<u8> = (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| pixel(x, y))).collect();
    image::save_buffer(&path, &pixels, SIDE, SIDE, image::ColorType::Rgb8).expect("written");
    window.program().open(vec![path]);
    window.until("the image is on the map", |p| p.state.layers.values().any(|l| l.view().is_some()));
    window.settle();
    let mut ids = Vec::new();
    for cell in 0..(SIDE / CELL).pow(2) {
        let (x, y) = (f64::from(cell % (SIDE / CELL) * CELL), f64::from(cell / (SIDE / CELL) * CELL));
        let open = window.program().state.project.as_mut().expect("open");
        let id = open.session.ids(1).region();
        // In pixel space y goes up.
        let roof = geo::Rect::new((x + 8.0, -y - 24.0), (x + 24.0, -y - 8.0));
        let region = Region {
            geometry: roof.to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: std::collections::BTreeMap::new(),
        };
        let edit = Edit::Region(project::Change::create(id, std::sync::Arc::new(region)));
        assert!(window.program().apply(edit));
        ids.push(id);
    }
    window.settle();
    (window, ids)
}

#[test]
fn more_like_this_shows_the_pictures_that_look_most_like_it_first() {
    let (mut window, ids) = town();
    let red: Vec<RegionId> =
        ids.iter().zip(0..).filter(|(_, cell)| is_red(*cell)).map(|(id, _)| *id).collect();
    window.program().state.selection = Selection::one(red[2]);
    window.settle();
    window.program().run(Command::Find(FindCommand::MoreLikeThis));
    window.settle();
    let shown = |w: &mut Window| {
        let finder = &w.program().state.project.as_ref().expect("open").finder;
        (finder.regions(), finder.view, finder.like.as_ref().map(|like| (like.of, like.left)))
    };
    let (found, view, like) = shown(&mut window);
    assert_eq!((view, like), (View::Pictures, Some((red[2], 0))));
    assert_eq!(found.len(), ids.len());
    assert_eq!(found[0], red[2], "itself");
    assert!(found[..red.len()].iter().all(|id| red.contains(id)), "those of its kind before all others");
    // A region that is drawn later finds its place, and one that is gone leaves.
    let gone = editing::delete_edit(window.content(), &[red[0]]).expect("there");
    assert!(window.program().apply(gone));
    window.settle();
    let (found, ..) = shown(&mut window);
    assert_eq!(found.len(), ids.len() - 1);
    assert!(found[..red.len() - 1].iter().all(|id| red.contains(id)));
    window.program().run(Command::Edit(editing::EditCommand::Undo));
    window.settle();
    let (found, ..) = shown(&mut window);
    assert!(found[..red.len()].iter().all(|id| red.contains(id)), "it is back among its kind");
}
