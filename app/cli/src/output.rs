//! What is printed: one JSON document, or text for people.

use std::io::Write as _;

use serde::Serialize;

use crate::failure::hint_of;

/// Where results go.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: as JSON when that was asked for, else the text.
    pub(crate) fn result(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let printed =
            if self.json { serde_json::to_string_pretty(value)? } else { text().trim_end().to_owned() };
        match writeln!(out, "{printed}") {
            // Whoever read us has heard enough (`orthoscope … | head`).
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }
}

/// Prints one line at once, for scripts that wait for it.
pub(crate) fn acknowledge(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Tells a person something on standard error.
pub(crate) fn note(text: &str) {
    // A closed standard error leaves nobody to tell.
    writeln!(std::io::stderr(), "{text}").ok();
}

/// Prints what went wrong, and what to do about it.
pub(crate) fn failure(error: &anyhow::Error) {
    note(&format!("error: {error:#}"));
    note(&format!("hint: {}", hint_of(error)));
}

/// Lines of `name  value` with the values in one column.
pub(crate) fn table(rows: &[(impl AsRef<str>, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.as_ref().chars().count()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |text, (name, value)| {
        let name = name.as_ref();
        let pad = " ".repeat(width - name.chars().count());
        format!("{text}{name}{pad}  {value}\n")
    })
}
