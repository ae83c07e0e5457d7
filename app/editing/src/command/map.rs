//! What lies over the map or beside it: aids to look, compare and find the way back.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers};

/// Aids to look, compare and find the way back. Never part of the undo history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MapCommand {
    /// The values of the shown bands, written into pixels that are large enough.
    PixelValues,
    /// None, degrees, the map's own grid, and from the front.
    Graticule,
    NorthArrow,
    Minimap,
    /// Regions where the layer shows them, or as drawn.
    AsDrawn,
    /// A slider through the days that layers were taken on.
    TimeSlider,
    NextDate,
    PreviousDate,
    /// What the map shows, as a file.
    SavePicture,
    /// Several views of one place side by side, or one.
    LinkedViews,
    /// So many views, 2 to 4.
    Views(u8),
    /// Keeps the present view under a name.
    AddBookmark,
    NextBookmark,
    PreviousBookmark,
}

impl MapCommand {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::PixelValues,
            Self::Graticule,
            Self::NorthArrow,
            Self::Minimap,
            Self::AsDrawn,
            Self::TimeSlider,
            Self::NextDate,
            Self::PreviousDate,
            Self::SavePicture,
            Self::LinkedViews,
            Self::Views(2),
            Self::Views(3),
            Self::Views(4),
            Self::AddBookmark,
            Self::NextBookmark,
            Self::PreviousBookmark,
        ]
    }

    pub(super) fn row(self) -> Row {
        use Need::{Days, Map};
        let alt = |key| [Shortcut::new(key, Modifiers::ALT)];
        let shift = |letter| [Shortcut::new(Key::Letter(letter), Modifiers::SHIFT)];
        match self {
            Self::PixelValues => Row::new(
                "map.pixel_values",
                "Pixel values",
                "Write the values of the shown bands into the pixels, where they are large enough",
                shift('V'),
                &[],
            ),
            Self::Graticule => Row::new(
                "map.graticule",
                "Graticule",
                "Lines of longitude and latitude, then of the map's own grid, then none",
                shift('G'),
                &[],
            ),
            Self::NorthArrow => Row::new("map.north", "North arrow", "Where true north is", shift('N'), &[]),
            Self::Minimap => Row::new(
                "map.minimap",
                "Minimap",
                "The whole in a corner; a click goes there",
                shift('M'),
                &[],
            ),
            Self::AsDrawn => Row::new(
                "map.as_drawn",
                "Regions as drawn",
                "Show regions as they are drawn, or where the layer's adjustments move them",
                shift('D'),
                &[Need::Project, Map],
            ),
            Self::TimeSlider => Row::new(
                "map.time",
                "Time slider",
                "Go through the days that layers were taken on",
                [Shortcut::letter('T')],
                &[Map, Days],
            ),
            Self::NextDate => Row::new(
                "map.next_date",
                "Next date",
                "Show the layers of the next day",
                alt(Key::Right),
                &[Map, Days],
            ),
            Self::PreviousDate => Row::new(
                "map.previous_date",
                "Previous date",
                "Show the layers of the day before",
                alt(Key::Left),
                &[Map, Days],
            ),
            Self::SavePicture => Row::new(
                "map.save_picture",
                "Save picture…",
                "What the map shows as PNG, GeoTIFF, PDF or SVG, with legend and scale bar, at any size",
                [Shortcut::ctrl('P')],
                &[Map],
            ),
            Self::LinkedViews
            | Self::Views(_)
            | Self::AddBookmark
            | Self::NextBookmark
            | Self::PreviousBookmark => self.row_of_views(),
        }
    }

    /// Of what is about other views than the present one.
    fn row_of_views(self) -> Row {
        use Need::{Bookmarks, Map};
        let ctrl = |key| [Shortcut::new(key, Modifiers::CTRL)];
        match self {
            Self::Views(count) => Row::new(
                format!("map.views_{count}"),
                format!("{count} linked views"),
                "So many views of one place; again for one",
                ctrl(Key::Digit(count)),
                &[Map],
            ),
            Self::AddBookmark => Row::new(
                "map.add_bookmark",
                "Add bookmark",
                "Keep this view under a name",
                ctrl(Key::Letter('B')),
                &[Map],
            ),
            Self::NextBookmark => Row::new(
                "map.next_bookmark",
                "Next bookmark",
                "Go to the next view that was kept",
                ctrl(Key::PageDown),
                &[Map, Bookmarks],
            ),
            Self::PreviousBookmark => Row::new(
                "map.previous_bookmark",
                "Previous bookmark",
                "Go to the view before that was kept",
                ctrl(Key::PageUp),
                &[Map, Bookmarks],
            ),
            _ => Row::new(
                "map.linked_views",
                "Linked views",
                "Several views of one place, each with its own layers",
                [Shortcut::letter('L')],
                &[Map],
            ),
        }
    }
}
