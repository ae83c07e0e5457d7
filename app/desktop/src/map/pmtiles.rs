//! What a PMTiles file says of itself in its first bytes (specification version 3), so that a file that cannot be
//! drawn is named as such before any tile is asked for.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Bytes of the header that are read: all up to the zooms.
const HEADER: usize = 102;
const VERSION: usize = 7;
const TILE_TYPE: usize = 99;
const MIN_ZOOM: usize = 100;
const MAX_ZOOM: usize = 101;

/// The zooms that a file of pictures has tiles for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zooms {
    pub(super) min: u8,
    pub(super) max: u8,
}

/// Looks at a file; the reason in one sentence when it holds no pictures that can be drawn.
pub(super) fn zooms(path: &Path) -> Result<Zooms, String> {
    if !path.is_file() {
        return Err(format!("there is no file {}.", path.display()));
    }
    let name = crate::work::file_name(path);
    let mut header = [0; HEADER];
    let mut file = File::open(path).map_err(|e| format!("cannot read {name}: {e}."))?;
    file.read_exact(&mut header).map_err(|_| format!("{name} is not a PMTiles file."))?;
    if !header.starts_with(b"PMTiles") {
        return Err(format!("{name} is not a PMTiles file."));
    }
    if header[VERSION] != 3 {
        return Err(format!("{name} has PMTiles version {}; only version 3 can be read.", header[VERSION]));
    }
    let held = match header[TILE_TYPE] {
        2 | 3 => return Ok(Zooms { min: header[MIN_ZOOM], max: header[MAX_ZOOM] }),
        1 | 6 => "vector tiles",
        4 => "WebP pictures",
        5 => "AVIF pictures",
        _ => "tiles of an unknown kind",
    };
    Err(format!("{name} holds {held}; a basemap needs PNG or JPEG pictures."))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A file of one PNG picture that covers the world.
    pub(in crate::map) fn world(png: &[u8]) -> Vec<u8> {
        let mut root = vec![1, 0, 1];
        let mut length = png.len();
        while length >= 0x80 {
            root.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        root.extend([length as u8, 1]);
        let (header, root_at) = (127_u64, 127_u64);
        let data_at = root_at + root.len() as u64;
        let mut file = b"PMTiles\x03".to_vec();
        let places = [root_at, root.len() as u64, data_at, 0, data_at, 0, data_at, png.len() as u64, 1, 1, 1];
        file.extend(places.iter().flat_map(|n| n.to_le_bytes()));
        // Clustered, nothing compressed, PNG, zoom 0 only.
        file.extend([1, 1, 1, 2, 0, 0]);
        file.resize(header as usize, 0);
        file.extend(root);
        file.extend(png);
        file
    }

    fn said(bytes: &[u8]) -> Result<Zooms, String> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("map.pmtiles");
        std::fs::write(&path, bytes).expect("written");
        zooms(&path)
    }

    #[test]
    fn only_files_of_pictures_are_drawn_and_others_say_what_they_hold() {
        let good = world(b"png");
        assert_eq!(said(&good), Ok(Zooms { min: 0, max: 0 }));
        for (kind, word) in [(1, "vector tiles"), (4, "WebP"), (5, "AVIF"), (0, "unknown"), (255, "unknown")]
        {
            let mut other = good.clone();
            other[TILE_TYPE] = kind;
            let why = said(&other).expect_err("refused");
            assert!(why.contains(word) && why.contains("map.pmtiles"), "{why}");
        }
        let mut old = good.clone();
        old[VERSION] = 2;
        assert!(said(&old).expect_err("refused").contains("version 2"));
    }

    #[test]
    fn a_file_that_ends_early_or_is_something_else_is_refused() {
        let good = world(b"png");
        for length in 0..HEADER {
            assert!(said(&good[..length]).is_err(), "{length} bytes");
        }
        assert!(said(&[b'x'; 500]).is_err());
        assert!(zooms(Path::new("/nowhere/map.pmtiles")).expect_err("refused").contains("no file"));
    }
}
