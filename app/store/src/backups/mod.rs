//! Generations of a project that are kept beside it, each checked as a whole before an older one goes.
//!
//! They lie in the folder `<name>.gpkg.backups`, numbered, the largest number the newest. At least [`FEWEST`] are kept and at
//! most [`MOST`]: the newest, one of the last hour, one of the last day and one from before. Each is a project that opens
//! as it is.

mod make;
mod restore;

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use project::Seq;

use crate::journal::{self, Head};
use crate::{StoreError, connect, layout, verify};

pub use make::{BackedUp, back_up};
pub use restore::{Restored, restore};

/// So many generations are kept as soon as there are as many, whatever their age.
pub const FEWEST: usize = 3;
/// More are never kept.
pub const MOST: usize = 4;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// More things in the folder are not looked at.
const LOOKED_AT: usize = 10_000;

/// One kept copy of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts up from 1; the largest is the newest.
    pub number: u64,
    pub path: PathBuf,
    /// Unix milliseconds at which it was made, as the disk says.
    pub made_ms: i64,
    pub bytes: u64,
}

impl Generation {
    fn at(path: PathBuf) -> Option<Self> {
        let number = path.file_name()?.to_str()?.strip_suffix(".gpkg")?.parse().ok()?;
        let about = std::fs::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        let made = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let made_ms = made.map_or(0, |since| since.as_millis() as i64);
        Some(Self { number, path, made_ms, bytes: about.len() })
    }

    /// The number of its newest entry; `None` where it cannot be read.
    pub fn entries(&self) -> Option<Seq> {
        self.head().map(|head| head.seq)
    }

    /// `2026-01-31 09:30`, by the clock of this machine.
    pub fn made(&self) -> String {
        crate::time::minute(self.made_ms).unwrap_or_default()
    }

    fn head(&self) -> Option<Head> {
        let db = connect::reading(&self.path).ok()?;
        journal::newest(&db).ok()
    }
}

/// The generations that are kept of a project, the newest first. The project itself need not be there any more.
pub fn generations(project: &Path) -> Vec<Generation> {
    let Some(project) = settled(project) else { return Vec::new() };
    let Ok(folder) = std::fs::read_dir(folder_of(&project)) else { return Vec::new() };
    let files = folder.take(LOOKED_AT).filter_map(|file| Generation::at(file.ok()?.path()));
    let mut found: Vec<Generation> = files.collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.number));
    found
}

/// Removes every generation of a project that is somewhere else now.
pub fn forget_generations(project: &Path) {
    for one in generations(project) {
        // What stays does no harm.
        let _ = std::fs::remove_file(one.path);
    }
    if let Some(project) = settled(project) {
        let _ = std::fs::remove_dir(folder_of(&project));
    }
}

/// The folder beside a project that its generations lie in.
fn folder_of(project: &Path) -> PathBuf {
    connect::beside(project, ".backups")
}

/// A path with links resolved, also of a file that is gone.
fn settled(project: &Path) -> Option<PathBuf> {
    if let Ok(path) = project.canonicalize() {
        return Some(path);
    }
    let folder = project.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(project.file_name()?))
}

/// Checks a copy as a whole, in little memory: its pages, that it is a project, and the chain of its journal to its end.
/// `None` when that was not wanted any more.
fn check(path: &Path, wanted: &mut dyn FnMut() -> bool) -> Result<Option<Head>, StoreError> {
    let db = connect::reading(path)?;
    layout::vet(&db, path)?;
    let problems = verify::integrity(&db).map_err(|e| StoreError::sqlite("read", path, e))?;
    if let Some(problem) = problems.into_iter().next() {
        return Err(StoreError::Damaged { path: path.to_path_buf(), what: problem });
    }
    journal::check_chain(&db, wanted).map_err(|doubt| doubt.into_error(path))
}

/// Which generations stay, by the times at which they were made, the newest first.
fn kept(made_ms: &[i64]) -> Vec<bool> {
    let mut kept = vec![false; made_ms.len()];
    let Some(newest) = made_ms.first() else { return kept };
    // A clock that was set back makes things young, never lost.
    let age = |i: &usize| newest.saturating_sub(made_ms[*i]).max(0);
    let older = || 1..made_ms.len();
    let hour = older().rfind(|i| age(i) <= HOUR_MS);
    let day = older().rfind(|i| age(i) > HOUR_MS && age(i) <= DAY_MS);
    let before = older().find(|i| age(i) > DAY_MS);
    for i in [Some(0), hour, day, before].into_iter().flatten() {
        kept[i] = true;
    }
    for i in 0..made_ms.len() {
        if kept.iter().filter(|kept| **kept).count() >= FEWEST {
            break;
        }
        kept[i] = true;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes one every `step_ms` and says how old those are that stay, the newest first.
    fn after(steps: usize, step_ms: i64) -> Vec<i64> {
        let mut made: Vec<i64> = Vec::new();
        for step in 0..steps {
            made.insert(0, step as i64 * step_ms);
            let keep = kept(&made);
            made = made.into_iter().zip(keep).filter_map(|(at, keep)| keep.then_some(at)).collect();
            assert!(made.len() <= MOST && (made.len() >= FEWEST || made.len() == step + 1), "{made:?}");
        }
        let newest = made[0];
        made.into_iter().map(|at| newest - at).collect()
    }

    #[test]
    fn of_many_generations_the_newest_an_hour_a_day_and_an_older_one_stay() {
        assert_eq!(after(2, 1), [1 - 1, 1]);
        let ages = after(1_000, 10 * 60_000);
        assert_eq!(ages[0], 0);
        assert!(ages[1] > 0 && ages[1] <= HOUR_MS, "{ages:?}");
        assert!(ages[2] > HOUR_MS && ages[2] <= DAY_MS, "{ages:?}");
        assert!(ages[3] > DAY_MS && ages[3] <= 3 * DAY_MS, "{ages:?}");
        assert_eq!(after(9, 7 * DAY_MS).len(), FEWEST);
        assert_eq!(after(9, -60_000).len(), FEWEST, "a clock that goes backwards");
    }
}
