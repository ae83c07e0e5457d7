//! Views that a person keeps under a name: where on the earth, and how much of it. Kept in the preferences,
//! as everything is that is seen and not edited.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spatial::{LonLat, Viewport, WorldPoint};

use crate::map::aids::Ground;
use crate::state::State;

/// As many as a list has use for.
pub const MOST: usize = 500;

/// A kept view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    pub name: String,
    #[serde(flatten)]
    pub place: Place,
}

/// What a kept view shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "on")]
pub enum Place {
    /// Degrees on WGS 84, and the metres that the shorter side of the map spanned: found again in any
    /// project, whatever its CRS.
    Earth { lon: f64, lat: f64, span_m: f64 },
    /// A place of a map without CRS, which means something in that project only.
    Pixels { x: f64, y: f64, span: f64, project: PathBuf },
}

/// The shorter side of a view in world units.
fn span(view: &Viewport) -> f64 {
    view.size_px[0].min(view.size_px[1]).max(1.0) * view.resolution
}

impl Bookmark {
    /// Keeps a view; `None` where it has no place on the earth.
    pub fn of(name: String, view: &Viewport, ground: Option<&Ground>, project: &Path) -> Option<Self> {
        let place = match ground {
            Some(ground) => {
                let at = ground.lonlat(view.center)?;
                let span_m = span(view) * ground.metres_per_unit(view)?;
                Place::Earth { lon: at.x, lat: at.y, span_m }
            }
            None => Place::Pixels {
                x: view.center.x,
                y: view.center.y,
                span: span(view),
                project: project.to_owned(),
            },
        };
        Some(Self { name, place })
    }

    /// Where it is on a map; `None` on a map that it has no place on.
    pub fn camera(&self, view: &Viewport, ground: Option<&Ground>, project: &Path) -> Option<Viewport> {
        let side = view.size_px[0].min(view.size_px[1]).max(1.0);
        match (&self.place, ground) {
            (Place::Earth { lon, lat, span_m }, Some(ground)) => {
                let at = ground.world(LonLat { x: *lon, y: *lat })?;
                let there = Viewport::new(at, view.resolution, view.size_px);
                // How many metres a unit spans depends on the place, and a little on how far in it is looked at.
                let first = Viewport::new(at, span_m / ground.metres_per_unit(&there)? / side, view.size_px);
                let resolution = span_m / ground.metres_per_unit(&first)? / side;
                Some(Viewport::new(at, resolution, view.size_px))
            }
            (Place::Pixels { x, y, span, project: of }, None) if of == project => {
                Some(Viewport::new(WorldPoint { x: *x, y: *y }, span / side, view.size_px))
            }
            _ => None,
        }
    }
}

/// The bookmarks that this map has a place for, with their numbers in the preferences and the views they mean;
/// those on the imagery first.
pub fn here(state: &State) -> Vec<(usize, &Bookmark, Viewport)> {
    let Some(open) = &state.project else { return Vec::new() };
    let ground = state.aids.ground.as_deref();
    let bounds = state.world_bounds();
    let on_map = |view: &Viewport| bounds.is_some_and(|b| geo::Intersects::intersects(&b, &view.center));
    let all = state.preferences.bookmarks.iter().enumerate();
    let mut found: Vec<_> = all
        .filter_map(|(i, one)| Some((i, one, one.camera(&state.camera, ground, open.session.path())?)))
        .collect();
    found.sort_by_key(|(_, _, view)| !on_map(view));
    found
}

/// A name that no bookmark has yet.
pub fn free_name(all: &[Bookmark]) -> String {
    let taken = |name: &str| all.iter().any(|b| b.name == name);
    (1..=MOST + 1).map(|n| format!("View {n}")).find(|name| !taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use spatial::Crs;

    use super::*;

    #[test]
    fn a_view_is_found_again_in_another_crs_and_another_window() {
        let ground = |epsg| Ground::new(&Crs::from_epsg(epsg).expect("known")).expect("on earth");
        let (utm, mercator) = (ground(32615), ground(3857));
        let view = Viewport::new(WorldPoint { x: 365_000.0, y: 4_105_000.0 }, 0.5, [1280.0, 720.0]);
        let kept = Bookmark::of("School".into(), &view, Some(&utm), Path::new("/a.gpkg")).expect("kept");
        let same = kept.camera(&view, Some(&utm), Path::new("/b.gpkg")).expect("found");
        assert!((same.center.x - view.center.x).abs() < 1e-3 && (same.resolution / 0.5 - 1.0).abs() < 1e-6);
        let small = Viewport::new(WorldPoint { x: 0.0, y: 0.0 }, 100.0, [640.0, 360.0]);
        let there = kept.camera(&small, Some(&mercator), Path::new("/b.gpkg")).expect("found");
        let (a, b) = (mercator.lonlat(there.center), utm.lonlat(view.center));
        let (a, b) = (a.expect("on earth"), b.expect("on earth"));
        assert!((a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9);
        let metres = 360.0 * there.resolution * mercator.metres_per_unit(&there).expect("on earth");
        let kept_m = 720.0 * view.resolution * utm.metres_per_unit(&view).expect("on earth");
        assert!((metres / kept_m - 1.0).abs() < 1e-6, "{metres} {kept_m}");
        assert_eq!(kept.camera(&view, None, Path::new("/a.gpkg")), None, "a map without CRS has no place");
    }

    #[test]
    fn pixels_are_found_in_their_project_only_and_files_keep_both() {
        let view = Viewport::new(WorldPoint { x: 32.0, y: -24.0 }, 0.25, [800.0, 600.0]);
        let kept = Bookmark::of("Roof".into(), &view, None, Path::new("/a.gpkg")).expect("kept");
        assert_eq!(kept.camera(&view, None, Path::new("/a.gpkg")), Some(view));
        assert_eq!(kept.camera(&view, None, Path::new("/b.gpkg")), None);
        let text = toml::to_string(&kept).expect("written");
        assert_eq!(toml::from_str::<Bookmark>(&text).expect("read"), kept, "{text}");
    }

    #[test]
    fn names_are_free() {
        let one = |name: &str| Bookmark {
            name: name.into(),
            place: Place::Earth { lon: 0.0, lat: 0.0, span_m: 1.0 },
        };
        assert_eq!(free_name(&[one("View 1"), one("View 3")]), "View 2");
    }
}
