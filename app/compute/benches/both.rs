//! The GPU and the processor on the same work in the same run: statistics of every pixel, and products of a cube.
//!
//! `cargo bench -p orthoscope-compute` names the adapter first; `ORTHOSCOPE_BENCH_SIDE` sets the side of the cube in
//! pixels (an eighth of the image's). On a software adapter the figures say only that it
//! works: the processor does both.

use compute::{Compute, Preference};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use raster::statistics;
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use renderer::{Gpu, GpuPreference};
use spectral::{
    Background, Components, ComputedBy, Cube, Engine, Gaussian, Interleave, LinearMap, Members, MemoryCube,
    Shape, SpectralError, Twin, Values, angles_map, anomaly, map_on, matched_filter, spectral_angles,
};

/// The cube of 224 bands: 512 pixels wide and high.
fn shape() -> Shape {
    let side = std::env::var("ORTHOSCOPE_BENCH_SIDE").ok().and_then(|side| side.parse().ok()).unwrap_or(512);
    Shape { width: side, height: side, bands: 224 }
}

#[expect(clippy::print_stderr, reason = "figures are worth nothing without the name of the adapter")]
fn device() -> Compute {
    let gpu = Gpu::headless(&GpuPreference::Fastest).expect("there is an adapter");
    let compute = Compute::wanted(&gpu, Preference::Gpu).expect("any adapter is taken");
    let kind = if gpu.describe().software { "the processor poses as a GPU" } else { "a GPU" };
    eprintln!(
        "GPU path on {} ({kind}); processor path on {} threads",
        gpu.describe(),
        rayon::current_num_threads()
    );
    compute
}

/// Grain without a pattern, 14 bits.
fn grain(i: usize) -> u16 {
    let mixed = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 50) as u16
}

fn statistics_of_every_pixel(criterion: &mut Criterion) {
    let compute = device();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let side = shape().width as u32 * 8;
    let new = NewImage::new(side, side, SampleType::U16, &[ColorRole::Undefined; 3]);
    let values = (0..side as usize * side as usize * 3).map(grain).collect();
    let options = WriteOptions { packing: write::Packing::None, ..WriteOptions::default() };
    write::image(&path, &new, &options, &SampleBuffer::U16(values)).expect("written");
    let source = Source::open(&path).expect("opened");
    let bands = [0, 1, 2];
    let expected = statistics::exact(&source, &bands, &|_| true).expect("counted");
    let found = statistics::exact_by(&source, &bands, &compute, &|_| true).expect("counted");
    assert!(found.elsewhere && found.bands == expected, "the GPU counts what the processor does");
    let mut group = criterion.benchmark_group(format!("statistics of {side} x {side} x 3, 16 bits"));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("processor", |b| b.iter(|| statistics::exact(&source, &bands, &|_| true)));
    group.bench_function("GPU", |b| b.iter(|| statistics::exact_by(&source, &bands, &compute, &|_| true)));
    group.finish();
}

fn both(
    criterion: &mut Criterion,
    compute: &Compute,
    cube: &dyn Cube,
    name: &str,
    map: &LinearMap,
    twin: Twin<'_>,
) {
    let by = map_on(Some(compute), cube, || Ok(map.clone()), twin, &|_| true, &mut |_| Ok(()));
    assert!(matches!(by, Ok(ComputedBy::Engine(_))), "{name}: {by:?}");
    let mut group = criterion.benchmark_group(format!("{name} of {0} x {0} x 224", cube.shape().width));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("processor", |b| b.iter(|| twin(cube, &|_| true, &mut |_| Ok(()))));
    group.bench_function("GPU", |b| b.iter(|| compute.map(cube, map, &|_| true, &mut |_| Ok(()))));
    group.finish();
}

fn products(criterion: &mut Criterion) -> Result<(), SpectralError> {
    let compute = device();
    let shape = shape();
    let samples: Vec<u16> = (0..shape.pixels() * shape.bands).map(|i| 2000 + grain(i) / 8).collect();
    let cube = MemoryCube::new(Values::U16(&samples), shape, Interleave::Band)?;
    let spectrum = |n: usize| (0..shape.bands).map(|b| 2000.0 + f64::from(grain(n * 1000 + b))).collect();
    let spectra: Vec<_> = (0..4).map(|n| (format!("{n}"), spectrum(n))).collect();
    let members = Members::new(&spectra, shape.bands)?;
    let go = |_: f64| true;
    let gaussian = Gaussian::of(&cube, &go)?;
    let background = Background::new(&gaussian)?;
    let principal = Components::principal(&gaussian)?;
    both(criterion, &compute, &cube, "angles to 4 spectra", &angles_map(&members)?, &|cube, on, sink| {
        spectral_angles(cube, &members, on, sink)
    });
    let filter = background.matched_filter_map(&members)?;
    both(criterion, &compute, &cube, "matched filter of 4 spectra", &filter, &|cube, on, sink| {
        matched_filter(cube, &background, &members, on, sink)
    });
    both(criterion, &compute, &cube, "anomalies", &background.anomaly_map(), &|cube, on, sink| {
        anomaly(cube, &background, on, sink)
    });
    both(criterion, &compute, &cube, "10 components", &principal.transform_map(10)?, &|cube, on, sink| {
        principal.transform(cube, 10, on, sink)
    });
    Ok(())
}

fn of_cubes(criterion: &mut Criterion) {
    products(criterion).expect("the cube is sound");
}

criterion_group!(benches, statistics_of_every_pixel, of_cubes);
criterion_main!(benches);
