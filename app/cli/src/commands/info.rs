//! `info`: what an image or a project is.

use raster::statistics::{self, BandStatistics};
use raster::{BandDescription, Source, report};
use spatial::format;

use crate::args::InfoArgs;
use crate::output::{Output, table};
use crate::progress;
use crate::workspace::{self, is_project};

pub(crate) fn run(args: &InfoArgs, output: &Output) -> anyhow::Result<()> {
    if is_project(&args.file) {
        return workspace::describe(&args.file, output);
    }
    let source = Source::open(&args.file)?;
    let statistics = if args.stats { statistics_of(&source)? } else { Vec::new() };
    output.result(&report::json(&source, &statistics), || imagery(&source, &statistics))
}

fn statistics_of(source: &Source) -> anyhow::Result<Vec<BandStatistics>> {
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    let bar = progress::bar("Reading", 100);
    let found = statistics::exact(source, &bands, &|done| {
        bar.set_position((done * 100.0) as u64);
        true
    })?;
    bar.finish_and_clear();
    Ok(found)
}

fn imagery(source: &Source, statistics: &[BandStatistics]) -> String {
    let image = source.image();
    let size = format!("{} × {}", format::count(image.width.into()), format::pixels(image.height.into()));
    let bands: Vec<String> = image.bands.iter().map(band).collect();
    let levels: Vec<String> =
        source.pyramid().levels()[1..].iter().map(|l| format!("{}×{}", l.width, l.height)).collect();
    let crs =
        image.crs.as_ref().map_or("none (pixel space)".into(), |c| format!("{} {}", c.label(), c.name()));
    let mut rows = vec![
        ("File", format!("{} ({}, {})", image.name, image.driver, image.compression)),
        ("Size", size),
        ("Bands", bands.join("; ")),
        ("CRS", crs),
        ("Overviews", if levels.is_empty() { "none".into() } else { levels.join(", ") }),
    ];
    if let Some(transform) = image.transform {
        let (x, y) = transform.pixel_size();
        rows.push(("Pixel", format!("{x} × {y} CRS units")));
    }
    if let Some([x0, y0, x1, y1]) = report::bounds(image) {
        rows.push(("Bounds", format!("{x0} {y0} … {x1} {y1}")));
    }
    rows.extend(image.placed_by().map(|text| ("Place", text)));
    if let Some(taken) = &image.about.taken {
        rows.extend(taken_rows(taken));
    }
    for page in &image.about.pages {
        let mark = if image.about.page == Some(page.number) { " (this one)" } else { "" };
        rows.push((
            "Page",
            format!("{} is {}×{}, bands: {}{mark}", page.number, page.width, page.height, page.bands),
        ));
    }
    if image.about.files.len() > 1 {
        let beside = image.about.files[1..].iter().filter_map(|f| f.file_name());
        rows.push(("With", beside.map(|n| n.to_string_lossy()).collect::<Vec<_>>().join(", ")));
    }
    rows.extend(image.metadata.iter().map(|(key, value)| ("About", format!("{key} = {}", line(value)))));
    for found in statistics {
        let (mean, std) = (found.mean, found.std);
        let of =
            format!("band {}: {} … {}, mean {mean:.3}, σ {std:.3}", found.band + 1, found.min, found.max);
        rows.push(("Values", of));
    }
    rows.extend(image.warnings.iter().cloned().chain(source.doubts()).map(|w| ("Note", w)));
    table(&rows)
}

/// When, where and by what a photograph was taken.
fn taken_rows(taken: &raster::Taken) -> Vec<(&'static str, String)> {
    let place = taken.position.map(|(lon, lat)| {
        let height = taken.altitude_m.map_or_else(String::new, |m| format!(", {m:.1} m above the sea"));
        let looks = taken.direction_deg.map_or_else(String::new, |d| format!(", looking {d:.0}°"));
        format!("at {lat:.6}, {lon:.6}{height}{looks}")
    });
    let all = [place, taken.time.clone(), taken.camera.as_ref().map(|c| format!("by {c}"))];
    all.into_iter().flatten().map(|text| ("Taken", text)).collect()
}

/// The start of a text, on one line.
fn line(text: &str) -> String {
    const MOST_CHARS: usize = 120;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= MOST_CHARS {
        flat
    } else {
        flat.chars().take(MOST_CHARS).chain(['…']).collect()
    }
}

fn band(band: &BandDescription) -> String {
    let name = band.name.as_ref().map(|n| format!(" {n}")).unwrap_or_default();
    let wavelength = band.wavelength_nm.map(|nm| format!(" {nm} nm")).unwrap_or_default();
    let no_data = band.no_data.map(|v| format!(" no-data {v}")).unwrap_or_default();
    let unit = band.about.unit.as_ref().map(|u| format!(" in {u}")).unwrap_or_default();
    let bad = if band.bad { " (marked bad)" } else { "" };
    format!("{} {}{name}{wavelength}{no_data}{unit}{bad}", band.index + 1, band.dtype)
}
