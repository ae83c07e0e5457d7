//! NetCDF and HDF5 files of the layouts that people have, made by the writers of another crate and read here.

mod forge;
mod hostile;

#[path = "../shared/examine.rs"]
mod examine;

use std::path::Path;

use netcdf_writer::NcWriteOptions;
use raster::{OpenOptions, OverviewStore, SampleType, Source, TileCache, overviews};

use forge::{emit, grid, prisma, stack};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn options() -> OpenOptions {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    OpenOptions { overviews, cache: TileCache::new(16 << 20), ..OpenOptions::default() }
}

fn open(path: impl AsRef<Path>) -> Result<Source, raster::OpenError> {
    Source::open_with(path.as_ref(), &options())
}

#[test]
fn a_grid_lies_where_its_coordinates_say_with_north_at_the_top() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("grid.nc");
    for format in [NcWriteOptions::classic(), NcWriteOptions::cdf5(), forge::netcdf4()] {
        for ascending in [false, true] {
            std::fs::write(&path, grid(format, ascending)?)?;
            let source = open(&path)?;
            let image = source.image();
            assert_eq!((image.width, image.height, image.bands.len()), (6, 4, 3));
            assert_eq!(
                image.transform.map(spatial::GeoTransform::to_gdal),
                Some([10.0, 0.5, 0.0, 52.0, 0.0, -0.5])
            );
            assert_eq!(image.crs.as_ref().and_then(spatial::Crs::epsg), Some(4326));
            let band = &image.bands[1];
            assert_eq!(band.name.as_deref(), Some("time = 2 days since 2000-01-01"));
            assert_eq!((band.no_data, band.scale, band.offset), (Some(-999.0), Some(0.5), Some(3.0)));
            let read = source.read_window(0, 1, 1, 3, 2, &[2, 0])?;
            // The number at row, column and time is 100·time + 10·row + column, rows from the north.
            let expected = [211.0, 212.0, 213.0, 221.0, 222.0, 223.0, 11.0, 12.0, 13.0, 21.0, 22.0, 23.0];
            let found: Vec<f64> = (0..12).filter_map(|i| read.values.get(i)).collect();
            assert_eq!(found, expected, "{format:?} {ascending}");
            let corner = source.read_window(0, 0, 0, 1, 1, &[0])?;
            assert!(!corner.is_valid(0, 0), "the fill value");
        }
    }
    Ok(())
}

#[test]
fn an_emit_cube_is_put_where_its_table_says() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("emit.nc");
    for chunks in [None, Some([2, 3, 2])] {
        std::fs::write(&path, emit(chunks)?)?;
        let source = open(&path)?;
        let image = source.image();
        assert_eq!((image.width, image.height, image.bands.len()), (5, 4, 5));
        assert_eq!(
            image.transform.map(spatial::GeoTransform::to_gdal),
            Some([-120.0, 0.1, 0.0, 40.0, 0.0, -0.1])
        );
        assert_eq!(image.crs.as_ref().and_then(spatial::Crs::epsg), Some(4326));
        let nm: Vec<Option<f64>> = image.bands.iter().map(|b| b.wavelength_nm).collect();
        assert_eq!(nm, [Some(470.0), Some(550.0), Some(650.0), Some(850.0), Some(1400.0)]);
        assert_eq!(
            (image.bands[0].fwhm_nm, image.bands[4].bad, image.bands[3].bad),
            (Some(8.5), true, false)
        );
        assert_eq!(image.default_bands(), [2, 1, 0]);
        let read = source.read_window(0, 0, 0, 5, 4, &[1, 4])?;
        for (x, y) in (0..5).flat_map(|x| (0..4).map(move |y| (x, y))) {
            let expected = forge::emit_place(x as usize, y as usize);
            assert_eq!(read.is_valid(x, y), expected.is_some(), "{x},{y}");
            if let Some((column, row)) = expected {
                assert_eq!(read.value(0, x, y), Some(forge::emit_value(column, row, 1)));
                assert_eq!(read.value(1, x, y), Some(forge::emit_value(column, row, 4)));
            }
        }
        let raw = open(format!("{}:reflectance[raw]", path.display()))?;
        assert_eq!((raw.image().width, raw.image().height), (3, 2));
        let spectrum = raw.read_spectrum(2, 1)?;
        for band in 0..5 {
            assert_eq!(spectrum.value(band, 0, 0), Some(forge::emit_value(2, 1, band)));
        }
    }
    Ok(())
}

#[test]
fn a_prisma_cube_finds_its_bands_and_its_corners() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("prisma.he5");
    std::fs::write(&path, prisma()?)?;
    let source = open(&path)?;
    let image = source.image();
    // The variable whose bands can be seen is preferred to the larger one.
    assert!(
        image
            .metadata
            .contains(&("variable".into(), "HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields/VNIR_Cube".into()))
    );
    assert_eq!((image.width, image.height, image.bands.len()), (7, 6, 4));
    assert_eq!((image.driver.as_str(), image.interleave.as_str()), ("HDF5", "LINE"));
    let nm: Vec<Option<f64>> = image.bands.iter().map(|b| b.wavelength_nm).collect();
    assert_eq!(nm, [Some(850.0), Some(650.0), Some(550.0), Some(470.0)]);
    assert_eq!(
        image.transform.map(spatial::GeoTransform::to_gdal),
        Some([400_000.0, 30.0, 0.0, 5_000_000.0, 0.0, -30.0])
    );
    assert_eq!(image.crs.as_ref().and_then(spatial::Crs::epsg), Some(32632));
    assert_eq!(image.bands[0].scale.map(|s| (s * 65535.0 * 100.0).round()), Some(150.0));
    let read = source.read_window(0, 2, 1, 2, 2, &[3, 0])?;
    let found: Vec<f64> = (0..8).filter_map(|i| read.values.get(i)).collect();
    assert_eq!(found, [132.0, 133.0, 232.0, 233.0, 102.0, 103.0, 202.0, 203.0]);
    let swir = open(format!("{}:SWIR_Cube", path.display()))?;
    assert_eq!(swir.image().bands.iter().filter(|b| b.bad).count(), 1, "a wavelength of 0 is no band");
    Ok(())
}

#[test]
fn a_stack_of_patches_is_shown_one_by_one() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("patches.h5");
    std::fs::write(&path, stack()?)?;
    let source = open(&path)?;
    let image = source.image();
    assert_eq!((image.width, image.height, image.bands.len()), (8, 8, 4));
    assert!(image.warnings.iter().any(|w| w.contains("stack of 3 images")), "{:?}", image.warnings);
    assert_eq!(
        source.read_window(0, 5, 2, 1, 1, &[3])?.value(0, 0, 0),
        Some(f64::from(2 * 100 + 5 * 10 + 3))
    );
    let third = open(format!("{}:sen2[2]", path.display()))?;
    assert_eq!(
        third.read_window(0, 5, 2, 1, 1, &[3])?.value(0, 0, 0),
        Some(f64::from(2000 + 2 * 100 + 5 * 10 + 3))
    );
    let said = |part: &str| {
        open(format!("{}:{part}", path.display())).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(said("sen2[3]").contains("outside its axis of length 3"), "{}", said("sen2[3]"));
    assert!(said("sen3").contains("no variable “sen3”; it has sen2"), "{}", said("sen3"));
    Ok(())
}

#[test]
fn a_large_variable_gets_overviews_too() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.nc");
    std::fs::write(&path, forge::large()?)?;
    let overviews = OverviewStore::in_folder(&folder.path().join("kept"));
    let options = OpenOptions { overviews, ..options() };
    let source = Source::open_with(&path, &options)?;
    assert!(source.wants_overviews() && source.image().sample_type == SampleType::U8);
    assert_eq!(source.pyramid().levels()[0].tile_width, 300, "tiles are whole chunks");
    overviews::build(&source, &|_| true)?;
    let source = Source::open_with(&path, &options)?;
    assert_eq!(source.pyramid().levels().len(), 4);
    assert_eq!(source.read_window(3, 100, 10, 1, 1, &[0])?.value(0, 0, 0), Some(7.0));
    Ok(())
}
