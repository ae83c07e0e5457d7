//! Running the program and reading what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What one run of the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The JSON it printed; it must have succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("not one JSON document: {e}\n{}", self.out))
    }

    /// It must have failed with one sentence and a hint; the sentence.
    pub(crate) fn refusal(&self) -> &str {
        assert_eq!(self.code, 1, "expected a refusal: {} {}", self.out, self.err);
        assert!(self.out.is_empty(), "a refusal prints no result: {}", self.out);
        let error = self.err.lines().find_map(|l| l.strip_prefix("error: "));
        assert!(!self.err.contains("panicked"), "{}", self.err);
        error.unwrap_or_else(|| panic!("no `error:` line in {}", self.err))
    }
}

/// The program's file.
pub(crate) fn path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_orthoscope"))
}

/// Runs the program in a folder.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = Command::new(path())
        .args(arguments)
        .current_dir(folder)
        // What the program caches stays within the test.
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .env("XDG_CONFIG_HOME", folder.join(".config"))
        .env("XDG_DATA_HOME", folder.join(".data"))
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// Runs the program as a server does, where no desktop session is.
pub(crate) fn run_without_session(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(path());
    for name in ["XDG_RUNTIME_DIR", "NODEVICE_SELECT", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    let done = command.args(arguments).current_dir(folder).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
}

/// Runs the program with `--json`.
pub(crate) fn json(folder: &Path, arguments: &[&str]) -> Value {
    run(folder, &[arguments, &["--json"]].concat()).json()
}

/// A folder with a small town in it: `scene/` and an empty project `town.gpkg` with its layers and footprints.
pub(crate) struct Town {
    folder: tempfile::TempDir,
    pub(crate) files: scenes::SceneFiles,
}

impl Town {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let options = scenes::SceneOptions::sized(900, 700, 0.12);
        let files = scenes::write_scene(&folder.path().join("scene"), 7, &options, &|_| {}).expect("a town");
        let town = Self { folder, files };
        for arguments in [
            &["new", "town.gpkg"][..],
            &["add", "town.gpkg", &text(&town.files.pre), &text(&town.files.post)],
            &["import", "town.gpkg", &text(&town.files.footprints)],
        ] {
            let ran = run(town.path(), arguments);
            assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        }
        town
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("town.gpkg")
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}
