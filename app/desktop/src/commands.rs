//! The command table in the window: which commands this window runs, their keys in egui's terms.

use editing::{
    Command, DatasetCommand, EditCommand, FileCommand, Key, Keymap, Shortcut, ViewCommand, Workspace,
};

use crate::map::view::modifiers_of;

/// The workspaces of this window, from the left.
pub const WORKSPACES: [Workspace; 5] =
    [Workspace::Explore, Workspace::Annotate, Workspace::Review, Workspace::Questions, Workspace::Models];

/// True for commands that this window runs; the others are not offered anywhere.
pub fn is_offered(command: Command) -> bool {
    match command {
        Command::View(ViewCommand::Show(workspace)) => WORKSPACES.contains(&workspace),
        Command::Dataset(DatasetCommand::DesignSplit) => false,
        _ => true,
    }
}

/// Every command of this window in the order of menus.
pub fn offered() -> Vec<Command> {
    Command::all().into_iter().filter(|c| is_offered(*c)).collect()
}

/// The first key of a command as it is printed on menus; empty when it has none.
pub fn shortcut_text(keymap: &Keymap, command: Command) -> String {
    keymap.shortcuts(command).first().map(ToString::to_string).unwrap_or_default()
}

/// What a tooltip says: what the command does, and its key at the end.
pub fn tooltip(keymap: &Keymap, command: Command) -> String {
    let key = shortcut_text(keymap, command);
    let text = command.tooltip();
    if key.is_empty() { text.to_owned() } else { format!("{text}  {key}") }
}

/// A key press in the words of commands and tools.
pub fn shortcut_of(key: egui::Key, modifiers: egui::Modifiers) -> Option<Shortcut> {
    Some(Shortcut::new(key_of(key)?, modifiers_of(modifiers)).normal())
}

fn key_of(key: egui::Key) -> Option<Key> {
    use egui::Key as K;
    Some(match key {
        K::Enter => Key::Enter,
        K::Escape => Key::Escape,
        K::Tab => Key::Tab,
        K::Space => Key::Space,
        K::Backspace => Key::Backspace,
        K::Delete => Key::Delete,
        K::Home => Key::Home,
        K::End => Key::End,
        K::PageUp => Key::PageUp,
        K::PageDown => Key::PageDown,
        K::ArrowUp => Key::Up,
        K::ArrowDown => Key::Down,
        K::ArrowLeft => Key::Left,
        K::ArrowRight => Key::Right,
        K::Plus | K::Equals => Key::Plus,
        K::Minus => Key::Minus,
        K::Comma => Key::Comma,
        K::Period => Key::Period,
        K::OpenBracket => Key::OpenBracket,
        K::CloseBracket => Key::CloseBracket,
        K::Questionmark => Key::Question,
        other => return named_key(other.name()),
    })
}

/// Letters, digits and function keys by the name that egui gives them.
fn named_key(name: &str) -> Option<Key> {
    let mut chars = name.chars();
    match (chars.next()?, chars.as_str()) {
        (c, "") if c.is_ascii_digit() => Some(Key::Digit(c as u8 - b'0')),
        (c, "") if c.is_ascii_uppercase() => Some(Key::Letter(c)),
        ('F', n) => n.parse().ok().filter(|n| (1..=12).contains(n)).map(Key::Function),
        _ => None,
    }
}

/// True for keys that do something in a text field, so that commands do not take them from there.
pub fn is_for_text(shortcut: Shortcut) -> bool {
    let editing = matches!(shortcut.key, Key::Letter('A' | 'C' | 'V' | 'X' | 'Y' | 'Z'));
    match shortcut.key {
        Key::Function(_) => false,
        Key::Letter(_) => !shortcut.modifiers.ctrl || editing,
        _ => true,
    }
}

/// Commands that a key may run while a dialog or the palette lies over the window: they close it, change its
/// looks, or leave.
pub fn reaches_through(command: Command) -> bool {
    matches!(
        command,
        Command::File(FileCommand::Quit)
            | Command::View(
                ViewCommand::CommandPalette
                    | ViewCommand::ShortcutSheet
                    | ViewCommand::Preferences
                    | ViewCommand::ToggleJobs
                    | ViewCommand::ToggleTheme
            )
    )
}

/// Commands that the keyboard may repeat while the key is held.
pub fn repeats(command: Command) -> bool {
    matches!(
        command,
        Command::View(
            ViewCommand::ZoomIn
                | ViewCommand::ZoomOut
                | ViewCommand::PanLeft
                | ViewCommand::PanRight
                | ViewCommand::PanUp
                | ViewCommand::PanDown
                | ViewCommand::NextBand
                | ViewCommand::PreviousBand
        ) | Command::Edit(
            EditCommand::Undo | EditCommand::Redo | EditCommand::NextRegion | EditCommand::PreviousRegion
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_table_can_be_pressed() {
        let pressed: Vec<Shortcut> = egui::Key::ALL
            .iter()
            .flat_map(|key| {
                [false, true].into_iter().flat_map(move |command| {
                    [false, true].into_iter().flat_map(move |shift| {
                        [false, true].into_iter().filter_map(move |alt| {
                            let held = egui::Modifiers { command, shift, alt, ..Default::default() };
                            shortcut_of(*key, held)
                        })
                    })
                })
            })
            .collect();
        for command in offered() {
            for shortcut in command.shortcuts() {
                assert!(pressed.contains(&shortcut.normal()), "{}: {shortcut}", command.text());
            }
        }
    }
}
