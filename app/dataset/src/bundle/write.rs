//! A bundle as a folder: whole, or not there.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::Header;

/// The page, with a place for what it is of.
const PAGE: &str = include_str!("page.html");
const PLACE: &str = "/*BUNDLE*/null";

/// A bundle on its way: beside its place until it is whole.
#[derive(Debug)]
pub struct BundleWriter {
    target: PathBuf,
    staging: PathBuf,
    cards: Vec<(String, String)>,
    committed: bool,
}

impl BundleWriter {
    /// A bundle in a new or empty folder.
    pub fn new(target: &Path) -> std::io::Result<Self> {
        let taken = target.exists() && fs::read_dir(target)?.next().is_some();
        let name = target.file_name().filter(|_| !taken);
        let Some(name) = name else {
            let what = format!("{} is there already and not empty", target.display());
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, what));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let staging = parent.join(hidden);
        if staging.exists() {
            fs::remove_dir_all(&staging)?;
        }
        fs::create_dir_all(staging.join("cards"))?;
        Ok(Self { target: target.to_owned(), staging, cards: Vec::new(), committed: false })
    }

    /// The name of a card, by its place among the cases.
    fn name(place: usize) -> String {
        format!("cards/{:04}.jpg", place + 1)
    }

    /// Keeps the card of a case, by its place in the header.
    pub fn card(&mut self, place: usize, jpeg: &[u8]) -> std::io::Result<()> {
        let name = Self::name(place);
        fs::write(self.staging.join(&name), jpeg)?;
        self.cards.push((name, hex(&Sha256::digest(jpeg))));
        Ok(())
    }

    /// Writes what goes with the cards and moves the folder to its place. `key` and `signature` vouch for the header's text.
    pub fn finish(mut self, header: &Header, key: &str, signature: &str) -> std::io::Result<()> {
        let text = header.text();
        let cards: Vec<String> = (0..header.cases.len()).map(Self::name).collect();
        let shown = json!({ "header": text, "key": key, "signature": signature, "cards": cards });
        // Within a script, nothing of a project's words may end it.
        let shown = shown.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028");
        fs::write(self.staging.join("index.html"), PAGE.replacen(PLACE, &shown, 1))?;
        let hashes: Vec<_> =
            self.cards.iter().map(|(name, sha256)| json!({ "path": name, "sha256": sha256 })).collect();
        let about = json!({ "header": header, "key": key, "signature": signature, "cards": hashes });
        let mut about = serde_json::to_vec_pretty(&about)?;
        about.push(b'\n');
        fs::write(self.staging.join("bundle.json"), about)?;
        fs::write(self.staging.join("READ ME.txt"), read_me(header))?;
        if self.target.exists() {
            fs::remove_dir(&self.target)?;
        }
        fs::rename(&self.staging, &self.target)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for BundleWriter {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing more can be done about a folder that cannot be removed.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn read_me(header: &Header) -> String {
    format!(
        "For {member}: {count} cases of “{name}”, {stage}.\n\n\
         1. Open index.html in a browser. Nothing is sent anywhere; no network is needed.\n\
         2. Vote by keyboard: the digits are the classes, J and K go on and back, ? lists every key.\n\
         3. Save votes (Ctrl+S) and hand the file back. You may save as often as you like; the newest file has everything.\n\n\
         The page keeps your votes in this browser until then. To go on elsewhere, open the saved file there.\n\
         Whoever has the file can read your votes: hand it to nobody but whoever gave you this.\n",
        member = header.member,
        count = header.cases.len(),
        name = header.name,
        stage = header.stage.text(),
    )
}
