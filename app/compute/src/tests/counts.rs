//! Statistics: equal to the last count.

use std::path::Path;

use raster::statistics::{self, BandStatistics, CountedBands};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};

use super::{compute, fresh, grain};
use crate::{Compute, Preference};

const WIDTH: u32 = 83;
const HEIGHT: u32 = 61;

/// Three bands of odd size with no-data; where `masked`, an alpha that hides some pixels.
fn image(folder: &Path, kind: SampleType, masked: bool) -> Source {
    let mut colors = vec![ColorRole::Undefined; 3];
    colors.extend(masked.then_some(ColorRole::Alpha));
    let mut new = NewImage::new(WIDTH, HEIGHT, kind, &colors);
    let plane = (WIDTH * HEIGHT) as usize;
    let is_alpha = |i: usize| i >= 3 * plane;
    let number = |i: usize, low: f64, high: f64| match i % 97 {
        _ if is_alpha(i) => {
            if grain(i) > 0.2 {
                high
            } else {
                0.0
            }
        }
        0 => low,
        1 => high,
        2 | 3 => 7.0,
        _ => (low + (high - low) * grain(i)).round(),
    };
    let float = |i: usize| match i % 101 {
        _ if is_alpha(i) => number(i, 0.0, 1.0) as f32,
        0 => f32::NAN,
        1 => f32::INFINITY,
        2 => -0.0,
        3 => 1e-41,
        4 => -1e-39,
        _ => number(i, -3000.0, 5000.0) as f32 * 0.37,
    };
    let all = 0..plane * colors.len();
    let values = match kind {
        SampleType::U8 => SampleBuffer::U8(all.map(|i| number(i, 0.0, 255.0) as u8).collect()),
        SampleType::U16 => SampleBuffer::U16(all.map(|i| number(i, 0.0, 65_535.0) as u16).collect()),
        SampleType::I16 => SampleBuffer::I16(all.map(|i| number(i, -32_768.0, 32_767.0) as i16).collect()),
        SampleType::F32 => SampleBuffer::F32(all.map(float).collect()),
    };
    new.no_data = Some(if kind == SampleType::F32 { 0.0 } else { 7.0 });
    let path = folder.join(format!("{}.tif", kind.name()));
    let options = WriteOptions { tile_px: Some(16), ..WriteOptions::default() };
    write::image(&path, &new, &options, &values).expect("written");
    Source::open(&path).expect("opened")
}

fn counted(source: &Source, compute: &Compute) -> CountedBands {
    statistics::exact_by(source, &[0, 1, 2], compute, &|_| true).expect("counted")
}

fn assert_same(found: &[BandStatistics], expected: &[BandStatistics], is_float: bool, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        if is_float {
            // Sums of floats depend on the order in which threads end, by a last digit, on the processor alone too.
            assert!((a.mean - b.mean).abs() <= 1e-9 * b.std, "{what}: {} {}", a.mean, b.mean);
            assert!((a.std - b.std).abs() <= 1e-9 * b.std, "{what}: {} {}", a.std, b.std);
            let with_sums = BandStatistics { mean: b.mean, std: b.std, ..a.clone() };
            assert!(with_sums == *b, "{what}");
        } else {
            assert!(a == b, "{what}");
        }
    }
}

#[test]
fn counts_are_the_processors_for_every_kind_of_sample() {
    let folder = tempfile::tempdir().expect("folder");
    for kind in [SampleType::U8, SampleType::U16, SampleType::I16, SampleType::F32] {
        for masked in [false, true] {
            let source = image(folder.path(), kind, masked);
            let expected = statistics::exact(&source, &[0, 1, 2], &|_| true).expect("counted");
            let what = format!("{} masked {masked}", kind.name());
            assert!(expected.iter().all(|b| b.valid > 1000 && b.valid < b.looked_at), "{what}");
            let usual = counted(&source, &compute());
            assert_eq!((usual.elsewhere, usual.refused), (true, None), "{what}");
            assert_same(&usual.bands, &expected, kind == SampleType::F32, &what);
            // Slices of a part of a band, and counts that are fetched again and again.
            let mut narrow = compute();
            narrow.measures.counted_bytes = 96;
            narrow.measures.fetched_after = 1000;
            narrow.measures.slots = 2;
            let found = counted(&source, &narrow);
            assert!(found.elsewhere, "{what}");
            assert_same(&found.bands, &expected, kind == SampleType::F32, &format!("{what} in slices"));
        }
    }
}

#[test]
fn a_count_that_is_stopped_ends_and_one_that_cannot_be_is_the_processors() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path(), SampleType::U16, false);
    let stopped = statistics::exact_by(&source, &[0], &compute(), &|_| false);
    assert!(stopped.is_err(), "it went on");
    let gpu = fresh();
    let broken = Compute::wanted(&gpu, Preference::Gpu).expect("taken");
    gpu.device.destroy();
    let found = counted(&source, &broken);
    assert!(!found.elsewhere && found.refused.is_some(), "{:?}", found.refused);
    let expected = statistics::exact(&source, &[0, 1, 2], &|_| true).expect("counted");
    assert_same(&found.bands, &expected, false, "after the device was lost");
}

#[test]
fn more_counts_than_a_buffer_takes_are_left_to_the_processor() {
    let plan = statistics::CountPlan {
        kind: SampleType::U16,
        bins: 1 << 16,
        bands: vec![statistics::BandPlan::default(); 40_000],
    };
    let refused = statistics::Counter::start(&compute(), &plan).err().expect("10 GB of counts");
    assert!(refused.to_string().contains("The counts need"), "{refused}");
}
