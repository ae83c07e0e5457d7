//! What a training has reached, on disk, so that it can be taken up again.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::LearningError;
use crate::network::LARGEST_WEIGHTS;
use crate::train::Epoch;

/// The state after an epoch.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) weights: Vec<u8>,
    pub(crate) moments: Vec<u8>,
    /// The weights of the best epoch.
    pub(crate) best: Vec<u8>,
    pub(crate) epochs: Vec<Epoch>,
}

#[derive(Serialize, Deserialize)]
struct State {
    lesson: String,
    epochs: Vec<Epoch>,
}

const STATE: &str = "state.json";
const FILES: [&str; 3] = ["network.safetensors", "best.safetensors", "moments.bin"];

/// Writes a state beside the one before and then in its place, so that there is always a whole one.
pub(crate) fn write(folder: &Path, lesson: &str, saved: &Checkpoint) -> Result<(), LearningError> {
    let (new, old) = (folder.with_extension("new"), folder.with_extension("old"));
    let write = || -> std::io::Result<()> {
        for left in [&new, &old] {
            if left.exists() {
                fs::remove_dir_all(left)?;
            }
        }
        fs::create_dir_all(&new)?;
        for (name, bytes) in FILES.iter().zip([&saved.weights, &saved.best, &saved.moments]) {
            fs::write(new.join(name), bytes)?;
        }
        let state = State { lesson: lesson.to_owned(), epochs: saved.epochs.clone() };
        fs::write(new.join(STATE), serde_json::to_vec_pretty(&state)?)?;
        if folder.exists() {
            fs::rename(folder, &old)?;
        }
        fs::rename(&new, folder)?;
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
        Ok(())
    };
    write().map_err(LearningError::file(folder))
}

/// The state that is kept there, if it is of this lesson; none where nothing is kept.
pub(crate) fn read(folder: &Path, lesson: &str) -> Result<Option<Checkpoint>, LearningError> {
    let old = folder.with_extension("old");
    // Killed between two renames: the state before is whole.
    let folder = if !folder.exists() && old.exists() { old.as_path() } else { folder };
    if !folder.exists() {
        return Ok(None);
    }
    let file = |name: &str| -> Result<Vec<u8>, LearningError> {
        let path = folder.join(name);
        let size = fs::metadata(&path).map_err(LearningError::file(&path))?.len();
        if size > LARGEST_WEIGHTS {
            return Err(broken(folder));
        }
        fs::read(&path).map_err(LearningError::file(&path))
    };
    let state: State = serde_json::from_slice(&file(STATE)?).map_err(|_| broken(folder))?;
    if state.lesson != lesson {
        return Err(LearningError::refused(
            format!("The checkpoint in {} is of another training", folder.display()),
            "labels or the form have changed since: remove it (in the window: Discard) and begin anew, or choose another --out",
        ));
    }
    let [weights, best, moments] = [file(FILES[0])?, file(FILES[1])?, file(FILES[2])?];
    Ok(Some(Checkpoint { weights, moments, best, epochs: state.epochs }))
}

/// For a checkpoint that makes no sense.
pub(crate) fn broken(folder: &Path) -> LearningError {
    LearningError::refused(
        format!("The checkpoint in {} is damaged", folder.display()),
        "remove that folder to begin anew",
    )
}
