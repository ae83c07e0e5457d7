//! What the encoder says of a picture, in memory and on disk.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use half::f16;
use learning::{LearningError, sha256};

/// What the encoder says of a picture: all that prompts need, in half of what it takes to calculate with.
#[derive(Clone, PartialEq)]
pub struct Features {
    /// `[width, grid, grid]`.
    pub(crate) values: Vec<f16>,
    pub(crate) width: usize,
    pub(crate) grid: usize,
    /// Width and height of the picture.
    pub(crate) size: [usize; 2],
    /// Its width and height where the network looks at it.
    pub(crate) fitted: [usize; 2],
}

impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Features({} × {} × {})", self.width, self.grid, self.grid)
    }
}

const MAGIC: &[u8; 8] = b"SAMFEAT1";
/// Magic, six numbers, and the hash of all after it.
const HEAD: usize = 8 + 6 * 4 + 64;
const ENDING: &str = "features";
/// The largest number in a head.
const MOST: u32 = 1 << 13;

impl Features {
    /// Width and height of the picture that they are of.
    pub fn picture_size(&self) -> [usize; 2] {
        self.size
    }

    /// As numbers to calculate with: `[width, grid, grid]`.
    pub fn numbers(&self) -> Vec<f32> {
        self.values.iter().map(|v| v.to_f32()).collect()
    }

    /// As bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let values: Vec<u8> = self.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let numbers = [self.width, self.grid, self.size[0], self.size[1], self.fitted[0], self.fitted[1]];
        let mut bytes = MAGIC.to_vec();
        bytes.extend(numbers.iter().flat_map(|n| (*n as u32).to_le_bytes()));
        let hash = sha256(&[&bytes[8..], &values].concat());
        bytes.extend(hash.as_bytes());
        bytes.extend(values);
        bytes
    }

    /// Of the bytes of a file; `None` where they are damaged or something else.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, values) = bytes.split_at_checked(HEAD)?;
        let number = |at: usize| {
            let four = head[8 + at * 4..12 + at * 4].try_into().ok()?;
            Some(u32::from_le_bytes(four)).filter(|n| (1..=MOST).contains(n)).map(|n| n as usize)
        };
        let [width, grid, size_x, size_y, fitted_x, fitted_y] =
            [number(0)?, number(1)?, number(2)?, number(3)?, number(4)?, number(5)?];
        let is_whole = head[..8] == *MAGIC && values.len() == width.checked_mul(grid * grid * 2)?;
        let hash = is_whole.then(|| sha256(&[&head[8..32], values].concat()))?;
        if head[32..] != *hash.as_bytes() {
            return None;
        }
        let values = values.chunks_exact(2).map(|two| f16::from_le_bytes([two[0], two[1]])).collect();
        Some(Self { values, width, grid, size: [size_x, size_y], fitted: [fitted_x, fitted_y] })
    }
}

/// A folder of features that is never larger than its budget; those that were used longest ago go first.
#[derive(Clone, Debug)]
pub struct FeatureCache {
    folder: PathBuf,
    budget: u64,
}

impl FeatureCache {
    /// In a folder that is made when something is kept; `budget` in bytes.
    pub fn new(folder: impl Into<PathBuf>, budget: u64) -> Self {
        Self { folder: folder.into(), budget }
    }

    /// By what they are of: everything that they depend on, as one text.
    fn path(&self, of: &str) -> PathBuf {
        self.folder.join(sha256(of.as_bytes())).with_extension(ENDING)
    }

    /// What is kept of that. What is damaged is removed.
    pub fn get(&self, of: &str) -> Option<Features> {
        let path = self.path(of);
        let held = fs::metadata(&path).ok()?.len();
        let found = (held <= self.budget).then(|| fs::read(&path).ok()).flatten();
        let features = found.as_deref().and_then(Features::of_bytes);
        if features.is_none() {
            log::warn!("{} is damaged and made anew", path.display());
            let _ = fs::remove_file(&path);
        } else if let Ok(file) = File::options().append(true).open(&path) {
            // Only the order in which things go hangs on it.
            let _ = file.set_modified(SystemTime::now());
        }
        features
    }

    /// Keeps them, in the place of those that were used longest ago where there is no room.
    pub fn put(&self, of: &str, features: &Features) -> Result<(), LearningError> {
        let bytes = features.to_bytes();
        if bytes.len() as u64 > self.budget {
            return Ok(());
        }
        let path = self.path(of);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            self.make_room(bytes.len() as u64)?;
            let beside = path.with_extension(format!("{}.part", std::process::id()));
            fs::write(&beside, &bytes)?;
            fs::rename(&beside, &path)
        };
        write().map_err(|source| LearningError::File { path: path.clone(), source })
    }

    fn make_room(&self, wanted: u64) -> std::io::Result<()> {
        let mut held: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let (path, about) = (entry.path(), entry.metadata()?);
            if about.is_file() && is_ours(&path) {
                held.push((about.modified()?, about.len(), path));
            }
        }
        held.sort();
        let mut sum: u64 = held.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in held {
            if sum + wanted <= self.budget {
                break;
            }
            fs::remove_file(path)?;
            sum -= size;
        }
        Ok(())
    }
}

/// Features, and what was left of writing some.
fn is_ours(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == ENDING || end == "part")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(fill: f32) -> Features {
        let values = (0..4 * 9).map(|i| f16::from_f32(fill + i as f32)).collect();
        Features { values, width: 4, grid: 3, size: [40, 30], fitted: [48, 36] }
    }

    #[test]
    fn features_come_back_as_they_went_and_damaged_ones_not_at_all() {
        let one = features(0.5);
        let bytes = one.to_bytes();
        assert_eq!(Features::of_bytes(&bytes), Some(one));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 4;
            assert_eq!(Features::of_bytes(&other), None, "byte {at}");
            assert_eq!(Features::of_bytes(&bytes[..at]), None, "{at} bytes");
        }
        assert_eq!(Features::of_bytes(&[bytes.as_slice(), &[0; 2]].concat()), None);
    }

    #[test]
    fn the_folder_keeps_within_its_budget_and_forgets_what_was_used_longest_ago() {
        let folder = tempfile::tempdir().expect("a folder");
        let each = features(0.0).to_bytes().len() as u64;
        let cache = FeatureCache::new(folder.path().join("deep").join("er"), each * 3);
        let age = |of: &str, seconds: u64| {
            let file = File::options().append(true).open(cache.path(of)).expect("kept");
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(seconds)).expect("a time");
        };
        for (at, of) in ["a", "b", "c"].into_iter().enumerate() {
            cache.put(of, &features(at as f32)).expect("kept");
            age(of, 100 - at as u64);
        }
        assert_eq!(cache.get("a"), Some(features(0.0)), "and is the newest from now on");
        cache.put("d", &features(3.0)).expect("kept");
        assert_eq!(cache.get("b"), None);
        assert!(cache.get("a").is_some() && cache.get("c").is_some() && cache.get("d").is_some());
        fs::write(cache.path("c"), b"damaged").expect("written");
        assert_eq!(cache.get("c"), None);
        assert!(!cache.path("c").exists(), "what is damaged does not stay");
        let small = FeatureCache::new(folder.path().join("small"), 10);
        small.put("a", &features(0.0)).expect("no error");
        assert_eq!(small.get("a"), None);
    }
}
