//! What lies beside an image on a server: overviews, masks, remarks, world files. Each costs a question, so that only
//! what the image lacks is asked for, all of it side by side; an image that is complete is taken as it is.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use remote::RemoteError;

use crate::error::Fault;
use crate::file::{RandomFile, is_address};
use crate::source::OpenOptions;

/// What an image does not say or have itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lacks {
    pub(crate) overviews: bool,
    pub(crate) place: bool,
}

thread_local! {
    /// What was found for the image that this thread opens.
    static FOUND: RefCell<Vec<(PathBuf, RandomFile)>> = const { RefCell::new(Vec::new()) };
}

/// Opens an image with what lies beside it at hand, where it is on a server and lacks something.
pub(crate) fn around<T>(
    image: &Path,
    lacks: Lacks,
    options: &OpenOptions,
    warnings: &mut Vec<String>,
    open: impl FnOnce(&mut Vec<String>) -> T,
) -> T {
    /// Puts back what was found for the image around, also when opening panics.
    struct Before(Vec<(PathBuf, RandomFile)>);
    impl Drop for Before {
        fn drop(&mut self) {
            FOUND.replace(std::mem::take(&mut self.0));
        }
    }
    let names = names(image, lacks);
    let _before = Before(FOUND.replace(asked(&names, options, warnings)));
    open(warnings)
}

/// A file beside the image that is being opened; `None` where there is none, or none was asked for.
pub(crate) fn find(path: &Path) -> Option<RandomFile> {
    let wanted = text_of(path)?;
    FOUND.with_borrow(|found| {
        found.iter().find(|(path, _)| text_of(path).as_ref() == Some(&wanted)).map(|(_, file)| file.clone())
    })
}

/// Addresses have slashes, whatever separates the folders of this machine.
fn text_of(path: &Path) -> Option<String> {
    path.to_str().map(|text| text.replace('\\', "/"))
}

/// Where it is worth while to look.
fn names(image: &Path, lacks: Lacks) -> Vec<PathBuf> {
    // What follows a question mark belongs to this one file.
    let is_plain = image.to_str().is_some_and(|text| !text.contains('?'));
    if !is_address(image) || !is_plain || lacks == Lacks::default() {
        return Vec::new();
    }
    let Some(name) = image.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        return Vec::new();
    };
    let mut names: Vec<PathBuf> =
        ["aux.xml", "msk"].iter().map(|e| image.with_file_name(format!("{name}.{e}"))).collect();
    if lacks.overviews {
        names.push(image.with_file_name(format!("{name}.ovr")));
    }
    if lacks.place {
        let extension = image.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let ends: Vec<char> = extension.chars().collect();
        if let [first, .., last] = ends[..] {
            names.push(image.with_extension(format!("{first}{last}w")));
        }
        names.extend(["wld", "prj"].map(|e| image.with_extension(e)));
    }
    names
}

/// Those that the server has. What it cannot say at the moment is a warning.
fn asked(names: &[PathBuf], options: &OpenOptions, warnings: &mut Vec<String>) -> Vec<(PathBuf, RandomFile)> {
    if names.is_empty() {
        return Vec::new();
    }
    let one = |path: &PathBuf| RandomFile::open_anywhere(path, options);
    let answers: Vec<Result<RandomFile, Fault>> = std::thread::scope(|scope| {
        let ask = |path| {
            let thread = std::thread::Builder::new().name("beside".into());
            thread.spawn_scoped(scope, move || one(path))
        };
        let asked: Vec<_> = names.iter().map(ask).collect();
        let gone = || Fault::System("a thread for it could not be had".into());
        asked.into_iter().map(|a| a.map_err(Fault::from)?.join().unwrap_or_else(|_| Err(gone()))).collect()
    });
    let mut found = Vec::new();
    for (path, answer) in names.iter().zip(answers) {
        match answer {
            Ok(file) => found.push((path.clone(), file)),
            // Stores that do not let strangers list files deny what is not there.
            Err(Fault::Remote(
                RemoteError::NotFound { .. } | RemoteError::Denied { .. } | RemoteError::Empty { .. },
            )) => {}
            Err(fault) => {
                let name = crate::file::name_of(path);
                warnings.push(format!("Whether {name} lies beside it is not known: {fault}."));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_image_lacks_is_looked_for() {
        let ends = |image: &str, overviews, place| {
            let names = names(Path::new(image), Lacks { overviews, place });
            names
                .iter()
                .map(|p| p.to_string_lossy().rsplit_once('/').map_or(String::new(), |s| s.1.to_owned()))
                .collect::<Vec<_>>()
        };
        let image = "https://a.org/b/scene.tif";
        assert_eq!(ends(image, false, false), [""; 0]);
        assert_eq!(ends(image, true, false), ["scene.tif.aux.xml", "scene.tif.msk", "scene.tif.ovr"]);
        assert_eq!(
            ends(image, false, true),
            ["scene.tif.aux.xml", "scene.tif.msk", "scene.tfw", "scene.wld", "scene.prj"]
        );
        assert_eq!(ends("https://a.org/b/scene.tif?v=3", true, true), [""; 0]);
        assert_eq!(ends("/data/scene.tif", true, true), [""; 0]);
        assert!(find(Path::new(image)).is_none());
    }
}
