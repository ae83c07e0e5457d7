//! The bytes of a data file: as they lie on the disk, or unpacked when they are first asked for.

use std::io::{BufReader, Read, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::error::Fault;
use crate::file::RandomFile;
use crate::tilefile::write_fault;

/// Bytes that are read at any offset.
#[derive(Debug)]
pub(crate) enum Bytes {
    File(RandomFile),
    Packed(Packed),
}

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zlib,
}

/// A stretch of a file that is packed as one stream. It cannot be entered in the middle, so that it is
/// unpacked once, into a file without a name that goes when the image is closed.
#[derive(Debug)]
pub(crate) struct Packed {
    stretch: Stretch,
    packing: Packing,
    /// Bytes that are wanted of it, and no more are unpacked.
    wanted: u64,
    /// Where the unpacked file may lie; the system's place for such files when `None`.
    folder: Option<PathBuf>,
    unpacked: OnceLock<Result<RandomFile, Fault>>,
}

/// A part of a file, read from front to back.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) file: RandomFile,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.end.min(self.file.len()).saturating_sub(self.begin);
        let n = left.min(buffer.len() as u64) as usize;
        self.file.read_exact_at(&mut buffer[..n], self.begin).map_err(std::io::Error::other)?;
        self.begin += n as u64;
        Ok(n)
    }
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

    /// `wanted` bytes of a packed stretch.
    pub(crate) fn packed(
        stretch: Stretch,
        packing: Packing,
        wanted: u64,
        folder: Option<PathBuf>,
    ) -> Result<Self, Fault> {
        let len = stretch.end.saturating_sub(stretch.begin);
        if len.saturating_mul(MOST_EXPANSION) < wanted {
            return Err(Fault::damaged(format!(
                "{len} packed bytes cannot hold the {wanted} bytes that they claim"
            )));
        }
        if wanted > MOST_UNPACKED {
            return Err(Fault::too_large(format!("unpacked it has {} GB", wanted >> 30)));
        }
        Ok(Self::Packed(Packed { stretch, packing, wanted, folder, unpacked: OnceLock::new() }))
    }

    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        match self {
            Self::File(file) => file.read_exact_at(buffer, offset),
            Self::Packed(packed) => packed.file()?.read_exact_at(buffer, offset),
        }
    }
}

impl Packed {
    fn file(&self) -> Result<&RandomFile, Fault> {
        self.unpacked.get_or_init(|| self.unpack()).as_ref().map_err(Clone::clone)
    }

    fn unpack(&self) -> Result<RandomFile, Fault> {
        let named = self.folder.as_ref().filter(|f| std::fs::create_dir_all(f).is_ok());
        let target = named.map_or_else(tempfile::tempfile, tempfile::tempfile_in).map_err(write_fault)?;
        let packed = BufReader::with_capacity(256 << 10, self.stretch.clone());
        let mut unpacked: Box<dyn Read> = match self.packing {
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed).take(self.wanted)),
            Packing::Zlib => Box::new(ZlibDecoder::new(packed).take(self.wanted)),
        };
        let mut buffer = vec![0; 256 << 10];
        let mut writer = &target;
        loop {
            let n = match unpacked.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                // What was unpacked until here is good; reading beyond it will say that it ends.
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(Fault::damaged(format!("its packed data are broken ({error})"))),
            };
            writer.write_all(&buffer[..n]).map_err(write_fault)?;
        }
        RandomFile::from_file(target)
    }
}

/// The first bytes of a zlib stream, at most `most`.
pub(crate) fn begin_of_zlib(stretch: Stretch, most: u64) -> Vec<u8> {
    let mut begin = Vec::new();
    // A stream that breaks off gives what it has until there.
    let outcome = ZlibDecoder::new(BufReader::new(stretch)).take(most).read_to_end(&mut begin);
    if let Err(error) = outcome {
        log::debug!("a packed stretch breaks off: {error}");
    }
    begin
}
