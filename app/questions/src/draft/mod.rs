//! Questions about the regions of a project that draft themselves: what is asked is drawn from a seed, the answer is
//! computed from the labels, and the computation is shown and can be done again.

mod asking;
mod ground;
mod phrase;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use project::question::{Answer, Evidence, Origin, View};
use project::{Author, LayerId, Project, Question};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub use asking::{Asking, Computed, Found};
pub use ground::{Ground, Thing};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Template {
    /// How many of a class are in a view.
    Count,
    /// Whether one of a class is in a view.
    Exists,
    /// How many of a class lie within a distance of a region.
    Within,
    /// Which of a class is nearest to a region.
    Nearest,
    /// Which of a class in a view covers the most.
    Largest,
    /// Which class is the most frequent in a view.
    Majority,
    /// How far two regions are apart.
    Distance,
    /// In which direction one region lies, seen from another.
    Direction,
    /// The nearest of a class that is not there: what cannot be answered.
    Missing,
}

impl Template {
    pub const ALL: [Self; 9] = [
        Self::Count,
        Self::Exists,
        Self::Within,
        Self::Nearest,
        Self::Largest,
        Self::Majority,
        Self::Distance,
        Self::Direction,
        Self::Missing,
    ];

    /// The key in files and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Exists => "exists",
            Self::Within => "within",
            Self::Nearest => "nearest",
            Self::Largest => "largest",
            Self::Majority => "majority",
            Self::Distance => "distance",
            Self::Direction => "direction",
            Self::Missing => "missing",
        }
    }

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Count => "How many of a class are in a view",
            Self::Exists => "Is there one of a class in a view",
            Self::Within => "How many of a class lie within a distance",
            Self::Nearest => "Which of a class is nearest",
            Self::Largest => "Which of a class is the largest in a view",
            Self::Majority => "Which class is the most frequent in a view",
            Self::Distance => "How far two regions are apart",
            Self::Direction => "In which direction a region lies",
            Self::Missing => "Something that is not there (unanswerable)",
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.key() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::key).join(", ");
            format!("the templates are {known}")
        })
    }
}

/// Tries for each question before it is said that there are no more.
const TRIES: usize = 60;

/// Drafts questions, at most so many: what is asked twice, or has no clear answer, is left out. `templates` take turns.
pub fn draft(
    project: &Project,
    ground: &Ground,
    templates: &[Template],
    count: usize,
    seed: u64,
    author: &Author,
) -> Vec<Question> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let layers: Vec<LayerId> = project.layers_in_order().into_iter().map(|(id, _)| id).collect();
    let mut asked = HashSet::new();
    let mut drafted = Vec::new();
    let mut places = phrase::Places::default();
    let mut turns = templates.iter().copied().cycle();
    for _ in 0..count.saturating_mul(TRIES) {
        let Some(template) = turns.next().filter(|_| drafted.len() < count) else { break };
        let Some(asking) = draw(template, ground, &mut rng) else { continue };
        let Ok(computed) = asking.compute(ground) else { continue };
        let Some(mut question) = phrase::question(&asking, &computed, ground, author, (&places, &mut rng))
        else {
            continue;
        };
        let about = serde_json::to_value(&asking).unwrap_or_default();
        if !asked.insert(about.to_string()) {
            continue;
        }
        if let (Found::Count(_), Some(Answer::Options(right))) = (&computed.found, &question.answer) {
            for place in right {
                places[*place as usize % places.len()] += 1;
            }
        }
        let view = asking.view(ground, &computed);
        if project.crs().is_some() || !layers.is_empty() {
            question.evidence.push(Evidence::View(View { bounds: view, layers: layers.clone() }));
        }
        question.evidence.extend(computed.rests_on.iter().take(MOST_CITED).map(|id| Evidence::Region(*id)));
        question.context.title = format!("Regions of the view ({})", template.key());
        question.context.text = ground.describe(view);
        let computation = computed.text;
        question.origin = Origin::Template { name: template.key().to_owned(), seed, about, computation };
        debug_assert_eq!(question.fault(), None);
        drafted.push(question);
    }
    drafted
}

/// Regions that one question cites at the most.
const MOST_CITED: usize = 24;

/// The answer of a question as the labels have it now; `None` for one that no template drafted, an error where it cannot
/// be computed any more.
pub(crate) fn again(question: &Question, ground: &Ground) -> Option<Result<(Answer, String), String>> {
    let Origin::Template { about, .. } = &question.origin else { return None };
    let Ok(asking) = serde_json::from_value::<Asking>(about.clone()) else {
        return Some(Err("it does not say what it was drafted about".into()));
    };
    Some(asking.compute(ground).and_then(|computed| {
        let answer = phrase::answer(&computed, question, ground)
            .ok_or_else(|| format!("the answer would be {}", computed.found.text(ground)))?;
        Ok((answer, computed.text))
    }))
}

/// Side lengths of views, in metres.
const SIDES: [f64; 6] = [40.0, 60.0, 90.0, 140.0, 220.0, 350.0];
/// Regions in a view that is asked about.
const FEW: usize = 2;
const MANY: usize = 30;

fn view(ground: &Ground, rng: &mut ChaCha8Rng) -> Option<[f64; 4]> {
    let middle = ground.things().choose(rng)?.at;
    let side = ground.units(*SIDES.choose(rng)?, middle);
    let (dx, dy) = (side * rng.random_range(0.2..0.8), side * rng.random_range(0.2..0.8));
    let round = |n: f64| ground.round(n);
    let view = [
        round(middle.x - dx),
        round(middle.y - dy),
        round(middle.x - dx + side),
        round(middle.y - dy + side),
    ];
    let inside = ground.inside(view).count();
    (FEW..=MANY).contains(&inside).then_some(view)
}

fn draw(template: Template, ground: &Ground, rng: &mut ChaCha8Rng) -> Option<Asking> {
    let things = ground.things();
    let class = |rng: &mut ChaCha8Rng| ground.classes().choose(rng).cloned();
    Some(match template {
        Template::Count => Asking::Count { class: class(rng)?, view: view(ground, rng)? },
        Template::Exists => Asking::Exists { class: class(rng)?, view: view(ground, rng)? },
        Template::Largest => Asking::Largest { class: class(rng)?, view: view(ground, rng)? },
        Template::Majority => Asking::Majority { view: view(ground, rng)? },
        Template::Within => Asking::Within {
            of: things.choose(rng)?.id,
            class: class(rng)?,
            metres: *[25.0, 50.0, 75.0, 100.0, 150.0, 200.0].choose(rng)?,
        },
        Template::Nearest => Asking::Nearest { of: things.choose(rng)?.id, class: class(rng)? },
        Template::Missing => {
            Asking::Nearest { of: things.choose(rng)?.id, class: ground.absent().choose(rng)?.clone() }
        }
        Template::Distance | Template::Direction => {
            let (from, to) = (things.choose(rng)?.id, things.choose(rng)?.id);
            if template == Template::Distance {
                Asking::Distance { from, to }
            } else {
                Asking::Direction { from, to }
            }
        }
    })
}
