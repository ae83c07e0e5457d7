//! Real cubes and images, where `ORTHOSCOPE_SAMPLES` names their folder.

use std::path::PathBuf;

use cubes::ImageCube;
use raster::Source;
use raster::statistics;
use spectral::{Cube as _, Members};

use super::compute;
use super::products::{farthest, mapped, products};

/// A scene of a satellite and a corner of one from the space station.
const CUBES: [&str; 2] = [
    "hyperspectral/enmap/enmap_potsdam_a_96x64x224.hdr",
    "hyperspectral/emit/emit20250324t221005_jpl_unmix_ex.hdr",
];

fn sample(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ORTHOSCOPE_SAMPLES") else {
        eprintln!("SKIPPED: {name} is a real sample; set ORTHOSCOPE_SAMPLES to the folder that holds it");
        return None;
    };
    let path = PathBuf::from(folder).join(name);
    assert!(path.exists(), "ORTHOSCOPE_SAMPLES is set but {} does not exist", path.display());
    Some(path)
}

#[test]
fn products_of_real_cubes_are_the_processors() {
    for name in CUBES {
        let Some(path) = sample(name) else { continue };
        let source = Source::open(&path).expect("opened");
        let cube = ImageCube::of_usable(&source).expect("a cube");
        let shape = cube.shape();
        let (width, height) = (shape.width as u32, shape.height as u32);
        let spectra: Vec<_> = [(width / 2, height / 2), (width / 4, height / 3), (width - 3, height - 3)]
            .iter()
            .map(|(x, y)| (format!("{x},{y}"), cube.pixel(*x, *y).expect("a pixel")))
            .collect();
        let spectra = Members::new(&spectra, shape.bands).expect("spectra");
        for (product, map, expected) in products(&cube, &spectra, 1e-4) {
            let apart = farthest(&mapped(&compute(), &cube, &map), &expected, shape.pixels(), product);
            println!("{name} ({} bands) {product}: {apart:.1e}", shape.bands);
            assert!(apart <= 1e-5, "{name} {product}: {apart:e}");
        }
        let bands: Vec<usize> = (0..source.image().bands.len().min(9)).collect();
        let counted = statistics::exact_by(&source, &bands, &compute(), &|_| true).expect("counted");
        let expected = statistics::exact(&source, &bands, &|_| true).expect("counted");
        assert_eq!(counted.elsewhere, !source.is_rounded(), "{:?}", counted.refused);
        for (a, b) in counted.bands.iter().zip(&expected) {
            assert_eq!(
                (a.valid, a.min, a.max, &a.histogram),
                (b.valid, b.min, b.max, &b.histogram),
                "{name}"
            );
        }
    }
}
