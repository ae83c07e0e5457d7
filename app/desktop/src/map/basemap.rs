//! The map under the imagery: tiles that walkers fetches and keeps, laid into the project's CRS.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Color32, Mesh, Rect, Shape, TextureId, pos2};
use spatial::{Crs, Transformer, Viewport, WorldPoint};
use walkers::sources::{Attribution, TileSource};
use walkers::{HttpOptions, HttpTiles, PmTiles, Tile, TileId, Tiles};

use super::pmtiles::{self, Zooms};
use super::view::to_window;
use crate::preferences::Basemap as Choice;
use crate::state::State;

/// Half the width of web Mercator, in its metres.
const HALF: f64 = 20_037_508.342_789_244;
/// Cells of a tile's grid, across and down.
const CELLS: usize = 8;
/// Tiles drawn at once; a view that needs more is a strange one.
const MOST: usize = 160;
/// After so long without a single tile, the user is told.
const QUIET: Duration = Duration::from_secs(5);
/// After so long without a single tile, they are asked for again.
const AGAIN: Duration = Duration::from_secs(30);
const MAX_ZOOM: u8 = 19;

/// A tile as it is drawn: its picture and where its grid lies in the world.
#[derive(Clone, Debug)]
pub struct BasemapTile {
    texture: TextureId,
    uv: Rect,
    points: Arc<[Option<WorldPoint>]>,
}

/// The chosen source and what is known of its tiles.
pub struct Basemap {
    choice: Choice,
    crs: Crs,
    tiles: Box<dyn Tiles>,
    zooms: Zooms,
    cache: Option<PathBuf>,
    ctx: egui::Context,
    to_mercator: Transformer,
    from_mercator: Transformer,
    places: HashMap<TileId, Arc<[Option<WorldPoint>]>>,
    /// Since when there has been nothing of it in view.
    empty_since: Option<Instant>,
    opened_at: Instant,
}

impl std::fmt::Debug for Basemap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Basemap").field("choice", &self.choice).finish_non_exhaustive()
    }
}

impl Basemap {
    /// Opens a source for a map in a CRS; `None` for none, or the reason why it cannot be drawn.
    pub fn new(
        choice: &Choice,
        crs: &Crs,
        cache: Option<&Path>,
        ctx: &egui::Context,
    ) -> Result<Option<Self>, String> {
        let zooms = match choice {
            Choice::None => return Ok(None),
            Choice::Template(url) => check_template(url).map(|()| Zooms { min: 0, max: MAX_ZOOM })?,
            Choice::PmTiles(path) => pmtiles::zooms(path)?,
        };
        let mercator = Crs::from_epsg(3857).map_err(|e| e.to_string())?;
        let way = |from: &Crs, to: &Crs| Transformer::new(from, to).map_err(|e| e.to_string());
        Ok(Some(Self {
            choice: choice.clone(),
            crs: crs.clone(),
            tiles: fetcher(choice, cache, ctx),
            zooms,
            cache: cache.map(Path::to_owned),
            ctx: ctx.clone(),
            to_mercator: way(crs, &mercator)?,
            from_mercator: way(&mercator, crs)?,
            places: HashMap::new(),
            empty_since: None,
            opened_at: Instant::now(),
        }))
    }

    /// True when it is the source that is wanted, for the map that is shown.
    pub fn is_for(&self, choice: &Choice, crs: &Crs) -> bool {
        self.choice == *choice && self.crs == *crs
    }

    /// The tiles of a view that have come, and requests for the others.
    pub fn visible(&mut self, view: &Viewport) -> Vec<BasemapTile> {
        let ids = self.ids(view);
        if ids.is_empty() {
            return Vec::new();
        }
        if self.empty_since.is_some() && self.opened_at.elapsed() > AGAIN {
            // A tile that failed once is not asked for again by the same fetcher.
            self.tiles = fetcher(&self.choice, self.cache.as_deref(), &self.ctx);
            self.opened_at = Instant::now();
        }
        let mut found = Vec::new();
        for id in ids {
            let (asked, part) = within(id, self.zooms.max);
            let Some(piece) = self.tiles.at(asked) else { continue };
            let Tile::Raster(texture) = &piece.tile;
            let uv = Rect::from_min_max(
                piece.uv.lerp_inside(part.min.to_vec2()),
                piece.uv.lerp_inside(part.max.to_vec2()),
            );
            found.push(BasemapTile { texture: texture.id(), uv, points: self.place(id) });
        }
        if found.is_empty() {
            self.empty_since.get_or_insert_with(Instant::now);
        } else {
            self.empty_since = None;
        }
        found
    }

    /// What the user is to know about it.
    pub fn note(&self) -> Option<String> {
        let waited = self.empty_since.is_some_and(|at| at.elapsed() >= QUIET);
        waited.then(|| match &self.choice {
            Choice::PmTiles(path) => format!("{} has nothing to draw here.", crate::work::file_name(path)),
            Choice::Template(url) => {
                let host = host(url).unwrap_or("the server");
                format!("nothing comes from {host}; it may be out of reach, or this machine off line.")
            }
            Choice::None => String::new(),
        })
    }

    /// When to look again although nothing moves: to say that nothing came, and to ask once more.
    pub fn wakes_in(&self) -> Option<Duration> {
        let waited = self.empty_since?.elapsed();
        Some(QUIET.checked_sub(waited).unwrap_or(AGAIN))
    }

    /// The tiles that cover a view, at the zoom that fits its scale.
    fn ids(&self, view: &Viewport) -> Vec<TileId> {
        let bounds = view.bounds();
        let at = |u: f64, v: f64| {
            let p = WorldPoint {
                x: bounds.min().x + bounds.width() * u,
                y: bounds.min().y + bounds.height() * v,
            };
            self.to_mercator.convert(p)
        };
        let steps = || (0..=CELLS).map(|i| i as f64 / CELLS as f64);
        let points: Vec<WorldPoint> = steps().flat_map(|u| steps().filter_map(move |v| at(u, v))).collect();
        let span = |value: fn(&WorldPoint) -> f64| {
            let low = points.iter().map(value).fold(f64::INFINITY, f64::min).max(-HALF);
            let high = points.iter().map(value).fold(f64::NEG_INFINITY, f64::max).min(HALF);
            (low, high)
        };
        let ((x0, x1), (y0, y1)) = (span(|p| p.x), span(|p| p.y));
        if !(x0 < x1 && y0 < y1) {
            return Vec::new();
        }
        let per_px = (x1 - x0) / view.size_px[0].max(1.0);
        let tile_px = f64::from(self.tiles.tile_size().max(64));
        let zoom = (2.0 * HALF / (tile_px * per_px)).log2().round().clamp(0.0, f64::from(MAX_ZOOM)) as u8;
        let count = f64::from(1_u32 << zoom);
        let index = |share: f64| (share * count).floor().clamp(0.0, count - 1.0) as u32;
        let (c0, c1) = (index((x0 + HALF) / (2.0 * HALF)), index((x1 + HALF) / (2.0 * HALF)));
        let (r0, r1) = (index((HALF - y1) / (2.0 * HALF)), index((HALF - y0) / (2.0 * HALF)));
        let rows = (r0..=r1).flat_map(|y| (c0..=c1).map(move |x| TileId { x, y, zoom }));
        rows.take(MOST).collect()
    }

    /// Where a tile's grid lies in the world.
    fn place(&mut self, id: TileId) -> Arc<[Option<WorldPoint>]> {
        if self.places.len() > 4 * MOST {
            self.places.clear();
        }
        let from_mercator = &self.from_mercator;
        let points = self.places.entry(id).or_insert_with(|| {
            let count = f64::from(1_u32 << id.zoom);
            let at = |i: usize, first: u32| (f64::from(first) + i as f64 / CELLS as f64) / count;
            let grid = (0..=CELLS).flat_map(|row| (0..=CELLS).map(move |col| (col, row)));
            grid.map(|(col, row)| {
                let x = (at(col, id.x) * 2.0 - 1.0) * HALF;
                let y = (1.0 - at(row, id.y) * 2.0) * HALF;
                from_mercator.convert(WorldPoint { x, y })
            })
            .collect()
        });
        Arc::clone(points)
    }
}

/// The tiles as shapes in the window.
pub fn shapes(state: &State, rect: Rect) -> Vec<Shape> {
    let one = |tile: &BasemapTile| {
        let mut mesh = Mesh::with_texture(tile.texture);
        let side = CELLS + 1;
        for (i, point) in tile.points.iter().enumerate() {
            let share = |n: usize| n as f32 / CELLS as f32;
            let (u, v) = (share(i % side), share(i / side));
            let at = point.map_or(pos2(f32::NAN, f32::NAN), |p| {
                to_window(state.camera.screen_from_world(p), rect, state.pixels_per_point)
            });
            let uv = tile.uv.lerp_inside(egui::vec2(u, v));
            mesh.vertices.push(egui::epaint::Vertex { pos: at, uv, color: Color32::WHITE });
        }
        for row in 0..CELLS {
            for col in 0..CELLS {
                let corners = [
                    row * side + col,
                    row * side + col + 1,
                    (row + 1) * side + col,
                    (row + 1) * side + col + 1,
                ];
                if corners.iter().all(|c| mesh.vertices[*c].pos.is_finite()) {
                    let [a, b, c, d] = corners.map(|c| c as u32);
                    mesh.add_triangle(a, b, c);
                    mesh.add_triangle(b, c, d);
                }
            }
        }
        // What lies off the projection is in no triangle, but must not be NaN all the same.
        for vertex in &mut mesh.vertices {
            if !vertex.pos.is_finite() {
                vertex.pos = rect.min;
            }
        }
        Shape::mesh(mesh)
    };
    state.basemap_tiles.iter().map(one).collect()
}

/// Whom to thank, in the corner of the map.
pub fn credit(choice: &Choice) -> Option<String> {
    match choice {
        Choice::None => None,
        Choice::Template(url) => {
            let host = host(url)?;
            let osm = host.ends_with("openstreetmap.org");
            Some(if osm { "© OpenStreetMap contributors".to_owned() } else { format!("Basemap: {host}") })
        }
        Choice::PmTiles(path) => Some(format!("Basemap: {}", crate::work::file_name(path))),
    }
}

fn host(url: &str) -> Option<&str> {
    url.split("://").nth(1)?.split('/').next()
}

/// What fetches the tiles of a choice that was found to be usable.
fn fetcher(choice: &Choice, cache: Option<&Path>, ctx: &egui::Context) -> Box<dyn Tiles> {
    match choice {
        Choice::PmTiles(path) => Box::new(PmTiles::new(path, ctx.clone())),
        Choice::Template(url) => {
            let options = HttpOptions { cache: cache.map(Path::to_owned), ..HttpOptions::default() };
            Box::new(HttpTiles::with_options(Template(url.clone()), options, ctx.clone()))
        }
        Choice::None => unreachable!("no basemap has no tiles"),
    }
}

/// The tile to ask for in place of one that is finer than any there are, and the part of it that is shown,
/// as shares of its sides.
fn within(id: TileId, finest: u8) -> (TileId, Rect) {
    let finer = id.zoom.saturating_sub(finest);
    let asked = TileId { x: id.x >> finer, y: id.y >> finer, zoom: id.zoom - finer };
    let side = 1.0 / f64::from(1_u32 << finer);
    let start = |n: u32, whole: u32| (f64::from(n - (whole << finer)) * side) as f32;
    let min = pos2(start(id.x, asked.x), start(id.y, asked.y));
    (asked, Rect::from_min_size(min, egui::Vec2::splat(side as f32)))
}

fn check_template(url: &str) -> Result<(), String> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let whole = ["{z}", "{x}", "{y}"].iter().all(|part| url.contains(part));
    if web && whole {
        Ok(())
    } else {
        Err("write the address like https://tiles.example.org/{z}/{x}/{y}.png.".to_owned())
    }
}

struct Template(String);

impl TileSource for Template {
    fn tile_url(&self, id: TileId) -> String {
        let number = |n: u32| n.to_string();
        self.0
            .replace("{z}", &id.zoom.to_string())
            .replace("{x}", &number(id.x))
            .replace("{y}", &number(id.y))
    }

    fn attribution(&self) -> Attribution {
        // The window writes its own, see `credit`.
        Attribution { text: "", url: "", logo_light: None, logo_dark: None }
    }

    fn max_zoom(&self) -> u8 {
        MAX_ZOOM
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_template_must_be_an_address_with_all_three_numbers() {
        assert!(check_template("https://a.test/{z}/{x}/{y}.png").is_ok());
        for wrong in ["", "a.test/{z}/{x}/{y}.png", "https://a.test/{z}/{x}.png"] {
            assert!(check_template(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tiles_of_a_server_are_asked_for_where_the_map_is_and_lie_where_they_belong() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (asked, requests) = std::sync::mpsc::sync_channel(64);
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        image::ImageEncoder::write_image(encoder, &[200; 12], 2, 2, image::ExtendedColorType::Rgb8)
            .expect("encoded");
        let server = std::thread::Builder::new().name("tiles".into());
        let _server = server.spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut text = [0; 2048];
                let read = stream.read(&mut text).unwrap_or(0);
                let line = String::from_utf8_lossy(&text[..read]).lines().next().unwrap_or("").to_owned();
                let _ = asked.try_send(line);
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", png.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&png));
            }
        });
        let ctx = egui::Context::default();
        let utm = Crs::from_epsg(32633).expect("known");
        let choice = Choice::Template(format!("http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.png"));
        let mut basemap = Basemap::new(&choice, &utm, None, &ctx).expect("opened").expect("chosen");
        let view = Viewport::new(WorldPoint { x: 500_000.0, y: 5_000_000.0 }, 4.0, [400.0, 300.0]);
        let start = Instant::now();
        let mut tiles = Vec::new();
        while tiles.is_empty() && start.elapsed() < Duration::from_secs(20) {
            tiles = basemap.visible(&view);
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!tiles.is_empty(), "no tile came");
        // 15° E, 45.15° N at 4 m per pixel: zoom 15, column 17749.
        let request = requests.recv_timeout(Duration::from_secs(5)).expect("asked");
        assert!(request.starts_with("GET /15/1774") || request.starts_with("GET /15/1775"), "{request}");
        let bounds = view.bounds();
        let near = |p: &WorldPoint| {
            let d = 2.0 * 1300.0;
            p.x > bounds.min().x - d
                && p.x < bounds.max().x + d
                && p.y > bounds.min().y - d
                && p.y < bounds.max().y + d
        };
        assert!(tiles.iter().all(|t| t.points.iter().flatten().all(near)));
        assert!(basemap.note().is_none());
    }

    #[test]
    fn a_file_of_coarse_pictures_is_drawn_under_a_close_view_and_a_quiet_server_is_named() {
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        image::ImageEncoder::write_image(encoder, &[90; 12], 2, 2, image::ExtendedColorType::Rgb8)
            .expect("encoded");
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("world.pmtiles");
        std::fs::write(&path, pmtiles::tests::world(&png)).expect("written");
        let (ctx, utm) = (egui::Context::default(), Crs::from_epsg(32633).expect("known"));
        let mut basemap =
            Basemap::new(&Choice::PmTiles(path), &utm, None, &ctx).expect("opened").expect("chosen");
        let view = Viewport::new(WorldPoint { x: 500_000.0, y: 5_000_000.0 }, 4.0, [400.0, 300.0]);
        let start = Instant::now();
        let mut tiles = Vec::new();
        while tiles.is_empty() && start.elapsed() < Duration::from_secs(20) {
            tiles = basemap.visible(&view);
            std::thread::sleep(Duration::from_millis(20));
        }
        // 15° E is 13/24 of the way round the world.
        let uv = tiles.first().expect("a tile came").uv;
        assert!((uv.left() - 13.0 / 24.0).abs() < 1e-3 && uv.width() < 1e-4, "{uv:?}");
        assert_eq!((basemap.note(), basemap.wakes_in()), (None, None));

        let quiet = Choice::Template("http://127.0.0.1:9/{z}/{x}/{y}.png".into());
        let mut basemap = Basemap::new(&quiet, &utm, None, &ctx).expect("opened").expect("chosen");
        assert!(basemap.visible(&view).is_empty());
        assert!(basemap.wakes_in().is_some_and(|wait| wait <= QUIET), "the window looks again by itself");
        assert_eq!(basemap.note(), None, "not at once");
        basemap.empty_since = Instant::now().checked_sub(QUIET);
        assert!(basemap.note().is_some_and(|note| note.contains("127.0.0.1:9")));
    }

    #[test]
    fn the_part_of_a_coarser_tile_is_where_the_finer_one_lies() {
        let id = |x, y, zoom| TileId { x, y, zoom };
        let (asked, part) = within(id(5, 6, 3), 1);
        assert_eq!(asked, id(1, 1, 1));
        assert_eq!(part, Rect::from_min_size(pos2(0.25, 0.5), egui::vec2(0.25, 0.25)));
        let (asked, part) = within(id(5, 6, 3), 8);
        assert_eq!((asked, part), (id(5, 6, 3), Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(1.0, 1.0))));
    }
}
