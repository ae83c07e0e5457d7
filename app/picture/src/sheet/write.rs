//! The sheet as a file.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use raster::SampleBuffer;
use raster::write::{NewImage, WriteOptions};
use renderer::RgbaImage;
use svg2pdf::usvg;

use super::svg::{self, Map};
use super::{Format, MOST_PIXELS, Sheet};

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("the file name ends in none of .png, .tif, .pdf and .svg")]
    Ending,
    #[error("a picture of {0} × {1} pixels is too large")]
    Size(u32, u32),
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    #[error("the picture cannot be packed: {0}")]
    Pack(#[from] png::EncodingError),
    #[error(transparent)]
    Tiff(#[from] raster::WriteError),
    #[error("the words and lines cannot be drawn: {0}")]
    Svg(String),
    #[error(transparent)]
    Paper(#[from] paper::PaperError),
    #[error("the file name ends in neither .png nor .pdf")]
    PageEnding,
}

impl SheetError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Ending | Self::PageEnding => "end the file name in one of these",
            Self::Size(..) => "ask for at most 100 million pixels, or fewer to the inch",
            Self::File(..) => "choose a folder that can be written, on a disk with room",
            Self::Pack(_) | Self::Tiff(_) => "make it smaller or choose another form",
            Self::Svg(_) | Self::Paper(_) => "this is a bug; PNG without title and legend goes another way",
        }
    }
}

/// Writes a sheet in the form that the file name asks for. The file is there whole or not at all.
pub fn write(sheet: &Sheet, path: &Path) -> Result<(), SheetError> {
    let format = Format::of(path).ok_or(SheetError::Ending)?;
    let (w, h) = (sheet.image.width, sheet.image.height);
    if w == 0 || h == 0 || u64::from(w) * u64::from(h) > MOST_PIXELS {
        return Err(SheetError::Size(w, h));
    }
    if format == Format::Tiff {
        return tiff(&furnished(sheet, format)?, sheet, path);
    }
    let bytes = match format {
        Format::Svg => embedded(sheet, format)?.into_bytes(),
        Format::Pdf => pdf(sheet)?,
        Format::Png | Format::Tiff => png(&furnished(sheet, format)?, sheet.dpi)?,
    };
    keep(path, &bytes)
}

/// Writes a file beside its place first, so that nothing half-written is ever there.
pub fn keep(path: &Path, bytes: &[u8]) -> Result<(), SheetError> {
    let failed = |error| SheetError::File(path.display().to_string(), error);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// The map with everything over it, as pixels.
fn furnished(sheet: &Sheet, format: Format) -> Result<RgbaImage, SheetError> {
    if !sheet.is_furnished(format) {
        return Ok(sheet.image.clone());
    }
    let strip = sheet.strip_px(format) as u32;
    let (width, height) = (sheet.image.width, sheet.image.height + strip);
    let tree = tree(&sheet.fonts, &svg::text(sheet, format, Map::Apart))?;
    let mut over = resvg::tiny_skia::Pixmap::new(width, height).ok_or(SheetError::Size(width, height))?;
    let scale = |px: u32, size: f32| px as f32 / size;
    let fit = resvg::tiny_skia::Transform::from_scale(
        scale(width, tree.size().width()),
        scale(height, tree.size().height()),
    );
    resvg::render(&tree, fit, &mut over.as_mut());
    let row = sheet.image.width as usize * 4;
    let mut pixels = vec![0; row * height as usize];
    pixels[strip as usize * row..].copy_from_slice(&sheet.image.pixels);
    lay_over(&mut pixels, over.data());
    Ok(RgbaImage { width, height, pixels })
}

/// Lays premultiplied pixels over others that are not.
pub(crate) fn lay_over(below: &mut [u8], above: &[u8]) {
    for (below, above) in below.chunks_exact_mut(4).zip(above.chunks_exact(4)) {
        let keep = 255 - u32::from(above[3]);
        if keep == 255 {
            continue;
        }
        let under = u32::from(below[3]);
        let alpha = u32::from(above[3]) + under * keep / 255;
        for (b, a) in below.iter_mut().zip(above).take(3) {
            let sum = u32::from(*a) * 255 + u32::from(*b) * under * keep / 255;
            *b = (sum / alpha.max(1)).min(255) as u8;
        }
        below[3] = alpha.min(255) as u8;
    }
}

/// The text of an SVG, its words set in these fonts.
pub(crate) fn tree(from: &[&'static [u8]], text: &str) -> Result<usvg::Tree, SheetError> {
    Ok(paper::tree(from, text)?)
}

fn pdf(sheet: &Sheet) -> Result<Vec<u8>, SheetError> {
    let tree = tree(&sheet.fonts, &embedded(sheet, Format::Pdf)?)?;
    // The tree counts 96 to the inch, a page 72.
    let page = svg2pdf::PageOptions { dpi: 96.0 };
    svg2pdf::to_pdf(&tree, svg2pdf::ConversionOptions::default(), page)
        .map_err(|e| SheetError::Svg(e.to_string()))
}

/// The SVG with the map in it.
fn embedded(sheet: &Sheet, format: Format) -> Result<String, SheetError> {
    let map = base64::engine::general_purpose::STANDARD.encode(png(&sheet.image, sheet.dpi)?);
    Ok(svg::text(sheet, format, Map::Embedded(&map)))
}

/// A PNG that says its pixels to the metre.
pub(crate) fn png(image: &RgbaImage, dpi: f64) -> Result<Vec<u8>, SheetError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width, image.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (dpi / 0.0254).round().clamp(1.0, 1e9) as u32;
    let size = png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter };
    encoder.set_pixel_dims(Some(size));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&image.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

fn tiff(image: &RgbaImage, sheet: &Sheet, path: &Path) -> Result<(), SheetError> {
    let (crs, transform) = sheet.placed.clone().unzip();
    let opaque = image.pixels.iter().skip(3).step_by(4).all(|a| *a == 255);
    let mut new = NewImage::rgb(image.width, image.height).at(crs, transform);
    if !opaque {
        let colors = [
            raster::ColorRole::Red,
            raster::ColorRole::Green,
            raster::ColorRole::Blue,
            raster::ColorRole::Alpha,
        ];
        let (crs, transform) = (new.crs.take(), new.transform.take());
        new = NewImage::new(image.width, image.height, raster::SampleType::U8, &colors).at(crs, transform);
    }
    let bands = if opaque { 3 } else { 4 };
    let plane = |band: usize| image.pixels.iter().skip(band).step_by(4).copied();
    let values: Vec<u8> = (0..bands).flat_map(plane).collect();
    raster::write::image(path, &new, &WriteOptions::default(), &SampleBuffer::U8(values))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use renderer::{Hatch, ShapeScene, ShapeStyle};
    use spatial::{Crs, GeoTransform};

    use super::*;
    use crate::sheet::{LegendLine, Scale};

    fn sheet() -> Sheet {
        let mut style = ShapeStyle::of_class([255, 0, 0], Hatch::None, 1.0);
        style.fill = [255, 0, 0, 255];
        let ring = vec![[100.0, 100.0], [200.0, 100.0], [200.0, 200.0], [100.0, 200.0], [100.0, 100.0]];
        Sheet {
            image: RgbaImage { width: 400, height: 300, pixels: [0, 80, 160, 255].repeat(400 * 300) },
            dpi: 96.0,
            shapes: vec![ShapeScene { rings: vec![ring], closed: true, style }],
            title: "Roofs & <trees>".into(),
            legend: vec![
                LegendLine::Class { name: "destroyed".into(), color: [200, 0, 0], hatch: Hatch::Cross },
                LegendLine::Ramp {
                    name: "Band 1".into(),
                    colors: vec![[0; 3], [255; 3]],
                    low: "0".into(),
                    high: "1".into(),
                },
            ],
            scale: Some(Scale { text: "50 m".into(), length_px: 100.0 }),
            north_deg: Some(1.5),
            credit: "Tiles: somebody".into(),
            placed: Some((
                Crs::from_epsg(32615).expect("known"),
                GeoTransform::new([365_000.0, 0.5, 0.0, 4_105_000.0, 0.0, -0.5]).expect("a transform"),
            )),
            fonts: vec![include_bytes!("../../../../assets/fonts/Inter-Regular.otf")],
        }
    }

    #[test]
    fn a_png_has_the_map_below_the_title_and_words_over_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("map.png");
        write(&sheet(), &path).expect("written");
        let bytes = std::fs::read(&path).expect("read");
        assert!(bytes.windows(4).any(|w| w == b"pHYs"), "it says how large a pixel is");
        let read = image::load_from_memory(&bytes).expect("a picture").to_rgba8();
        assert_eq!(read.dimensions(), (400, 340));
        assert_eq!(read.get_pixel(200, 45).0, [0, 80, 160, 255], "the map");
        assert_eq!(read.get_pixel(3, 3).0, [255; 4], "the strip of the title");
        let dark = (0..400).flat_map(|x| (0..40).map(move |y| (x, y)));
        assert!(dark.filter(|(x, y)| read.get_pixel(*x, *y).0[0] < 80).count() > 50, "the title is written");
        // Vectors are for other forms; here they are in the map already.
        assert_eq!(read.get_pixel(150, 190).0, [0, 80, 160, 255]);
    }

    #[test]
    fn a_tiff_lies_where_the_map_does_and_has_no_title() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("map.tif");
        write(&sheet(), &path).expect("written");
        let source = raster::Source::open(&path).expect("opens");
        let about = source.image();
        assert_eq!((about.width, about.height, about.bands.len()), (400, 300, 3));
        assert_eq!(about.crs.as_ref().and_then(Crs::epsg), Some(32615));
        assert_eq!(
            about.transform.map(GeoTransform::to_gdal),
            Some([365_000.0, 0.5, 0.0, 4_105_000.0, 0.0, -0.5])
        );
    }

    #[test]
    fn svg_and_pdf_keep_regions_as_vectors() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("map.svg");
        write(&sheet(), &path).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(text.contains("M100.00 100.00L200.00 100.00") && text.contains("Roofs &amp; &lt;trees&gt;"));
        let drawn = tree(&sheet().fonts, &text).expect("an SVG that can be read");
        assert!((drawn.size().width() - 400.0).abs() < 0.01 && (drawn.size().height() - 340.0).abs() < 0.01);
        let path = folder.path().join("map.pdf");
        write(&sheet(), &path).expect("written");
        let bytes = std::fs::read(&path).expect("read");
        assert!(bytes.starts_with(b"%PDF-"));
        let page = bytes.windows(9).position(|w| w == b"/MediaBox").expect("a page");
        let size = String::from_utf8_lossy(&bytes[page..page + 40]).into_owned();
        assert!(
            size.contains("300") && size.contains("255"),
            "400 × 340 at 96 to the inch in points: {size}"
        );
    }

    #[test]
    fn what_cannot_be_written_is_said_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let odd = folder.path().join("map.bmp");
        assert!(matches!(write(&sheet(), &odd), Err(SheetError::Ending)));
        let nowhere = folder.path().join("no such folder/map.png");
        assert!(matches!(write(&sheet(), &nowhere), Err(SheetError::File(..))));
        let mut empty = sheet();
        empty.image = RgbaImage { width: 0, height: 10, pixels: Vec::new() };
        assert!(matches!(write(&empty, &folder.path().join("map.png")), Err(SheetError::Size(0, 10))));
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);
    }
}
