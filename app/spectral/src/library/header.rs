//! The text header of ENVI files: keys and values, some in braces over many lines.

use std::collections::BTreeMap;

use super::{LibraryError, text_of};

/// The most bytes of a header.
const MOST_BYTES: usize = 16 << 20;

/// Keys in lower case and their values, without braces.
#[derive(Debug)]
pub(crate) struct Header(BTreeMap<String, String>);

impl Header {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, LibraryError> {
        if bytes.len() > MOST_BYTES {
            return Err(LibraryError::Damaged("its header is longer than 16 MB".into()));
        }
        let text = text_of(bytes);
        let mut lines = text.lines();
        if lines.next().map(str::trim) != Some("ENVI") {
            return Err(LibraryError::NotALibrary("an ENVI header: its first line is not ENVI"));
        }
        let mut keys = BTreeMap::new();
        while let Some(line) = lines.next() {
            let Some((key, value)) = line.split_once('=').filter(|_| !line.trim_start().starts_with(';'))
            else {
                continue;
            };
            let (key, mut value) = (key.trim().to_lowercase(), value.trim().to_owned());
            if let Some(rest) = value.strip_prefix('{') {
                let mut inside = rest.to_owned();
                while !inside.contains('}') {
                    let Some(more) = lines.next() else {
                        return Err(LibraryError::Damaged(format!("`{key}` has no closing brace")));
                    };
                    inside.push('\n');
                    inside.push_str(more);
                }
                inside.split('}').next().unwrap_or_default().clone_into(&mut value);
            }
            keys.insert(key, value);
        }
        Ok(Self(keys))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|v| v.trim())
    }

    /// A whole number, or `default` where the key is missing.
    pub(crate) fn whole(&self, key: &str, default: Option<u64>) -> Result<u64, LibraryError> {
        match self.get(key) {
            Some(text) => {
                text.parse().map_err(|_| LibraryError::Damaged(format!("`{key}` is `{}`", shortened(text))))
            }
            None => default.ok_or_else(|| LibraryError::Damaged(format!("its header has no `{key}`"))),
        }
    }

    /// Parts between commas, over all lines.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let Some(text) = self.get(key).filter(|t| !t.is_empty()) else { return Vec::new() };
        text.split(',').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// The same as numbers, one a band; `None` where the key is missing.
    pub(crate) fn numbers(&self, key: &str, count: usize) -> Result<Option<Vec<f64>>, LibraryError> {
        let parts = self.list(key);
        if parts.is_empty() {
            return Ok(None);
        }
        if parts.len() != count {
            let reason = format!("`{key}` has {} numbers for {count} bands", parts.len());
            return Err(LibraryError::Damaged(reason));
        }
        let one = |part: &String| {
            part.parse().map_err(|_| LibraryError::Damaged(format!("`{key}` holds `{}`", shortened(part))))
        };
        parts.iter().map(one).collect::<Result<_, _>>().map(Some)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
