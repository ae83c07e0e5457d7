//! What a person set once: kept as TOML in the configuration folder, never in a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use editing::OutOfReach;
use project::ClassCode;
use serde::{Deserialize, Serialize};

use crate::bookmarks::Bookmark;
use crate::map::aids::MapAids;
use crate::theme::Mode;
use crate::window_size::WindowSize;
use crate::workspaces::arrangement::Arrangement;

const FILE: &str = "preferences.toml";
/// Projects offered in the menu.
const RECENT_KEPT: usize = 8;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    System,
    #[default]
    Dark,
    Light,
}

impl ThemeChoice {
    pub const ALL: [Self; 3] = [Self::System, Self::Dark, Self::Light];

    pub fn text(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Dark => "Dark",
            Self::Light => "Light",
        }
    }

    /// The mode it means now.
    pub fn mode(self, system: Option<egui::Theme>) -> Mode {
        match (self, system) {
            (Self::Light, _) | (Self::System, Some(egui::Theme::Light)) => Mode::Light,
            _ => Mode::Dark,
        }
    }
}

/// The map under the imagery.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "at")]
pub enum Basemap {
    #[default]
    None,
    /// `https://…/{z}/{x}/{y}.png`.
    Template(String),
    /// A PMTiles file on this machine.
    PmTiles(PathBuf),
}

/// How a person wants the regions of a class: whether and how strongly they are drawn, and whether they may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassLook {
    /// 0.1 to 1.
    pub opacity: f32,
    pub locked: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

impl Default for ClassLook {
    fn default() -> Self {
        Self { opacity: 1.0, locked: false, hidden: false }
    }
}

/// What a person set once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub theme: ThemeChoice,
    /// 1 = as the system scales.
    pub ui_scale: f32,
    pub reduce_motion: bool,
    /// Who signs labels and votes.
    pub author: String,
    pub basemap: Basemap,
    /// Draw the classes in the second colour set of the schema, where it has one.
    pub alternative_colors: bool,
    pub recent: Vec<PathBuf>,
    /// The columns of the table of regions by their keys; none: the usual ones.
    pub table_columns: Vec<String>,
    /// A class leads to the next region without one.
    pub go_on: bool,
    /// What is drawn over the map.
    pub map: MapAids,
    /// Nothing is asked of the network: no service, no server with imagery, no tiles of a basemap.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    /// The weights that “Segment anything” asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sam_checkpoint: Option<PathBuf>,
    /// ONNX models that lie elsewhere than beside a project, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub onnx_models: Vec<PathBuf>,
    /// Views that were kept.
    pub bookmarks: Vec<Bookmark>,
    /// The window as it was left.
    pub window: WindowSize,
    /// By the code of the class; a class that is not here looks as the schema says.
    pub class_looks: BTreeMap<String, ClassLook>,
    /// By workspace.
    #[serde(skip_deserializing)]
    pub panels: BTreeMap<String, Arrangement>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            ui_scale: 1.0,
            reduce_motion: false,
            author: system_user(),
            basemap: Basemap::default(),
            alternative_colors: false,
            recent: Vec::new(),
            table_columns: Vec::new(),
            go_on: false,
            map: MapAids::default(),
            offline: false,
            sam_checkpoint: None,
            onnx_models: Vec::new(),
            bookmarks: Vec::new(),
            window: WindowSize::default(),
            class_looks: BTreeMap::new(),
            panels: BTreeMap::new(),
        }
    }
}

/// UI scales offered.
pub const SCALES: [f32; 5] = [0.9, 1.0, 1.25, 1.5, 2.0];

impl Preferences {
    /// Where they are kept on this machine; `None` when it has no home folder.
    pub fn folder() -> Option<PathBuf> {
        Some(directories::ProjectDirs::from("", "", "orthoscope")?.config_dir().to_owned())
    }

    /// Reads them; a missing file gives the defaults, a broken one the defaults and the reason. Panels that are
    /// kept in a way that this program does not know are back at their first places, and all else is read.
    pub fn load(folder: &Path) -> (Self, Option<String>) {
        let path = folder.join(FILE);
        let Ok(text) = std::fs::read_to_string(&path) else { return (Self::default(), None) };
        match Self::parse(&text) {
            Ok((read, None)) => (read, None),
            Ok((read, Some(why))) => (read, Some(format!("{why} ({})", path.display()))),
            Err(error) => {
                let why =
                    format!("{} is not readable ({}); defaults are used", path.display(), error.message());
                (Self::default(), Some(why))
            }
        }
    }

    fn parse(text: &str) -> Result<(Self, Option<String>), toml::de::Error> {
        let mut table: toml::Table = toml::from_str(text)?;
        let panels = table.remove("panels");
        let mut read: Self = table.try_into()?;
        read.ui_scale = if read.ui_scale.is_finite() { read.ui_scale.clamp(0.5, 3.0) } else { 1.0 };
        if read.author.trim().is_empty() {
            read.author = system_user();
        }
        let mut trouble = None;
        let panels = match panels {
            Some(toml::Value::Table(panels)) => panels,
            Some(_) => {
                trouble = Some("The panels are back at their first places: they are no table".to_owned());
                toml::Table::new()
            }
            None => toml::Table::new(),
        };
        for (workspace, value) in panels {
            match Arrangement::read(value) {
                Ok(arrangement) => {
                    read.panels.insert(workspace, arrangement);
                }
                Err(why) => {
                    let text = format!("The panels of “{workspace}” are back at their first places: {why}");
                    trouble = Some(text);
                }
            }
        }
        Ok((read, trouble))
    }

    /// The basemap as long as it may be asked for: none from a server while the network is forbidden.
    pub fn basemap_now(&self) -> Basemap {
        match &self.basemap {
            Basemap::Template(_) if self.offline => Basemap::None,
            other => other.clone(),
        }
    }

    /// How the regions of a class are wanted.
    pub fn class_look(&self, code: &str) -> ClassLook {
        self.class_looks.get(code).copied().unwrap_or_default()
    }

    /// The classes whose regions a hand on the map goes through.
    pub fn classes_out_of_reach(&self) -> OutOfReach {
        let of = |wanted: fn(&ClassLook) -> bool| {
            let looks = self.class_looks.iter().filter(|(_, look)| wanted(look));
            looks.map(|(code, _)| ClassCode::new(code)).collect()
        };
        OutOfReach { hidden: of(|look| look.hidden), locked: of(|look| look.locked) }
    }

    /// Wants the regions of a class like this; what is as ever is not kept.
    pub fn set_class_look(&mut self, code: &str, look: ClassLook) {
        let opacity = if look.opacity.is_finite() { look.opacity.clamp(0.1, 1.0) } else { 1.0 };
        let look = ClassLook { opacity, ..look };
        if look == ClassLook::default() {
            self.class_looks.remove(code);
        } else {
            self.class_looks.insert(code.to_owned(), look);
        }
    }

    /// Writes them whole, through a file beside, so that a crash leaves the old ones.
    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let beside = folder.join(format!("{FILE}.new"));
        std::fs::write(&beside, toml::to_string_pretty(self)?)?;
        std::fs::rename(&beside, folder.join(FILE))?;
        Ok(())
    }

    /// Puts a project at the top of the recent ones.
    pub fn remember(&mut self, project: &Path) {
        self.recent.retain(|p| p != project);
        self.recent.insert(0, project.to_owned());
        self.recent.truncate(RECENT_KEPT);
    }
}

fn system_user() -> String {
    let name = ["USER", "USERNAME", "LOGNAME"].iter().find_map(|var| std::env::var(var).ok());
    name.filter(|n| !n.trim().is_empty()).unwrap_or_else(|| "annotator".to_owned())
}

#[cfg(test)]
mod tests {
    use editing::{Pane, Workspace};

    use super::*;

    #[test]
    fn preferences_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().expect("folder");
        let mut preferences = Preferences { author: "Ana".into(), ..Preferences::default() };
        preferences.basemap = Basemap::Template("https://tiles.test/{z}/{x}/{y}.png".into());
        preferences.remember(Path::new("/a/b.gpkg"));
        let mut moved = Arrangement::first(Workspace::Annotate);
        moved.show(Pane::Bands);
        moved.hide(Pane::Region);
        preferences.panels.insert("annotate".into(), moved);
        preferences.save(folder.path()).expect("saved");
        assert_eq!(Preferences::load(folder.path()), (preferences, None));
    }

    #[test]
    fn broken_preferences_fall_back_and_say_so() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join(FILE), "theme = 'purple'").expect("written");
        let (read, why) = Preferences::load(folder.path());
        assert_eq!(read.theme, ThemeChoice::Dark);
        assert!(why.is_some_and(|w| w.contains("preferences.toml")));
    }

    #[test]
    fn panels_of_an_older_version_go_back_to_their_places_and_all_else_is_kept() {
        let folder = tempfile::tempdir().expect("folder");
        let kept = Arrangement::first(Workspace::Review);
        let mut text = String::from("author = 'Ana'\ntheme = 'light'\n[panels.explore]\nright = 300.0\n");
        text += "[panels.annotate]\nversion = 1\nroot = 'sideways'\n";
        let panels = BTreeMap::from([("panels", BTreeMap::from([("review", &kept)]))]);
        text += &toml::to_string(&panels).expect("toml").replace("[panels]\n", "");
        std::fs::write(folder.path().join(FILE), &text).expect("written");
        let (read, why) = Preferences::load(folder.path());
        assert_eq!((read.author.as_str(), read.theme), ("Ana", ThemeChoice::Light), "{text}");
        assert_eq!(read.panels, BTreeMap::from([("review".to_owned(), kept)]));
        assert!(why.is_some_and(|w| w.contains("first places") && w.contains("preferences.toml")));
    }

    #[test]
    fn recent_projects_are_few_and_listed_once() {
        let mut preferences = Preferences::default();
        for n in 0..20 {
            preferences.remember(Path::new(&format!("/{}.gpkg", n % 10)));
        }
        assert_eq!(preferences.recent.len(), RECENT_KEPT);
        assert_eq!(preferences.recent[0], Path::new("/9.gpkg"));
    }
}
