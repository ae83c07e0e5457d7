//! The `tiff` crate as a witness: it reads what is written here, and what it writes is read here.

use std::io::Cursor;

use raster::write::{NewImage, Packing, WriteOptions};
use raster::{ColorRole, OpenOptions, OverviewStore, SampleBuffer, SampleType, Source, write};
use tiff::decoder::DecodingResult;
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &std::path::Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

#[test]
fn the_witness_reads_what_is_written_here() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ours.tif");
    let roles = [ColorRole::Red, ColorRole::Green, ColorRole::Blue];
    for kind in [SampleType::U8, SampleType::U16] {
        for (packing, tile_px) in [
            (Packing::None, None),
            (Packing::Deflate, None),
            (Packing::Deflate, Some(32)),
            (Packing::Zstd, Some(32)),
        ] {
            let new = NewImage::new(70, 45, kind, &roles);
            let n = 70 * 45 * 3;
            let values = match kind {
                SampleType::U8 => SampleBuffer::U8((0..n).map(|i| (i * 7 % 251) as u8).collect()),
                _ => SampleBuffer::U16((0..n).map(|i| (i * 77 % 65_521) as u16).collect()),
            };
            write::image(
                &path,
                &new,
                &WriteOptions { tile_px, packing, ..WriteOptions::default() },
                &values,
            )?;
            let mut decoder = tiff::decoder::Decoder::new(Cursor::new(std::fs::read(&path)?))?;
            assert_eq!(decoder.dimensions()?, (70, 45));
            let read: Vec<f64> = match decoder.read_image()? {
                DecodingResult::U8(v) => v.into_iter().map(f64::from).collect(),
                DecodingResult::U16(v) => v.into_iter().map(f64::from).collect(),
                _ => return Err("another kind of number".into()),
            };
            let expected: Vec<f64> = (0..70 * 45)
                .flat_map(|i| [0, 1, 2].map(|b| values.get(b * 70 * 45 + i).unwrap_or(-1.0)))
                .collect();
            assert!(read == expected, "{kind:?} {packing:?} {tile_px:?}");
        }
    }
    Ok(())
}

#[test]
fn what_the_witness_writes_is_read_here() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("theirs.tif");
    let pixels: Vec<u16> = (0..90 * 61).map(|i| (i * i % 65_521) as u16).collect();
    let compressions = [
        Compression::Uncompressed,
        Compression::Lzw,
        Compression::Packbits,
        Compression::Deflate(DeflateLevel::Best),
    ];
    for (i, compression) in compressions.into_iter().enumerate() {
        // The witness differences pixels even where nothing packs them, which libtiff does not undo.
        let packs = i % 2 == 1;
        for predictor in [Predictor::None, Predictor::Horizontal].into_iter().take(1 + usize::from(packs)) {
            for big in [false, true] {
                let mut bytes = Cursor::new(Vec::new());
                if big {
                    let encoder = TiffEncoder::new_big(&mut bytes)?
                        .with_compression(compression)
                        .with_predictor(predictor);
                    { encoder }.write_image::<colortype::Gray16>(90, 61, &pixels)?;
                } else {
                    let encoder =
                        TiffEncoder::new(&mut bytes)?.with_compression(compression).with_predictor(predictor);
                    { encoder }.write_image::<colortype::Gray16>(90, 61, &pixels)?;
                }
                std::fs::write(&path, bytes.into_inner())?;
                let samples = open(&path)?.read_window(0, 0, 0, 90, 61, &[0])?;
                assert!(samples.values == SampleBuffer::U16(pixels.clone()), "{predictor:?} {big}");
            }
        }
    }
    Ok(())
}
