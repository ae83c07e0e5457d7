//! Makes files of the layouts that the tests want.

use hdf5_writer::{AttributeBuilder, DatasetBuilder, Hdf5Builder, WriteOptions};
use netcdf_reader::NcAttrValue as Value;
use netcdf_writer::{NcFileBuilder, NcWriteFormat, NcWriteOptions};

type Made = Result<Vec<u8>, Box<dyn std::error::Error>>;

pub(crate) fn netcdf4() -> NcWriteOptions {
    NcWriteOptions { format: NcWriteFormat::Nc4 }
}

fn text(value: &str) -> Value {
    Value::Chars(value.into())
}

/// Three times of a grid of 6×4 half degrees from 10° E, 52° N.
pub(crate) fn grid(options: NcWriteOptions, ascending: bool) -> Made {
    let mut file = NcFileBuilder::new();
    let time = file.add_dimension("time", 3)?;
    let lat = file.add_dimension("lat", 4)?;
    let lon = file.add_dimension("lon", 6)?;
    let row = |y: usize| if ascending { 3 - y } else { y };
    let axis = file.add_variable::<f64>("lat", &[lat])?;
    file.add_variable_attribute(axis, "units", text("degrees_north"))?;
    let lats: Vec<f64> = (0..4).map(|y| 51.75 - 0.5 * row(y) as f64).collect();
    file.write_variable(axis, &lats)?;
    let axis = file.add_variable::<f64>("lon", &[lon])?;
    file.add_variable_attribute(axis, "units", text("degrees_east"))?;
    file.write_variable(axis, &(0..6).map(|x| 10.25 + 0.5 * f64::from(x)).collect::<Vec<f64>>())?;
    let axis = file.add_variable::<i32>("time", &[time])?;
    file.add_variable_attribute(axis, "units", text("days since 2000-01-01"))?;
    file.write_variable(axis, &[1, 2, 3])?;
    let data = file.add_variable::<i16>("temperature", &[time, lat, lon])?;
    file.add_variable_attribute(data, "_FillValue", Value::Shorts(vec![-999]))?;
    file.add_variable_attribute(data, "scale_factor", Value::Doubles(vec![0.5]))?;
    file.add_variable_attribute(data, "add_offset", Value::Doubles(vec![3.0]))?;
    let mut numbers = Vec::new();
    for t in 0..3 {
        for y in 0..4 {
            numbers.extend((0..6).map(|x| (100 * t + 10 * row(y) + x) as i16));
        }
    }
    let fill = row(0) * 6;
    numbers[fill] = -999;
    file.write_variable(data, &numbers)?;
    Ok(file.to_vec(options)?.1)
}

/// Which pixel of the sensor lies at a pixel of the map.
pub(crate) fn emit_place(x: usize, y: usize) -> Option<(usize, usize)> {
    (x < 4 && y > 0 && !(x + y).is_multiple_of(3)).then_some(((x * 2 + y) % 3, y % 2))
}

pub(crate) fn emit_value(column: usize, row: usize, band: usize) -> f64 {
    (row * 100 + column * 10 + band) as f64 / 8.0
}

/// A cube of 3×2 pixels and 5 bands with a table for a map of 5×4.
pub(crate) fn emit(chunks: Option<[u64; 3]>) -> Made {
    let mut file = NcFileBuilder::new();
    let down = file.add_dimension("downtrack", 2)?;
    let cross = file.add_dimension("crosstrack", 3)?;
    let bands = file.add_dimension("bands", 5)?;
    let (ortho_y, ortho_x) = (file.add_dimension("ortho_y", 4)?, file.add_dimension("ortho_x", 5)?);
    let place = vec![-120.0, 0.1, 0.0, 40.0, 0.0, -0.1];
    file.add_attribute("geotransform", Value::Doubles(place))?;
    let wkt = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],PRIMEM[\"Greenwich\",0],\
               UNIT[\"degree\",0.0174532925199433],AUTHORITY[\"EPSG\",\"4326\"]]";
    file.add_attribute("spatial_ref", text(wkt))?;
    let data = file.add_variable::<f32>("reflectance", &[down, cross, bands])?;
    file.add_variable_attribute(data, "_FillValue", Value::Floats(vec![-9999.0]))?;
    if let Some(chunks) = chunks {
        file.set_variable_chunking(data, chunks.to_vec())?;
        file.set_variable_deflate(data, Some(4), false)?;
    }
    let mut numbers = Vec::new();
    for (row, column) in (0..2).flat_map(|r| (0..3).map(move |c| (r, c))) {
        numbers.extend((0..5).map(|band| emit_value(column, row, band) as f32));
    }
    file.write_variable(data, &numbers)?;
    for (name, list) in [
        ("wavelengths", [470.0_f32, 550.0, 650.0, 850.0, 1400.0]),
        ("fwhm", [8.5; 5]),
        ("good_wavelengths", [1.0, 1.0, 1.0, 1.0, 0.0]),
    ] {
        let variable = file.add_variable_path::<f32>(format!("sensor_band_parameters/{name}"), &[bands])?;
        if name != "good_wavelengths" {
            file.add_variable_attribute(variable, "units", text("nm"))?;
        }
        file.write_variable(variable, &list)?;
    }
    for name in ["glt_x", "glt_y"] {
        let variable = file.add_variable_path::<i32>(format!("location/{name}"), &[ortho_y, ortho_x])?;
        let of = |place: Option<(usize, usize)>| match place {
            Some((column, row)) => (if name == "glt_x" { column } else { row }) as i32 + 1,
            None => 0,
        };
        let table: Vec<i32> = (0..4).flat_map(|y| (0..5).map(move |x| of(emit_place(x, y)))).collect();
        file.write_variable(variable, &table)?;
    }
    Ok(file.to_vec(netcdf4())?.1)
}

/// Two cubes of 6 rows and 7 columns whose bands are the middle axis.
pub(crate) fn prisma() -> Made {
    let cube = |name: &str, bands: usize| {
        let mut numbers = Vec::new();
        for y in 0..6_u16 {
            for band in 0..bands as u16 {
                numbers.extend((0..7_u16).map(|x| y * 100 + band * 10 + x));
            }
        }
        let path = format!("HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields/{name}");
        DatasetBuilder::typed_data(path, [6_u64, bands as u64, 7], &numbers)
    };
    let mut file = Hdf5Builder::new()
        .dataset(cube("SWIR_Cube", 5)?)
        .dataset(cube("VNIR_Cube", 4)?)
        .attribute(AttributeBuilder::vector("List_Cw_Vnir", &[850.0_f32, 650.0, 550.0, 470.0])?)
        .attribute(AttributeBuilder::vector("List_Fwhm_Vnir", &[12.0_f32; 4])?)
        .attribute(AttributeBuilder::vector("List_Cw_Swir", &[0.0_f32, 1000.0, 1200.0, 1400.0, 1600.0])?)
        .attribute(AttributeBuilder::scalar("Epsg_Code", 32632_i64)?)
        .attribute(AttributeBuilder::scalar("L2ScaleVnirMin", 0.0_f32)?)
        .attribute(AttributeBuilder::scalar("L2ScaleVnirMax", 1.5_f32)?);
    for (name, value) in [
        ("ULcorner_easting", 400_000.0),
        ("ULcorner_northing", 5_000_000.0),
        ("LRcorner_easting", 400_210.0),
        ("LRcorner_northing", 4_999_820.0),
    ] {
        file = file.attribute(AttributeBuilder::scalar(format!("Product_{name}"), value)?);
    }
    Ok(file.into_plan()?.encode(WriteOptions::default())?)
}

/// Three patches of 8×8 pixels and 4 bands, and their labels.
pub(crate) fn stack() -> Made {
    let mut numbers = Vec::new();
    for patch in 0..3_u16 {
        for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
            numbers.extend((0..4).map(|band| f32::from(patch * 1000 + y * 100 + x * 10 + band)));
        }
    }
    let file = Hdf5Builder::new()
        .dataset(DatasetBuilder::typed_data("sen2", [3_u64, 8, 8, 4], &numbers)?)
        .dataset(DatasetBuilder::typed_data("label", [3_u64, 17], &[0.0_f32; 51])?);
    Ok(file.into_plan()?.encode(WriteOptions::default())?)
}

/// A plane of 1,300×1,100 bytes in chunks, all 7.
pub(crate) fn large() -> Made {
    let mut file = NcFileBuilder::new();
    let (y, x) = (file.add_dimension("y", 1100)?, file.add_dimension("x", 1300)?);
    let data = file.add_variable::<u8>("plane", &[y, x])?;
    file.set_variable_chunking(data, vec![200, 100])?;
    file.set_variable_deflate(data, Some(1), false)?;
    file.write_variable(data, &vec![7_u8; 1300 * 1100])?;
    Ok(file.to_vec(netcdf4())?.1)
}
