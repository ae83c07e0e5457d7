//! A key with what is held down, as written on a menu.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Key, Modifiers};

/// A key with what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shortcut {
    pub key: Key,
    pub modifiers: Modifiers,
}

/// The text names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key; write it like Ctrl+Shift+Z")]
pub struct UnreadableShortcut(String);

/// Keys with a name of their own.
const NAMED: [(Key, &str); 21] = [
    (Key::Enter, "Enter"),
    (Key::Escape, "Esc"),
    (Key::Tab, "Tab"),
    (Key::Space, "Space"),
    (Key::Backspace, "Backspace"),
    (Key::Delete, "Delete"),
    (Key::Home, "Home"),
    (Key::End, "End"),
    (Key::PageUp, "PageUp"),
    (Key::PageDown, "PageDown"),
    (Key::Up, "↑"),
    (Key::Down, "↓"),
    (Key::Left, "←"),
    (Key::Right, "→"),
    (Key::Plus, "Plus"),
    (Key::Minus, "−"),
    (Key::Comma, ","),
    (Key::Period, "."),
    (Key::OpenBracket, "["),
    (Key::CloseBracket, "]"),
    (Key::Question, "?"),
];

impl Shortcut {
    pub const fn new(key: Key, modifiers: Modifiers) -> Self {
        Self { key, modifiers }
    }

    /// A key with nothing held.
    pub const fn plain(key: Key) -> Self {
        Self::new(key, Modifiers::NONE)
    }

    /// A letter with nothing held.
    pub const fn letter(letter: char) -> Self {
        Self::plain(Key::Letter(letter))
    }

    pub const fn ctrl(letter: char) -> Self {
        Self::new(Key::Letter(letter), Modifiers::CTRL)
    }

    pub const fn ctrl_shift(letter: char) -> Self {
        Self::new(Key::Letter(letter), Modifiers { ctrl: true, shift: true, alt: false })
    }

    /// The same without a Shift that only served to reach the sign on the key, as in `?` and `+`.
    #[must_use]
    pub fn normal(mut self) -> Self {
        if matches!(self.key, Key::Plus | Key::Question) {
            self.modifiers.shift = false;
        }
        self
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in
            [(self.modifiers.ctrl, "Ctrl+"), (self.modifiers.alt, "Alt+"), (self.modifiers.shift, "Shift+")]
        {
            if held {
                f.write_str(name)?;
            }
        }
        match self.key {
            Key::Letter(letter) => write!(f, "{letter}"),
            Key::Digit(digit) => write!(f, "{digit}"),
            Key::Function(n) => write!(f, "F{n}"),
            key => f.write_str(NAMED.iter().find(|(named, _)| *named == key).map_or("", |(_, name)| name)),
        }
    }
}

impl FromStr for Shortcut {
    type Err = UnreadableShortcut;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || UnreadableShortcut(text.to_owned());
        let mut modifiers = Modifiers::NONE;
        let mut rest = text.trim();
        while let Some((held, key)) = rest.split_once('+') {
            match held.trim().to_ascii_lowercase().as_str() {
                "ctrl" | "cmd" => modifiers.ctrl = true,
                "alt" => modifiers.alt = true,
                "shift" => modifiers.shift = true,
                _ => return Err(unreadable()),
            }
            rest = key.trim();
        }
        let key = key_from(rest).ok_or_else(unreadable)?;
        Ok(Self { key, modifiers })
    }
}

fn key_from(text: &str) -> Option<Key> {
    if let Some((key, _)) = NAMED.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)) {
        return Some(*key);
    }
    let mut chars = text.chars();
    match (chars.next()?, chars.as_str()) {
        (digit, "") if digit.is_ascii_digit() => Some(Key::Digit(digit as u8 - b'0')),
        (letter, "") if letter.is_ascii_alphabetic() => Some(Key::Letter(letter.to_ascii_uppercase())),
        ('F' | 'f', number) => number.parse().ok().filter(|n| (1..=12).contains(n)).map(Key::Function),
        _ => None,
    }
}

impl From<Shortcut> for String {
    fn from(shortcut: Shortcut) -> Self {
        shortcut.to_string()
    }
}

impl TryFrom<String> for Shortcut {
    type Error = UnreadableShortcut;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
