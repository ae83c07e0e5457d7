//! ENVI images of every layout and kind of number, made here value by value and read back.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use raster::{ColorRole, OpenOptions, OverviewStore, SampleBuffer, SampleType, Source, TileCache, overviews};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const WIDTH: usize = 37;
const HEIGHT: usize = 23;
const BANDS: usize = 5;

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

/// The number at a place: different everywhere, small enough for every kind.
fn value(x: usize, y: usize, band: usize) -> u8 {
    ((x * 7 + y * 3 + band * 41) % 120) as u8
}

/// Bytes of all numbers in the order of an interleave.
fn numbers(interleave: &str, bytes_of: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut put = |x, y, band| all.extend(bytes_of(value(x, y, band)));
    match interleave {
        "bsq" => (0..BANDS).for_each(|b| (0..HEIGHT).for_each(|y| (0..WIDTH).for_each(|x| put(x, y, b)))),
        "bil" => (0..HEIGHT).for_each(|y| (0..BANDS).for_each(|b| (0..WIDTH).for_each(|x| put(x, y, b)))),
        _ => (0..HEIGHT).for_each(|y| (0..WIDTH).for_each(|x| (0..BANDS).for_each(|b| put(x, y, b)))),
    }
    all
}

/// A header and its data file in a folder; the path of the header.
fn write(folder: &Path, header: &str, data: &[u8]) -> std::io::Result<PathBuf> {
    let path = folder.join("cube.hdr");
    std::fs::write(&path, format!("ENVI\nsamples = {WIDTH}\nlines = {HEIGHT}\nbands = {BANDS}\n{header}\n"))?;
    std::fs::write(folder.join("cube.dat"), data)?;
    Ok(path)
}

fn check(source: &Source, what: &str) -> Outcome {
    let whole = (0, 0, WIDTH as u32, HEIGHT as u32);
    for (x0, y0, w, h) in [whole, (5, 7, 11, 3), (36, 22, 1, 1), (0, 9, 37, 1), (12, 0, 1, 23)] {
        for bands in [vec![0, 1, 2, 3, 4], vec![3], vec![4, 0], vec![2, 2, 1]] {
            let samples = source.read_window(0, x0, y0, w, h, &bands)?;
            for (i, band) in bands.iter().enumerate() {
                for (x, y) in (0..w).flat_map(|x| (0..h).map(move |y| (x, y))) {
                    let expected = value((x0 + x) as usize, (y0 + y) as usize, *band);
                    assert_eq!(
                        samples.value(i, x, y),
                        Some(f64::from(expected)),
                        "{what}: {x},{y} of {bands:?}"
                    );
                }
            }
        }
    }
    let spectrum = source.read_spectrum(11, 13)?;
    let found: Vec<Option<f64>> = (0..BANDS).map(|b| spectrum.value(b, 0, 0)).collect();
    let expected: Vec<Option<f64>> = (0..BANDS).map(|b| Some(f64::from(value(11, 13, b)))).collect();
    assert_eq!(found, expected, "{what}");
    Ok(())
}

#[test]
fn every_interleave_kind_and_byte_order_gives_its_numbers() -> Outcome {
    type BytesOf = fn(u8) -> Vec<u8>;
    let kinds: [(u8, SampleType, BytesOf); 9] = [
        (1, SampleType::U8, |n| vec![n]),
        (2, SampleType::I16, |n| i16::from(n).to_le_bytes().into()),
        (3, SampleType::F32, |n| i32::from(n).to_le_bytes().into()),
        (4, SampleType::F32, |n| f32::from(n).to_le_bytes().into()),
        (5, SampleType::F32, |n| f64::from(n).to_le_bytes().into()),
        (12, SampleType::U16, |n| u16::from(n).to_le_bytes().into()),
        (13, SampleType::F32, |n| u32::from(n).to_le_bytes().into()),
        (14, SampleType::F32, |n| i64::from(n).to_le_bytes().into()),
        (15, SampleType::F32, |n| u64::from(n).to_le_bytes().into()),
    ];
    let folder = tempfile::tempdir()?;
    for (code, sample_type, bytes_of) in kinds {
        for interleave in ["bsq", "bil", "bip"] {
            for (order, offset) in [(0, 0), (1, 0), (0, 77)] {
                let bytes = |n| {
                    let mut bytes = bytes_of(n);
                    if order == 1 {
                        bytes.reverse();
                    }
                    bytes
                };
                let mut data = vec![0xab; offset];
                data.extend(numbers(interleave, bytes));
                let header = format!(
                    "data type = {code}\ninterleave = {interleave}\nbyte order = {order}\nheader offset = {offset}"
                );
                let path = write(folder.path(), &header, &data)?;
                let source = open(&path)?;
                assert_eq!(source.image().sample_type, sample_type);
                check(&source, &header.replace('\n', ", "))?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_header_and_its_data_file_open_the_same_image() -> Outcome {
    let folder = tempfile::tempdir()?;
    let header = write(
        folder.path(),
        "interleave = bil\nwavelength units = nm\nwavelength = {450, 550, 650, 750, 850}",
        &numbers("bil", |n| vec![n]),
    )?;
    let by_header = open(&header)?;
    let by_data = open(&folder.path().join("cube.dat"))?;
    assert_eq!(by_header.image(), by_data.image());
    assert_eq!((by_data.image().name.as_str(), by_data.image().driver.as_str()), ("cube.dat", "ENVI"));
    assert_eq!(by_data.image().bands[2].wavelength_nm, Some(650.0));
    assert_eq!(by_data.image().default_bands(), [2, 1, 0]);
    assert_eq!(by_header.files(), by_data.files());
    std::fs::rename(folder.path().join("cube.dat"), folder.path().join("cube"))?;
    assert_eq!(open(&header)?.image().name, "cube");
    std::fs::rename(folder.path().join("cube"), folder.path().join("cube.whatever"))?;
    assert_eq!(open(&header)?.image().name, "cube.whatever");
    std::fs::remove_file(folder.path().join("cube.whatever"))?;
    assert_eq!(
        open(&header).err().map(|e| e.to_string()).as_deref(),
        Some("Cannot open cube.hdr: the data file that should lie beside this header is not there.")
    );
    Ok(())
}

#[test]
fn a_packed_cube_is_read_like_an_unpacked_one() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(&numbers("bip", |n| u16::from(n).to_le_bytes().into()))?;
    let header = "data type = 12\ninterleave = bip\nfile compression = 1";
    let path = write(folder.path(), header, &packer.finish()?)?;
    let source = open(&path)?;
    assert_eq!(source.image().compression, "GZIP");
    check(&source, "gzip")
}

#[test]
fn no_data_bad_bands_scales_and_names_are_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    let header = "interleave = bsq\ndata ignore value = 3\nbbl = {1, 0, 1, 1, 1}\nreflectance scale factor = 100\n\
                  band names = {a, b, c, d, e}\nfwhm = {1, 2, 3, 4, 5}\nwavelength units = Micrometers\n\
                  wavelength = {0.4, 0.5, 0.6, 0.7, 0.8}\ndefault bands = {4, 2, 1}\nsensor type = Test";
    let source = open(&write(folder.path(), header, &numbers("bsq", |n| vec![n]))?)?;
    let image = source.image();
    let band = &image.bands[1];
    assert_eq!(
        (band.bad, band.no_data, band.scale, band.name.as_deref()),
        (true, Some(3.0), Some(0.01), Some("b"))
    );
    assert_eq!((band.wavelength_nm, band.fwhm_nm), (Some(500.0), Some(2000.0)));
    assert_eq!(image.default_bands(), [3, 1, 0]);
    assert!(image.metadata.contains(&("sensor type".into(), "Test".into())), "{:?}", image.metadata);
    let read = source.read_window(0, 0, 0, 37, 23, &[0])?;
    for (x, y) in (0..37).flat_map(|x| (0..23).map(move |y| (x, y))) {
        assert_eq!(read.is_valid(x, y), value(x as usize, y as usize, 0) != 3, "{x},{y}");
    }
    Ok(())
}

#[test]
fn classes_are_shown_in_their_colours() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("classes.hdr");
    std::fs::write(
        &path,
        "ENVI\nsamples = 3\nlines = 1\nbands = 1\nfile type = ENVI Classification\nclasses = 3\n\
         class lookup = {0, 0, 0, 255, 0, 9, 1, 2, 3}\nclass names = {None, Roof, Road}",
    )?;
    std::fs::write(folder.path().join("classes"), [2, 1, 0])?;
    let source = open(&path)?;
    let image = source.image();
    let roles: Vec<ColorRole> = image.bands.iter().map(|b| b.color).collect();
    assert_eq!(roles, [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::PaletteIndex]);
    assert_eq!(image.class_names, ["None", "Roof", "Road"]);
    assert_eq!(image.palette.as_deref(), Some([[0, 0, 0], [255, 0, 9], [1, 2, 3]].as_slice()));
    let read = source.read_window(0, 0, 0, 3, 1, &[0, 1, 2, 3])?;
    assert_eq!(read.values, SampleBuffer::U8(vec![1, 255, 0, 2, 0, 0, 3, 9, 0, 2, 1, 0]));
    Ok(())
}

#[test]
fn a_large_cube_gets_overviews_like_any_image() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.hdr");
    let (w, h) = (1500_usize, 1200_usize);
    std::fs::write(
        &path,
        format!(
            "ENVI\nsamples = {w}\nlines = {h}\nbands = 2\ndata type = 2\ninterleave = bip\ndata ignore value = -1"
        ),
    )?;
    let mut data = Vec::new();
    for i in 0..w * h {
        let missing = i % w < 301;
        data.extend((if missing { -1_i16 } else { 500 }).to_le_bytes());
        data.extend(7_i16.to_le_bytes());
    }
    std::fs::write(folder.path().join("large.img"), data)?;
    let options = OpenOptions {
        overviews: OverviewStore::in_folder(&folder.path().join("kept")),
        cache: TileCache::new(4 << 20),
        ..OpenOptions::default()
    };
    let source = Source::open_with(&path, &options)?;
    assert!(source.wants_overviews());
    overviews::build(&source, &|_| true)?;
    let source = Source::open_with(&folder.path().join("large.img"), &options)?;
    assert!(!source.wants_overviews());
    let sizes: Vec<(u32, u32)> = source.pyramid().levels().iter().map(|l| (l.width, l.height)).collect();
    assert_eq!(sizes, [(1500, 1200), (750, 600), (375, 300), (188, 150)]);
    let read = source.read_window(2, 0, 0, 375, 1, &[0, 1])?;
    assert_eq!(
        (read.value(0, 74, 0), read.value(0, 75, 0), read.value(1, 75, 0)),
        (Some(-1.0), Some(500.0), Some(7.0))
    );
    std::fs::write(folder.path().join("large.img"), vec![0; w * h * 4])?;
    assert!(Source::open_with(&path, &options)?.wants_overviews(), "another image of the same size");
    Ok(())
}

#[test]
fn a_window_of_a_wide_cube_reads_no_more_than_it_needs() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("wide.hdr");
    let (w, h, n) = (20_000_u64, 3_000_u64, 224_u64);
    std::fs::write(
        &path,
        format!("ENVI\nsamples = {w}\nlines = {h}\nbands = {n}\ndata type = 2\ninterleave = bip"),
    )?;
    // 27 GB of holes: only reading far more than the window would be noticed, by its time and memory.
    let file = std::fs::File::create(folder.path().join("wide.img"))?;
    file.set_len(w * h * n * 2)?;
    let source = open(&path)?;
    let before = std::time::Instant::now();
    for corner in [(0, 0), (19_488, 2_488)] {
        let read = source.read_window(0, corner.0, corner.1, 512, 512, &[30, 20, 10])?;
        assert_eq!(read.value(2, 511, 511), Some(0.0));
        source.read_spectrum(corner.0, corner.1)?;
    }
    assert!(before.elapsed().as_secs() < 10);
    Ok(())
}
