//! `product`: a hyperspectral product of a whole image into a GeoTIFF.

use raster::write::{NewImage, WriteOptions, Writer};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use serde_json::{Value, json};
use spectral::{
    Background, ClusterOptions, Clusters, Components, Constraint, Cube as _, Gaussian, Members, Rows,
};

use crate::args::{ProductArgs, ProductKind};
use crate::cube::ImageCube;
use crate::failure::Failure;
use crate::output::Output;
use crate::{progress, spectra};

/// The most bytes of rows that wait for being written.
const MOST_WAITING: usize = 256 << 20;

pub(crate) fn run(args: &ProductArgs, output: &Output) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    let cube = ImageCube::new(&source, &args.bands, args.keep_bad)?;
    let members = members(args, &source, &cube)?;
    let bands = names(args, members.as_ref(), cube.bands.len());
    let writer = RowWriter::create(args, &source, &bands)?;
    let (facts, writer) = compute(args, &cube, members.as_ref(), writer)?;
    writer.finish()?;
    let mut value = json!({
        "path": args.output,
        "kind": args.kind.name(),
        "width": source.image().width,
        "height": source.image().height,
        "used_bands": cube.bands.iter().map(|b| b + 1).collect::<Vec<_>>(),
        "bands": bands,
    });
    if let (Some(all), Value::Object(facts)) = (value.as_object_mut(), facts) {
        all.extend(facts);
    }
    output.result(&value, || format!("{}: {}", args.output.display(), bands.join(", ")))
}

/// The spectra that were given, by the bands that are used.
fn members(args: &ProductArgs, source: &Source, cube: &ImageCube<'_>) -> anyhow::Result<Option<Members>> {
    if !args.kind.compares() {
        return Ok(None);
    }
    let mut named = Vec::new();
    for path in &args.spectra {
        for spectrum in spectra::library(path)?.spectra {
            let mut values = spectra::for_cube(cube, &spectrum)?;
            for value in &mut values {
                *value *= args.scale_spectra;
            }
            named.push((spectrum.name, values));
        }
    }
    for place in spectra::places(&args.places, source.image())? {
        let values = cube.pixel(place.column, place.row)?;
        named.push((format!("{},{}", place.x, place.y), values));
    }
    if named.is_empty() {
        let what = format!("`{}` compares pixels with spectra, and none was given", args.kind.name());
        return Err(Failure::because(what, "give --spectra LIBRARY or --at X,Y"));
    }
    Ok(Some(Members::new(&named, cube.bands.len())?))
}

/// What the bands of the result are called.
fn names(args: &ProductArgs, members: Option<&Members>, bands: usize) -> Vec<String> {
    let of_members = |what: &str| -> Vec<String> {
        members.map_or(Vec::new(), |m| m.names().iter().map(|n| format!("{what} {n}")).collect())
    };
    let components = |what: &str| (1..=args.components.min(bands)).map(|i| format!("{what} {i}")).collect();
    match args.kind {
        ProductKind::Sam => of_members("Angle (rad) to"),
        ProductKind::Mf => of_members("Matched filter of"),
        ProductKind::Ace => of_members("Coherence with"),
        ProductKind::Unmix => {
            let mut names = of_members("Abundance of");
            names.push("Root mean square rest".into());
            names
        }
        ProductKind::Rx => vec!["Anomaly".into()],
        ProductKind::Pca => components("Principal component"),
        ProductKind::Mnf => components("Noise-ordered component"),
        ProductKind::Kmeans => vec!["Cluster".into()],
    }
}

/// Streams the product into the writer; what else is known of it.
fn compute(
    args: &ProductArgs,
    cube: &ImageCube<'_>,
    members: Option<&Members>,
    mut writer: RowWriter,
) -> anyhow::Result<(Value, RowWriter)> {
    let (first, second) = (phase("Looking at the pixels"), phase("Writing"));
    let stats = || -> anyhow::Result<Gaussian> {
        Ok(Gaussian::of(cube, &|share| first(share))?.shrunk(args.shrinkage)?)
    };
    let report = |share: f64| second(share);
    let count = args.components.min(cube.shape().bands);
    let mut facts = json!({});
    let sink = &mut |rows: Rows| Ok(writer.take(rows)?);
    match (args.kind, members) {
        (ProductKind::Sam, Some(members)) => spectral::spectral_angles(cube, members, &report, sink)?,
        (ProductKind::Mf, Some(members)) => {
            spectral::matched_filter(cube, &Background::new(&stats()?)?, members, &report, sink)?;
        }
        (ProductKind::Ace, Some(members)) => {
            spectral::coherence(cube, &Background::new(&stats()?)?, members, &report, sink)?;
        }
        (ProductKind::Unmix, Some(members)) => {
            let constraint =
                if args.nonnegative { Constraint::NonNegative } else { Constraint::FullyConstrained };
            spectral::unmix(cube, members, constraint, &report, sink)?;
        }
        (ProductKind::Pca, _) => {
            let pca = Components::principal(&stats()?)?;
            pca.transform(cube, count, &report, sink)?;
            facts = json!({ "eigenvalues": pca.eigenvalues() });
        }
        (ProductKind::Mnf, _) => {
            let mnf = Components::noise_ordered(&stats()?, &Gaussian::of_noise(cube, &|_| true)?)?;
            mnf.transform(cube, count, &report, sink)?;
            facts = json!({ "eigenvalues": mnf.eigenvalues() });
        }
        (ProductKind::Kmeans, _) => {
            let options =
                ClusterOptions { clusters: args.clusters, seed: args.seed, ..ClusterOptions::default() };
            let clusters = Clusters::find(cube, &options, &|share| first(share))?;
            clusters.assign(cube, &report, sink)?;
            facts = json!({
                "sizes": clusters.sizes,
                "passes": clusters.passes,
                "settled": clusters.settled,
                "centres": (0..clusters.len()).map(|i| clusters.centre(i)).collect::<Vec<_>>(),
            });
        }
        // Members are there whenever the kind compares.
        (_, _) => spectral::anomaly(cube, &Background::new(&stats()?)?, &report, sink)?,
    }
    Ok((facts, writer))
}

/// A bar that a product reports to.
fn phase(title: &str) -> impl Fn(f64) -> bool + Sync + use<> {
    let bar = progress::bar(title, 1000);
    move |share| {
        bar.set_position((share * 1000.0) as u64);
        if share >= 1.0 {
            bar.finish_and_clear();
        }
        true
    }
}

/// Rows of results on their way into a GeoTIFF of floats, or of bytes for clusters.
struct RowWriter {
    writer: Writer,
    width: usize,
    height: usize,
    bands: usize,
    is_class: bool,
    /// The first row that waits, and rows that wait, in blocks as they came.
    first: usize,
    waiting: Vec<Rows>,
}

impl RowWriter {
    fn create(args: &ProductArgs, source: &Source, names: &[String]) -> anyhow::Result<Self> {
        let image = source.image();
        let is_class = args.kind == ProductKind::Kmeans;
        let kind = if is_class { SampleType::U8 } else { SampleType::F32 };
        let mut colors = vec![ColorRole::Undefined; names.len()];
        if let Some(first) = colors.first_mut() {
            *first = ColorRole::Gray;
        }
        let mut new =
            NewImage::new(image.width, image.height, kind, &colors).at(image.crs.clone(), image.transform);
        new.no_data = Some(if is_class { 0.0 } else { f64::NAN });
        new.bands.iter_mut().zip(names).for_each(|(band, name)| band.name = Some(name.clone()));
        new.metadata.push(("PRODUCT".into(), args.kind.name().into()));
        new.metadata.push(("OF".into(), image.name.clone()));
        let row_bytes = image.width as usize * names.len() * 4;
        let tile_px = [256, 128, 64, 32].into_iter().find(|t| *t as usize * row_bytes <= MOST_WAITING);
        let options = WriteOptions { tile_px: Some(tile_px.unwrap_or(16)), ..WriteOptions::default() };
        let writer = Writer::create(&args.output, &new, &options)?;
        let (width, height, bands) = (image.width as usize, image.height as usize, names.len());
        Ok(Self { writer, width, height, bands, is_class, first: 0, waiting: Vec::new() })
    }

    fn take(&mut self, rows: Rows) -> Result<(), raster::WriteError> {
        self.waiting.push(rows);
        let step = self.writer.rows_at_once() as usize;
        while self.first < self.height {
            let end = (self.first + step).min(self.height);
            if self.waiting.last().is_none_or(|rows| rows.first + rows.rows < end) {
                break;
            }
            self.write(end)?;
            self.first = end;
            self.waiting.retain(|rows| rows.first + rows.rows > end);
        }
        Ok(())
    }

    fn write(&self, end: usize) -> Result<(), raster::WriteError> {
        let mut values = Vec::with_capacity((end - self.first) * self.width * self.bands);
        for band in 0..self.bands {
            for rows in &self.waiting {
                let (from, to) = (self.first.max(rows.first), end.min(rows.first + rows.rows));
                if from < to {
                    let start = (band * rows.rows + from - rows.first) * self.width;
                    values.extend_from_slice(&rows.values[start..start + (to - from) * self.width]);
                }
            }
        }
        let values = if self.is_class {
            // NaN, where nothing is, becomes 0.
            SampleBuffer::U8(values.into_iter().map(|v| v as u8).collect())
        } else {
            SampleBuffer::F32(values)
        };
        self.writer.write_rows(self.first as u32, &values)
    }

    fn finish(self) -> Result<(), raster::WriteError> {
        self.writer.finish()
    }
}
