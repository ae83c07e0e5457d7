//! The bytes of a data file: as they lie on the disk, or unpacked from gzip when they are first asked for.

use std::io::{BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;

use flate2::read::MultiGzDecoder;

use crate::error::Fault;
use crate::file::RandomFile;
use crate::tilefile::write_fault;

/// Bytes that are read at any offset.
#[derive(Debug)]
pub(crate) enum Bytes {
    File(RandomFile),
    Gzip(Gzip),
}

/// A file packed with gzip. It cannot be entered in the middle, so that it is unpacked once, into a file
/// without a name that goes when the image is closed.
#[derive(Debug)]
pub(crate) struct Gzip {
    path: PathBuf,
    packed: RandomFile,
    /// Bytes that are wanted of it, and no more are unpacked.
    wanted: u64,
    /// Where the unpacked file may lie; the system's place for such files when `None`.
    folder: Option<PathBuf>,
    unpacked: OnceLock<Result<RandomFile, Fault>>,
}

/// The most bytes that one byte of deflate can become.
const MOST_EXPANSION: u64 = 1040;
/// The most bytes that are unpacked to the disk for one image.
const MOST_UNPACKED: u64 = 64 << 30;

impl Bytes {
    /// True when a file that begins so is packed with gzip.
    pub(crate) fn is_gzip(head: &[u8]) -> bool {
        head.starts_with(&[0x1f, 0x8b])
    }

    /// `wanted` bytes of a gzip file.
    pub(crate) fn gzip(
        path: PathBuf,
        packed: RandomFile,
        wanted: u64,
        folder: Option<PathBuf>,
    ) -> Result<Self, Fault> {
        if packed.len().saturating_mul(MOST_EXPANSION) < wanted {
            let len = packed.len();
            return Err(Fault::damaged(format!(
                "{len} bytes of gzip cannot hold the {wanted} bytes it claims"
            )));
        }
        if wanted > MOST_UNPACKED {
            return Err(Fault::too_large(format!("unpacked it has {} GB", wanted >> 30)));
        }
        Ok(Self::Gzip(Gzip { path, packed, wanted, folder, unpacked: OnceLock::new() }))
    }

    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        match self {
            Self::File(file) => file.read_exact_at(buffer, offset),
            Self::Gzip(gzip) => gzip.file()?.read_exact_at(buffer, offset),
        }
    }
}

impl Gzip {
    fn file(&self) -> Result<&RandomFile, Fault> {
        self.unpacked.get_or_init(|| self.unpack()).as_ref().map_err(Clone::clone)
    }

    fn unpack(&self) -> Result<RandomFile, Fault> {
        let named = self.folder.as_ref().filter(|f| std::fs::create_dir_all(f).is_ok());
        let target = named.map_or_else(tempfile::tempfile, tempfile::tempfile_in).map_err(write_fault)?;
        let packed = std::fs::File::open(&self.path)?;
        if packed.metadata()?.len() != self.packed.len() {
            return Err(Fault::damaged("it changed after it was opened"));
        }
        let mut unpacked = MultiGzDecoder::new(BufReader::new(packed)).take(self.wanted);
        let mut buffer = vec![0; 256 << 10];
        let mut writer = &target;
        loop {
            let n = match unpacked.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                // What was unpacked until here is good; reading beyond it will say that it ends.
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(Fault::damaged(format!("its gzip data are broken ({error})"))),
            };
            writer.write_all(&buffer[..n]).map_err(write_fault)?;
        }
        RandomFile::from_file(target)
    }
}
