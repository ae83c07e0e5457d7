//! Writes one GeoTIFF of every kind into a folder: `raster_write FOLDER`. `tests/peers/raster_equality.py`
//! then shows that rasterio reads them as Orthoscope does.

use std::path::Path;

use raster::write::{NewImage, Packing, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, write};
use spatial::{Crs, GeoTransform};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: raster_write FOLDER")?;
    let roles = [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha, ColorRole::Undefined];
    let own = "+proj=tmerc +lat_0=40 +lon_0=-100.123 +k=0.9999 +x_0=1000 +y_0=2000 +ellps=GRS80 +units=m";
    let places = [
        (Some(Crs::from_epsg(26915)?), GeoTransform::new([366_642.6, 0.6, 0.0, 4_104_511.2, 0.0, -0.6])),
        (Some(Crs::from_epsg(4326)?), GeoTransform::new([-94.5, 6e-6, 0.0, 37.07, 0.0, -6e-6])),
        (Some(Crs::from_proj4("site grid", own)?), GeoTransform::new([10.0, 0.5, 0.25, 20.0, 0.125, -0.5])),
        (None, None),
    ];
    let mut number = 0;
    for kind in [SampleType::U8, SampleType::U16, SampleType::I16, SampleType::F32] {
        for packing in [Packing::None, Packing::Deflate, Packing::Zstd] {
            for tile_px in [None, Some(256)] {
                for bands in [1, 3, 4, 5] {
                    let (crs, transform) = places[number % places.len()].clone();
                    let mut new = NewImage::new(700, 411, kind, &roles[..bands]).at(crs, transform);
                    if bands == 1 {
                        new.bands[0].color = ColorRole::Gray;
                        new.no_data = Some(if kind == SampleType::F32 { f64::NAN } else { 7.0 });
                    }
                    let options = WriteOptions {
                        tile_px,
                        packing,
                        overviews: number.is_multiple_of(2),
                        ..WriteOptions::default()
                    };
                    let name = format!("{number:03}_{}_{packing:?}_{bands}.tif", kind.name());
                    write::image(&Path::new(&folder).join(name), &new, &options, &waves(&new))?;
                    number += 1;
                }
            }
        }
    }
    let mut classes = NewImage::gray(700, 411).at(places[0].0.clone(), places[0].1);
    classes.palette = Some((0..6_u8).map(|i| [i * 40, 255 - i * 40, 99]).collect());
    write::image(
        &Path::new(&folder).join("classes.tif"),
        &classes,
        &WriteOptions::default(),
        &waves(&classes),
    )?;
    Ok(())
}

fn waves(new: &NewImage) -> SampleBuffer {
    let w = new.width as usize;
    let value =
        |i: usize| ((i % w) as f64 / 19.0).sin() * 50.0 + ((i / w) as f64 / 31.0).cos() * 50.0 + 110.0;
    let all = 0..w * new.height as usize * new.bands.len();
    match new.sample_type {
        SampleType::U8 => SampleBuffer::U8(all.map(|i| value(i) as u8).collect()),
        SampleType::U16 => SampleBuffer::U16(all.map(|i| (value(i) * 250.0) as u16).collect()),
        SampleType::I16 => SampleBuffer::I16(all.map(|i| (value(i) * 100.0 - 9000.0) as i16).collect()),
        SampleType::F32 => SampleBuffer::F32(all.map(|i| value(i) as f32).collect()),
    }
}
