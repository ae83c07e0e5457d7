//! Files that are kept because making them again takes long, in a folder of bounded size.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The most bytes that such a folder takes unless told otherwise.
pub(crate) const MOST_BYTES: u64 = 20 << 30;

/// Removes the oldest images (`.tif`) of a folder until all together take at most `most_bytes`, but none of those in
/// `stay`. Files of other kinds are left alone. Gives what was removed.
pub fn make_room(folder: &Path, most_bytes: u64, stay: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let about = |entry: std::fs::DirEntry| {
        let about = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((about.modified().ok()?, about.len(), entry.path()))
    };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|x| x == "tif"))
        .filter_map(about)
        .collect();
    files.sort();
    let stays = |path: &Path| stay.iter().any(|other| is_same(path, other));
    let mut total: u64 = files.iter().map(|file| file.1).sum();
    let mut removed = Vec::new();
    for (_, bytes, path) in files {
        if total <= most_bytes {
            break;
        }
        if !stays(&path) && std::fs::remove_file(&path).is_ok() {
            total -= bytes;
            removed.push(path);
        }
    }
    removed
}

fn is_same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    a == b || (a.file_name() == b.file_name() && real(a) == real(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_first_and_what_is_used_stays() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        for (i, name) in ["used.tif", "old.tif", "notes.txt", "new.tif", "newest.tif"].iter().enumerate() {
            std::fs::write(path(name), [0; 100])?;
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 + i as u64);
            std::fs::File::options().write(true).open(path(name))?.set_modified(at)?;
        }
        let stay = [path("used.tif"), path("newest.tif")];
        assert!(make_room(folder.path(), 400, &stay).is_empty(), "they fit");
        assert_eq!(make_room(folder.path(), 399, &stay), [path("old.tif")]);
        assert_eq!(make_room(folder.path(), 0, &stay), [path("new.tif")]);
        assert!(stay.iter().all(|kept| kept.is_file()) && path("notes.txt").is_file());
        Ok(())
    }
}
