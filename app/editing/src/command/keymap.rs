//! Which key does what, and what a user has changed about it.

use std::collections::BTreeMap;

use crate::{Command, Shortcut, Workspace};

/// Which key does what. No key does two things in one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bound: BTreeMap<(Option<Workspace>, Shortcut), Command>,
}

/// The key is in use by another command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{shortcut} is the key of “{}”", by.text())]
pub struct Taken {
    pub shortcut: Shortcut,
    pub by: Command,
}

impl Default for Keymap {
    /// The keys of the command table.
    fn default() -> Self {
        let keys = |command: Command| {
            command.shortcuts().into_iter().map(move |s| ((command.workspace(), s), command))
        };
        Self { bound: Command::all().into_iter().flat_map(keys).collect() }
    }
}

impl Keymap {
    /// What a key means in a workspace.
    pub fn command(&self, shortcut: Shortcut, workspace: Workspace) -> Option<Command> {
        let shortcut = shortcut.normal();
        let own = self.bound.get(&(Some(workspace), shortcut));
        own.or_else(|| self.bound.get(&(None, shortcut))).copied()
    }

    /// The keys of a command, the first to be shown in its tooltip.
    pub fn shortcuts(&self, command: Command) -> Vec<Shortcut> {
        let kept = |s: &Shortcut| self.bound.get(&(command.workspace(), *s)) == Some(&command);
        let mut keys: Vec<Shortcut> = command.shortcuts().into_iter().filter(kept).collect();
        let own = self.bound.iter().filter(|(_, bound)| **bound == command).map(|((_, s), _)| *s);
        let more: Vec<Shortcut> = own.filter(|s| !keys.contains(s)).collect();
        keys.extend(more);
        keys
    }

    /// Gives a command these keys and no other, unless one of them is taken.
    pub fn rebind(&mut self, command: Command, shortcuts: &[Shortcut]) -> Result<(), Taken> {
        let place = |s: &Shortcut| (command.workspace(), s.normal());
        for shortcut in shortcuts {
            if let Some(by) = self.bound.get(&place(shortcut)).filter(|by| **by != command) {
                return Err(Taken { shortcut: *shortcut, by: *by });
            }
        }
        self.bound.retain(|_, bound| *bound != command);
        self.bound.extend(shortcuts.iter().map(|s| (place(s), command)));
        Ok(())
    }

    /// What differs from the table: the command's stable name and its keys, to be kept as a preference.
    pub fn changes(&self) -> BTreeMap<String, Vec<Shortcut>> {
        let default = Self::default();
        Command::all()
            .into_iter()
            .filter(|command| self.shortcuts(*command) != default.shortcuts(*command))
            .map(|command| (command.key().into_owned(), self.shortcuts(command)))
            .collect()
    }

    /// The table with a user's changes; those of unknown commands and those that collide are left out and
    /// given back by name.
    pub fn with_changes(changes: &BTreeMap<String, Vec<Shortcut>>) -> (Self, Vec<String>) {
        let mut keymap = Self::default();
        let known = |key: &String| Command::from_key(key);
        // First take every changed command's keys away, so that two commands can have swapped theirs.
        let changed: Vec<Command> = changes.keys().filter_map(known).collect();
        keymap.bound.retain(|_, bound| !changed.contains(bound));
        let mut left_out = Vec::new();
        for (key, shortcuts) in changes {
            let bound = known(key).is_some_and(|command| keymap.rebind(command, shortcuts).is_ok());
            if !bound {
                left_out.push(key.clone());
            }
        }
        (keymap, left_out)
    }
}
