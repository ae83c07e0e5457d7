//! How layers were shown when they were last open: kept beside the preferences, by project and layer, and by path for
//! imagery without a project. Never in a project, never undone. A file that cannot be read costs no more than itself.

use std::path::Path;

use expression::Expression;
use jiff::civil::Date;
use picture::{BandMix, Classes, Formula, LayerView, Rendering};
use raster::ImageDescription;
use renderer::{Colormap, Filter};
use serde::{Deserialize, Serialize};

use crate::map::layer::{Contrast, Extent};

const FILE: &str = "looks.json";
/// What this program writes; it reads nothing else.
const VERSION: u32 = 1;
/// Layers that are remembered: those looked at last.
const MOST: usize = 400;
/// A larger file is none of ours.
const LARGEST: u64 = 8 << 20;
/// A layer with more classes, or a longer formula, keeps all but these.
const CLASSES: usize = 1024;
const FORMULA: usize = 4096;

/// Which layer: by its project and identity, or by the path of its image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Whose {
    /// The file of a project that has a name; `None`: an image by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The layer's identity in the project, else the path or address of the image.
    pub layer: String,
}

/// Bands or a formula, as they are written into a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mix {
    Rgb([usize; 3]),
    Single { band: usize, colors: String },
    Formula { text: String, colors: String },
}

impl Mix {
    fn of(mix: &BandMix) -> Option<Self> {
        Some(match mix {
            BandMix::Rgb(bands) => Self::Rgb(*bands),
            BandMix::Single { band, colormap } => {
                Self::Single { band: *band, colors: colormap.name().into() }
            }
            BandMix::Formula { formula, colormap } => {
                let text = formula.text().to_owned();
                (text.len() <= FORMULA).then(|| Self::Formula { text, colors: colormap.name().into() })?
            }
        })
    }

    /// For an image; `None` where it does not have the bands any more.
    fn read(&self, image: &ImageDescription) -> Option<BandMix> {
        let has = |band: &usize| *band < image.bands.len();
        let colors = |name: &str| Colormap::named(name).unwrap_or_default();
        match self {
            Self::Rgb(bands) => bands.iter().all(has).then_some(BandMix::Rgb(*bands)),
            Self::Single { band, colors: name } => {
                has(band).then(|| BandMix::Single { band: *band, colormap: colors(name) })
            }
            Self::Formula { text, colors: name } => {
                let expression = Expression::parse(text.get(..FORMULA.min(text.len()))?).ok()?;
                let formula = Formula::new(expression, image).ok()?;
                Some(BandMix::Formula { formula, colormap: colors(name) })
            }
        }
    }
}

/// How a layer is shown, and what somebody said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    mix: Option<Mix>,
    pub contrast: Contrast,
    /// Black and white of each colour, where they were set by hand.
    limits: Option<[[f32; 2]; 3]>,
    pub linked: bool,
    pub extent: Extent,
    centre: Option<f32>,
    inverted: bool,
    reversed: bool,
    steps: u8,
    classes: Option<Classes>,
    gamma: f32,
    opacity: f32,
    pub visible: bool,
    /// Pixels always sharp, or always smooth.
    sharp: Option<bool>,
    /// Bands (from 0) that are not to be trusted, where somebody changed what the file says.
    pub bad: Option<Vec<usize>>,
    /// The day on which it was taken, where somebody said so.
    #[serde(with = "day")]
    pub taken: Option<Date>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            mix: None,
            contrast: Contrast::AsStored,
            limits: None,
            linked: false,
            extent: Extent::default(),
            centre: None,
            inverted: false,
            reversed: false,
            steps: 0,
            classes: None,
            gamma: 1.0,
            opacity: 1.0,
            visible: true,
            sharp: None,
            bad: None,
            taken: None,
        }
    }
}

impl Look {
    /// What a file needs to know of a rendering.
    pub fn of(rendering: &Rendering, contrast: Contrast) -> Self {
        let r = rendering;
        let is_small = |classes: &&Classes| classes.all().len() <= CLASSES;
        Self {
            mix: Mix::of(&r.mix),
            contrast,
            limits: (contrast == Contrast::Manual).then_some(r.stretch),
            centre: r.centre,
            inverted: r.inverted,
            reversed: r.reversed,
            steps: r.steps,
            classes: r.classes.as_ref().filter(is_small).cloned(),
            gamma: r.gamma,
            opacity: r.opacity,
            visible: r.visible,
            sharp: r.filter.map(|filter| filter == Filter::Nearest),
            ..Self::default()
        }
    }

    /// The bands or formula for an image, where it has them.
    pub fn mix(&self, image: &ImageDescription) -> Option<BandMix> {
        self.mix.as_ref()?.read(image)
    }

    /// Black and white as they were set by hand, where they make sense.
    pub fn limits(&self) -> Option<[[f32; 2]; 3]> {
        let is_sound = |[low, high]: &[f32; 2]| low.is_finite() && high.is_finite() && low < high;
        self.limits.filter(|limits| limits.iter().all(is_sound))
    }

    /// Gives a view all that is not chosen from measured values; numbers that make no sense stay what they were.
    pub fn dress(&self, view: &mut LayerView) {
        let r = &mut view.rendering;
        let is_number = !matches!(r.mix, BandMix::Rgb(_));
        r.centre = self.centre.filter(|centre| is_number && centre.is_finite());
        (r.inverted, r.reversed, r.steps) = (self.inverted, self.reversed, self.steps.min(32));
        r.classes = self.classes.clone().filter(|_| is_number);
        let sane = |value: f32, range: std::ops::RangeInclusive<f32>, otherwise: f32| {
            if value.is_finite() { value.clamp(*range.start(), *range.end()) } else { otherwise }
        };
        // What the panel offers.
        r.gamma = sane(self.gamma, 0.3..=3.0, r.gamma);
        r.opacity = sane(self.opacity, 0.0..=1.0, r.opacity);
        r.filter = self.sharp.map(|sharp| if sharp { Filter::Nearest } else { Filter::Bilinear });
    }
}

/// A day as text, as `2011-05-22`.
mod day {
    use jiff::civil::Date;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "so serde hands it over")]
    pub(super) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        day.map(|day| day.to_string()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let text: Option<String> = Option::deserialize(from)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    whose: Whose,
    look: Look,
}

/// The file as a whole; entries that make no sense are left out one by one.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    looks: Vec<serde_json::Value>,
}

/// The looks that are remembered, those of the layers looked at last first.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    entries: Vec<Entry>,
    /// What was said in this session; `None`: it looks as at first and needs no remembering.
    said: Vec<(Whose, Option<Look>)>,
}

impl Looks {
    /// Reads them; a missing file gives none, a broken one none and the reason.
    pub fn load(folder: &Path) -> (Self, Option<String>) {
        let path = folder.join(FILE);
        match read(&path) {
            Ok(entries) => (Self { entries, said: Vec::new() }, None),
            Err(why) => {
                let text = format!("How layers looked is forgotten: {why} ({})", path.display());
                (Self::default(), Some(text))
            }
        }
    }

    /// How a layer looked when it was last open.
    pub fn get(&self, whose: &Whose) -> Option<&Look> {
        if let Some((_, look)) = self.said.iter().find(|(other, _)| other == whose) {
            return look.as_ref();
        }
        self.entries.iter().find(|entry| entry.whose == *whose).map(|entry| &entry.look)
    }

    /// Remembers how a layer looks; `None`: as it does by itself. True when that is news.
    pub fn put(&mut self, whose: Whose, look: Option<Look>) -> bool {
        if self.get(&whose) == look.as_ref() {
            return false;
        }
        self.said.retain(|(other, _)| *other != whose);
        self.said.insert(0, (whose, look));
        true
    }

    /// Writes them whole, through a file beside. What other windows have written meanwhile stays.
    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(FILE);
        let mut entries = read(&path).unwrap_or_default();
        entries.retain(|entry| !self.said.iter().any(|(whose, _)| *whose == entry.whose));
        let said = self
            .said
            .iter()
            .filter_map(|(whose, look)| Some(Entry { whose: whose.clone(), look: look.clone()? }));
        let mut all: Vec<Entry> = said.collect();
        all.append(&mut entries);
        all.truncate(MOST);
        let looks = all.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        std::fs::create_dir_all(folder)?;
        let beside = folder.join(format!("{FILE}.{}.new", std::process::id()));
        std::fs::write(&beside, serde_json::to_vec(&Kept { version: VERSION, looks })?)?;
        std::fs::rename(&beside, &path)?;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let size = match std::fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    if size > LARGEST {
        return Err("the file is far too large".to_owned());
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if kept.version != VERSION {
        return Err("another version of the program wrote it".to_owned());
    }
    let entries = kept.looks.into_iter().filter_map(|value| serde_json::from_value(value).ok());
    Ok(entries.take(MOST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(layer: &str) -> Whose {
        Whose { project: None, layer: layer.to_owned() }
    }

    fn look(gamma: f32) -> Look {
        let colors = "viridis".to_owned();
        let mix = Some(Mix::Formula { text: "b2 - b1".to_owned(), colors });
        let taken = Some(Date::constant(2011, 5, 22));
        Look {
            mix,
            gamma,
            contrast: Contrast::Deviation(1.5),
            bad: Some(vec![3, 7]),
            taken,
            ..Look::default()
        }
    }

    #[test]
    fn looks_come_back_as_they_were_saved_and_go_when_they_are_the_first_again() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut looks, trouble) = Looks::load(folder.path());
        assert_eq!(trouble, None);
        assert!(looks.put(whose("/a.tif"), Some(look(0.5))));
        assert!(!looks.put(whose("/a.tif"), Some(look(0.5))), "no news");
        looks.save(folder.path()).expect("saved");
        let (mut again, _) = Looks::load(folder.path());
        assert_eq!(again.get(&whose("/a.tif")), Some(&look(0.5)));
        assert_eq!(again.get(&whose("/b.tif")), None);
        assert!(again.put(whose("/a.tif"), None));
        again.save(folder.path()).expect("saved");
        assert_eq!(Looks::load(folder.path()).0.get(&whose("/a.tif")), None);
    }

    #[test]
    fn two_windows_keep_the_looks_of_both() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut one, mut other) = (Looks::load(folder.path()).0, Looks::load(folder.path()).0);
        one.put(whose("/a.tif"), Some(look(0.5)));
        one.save(folder.path()).expect("saved");
        other.put(whose("/b.tif"), Some(look(2.0)));
        other.save(folder.path()).expect("saved");
        let (read, _) = Looks::load(folder.path());
        assert!(read.get(&whose("/a.tif")).is_some() && read.get(&whose("/b.tif")).is_some());
    }

    #[test]
    fn only_the_layers_looked_at_last_are_remembered() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut looks, _) = Looks::load(folder.path());
        for n in 0..MOST + 20 {
            looks.put(whose(&format!("/{n}.tif")), Some(look(0.5)));
        }
        looks.save(folder.path()).expect("saved");
        let (read, _) = Looks::load(folder.path());
        assert_eq!(read.entries.len(), MOST);
        assert_eq!(read.get(&whose("/0.tif")), None);
        assert!(read.get(&whose(&format!("/{}.tif", MOST + 19))).is_some());
        let bytes = std::fs::metadata(folder.path().join(FILE)).expect("there").len();
        assert!(bytes < LARGEST, "{bytes}");
    }

    #[test]
    fn a_broken_file_is_said_and_a_broken_line_costs_itself_only() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(FILE);
        for text in ["", "{", "[1, 2]", "{\"version\": 9, \"looks\": []}", "{\"version\": 1}"] {
            std::fs::write(&path, text).expect("written");
            let (read, why) = Looks::load(folder.path());
            assert!(read.entries.is_empty() && why.is_some_and(|w| w.contains(FILE)), "{text}");
        }
        let good = serde_json::json!({"layer": "/a.tif", "look": {"gamma": 0.5, "steps": 4}});
        let wrong = serde_json::json!({"layer": "/b.tif", "look": {"gamma": "much"}});
        let strange =
            serde_json::json!({"layer": "/c.tif", "look": {"limits": [[9.0, 1.0], [0.0, 1.0], [0.0, 1.0]]}});
        let kept = serde_json::json!({"version": 1, "looks": [wrong, 7, good, strange]});
        std::fs::write(&path, kept.to_string()).expect("written");
        let (read, why) = Looks::load(folder.path());
        assert_eq!(why, None);
        assert_eq!(read.get(&whose("/a.tif")).map(|l| (l.gamma, l.steps)), Some((0.5, 4)));
        assert_eq!(read.get(&whose("/b.tif")), None);
        assert_eq!(read.get(&whose("/c.tif")).and_then(Look::limits), None, "white below black");
    }
}
