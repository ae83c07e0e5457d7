//! What is dropped on the window or pasted into it: files, folders, and addresses of images on servers.

use std::path::{Path, PathBuf};

/// Files that hold nothing but an address, as desktops and browsers make of a dragged link.
const LINKS: [&str; 3] = ["url", "webloc", "desktop"];
/// A longer one is no link.
const LINK_BYTES: u64 = 64 << 10;
/// Lines of pasted text that are looked at.
const LINES: usize = 64;

/// What a dropped file stands for: itself, or the address that it holds.
pub fn dropped(path: &Path) -> PathBuf {
    // Some desktops hand over a link as if it were a file.
    if let Some(address) = address_in(&path.to_string_lossy()) {
        return address;
    }
    let is_link = path.extension().is_some_and(|e| LINKS.iter().any(|link| e.eq_ignore_ascii_case(link)));
    let is_short = || std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LINK_BYTES);
    let text = || std::fs::read_to_string(path).ok();
    let address = if is_link && is_short() { text().as_deref().and_then(linked) } else { None };
    address.unwrap_or_else(|| path.to_owned())
}

/// The address in a link's file: `URL=…` of Windows and Linux, `<string>…</string>` of macOS.
fn linked(text: &str) -> Option<PathBuf> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("URL="));
    let element = || text.split("<string>").nth(1)?.split("</string>").next();
    address_in(line.or_else(element)?)
}

/// What pasted text asks to open; empty when one of its lines is neither an address nor a file that is there.
pub fn pasted(text: &str) -> Vec<PathBuf> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.len() > LINES {
        return Vec::new();
    }
    let found: Option<Vec<PathBuf>> = lines.into_iter().map(one).collect();
    found.unwrap_or_default()
}

fn one(line: &str) -> Option<PathBuf> {
    let line = line.trim_matches(['"', '\'']);
    if let Some(address) = address_in(line) {
        return Some(address);
    }
    let path = match line.strip_prefix("file://") {
        Some(rest) => PathBuf::from(percent_decoded(rest)?),
        None => PathBuf::from(line),
    };
    (path.is_absolute() && path.exists()).then_some(path)
}

/// An address of a file: it goes on behind the server.
fn address_in(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    let rest = text.split_once("://")?.1;
    let names_a_file = rest.split_once('/').is_some_and(|(_, path)| !path.is_empty());
    (names_a_file && raster::is_address(Path::new(text))).then(|| PathBuf::from(text))
}

/// A path as files are named in links: `%20` is a space.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_link_is_the_address_that_it_holds_and_a_file_is_itself() {
        let folder = tempfile::tempdir().expect("folder");
        let address = "https://example.org/data/post.tif";
        let texts = [
            ("a.url", format!("[InternetShortcut]\r\nURL={address}\r\n")),
            ("b.desktop", format!("[Desktop Entry]\nType=Link\nURL={address}\n")),
            ("c.WEBLOC", format!("<plist><dict><key>URL</key><string>{address}</string></dict></plist>")),
        ];
        for (name, text) in texts {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            assert_eq!(dropped(&path), PathBuf::from(address), "{name}");
        }
        assert_eq!(dropped(Path::new(address)), PathBuf::from(address));
        let image = folder.path().join("post.tif");
        assert_eq!(dropped(&image), image);
        let empty = folder.path().join("empty.url");
        std::fs::write(&empty, "URL=nothing").expect("written");
        assert_eq!(dropped(&empty), empty, "no address: a file like any other");
    }

    #[test]
    fn pasted_text_opens_addresses_and_files_that_are_there_and_nothing_else() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a b.tif");
        std::fs::write(&path, b"").expect("written");
        let text = path.to_string_lossy().into_owned();
        assert_eq!(pasted(&format!(" \"{text}\"\n")), std::slice::from_ref(&path));
        assert_eq!(pasted(&format!("file://{}", text.replace(' ', "%20"))), std::slice::from_ref(&path));
        let two = format!("s3://bucket/key.tif\n{text}");
        assert_eq!(pasted(&two), [PathBuf::from("s3://bucket/key.tif"), path]);
        for other in [
            "",
            "hello",
            "https://",
            "https://example.org",
            "37.08, -94.51",
            "file:///no/such%2",
            "relative.tif",
        ] {
            assert!(pasted(other).is_empty(), "{other}");
        }
        assert!(pasted(&format!("{text}\nand words")).is_empty(), "a text, not a list");
        assert!(pasted(&"https://example.org/a.tif\n".repeat(LINES + 1)).is_empty());
    }
}
