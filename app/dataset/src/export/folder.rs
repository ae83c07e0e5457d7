//! The folder beside the target that an export is written into.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{ExportError, Written};

/// A folder that becomes the export, or nothing.
pub(super) struct Staging {
    path: PathBuf,
    target: PathBuf,
    /// An earlier export stands in the target and may go.
    replaces: bool,
    items: BTreeMap<String, usize>,
    committed: bool,
}

impl Staging {
    pub(super) fn new(target: &Path, replace: bool) -> Result<Self, ExportError> {
        let replaces = target.exists() && !is_empty(target)?;
        // Only what is an export may be replaced: a slip of the path must not cost a folder of photos.
        if replaces && !(replace && target.join("manifest.json").is_file()) {
            return Err(ExportError::NotEmpty(target.to_owned()));
        }
        let name = target.file_name().ok_or_else(|| ExportError::BadSpec("the folder has no name".into()))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let path = parent.join(hidden);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(ExportError::io(&path))?;
        }
        fs::create_dir_all(&path).map_err(ExportError::io(&path))?;
        Ok(Self { path, target: target.to_owned(), replaces, items: BTreeMap::new(), committed: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The place of a file, its folders made; `items` is what it will hold.
    pub(super) fn place(&mut self, name: &str, items: usize) -> Result<PathBuf, ExportError> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ExportError::io(folder))?;
        }
        self.items.insert(name.to_owned(), items);
        Ok(path)
    }

    /// Writes a file by lines.
    pub(super) fn write(
        &mut self,
        name: &str,
        items: usize,
        write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
    ) -> Result<PathBuf, ExportError> {
        let path = self.place(name, items)?;
        let file = File::create(&path).map_err(ExportError::io(&path))?;
        let mut buffered = BufWriter::new(file);
        let written = write(&mut buffered).and_then(|()| buffered.flush());
        written.and_then(|()| buffered.get_ref().sync_all()).map_err(ExportError::io(&path))?;
        Ok(path)
    }

    /// Writes one JSON document, indented.
    pub(super) fn write_json(&mut self, name: &str, document: &impl Serialize) -> Result<(), ExportError> {
        self.write(name, 0, |out| {
            serde_json::to_writer_pretty(&mut *out, document)?;
            out.write_all(b"\n")
        })
        .map(|_| ())
    }

    /// Every file that was written, with its hash.
    pub(super) fn files(&self) -> Result<Vec<Written>, ExportError> {
        let hashed = self.items.iter().map(|(name, items)| {
            Ok(Written { path: name.clone(), items: *items, sha256: sha256(&self.path.join(name))? })
        });
        hashed.collect()
    }

    /// Moves the folder to its place.
    pub(super) fn commit(mut self) -> Result<(), ExportError> {
        let mut old = self.path.clone().into_os_string();
        old.push(".old");
        if self.replaces {
            fs::rename(&self.target, &old).map_err(ExportError::io(&self.target))?;
        } else if self.target.exists() {
            fs::remove_dir(&self.target).map_err(ExportError::io(&self.target))?;
        }
        if let Err(error) = fs::rename(&self.path, &self.target) {
            if self.replaces {
                // Best effort: the first error is the one to tell.
                let _ = fs::rename(&old, &self.target);
            }
            return Err(ExportError::io(&self.target)(error));
        }
        self.committed = true;
        if self.replaces { fs::remove_dir_all(&old).map_err(ExportError::io(&old)) } else { Ok(()) }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing more can be done about a folder that cannot be removed.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn is_empty(folder: &Path) -> Result<bool, ExportError> {
    let mut entries = fs::read_dir(folder).map_err(ExportError::io(folder))?;
    Ok(entries.next().is_none())
}

/// SHA-256 of a file in lower-case hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, ExportError> {
    let mut file = File::open(path).map_err(ExportError::io(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(ExportError::io(path))?;
        if read == 0 {
            let digits = |byte: &u8| [byte >> 4, byte & 15].map(|d| char::from_digit(u32::from(d), 16));
            return Ok(hasher.finalize().iter().flat_map(digits).flatten().collect());
        }
        hasher.update(&buffer[..read]);
    }
}
