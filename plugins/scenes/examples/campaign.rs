//! A labelling campaign with known annotators on the town's true damage: how well each fusion finds the truth and
//! the annotators. JSON on stdout: `cargo run --release -p orthoscope-scenes --example campaign [SEED]`.
//!
//! Each of nine people has a confusion matrix of their own and sees seven of ten buildings. Three are careful, two
//! as good as the demo's annotator, one says what its model says, two call most damage one class too low, and one
//! guesses.

use std::io::Write as _;

use agreement::{Category, Limits, Method, Table, fuse};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use scenes::{ANA, CAREFUL, Confusion, DamageClass, MODEL, Scene, SceneOptions};

/// How often somebody sees a building.
const SEEN: f64 = 0.7;

/// Calls most damage one class too low, in a hurry.
const TOO_LOW: Confusion = [
    [0.60, 0.20, 0.20, 0.00, 0.00, 0.00],
    [0.20, 0.50, 0.30, 0.00, 0.00, 0.00],
    [0.00, 0.00, 0.96, 0.04, 0.00, 0.00],
    [0.00, 0.00, 0.60, 0.36, 0.04, 0.00],
    [0.00, 0.00, 0.08, 0.56, 0.32, 0.04],
    [0.00, 0.00, 0.00, 0.06, 0.54, 0.40],
];

/// Clicks anything, "no damage" most of all.
const GUESS: Confusion = [[0.05, 0.05, 0.45, 0.15, 0.15, 0.15]; 6];

const PEOPLE: [(&str, &Confusion); 9] = [
    ("careful 1", &CAREFUL),
    ("careful 2", &CAREFUL),
    ("careful 3", &CAREFUL),
    ("usual 1", &ANA),
    ("usual 2", &ANA),
    ("model's habits", &MODEL),
    ("too low 1", &TOO_LOW),
    ("too low 2", &TOO_LOW),
    ("guesses", &GUESS),
];

fn place(class: DamageClass) -> usize {
    DamageClass::ALL.iter().position(|known| *known == class).unwrap_or(0)
}

/// The true class of each building of towns by seed.
fn truth(seed: u64) -> Result<Vec<usize>, scenes::SceneError> {
    let mut truth = Vec::new();
    for town in 0..3 {
        let options = SceneOptions { cube_gsd_m: 8.0, ..SceneOptions::sized(1600, 1600, 0.5) };
        let scene = Scene::generate(seed + town, &options, &|_| {})?;
        truth.extend(scene.footprints.iter().map(|footprint| place(footprint.class)));
    }
    Ok(truth)
}

fn votes(truth: &[usize], seed: u64) -> Table {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let category =
        |(i, class): (usize, &DamageClass)| Category { code: class.code().into(), rank: Some(i as f64) };
    let categories = DamageClass::ALL.iter().enumerate().map(category).collect();
    let mut table = Table::new(categories, PEOPLE.iter().map(|(name, _)| (*name).to_owned()).collect());
    for truth in truth {
        let mut said = Vec::new();
        for (rater, (_, habits)) in PEOPLE.iter().enumerate() {
            if !random.random_bool(SEEN) {
                continue;
            }
            let mut left: f32 = random.random();
            let seen = habits[*truth].iter().position(|chance| {
                left -= chance;
                left < 0.0
            });
            said.push((rater, seen.unwrap_or(*truth)));
        }
        table.push(said);
    }
    table
}

/// How often somebody with these habits is right on these buildings.
fn right(habits: &Confusion, truth: &[usize]) -> f64 {
    truth.iter().map(|t| f64::from(habits[*t][*t])).sum::<f64>() / truth.len() as f64
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(7), |text| text.parse())?;
    let truth = truth(seed)?;
    let table = votes(&truth, seed);
    let known: Vec<f64> = PEOPLE.iter().map(|(_, habits)| right(habits, &truth)).collect();
    let judged: Vec<usize> = (0..truth.len()).filter(|case| !table.cases()[*case].is_empty()).collect();
    let mut methods = serde_json::Map::new();
    for method in Method::ALL {
        let fused = fuse(&table, method, &Limits { seed, ..Limits::default() })?;
        let answer = |case: &usize| fused.answers[*case].category.map(|category| category as usize);
        let correct = judged.iter().filter(|case| answer(case) == Some(truth[**case])).count();
        let found: Vec<f64> = fused.raters.iter().filter_map(|rater| rater.accuracy).collect();
        let errors: Vec<f64> = found.iter().zip(&known).map(|(a, b)| (a - b).abs()).collect();
        let told = serde_json::json!({
            "accuracy": correct as f64 / judged.len() as f64,
            "reliability": found,
            "reliability_mean_error": errors.iter().sum::<f64>() / errors.len() as f64,
            "reliability_worst_error": errors.iter().copied().fold(0.0, f64::max),
            "rounds": fused.rounds,
            "converged": fused.converged,
        });
        methods.insert(method.key().to_owned(), told);
    }
    let rows =
        table.cases().iter().map(|case| case.iter().map(|r| (r.rater, r.category)).collect::<Vec<_>>());
    let told = serde_json::json!({
        "buildings": judged.len(),
        "votes": table.votes(),
        "people": PEOPLE.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "true_reliability": known,
        "alpha_nominal": table.agreement().krippendorff_alpha.nominal,
        "methods": methods,
        "truth": truth,
        "cases": rows.collect::<Vec<_>>(),
    });
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}
