//! The key that entries are signed with: made at the first start, kept beside the preferences, never in a project.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use project::assignment::Known;
use project::review::Opening;
use project::{MemberKey, Salt};

use crate::StoreError;
use crate::journal::Hash;

const FILE: &str = "identity.key";
const OPENINGS: &str = "sealed votes";
const KNOWN: &str = "known answers";
/// What is signed is this and the hash of an entry, so that a signature means nothing elsewhere.
const DOMAIN: &[u8] = b"orthoscope entry 1";
/// The largest file of openings that is read.
const MOST_BYTES: u64 = 64 << 20;

/// Signs entries with the key of whoever uses this program.
#[derive(Clone)]
pub struct Signer {
    key: Arc<SigningKey>,
    folder: PathBuf,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("key", &self.public()).finish_non_exhaustive()
    }
}

fn message(hash: &Hash) -> Vec<u8> {
    [DOMAIN, hash].concat()
}

/// True when a signature over the hash of an entry is by a key.
pub(crate) fn is_by(key: &MemberKey, hash: &Hash, signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(&message(hash), &Signature::from_bytes(signature)).is_ok()
}

impl Signer {
    /// The key in a folder; made where there is none yet.
    pub fn load_or_make(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                // A key is 32 bytes, as a hash is.
                let bytes: Salt = text.trim().parse().map_err(|_| StoreError::BadKey { path })?;
                Ok(Self::of(bytes.0, folder))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let signer = Self::of(random()?.0, folder);
                let text = format!("{}\n", Salt(signer.key.to_bytes()));
                std::fs::create_dir_all(folder).map_err(|e| StoreError::io("create", folder, e))?;
                match write_private(&path, text.as_bytes(), true) {
                    // Another program was faster.
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Self::load_or_make(folder),
                    done => done.map(|()| signer).map_err(|e| StoreError::io("create", &path, e)),
                }
            }
            Err(e) => Err(StoreError::io("read", &path, e)),
        }
    }

    fn of(secret: [u8; 32], folder: &Path) -> Self {
        Self { key: Arc::new(SigningKey::from_bytes(&secret)), folder: folder.to_owned() }
    }

    /// A key made by a number: tests and demos that must come out the same every time.
    pub fn seeded(seed: u8, folder: &Path) -> Self {
        Self::of([seed; 32], folder)
    }

    /// The public key, which projects name the member by.
    pub fn public(&self) -> MemberKey {
        MemberKey(self.key.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, hash: &Hash) -> [u8; 64] {
        self.sign_bytes(&message(hash))
    }

    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }

    /// Where what sealed votes of a project say is kept until their rounds are over.
    fn openings_path(&self, project: &str) -> PathBuf {
        self.folder.join(OPENINGS).join(format!("{project}.json"))
    }

    /// What the sealed votes say that were cast here in a project and are not known to be open.
    pub(crate) fn openings(&self, project: &str) -> Result<Vec<Opening>, StoreError> {
        read_kept(self.openings_path(project))
    }

    /// The cases of a project whose answer is known here.
    pub(crate) fn known(&self, project: &str) -> Result<Known, StoreError> {
        read_kept(self.known_path(project))
    }

    fn known_path(&self, project: &str) -> PathBuf {
        self.folder.join(KNOWN).join(format!("{project}.json"))
    }

    /// Keeps known answers in place of those that were kept; on the disk when this returns.
    pub(crate) fn keep_known(&self, project: &str, known: &Known) -> Result<(), StoreError> {
        keep(&self.known_path(project), known)
    }

    /// Keeps what sealed votes say; on the disk when this returns.
    pub(crate) fn keep_openings(&self, project: &str, openings: &[Opening]) -> Result<(), StoreError> {
        keep(&self.openings_path(project), openings)
    }
}

/// What a file beside the key holds; nothing where there is none.
fn read_kept<T: Default + serde::de::DeserializeOwned>(path: PathBuf) -> Result<T, StoreError> {
    match std::fs::metadata(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(T::default()),
        Err(e) => return Err(StoreError::io("read", &path, e)),
        Ok(found) if found.len() > MOST_BYTES => return Err(StoreError::BadKey { path }),
        Ok(_) => {}
    }
    let text = std::fs::read(&path).map_err(|e| StoreError::io("read", &path, e))?;
    serde_json::from_slice(&text).map_err(|_| StoreError::BadKey { path })
}

/// Writes a file beside the key whole, for its owner alone.
fn keep<T: serde::Serialize + ?Sized>(path: &Path, value: &T) -> Result<(), StoreError> {
    let io = |e| StoreError::io("write", path, e);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let text = serde_json::to_vec(value).map_err(|e| StoreError::Unstorable(e.to_string()))?;
    let beside = path.with_extension("part");
    write_private(&beside, &text, false).map_err(io)?;
    std::fs::rename(&beside, path).map_err(io)
}

/// Thirty-two bytes that nobody can guess.
pub(crate) fn random() -> Result<Salt, StoreError> {
    let mut bytes = [0; 32];
    let failed = |e: getrandom::Error| {
        StoreError::io("read random numbers for", Path::new("a key"), std::io::Error::other(e.to_string()))
    };
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(Salt(bytes))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, bytes: &[u8], only_new: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if only_new {
        options.create_new(true);
    } else {
        options.create(true).truncate(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_is_its_owners_alone_and_signs() {
        let folder = tempfile::tempdir().expect("folder");
        let inner = folder.path().join("config");
        let first = Signer::load_or_make(&inner).expect("made");
        let again = Signer::load_or_make(&inner).expect("read");
        assert_eq!(first.public(), again.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(inner.join(FILE)).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let hash = [5; 32];
        let signature = first.sign(&hash);
        assert!(is_by(&first.public(), &hash, &signature));
        assert!(!is_by(&first.public(), &[6; 32], &signature));
        assert!(!is_by(&Signer::seeded(3, &inner).public(), &hash, &signature));
        assert!(!is_by(&MemberKey([0xFF; 32]), &hash, &signature), "no key at all");
        std::fs::write(inner.join(FILE), "nonsense").expect("written");
        let refused = Signer::load_or_make(&inner).expect_err("not a key");
        assert!(refused.hint().is_some(), "{refused}");
    }
}
