//! NumPy arrays of every order and type, made here and read back.

use std::path::Path;

use raster::{OpenOptions, OverviewStore, SampleBuffer, SampleType, Source};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

/// A file of a version of the format.
fn npy(version: u8, descr: &str, fortran: bool, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
    let shape = shape.join(" ");
    let order = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}");
    while (text.len() + 11) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend((text.len() as u16).to_le_bytes()),
        _ => bytes.extend((text.len() as u32).to_le_bytes()),
    }
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn every_order_of_axes_gives_its_numbers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cube.npy");
    let shape = [6_usize, 14, 13];
    // The number at each place of the array, in the order of C and of Fortran.
    let at = |a: usize, b: usize, c: usize| (a * 31 + b * 5 + c) as i16 - 50;
    let c_order: Vec<i16> =
        (0..6).flat_map(|a| (0..14).flat_map(move |b| (0..13).map(move |c| at(a, b, c)))).collect();
    let f_order: Vec<i16> =
        (0..13).flat_map(|c| (0..14).flat_map(move |b| (0..6).map(move |a| at(a, b, c)))).collect();
    for (fortran, numbers) in [(false, &c_order), (true, &f_order)] {
        for (version, descr) in [(1, "<i2"), (2, ">i2"), (3, "<i2")] {
            let bytes: Vec<u8> = numbers
                .iter()
                .flat_map(|n| if descr.starts_with('>') { n.to_be_bytes() } else { n.to_le_bytes() })
                .collect();
            std::fs::write(&path, npy(version, descr, fortran, &shape, &bytes))?;
            for (part, bands_axis) in [("", 0), (":first", 0), (":middle", 1), (":last", 2)] {
                let source = open(Path::new(&format!("{}{part}", path.display())))?;
                let value = |x: u32, y: u32, band: usize| {
                    let (x, y) = (x as usize, y as usize);
                    f64::from(match bands_axis {
                        0 => at(band, y, x),
                        1 => at(y, band, x),
                        _ => at(y, x, band),
                    })
                };
                let rest: Vec<usize> = (0..3).filter(|a| *a != bands_axis).map(|a| shape[a]).collect();
                let image = source.image();
                assert_eq!((image.height as usize, image.width as usize), (rest[0], rest[1]), "{part}");
                assert_eq!((image.bands.len(), image.sample_type), (shape[bands_axis], SampleType::I16));
                for (x0, y0, w, h) in [(0, 0, image.width, image.height), (2, 3, 4, 2), (5, 1, 1, 1)] {
                    let bands = [shape[bands_axis] - 1, 0, 3];
                    let read = source.read_window(0, x0, y0, w, h, &bands)?;
                    for (i, band) in bands.iter().enumerate() {
                        for (x, y) in (0..w).flat_map(|x| (0..h).map(move |y| (x, y))) {
                            assert_eq!(
                                read.value(i, x, y),
                                Some(value(x0 + x, y0 + y, *band)),
                                "{part} {fortran}"
                            );
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_type_of_number_is_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("plane.npy");
    let kinds: [(&str, Vec<u8>, SampleBuffer); 8] = [
        ("|b1", vec![0, 1], SampleBuffer::U8(vec![0, 1])),
        ("|i1", vec![0xff, 1], SampleBuffer::I16(vec![-1, 1])),
        (">u2", vec![1, 0, 0, 9], SampleBuffer::U16(vec![256, 9])),
        ("<f2", vec![0, 0x3c, 0, 0xc0], SampleBuffer::F32(vec![1.0, -2.0])),
        ("<u4", [1_u32, 7].iter().flat_map(|n| n.to_le_bytes()).collect(), SampleBuffer::F32(vec![1.0, 7.0])),
        (
            ">i8",
            [-1_i64, 7].iter().flat_map(|n| n.to_be_bytes()).collect(),
            SampleBuffer::F32(vec![-1.0, 7.0]),
        ),
        (
            "<f4",
            [0.5_f32, 7.0].iter().flat_map(|n| n.to_le_bytes()).collect(),
            SampleBuffer::F32(vec![0.5, 7.0]),
        ),
        (
            "<f8",
            [0.5_f64, 7.0].iter().flat_map(|n| n.to_le_bytes()).collect(),
            SampleBuffer::F32(vec![0.5, 7.0]),
        ),
    ];
    for (descr, data, expected) in kinds {
        std::fs::write(&path, npy(1, descr, false, &[1, 2], &data))?;
        assert_eq!(open(&path)?.read_window(0, 0, 0, 2, 1, &[0])?.values, expected, "{descr}");
    }
    Ok(())
}

#[test]
fn parts_that_are_not_there_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("plane.npy");
    std::fs::write(&path, npy(1, "|u1", false, &[1, 2, 3], &[0; 6]))?;
    let said = |part: &str| {
        let path = folder.path().join(format!("plane.npy:{part}"));
        open(&path).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert_eq!(
        said("upper"),
        "Cannot open plane.npy:upper: “upper” names no axis: say first, middle or last."
    );
    image::GrayImage::new(2, 2).save(folder.path().join("small.png"))?;
    let png = open(&folder.path().join("small.png:red")).err().map(|e| e.to_string());
    assert_eq!(png.as_deref(), Some("Cannot open small.png:red: it has no part “red” to choose."));
    Ok(())
}
