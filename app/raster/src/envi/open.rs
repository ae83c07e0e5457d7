//! Opens an ENVI image by its header or its data file.

use std::path::{Path, PathBuf};

use crate::about::{About, BandAbout};
use crate::complex;
use crate::describe::{BandDescription, BandOrigin, ColorRole, ImageDescription};
use crate::driver::{Candidate, Opened};
use crate::envi::header::{DataType, FileType, Header, HeaderError, Interleave, Layout};
use crate::envi::place;
use crate::error::Fault;
use crate::file::{RandomFile, is_address, name_of, text_up_to};
use crate::number::NumberType;
use crate::plain::{ArrayLayout, PlainArray};
use crate::plan::BandPlan;
use crate::unpacked::{Bytes, Packing, Stretch};

/// The longest header that is read.
const MOST_HEADER_BYTES: u64 = 32 << 20;
/// Endings of data files, likeliest first.
const DATA_ENDINGS: [&str; 16] = [
    "", "img", "dat", "bsq", "bil", "bip", "raw", "bin", "cube", "cub", "spc", "hyspex", "sli", "dem", "lib",
    "IMG",
];
/// Endings that files beside a header have which are not its data.
const OTHER_ENDINGS: [&str; 12] =
    ["hdr", "xml", "sta", "enp", "txt", "csv", "json", "mat", "tif", "png", "jpg", "prj"];

/// `None` when the file is no ENVI header and has none beside it.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    let (header_path, data_path) = if Header::is_header(&candidate.head) {
        let header = candidate.path.to_path_buf();
        (header, None)
    } else {
        match header_beside(candidate.path) {
            Some(header) => (header, Some(candidate.path.to_path_buf())),
            None => return Ok(None),
        }
    };
    let header = Header::parse(&text_up_to(&header_path, MOST_HEADER_BYTES)?)?;
    if header.file_type()? == FileType::SpectralLibrary {
        let layout = header.layout()?;
        return Err(Fault::NotAnImage(format!(
            "it is a spectral library ({} spectra of {} channels), not an image",
            layout.lines, layout.samples
        )));
    }
    let data_path = match data_path {
        Some(path) => path,
        None => data_beside(&header_path).ok_or_else(|| {
            Fault::System("the data file that should lie beside this header is not there".into())
        })?,
    };
    open(candidate, &header, &header_path, &data_path).map(Some)
}

impl From<HeaderError> for Fault {
    fn from(error: HeaderError) -> Self {
        match error {
            HeaderError::Unsupported { .. } => Self::unsupported(error),
            _ => Self::damaged(error),
        }
    }
}

fn open(
    candidate: &mut Candidate<'_>,
    header: &Header,
    header_path: &Path,
    data_path: &Path,
) -> Result<Opened, Fault> {
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let layout = header.layout()?;
    let array = array_layout(&layout)?;
    let end =
        array.end().ok_or_else(|| Fault::damaged("its header claims more bytes than files can have"))?;
    let file = RandomFile::open(data_path)?;
    let head = file.read_range(0, file.len().min(2) as usize)?;
    let compressed = Bytes::is_gzip(&head) && (layout.compressed || file.len() < end);
    if layout.header_offset >= file.len() && !compressed {
        return Err(Fault::damaged(format!(
            "its header says that the data begin at byte {}, and the data file has {} bytes",
            layout.header_offset,
            file.len()
        )));
    }
    if file.len() < end && !compressed {
        warnings.push(format!(
            "The data file ends early: it has {} of the {end} bytes that its header promises.",
            file.len()
        ));
    }
    let bytes = if compressed {
        let folder = candidate.options.overviews.folder.clone();
        Bytes::packed(Stretch { begin: 0, end: file.len(), file }, Packing::Gzip, end, folder)?
    } else {
        Bytes::File(file)
    };
    let (image, plan) = describe(header, header_path, &layout, &array, data_path, compressed, warnings)?;
    let driver = Box::new(PlainArray { bytes, layout: array });
    Ok(Opened { image, plan, driver, files: vec![data_path.to_path_buf(), header_path.to_path_buf()] })
}

/// Steps between the numbers, from their interleave. What is beyond all images is refused.
fn array_layout(layout: &Layout) -> Result<ArrayLayout, Fault> {
    let side = |n: u64, name: &str| {
        let sane = u32::try_from(n).ok().filter(|n| *n <= u32::MAX >> 1);
        sane.ok_or_else(|| Fault::damaged(format!("its header claims {n} {name}")))
    };
    let (width, height) = (side(layout.samples, "samples")?, side(layout.lines, "lines")?);
    let samples = u16::try_from(layout.bands)
        .map_err(|_| Fault::damaged(format!("its header claims {} bands", layout.bands)))?;
    let number = match layout.data_type {
        DataType::U8 => NumberType::U8,
        DataType::I16 => NumberType::I16,
        DataType::I32 => NumberType::I32,
        DataType::F32 | DataType::C64 => NumberType::F32,
        DataType::F64 | DataType::C128 => NumberType::F64,
        DataType::U16 => NumberType::U16,
        DataType::U32 => NumberType::U32,
        DataType::I64 => NumberType::I64,
        DataType::U64 => NumberType::U64,
    };
    let is_complex = matches!(layout.data_type, DataType::C64 | DataType::C128);
    if is_complex && samples > u16::MAX / 4 {
        return Err(Fault::unsupported(format!("{samples} complex bands are more than an image can have")));
    }
    let size = (number.size() as u64) << u8::from(is_complex);
    let (w, h, n) = (u64::from(width), u64::from(height), u64::from(samples));
    let far = || Fault::damaged("its header claims more bytes than files can have");
    let times = |a: u64, b: u64| a.checked_mul(b).ok_or_else(far);
    let (x_step, y_step, sample_step) = match layout.interleave {
        Interleave::Bsq => (size, w * size, times(w * size, h)?),
        Interleave::Bil => (size, times(w * size, n)?, w * size),
        Interleave::Bip => (n * size, times(w, n * size)?, size),
    };
    let big_endian = layout.big_endian;
    Ok(ArrayLayout {
        width,
        height,
        is_complex,
        samples,
        offset: layout.header_offset,
        x_step,
        y_step,
        sample_step,
        number,
        big_endian,
    })
}

fn describe(
    header: &Header,
    header_path: &Path,
    layout: &Layout,
    array: &ArrayLayout,
    data_path: &Path,
    compressed: bool,
    mut warnings: Vec<String>,
) -> Result<(ImageDescription, BandPlan), Fault> {
    let mut place = place::read(header, &mut warnings);
    place.add_neighbours(data_path, &mut warnings);
    place.check_extent(array.width, array.height, &mut warnings);
    let number = array.number;
    let no_data = header.text("data ignore value").and_then(|n| n.parse::<f64>().ok());
    let colors =
        if header.file_type()? == FileType::Classification { header.class_colors() } else { Vec::new() };
    let has_palette = !colors.is_empty() && matches!(number, NumberType::U8 | NumberType::U16);
    let mut bands = describe_bands(header, array, no_data, &mut warnings);
    let mut shown_first = header.default_bands(bands.len());
    if array.is_complex {
        bands = complex::bands(bands);
        shown_first = shown_first.into_iter().map(|sample| 4 * sample).collect();
    } else if has_palette {
        bands = with_palette_bands(bands, number);
        shown_first = Vec::new();
    } else if let [red, green, blue] = shown_first[..] {
        for (band, role) in [(red, ColorRole::Red), (green, ColorRole::Green), (blue, ColorRole::Blue)] {
            bands[band].color = role;
        }
    }
    let interleave = match layout.interleave {
        Interleave::Bsq => "BAND",
        Interleave::Bil => "LINE",
        Interleave::Bip => "PIXEL",
    };
    let class_names: Vec<String> =
        header.list("class names").into_iter().take(65536).map(str::to_owned).collect();
    let image = ImageDescription {
        shown_first,
        crs: place.crs,
        transform: place.transform,
        warp: place.warp,
        compression: if compressed { "GZIP" } else { "NONE" }.into(),
        interleave: if array.samples == 1 { "BAND" } else { interleave }.into(),
        palette: has_palette.then(|| colors.clone()),
        class_names,
        warnings,
        metadata: metadata(header),
        about: About {
            format: "ENVI .hdr Labelled".into(),
            files: [data_path.to_owned(), header_path.to_owned()].into_iter().chain(place.files).collect(),
            control_points: place.control_points,
            ..About::default()
        },
        ..ImageDescription::plain(
            name_of(data_path),
            "ENVI",
            (array.width, array.height),
            bands,
            number.sample_type(),
        )
    };
    let plan = if array.is_complex {
        complex::plan(&image, no_data)
    } else if has_palette {
        BandPlan::classes(&image, no_data, &colors)
    } else {
        BandPlan::with_no_data(&image, no_data)
    };
    Ok((image, plan))
}

fn describe_bands(
    header: &Header,
    array: &ArrayLayout,
    no_data: Option<f64>,
    warnings: &mut Vec<String>,
) -> Vec<BandDescription> {
    let count = usize::from(array.samples);
    let (wavelengths, widths) = (header.wavelengths_nm(count), header.fwhm_nm(count));
    let (bad, names, scales) = (header.bad_bands(count), header.list("band names"), header.scales(count));
    for key in ["wavelength", "fwhm", "bbl"] {
        let listed = header.list(key).len();
        if listed != 0 && listed != count {
            warnings.push(format!(
                "Its header lists {listed} numbers as “{key}” for {count} bands: they were left out."
            ));
        }
    }
    let odd = wavelengths.iter().filter(|w| w.is_none()).count();
    if odd > 0 {
        warnings
            .push(format!("Its header gives {odd} bands a wavelength that cannot be; they have none here."));
    }
    let describe = |index: usize| BandDescription {
        index,
        name: names.get(index).filter(|n| !n.is_empty()).map(|n| (*n).to_owned()),
        dtype: array.type_name().into(),
        color: if count == 1 { ColorRole::Gray } else { ColorRole::Undefined },
        origin: BandOrigin::Stored,
        wavelength_nm: wavelengths.get(index).copied().flatten(),
        fwhm_nm: widths.get(index).copied().flatten(),
        bad: bad.get(index).copied().unwrap_or(false),
        no_data,
        scale: scales[index].0,
        offset: scales[index].1,
        range: array.number.range(),
        about: BandAbout::default(),
    };
    (0..count).map(describe).collect()
}

/// The colours of the classes as bands of their own, before the class numbers.
fn with_palette_bands(numbers: Vec<BandDescription>, number: NumberType) -> Vec<BandDescription> {
    let color = |color| BandDescription {
        color,
        origin: BandOrigin::Palette,
        range: number.range(),
        ..BandDescription::plain(0, number.name())
    };
    let mut bands: Vec<BandDescription> =
        [ColorRole::Red, ColorRole::Green, ColorRole::Blue].map(color).into();
    bands.extend(numbers);
    bands[3].color = ColorRole::PaletteIndex;
    bands.iter_mut().enumerate().for_each(|(index, band)| band.index = index);
    bands
}

/// What the header says besides: everything that is not told elsewhere.
fn metadata(header: &Header) -> Vec<(String, String)> {
    const TOLD: [&str; 24] = [
        "samples",
        "lines",
        "bands",
        "header offset",
        "data type",
        "interleave",
        "byte order",
        "file compression",
        "wavelength",
        "fwhm",
        "bbl",
        "band names",
        "default bands",
        "map info",
        "projection info",
        "coordinate system string",
        "data ignore value",
        "class names",
        "class lookup",
        "data gain values",
        "data offset values",
        "major frame offsets",
        "minor frame offsets",
        "classes",
    ];
    let told = |key: &str| TOLD.contains(&key);
    let one_line = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ");
    let items = header.fields().filter(|(key, _)| !told(key));
    items
        .map(|(key, value)| (key.to_owned(), one_line(value)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// `image.hdr`, `image.img.hdr` and the same in capitals, when it is an ENVI header.
fn header_beside(data: &Path) -> Option<PathBuf> {
    if is_address(data) {
        return None;
    }
    let mut longer = data.file_name()?.to_os_string();
    longer.push(".hdr");
    let candidates = [data.with_file_name(longer), data.with_extension("hdr"), data.with_extension("HDR")];
    candidates.into_iter().filter(|path| path != data).find(|path| {
        let Ok(file) = RandomFile::open(path) else { return false };
        file.read_range(0, file.len().min(16) as usize).is_ok_and(|head| Header::is_header(&head))
    })
}

/// The data file of a header: its name without `.hdr`, with a usual ending, or whatever else has its name.
fn data_beside(header: &Path) -> Option<PathBuf> {
    if is_address(header) {
        return None;
    }
    let bare = header.with_extension("");
    let with_ending = |ending: &&str| {
        let mut name = bare.file_name()?.to_os_string();
        if !ending.is_empty() {
            name.push(".");
            name.push(ending);
        }
        Some(bare.with_file_name(name)).filter(|p| p.is_file())
    };
    if let Some(found) = DATA_ENDINGS.iter().find_map(with_ending) {
        return Some(found);
    }
    let folder = header.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_data = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        path.file_stem() == bare.file_name() && !OTHER_ENDINGS.contains(&ending.as_str()) && path.is_file()
    };
    let mut found = std::fs::read_dir(folder)
        .ok()?
        .take(100_000)
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(is_data);
    let first = found.next();
    if found.next().is_none() { first } else { None }
}
