//! One writer per project: an advisory lock on `<name>.gpkg.lock`, which also says who holds it.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Who has a project open for writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    /// Unix milliseconds at which the project was opened.
    pub since_ms: i64,
    /// The member's name.
    pub name: String,
}

impl Holder {
    fn this_process(name: &str) -> Self {
        let since_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64);
        Self { pid: std::process::id(), host: host(), since_ms, name: name.to_owned() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "somebody" } else { &self.name };
        write!(f, "{name} has it open (process {} on {}", self.pid, self.host)?;
        if let Some(since) = crate::time::minute(self.since_ms) {
            write!(f, ", since {since}")?;
        }
        f.write_str(")")
    }
}

/// Why a project that was to be edited can only be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOnlyReason {
    /// Reading only is what was asked for.
    Asked,
    /// Another process writes to it; who, when the lock file could be read.
    Held(Option<Holder>),
    /// The file, its folder or the medium cannot be written to.
    Medium,
    /// The file has a second name (a hard link), through which another program could write unnoticed.
    SecondName,
    /// Locks do not work on this file system, so a second writer could not be kept out.
    NoLocks(String),
}

impl fmt::Display for ReadOnlyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("it was opened that way"),
            Self::Held(Some(holder)) => holder.fmt(f),
            Self::Held(None) => f.write_str("another process has it open"),
            Self::Medium => f.write_str("the file or its folder is write-protected"),
            Self::SecondName => f.write_str("the file has a second name (hard link)"),
            Self::NoLocks(why) => write!(f, "files cannot be locked on this disk ({why})"),
        }
    }
}

impl ReadOnlyReason {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Asked => "Open it for editing to change it.",
            Self::Held(_) => "Close it there and open it here again, or work on a copy.",
            Self::Medium => "Copy the project to a folder that you may write to.",
            Self::SecondName => "Work on a copy, so that the other name keeps what it has.",
            Self::NoLocks(_) => "Copy the project to a local disk and work there.",
        }
    }
}

/// The lock; let go when dropped or when the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Hold {
    path: PathBuf,
    /// The member's name.
    name: String,
    file: File,
}

impl Hold {
    /// Takes the lock for a project, or says why it cannot be had. `project` is a canonical path.
    pub(crate) fn take(project: &Path, name: &str) -> Result<Self, ReadOnlyReason> {
        let mut path = OsString::from(project);
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(|_| ReadOnlyReason::Medium)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(ReadOnlyReason::Held(read_holder(&mut file))),
                Err(TryLockError::Error(e)) => return Err(ReadOnlyReason::NoLocks(e.to_string())),
            }
            // The holder before us removes the file when done: a lock on a removed file keeps nobody out.
            if !is_same_file(&file, &path) {
                continue;
            }
            let text = serde_json::to_string(&Holder::this_process(name)).unwrap_or_default();
            // Who we are is a courtesy; the lock counts without it.
            let _ = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
            return Ok(Self { path, name: name.to_owned(), file });
        }
    }
}

impl Hold {
    /// Makes sure that the lock counts where the project lies now: a disk that came back may not have it.
    pub(crate) fn renew(&mut self, project: &Path) -> Result<(), ReadOnlyReason> {
        if !is_same_file(&self.file, &self.path) {
            *self = Self::take(project, &self.name)?;
        }
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // What lies there by now may be somebody else's.
        if is_same_file(&self.file, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn read_holder(file: &mut File) -> Option<Holder> {
    const LONGEST: u64 = 4096;
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(a), Ok(b)) = (file.metadata(), std::fs::metadata(path)) else { return false };
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Which file lies at a path; equal while it is the same one, and where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity(Option<(u64, u64)>);

impl FileIdentity {
    /// By device and number; systems without them know only whether there is one.
    pub(crate) fn of(path: &Path) -> Self {
        #[cfg(unix)]
        let number = |m: std::fs::Metadata| {
            use std::os::unix::fs::MetadataExt as _;
            (m.dev(), m.ino())
        };
        #[cfg(not(unix))]
        let number = |_: std::fs::Metadata| (0, 0);
        Self(std::fs::metadata(path).ok().map(number))
    }
}

/// True when the file can be reached under another name too.
#[cfg(unix)]
pub(crate) fn has_second_name(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|m| m.nlink() > 1)
}

#[cfg(not(unix))]
pub(crate) fn has_second_name(_: &Path) -> bool {
    false
}

fn host() -> String {
    let linux = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named =
        linux.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok());
    named.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).unwrap_or_else(|| "this computer".to_owned())
}
