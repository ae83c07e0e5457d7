//! A file that many threads read at once, at any offset, never past its end: on a disk or on a server.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use remote::{Address, RemoteFile};

use crate::duty;
use crate::error::Fault;
use crate::neighbours;
use crate::source::OpenOptions;

static BYTES_READ: AtomicU64 = AtomicU64::new(0);

/// Bytes that this process has read from image files so far, whichever the image: what came from memory does not
/// count.
pub fn bytes_read() -> u64 {
    BYTES_READ.load(Ordering::Relaxed)
}

/// An open file and its length when it was opened. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct RandomFile {
    from: Origin,
    len: u64,
}

/// Where the bytes come from. A file on a disk is read, never mapped into memory: one that shrinks while it is
/// open costs an error, not the process.
#[derive(Clone, Debug)]
enum Origin {
    Disk(Arc<File>),
    Server(RemoteFile),
}

/// True for an address of a file on a server (`https://…`, `s3://…`, `gs://…`, `az://…`), as opposed to a path.
pub fn is_address(path: &Path) -> bool {
    path.to_str().is_some_and(Address::is_one)
}

/// Where a file is that is named relative to a folder, absolutely, or by its address on a server.
pub fn located(folder: &Path, name: &str) -> PathBuf {
    if Address::is_one(name) { PathBuf::from(name) } else { folder.join(name) }
}

impl RandomFile {
    /// A file on a disk. What lies beside an image is opened by this; of what lies beside an address, only what was
    /// asked for before is there.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        if is_address(path) {
            let nothing = || Fault::System("nothing was found beside the file on the server".into());
            return neighbours::find(path).ok_or_else(nothing);
        }
        duty::note();
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Fault::System("it is not a regular file".into()));
        }
        Ok(Self { len: about.len(), from: Origin::Disk(Arc::new(file)) })
    }

    /// A file on a disk or on a server, as its name says.
    pub(crate) fn open_anywhere(path: &Path, options: &OpenOptions) -> Result<Self, Fault> {
        let Some(text) = path.to_str().filter(|text| Address::is_one(text)) else { return Self::open(path) };
        let address = Address::parse(text)?;
        // A mosaic may send its reader to the net, and into a private network only from there.
        let parent = options.opened_for.last().and_then(|parent| parent.to_str());
        let is_beside = parent.is_none_or(|p| Address::parse(p).is_ok_and(|p| p.is_beside(&address)));
        let remote = &options.remote;
        let file = if is_beside { remote.open(&address)? } else { remote.open_public(&address)? };
        Ok(Self { len: file.len(), from: Origin::Server(file) })
    }

    /// True where reading costs a question to a server.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.from, Origin::Server(_))
    }

    /// Says what will be read next, so that a server is asked for all of it at once. Nothing for a disk.
    pub(crate) fn prefetch(&self, ranges: &[Range<u64>]) {
        if let Origin::Server(file) = &self.from {
            file.prefetch(ranges);
        }
    }

    /// A file that is open already.
    pub(crate) fn from_file(file: File) -> Result<Self, Fault> {
        Ok(Self { len: file.metadata()?.len(), from: Origin::Disk(Arc::new(file)) })
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from `offset`; refuses when that reaches past the end of the file.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Fault> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.len) {
            return Err(Fault::damaged(format!(
                "{} bytes at offset {offset} lie past the end of the file ({} bytes)",
                buffer.len(),
                self.len
            )));
        }
        duty::note();
        match &self.from {
            Origin::Disk(file) => read_exact_at(file, buffer, offset)?,
            Origin::Server(file) => file.read_at(buffer, offset)?,
        }
        BYTES_READ.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Reads a range whose length has already passed a budget.
    pub(crate) fn read_range(&self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.len) {
            return Err(Fault::damaged(format!(
                "{len} bytes at offset {offset} lie past the end of the file ({} bytes)",
                self.len
            )));
        }
        let mut buffer = vec![0; len];
        self.read_exact_at(&mut buffer, offset)?;
        Ok(buffer)
    }
}

#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    while !buffer.is_empty() {
        let n = file.seek_read(buffer, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[n..];
        offset += n as u64;
    }
    Ok(())
}

/// File name without its folder.
pub(crate) fn name_of(path: &Path) -> String {
    if let Some(Ok(address)) = path.to_str().filter(|text| Address::is_one(text)).map(Address::parse) {
        return address.file_name();
    }
    if is_address(path) {
        // It may hold a credential.
        return "the address".into();
    }
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// The text of a file that is no longer than `most` bytes.
pub(crate) fn text_up_to(path: &Path, most: u64) -> Result<String, Fault> {
    let file = RandomFile::open(path)?;
    if file.len() > most {
        return Err(Fault::too_large(format!(
            "its header of {} MB is longer than headers are",
            file.len() >> 20
        )));
    }
    Ok(String::from_utf8_lossy(&file.read_range(0, file.len() as usize)?).into_owned())
}

/// A short file beside an image (world file, `.prj`, `.aux.xml`); `None` when absent, unreadable or too long.
pub(crate) fn small_text(path: &Path) -> Option<String> {
    const MOST_BYTES: u64 = 4 << 20;
    let file = RandomFile::open(path).ok()?;
    if file.len() > MOST_BYTES {
        return None;
    }
    let bytes = file.read_range(0, file.len() as usize).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
