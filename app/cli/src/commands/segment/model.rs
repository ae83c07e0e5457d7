//! By a network of the SAM family: the user's own weights, asked about the part of the image around the places.

use std::path::Path;
use std::time::Instant;

use raster::{ColorRole, ImageDescription, SampleType, Source};
use sam::{Candidate, Features, Picture, Prompt, Segmenter, is_cut};
use segment::{Area, Image, Selected};
use serde_json::json;

use super::{Asked, MOST_VALUES, Said, read};
use crate::args::SegmentArgs;
use crate::commands::train::engine;
use crate::failure::Failure;
use crate::{progress, spectra, stop};

/// The method as scripts call it.
const METHOD: &str = "sam";

pub(super) fn ask(args: &SegmentArgs, file: &Path, source: &Source, asked: &Asked) -> anyhow::Result<Said> {
    let image = source.image();
    let chosen = bands(args, image)?;
    let cube = spectra::cube(source, &chosen, false)?;
    let bar = progress::spinner("Reading the weights");
    let net = Segmenter::open(file, &engine(args.device))?;
    let (mut encoding_ms, mut decoding_ms) = (0.0, 0.0);
    let mut reach = args.reach;
    let (window, features, candidates) = loop {
        let window = window(asked, reach, image);
        let stretched = image.sample_type != SampleType::U8;
        let picture = picture(&read(&cube, window, stretched)?, stretched)?;
        bar.set_message(format!("Looking at {} × {} pixels", window.width, window.height));
        let began = Instant::now();
        let features = net.encode(&picture, &mut |_| !stop::is_wanted())?;
        encoding_ms += began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        let candidates = net.ask(&features, &prompt(asked, window), None)?;
        decoding_ms += began.elapsed().as_secs_f64() * 1e3;
        let wider = self::window(asked, reach.saturating_mul(2), image);
        let values = (wider.width * wider.height * chosen.len()) as u64;
        let is_whole = wider == window || values > MOST_VALUES;
        let best = candidates.get(usize::from(args.mask) - 1);
        let goes_on = best.is_some_and(|best| goes_on(&net.logits(&features, best), window, image));
        if is_whole || !goes_on {
            break (window, features, candidates);
        }
        reach = reach.saturating_mul(2);
    };
    bar.finish_and_clear();
    let list: Vec<_> = candidates.iter().map(|one| one_of(&net, &features, one, window)).collect();
    let offered = list.len();
    let masks: Vec<_> =
        list.iter().map(|one| json!({ "score": one.score, "pixels": one.pixels() })).collect();
    let wanted = usize::from(args.mask) - 1;
    let found = list.into_iter().nth(wanted).ok_or_else(|| {
        Failure::because(format!("There are {offered} masks"), format!("give --mask 1 to {offered}"))
    })?;
    if found.pixels() == 0 {
        return Err(Failure::because(
            "The network finds nothing there",
            "mark another place, or try another mask with --mask",
        ));
    }
    let name = net.shape().name();
    let words = format!(
        "{} pixels by {name}, which expects to be {:.0} % right; looked for {encoding_ms:.0} ms, answered in {decoding_ms:.0} ms",
        found.pixels(),
        found.score * 100.0
    );
    let more = json!({
        "model": name,
        "device": net.engine().name(),
        "masks": masks,
        "encoding_ms": encoding_ms,
        "window": [window.left, window.top, window.width, window.height],
    });
    Ok(Said { found, window, method: METHOD, milliseconds: encoding_ms + decoding_ms, more, words })
}

/// One or three: those that were chosen, else the colours, else the first ones that are to be trusted.
fn bands(args: &SegmentArgs, image: &ImageDescription) -> anyhow::Result<Vec<usize>> {
    if !args.bands.is_empty() {
        return match args.bands.len() {
            1 | 3 => Ok(args.bands.clone()),
            n => Err(Failure::because(
                format!("SAM looks at one band or at three, not at {n}"),
                "give three with --bands, such as --bands 4,3,2",
            )),
        };
    }
    let of = |role: ColorRole| image.bands.iter().find(|band| band.color == role).map(|band| band.index + 1);
    if let (Some(red), Some(green), Some(blue)) =
        (of(ColorRole::Red), of(ColorRole::Green), of(ColorRole::Blue))
    {
        return Ok(vec![red, green, blue]);
    }
    let usable = image.bands.iter().filter(|band| !band.bad && band.color != ColorRole::Alpha);
    let usable: Vec<usize> = usable.map(|band| band.index + 1).collect();
    match usable[..] {
        [] => Err(Failure::because("The image has no band to look at", "choose bands with --bands")),
        [one] | [one, _] => Ok(vec![one]),
        [red, green, blue, ..] => Ok(vec![red, green, blue]),
    }
}

/// A square of `2 · reach` pixels around the middle of all places, larger where they need it, moved into the image where it
/// would stand over.
fn window(asked: &Asked, reach: u32, image: &ImageDescription) -> Area {
    let corners = asked.around.iter().flat_map(|(a, b)| [*a, *b]);
    let all: Vec<[u32; 2]> = corners.chain(asked.this.iter().chain(&asked.not).copied()).collect();
    let bounds = |axis: usize| {
        let least = all.iter().map(|at| at[axis]).min().unwrap_or(0);
        (least, all.iter().map(|at| at[axis]).max().unwrap_or(0))
    };
    let spans = [bounds(0), bounds(1)];
    // As much again around what is far apart.
    let needed = spans.iter().map(|(least, most)| (most - least).saturating_mul(2)).max().unwrap_or(0);
    let side = needed.max(reach.saturating_mul(2)).max(2);
    let span = |(least, most): (u32, u32), size: u32| {
        let length = side.min(size);
        let middle = least + (most - least) / 2;
        let from = middle.saturating_sub(length / 2).min(size - length);
        (from as usize, length as usize)
    };
    let ((left, width), (top, height)) = (span(spans[0], image.width), span(spans[1], image.height));
    Area { left, top, width, height }
}

/// Bytes as they are; of other samples the values that most lie between, from black to white.
fn picture(pixels: &Image, stretched: bool) -> anyhow::Result<Picture> {
    let factor = if stretched { 255.0 } else { 1.0 };
    let count = pixels.pixels();
    let value = |(at, value): (usize, &f32)| {
        if pixels.is_valid(at % count) { value * factor } else { f32::NAN }
    };
    let values: Vec<f32> = pixels.values().iter().enumerate().map(value).collect();
    Ok(Picture::new(pixels.width(), pixels.height(), pixels.bands(), &values)?)
}

fn prompt(asked: &Asked, window: Area) -> Prompt {
    let shift = |[x, y]: [u32; 2]| [(x as usize - window.left) as f32, (y as usize - window.top) as f32];
    let points = asked.this.iter().map(|at| (shift(*at), true));
    Prompt {
        points: points.chain(asked.not.iter().map(|at| (shift(*at), false))).collect(),
        around: asked.around.map(|(a, b)| [shift(a), shift(b)]),
    }
}

/// True where the mask ends where the window does, and the image goes on.
fn goes_on(logits: &[f32], window: Area, image: &ImageDescription) -> bool {
    let inside: Vec<bool> = logits.iter().map(|v| *v > 0.0).collect();
    let is_whole = window.width == image.width as usize && window.height == image.height as usize;
    !is_whole && is_cut(&inside, [window.width, window.height])
}

fn one_of(net: &Segmenter, features: &Features, candidate: &Candidate, window: Area) -> Selected {
    let inside = net.logits(features, candidate).iter().map(|v| *v > 0.0).collect();
    let area = Area { left: 0, top: 0, width: window.width, height: window.height };
    Selected { area, inside, score: f64::from(candidate.quality) }
}
