//! `render`: a view of an image or a project into a picture.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context as _;
use desktop::map::aids::Ground;
use desktop::map::north::north_deg;
use desktop::map::scale_bar::scale_bar;
use geo::{Coord, Rect};
use picture::afar::Over;
use picture::sheet::{self, Format, Scale, Sheet};
use picture::{BandMix, Classes, LayerView, Rendering, Stretch, region, view};
use project::Project;
use raster::{ImageDescription, Source};
use renderer::{Colormap, Gpu, GpuError, GpuPreference, RgbaImage};
use serde_json::json;
use spatial::{Crs, GeoTransform, ScreenPoint, Transformer, Viewport, WorldRect};

use crate::args::{RenderArgs, SheetArgs};
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::progress;
use crate::value;
use crate::workspace::{self, is_project};

/// The longer side of a picture whose size nobody chose.
const DEFAULT_SIDE: f64 = 1600.0;
/// The longest side of a picture.
const MAX_SIDE: u32 = 16_384;
/// Tiles of one layer that are taken as they are, even for a small picture.
const MOST_TILE_BYTES: u64 = 128 << 20;
/// Under imagery that is transparent.
const NOTHING: [u8; 4] = [0, 0, 0, 0];

pub(crate) fn run(args: &RenderArgs, output: &Output) -> anyhow::Result<()> {
    // The adapter takes as long to wake as the pixels to read: do both at once.
    let gpu = Waking::start()?;
    let mut subject = Subject::open(args)?;
    subject.set_rendering(args)?;
    let camera = subject.camera(args)?;
    for layer in &mut subject.layers {
        bound_memory(layer, &camera)?;
    }
    let form = form(args)?;
    let pixels_per_point = (args.sheet.dpi / 96.0) as f32;
    // Vectors stay what they are where the form can hold them.
    let (over, kept) = match &subject.project {
        Some(project) if form.is_vector() => {
            (Over::default(), region::shapes_in_view(project, &camera, pixels_per_point))
        }
        Some(project) => (Over::of_view(project, &camera, pixels_per_point), Vec::new()),
        None => (Over::default(), Vec::new()),
    };
    let regions = over.regions + kept.len();
    let ahead = view::read_ahead(&subject.layers, &camera);
    let gpu = gpu.ready()?;
    let drawn = view::draw(&gpu, &subject.layers, ahead, over, &camera, NOTHING)?;
    for error in &drawn.failed {
        note(&format!("warning: {error}"));
    }
    let (width, height) = (drawn.image.width, drawn.image.height);
    let sheet = subject.sheet(&args.sheet, &camera);
    if form == Format::Png && !args.sheet.is_furnished() {
        write_png(&args.output, &drawn.image)?;
    } else {
        let sheet = Sheet { image: drawn.image, shapes: kept, ..sheet };
        sheet::write(&sheet, &args.output).map_err(|error| {
            let hint = error.hint();
            Failure::because(format!("{}: {error}", args.output.display()), hint)
        })?;
    }
    let bounds = camera.bounds();
    let result = json!({
        "path": args.output,
        "width": width,
        "height": height,
        "bounds": [bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y],
        "crs": subject.crs.as_ref().map(Crs::label),
        "shapes": regions,
        "failed_tiles": drawn.failed.len(),
        "adapter": gpu.describe().name,
    });
    output.result(&result, || format!("{}: {width} × {height} px", args.output.display()))
}

/// In which form the picture is written; what ends in nothing known is a PNG, as ever.
fn form(args: &RenderArgs) -> anyhow::Result<Format> {
    let dpi = args.sheet.dpi;
    if !(10.0..=2400.0).contains(&dpi) {
        return Err(Failure::because(format!("--dpi {dpi} is no size on paper"), "give 10 to 2400"));
    }
    let form = Format::of(&args.output);
    if form.is_none() && args.sheet.is_furnished() {
        let hint = "end the file name in .png, .tif, .pdf or .svg";
        return Err(Failure::because(format!("{} says no form", args.output.display()), hint));
    }
    Ok(form.unwrap_or(Format::Png))
}

impl SheetArgs {
    /// True when something is to stand on the picture besides the map.
    fn is_furnished(&self) -> bool {
        self.legend || self.scale_bar || self.north || !self.title.trim().is_empty()
    }
}

/// An image without overviews, seen from afar, would be read whole: it gets overviews first. They are kept in
/// the user's cache folder and there at once the next time.
fn bound_memory(layer: &mut LayerView, camera: &Viewport) -> anyhow::Result<()> {
    let image = layer.source.image();
    let pixel_bytes = (layer.loaded_bands().len() * image.sample_type.size()) as u64;
    let picture_bytes = (camera.size_px[0] * camera.size_px[1]) as u64 * pixel_bytes;
    let windows = layer.wanted(camera).into_iter().filter_map(|key| layer.source.pyramid().window(key));
    let wanted_bytes: u64 =
        windows.map(|w| u64::from(w.width) * u64::from(w.height)).sum::<u64>() * pixel_bytes;
    if !layer.source.wants_overviews() || wanted_bytes <= MOST_TILE_BYTES.max(8 * picture_bytes) {
        return Ok(());
    }
    let bar = progress::bar(&format!("Overviews of {}", image.name), 1000);
    raster::overviews::build(&layer.source, &|share| {
        bar.set_position((share * 1000.0) as u64);
        true
    })?;
    bar.finish_and_clear();
    layer.source = Arc::new(Source::open(layer.source.path())?);
    Ok(())
}

/// A device that is being opened. Waited for even when it is not wanted any more: the program must not end
/// while a driver starts.
struct Waking(Option<JoinHandle<Result<Gpu, GpuError>>>);

impl Waking {
    fn start() -> anyhow::Result<Self> {
        let thread = std::thread::Builder::new().name("wake the GPU".into());
        Ok(Self(Some(thread.spawn(|| Gpu::headless(&GpuPreference::default()))?)))
    }

    fn ready(mut self) -> anyhow::Result<Gpu> {
        let opened = self.0.take().map(JoinHandle::join);
        let panicked = || anyhow::anyhow!("the graphics driver panicked");
        Ok(opened.and_then(Result::ok).ok_or_else(panicked)??)
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // Nobody wants the device any more: what became of it does not matter.
            drop(thread.join());
        }
    }
}

/// What is drawn: layers on a map, and the regions of a project.
struct Subject {
    layers: Vec<LayerView>,
    project: Option<Project>,
    crs: Option<Crs>,
}

impl Subject {
    fn open(args: &RenderArgs) -> anyhow::Result<Self> {
        if is_project(&args.file) {
            let (project, layers) = workspace::open_with_layers(&args.file)?;
            let crs = project.crs().cloned();
            return Ok(Self { layers, project: Some(project), crs });
        }
        let source = Arc::new(Source::open(&args.file)?);
        let project = args.project.as_deref().map(workspace::load).transpose()?;
        // With a project the map is the project's; alone the image is shown as it is stored.
        let own = source.image().crs.clone().filter(|_| source.image().transform.is_some());
        let crs = project.as_ref().map_or(own, |p| p.crs().cloned());
        let rendering = Rendering::of(&source)?;
        let layer = LayerView::new(0, source, rendering, crs.as_ref())?;
        Ok(Self { layers: vec![layer], project, crs })
    }

    fn set_rendering(&mut self, args: &RenderArgs) -> anyhow::Result<()> {
        let stretch: Option<Stretch> = args.stretch.as_deref().map(str::parse).transpose()?;
        let classes: Option<Classes> = args.classes.as_deref().map(str::parse).transpose()?;
        for layer in &mut self.layers {
            if let Some(mix) = mix(args, layer.source.image())? {
                let is_formula = matches!(mix, BandMix::Formula { .. });
                layer.rendering.mix = mix;
                if is_formula || layer.source.image().sample_type != raster::SampleType::U8 {
                    layer.rendering.restretch(&layer.source, Stretch::Percentile(2.0, 98.0))?;
                }
            }
            layer.rendering.classes.clone_from(&classes);
            layer.rendering.reversed = args.reverse;
            layer.rendering.steps = args.steps.unwrap_or(0);
            layer.rendering.centre = args.centre;
            layer.rendering.inverted = args.invert;
            if let Some(stretch) = stretch {
                layer.rendering.restretch(&layer.source, stretch)?;
            }
            if !(0.01..=100.0).contains(&args.gamma) {
                return Err(Failure::because(
                    format!("A gamma of {} cannot be drawn", args.gamma),
                    "give 0.01 to 100",
                ));
            }
            layer.rendering.gamma = args.gamma as f32;
        }
        Ok(())
    }

    fn camera(&self, args: &RenderArgs) -> anyhow::Result<Viewport> {
        let whole = self.layers.iter().filter_map(|l| l.placement.world_bounds()).reduce(union);
        let whole = whole
            .ok_or_else(|| Failure::because("There is nothing to draw", "add imagery to the project"))?;
        let shown = if args.bbox.is_empty() { whole } else { self.bbox(args)? };
        let size = match &args.size {
            Some(text) => size(text)?,
            None => default_size(shown),
        };
        Ok(Viewport::fit(shown, size, 0.0))
    }

    /// Whom to thank for the layers.
    fn credit(&self) -> String {
        let mut found: Vec<String> = Vec::new();
        for layer in &self.layers {
            let text = sheet::credit_of(layer.source.image());
            found.extend(text.filter(|text| !found.contains(text)));
        }
        found.join(" · ")
    }

    /// What stands on the picture besides the map, as in the window's “Save picture…”.
    fn sheet(&self, args: &SheetArgs, camera: &Viewport) -> Sheet {
        let mut legend = Vec::new();
        if args.legend {
            let project = self.project.as_ref();
            legend.extend(
                project.into_iter().flat_map(|p| sheet::legend::of_regions(p, camera, project::Class::rgb)),
            );
            legend.extend(self.layers.iter().rev().flat_map(sheet::legend::of_layer));
        }
        let crs = self.crs.as_ref();
        let bar = scale_bar(camera, crs, camera.size_px[0] * 0.22).filter(|_| args.scale_bar);
        let ground = crs.and_then(Ground::new).filter(|_| args.north);
        let corner = camera.world_from_screen(ScreenPoint { x: 0.0, y: 0.0 });
        let step = camera.resolution;
        let transform = GeoTransform::new([corner.x, step, 0.0, corner.y, 0.0, -step]);
        Sheet {
            image: RgbaImage { width: 0, height: 0, pixels: Vec::new() },
            dpi: args.dpi,
            shapes: Vec::new(),
            title: args.title.clone(),
            legend,
            scale: bar.map(|bar| Scale { text: bar.text, length_px: bar.length_px }),
            north_deg: ground.and_then(|ground| north_deg(camera, &ground)),
            credit: self.credit(),
            placed: self.crs.clone().zip(transform),
            fonts: desktop::fonts::FOR_PICTURES.to_vec(),
        }
    }

    fn bbox(&self, args: &RenderArgs) -> anyhow::Result<WorldRect> {
        let hint = "give xmin,ymin,xmax,ymax with xmin < xmax and ymin < ymax";
        let [x0, y0, x1, y1] = args.bbox[..] else {
            return Err(Failure::because(format!("--bbox has {} numbers", args.bbox.len()), hint));
        };
        if !(x0 < x1 && y0 < y1 && [x0, y0, x1, y1].iter().all(|n| n.is_finite())) {
            return Err(Failure::because("--bbox is empty", hint));
        }
        let rect = Rect::new(Coord { x: x0, y: y0 }, Coord { x: x1, y: y1 });
        if args.px {
            let layer = self.layers.last().context("no layer to take the pixels of --bbox from")?;
            return convert(rect, |p| layer.placement.world_from_image(p));
        }
        let given = match &args.crs {
            Some(text) => Some(Crs::parse(text)?),
            None => self.layers.last().and_then(|l| l.source.image().crs.clone()),
        };
        match (given, &self.crs) {
            (Some(given), Some(map)) => {
                let transformer = Transformer::new(&given, map)?;
                convert(rect, |p| transformer.convert(p))
            }
            _ => Ok(rect),
        }
    }
}

/// The box around a converted box, its edges included.
fn convert(
    rect: Rect<f64>,
    to_world: impl Fn(Coord<f64>) -> Option<Coord<f64>>,
) -> anyhow::Result<WorldRect> {
    let (min, max) = (rect.min(), rect.max());
    let mix = |a: f64, b: f64, i: u32| a + (b - a) * f64::from(i) / 16.0;
    let edge = (0..=16).flat_map(|i| {
        let (x, y) = (mix(min.x, max.x, i), mix(min.y, max.y, i));
        [(x, min.y), (x, max.y), (min.x, y), (max.x, y)].map(|p| Coord { x: p.0, y: p.1 })
    });
    edge.filter_map(to_world).map(|p| Rect::new(p, p)).reduce(union).ok_or_else(|| {
        Failure::because("--bbox lies outside the map's projection", "check the order x,y and --crs")
    })
}

fn union(a: WorldRect, b: WorldRect) -> WorldRect {
    Rect::new(
        Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
        Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
    )
}

fn mix(args: &RenderArgs, image: &ImageDescription) -> anyhow::Result<Option<BandMix>> {
    let count = image.bands.len();
    let band = |b: usize| {
        let hint = format!("bands are counted from 1 to {count}");
        if (1..=count).contains(&b) {
            Ok(b - 1)
        } else {
            Err(Failure::because(format!("There is no band {b}"), hint))
        }
    };
    let colormap = Colormap::named(&args.colormap).ok_or_else(|| {
        let what = format!("There is no colour map `{}`", args.colormap);
        Failure::because(what, "`orthoscope list colormaps` lists them")
    })?;
    if let Some(formula) = value::formula(&args.value, image)? {
        return Ok(Some(BandMix::Formula { formula, colormap }));
    }
    match args.bands[..] {
        [] => Ok(None),
        [one] => Ok(Some(BandMix::Single { band: band(one)?, colormap })),
        [r, g, b] => Ok(Some(BandMix::Rgb([band(r)?, band(g)?, band(b)?]))),
        _ => Err(Failure::because(
            format!("--bands has {} numbers", args.bands.len()),
            "give three bands, or one",
        )),
    }
}

fn size(text: &str) -> anyhow::Result<[f64; 2]> {
    let side = |s: &str| s.parse::<u32>().ok().filter(|n| (1..=MAX_SIDE).contains(n)).map(f64::from);
    let parsed = text.split_once(['x', '×']).and_then(|(w, h)| Some([side(w)?, side(h)?]));
    parsed.ok_or_else(|| {
        Failure::because(
            format!("`{text}` is not a size"),
            format!("write WIDTHxHEIGHT, each 1 to {MAX_SIDE}"),
        )
    })
}

fn default_size(shown: WorldRect) -> [f64; 2] {
    let scale = DEFAULT_SIDE / shown.width().max(shown.height());
    [shown.width() * scale, shown.height() * scale].map(|side| side.round().max(1.0))
}

/// Written beside its place and then moved there, so that a picture is whole or absent.
pub(crate) fn write_png(path: &Path, image: &RgbaImage) -> anyhow::Result<()> {
    let opaque = image.pixels.chunks_exact(4).all(|p| p[3] == 255);
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new_with_quality(
        &mut bytes,
        image::codecs::png::CompressionType::Fast,
        image::codecs::png::FilterType::Adaptive,
    );
    let (kind, pixels) = if opaque {
        let rgb = image.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        (image::ExtendedColorType::Rgb8, rgb)
    } else {
        (image::ExtendedColorType::Rgba8, image.pixels.clone())
    };
    image::ImageEncoder::write_image(encoder, &pixels, image.width, image.height, kind)?;
    workspace::write_whole(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_bounded() {
        assert_eq!(size("1600x1000").ok(), Some([1600.0, 1000.0]));
        for wrong in ["", "1600", "0x10", "99999x10", "-1x5", "axb"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_default_picture_has_the_shape_of_the_view() {
        let shown = Rect::new((0.0, 0.0), (400.0, 100.0));
        assert_eq!(default_size(shown), [1600.0, 400.0]);
    }
}
