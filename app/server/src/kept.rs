//! What is remembered of the server that a file is shared on: beside the preferences, for each file, and never a password.

use std::path::{Path, PathBuf};

use project::{EntryHash, Seq};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Address, ServerError};

const FOLDER: &str = "servers";
/// The largest of these files that is read.
const MOST_BYTES: u64 = 1 << 16;

/// Where a file is shared, and how far that has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The file.
    pub path: PathBuf,
    /// The address, without a password.
    pub address: String,
    /// Everything up to this entry of the file's own journal is on the server.
    #[serde(default)]
    pub sent: Seq,
    /// The hash of that entry, because a file may be replaced by an older copy.
    #[serde(default)]
    pub sent_hash: Option<EntryHash>,
    /// What was joined with the file's own entries up to this one is on the server.
    #[serde(default)]
    pub joined: Seq,
    /// Where the next listing of the server goes on.
    #[serde(default)]
    pub cursor: String,
    /// What was fetched before and is not taken: it is looked at again each time.
    #[serde(default)]
    pub aside: Vec<EntryHash>,
    /// The system's keyring has the password, under the address.
    #[serde(default)]
    pub in_keyring: bool,
}

impl Kept {
    /// Nothing is sent yet.
    pub fn new(path: &Path, address: &Address) -> Self {
        let address = address.to_string();
        Self {
            path: path.to_owned(),
            address,
            sent: 0,
            sent_hash: None,
            joined: 0,
            cursor: String::new(),
            aside: Vec::new(),
            in_keyring: false,
        }
    }

    fn file(folder: &Path, path: &Path) -> PathBuf {
        let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
        folder.join(FOLDER).join(format!("{}.json", EntryHash(hash.into())))
    }

    /// What is remembered of a file in the folder of the preferences; `None` for one that is not shared, or whose note
    /// cannot be read.
    pub fn load(folder: &Path, path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        let file = Self::file(folder, &path);
        if std::fs::metadata(&file).ok()?.len() > MOST_BYTES {
            return None;
        }
        let kept: Self = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        (kept.path == path).then_some(kept)
    }

    /// Remembers it, whole or not at all.
    pub fn save(&mut self, folder: &Path) -> Result<(), ServerError> {
        self.path = self.path.canonicalize().map_err(|e| ServerError::io("find", &self.path, e))?;
        let file = Self::file(folder, &self.path);
        let text = serde_json::to_vec_pretty(self).map_err(|e| ServerError::Nonsense(e.to_string()))?;
        let beside = file.with_extension("part");
        let write = || {
            std::fs::create_dir_all(folder.join(FOLDER))?;
            std::fs::write(&beside, text)?;
            std::fs::rename(&beside, &file)
        };
        write().map_err(|e| ServerError::io("write", &file, e))
    }

    /// Remembers nothing of the file's server any more.
    pub fn forget(&self, folder: &Path) -> Result<(), ServerError> {
        let file = Self::file(folder, &self.path);
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(ServerError::io("remove", &file, e)),
            _ => Ok(()),
        }
    }

    /// The address.
    pub fn address(&self) -> Result<Address, ServerError> {
        self.address.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_comes_back_for_its_file_only_and_holds_no_password() {
        let folder = tempfile::tempdir().expect("folder");
        let (here, there) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
        std::fs::write(&here, "").expect("written");
        std::fs::write(&there, "").expect("written");
        let address: Address = "postgres://ana:secret@localhost/town".parse().expect("reads");
        let mut kept = Kept::new(&here, &address);
        kept.sent = 7;
        kept.save(folder.path()).expect("kept");
        assert_eq!(Kept::load(folder.path(), &here), Some(kept.clone()));
        assert_eq!(Kept::load(folder.path(), &there), None);
        let file = Kept::file(folder.path(), &kept.path);
        let text = std::fs::read_to_string(&file).expect("read");
        assert!(!text.contains("secret"), "{text}");
        std::fs::write(file, &text[..text.len() / 2]).expect("cut");
        assert_eq!(Kept::load(folder.path(), &here), None);
    }
}
