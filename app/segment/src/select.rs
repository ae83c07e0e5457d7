//! One object by a few marks: whichever method is asked for, on as many pixels as there is time for, first coarsely over
//! all that may be meant and then finely around what was found.

use crate::error::{GoOn, check};
use crate::filters::gradient_magnitude;
use crate::grabcut::{Belongs, grabcut, likeness};
use crate::slic::{SlicOptions, slic};
use crate::walker::{WalkerOptions, random_walker};
use crate::watershed::{beside, watershed};
use crate::{Area, Image, SegmentError};

/// How an object is told from what is around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    #[default]
    Walker,
    GrabCut,
    Watershed,
    Superpixels,
    Flood,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Walker, Self::GrabCut, Self::Watershed, Self::Superpixels, Self::Flood];

    /// As scripts call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Walker => "walker",
            Self::GrabCut => "grabcut",
            Self::Watershed => "watershed",
            Self::Superpixels => "superpixels",
            Self::Flood => "flood",
        }
    }

    /// As people read it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Walker => "Random walker",
            Self::GrabCut => "GrabCut",
            Self::Watershed => "Watershed",
            Self::Superpixels => "Superpixels",
            Self::Flood => "Flood",
        }
    }

    /// Pixels that are worked on at once, so that an answer comes while a person still waits for it.
    fn most_pixels(self) -> usize {
        match self {
            Self::Walker => 250_000,
            Self::GrabCut => 100_000,
            Self::Watershed | Self::Superpixels | Self::Flood => 700_000,
        }
    }
}

/// Places in a picture, by columns and rows, and what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// They belong to it.
    pub this: Vec<[usize; 2]>,
    /// They do not.
    pub not: Vec<[usize; 2]>,
    /// It lies in there.
    pub around: Option<Area>,
}

/// How to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelectOptions {
    pub method: Method,
    /// About how many pixels a superpixel has.
    pub superpixel_px: usize,
    /// How far values may differ in a flood, as a share of the way from the least to the largest.
    pub tolerance: f64,
}

impl Default for SelectOptions {
    fn default() -> Self {
        Self { method: Method::default(), superpixel_px: 400, tolerance: 0.08 }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The part of the picture that was looked at last.
    pub area: Area,
    /// For each of its pixels: it belongs to it.
    pub inside: Vec<bool>,
    /// How sharp the border is: the share of it that lies on edges of the picture, 0 to 1.
    pub score: f64,
}

/// A box beyond which nothing is looked at is so much larger than the one that was drawn.
const MARGIN: f64 = 0.25;
/// The middle of a box that is taken for the object where no place was marked, as a share of its sides.
const MIDDLE: f64 = 0.3;
/// A click says what lies so many pixels round it: one pixel alone holds no walk, and its colour may be a speck.
const POINT: usize = 2;
/// And so many are perhaps of the same object.
const NEAR: usize = 8;
/// Rounds of GrabCut.
const ROUNDS: usize = 5;
/// Pieces of less than this share of the largest are left out where no place says which is meant.
const LEAST_PIECE: f64 = 0.05;

/// Finds what is meant in a picture.
pub fn select(
    image: &Image,
    prompt: &Prompt,
    options: &SelectOptions,
    go_on: GoOn,
) -> Result<Selected, SegmentError> {
    let whole = Area { left: 0, top: 0, width: image.width(), height: image.height() };
    let area = match prompt.around {
        Some(around) => {
            grown(around, MARGIN, 8).within(whole.width, whole.height).ok_or(SegmentError::Nothing)?
        }
        None => whole,
    };
    if prompt.this.is_empty() && prompt.around.is_none() {
        return Err(SegmentError::NoMarkers);
    }
    let step = step_of(area, options.method);
    let first = pass(image, area, step, prompt, options, go_on)?;
    let found = match finer(&first, step, whole, options.method) {
        Some((near, fine)) => pass(image, near, fine, prompt, options, go_on)?,
        None => first,
    };
    if !found.inside.contains(&true) {
        return Err(SegmentError::Nothing);
    }
    Ok(found)
}

/// Pixels that go together, both ways, so that there are not more than a method may have.
fn step_of(area: Area, method: Method) -> usize {
    let pixels = (area.width * area.height) as f64;
    (pixels / method.most_pixels() as f64).sqrt().ceil().max(1.0) as usize
}

/// The surroundings of what was found, where they can be looked at more finely.
fn finer(found: &Selected, step: usize, whole: Area, method: Method) -> Option<(Area, usize)> {
    let near = grown(found.bounds()?, 0.15, 6 * step).within(whole.width, whole.height)?;
    let fine = step_of(near, method);
    (fine < step).then_some((near, fine))
}

fn grown(area: Area, share: f64, least: usize) -> Area {
    let more = |side: usize| ((side as f64 * share) as usize).max(least);
    let (across, down) = (more(area.width), more(area.height));
    let (left, top) = (area.left.saturating_sub(across), area.top.saturating_sub(down));
    let width = area.left.saturating_add(area.width).saturating_add(across) - left;
    let height = area.top.saturating_add(area.height).saturating_add(down) - top;
    Area { left, top, width, height }
}

impl Selected {
    /// The box around the pixels that belong to it.
    pub fn bounds(&self) -> Option<Area> {
        let width = self.area.width;
        let mut found: Option<[usize; 4]> = None;
        for (pixel, _) in self.inside.iter().enumerate().filter(|(_, inside)| **inside) {
            let (x, y) = (pixel % width, pixel / width);
            let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
            found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
        }
        found.map(|[left, top, right, bottom]| Area {
            left: self.area.left + left,
            top: self.area.top + top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }

    /// How many pixels belong to it.
    pub fn pixels(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }
}

/// Unknown, it, or not.
const UNKNOWN: u32 = 0;
const THIS: u32 = 1;
const NOT: u32 = 2;

fn pass(
    image: &Image,
    area: Area,
    step: usize,
    prompt: &Prompt,
    options: &SelectOptions,
    go_on: GoOn,
) -> Result<Selected, SegmentError> {
    check(go_on)?;
    let part = image.part(area, step)?;
    let marks = marks(&part, area, step, prompt);
    let (width, height) = (part.width(), part.height());
    let inside = match options.method {
        Method::Walker => {
            let marks = with_middle(marks.clone(), &part, area, step, prompt)?;
            let shares = random_walker(&part, &marks, &WalkerOptions::default(), go_on)?;
            shares[0].iter().map(|share| *share > 0.5).collect()
        }
        Method::Watershed => {
            let marks = with_middle(marks.clone(), &part, area, step, prompt)?;
            let slopes = gradient_magnitude(&part, 1.0);
            let basins = watershed(&slopes, width, &marks, &|p| part.is_valid(p), go_on)?;
            basins.into_iter().map(|basin| basin == THIS).collect()
        }
        Method::GrabCut => grabcut(&part, &known(&marks, &part, area, step, prompt), ROUNDS, go_on)?,
        Method::Superpixels => superpixels(&part, &marks, area, step, options, prompt, go_on)?,
        Method::Flood => flood(&with_middle(marks.clone(), &part, area, step, prompt)?, &part, options),
    };
    let inside = meant(&inside, &marks, width);
    let score = score(&part, &inside);
    let inside = (0..area.width * area.height)
        .map(|pixel| inside[pixel / area.width / step * width + pixel % area.width / step])
        .collect();
    debug_assert!(height * step >= area.height);
    Ok(Selected { area, inside, score })
}

/// What prompts say of the pixels of a part. Its rim is not the object: without anything that is not it, all would be.
fn marks(part: &Image, area: Area, step: usize, prompt: &Prompt) -> Vec<u32> {
    let (width, height) = (part.width(), part.height());
    let mut marks = vec![UNKNOWN; part.pixels()];
    for (pixel, mark) in marks.iter_mut().enumerate() {
        let (x, y) = (pixel % width, pixel / width);
        let at_border = x == 0 || y == 0 || x + 1 == width || y + 1 == height;
        let beyond =
            prompt.around.is_some_and(|around| !around.holds(area.left + x * step, area.top + y * step));
        if !part.is_valid(pixel) || beyond || at_border {
            *mark = NOT;
        }
    }
    // What was clicked is surer than what lies round it. A line of places says enough by itself.
    for reach in [POINT / step, 0] {
        for (places, mark) in [(&prompt.not, NOT), (&prompt.this, THIS)] {
            let within = places.iter().filter(|[x, y]| area.holds(*x, *y));
            for [x, y] in within.filter(|place| reach == 0 || is_alone(**place, places)) {
                let middle = [(x - area.left) / step, (y - area.top) / step];
                for pixel in disc(middle, reach, width, height).filter(|pixel| part.is_valid(*pixel)) {
                    marks[pixel] = mark;
                }
            }
        }
    }
    marks
}

/// A single click, no part of a line.
fn is_alone([x, y]: [usize; 2], places: &[[usize; 2]]) -> bool {
    let near = |other: &&[usize; 2]| x.abs_diff(other[0]).max(y.abs_diff(other[1])) <= 2 * POINT;
    places.iter().filter(near).count() == 1
}

/// The pixels round a place.
fn disc([x, y]: [usize; 2], reach: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let rows = y.saturating_sub(reach)..(y + reach + 1).min(height);
    rows.flat_map(move |row| {
        let across = (reach * reach - row.abs_diff(y).pow(2)).isqrt();
        (x.saturating_sub(across)..(x + across + 1).min(width)).map(move |column| row * width + column)
    })
}

/// With the middle of the box for the object, where no place was marked.
fn with_middle(
    mut marks: Vec<u32>,
    part: &Image,
    area: Area,
    step: usize,
    prompt: &Prompt,
) -> Result<Vec<u32>, SegmentError> {
    if marks.contains(&THIS) {
        return Ok(marks);
    }
    let around = prompt.around.ok_or(SegmentError::NoMarkers)?;
    let [x, y] = [around.left + around.width / 2, around.top + around.height / 2];
    let reach = [around.width as f64 * MIDDLE / 2.0, around.height as f64 * MIDDLE / 2.0];
    for (pixel, mark) in marks.iter_mut().enumerate() {
        let px = (area.left + pixel % part.width() * step) as f64 - x as f64;
        let py = (area.top + pixel / part.width() * step) as f64 - y as f64;
        let away = (px / reach[0].max(step as f64)).hypot(py / reach[1].max(step as f64));
        if away <= 1.0 && *mark == UNKNOWN {
            *mark = THIS;
        }
    }
    if marks.contains(&THIS) { Ok(marks) } else { Err(SegmentError::Nothing) }
}

/// What GrabCut is told: without a box, what lies near the marks is perhaps the object.
fn known(marks: &[u32], part: &Image, area: Area, step: usize, prompt: &Prompt) -> Vec<Belongs> {
    let mut near = vec![false; marks.len()];
    for this in prompt.this.iter().filter(|[x, y]| area.holds(*x, *y)) {
        let middle = [(this[0] - area.left) / step, (this[1] - area.top) / step];
        disc(middle, NEAR.div_ceil(step), part.width(), part.height()).for_each(|pixel| near[pixel] = true);
    }
    let holds = |pixel: usize| {
        let (x, y) = (area.left + pixel % part.width() * step, area.top + pixel / part.width() * step);
        prompt.around.is_some_and(|around| around.holds(x, y))
    };
    let of = |(pixel, mark): (usize, &u32)| match *mark {
        THIS => Belongs::Object,
        NOT => Belongs::Ground,
        _ if holds(pixel) || (prompt.around.is_none() && near[pixel]) => Belongs::PerhapsObject,
        _ => Belongs::PerhapsGround,
    };
    marks.iter().enumerate().map(of).collect()
}

/// The superpixels that were touched, or that lie in the box; those that were touched only by what is not it are left out.
fn superpixels(
    part: &Image,
    marks: &[u32],
    area: Area,
    step: usize,
    options: &SelectOptions,
    prompt: &Prompt,
    go_on: GoOn,
) -> Result<Vec<bool>, SegmentError> {
    let size_px = (options.superpixel_px / (step * step)).max(9);
    // Values of colours from 0 to 100 are what the usual compactness of 10 is meant for.
    let compactness = part.spread() as f32;
    let labels = slic(part, &SlicOptions { size_px, compactness, ..SlicOptions::default() }, go_on)?;
    let count = labels.iter().copied().max().map_or(0, |most| most as usize + 1);
    let (mut taken, mut refused) = (vec![false; count], vec![false; count]);
    let by_box = !marks.contains(&THIS) && prompt.around.is_some();
    let mut beyond = vec![[0_usize; 2]; count];
    for (label, mark) in labels.iter().zip(marks) {
        let label = *label as usize;
        beyond[label][usize::from(*mark == NOT)] += 1;
        taken[label] |= *mark == THIS;
    }
    for [x, y] in prompt.not.iter().filter(|[x, y]| area.holds(*x, *y)) {
        let at = (y - area.top) / step * part.width() + (x - area.left) / step;
        refused[labels[at] as usize] = true;
    }
    if by_box {
        taken.iter_mut().zip(&beyond).for_each(|(taken, [within, out])| *taken = within > out);
    }
    let places = |of: &[[usize; 2]]| -> Vec<[usize; 2]> {
        let within = of.iter().filter(|[x, y]| area.holds(*x, *y));
        within.map(|[x, y]| [(x - area.left) / step, (y - area.top) / step]).collect()
    };
    let (this, not) = (places(&prompt.this), places(&prompt.not));
    // One that was touched by both is parted between them.
    let is_nearer = |pixel: usize| {
        let at = [pixel % part.width(), pixel / part.width()];
        let away = |[x, y]: &[usize; 2]| x.abs_diff(at[0]).pow(2) + y.abs_diff(at[1]).pow(2);
        let nearest = |places: &[[usize; 2]]| places.iter().map(away).min().unwrap_or(usize::MAX);
        nearest(&this) < nearest(&not)
    };
    let inside = |(pixel, label): (usize, &u32)| {
        let label = *label as usize;
        taken[label] && (!refused[label] || is_nearer(pixel))
    };
    Ok(labels.iter().enumerate().map(inside).collect())
}

/// Everything like a mark that hangs together with it.
fn flood(marks: &[u32], part: &Image, options: &SelectOptions) -> Vec<bool> {
    let range: f64 = (0..part.bands())
        .map(|band| {
            let values = part.band(band);
            let least = values.iter().copied().fold(f32::INFINITY, f32::min);
            let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            f64::from(most - least).powi(2)
        })
        .sum();
    let most = range * options.tolerance.clamp(0.0, 1.0).powi(2);
    let mut inside = vec![false; marks.len()];
    let mut open = Vec::new();
    for seed in (0..marks.len()).filter(|p| marks[*p] == THIS) {
        inside[seed] = true;
        open.push(seed);
        while let Some(pixel) = open.pop() {
            for next in beside(pixel, part.width(), marks.len()).into_iter().flatten() {
                let may = !inside[next] && marks[next] != NOT && part.is_valid(next);
                if may && part.distance2(seed, next) <= most {
                    inside[next] = true;
                    open.push(next);
                }
            }
        }
    }
    inside
}

/// The pieces that hold a mark; where there is none, those that are not small beside the largest.
fn meant(inside: &[bool], marks: &[u32], width: usize) -> Vec<bool> {
    let mut piece_of = vec![0_u32; inside.len()];
    let mut pieces: Vec<(usize, bool)> = Vec::new();
    let mut open = Vec::new();
    for start in 0..inside.len() {
        if !inside[start] || piece_of[start] > 0 {
            continue;
        }
        let number = pieces.len() as u32 + 1;
        let (mut size, mut is_marked) = (0, false);
        piece_of[start] = number;
        open.push(start);
        while let Some(pixel) = open.pop() {
            size += 1;
            is_marked |= marks[pixel] == THIS;
            for next in beside(pixel, width, inside.len()).into_iter().flatten() {
                if inside[next] && piece_of[next] == 0 {
                    piece_of[next] = number;
                    open.push(next);
                }
            }
        }
        pieces.push((size, is_marked));
    }
    let some_are_marked = pieces.iter().any(|(_, marked)| *marked);
    let largest = pieces.iter().map(|(size, _)| *size).max().unwrap_or(0);
    let stays = |piece: u32| {
        piece > 0 && {
            let (size, marked) = pieces[piece as usize - 1];
            if some_are_marked { marked } else { size as f64 >= largest as f64 * LEAST_PIECE }
        }
    };
    piece_of.into_iter().map(stays).collect()
}

/// The share of the border that lies on edges: for each pair of pixels that it parts, how much less alike they are than
/// neighbours are as a rule.
fn score(part: &Image, inside: &[bool]) -> f64 {
    let beta = likeness(part);
    let (mut sum, mut count) = (0.0, 0_usize);
    for pixel in (0..inside.len()).filter(|p| inside[*p]) {
        for next in beside(pixel, part.width(), inside.len()).into_iter().flatten() {
            if !inside[next] && part.is_valid(next) {
                sum += 1.0 - (-beta * part.distance2(pixel, next)).exp();
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright roof of 40 × 25 pixels on dark ground, with a little noise, and another far away.
    fn roofs(width: usize, height: usize) -> Image {
        let value = |i: usize, band: usize| {
            let (x, y) = (i % width, i / width);
            let noise = ((i * 7919 + band * 104_729) % 97) as f32 / 97.0 - 0.5;
            let is_roof = is_first(x, y) || (x >= width - 30 && y >= height - 30);
            (if is_roof { 0.7 } else { 0.2 + 0.05 * band as f32 }) + noise * 0.08
        };
        let values = (0..3).flat_map(|b| (0..width * height).map(move |i| value(i, b))).collect();
        Image::new(width, height, 3, values).expect("a picture")
    }

    fn is_first(x: usize, y: usize) -> bool {
        (50..90).contains(&x) && (40..65).contains(&y)
    }

    fn iou(found: &Selected) -> f64 {
        let (mut both, mut either) = (0, 1000);
        for (pixel, _) in found.inside.iter().enumerate().filter(|(_, inside)| **inside) {
            let (x, y) =
                (found.area.left + pixel % found.area.width, found.area.top + pixel / found.area.width);
            let truly = is_first(x, y);
            both += usize::from(truly);
            either += usize::from(!truly);
        }
        f64::from(u32::try_from(both).expect("small")) / f64::from(u32::try_from(either).expect("small"))
    }

    fn found(prompt: &Prompt, method: Method, image: &Image) -> Selected {
        let options = SelectOptions { method, superpixel_px: 60, tolerance: 0.2 };
        select(image, prompt, &options, &|| true).expect("a roof")
    }

    #[test]
    fn a_click_on_a_roof_finds_it_and_not_the_one_far_away() {
        let image = roofs(200, 150);
        let prompt = Prompt { this: vec![[70, 50]], ..Prompt::default() };
        for method in [Method::Walker, Method::GrabCut, Method::Watershed, Method::Flood] {
            let one = found(&prompt, method, &image);
            assert!(iou(&one) > 0.9, "{method:?}: {}", iou(&one));
            assert!((0.4..=1.0).contains(&one.score), "{method:?}: {}", one.score);
        }
    }

    #[test]
    fn a_box_around_it_is_enough() {
        let image = roofs(200, 150);
        let around = Some(Area { left: 44, top: 35, width: 52, height: 36 });
        for method in Method::ALL {
            let one = found(&Prompt { around, ..Prompt::default() }, method, &image);
            let least = if method == Method::Superpixels { 0.4 } else { 0.9 };
            assert!(iou(&one) > least, "{method:?}: {}", iou(&one));
        }
    }

    #[test]
    fn superpixels_are_picked_one_by_one_and_can_be_taken_back() {
        let image = roofs(200, 150);
        let row: Vec<[usize; 2]> = (52..88).map(|x| [x, 50]).collect();
        let all = found(&Prompt { this: row.clone(), ..Prompt::default() }, Method::Superpixels, &image);
        let fewer =
            found(&Prompt { this: row, not: vec![[86, 50]], around: None }, Method::Superpixels, &image);
        assert!(all.pixels() > fewer.pixels() && fewer.pixels() > 0, "{} {}", all.pixels(), fewer.pixels());
    }

    #[test]
    fn a_large_picture_is_looked_at_coarsely_and_then_finely() {
        let image = roofs(1400, 900);
        let prompt = Prompt { this: vec![[70, 50]], ..Prompt::default() };
        let one = found(&prompt, Method::Walker, &image);
        assert!(one.area.width < 300, "{:?}", one.area);
        assert!(iou(&one) > 0.97, "{}", iou(&one));
    }

    #[test]
    fn without_a_mark_or_a_box_nothing_is_meant() {
        let image = roofs(120, 100);
        let options = SelectOptions::default();
        assert_eq!(select(&image, &Prompt::default(), &options, &|| true), Err(SegmentError::NoMarkers));
        let beyond =
            Prompt { around: Some(Area { left: 900, top: 0, width: 9, height: 9 }), ..Prompt::default() };
        assert_eq!(select(&image, &beyond, &options, &|| true), Err(SegmentError::Nothing));
        let some = Prompt { this: vec![[70, 50]], ..Prompt::default() };
        assert_eq!(select(&image, &some, &options, &|| false), Err(SegmentError::Cancelled));
    }
}
