//! What a camera wrote into a picture, and WebP with a world file.

use super::{by_rule, forged, values};

/// A block of camera fields: orientation 6, and a position of 10.5° east, 52.25° south.
fn camera() -> Vec<u8> {
    let mut out = b"II\x2a\0\x08\0\0\0".to_vec();
    let entry = |out: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32| {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    };
    out.extend(2_u16.to_le_bytes());
    entry(&mut out, 0x0112, 3, 1, 6);
    entry(&mut out, 0x8825, 4, 1, 38);
    out.extend(0_u32.to_le_bytes());
    assert_eq!(out.len(), 38);
    out.extend(4_u16.to_le_bytes());
    entry(&mut out, 1, 2, 2, u32::from(b'S'));
    entry(&mut out, 2, 5, 3, 92);
    entry(&mut out, 3, 2, 2, u32::from(b'E'));
    entry(&mut out, 4, 5, 3, 116);
    out.extend(0_u32.to_le_bytes());
    assert_eq!(out.len(), 92);
    for n in [52_u32, 1, 15, 1, 0, 1, 10, 1, 30, 1, 0, 1] {
        out.extend(n.to_le_bytes());
    }
    out
}

/// A JPEG with a block of camera fields behind its first marker.
pub(crate) fn photograph() -> Vec<u8> {
    let mut plain = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(16, 16, image::Rgb([90, 90, 90]))
        .write_to(&mut plain, image::ImageFormat::Jpeg)
        .expect("a picture");
    let plain = plain.into_inner();
    let block = [b"Exif\0\0", &camera()[..]].concat();
    let len = (block.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &len, &block, &plain[2..]].concat()
}

#[test]
fn a_photograph_says_where_it_was_taken_and_stays_in_pixels() {
    let (source, _folder) = forged("photo.jpg", &photograph());
    let image = source.image();
    assert_eq!(image.about.taken.as_ref().and_then(|t| t.position), Some((10.5, -52.25)));
    assert!(image.transform.is_none() && image.crs.is_none());
    let says = |text: &str| image.warnings.iter().any(|w| w.contains(text));
    assert!(says("taken at -52.250000, 10.500000") && says("orientation"), "{:?}", image.warnings);
    let item = |key: &str| image.metadata.iter().find(|m| m.0 == key).map(|m| m.1.as_str());
    assert_eq!(item("EXIF_GPSLatitude"), Some("(52) (15) (0)"));
    assert_eq!(item("EXIF_Orientation"), Some("6"));
    let json = raster::report::json(&source, &[]);
    assert_eq!(json["taken"]["position"], serde_json::json!([10.5, -52.25]));
}

#[test]
fn a_picture_whose_camera_fields_are_damaged_is_still_read() {
    let whole = photograph();
    for at in 12..12 + camera().len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        let (source, _folder) = forged("photo.jpg", &damaged);
        assert_eq!(source.pyramid().size(), (16, 16));
    }
}

#[test]
fn webp_alone_is_read_and_placed_by_its_world_file() {
    let mut packed = Vec::new();
    let pixels: Vec<u8> =
        (0..9_u8).flat_map(|y| (0..12_u8).flat_map(move |x| [x * 20, y * 25, (x + y) * 11])).collect();
    image_webp::WebPEncoder::new(&mut packed)
        .encode(&pixels, 12, 9, image_webp::ColorType::Rgb8)
        .expect("a picture");
    let (source, folder) = forged("a.webp", &packed);
    assert_eq!(source.image().driver, "WEBP");
    assert_eq!(values(&source, 0, 2), by_rule(12, 9, |x, y| 11.0 * (x + y)));
    std::fs::write(folder.path().join("a.wpw"), "2\n0\n0\n-2\n101\n199\n").expect("a world file");
    let placed = super::open(&folder.path().join("a.webp")).expect("a picture");
    let transform = placed.image().transform.map(spatial::GeoTransform::to_gdal);
    assert_eq!(transform, Some([100.0, 2.0, 0.0, 200.0, 0.0, -2.0]));
}
