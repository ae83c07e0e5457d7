//! The camera, the panels and what is shown.

use super::situation::Need;
use super::{Pane, Row, Shortcut, Workspace};
use crate::{Key, Modifiers};

/// The camera, the panels and what is shown. Never part of the undo history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViewCommand {
    ZoomIn,
    ZoomOut,
    ZoomFit,
    ZoomSelection,
    OneToOne,
    PanLeft,
    PanRight,
    PanUp,
    PanDown,
    /// While the key is held.
    HideRegions,
    /// The regions of the class at hand.
    HideClass,
    /// Those of all other classes.
    ShowOnlyClass,
    ShowAllClasses,
    LockClass,
    /// The band, or the three bands, after those that are shown.
    NextBand,
    PreviousBand,
    ToggleSwipe,
    ToggleBasemap,
    TogglePanels,
    /// Shows or hides one panel.
    Pane(Pane),
    /// The states that the project has been in, in the history panel.
    States,
    /// Puts the panels of this workspace back to their first places.
    ResetPanels,
    ToggleTheme,
    ToggleJobs,
    Show(Workspace),
    CommandPalette,
    /// A coordinate, typed.
    GoTo,
    ShortcutSheet,
    Preferences,
}

impl ViewCommand {
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::ZoomIn,
            Self::ZoomOut,
            Self::ZoomFit,
            Self::ZoomSelection,
            Self::OneToOne,
            Self::PanLeft,
            Self::PanRight,
            Self::PanUp,
            Self::PanDown,
            Self::HideRegions,
            Self::HideClass,
            Self::ShowOnlyClass,
            Self::ShowAllClasses,
            Self::LockClass,
            Self::NextBand,
            Self::PreviousBand,
            Self::ToggleSwipe,
            Self::ToggleBasemap,
            Self::TogglePanels,
            Self::ToggleTheme,
            Self::ToggleJobs,
        ];
        all.extend(Pane::ALL.map(Self::Pane));
        all.extend([Self::States, Self::ResetPanels]);
        all.extend(Workspace::ALL.map(Self::Show));
        all.extend([Self::CommandPalette, Self::GoTo, Self::ShortcutSheet, Self::Preferences]);
        all
    }

    pub(super) fn row(self) -> Row {
        use Need::{Map, Regions, Selection};
        let plain = |key| [Shortcut::plain(key)];
        let ctrl = |digit| Shortcut::new(Key::Digit(digit), Modifiers::CTRL);
        match self {
            Self::ZoomIn => Row::new("view.zoom_in", "Zoom in", "Closer", plain(Key::Plus), &[Map]),
            Self::ZoomOut => Row::new("view.zoom_out", "Zoom out", "Farther", plain(Key::Minus), &[Map]),
            Self::ZoomFit => Row::new(
                "view.zoom_fit",
                "Show everything",
                "The whole of the imagery and regions",
                [Shortcut::plain(Key::Home), ctrl(0)],
                &[Map],
            ),
            Self::ZoomSelection => Row::new(
                "view.zoom_selection",
                "Zoom to selection",
                "The selected regions with some ground around them",
                [Shortcut::letter('F')],
                &[Selection],
            ),
            Self::OneToOne => Row::new(
                "view.one_to_one",
                "One to one",
                "One image pixel on one screen pixel",
                [ctrl(1)],
                &[Map],
            ),
            Self::PanLeft => Row::new("view.pan_left", "Pan left", "Go west", plain(Key::Left), &[Map]),
            Self::PanRight => Row::new("view.pan_right", "Pan right", "Go east", plain(Key::Right), &[Map]),
            Self::PanUp => Row::new("view.pan_up", "Pan up", "Go north", plain(Key::Up), &[Map]),
            Self::PanDown => Row::new("view.pan_down", "Pan down", "Go south", plain(Key::Down), &[Map]),
            Self::HideRegions => Row::new(
                "view.hide_regions",
                "Hide regions",
                "Nothing but the imagery while the key is held",
                [Shortcut::letter('H')],
                &[Regions],
            ),
            Self::HideClass | Self::ShowOnlyClass | Self::ShowAllClasses | Self::LockClass => {
                self.class_row()
            }
            Self::NextBand => Row::new(
                "view.next_band",
                "Next band",
                "Show the band after this one, or the next three; also Ctrl and the wheel over the map",
                [Shortcut::plain(Key::CloseBracket)],
                &[Map],
            ),
            Self::PreviousBand => Row::new(
                "view.previous_band",
                "Previous band",
                "Show the band before this one, or the three before; also Ctrl and the wheel over the map",
                [Shortcut::plain(Key::OpenBracket)],
                &[Map],
            ),
            _ => self.panel_row(),
        }
    }

    fn class_row(self) -> Row {
        let needs = &[Need::Schema];
        let key = |letter, modifiers| [Shortcut::new(Key::Letter(letter), modifiers)];
        match self {
            Self::HideClass => Row::new(
                "view.hide_class",
                "Hide or show the class",
                "The regions of the selected region's class, or of the class that is drawn with",
                key('H', Modifiers::SHIFT),
                needs,
            ),
            Self::ShowOnlyClass => Row::new(
                "view.show_only_class",
                "Show this class only",
                "Hides the regions of all classes but that of the selected region, or that which is drawn with",
                [],
                needs,
            ),
            Self::ShowAllClasses => Row::new(
                "view.show_all_classes",
                "Show all classes",
                "Nothing is hidden any more",
                key('H', Modifiers::ALT),
                needs,
            ),
            _ => Row::new(
                "view.lock_class",
                "Lock or unlock the class",
                "Its regions can be neither selected on the map nor changed",
                key('L', Modifiers::ALT),
                needs,
            ),
        }
    }

    fn panel_row(self) -> Row {
        use Need::Map;
        let plain = |key| [Shortcut::plain(key)];
        match self {
            Self::ToggleSwipe => Row::new(
                "view.swipe",
                "Swipe",
                "Compare two layers with a divider",
                [Shortcut::letter('S')],
                &[Map, Need::TwoLayers],
            ),
            Self::ToggleBasemap => Row::new(
                "view.basemap",
                "Basemap",
                "A street or satellite map under the imagery",
                [Shortcut::letter('B')],
                &[],
            ),
            Self::TogglePanels => {
                Row::new("view.panels", "Panels", "Show or hide every panel", plain(Key::Tab), &[])
            }
            Self::Pane(Pane::History) => Row::new(
                "view.pane_history",
                "History panel",
                "Every change so far; any one can be taken back",
                [Shortcut::ctrl('H')],
                &[],
            ),
            Self::Pane(Pane::Cube) => Row::new(
                "view.pane_cube",
                "Image cube",
                "The layer as a block to turn: the picture on top, the spectra of its edges down the sides",
                [],
                &[Need::ManyBands],
            ),
            Self::Pane(pane) => Row::new(
                format!("view.pane_{}", pane.key()),
                format!("{} panel", pane.text()),
                "Show or hide this panel",
                [],
                &[],
            ),
            Self::States => Row::new(
                "view.states",
                "Undo tree",
                "Every state so far with its branches, in the history panel: a click goes to one",
                [Shortcut::ctrl_shift('H')],
                &[Need::Project],
            ),
            Self::ResetPanels => Row::new(
                "view.reset_panels",
                "Reset panels",
                "Put the panels of this workspace back to their first places and sizes",
                [],
                &[],
            ),
            Self::ToggleTheme => Row::new(
                "view.theme",
                "Light or dark",
                "Change between the light and the dark theme",
                [Shortcut::ctrl_shift('L')],
                &[],
            ),
            Self::ToggleJobs => {
                Row::new("view.jobs", "Jobs", "What is being worked on", [Shortcut::ctrl('J')], &[])
            }
            Self::Show(workspace) => Row::new(
                format!("view.{}", workspace.text().to_lowercase()),
                workspace.text(),
                "Change to this workspace; map, selection and history stay",
                [Shortcut::new(Key::Digit(workspace as u8 + 1), Modifiers::ALT)],
                &[],
            ),
            _ => self.window_row(),
        }
    }

    /// What lies over the frame.
    fn window_row(self) -> Row {
        match self {
            Self::CommandPalette => Row::new(
                "view.palette",
                "Search or command…",
                "Find any command by name",
                [Shortcut::ctrl('K'), Shortcut::ctrl_shift('P')],
                &[],
            ),
            Self::GoTo => Row::new(
                "view.go_to",
                "Go to coordinate…",
                "Degrees, UTM, MGRS, a plus code, or coordinates of the map",
                [Shortcut::ctrl('G')],
                &[Need::Map],
            ),
            Self::ShortcutSheet => Row::new(
                "view.shortcuts",
                "Keyboard shortcuts",
                "Every key and what it does",
                [Shortcut::plain(Key::Question), Shortcut::plain(Key::Function(1))],
                &[],
            ),
            Self::Preferences => Row::new(
                "view.preferences",
                "Preferences…",
                "Theme, size, your name, basemap",
                [Shortcut::new(Key::Comma, Modifiers::CTRL)],
                &[],
            ),
            other => other.row(),
        }
    }
}
