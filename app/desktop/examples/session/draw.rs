//! Outlines of buildings, drawn anew with each tool, and compared with what was to be drawn.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use desktop::offscreen::Look;
use egui::{Key, Modifiers, vec2};
use geo::{Area as _, Centroid as _, Geometry, MinimumRotatedRect as _, Polygon};
use project::RegionId;
use spatial::WorldPoint;

use crate::hand::{Counts, Hand};

/// A tool, its key, and how a hand goes round a footprint with it.
struct Way {
    name: &'static str,
    key: (Key, Modifiers),
    draw: fn(&mut Hand, &Polygon, f32) -> anyhow::Result<()>,
    /// Lengths of a drag, of which a person sees which fits best before letting go; one where nothing is dragged.
    lengths: &'static [f32],
}

const WAYS: [Way; 3] = [
    Way { name: "Polygon", key: (Key::P, Modifiers::NONE), draw: corners, lengths: &[0.0] },
    Way { name: "Turned box", key: (Key::O, Modifiers::NONE), draw: turned_box, lengths: &[0.0] },
    Way {
        name: "Wand",
        key: (Key::W, Modifiers::NONE),
        draw: wand,
        lengths: &[0.0, 20.0, 40.0, 60.0, 90.0, 120.0, 160.0],
    },
];

/// Draws the first `count` footprints that are polygons without holes.
pub(crate) fn run(project: &Path, count: usize) -> anyhow::Result<()> {
    let (mut hand, _copy) = super::open(project, Look::default(), None)?;
    let footprints: Vec<(RegionId, Polygon)> = hand
        .project()?
        .regions()
        .iter()
        .filter_map(|(id, region)| match &region.geometry {
            Geometry::Polygon(p) if p.interiors().is_empty() => Some((*id, p.clone())),
            _ => None,
        })
        .take(count)
        .collect();
    ensure!(!footprints.is_empty(), "the project has no polygons");
    let mean = footprints.iter().map(|(_, p)| p.exterior().0.len() - 1).sum::<usize>() as f64;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} footprints with {:.1} corners on average",
        footprints.len(),
        mean / footprints.len() as f64
    )?;
    for way in WAYS {
        // Once for the session: the tool, and the class that it draws with.
        hand.program().run(editing::Command::Edit(editing::EditCommand::SelectNone));
        hand.digits("1", "")?;
        hand.key(way.key.0, way.key.1, "")?;
        let before = hand.counts;
        let mut alike = Vec::new();
        for (id, footprint) in &footprints {
            let mut best: f64 = 0.0;
            for length in way.lengths {
                best = best.max(one(&mut hand, &way, *length, *id, footprint)?);
            }
            alike.push(best);
        }
        alike.sort_by(f64::total_cmp);
        let Counts { clicks, drags, keys } = hand.counts - before;
        let tried = footprints.len() as f64 * way.lengths.len() as f64;
        writeln!(
            out,
            "{}: {:.2} clicks, {:.2} drags, {:.2} keys each; overlap (IoU) median {:.3}, worst {:.3}",
            way.name,
            f64::from(clicks) / tried,
            f64::from(drags) / tried,
            f64::from(keys) / tried,
            alike[alike.len() / 2],
            alike[0],
        )?;
    }
    Ok(())
}

/// Draws one footprint and says how much it has in common with what was to be drawn; takes it back.
fn one(hand: &mut Hand, way: &Way, length: f32, id: RegionId, footprint: &Polygon) -> anyhow::Result<f64> {
    // Coming there costs nothing here: every program is asked to show the building first.
    let camera = &mut hand.program().state.camera;
    let bounds = geo::BoundingRect::bounding_rect(footprint).context("an empty footprint")?;
    *camera = spatial::Viewport::fit(bounds, camera.size_px, 0.25);
    hand.window.settle()?;
    let before = hand.project()?.regions().len();
    (way.draw)(hand, footprint, length)?;
    let made = hand.project()?.regions().len() == before + 1;
    if !made && way.lengths.len() > 1 {
        return Ok(0.0);
    }
    let tool = &hand.program().state.tool;
    ensure!(made, "{}: no region was made of {id}: {tool:?}", way.name);
    let open = hand.project()?;
    let drawn = open.regions().values().next_back().context("a region")?.geometry.clone();
    let drawn = match drawn {
        Geometry::Polygon(p) => geo::MultiPolygon(vec![p]),
        Geometry::MultiPolygon(m) => m,
        _ => anyhow::bail!("{}: no area was drawn", way.name),
    };
    let wanted = geo::MultiPolygon(vec![footprint.clone()]);
    let common = spatial::overlay::intersection(&drawn, &wanted).unsigned_area();
    let all = drawn.unsigned_area() + wanted.unsigned_area() - common;
    hand.program().run(editing::Command::Edit(editing::EditCommand::Undo));
    hand.window.settle()?;
    Ok(common / all)
}

/// Every corner, then `Enter`.
fn corners(hand: &mut Hand, footprint: &Polygon, _: f32) -> anyhow::Result<()> {
    let corners = &footprint.exterior().0;
    for corner in &corners[..corners.len() - 1] {
        hand.click(*corner, Modifiers::NONE, "")?;
    }
    hand.key(Key::Enter, Modifiers::NONE, "")
}

/// The two ends of a side, and the other side.
fn turned_box(hand: &mut Hand, footprint: &Polygon, _: f32) -> anyhow::Result<()> {
    let turned = footprint.minimum_rotated_rect().context("a footprint without an area")?;
    for corner in &turned.exterior().0[..3] {
        hand.click(*corner, Modifiers::NONE, "")?;
    }
    Ok(())
}

/// One press in the middle, and a drag.
fn wand(hand: &mut Hand, footprint: &Polygon, length: f32) -> anyhow::Result<()> {
    let middle: WorldPoint = footprint.centroid().context("a footprint without an area")?.0;
    hand.drag_by(middle, vec2(length, 0.0))
}
