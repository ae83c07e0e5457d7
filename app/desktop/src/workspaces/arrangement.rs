//! Where the panels of a workspace stand: plain data that is kept in the preferences.

use std::collections::BTreeSet;

use editing::{Pane, Workspace};
use serde::{Deserialize, Serialize};

use super::panes::wish;

/// What this program writes; it reads nothing else.
const VERSION: u32 = 1;
/// Rows within columns within rows; nobody needs more, and a file could lie.
const DEEPEST: usize = 8;

/// Where the panels of a workspace stand, which are folded to their title, and which are hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    version: u32,
    #[serde(default)]
    pub hidden: BTreeSet<Pane>,
    #[serde(default)]
    pub folded: BTreeSet<Pane>,
    pub root: Part,
}

/// A part of the window. Sizes are in points: widths in a row, heights in a column. What holds the map, else
/// the last that is not folded, takes what the others leave, whatever its own size says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Part {
    /// The map, or the card of the review.
    Middle,
    /// Panels in one place, one of them open.
    Tabs { size: f32, open: Pane, panes: Vec<Pane> },
    /// Parts beside each other.
    Row { size: f32, parts: Vec<Part> },
    /// Parts below each other.
    Column { size: f32, parts: Vec<Part> },
}

impl Part {
    /// One panel with its preferred height.
    fn pane(pane: Pane) -> Self {
        Self::Tabs { size: wish(pane).y, open: pane, panes: vec![pane] }
    }

    /// Panels in one place beside the map, the first of them open.
    fn tabs(panes: &[Pane]) -> Self {
        Self::Tabs { size: wish(panes[0]).x, open: panes[0], panes: panes.to_vec() }
    }

    /// The history has its place behind what the selection is, until somebody shows it.
    fn with_history(mut self) -> Self {
        if let Self::Tabs { open: Pane::Region, panes, .. } = &mut self {
            panes.extend([Pane::History, Pane::Bookmarks, Pane::Alignment]);
        }
        self
    }

    /// How much of the row or column it is in.
    pub(super) fn size(&self) -> f32 {
        match self {
            Self::Middle => 0.0,
            Self::Tabs { size, .. } | Self::Row { size, .. } | Self::Column { size, .. } => *size,
        }
    }

    fn sized(mut self, to: f32) -> Self {
        match &mut self {
            Self::Middle => {}
            Self::Tabs { size, .. } | Self::Row { size, .. } | Self::Column { size, .. } => *size = to,
        }
        self
    }

    /// Every panel in it, from the left and the top.
    pub(super) fn panes(&self) -> Vec<Pane> {
        match self {
            Self::Middle => Vec::new(),
            Self::Tabs { panes, .. } => panes.clone(),
            Self::Row { parts, .. } | Self::Column { parts, .. } => {
                parts.iter().flat_map(Self::panes).collect()
            }
        }
    }

    /// How often the map is in it.
    fn middles(&self) -> usize {
        match self {
            Self::Middle => 1,
            Self::Tabs { .. } => 0,
            Self::Row { parts, .. } | Self::Column { parts, .. } => parts.iter().map(Self::middles).sum(),
        }
    }

    pub(super) fn holds_middle(&self) -> bool {
        self.middles() > 0
    }

    fn each(&self, depth: usize, see: &mut impl FnMut(&Self, usize)) {
        see(self, depth);
        if let Self::Row { parts, .. } | Self::Column { parts, .. } = self {
            // What lies too deep is found to be so by its first level.
            if depth <= DEEPEST {
                for part in parts {
                    part.each(depth + 1, see);
                }
            }
        }
    }

    fn open(&mut self, pane: Pane) {
        match self {
            Self::Middle => {}
            Self::Tabs { open, panes, .. } => {
                if panes.contains(&pane) {
                    *open = pane;
                }
            }
            Self::Row { parts, .. } | Self::Column { parts, .. } => {
                for part in parts {
                    part.open(pane);
                }
            }
        }
    }

    fn is_open(&self, pane: Pane) -> bool {
        match self {
            Self::Middle => false,
            Self::Tabs { open, .. } => *open == pane,
            Self::Row { parts, .. } | Self::Column { parts, .. } => parts.iter().any(|p| p.is_open(pane)),
        }
    }
}

/// What waits on the left, what is known of the case on the right.
fn review_first() -> Vec<Part> {
    let tabs = |open: Pane, panes: Vec<Pane>| Part::Tabs { size: wish(open).x, open, panes };
    let waits = tabs(Pane::Queue, vec![Pane::Queue, Pane::Work]);
    let judged = vec![Pane::Votes, Pane::Agreement, Pane::Remarks, Pane::Rules, Pane::History];
    vec![waits, Part::Middle, tabs(Pane::Votes, judged)]
}

impl Arrangement {
    /// Where the panels of a workspace stand before anybody moves them.
    pub fn first(workspace: Workspace) -> Self {
        let column = |panes: &[Pane]| Part::Column {
            size: panes.iter().map(|p| wish(*p).x).fold(0.0, f32::max),
            parts: panes.iter().map(|pane| Part::pane(*pane).with_history()).collect(),
        };
        let parts = match workspace {
            Workspace::Annotate => {
                // The table lies under the map, once somebody asks for it.
                let middle = Part::Column { size: 0.0, parts: vec![Part::Middle, Part::pane(Pane::Table)] };
                let mut right = column(&[Pane::Classes, Pane::Layers, Pane::Region]);
                // The screening lies behind the region, so that classes stay in sight.
                if let Part::Column { parts, .. } = &mut right
                    && let Some(Part::Tabs { panes, .. }) = parts.last_mut()
                {
                    panes.push(Pane::Screening);
                }
                vec![middle, right]
            }
            Workspace::Review => review_first(),
            Workspace::Explore => {
                // Spectra lie under the map, products behind the bands and the cube beside the map, once somebody asks
                // for them.
                let middle = Part::Column { size: 0.0, parts: vec![Part::Middle, Part::pane(Pane::Spectra)] };
                let mut right = column(&[Pane::Layers, Pane::Bands, Pane::Region]);
                if let Part::Column { parts, .. } = &mut right
                    && let Some(Part::Tabs { panes, .. }) = parts.get_mut(1)
                {
                    panes.push(Pane::Products);
                }
                let cube = Part::pane(Pane::Cube).sized(wish(Pane::Cube).x);
                vec![middle, cube, right]
            }
            Workspace::Questions => {
                let mut right = column(&[Pane::Question, Pane::Layers]);
                if let Part::Column { parts, .. } = &mut right
                    && let Some(Part::Tabs { panes, .. }) = parts.last_mut()
                {
                    panes.extend([Pane::Region, Pane::History]);
                }
                let mut left = column(&[Pane::Questions, Pane::Evidence]);
                if let Part::Column { parts, .. } = &mut left
                    && let Some(Part::Tabs { panes, .. }) = parts.first_mut()
                {
                    panes.push(Pane::Inquiry);
                }
                // Scores lie behind the editor, once somebody asks for them.
                if let Part::Column { parts, .. } = &mut right
                    && let Some(Part::Tabs { panes, .. }) = parts.first_mut()
                {
                    panes.push(Pane::Scores);
                }
                vec![left, Part::Middle, right]
            }
            Workspace::Models => {
                let right = [Pane::Proposals, Pane::Learning, Pane::Layers, Pane::Region, Pane::History];
                vec![
                    Part::tabs(&[Pane::Models, Pane::Teach, Pane::Similar]),
                    Part::Middle,
                    Part::tabs(&right),
                ]
            }
            Workspace::Datasets => {
                vec![Part::Middle, column(&[Pane::Layers, Pane::Bands, Pane::Region])]
            }
        };
        let hidden = Self::hidden_at_first(workspace);
        let folded = BTreeSet::new();
        Self { version: VERSION, hidden, folded, root: Part::Row { size: 0.0, parts } }
    }

    /// Panels that have a place and are not shown before somebody asks for them.
    fn hidden_at_first(workspace: Workspace) -> BTreeSet<Pane> {
        match workspace {
            Workspace::Review => BTreeSet::new(),
            Workspace::Questions => [Pane::Region, Pane::History, Pane::Scores].into_iter().collect(),
            Workspace::Models => [Pane::Layers, Pane::Region, Pane::History].into_iter().collect(),
            Workspace::Explore => {
                let later = [Pane::History, Pane::Bookmarks, Pane::Spectra, Pane::Products, Pane::Cube];
                later.into_iter().chain([Pane::Alignment]).collect()
            }
            _ => {
                let later = [Pane::History, Pane::Bookmarks, Pane::Alignment, Pane::Screening, Pane::Table];
                later.into_iter().collect()
            }
        }
    }

    /// Reads what a preferences file holds for a workspace.
    pub fn read(value: toml::Value) -> Result<Self, String> {
        let version = value.get("version").and_then(toml::Value::as_integer);
        if version != Some(VERSION.into()) {
            return Err("another version of the program wrote it".to_owned());
        }
        let read: Self = value.try_into().map_err(|e: toml::de::Error| e.message().to_owned())?;
        read.check()?;
        Ok(read)
    }

    /// Every panel once at most, the map exactly once, nothing empty, sizes that are sizes.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut fault = None;
        let mut count = 0;
        self.root.each(0, &mut |part, depth| {
            count += 1;
            let sound = match part {
                Part::Middle => true,
                Part::Tabs { open, panes, .. } => {
                    panes.contains(open) && panes.iter().all(|pane| !pane.floats())
                }
                Part::Row { parts, .. } | Part::Column { parts, .. } => !parts.is_empty(),
            };
            if !sound || depth > DEEPEST || !(0.0..=100_000.0).contains(&part.size()) {
                fault = Some("a part of it makes no sense");
            }
        });
        if let Some(fault) = fault {
            return Err(fault.to_owned());
        }
        let mut panes = self.root.panes();
        panes.sort();
        if self.root.middles() != 1 || panes.windows(2).any(|two| two[0] == two[1]) {
            return Err("the map or a panel is not there exactly once".to_owned());
        }
        Ok(())
    }

    /// True when a panel can be seen, be it behind another tab.
    pub fn shows(&self, pane: Pane) -> bool {
        !self.hidden.contains(&pane) && (pane.floats() || self.root.panes().contains(&pane))
    }

    /// True when a panel is shown and in front.
    pub fn is_open(&self, pane: Pane) -> bool {
        self.shows(pane) && self.root.is_open(pane)
    }

    /// Shows a panel in front, unfolded; one that has no place yet comes below the panels at the right.
    pub fn show(&mut self, pane: Pane) {
        self.hidden.remove(&pane);
        self.folded.remove(&pane);
        if !pane.floats() && !self.root.panes().contains(&pane) {
            self.place(pane);
        }
        self.root.open(pane);
    }

    /// Hides a panel; it keeps its place.
    pub fn hide(&mut self, pane: Pane) {
        self.hidden.insert(pane);
    }

    fn place(&mut self, pane: Pane) {
        let width = wish(pane).x;
        if let Part::Row { parts, .. } = &mut self.root {
            match parts.last_mut() {
                Some(Part::Column { parts, .. }) if !parts.iter().any(Part::holds_middle) => {
                    parts.push(Part::pane(pane));
                }
                Some(Part::Tabs { panes, .. }) => panes.push(pane),
                _ => parts.push(Part::pane(pane).sized(width)),
            }
            return;
        }
        let before = std::mem::replace(&mut self.root, Part::Middle);
        self.root = Part::Row { size: 0.0, parts: vec![before, Part::pane(pane).sized(width)] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(arrangement: &Arrangement) -> toml::Value {
        toml::Value::try_from(arrangement).expect("written")
    }

    #[test]
    fn every_workspace_begins_with_a_sound_arrangement_that_survives_the_file() {
        for workspace in Workspace::ALL {
            let first = Arrangement::first(workspace);
            first.check().expect("sound");
            let text = toml::to_string_pretty(&first).expect("written");
            let read = Arrangement::read(toml::from_str(&text).expect("read")).expect("accepted");
            assert_eq!(read, first, "{text}");
        }
    }

    #[test]
    fn a_panel_that_is_hidden_and_shown_again_keeps_its_place() {
        let first = Arrangement::first(Workspace::Explore);
        let mut moved = first.clone();
        moved.hide(Pane::Bands);
        assert!(!moved.shows(Pane::Bands));
        moved.show(Pane::Bands);
        assert_eq!(moved, first);
        moved.show(Pane::Classes);
        moved.check().expect("sound");
        assert_eq!(moved.root.panes().last(), Some(&Pane::Classes));
        let mut review = Arrangement::first(Workspace::Review);
        review.show(Pane::Agreement);
        assert!(review.is_open(Pane::Agreement) && !review.is_open(Pane::Votes) && review.shows(Pane::Votes));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let first = Arrangement::first(Workspace::Explore);
        let root = |root: Part| value(&Arrangement { root, ..first.clone() });
        let row = |parts: Vec<Part>| Part::Row { size: 0.0, parts };
        let twice = row(vec![Part::Middle, Part::pane(Pane::Layers), Part::pane(Pane::Layers)]);
        let deep = (0..40).fold(Part::Middle, |inner, _| row(vec![inner]));
        let floating = row(vec![Part::Middle, Part::pane(Pane::Filmstrip)]);
        let closed = Part::Tabs { size: 9.0, open: Pane::Bands, panes: vec![Pane::Layers] };
        for (what, wrong) in [
            ("without a map", Part::pane(Pane::Layers)),
            ("with two maps", row(vec![Part::Middle, Part::Middle])),
            ("with a panel twice", twice),
            ("too deep", deep),
            ("with what floats", floating),
            ("with nothing open", row(vec![Part::Middle, closed])),
            ("empty", row(vec![Part::Middle, row(Vec::new())])),
            ("as wide as nothing", row(vec![Part::Middle, Part::pane(Pane::Bands).sized(f32::NAN)])),
            ("as wide as less", row(vec![Part::Middle, Part::pane(Pane::Bands).sized(-4.0)])),
        ] {
            assert!(Arrangement::read(root(wrong)).is_err(), "{what}");
        }
        let newer = value(&Arrangement { version: VERSION + 1, ..first.clone() });
        assert!(Arrangement::read(newer).is_err_and(|why| why.contains("version")));
        let old: toml::Value = toml::from_str("right = 300.0").expect("toml");
        assert!(Arrangement::read(old).is_err());
    }
}
