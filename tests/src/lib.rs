//! What the journeys share: where the checkout and the real samples are, and how to run the program.

#![expect(clippy::print_stderr, reason = "a skipped test must be heard")]

mod bright;

use std::path::{Path, PathBuf};

pub use bright::{BRIGHT_PX, bright_network};

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A real sample file or folder, from the folder that `ORTHOSCOPE_SAMPLES` names.
///
/// `None`, said loudly, when the variable is not set: samples are their owners' and are not part of this
/// repository. A variable that is set but does not hold the sample is an error of the machine: panics.
pub fn sample(relative: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ORTHOSCOPE_SAMPLES") else {
        eprintln!("SKIPPED: {relative} is a real sample; set ORTHOSCOPE_SAMPLES to the folder that holds it");
        return None;
    };
    let path = PathBuf::from(folder).join(relative);
    assert!(path.exists(), "ORTHOSCOPE_SAMPLES is set but {} does not exist", path.display());
    Some(path)
}
