//! Words for what is asked, and options beside the right one.

use project::question::{Answer, QuestionKind};
use project::{Author, Question};
use rand::RngExt as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::asking::{Asking, COMPASS, Computed, Found};
use super::ground::Ground;

/// Options of a question.
const OPTIONS: usize = 4;

/// How often each place among options that are numbers in order has been the right one.
pub(super) type Places = [usize; OPTIONS];

/// The question; `None` where there are not enough options for one.
pub(super) fn question(
    asking: &Asking,
    computed: &Computed,
    ground: &Ground,
    author: &Author,
    (places, rng): (&Places, &mut ChaCha8Rng),
) -> Option<Question> {
    let kind = match (&computed.found, asking) {
        (Found::Yes(_), _) => QuestionKind::YesNo,
        (Found::Metres(_), _) => QuestionKind::Number,
        _ => QuestionKind::SingleChoice,
    };
    let mut question = Question::new(&words(asking, ground)?, kind, author.clone());
    category(asking).clone_into(&mut question.category);
    if let Found::Metres(metres) = computed.found {
        ground.unit().clone_into(&mut question.unit);
        question.tolerance = (0.01 * metres).max(1.0);
    }
    if let Found::Count(n) = computed.found {
        question.options = numbers(n, places, rng)?;
    } else if kind == QuestionKind::SingleChoice {
        let right = (computed.found != Found::Nothing).then(|| option(&computed.found, ground));
        let mut options = distractors(computed, ground, rng);
        options.dedup();
        options.retain(|other| Some(other) != right.as_ref());
        options.truncate(OPTIONS - usize::from(right.is_some()));
        options.extend(right);
        if options.len() < 2 {
            return None;
        }
        options.shuffle(rng);
        question.options = options;
    }
    question.answer = Some(answer(computed, &question, ground)?);
    Some(question)
}

fn category(asking: &Asking) -> &'static str {
    match asking {
        Asking::Count { .. } | Asking::Exists { .. } | Asking::Majority { .. } => "counting",
        Asking::Within { .. } | Asking::Nearest { .. } | Asking::Distance { .. } => "nearby",
        Asking::Direction { .. } => "routing",
        Asking::Largest { .. } => "damage",
    }
}

fn words(asking: &Asking, ground: &Ground) -> Option<String> {
    let name = |id| ground.thing(id).map(|thing| thing.name.as_str());
    let class = |code| ground.class_name(code);
    let unit = ground.unit();
    Some(match asking {
        Asking::Count { class: code, .. } => {
            format!("How many regions of the class “{}” have their middle in this view?", class(code))
        }
        Asking::Exists { class: code, .. } => {
            format!("Is there a region of the class “{}” with its middle in this view?", class(code))
        }
        Asking::Within { of, class: code, metres } => format!(
            "How many regions of the class “{}” lie within {metres} {unit} of {}, measured between middles and without itself?",
            class(code),
            name(*of)?
        ),
        Asking::Nearest { of, class: code } => {
            format!(
                "Which region of the class “{}” is the nearest to {}, measured between middles?",
                class(code),
                name(*of)?
            )
        }
        Asking::Largest { class: code, .. } => {
            format!("Which region of the class “{}” in this view covers the largest area?", class(code))
        }
        Asking::Majority { .. } => {
            "Which class do most regions with their middle in this view have?".to_owned()
        }
        Asking::Distance { from, to } => {
            format!("How far are {} and {} apart, measured between their middles?", name(*from)?, name(*to)?)
        }
        Asking::Direction { from, to } => {
            format!("In which direction does {} lie, seen from {}?", name(*to)?, name(*from)?)
        }
    })
}

/// What was found as an option says it.
fn option(found: &Found, ground: &Ground) -> String {
    match found {
        Found::Compass(place) => COMPASS[*place % 8].to_owned(),
        other => other.text(ground),
    }
}

/// The number with near ones, rising or falling, as people read numbers. Where the right one stands is drawn among the
/// places that have been right the least: few things cannot have many numbers below theirs, and would else always come
/// first.
fn numbers(n: usize, places: &Places, rng: &mut ChaCha8Rng) -> Option<Vec<String>> {
    let below = |place: usize, falls: bool| if falls { OPTIONS - 1 - place } else { place };
    let ways = (0..OPTIONS).flat_map(|place| [(place, false), (place, true)]);
    let ways: Vec<(usize, bool)> = ways.filter(|(place, falls)| below(*place, *falls) <= n).collect();
    let least = ways.iter().map(|(place, _)| places[*place]).min()?;
    let (place, falls) =
        *ways.into_iter().filter(|(place, _)| places[*place] == least).collect::<Vec<_>>().choose(rng)?;
    let reach = OPTIONS - 1 + n / 4;
    let lower = below(place, falls);
    let mut options: Vec<usize> =
        (n.saturating_sub(reach)..n).collect::<Vec<_>>().sample(rng, lower).copied().collect();
    let higher: Vec<usize> = (n + 1..=n + reach).collect();
    options.extend(higher.sample(rng, OPTIONS - 1 - lower).copied().chain([n]));
    options.sort_unstable();
    if falls {
        options.reverse();
    }
    Some(options.into_iter().map(|number| number.to_string()).collect())
}

fn distractors(computed: &Computed, ground: &Ground, rng: &mut ChaCha8Rng) -> Vec<String> {
    match &computed.found {
        Found::Class(class) => {
            let mut others: Vec<_> =
                ground.classes().iter().chain(ground.absent()).filter(|c| *c != class).collect();
            others.shuffle(rng);
            others.into_iter().map(|class| ground.class_name(class).to_owned()).collect()
        }
        Found::Compass(place) => {
            let mut others: Vec<usize> = (0..COMPASS.len()).filter(|other| other != place).collect();
            others.shuffle(rng);
            others.into_iter().map(|other| COMPASS[other].to_owned()).collect()
        }
        Found::Thing(_) | Found::Nothing => {
            let mut others: Vec<String> =
                computed.others.iter().filter_map(|id| Some(ground.thing(*id)?.name.clone())).collect();
            others.truncate(4 + rng.random_range(0..=4));
            others.shuffle(rng);
            others
        }
        Found::Count(_) | Found::Yes(_) | Found::Metres(_) => Vec::new(),
    }
}

/// What was found as an answer to a question that is there; `None` where none of its options says so.
pub(super) fn answer(computed: &Computed, question: &Question, ground: &Ground) -> Option<Answer> {
    match &computed.found {
        Found::Nothing => Some(Answer::Unanswerable),
        Found::Yes(truth) => Some(Answer::Options(vec![u32::from(!truth)])),
        Found::Metres(metres) => Some(Answer::Number((metres * 10.0).round() / 10.0)),
        found => {
            let said = option(found, ground);
            let place = question.choices().position(|choice| choice == said)?;
            Some(Answer::Options(vec![place as u32]))
        }
    }
}
