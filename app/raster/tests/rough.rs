//! A rough view shows true pixels, each within the place it stands for, however the file is packed; and reads
//! little of it.

use std::io::Write as _;
use std::path::Path;

use raster::write::{NewImage, Packing, WriteOptions, Writer};
use raster::{ColorRole, OpenOptions, OverviewStore, SampleBuffer, SampleType, Source, bytes_read};
use spatial::TileKey;
use tiff::encoder::{Compression, Predictor, TiffEncoder, colortype};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const WIDTH: u32 = 8192;
const HEIGHT: u32 = 2112;

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

/// Every pixel says where it lies: its column in the first band, its row in the second.
fn write(path: &Path, packing: Packing, tile_px: Option<u32>) -> Outcome {
    let new = NewImage::new(WIDTH, HEIGHT, SampleType::U16, &[ColorRole::Gray, ColorRole::Undefined]);
    let options = WriteOptions { tile_px, packing, overviews: false, deflate_level: 1 };
    let writer = Writer::create(path, &new, &options)?;
    let at_once = writer.rows_at_once();
    for y in (0..HEIGHT).step_by(at_once as usize) {
        let rows = y..(y + at_once).min(HEIGHT);
        let mut values = columns().repeat(rows.len());
        rows.for_each(|y| values.resize(values.len() + WIDTH as usize, y as u16));
        writer.write_rows(y, &SampleBuffer::U16(values))?;
    }
    Ok(writer.finish()?)
}

/// The first band of a row.
fn columns() -> Vec<u16> {
    (0..WIDTH as u16).collect()
}

/// The same by others, with compressions that are not written here.
fn write_by_others(path: &Path, compression: Compression, rows_per_strip: u32) -> Outcome {
    let mut encoder =
        TiffEncoder::new(std::fs::File::create(path)?)?.with_compression(compression).with_predictor(
            if compression == Compression::Lzw { Predictor::Horizontal } else { Predictor::None },
        );
    let mut image = encoder.new_image::<colortype::RGB16>(WIDTH, HEIGHT)?;
    image.rows_per_strip(rows_per_strip)?;
    let mut row: Vec<u16> = columns().into_iter().flat_map(|x| [x, 0, 7]).collect();
    let mut values = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT as u16 {
        row.iter_mut().skip(1).step_by(3).for_each(|n| *n = y);
        values.extend_from_slice(&row);
    }
    image.write_data(&values)?;
    Ok(())
}

/// Every level of the rough view against the places it stands for; the bytes of the file that its coarsest took.
fn check(path: &Path) -> Result<u64, Box<dyn std::error::Error>> {
    let source = open(path)?;
    let own = source.pyramid().levels().len();
    let pyramid = source.rough_pyramid().ok_or("it has no rough view")?;
    let last = pyramid.levels().len() - 1;
    assert_eq!(&pyramid.levels()[..own], source.pyramid().levels());
    let coarsest = pyramid.levels()[last];
    assert!(coarsest.width.max(coarsest.height) <= 32, "{coarsest:?}");
    let mut first_bytes = 0;
    for level in (own..=last).rev() {
        let (sx, sy) = pyramid.scale(level as u8);
        let before = bytes_read();
        let keys = pyramid.tiles_in(level as u8, [0.0, 0.0, f64::from(WIDTH), f64::from(HEIGHT)]);
        for key in keys.iter().copied().step_by(1 + keys.len() / 6) {
            let window = pyramid.window(key).ok_or("a tile")?;
            let tile = source.read_rough(key, &[1, 0])?;
            assert_eq!(
                (tile.width, tile.height, tile.bands.as_slice()),
                (window.width, window.height, &[1, 0][..])
            );
            let all = (0..tile.width).flat_map(|x| (0..tile.height).map(move |y| (x, y)));
            // Every pixel of coarse levels, some of fine ones.
            for (x, y) in all.step_by(1 + tile.plane_len() / 1500) {
                let within = |value: f64, at: u32, scale: f64| {
                    (f64::from(at) * scale - 1.0..f64::from(at + 1) * scale + 1.0).contains(&value)
                };
                let (row, column) = (tile.value(0, x, y), tile.value(1, x, y));
                let is_there = within(column.ok_or("a value")?, window.x + x, sx)
                    && within(row.ok_or("a value")?, window.y + y, sy);
                assert!(is_there, "{column:?},{row:?} at {x},{y} of {key:?}");
            }
        }
        if level == last {
            first_bytes = bytes_read() - before;
        }
    }
    // A tile of its own level comes as it always did.
    let key = TileKey { level: 0, col: 1, row: 1 };
    assert!(source.read_rough(key, &[0])? == source.read_tile(key, &[0])?);
    Ok(first_bytes)
}

/// One test, because the bytes that a process reads are counted for all of it.
#[test]
fn a_rough_view_shows_true_pixels_where_they_belong_and_reads_little() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("wide.tif");
    let whole = u64::from(WIDTH) * u64::from(HEIGHT) * 4;
    for (packing, tile_px) in [
        (Packing::None, Some(512)),
        (Packing::None, None),
        (Packing::Deflate, Some(256)),
        (Packing::Deflate, None),
        (Packing::Zstd, Some(512)),
    ] {
        write(&path, packing, tile_px)?;
        let read = check(&path)?;
        assert!(read < whole / 20, "{read} of {whole} bytes for the coarsest level: {packing:?} {tile_px:?}");
    }
    for (compression, rows) in [(Compression::Lzw, 16), (Compression::Packbits, 1)] {
        write_by_others(&path, compression, rows)?;
        check(&path)?;
    }
    for interleave in ["bip", "bsq"] {
        let data = folder.path().join("cube.dat");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&data)?);
        let bytes = |values: &[u16]| values.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let (columns, mut row) = (bytes(&columns()), bytes(&[0; WIDTH as usize]));
        let mut pixels: Vec<u8> = columns.chunks_exact(2).flat_map(|x| [x[0], x[1], 0, 0]).collect();
        if interleave == "bsq" {
            (0..HEIGHT).try_for_each(|_| file.write_all(&columns))?;
        }
        for y in 0..HEIGHT as u16 {
            if interleave == "bsq" {
                row.chunks_exact_mut(2).for_each(|n| n.copy_from_slice(&y.to_le_bytes()));
                file.write_all(&row)?;
            } else {
                pixels.chunks_exact_mut(4).for_each(|n| n[2..].copy_from_slice(&y.to_le_bytes()));
                file.write_all(&pixels)?;
            }
        }
        file.into_inner()?;
        let header = format!(
            "ENVI\nsamples = {WIDTH}\nlines = {HEIGHT}\nbands = 2\ndata type = 12\nbyte order = 0\ninterleave = {interleave}\n"
        );
        std::fs::write(folder.path().join("cube.hdr"), header)?;
        check(&data)?;
    }
    Ok(())
}

#[test]
fn images_that_are_small_or_have_coarse_levels_need_no_rough_view() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("small.tif");
    let new = NewImage::new(3000, 2000, SampleType::U8, &[ColorRole::Gray]);
    raster::write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::U8(vec![7; 6_000_000]))?;
    let source = open(&path)?;
    assert!(source.rough_pyramid().is_none());
    let beyond = TileKey { level: source.pyramid().levels().len() as u8, col: 0, row: 0 };
    assert!(source.read_rough(beyond, &[0]).is_err());
    Ok(())
}

#[test]
fn a_file_that_shrinks_costs_a_sentence() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("wide.tif");
    write(&path, Packing::None, Some(512))?;
    let source = open(&path)?;
    std::fs::OpenOptions::new().write(true).open(&path)?.set_len(1 << 20)?;
    let level = source.rough_pyramid().ok_or("a rough view")?.levels().len() as u8 - 1;
    let error = source.read_rough(TileKey { level, col: 0, row: 0 }, &[0]).expect_err("cut off");
    assert!(error.to_string().contains("rough view"), "{error}");
    Ok(())
}
