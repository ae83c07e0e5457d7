//! The scene of the map: layers, regions, what the tool shows.

use std::collections::BTreeSet;

use editing::{HandleKind, LineStyle, Preview};
use geo::Geometry;
use picture::region;
use project::{LayerId, Project, Region, RegionId};
use renderer::{HandleScene, LabelScene, Renderer, Scene, ShapeScene, ShapeStyle};
use spatial::{Viewport, WorldPoint};

use super::compare::as_shown;
use super::regions::{self, RegionShapes};
use super::tiles::TileLoader;
use crate::alignment;
use crate::state::State;
use crate::theme::Theme;
use crate::workspaces::review::ghosts;

/// With more regions than this in view, words would only be in each other's way.
const LABELS_MAX: usize = 300;
/// Regions that a view of another layer draws one by one.
const FEW: usize = 3_000;

/// What a scene is made of besides the state: what is on the GPU.
#[derive(Clone, Copy, Debug)]
pub struct OnGpu<'a> {
    pub loader: &'a TileLoader,
    pub regions: &'a RegionShapes,
    pub renderer: &'a Renderer,
}

/// Everything that the renderer draws of the map, with the layers that are shown (`None`: those that the
/// layers' panel says).
pub fn scene(state: &State, shown: Option<&BTreeSet<LayerId>>, gpu: OnGpu<'_>) -> Scene {
    let mut scene = empty(state, &state.camera);
    add_layers(&mut scene, state, shown, &state.camera, gpu);
    let few = shown.filter(|_| !state.labels_hidden).and_then(|shown| few_on(state, shown));
    if let Some(few) = few {
        for (id, geometry) in few {
            add_one(&mut scene, state, id, &geometry);
        }
    } else if !state.labels_hidden {
        scene.coverage = gpu.regions.coverage(gpu.renderer, state.camera);
        scene.batches.extend(gpu.regions.draw(gpu.renderer, state.camera));
        add_regions(&mut scene, state, gpu);
    }
    for ghost in ghosts::on_map(state) {
        scene.shapes.extend(region::screen_shapes(&ghost, &ghosts::style(state), &state.camera));
    }
    if let Some(preview) = state.with_tool_context(|ctx| state.tool.preview(ctx)) {
        add_preview(&mut scene, state, &preview);
    }
    scene
}

/// The regions in view as another layer than the first view's shows them; `None` where both show them in the same
/// places, or there are too many to be drawn one by one.
fn few_on(state: &State, shown: &BTreeSet<LayerId>) -> Option<Vec<(RegionId, Geometry<f64>)>> {
    let aligning = &state.alignment;
    let arrows = |id: &LayerId| match aligning.of_layers.get(id) {
        Some(Ok(alignment)) => alignment.arrows(),
        _ => 0,
    };
    let project = state.content().filter(|_| !aligning.as_drawn)?;
    let top = project.layers_in_order().into_iter().rev().map(|(id, _)| id).find(|id| shown.contains(id))?;
    let first = aligning.layer.filter(|first| *first != top)?;
    if arrows(&top) == 0 && arrows(&first) == 0 {
        return None;
    }
    // What is drawn just beyond the view may be shown in it.
    let view = state.camera.bounds();
    let margin = WorldPoint { x: view.width() / 4.0, y: view.height() / 4.0 };
    let around = spatial::WorldRect::new(view.min() - margin, view.max() + margin);
    let mut found: Vec<_> = project.regions_in(around).take(FEW + 1).collect();
    let few = found.len() <= FEW;
    found.retain(|(id, _)| !is_hidden(state, project, *id));
    few.then(|| {
        let on = |region: &Region| alignment::on_layer(state, top, region);
        found.iter().map(|(id, r)| (*id, on(r).unwrap_or_else(|| r.geometry.clone()))).collect()
    })
}

/// A region as a view of another layer shows it.
fn add_one(scene: &mut Scene, state: &State, id: RegionId, geometry: &Geometry<f64>) {
    let Some(project) = state.content() else { return };
    let style = style_of(project, state, id);
    let marked = state.selection.contains(id) || state.pointer.region == Some(id);
    let style = if marked { dressed(style, state, id, true) } else { style };
    scene.shapes.extend(region::screen_shapes(geometry, &style, &state.camera));
}

/// One region with its surroundings, small: a frame of the filmstrip.
pub fn thumbnail(state: &State, region: RegionId, camera: &Viewport, gpu: OnGpu<'_>) -> Scene {
    let mut scene = empty(state, camera);
    scene.background = state.theme.color.canvas.to_array();
    add_layers(&mut scene, state, None, camera, gpu);
    if let Some((project, one)) = state.shown().and_then(|p| Some((p, p.region(region)?))) {
        let style = style_of(project, state, region);
        let bare = ShapeStyle { fill: [0; 4], hatch: renderer::Hatch::None, ..style };
        scene.shapes.extend(region::screen_shapes(&one.geometry, &bare, camera));
    }
    scene
}

/// The layers alone, over the window's ground: the minimap.
pub fn bare(state: &State, camera: &Viewport, gpu: OnGpu<'_>) -> Scene {
    let mut scene = empty(state, camera);
    scene.background = state.theme.color.canvas.to_array();
    add_layers(&mut scene, state, None, camera, gpu);
    scene
}

fn empty(state: &State, camera: &Viewport) -> Scene {
    let size = camera.size_px.map(|side| side.max(0.0) as u32);
    // The ground is what the window is cleared with, under a basemap that is painted by egui.
    let mut scene = Scene::new(size, [0; 4]);
    scene.pixels_per_point = state.pixels_per_point;
    let origin = camera.screen_from_world(WorldPoint { x: 0.0, y: 0.0 });
    // Hatches repeat, so only the remainder counts; the whole would not survive f32.
    scene.anchor_px = [origin.x.rem_euclid(4096.0) as f32, origin.y.rem_euclid(4096.0) as f32];
    scene
}

fn add_layers(
    scene: &mut Scene,
    state: &State,
    shown: Option<&BTreeSet<LayerId>>,
    camera: &Viewport,
    gpu: OnGpu<'_>,
) {
    let layers = state.content().map(project::Project::layers_in_order).unwrap_or_default();
    for (id, _) in layers {
        let Some(view) = state.layers.get(&id).and_then(|l| l.view()) else { continue };
        let Some(view) = as_shown(id, view, shown) else { continue };
        let reduce_motion = state.preferences.reduce_motion;
        let bands = view.rendering.mix.bands();
        let status = |key| gpu.loader.status(gpu.renderer, view.tile_id(key), bands, reduce_motion);
        let mut layer = view.scene_now(camera, &status);
        layer.failed_color = state.theme.color.warning.to_array();
        if !layer.tiles.is_empty() {
            scene.layers.push(layer);
        }
    }
}

fn style_of(project: &Project, state: &State, id: RegionId) -> ShapeStyle {
    let wanted = (state.preferences.alternative_colors, &state.preferences.class_looks);
    regions::style(project, id, wanted, state.pixels_per_point)
}

fn hides_any(state: &State) -> bool {
    state.preferences.class_looks.values().any(|look| look.hidden)
}

fn is_hidden(state: &State, project: &Project, id: RegionId) -> bool {
    regions::is_hidden(project, id, &state.preferences.class_looks)
}

/// Regions that are not in the batch as they are now, and over all the hovered and selected ones.
fn add_regions(scene: &mut Scene, state: &State, gpu: OnGpu<'_>) {
    let Some(project) = state.shown() else { return };
    let (shapes, fading) = (gpu.regions, gpu.regions.fading(gpu.renderer));
    let view = state.camera.bounds();
    let is_marked = |id: RegionId| state.selection.contains(id) || state.pointer.region == Some(id);
    for id in shapes.loose().filter(|id| !is_marked(*id) && !is_hidden(state, project, *id)) {
        let Some(region) = project.region(id) else { continue };
        let style = style_of(project, state, id);
        // The rest of it is part of the mass.
        let share = fading.map_or(1.0, |fading| 1.0 - fading.share(side_px(region, &state.camera)));
        if share > 0.0 {
            add_region(scene, state, region, &picture::afar::faded(style, share));
        }
    }
    // Very many are shown as selected by their batches, but for those that are in none.
    let (one_by_one, in_none): (&[RegionId], Vec<RegionId>) = match regions::in_batches(&state.selection) {
        Some(set) => (&[], shapes.loose().filter(|id| set.contains(id)).collect()),
        None => (state.selected(), Vec::new()),
    };
    let selected = one_by_one.iter().copied().chain(in_none);
    let hovered = state.pointer.region.filter(|id| !state.selection.contains(*id));
    for id in hovered.into_iter().chain(selected) {
        let Some(region) = project.region(id) else { continue };
        let seen = region.bounds().is_some_and(|b| geo::Intersects::intersects(&b, &view));
        if seen && !is_hidden(state, project, id) {
            let style = dressed(style_of(project, state, id), state, id, shapes.is_loose(id));
            add_region(scene, state, region, &style);
        }
    }
    let looked_at = if hides_any(state) { FEW } else { LABELS_MAX };
    let mut visible: Vec<RegionId> = project.regions_in(view).map(|(id, _)| id).take(looked_at + 1).collect();
    let few = visible.len() <= looked_at;
    visible.retain(|id| !is_hidden(state, project, *id));
    if few && visible.len() <= LABELS_MAX {
        for id in visible {
            add_words(scene, state, project, id, shapes.was_disputed(id) || shapes.is_loose(id));
        }
    }
}

/// The longer side of a region's box in pixels; of a point, which has none, without end.
fn side_px(region: &Region, camera: &Viewport) -> f32 {
    let has_size = !matches!(region.geometry, Geometry::Point(_) | Geometry::MultiPoint(_));
    let side = region.bounds().filter(|_| has_size).map(|b| b.width().max(b.height()));
    side.map_or(f32::INFINITY, |side| (side / camera.resolution) as f32)
}

fn add_region(scene: &mut Scene, state: &State, region: &Region, style: &ShapeStyle) {
    scene.shapes.extend(region::screen_shapes(&region.geometry, style, &state.camera));
    let points: Vec<WorldPoint> = match &region.geometry {
        Geometry::Point(p) => vec![p.0],
        Geometry::MultiPoint(m) => m.iter().map(|p| p.0).collect(),
        _ => return,
    };
    for at in points {
        let p = state.camera.screen_from_world(at);
        scene.handles.push(HandleScene {
            at: [p.x as f32, p.y as f32],
            kind: renderer::HandleKind::Point,
            size_px: 8.0 * state.pixels_per_point,
            fill: style.outline,
            casing: style.casing,
            casing_px: style.casing_px.max(1.0),
        });
    }
}

/// The class's name where it fits, and a mark where people do not agree.
fn add_words(scene: &mut Scene, state: &State, project: &Project, id: RegionId, may_be_disputed: bool) {
    let Some(bounds) = project.region(id).and_then(|r| r.bounds()) else { return };
    if may_be_disputed && region::look(project, id).disputed {
        let corner = WorldPoint { x: bounds.max().x, y: bounds.max().y };
        scene.handles.push(disputed_mark(state, corner));
    }
    let Some(class) = regions::class_of(project, id).filter(|_| project.label_of(id).is_some()) else {
        return;
    };
    let scale = state.pixels_per_point;
    let size = state.theme.size.small * scale;
    let (width, height) =
        (bounds.width() / state.camera.resolution, bounds.height() / state.camera.resolution);
    let needed = class.name.chars().count() as f32 * size * 0.6 + 12.0 * scale;
    if (width as f32) < needed || (height as f32) < size * 2.2 {
        return;
    }
    let middle = state.camera.screen_from_world(bounds.center());
    scene.labels.push(LabelScene {
        at: [middle.x as f32, middle.y as f32],
        text: class.name.clone(),
        color: state.theme.color.map_ink.to_array(),
        halo: state.theme.color.map_casing.to_array(),
        size_px: size,
        anchor: renderer::Anchor::Center,
    });
}

/// Brighter when hovered, in the accent's casing when selected. What the batch has filled already is not
/// filled again.
fn dressed(style: ShapeStyle, state: &State, id: RegionId, loose: bool) -> ShapeStyle {
    let scale = state.pixels_per_point;
    let accent = state.theme.color.accent.to_array();
    let [r, g, b, a] = style.fill;
    let style =
        if loose { style } else { ShapeStyle { fill: [0; 4], hatch: renderer::Hatch::None, ..style } };
    if state.selection.contains(id) {
        regions::dressed(style, accent, scale)
    } else {
        ShapeStyle { fill: [r, g, b, a], width_px: 2.0 * scale, ..style }
    }
}

fn disputed_mark(state: &State, at: WorldPoint) -> HandleScene {
    let scale = state.pixels_per_point;
    let p = state.camera.screen_from_world(at);
    HandleScene {
        at: [p.x as f32, p.y as f32],
        kind: renderer::HandleKind::Mark,
        size_px: 9.0 * scale,
        fill: state.theme.color.warning.to_array(),
        casing: state.theme.color.map_casing.to_array(),
        casing_px: scale,
    }
}

fn add_preview(scene: &mut Scene, state: &State, preview: &Preview) {
    let screen = |p: &WorldPoint| {
        let s = state.camera.screen_from_world(*p);
        [s.x as f32, s.y as f32]
    };
    for area in &preview.areas {
        let rings = std::iter::once(area.exterior()).chain(area.interiors());
        let style = line_style(&state.theme, LineStyle::Ghost, true, state.pixels_per_point);
        let [r, g, b, _] = style.fill;
        scene.shapes.push(ShapeScene {
            rings: rings.map(|ring| ring.0.iter().skip(1).map(screen).collect()).collect(),
            closed: true,
            style: ShapeStyle { fill: [r, g, b, 70], ..style },
        });
    }
    for line in &preview.lines {
        scene.shapes.push(ShapeScene {
            rings: vec![line.points.iter().map(screen).collect()],
            closed: line.closed,
            style: line_style(&state.theme, line.style, line.closed, state.pixels_per_point),
        });
    }
    for label in &preview.labels {
        scene.labels.push(LabelScene {
            at: screen(&label.at),
            text: label.text.clone(),
            color: state.theme.color.map_ink.to_array(),
            halo: state.theme.color.map_casing.to_array(),
            size_px: state.theme.size.body * state.pixels_per_point,
            anchor: renderer::Anchor::Center,
        });
    }
    for handle in &preview.handles {
        scene.handles.push(handle_scene(state, screen(&handle.at), handle.kind));
    }
}

fn line_style(theme: &Theme, style: LineStyle, closed: bool, scale: f32) -> ShapeStyle {
    let color = match style {
        LineStyle::Crossing => &theme.color.danger,
        _ => &theme.color.accent,
    };
    let [r, g, b, _] = color.to_array();
    let fill = if closed { [r, g, b, 30] } else { [0; 4] };
    ShapeStyle {
        fill,
        hatch: renderer::Hatch::None,
        hatch_color: [0; 4],
        outline: [r, g, b, 255],
        width_px: 1.5 * scale,
        casing: theme.color.map_casing.to_array(),
        casing_px: scale,
        dashed: matches!(style, LineStyle::Rubber | LineStyle::Box),
    }
}

fn handle_scene(state: &State, at: [f32; 2], kind: HandleKind) -> HandleScene {
    let (scale, c) = (state.pixels_per_point, &state.theme.color);
    let (form, size, fill) = match kind {
        HandleKind::Vertex => (renderer::HandleKind::Vertex, 7.0, &c.map_ink),
        HandleKind::ActiveVertex => (renderer::HandleKind::Selected, 9.0, &c.map_ink),
        HandleKind::Midpoint => (renderer::HandleKind::Midpoint, 5.0, &c.map_ink),
        HandleKind::First => (renderer::HandleKind::Vertex, 10.0, &c.accent),
        HandleKind::Snap => (renderer::HandleKind::Point, 10.0, &c.warning),
    };
    HandleScene {
        at,
        kind: form,
        size_px: size * scale,
        fill: fill.to_array(),
        casing: c.map_casing.to_array(),
        casing_px: scale,
    }
}
