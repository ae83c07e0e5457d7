//! What was read of files on servers, kept for the next time.
//!
//! Each state of a file has a data file, as long as the file itself but with holes, and a map beside it that
//! says for each block whether it is there, by its checksum: what a crash or another program spoilt is fetched
//! again. A note by the address says which state was seen last. Names are hashes; neither address nor credential
//! is written down.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::address::Address;
use crate::fetch::State;

/// Bytes that are kept or not kept as one.
pub(crate) const BLOCK: u64 = 16 << 10;
/// How much is written between two looks at the budget.
const LOOK_EVERY: u64 = 8 << 20;
/// Longest file that is kept; the map of a longer one would itself be large.
const MOST_LEN: u64 = 1 << 42;
/// Bytes of the map for one block.
const MARK: u64 = 4;

/// A folder for parts of files, and how much may lie in it. Cloning shares it.
#[derive(Clone, Debug)]
pub struct DiskCache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    most_bytes: u64,
    written: AtomicU64,
}

/// The kept parts of one state of a file.
#[derive(Debug)]
pub(crate) struct Kept {
    cache: DiskCache,
    key: String,
    len: u64,
    data: File,
    map: File,
}

impl DiskCache {
    /// In a folder of the caller's, which is made when it is needed.
    pub fn in_folder(folder: &Path, most_bytes: u64) -> Self {
        Self { inner: Arc::new(Inner { folder: folder.to_owned(), most_bytes, written: AtomicU64::new(0) }) }
    }

    /// In the cache folder of the user, 4 GB at most; `None` where there is no such folder.
    pub fn of_user() -> Option<Self> {
        let folder = directories::BaseDirs::new()?.cache_dir().join("orthoscope").join("remote");
        Some(Self::in_folder(&folder, 4 << 30))
    }

    /// Bytes that it takes up now.
    pub fn used_bytes(&self) -> u64 {
        self.objects().iter().map(|o| o.bytes).sum()
    }

    /// The state of a file that was seen last.
    pub(crate) fn last_state(&self, address: &Address) -> Option<State> {
        let text = std::fs::read_to_string(self.note(address)).ok().filter(|t| t.len() < 4096)?;
        let mut lines = text.lines();
        let len = lines.next()?.parse().ok()?;
        let modified_ms = lines.next()?.parse().ok();
        let e_tag = lines.next().filter(|tag| !tag.is_empty()).map(str::to_owned);
        Some(State { len, e_tag, modified_ms })
    }

    /// Remembers the state of a file.
    pub(crate) fn remember(&self, address: &Address, state: &State) {
        let modified = state.modified_ms.map_or_else(|| "-".to_owned(), |m| m.to_string());
        let tag = state.e_tag.as_deref().unwrap_or_default();
        let text = format!("{}\n{modified}\n{tag}\n", state.len);
        if let Err(error) = self.write_whole(&self.note(address), text.as_bytes()) {
            log::debug!("the state of a file on a server was not kept: {error}");
        }
    }

    /// Opens what is kept of one state of a file; `None` when nothing can be kept of it.
    pub(crate) fn open(&self, address: &Address, state: &State) -> Option<Kept> {
        if !state.can_be_checked() || state.len == 0 || state.len > MOST_LEN {
            return None;
        }
        let key = identity(address, state);
        let opened = self.open_files(&key, state.len);
        let (data, map) =
            opened.inspect_err(|e| log::debug!("nothing is kept of a file on a server: {e}")).ok()?;
        let kept = Kept { cache: self.clone(), key, len: state.len, data, map };
        self.make_room(&kept.key);
        Some(kept)
    }

    fn open_files(&self, key: &str, len: u64) -> std::io::Result<(File, File)> {
        self.make_folder()?;
        let open = |ending: &str, len: u64| {
            let path = self.inner.folder.join(format!("{key}.{ending}"));
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
            if file.metadata()?.len() != len {
                file.set_len(len)?;
            }
            Ok::<_, std::io::Error>(file)
        };
        let map = open("map", len.div_ceil(BLOCK) * MARK)?;
        // Says when it was last used.
        map.set_modified(SystemTime::now())?;
        Ok((open("data", len)?, map))
    }

    fn make_folder(&self) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.inner.folder)
    }

    fn write_whole(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        self.make_folder()?;
        let mut new = tempfile::NamedTempFile::new_in(&self.inner.folder)?;
        new.write_all(bytes)?;
        new.persist(path)?;
        Ok(())
    }

    fn note(&self, address: &Address) -> PathBuf {
        self.inner.folder.join(format!("{}.note", hex(&[address.as_str()])))
    }

    /// What is there, the one that was used longest ago first.
    fn objects(&self) -> Vec<Object> {
        let entries = std::fs::read_dir(&self.inner.folder).into_iter().flatten().filter_map(Result::ok);
        let maps = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "map"));
        let mut objects: Vec<Object> = maps
            .filter_map(|map| {
                let about = std::fs::metadata(&map).ok()?;
                let data = map.with_extension("data");
                let bytes = std::fs::metadata(&data).map_or(0, |m| on_disk(&m)) + on_disk(&about);
                Some(Object { used: about.modified().ok()?, bytes, data, map })
            })
            .collect();
        objects.sort_by_key(|o| o.used);
        objects
    }

    /// Removes what was used longest ago until all fits; of what is in use now, `key`, the parts are forgotten
    /// when it alone is too much.
    fn make_room(&self, key: &str) {
        let objects = self.objects();
        let mut total: u64 = objects.iter().map(|o| o.bytes).sum();
        for object in &objects {
            if total <= self.inner.most_bytes {
                break;
            }
            if object.map.file_stem().is_some_and(|s| s == key) {
                continue;
            }
            // The map first: without it the data mean nothing.
            if std::fs::remove_file(&object.map).and_then(|()| std::fs::remove_file(&object.data)).is_ok() {
                total -= object.bytes;
            }
        }
    }
}

#[derive(Debug)]
struct Object {
    used: SystemTime,
    bytes: u64,
    data: PathBuf,
    map: PathBuf,
}

impl Kept {
    /// A block, if it is there and sound.
    pub(crate) fn get(&self, block: u64) -> Option<Vec<u8>> {
        let mut mark = [0; MARK as usize];
        read_exact_at(&self.map, &mut mark, block * MARK).ok()?;
        let mark = u32::from_le_bytes(mark);
        if mark == 0 {
            return None;
        }
        let mut bytes = vec![0; self.block_len(block)?];
        read_exact_at(&self.data, &mut bytes, block * BLOCK).ok()?;
        (checksum(&bytes) == mark).then_some(bytes)
    }

    /// Keeps a block.
    pub(crate) fn put(&self, block: u64, bytes: &[u8]) {
        let kept = write_all_at(&self.data, bytes, block * BLOCK)
            .and_then(|()| write_all_at(&self.map, &checksum(bytes).to_le_bytes(), block * MARK));
        if let Err(error) = kept {
            log::debug!("a part of a file on a server was not kept: {error}");
            return;
        }
        let written = self.cache.inner.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if written % LOOK_EVERY + bytes.len() as u64 >= LOOK_EVERY.min(self.cache.inner.most_bytes / 8) {
            self.keep_to_budget();
        }
    }

    fn keep_to_budget(&self) {
        let own = self.data.metadata().map_or(0, |m| on_disk(&m));
        if own > self.cache.inner.most_bytes / 2 {
            let emptied = [&self.map, &self.data].iter().try_for_each(|file| {
                let len = file.metadata()?.len();
                file.set_len(0)?;
                file.set_len(len)
            });
            if let Err(error) = emptied {
                log::debug!("the cache of files on servers could not be emptied: {error}");
            }
        }
        self.cache.make_room(&self.key);
    }

    fn block_len(&self, block: u64) -> Option<usize> {
        let start = block.checked_mul(BLOCK).filter(|start| *start < self.len)?;
        Some((self.len - start).min(BLOCK) as usize)
    }
}

/// Names one state of one file.
pub(crate) fn identity(address: &Address, state: &State) -> String {
    let modified = state.modified_ms.map(|m| m.to_string()).unwrap_or_default();
    hex(&[address.as_str(), &state.len.to_string(), state.e_tag.as_deref().unwrap_or_default(), &modified])
}

fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let number = hash.finalize().iter().take(16).fold(0_u128, |n, byte| n << 8 | u128::from(*byte));
    format!("{number:032x}")
}

/// Never 0, which stands for a block that is not there.
fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes).max(1)
}

#[cfg(unix)]
fn on_disk(about: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(about) * 512
}

#[cfg(not(unix))]
fn on_disk(about: &std::fs::Metadata) -> u64 {
    about.len()
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    while !buffer.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[n..];
        offset += n as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        bytes = &bytes[n..];
        offset += n as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(len: u64, tag: &str) -> State {
        State { len, e_tag: Some(tag.to_owned()), modified_ms: None }
    }

    fn address(name: &str) -> Address {
        Address::parse(&format!("https://a.org/{name}")).expect("an address")
    }

    #[test]
    fn blocks_come_back_and_spoilt_ones_do_not() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = DiskCache::in_folder(folder.path(), 64 << 20);
        let kept = cache.open(&address("x"), &state(BLOCK * 2 + 5, "a")).expect("kept");
        assert_eq!(kept.get(0), None);
        kept.put(1, &[7; BLOCK as usize]);
        kept.put(2, &[9; 5]);
        let again = cache.open(&address("x"), &state(BLOCK * 2 + 5, "a")).expect("kept");
        assert_eq!(again.get(1), Some(vec![7; BLOCK as usize]));
        assert_eq!((again.get(2), again.get(0), again.get(3)), (Some(vec![9; 5]), None, None));
        write_all_at(&kept.data, &[8], BLOCK + 100).expect("written");
        assert_eq!(again.get(1), None, "its checksum is wrong");
        let other = cache.open(&address("x"), &state(BLOCK * 2 + 5, "b")).expect("kept");
        assert_eq!(other.get(2), None, "another state of the file");
    }

    #[test]
    fn the_budget_holds_over_many_files_and_within_one() {
        let folder = tempfile::tempdir().expect("folder");
        let budget = 4 << 20;
        let cache = DiskCache::in_folder(folder.path(), budget);
        let noise: Vec<u8> = (0..BLOCK).map(|i| (i * 31 % 251) as u8).collect();
        for file in 0..6 {
            let kept = cache.open(&address(&file.to_string()), &state(1 << 30, "a")).expect("kept");
            (0..100).for_each(|block| kept.put(block, &noise));
            assert!(cache.used_bytes() <= budget + (1 << 20), "{} bytes", cache.used_bytes());
        }
        let kept = cache.open(&address("large"), &state(1 << 30, "a")).expect("kept");
        (0..2000).for_each(|block| kept.put(block, &noise));
        assert!(cache.used_bytes() <= budget + (1 << 20), "{} bytes", cache.used_bytes());
        assert!(kept.get(1999).is_some(), "the newest is there");
    }

    #[test]
    fn the_last_state_is_remembered_and_a_broken_note_is_none() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = DiskCache::in_folder(&folder.path().join("new"), 1 << 20);
        assert_eq!(cache.last_state(&address("x")), None);
        let seen = State { len: 12, e_tag: Some("\"a b\"".into()), modified_ms: Some(-5) };
        cache.remember(&address("x"), &seen);
        assert_eq!(cache.last_state(&address("x")), Some(seen));
        std::fs::write(cache.note(&address("x")), "many").expect("written");
        assert_eq!(cache.last_state(&address("x")), None);
    }
}
