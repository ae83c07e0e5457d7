//! What a TIFF says about its bands: colours, names, ranges, and what each is made of.

use std::path::Path;

use crate::about::About;
use crate::colors::LabToRgb;
use crate::complex::name_of_part;
use crate::describe::{BandDescription, BandOrigin, ColorRole, ImageDescription};
use crate::error::Fault;
use crate::file::name_of;
use crate::georeference::Georeference;
use crate::geotiff::GeoTiff;
use crate::layout::{Layout, NumberFormat, Photometric};
use crate::metadata::{BandRemarks, Metadata};
use crate::plan::{BandPlan, BandSource, LabCodes};
use crate::tags;

/// Reads what a TIFF says about itself and how its bands come from its samples.
pub(crate) fn describe_tiff(
    path: &Path,
    body: &mut GeoTiff,
    mut warnings: Vec<String>,
) -> Result<(ImageDescription, BandPlan), Fault> {
    let mut metadata = Metadata::read(body.tiff(), &body.directory, path);
    let layout = body.layout(0);
    let palette = read_palette(body, layout)?;
    let roles = sample_roles(layout, &metadata);
    crate::structure::describe(&body.tiff().file, layout, &mut metadata.domains);
    let lab = read_lab(body, layout);
    let (sources, colors) = band_sources(body, layout, &roles, !palette.is_empty(), lab.is_some())?;
    let largest = if layout.bits < 32 { f64::from((1_u32 << layout.bits) - 1) } else { 0.0 };
    let mut georeference = Georeference::from_tiff(body.tiff(), &body.directory, &mut warnings);
    georeference.add_neighbours(path, &mut warnings);
    georeference.check_extent(layout.width, layout.height, &mut warnings);
    if body.tiff().first(&body.directory, tags::ORIENTATION)?.is_some_and(|o| (2..=8).contains(&o)) {
        warnings
            .push("Its orientation tag asks for a turned or mirrored picture; it is shown as stored.".into());
    }
    if georeference.says_raster_type {
        metadata.domains.set("", "AREA_OR_POINT", if georeference.pixel_is_point { "Point" } else { "Area" });
    }
    let mut bands = describe_bands(layout, &sources, &colors, &metadata, largest);
    add_table(&mut bands, &palette, layout.bits, metadata.no_data);
    for band in bands.iter_mut().filter(|b| b.about.unit.is_none()) {
        band.about.unit = georeference.height_unit.map(str::to_owned);
    }
    if layout.photometric == Photometric::Other {
        let code = body.tiff().first(&body.directory, tags::PHOTOMETRIC)?.unwrap_or(0);
        warnings.push(format!("Its colour model (code {code}) is not known; its bands are shown as stored."));
    }
    let items = remarks(&mut metadata, &sources, layout);
    let plan = BandPlan {
        alpha: roles.iter().rposition(|r| *r == ColorRole::Alpha),
        no_data: metadata.no_data,
        palette: palette.clone(),
        lab,
        largest,
        sample_type: layout.sample_type(),
        sources,
    };
    let image = ImageDescription {
        name: name_of(path),
        driver: "GTiff".into(),
        width: layout.width,
        height: layout.height,
        bands,
        shown_first: Vec::new(),
        sample_type: layout.sample_type(),
        crs: georeference.crs,
        transform: georeference.transform,
        warp: georeference.warp,
        pixel_is_point: georeference.pixel_is_point,
        compression: layout.compression.name().into(),
        interleave: if layout.separate || layout.stored_bands() == 1 { "BAND" } else { "PIXEL" }.into(),
        tiled: layout.tiled,
        has_alpha: plan.alpha.is_some(),
        has_mask: body.has_mask(),
        palette: (!palette.is_empty())
            .then(|| palette.iter().map(|c| narrow_color(*c, layout.bits)).collect()),
        class_names: Vec::new(),
        warnings,
        metadata: items,
        about: About {
            format: "GeoTIFF".into(),
            overviews: body.overview_sizes(),
            mask_overviews: body.mask_overview_sizes(),
            files: [vec![path.to_owned()], body.beside.clone(), georeference.files].concat(),
            domains: metadata.domains,
            control_points: georeference.control_points,
            coordinate_epoch: georeference.coordinate_epoch,
            ..About::default()
        },
    };
    body.hole_value = metadata.no_data.unwrap_or(0.0);
    Ok((image, plan))
}

/// What is known of the image besides, as GDAL names it.
fn remarks(metadata: &mut Metadata, sources: &[BandSource], layout: &Layout) -> Vec<(String, String)> {
    let mut items: Vec<(String, String)> = metadata.domains.take("").into_iter().collect();
    if sources.iter().any(|s| matches!(s, BandSource::Inverted(_))) {
        items.push(("MINISWHITE".into(), "YES".into()));
    }
    if layout.extra_samples.contains(&1) {
        items.push(("ALPHA".into(), "PREMULTIPLIED".into()));
    }
    items
}

/// Puts the colours of the palette to the band that counts them, where nothing else says them; that of no-data
/// is transparent.
fn add_table(bands: &mut [BandDescription], palette: &[[u16; 3]], bits: u8, no_data: Option<f64>) {
    let index = bands.iter_mut().find(|b| b.color == ColorRole::PaletteIndex && b.about.colors.is_empty());
    if let Some(index) = index {
        index.about.colors = palette.iter().map(|c| table_entry(*c, bits)).collect();
        let missing = no_data.filter(|n| *n >= 0.0 && n.fract() == 0.0);
        if let Some(color) = missing.and_then(|n| index.about.colors.get_mut(n as usize)) {
            color[3] = 0;
        }
    }
}

/// An opaque colour of a table.
fn table_entry(color: [u16; 3], bits: u8) -> [u16; 4] {
    let [r, g, b] = narrow_color(color, bits).map(u16::from);
    [r, g, b, 255]
}

fn narrow_color(color: [u16; 3], bits: u8) -> [u8; 3] {
    color.map(|c| if bits > 8 { (c >> 8) as u8 } else { c as u8 })
}

/// Colours by index, in the range of the type that bands are handed out as.
fn read_palette(body: &GeoTiff, layout: &Layout) -> Result<Vec<[u16; 3]>, Fault> {
    if layout.photometric != Photometric::Palette
        || layout.bits > 16
        || layout.format != NumberFormat::Unsigned
    {
        return Ok(Vec::new());
    }
    let Some(entry) = body.directory.entry(tags::COLOR_MAP) else { return Ok(Vec::new()) };
    let numbers = body.tiff().numbers(entry)?;
    let count = (numbers.len() / 3).min(1 << layout.bits);
    let is_narrow = numbers.iter().all(|n| *n < 256);
    let scaled = |n: u64| match (layout.bits > 8, is_narrow) {
        (true, true) => (n * 257) as u16,
        (false, false) => (n / 257) as u16,
        _ => n as u16,
    };
    Ok((0..count).map(|i| [0, 1, 2].map(|c| scaled(numbers[c * (numbers.len() / 3) + i]))).collect())
}

/// Reads the white of an image in CIE L*a*b*; `None` for any other.
fn read_lab(body: &GeoTiff, layout: &Layout) -> Option<LabCodes> {
    let is_lab = matches!(layout.photometric, Photometric::CieLab | Photometric::IccLab);
    let fits = layout.samples >= 3
        && matches!(layout.bits, 8 | 16)
        && layout.format == NumberFormat::Unsigned
        && !layout.is_complex;
    if !is_lab || !fits {
        return None;
    }
    let white = body.directory.entry(tags::WHITE_POINT).and_then(|e| body.tiff().doubles(e).ok());
    let white = white.and_then(|w| w.first_chunk::<2>().copied());
    Some(LabCodes { to_rgb: LabToRgb::new(white), is_signed: layout.photometric == Photometric::CieLab })
}

/// What each band is made of and what it shows. Colours that are made come before what is stored.
fn band_sources(
    body: &GeoTiff,
    layout: &Layout,
    roles: &[ColorRole],
    has_palette: bool,
    is_lab: bool,
) -> Result<(Vec<BandSource>, Vec<ColorRole>), Fault> {
    let is_cmyk = layout.photometric == Photometric::Cmyk
        && layout.samples >= 4
        && layout.bits <= 16
        && layout.format == NumberFormat::Unsigned
        && !layout.is_complex
        && body.tiff().first(&body.directory, tags::INK_SET)?.unwrap_or(1) == 1;
    let inverted = layout.photometric == Photometric::MinIsWhite
        && layout.format == NumberFormat::Unsigned
        && layout.bits <= 16;
    let made: Option<fn(usize) -> BandSource> = match (has_palette, is_cmyk, is_lab) {
        (true, ..) => Some(BandSource::Palette),
        (_, true, _) => Some(BandSource::Inks),
        (.., true) => Some(BandSource::Lab),
        _ => None,
    };
    let (mut sources, mut colors) = (Vec::new(), Vec::new());
    if let Some(made) = made {
        sources.extend([0, 1, 2].map(made));
        colors.extend([ColorRole::Red, ColorRole::Green, ColorRole::Blue]);
    }
    for (sample, role) in roles.iter().enumerate() {
        if layout.is_complex {
            let real = 2 * sample;
            sources.extend([
                BandSource::Magnitude(real),
                BandSource::Phase(real),
                BandSource::Sample(real),
                BandSource::Imaginary(real),
            ]);
            colors.extend([*role; 4]);
            continue;
        }
        let invert = inverted && *role != ColorRole::Alpha;
        sources.push(if invert { BandSource::Inverted(sample) } else { BandSource::Sample(sample) });
        let is_index = has_palette && sample == 0;
        colors.push(if is_index { ColorRole::PaletteIndex } else { *role });
    }
    Ok((sources, colors))
}

fn sample_roles(layout: &Layout, metadata: &Metadata) -> Vec<ColorRole> {
    let named: &[ColorRole] = match layout.photometric {
        Photometric::Rgb | Photometric::YCbCr => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue],
        Photometric::Cmyk => &[ColorRole::Cyan, ColorRole::Magenta, ColorRole::Yellow, ColorRole::Black],
        _ => &[ColorRole::Gray],
    };
    let samples = usize::from(layout.samples) >> u8::from(layout.is_complex);
    let first_extra = samples.saturating_sub(layout.extra_samples.len());
    (0..samples)
        .map(|s| {
            let is_alpha = !layout.is_complex
                && s >= first_extra
                && layout.extra_samples.get(s - first_extra).is_some_and(|kind| matches!(kind, 1 | 2));
            let by_tag = if is_alpha {
                ColorRole::Alpha
            } else {
                named.get(s).copied().unwrap_or(ColorRole::Undefined)
            };
            metadata.band(s).and_then(|b| b.color).unwrap_or(by_tag)
        })
        .collect()
}

fn describe_bands(
    layout: &Layout,
    sources: &[BandSource],
    colors: &[ColorRole],
    metadata: &Metadata,
    largest: f64,
) -> Vec<BandDescription> {
    let range = match (layout.format, layout.bits) {
        _ if layout.is_complex => None,
        (NumberFormat::Float, _) => None,
        (NumberFormat::Unsigned, bits @ 32..) => Some((0.0, 2_f64.powi(i32::from(bits)) - 1.0)),
        (NumberFormat::Unsigned, _) => Some((0.0, largest)),
        (NumberFormat::Signed, bits) => {
            let half = 2_f64.powi(i32::from(bits) - 1);
            Some((-half, half - 1.0))
        }
    };
    let describe = |(index, (source, color)): (usize, (&BandSource, &ColorRole))| {
        let (sample, origin) = match (*source, layout.is_complex) {
            (BandSource::Palette(_), _) => (None, BandOrigin::Palette),
            (BandSource::Inks(_) | BandSource::Lab(_), _) => (None, BandOrigin::Colors),
            (BandSource::Magnitude(s), _) => (Some(s / 2), BandOrigin::Magnitude),
            (BandSource::Phase(s), _) => (Some(s / 2), BandOrigin::Phase),
            (BandSource::Sample(s), true) => (Some(s / 2), BandOrigin::Real),
            (BandSource::Imaginary(s), _) => (Some(s / 2), BandOrigin::Imaginary),
            (BandSource::Sample(s) | BandSource::Inverted(s), _) => (Some(s), BandOrigin::Stored),
        };
        let own = sample.and_then(|s| metadata.band(s));
        let no_data = match source {
            BandSource::Inverted(_) => metadata.no_data.map(|n| largest - n),
            BandSource::Sample(_) if origin == BandOrigin::Stored => metadata.no_data,
            _ => None,
        };
        let mut about = own.map(BandRemarks::about).unwrap_or_default();
        about.block = layout.stored_block();
        crate::structure::describe_band(layout, &mut about.domains);
        let name = own.and_then(|b| b.name.clone());
        BandDescription {
            index,
            name: origin.of_complex().map_or(name.clone(), |part| Some(name_of_part(name.as_deref(), part))),
            dtype: layout.type_name(),
            color: *color,
            origin,
            wavelength_nm: own.and_then(|b| b.wavelength_nm),
            fwhm_nm: own.and_then(|b| b.fwhm_nm),
            bad: own.is_some_and(|b| b.bad),
            no_data: no_data.filter(|_| *color != ColorRole::Alpha),
            scale: own.and_then(|b| b.scale),
            offset: own.and_then(|b| b.offset),
            range,
            about,
        }
    };
    sources.iter().zip(colors).enumerate().map(describe).collect()
}
