//! Spectral libraries on the disk, by the names of their files.

use std::io::{Read as _, Write as _};
use std::path::Path;

use spectral::Library;
use spectral::library::{csv, ecostress, envi};

use crate::error::CubeError;

/// The most bytes of a library.
const MOST_BYTES: u64 = 1 << 30;

/// Reads a library: ENVI by either of its files, ECOSTRESS and ASTER text, CSV.
pub fn read(path: &Path) -> Result<Library, CubeError> {
    Ok(match extension(path).as_str() {
        "sli" | "slb" | "hdr" => {
            let header = path.with_extension("hdr");
            let values = if extension(path) == "hdr" { path.with_extension("sli") } else { path.to_owned() };
            envi::read(&bytes(&header)?, &bytes(&values)?)?
        }
        "txt" => ecostress::read(&bytes(path)?)?,
        _ => csv::read(&bytes(path)?)?,
    })
}

/// Writes a library as its name says: `.sli` (with `.hdr`), `.csv` or `.txt`. Each file is whole or absent.
pub fn write(path: &Path, library: &Library) -> Result<(), CubeError> {
    match extension(path).as_str() {
        "sli" => {
            let files = envi::write(library)?;
            write_whole(path, &files.values)?;
            write_whole(&path.with_extension("hdr"), files.header.as_bytes())
        }
        "csv" => write_whole(path, csv::write_long(library)?.as_bytes()),
        "txt" => match &library.spectra[..] {
            [one] => write_whole(path, ecostress::write(one)?.as_bytes()),
            more => Err(CubeError::OnlyOne(more.len())),
        },
        _ => Err(CubeError::UnknownLibrary(path.to_owned())),
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn bytes(path: &Path) -> Result<Vec<u8>, CubeError> {
    let fail = |source| CubeError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(CubeError::TooLarge { path: path.to_owned(), limit: MOST_BYTES });
    }
    Ok(bytes)
}

/// Through a file beside, so that nothing half-written bears the name.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CubeError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = std::path::PathBuf::from(beside);
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|source| {
        // A leftover does no harm; the cause is what counts.
        let _ = std::fs::remove_file(&beside);
        CubeError::File { path: path.to_owned(), source }
    })
}
