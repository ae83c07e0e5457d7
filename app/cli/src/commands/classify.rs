//! `classify`: what every pixel of an image is, by shapes that show what the classes look like.

mod examples;
mod tiles;

use std::time::Instant;

use cubes::ImageCube;
use raster::{ImageDescription, Source};
use segment::{Bank, ForestOptions, Learner, LearnerKind, Learning, PerceptronOptions, SegmentError};
use serde_json::{Value, json};

use crate::args::{ClassifyArgs, LearnerName};
use crate::failure::Failure;
use crate::output::Output;
use crate::{progress, spectra, stop};

use examples::{Known, gather, of_pixels};
use tiles::{Tiles, Written};

pub(crate) fn run(args: &ClassifyArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    let began = Instant::now();
    let source = Source::open(&args.file)?;
    let cube = spectra::cube(&source, &args.bands, false)?;
    let known = gather(args, source.image())?;
    let bank = if args.scales.is_empty() { Bank::default() } else { Bank::new(&args.scales) };
    let tiles = Tiles::new(&cube, &bank)?;
    let bar = progress::bar("Looking at the examples", tiles.count_with(&known) as u64);
    let (examples, bins) = of_pixels(&tiles, &known, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let way = match args.learner {
        LearnerName::Forest => Learning::Forest(ForestOptions {
            trees: usize::from(args.trees),
            seed: args.seed,
            ..ForestOptions::default()
        }),
        LearnerName::Logistic => LearnerKind::Logistic.usual(),
        LearnerName::Perceptron => {
            Learning::Perceptron(PerceptronOptions { seed: args.seed, ..PerceptronOptions::default() })
        }
    };
    let held_out = held_out(&known, &examples, &way)?;
    let learner = Learner::train(&examples, &way, &|| !stop::is_wanted()).map_err(told)?;
    let bar = progress::bar("Classifying", tiles.count() as u64);
    let written = tiles.classify(args, &known.names, &learner, &bins, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let value = described(args, &cube, &known, &written, held_out.as_ref(), began);
    output.result(&value, || text(args, source.image(), &known, &written, held_out.as_ref()))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where an error is turned into another")]
pub(crate) fn told(error: SegmentError) -> anyhow::Error {
    Failure::because(error.to_string(), error.hint())
}

/// How right it is on shapes that it has not seen.
#[derive(Debug)]
struct HeldOut {
    shapes: usize,
    pixels: usize,
    accuracy: f64,
    macro_f1: f64,
}

/// Learns from four fifths of the shapes and asks about the others, where every class has at least two.
fn held_out(known: &Known, examples: &segment::Examples, way: &Learning) -> anyhow::Result<Option<HeldOut>> {
    let is_asked = known.shapes_held_out();
    let classes = known.names.len();
    let (mut taught, mut asked) =
        (segment::Examples::new(examples.features), segment::Examples::new(examples.features));
    let mut shapes = std::collections::BTreeSet::new();
    for (i, row) in examples.rows.chunks_exact(examples.features).enumerate() {
        let shape = known.shape_of[i];
        if is_asked[shape] {
            asked.push(row, examples.labels[i]);
            shapes.insert(shape);
        } else {
            taught.push(row, examples.labels[i]);
        }
    }
    let has_all = |some: &segment::Examples| (0..classes).all(|c| some.labels.contains(&(c as u8)));
    if !has_all(&taught) || !has_all(&asked) {
        return Ok(None);
    }
    let go_on = || !stop::is_wanted();
    let learner = Learner::train(&taught, way, &go_on).map_err(told)?;
    let shares = learner.shares(&asked.rows, asked.features, false, &go_on).map_err(told)?;
    let mut counts = vec![[0_usize; 3]; classes];
    let mut right = 0;
    for ((found, _), label) in segment::likeliest(&shares, learner.classes()).iter().zip(&asked.labels) {
        right += usize::from(found == label);
        counts[usize::from(*found)][1] += 1;
        counts[usize::from(*label)][2] += 1;
        counts[usize::from(*label)][0] += usize::from(found == label);
    }
    let f1 = |[hits, found, there]: &[usize; 3]| 2.0 * *hits as f64 / (found + there).max(1) as f64;
    Ok(Some(HeldOut {
        shapes: shapes.len(),
        pixels: asked.len(),
        accuracy: right as f64 / asked.len() as f64,
        macro_f1: counts.iter().map(f1).sum::<f64>() / classes as f64,
    }))
}

fn described(
    args: &ClassifyArgs,
    cube: &ImageCube,
    known: &Known,
    written: &Written,
    held_out: Option<&HeldOut>,
    began: Instant,
) -> Value {
    let classes = known.names.iter().enumerate().map(|(i, name)| {
        json!({
            "value": i + 1,
            "name": name,
            "examples": known.count(i),
            "pixels": written.pixels[i],
        })
    });
    json!({
        "path": args.output,
        "probabilities": args.probabilities,
        "width": cube.source().image().width,
        "height": cube.source().image().height,
        "used_bands": cube.bands().iter().map(|b| b + 1).collect::<Vec<_>>(),
        "features": written.features,
        "learner": match args.learner {
            LearnerName::Forest => "forest",
            LearnerName::Logistic => "logistic",
            LearnerName::Perceptron => "perceptron",
        },
        "classes": classes.collect::<Vec<_>>(),
        "left_out": known.left_out,
        "held_out": held_out.map(|h| json!({
            "shapes": h.shapes, "pixels": h.pixels, "accuracy": h.accuracy, "macro_f1": h.macro_f1,
        })),
        "seconds": began.elapsed().as_secs_f64(),
    })
}

fn text(
    args: &ClassifyArgs,
    image: &ImageDescription,
    known: &Known,
    written: &Written,
    held_out: Option<&HeldOut>,
) -> String {
    let all = written.pixels.iter().sum::<u64>().max(1) as f64;
    let rows: Vec<(String, String)> = known
        .names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let share = written.pixels[i] as f64 / all * 100.0;
            (format!("{}  {name}", i + 1), format!("{:>12} pixels  {share:5.1} %", written.pixels[i]))
        })
        .collect();
    let path = args.output.display();
    let mut text = format!("{path}: {} × {} pixels\n", image.width, image.height);
    text += &crate::output::table(&rows);
    let how_right = match held_out {
        Some(h) => format!(
            "On {} shapes that it had not seen: {:.1} % of pixels right, macro F1 {:.2}",
            h.shapes,
            h.accuracy * 100.0,
            h.macro_f1
        ),
        None => "Too few shapes of each class to say how right it is: give at least two of each".to_owned(),
    };
    text + &how_right
}
