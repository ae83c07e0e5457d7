//! Values that 32-bit floats cannot hold come back to the last digit, whatever the format; complex numbers come as
//! magnitude, phase, real and imaginary part.

use std::path::{Path, PathBuf};

use netcdf_writer::{NcFileBuilder, NcWriteOptions};
use raster::{ExactValue, OpenOptions, OverviewStore, Source};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

fn npy(folder: &Path, descr: &str, shape: &str, data: &[u8]) -> std::io::Result<PathBuf> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let path = folder.join("numbers.npy");
    let head = [b"\x93NUMPY\x01\0".as_slice(), &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat();
    std::fs::write(&path, [head.as_slice(), data].concat())?;
    Ok(path)
}

/// The exact values of the first row of a band.
fn row(source: &Source, band: usize) -> Result<Vec<ExactValue>, raster::ReadError> {
    let read = source.read_exact(0, 0, 0, source.image().width, 1, &[band])?;
    Ok((0..read.width).filter_map(|x| read.value(0, x, 0)).collect())
}

const LARGE: [u64; 3] = [u64::MAX, (1 << 53) + 1, 7];
const SIGNED: [i64; 3] = [i64::MIN, -((1 << 53) + 1), 16_777_217];
const FINE: [f64; 3] = [0.1, 1e300, -123_456_789.123_456_79];

#[test]
fn plain_arrays_keep_every_digit_in_either_byte_order() -> Outcome {
    let folder = tempfile::tempdir()?;
    let unsigned = LARGE.map(ExactValue::Unsigned);
    let path = npy(folder.path(), "<u8", "1, 3", &LARGE.map(u64::to_le_bytes).concat())?;
    assert_eq!(row(&open(&path)?, 0)?, unsigned);
    let path = npy(folder.path(), ">u8", "1, 3", &LARGE.map(u64::to_be_bytes).concat())?;
    assert_eq!(row(&open(&path)?, 0)?, unsigned);
    let path = npy(folder.path(), "<i8", "1, 3", &SIGNED.map(i64::to_le_bytes).concat())?;
    assert_eq!(row(&open(&path)?, 0)?, SIGNED.map(ExactValue::Signed));
    let path = npy(folder.path(), "<f8", "1, 3", &FINE.map(f64::to_le_bytes).concat())?;
    let source = open(&path)?;
    assert!(source.is_rounded() && source.image().warnings.is_empty(), "{:?}", source.image().warnings);
    assert_eq!(row(&source, 0)?, FINE.map(ExactValue::Float));
    let drawn = source.read_window(0, 0, 0, 3, 1, &[0])?;
    assert_eq!(drawn.value(0, 0, 0), Some(f64::from(0.1_f32)));
    let header = "ENVI\nsamples = 3\nlines = 1\nbands = 1\ndata type = 5\ninterleave = bsq\nbyte order = 1\n";
    std::fs::write(folder.path().join("cube.hdr"), header)?;
    std::fs::write(folder.path().join("cube.dat"), FINE.map(f64::to_be_bytes).concat())?;
    assert_eq!(row(&open(&folder.path().join("cube.hdr"))?, 0)?, FINE.map(ExactValue::Float));
    Ok(())
}

#[test]
fn variables_of_netcdf_keep_every_digit() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("numbers.nc");
    let mut file = NcFileBuilder::new();
    let (y, x) = (file.add_dimension("row", 2)?, file.add_dimension("col", 3)?);
    let data = file.add_variable::<f64>("numbers", &[y, x])?;
    file.write_variable(data, &[FINE, FINE].concat())?;
    std::fs::write(&path, file.to_vec(NcWriteOptions::classic())?.1)?;
    assert_eq!(row(&open(&path)?, 0)?, FINE.map(ExactValue::Float));
    let mut file = NcFileBuilder::new();
    let (y, x) = (file.add_dimension("row", 2)?, file.add_dimension("col", 3)?);
    let data = file.add_variable::<i64>("numbers", &[y, x])?;
    file.write_variable(data, &[SIGNED, SIGNED].concat())?;
    std::fs::write(&path, file.to_vec(NcWriteOptions::cdf5())?.1)?;
    assert_eq!(row(&open(&path)?, 0)?, SIGNED.map(ExactValue::Signed));
    Ok(())
}

fn mosaic(folder: &Path, kind: &str, more: &str) -> std::io::Result<PathBuf> {
    let path = folder.join("mosaic.vrt");
    let element = if more.is_empty() { "SimpleSource" } else { "ComplexSource" };
    let text = format!(
        r#"<VRTDataset rasterXSize="4" rasterYSize="1"><VRTRasterBand dataType="{kind}" band="1"><{element}>
        <SourceFilename relativeToVRT="1">numbers.npy</SourceFilename><SourceBand>1</SourceBand>
        <SrcRect xOff="0" yOff="0" xSize="3" ySize="1"/><DstRect xOff="0" yOff="0" xSize="3" ySize="1"/>{more}
        </{element}></VRTRasterBand></VRTDataset>"#
    );
    std::fs::write(&path, text)?;
    Ok(path)
}

#[test]
fn mosaics_keep_every_digit_and_round_to_their_own_type() -> Outcome {
    let folder = tempfile::tempdir()?;
    npy(folder.path(), "<u8", "1, 3", &LARGE.map(u64::to_le_bytes).concat())?;
    let source = open(&mosaic(folder.path(), "UInt64", "")?)?;
    let read = source.read_exact(0, 0, 0, 4, 1, &[0])?;
    assert_eq!(row(&source, 0)?[..3], LARGE.map(ExactValue::Unsigned));
    assert!(read.is_valid(2, 0) && !read.is_valid(3, 0), "no source lies there");
    npy(folder.path(), "<f8", "1, 3", &FINE.map(f64::to_le_bytes).concat())?;
    assert_eq!(row(&open(&mosaic(folder.path(), "Float64", "")?)?, 0)?[..3], FINE.map(ExactValue::Float));
    let halves = [-2.5, 2.5, 3e9_f64];
    npy(folder.path(), "<f8", "1, 3", &halves.map(f64::to_le_bytes).concat())?;
    let whole = [-3_i64, 3, i64::from(i32::MAX)].map(ExactValue::Signed);
    assert_eq!(row(&open(&mosaic(folder.path(), "Int32", "")?)?, 0)?[..3], whole, "rounded away from zero");
    let scaled = open(&mosaic(folder.path(), "Float64", "<ScaleRatio>0.1</ScaleRatio>")?)?;
    assert_eq!(row(&scaled, 0)?[1], ExactValue::Float(0.25));
    Ok(())
}

#[test]
fn complex_numbers_of_arrays_and_cubes_come_in_four_bands() -> Outcome {
    let folder = tempfile::tempdir()?;
    // Two rows of two pixels: 3+4i, −1, i, −2−2i.
    let parts = [3.0, 4.0, -1.0, 0.0, 0.0, 1.0, -2.0, -2.0_f64];
    let check = |source: &Source| -> Outcome {
        let names: Vec<_> = source.image().bands.iter().filter_map(|b| b.name.clone()).collect();
        assert_eq!(names, ["Magnitude", "Phase", "Real", "Imaginary"]);
        let read = source.read_window(0, 0, 0, 2, 2, &[3, 0, 2, 1])?;
        let at = |band, x, y| read.value(band, x, y).unwrap_or(f64::NAN);
        assert_eq!((at(0, 0, 0), at(1, 0, 0), at(2, 0, 0)), (4.0, 5.0, 3.0));
        assert_eq!((at(0, 0, 1), at(1, 0, 1), at(2, 0, 1)), (1.0, 1.0, 0.0));
        assert!((at(3, 1, 0) - std::f64::consts::PI).abs() < 1e-6);
        assert_eq!((at(0, 1, 1), at(2, 1, 1)), (-2.0, -2.0));
        Ok(())
    };
    let single: Vec<u8> = parts.iter().flat_map(|n| (*n as f32).to_le_bytes()).collect();
    let double: Vec<u8> = parts.iter().flat_map(|n| n.to_be_bytes()).collect();
    let source = open(&npy(folder.path(), "<c8", "2, 2", &single)?)?;
    assert_eq!((source.image().bands[0].dtype.as_str(), source.is_rounded()), ("complex64", false));
    check(&source)?;
    let source = open(&npy(folder.path(), ">c16", "2, 2", &double)?)?;
    assert_eq!((source.image().bands[0].dtype.as_str(), source.is_rounded()), ("complex128", true));
    check(&source)?;
    assert_eq!(row(&source, 2)?, [3.0, -1.0].map(ExactValue::Float));
    let data = folder.path().join("sar.dat");
    for (kind, order, bytes) in [(6, 0, &single), (9, 1, &double)] {
        let header = format!(
            "ENVI\nsamples = 2\nlines = 2\nbands = 1\ndata type = {kind}\ninterleave = bip\nbyte order = {order}\n"
        );
        std::fs::write(folder.path().join("sar.hdr"), header)?;
        std::fs::write(&data, bytes)?;
        check(&open(&folder.path().join("sar.hdr"))?)?;
    }
    std::fs::write(&data, &double[..40])?;
    let cut = open(&folder.path().join("sar.hdr"))?;
    assert!(cut.image().warnings.iter().any(|w| w.contains("ends early")));
    assert!(cut.read_window(0, 1, 1, 1, 1, &[0]).is_err() && cut.read_window(0, 0, 0, 2, 1, &[0]).is_ok());
    Ok(())
}
