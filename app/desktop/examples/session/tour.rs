//! The film: four buildings get their classes, one is split, footprints are brought onto the image.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use desktop::offscreen::Look;
use desktop::theme::Mode;
use egui::{Key, Modifiers};
use geo::{BoundingRect as _, Centroid as _};
use spatial::WorldPoint;

use crate::film::Film;
use crate::hand::Hand;

/// Pixels of the film.
const SIZE: [u32; 2] = [880, 550];
/// Buildings that get a class.
const LABELLED: usize = 4;

pub(crate) fn run(project: &Path, out: &Path, truth: &Path, shift: (f64, f64)) -> anyhow::Result<()> {
    let look = Look { size_px: SIZE, theme: Mode::Dark, ..Look::default() };
    let (mut hand, _copy) = super::open(project, look, Some(Film::default()))?;
    label(&mut hand, &super::label::read(truth)?)?;
    split(&mut hand)?;
    let moved = align(&mut hand, shift)?;
    let counts = hand.counts;
    let film = hand.into_film().context("there is a film")?;
    film.write(out)?;
    let bytes = std::fs::metadata(out)?.len();
    writeln!(
        std::io::stdout(),
        "{:.1} s, {:.1} MB, {} clicks, {} drags, {} keys; what was moved is {moved}",
        film.seconds(),
        bytes as f64 / 1e6,
        counts.clicks,
        counts.drags,
        counts.keys
    )?;
    Ok(())
}

/// One key for each building.
fn label(hand: &mut Hand, truth: &HashMap<String, String>) -> anyhow::Result<()> {
    hand.rest("Footprints of a map, without classes", 120)?;
    hand.key(Key::Enter, Modifiers::SHIFT, "Shift+Enter: each class leads to the next building")?;
    hand.key(Key::Enter, Modifiers::NONE, "Enter: the first one without a class")?;
    for _ in 0..LABELLED {
        let (_, region) = hand.selected().context("a region is selected")?;
        let class = region.source_id.and_then(|id| truth.get(&id)).context("its class is not known")?;
        let keys = super::label::keys(hand.project()?)?;
        let key = keys.get(class).context("its class has no key")?;
        hand.rest("", 60)?;
        hand.digits(key, &format!("{key}: {class}"))?;
    }
    hand.key(Key::Enter, Modifiers::SHIFT, "")
}

/// A line across the building cuts it in two.
fn split(hand: &mut Hand) -> anyhow::Result<()> {
    let (_, region) = hand.selected().context("a region is selected")?;
    let bounds = region.geometry.bounding_rect().context("a region has a place")?;
    let middle = region.geometry.centroid().context("a region has a middle")?.0;
    hand.key(Key::X, Modifiers::NONE, "X: split along a line")?;
    let reach = bounds.height() * 0.7;
    hand.click(WorldPoint { x: middle.x, y: middle.y + reach }, Modifiers::NONE, "X: split along a line")?;
    hand.click(WorldPoint { x: middle.x, y: middle.y - reach }, Modifiers::NONE, "X: split along a line")?;
    hand.key(Key::Enter, Modifiers::NONE, "Enter: two buildings, each with its class")?;
    hand.key(Key::Z, Modifiers::COMMAND, "Ctrl+Z: one again")?;
    hand.key(Key::V, Modifiers::NONE, "")
}

/// A footprint is dragged to where the image shows it, and its neighbours follow; says which it is in its file.
fn align(hand: &mut Hand, (east, north): (f64, f64)) -> anyhow::Result<String> {
    hand.rest("Footprints of a map lie beside the buildings of the image", 120)?;
    let words = "Shift+A: drag a footprint to where the image shows it";
    hand.key(Key::A, Modifiers::SHIFT, words)?;
    let (_, region) = hand.selected().context("a region is selected")?;
    let from = region.geometry.centroid().context("a region has a middle")?.0;
    hand.drag(from, WorldPoint { x: from.x + east, y: from.y + north }, words)?;
    hand.rest("Its neighbours follow; the drawn shapes stay as they were", 150)?;
    hand.key(Key::V, Modifiers::NONE, "")?;
    Ok(region.source_id.unwrap_or_default())
}
