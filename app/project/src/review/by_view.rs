//! How well people agree in each kind of view, and how far views of one object differ: a drone's against a satellite's.
//!
//! It rests on labels of views ([`Label::layer`](crate::Label)): what an annotator said that one image shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use agreement::{Category, Table};
use serde::{Deserialize, Serialize};

use crate::review::Rated;
use crate::{Author, ClassCode, Layer, LayerId, Project, RegionId};

/// Words in the names of layers, and the kind of view that they mean.
const KINDS: [(&str, &[&str]); 5] = [
    ("drone", &["drone", "uas", "uav", "suas", "rpas"]),
    ("crewed", &["crewed", "manned", "aerial", "airborne", "aircraft", "plane", "noaa"]),
    (
        "satellite",
        &["satellite", "sat", "worldview", "wv2", "wv3", "pleiades", "planet", "sentinel", "skysat", "maxar"],
    ),
    ("radar", &["radar", "sar"]),
    ("street", &["street", "streetview"]),
];

/// What kind of view a layer is, as its name says; else its name.
pub fn kind_of_view(layer: &Layer) -> String {
    let name = layer.name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let kind = words.find_map(|word| KINDS.iter().find(|(_, known)| known.contains(&word)));
    kind.map_or_else(|| layer.name.clone(), |(kind, _)| (*kind).to_owned())
}

/// Two kinds of views of the same objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewPair {
    pub a: String,
    pub b: String,
    /// Objects that somebody labelled in both.
    pub regions: usize,
    /// Of these, those whose newest labels name different classes.
    pub differing: usize,
    /// Those where the first ranks lower on the scale, and higher; classes without a rank are in neither.
    pub lower: usize,
    pub higher: usize,
    /// How often the class in `a` went with which in `b`.
    pub classes: BTreeMap<ClassCode, BTreeMap<ClassCode, usize>>,
}

impl ViewPair {
    /// The share of objects that differ, 0 to 1.
    pub fn share(&self) -> f64 {
        self.differing as f64 / self.regions.max(1) as f64
    }
}

/// What each member said of an object in a layer, and when.
type Said<'a> = BTreeMap<(RegionId, LayerId), BTreeMap<&'a Author, (&'a ClassCode, Option<i64>)>>;

/// What annotators said of each kind of view, for agreement within it; empty where no view was labelled. Of two layers of
/// one kind each object counts once for each.
pub fn ratings_by_view(project: &Project) -> BTreeMap<String, Rated> {
    let kinds: HashMap<LayerId, String> =
        project.layers().iter().map(|(id, layer)| (*id, kind_of_view(layer))).collect();
    let mut said: BTreeMap<&str, Said<'_>> = BTreeMap::new();
    for label in project.labels().values().filter(|label| !label.author.is_model()) {
        let Some(layer) = label.layer else { continue };
        let Some(kind) = kinds.get(&layer) else { continue };
        let case = said.entry(kind).or_default().entry((label.region, layer)).or_default();
        case.insert(&label.author, (&label.class, label.at_ms));
    }
    let classes = project.schema().into_iter().flat_map(|schema| &schema.classes);
    let categories: Vec<Category> = classes
        .map(|class| Category { code: class.code.as_str().to_owned(), rank: class.rank.map(f64::from) })
        .collect();
    let place: HashMap<&str, usize> = categories.iter().map(|c| c.code.as_str()).zip(0..).collect();
    let rated = |of: &Said<'_>| {
        let members: BTreeSet<&Author> = of.values().flat_map(BTreeMap::keys).copied().collect();
        let member: HashMap<&Author, usize> = members.iter().copied().zip(0..).collect();
        let mut table = Table::new(categories.clone(), members.iter().map(|m| m.name().to_owned()).collect());
        let (mut cases, mut at_ms) = (Vec::with_capacity(of.len()), Vec::with_capacity(of.len()));
        for ((region, _), labels) in of {
            table.push(
                labels
                    .iter()
                    .filter_map(|(author, (class, _))| Some((member[author], *place.get(class.as_str())?))),
            );
            cases.push(*region);
            at_ms.push(labels.values().filter_map(|(_, at)| *at).max());
        }
        Rated { table, cases, at_ms }
    };
    said.iter().map(|(kind, of)| ((*kind).to_owned(), rated(of))).collect()
}

/// How far kinds of views differ, over the objects that were labelled in both. Of several layers of one kind the lowest
/// speaks for it.
pub fn view_pairs(project: &Project) -> Vec<ViewPair> {
    let kinds: HashMap<LayerId, String> =
        project.layers().iter().map(|(id, layer)| (*id, kind_of_view(layer))).collect();
    let rank = |code: &ClassCode| project.schema()?.class(code)?.rank;
    let mut pairs: BTreeMap<(&str, &str), ViewPair> = BTreeMap::new();
    for region in project.regions().keys() {
        let labels = project.view_labels(*region);
        if labels.len() < 2 {
            continue;
        }
        let mut of_kind: BTreeMap<&str, &ClassCode> = BTreeMap::new();
        for (layer, label) in &labels {
            if let Some(kind) = kinds.get(layer) {
                of_kind.entry(kind).or_insert(&label.class);
            }
        }
        let said: Vec<(&str, &ClassCode)> = of_kind.into_iter().collect();
        for (i, (a, first)) in said.iter().enumerate() {
            for (b, second) in &said[i + 1..] {
                let pair = pairs.entry((a, b)).or_insert_with(|| ViewPair {
                    a: (*a).to_owned(),
                    b: (*b).to_owned(),
                    regions: 0,
                    differing: 0,
                    lower: 0,
                    higher: 0,
                    classes: BTreeMap::new(),
                });
                pair.regions += 1;
                pair.differing += usize::from(first != second);
                if let Some((x, y)) = rank(first).zip(rank(second)) {
                    pair.lower += usize::from(x < y);
                    pair.higher += usize::from(x > y);
                }
                *pair.classes.entry((*first).clone()).or_default().entry((*second).clone()).or_default() += 1;
            }
        }
    }
    pairs.into_values().collect()
}
