//! The scene of the map: layers, regions, what the tool shows.

use editing::{HandleKind, LineStyle, Preview};
use picture::region;
use project::RegionId;
use renderer::{HandleScene, Renderer, Scene, ShapeScene, ShapeStyle};
use spatial::WorldPoint;

use super::tiles::TileLoader;
use crate::state::State;
use crate::theme::Theme;

/// Everything that the renderer draws of the map.
pub fn scene(state: &State, loader: &TileLoader, renderer: &Renderer) -> Scene {
    let size = state.camera.size_px.map(|side| side.max(0.0) as u32);
    let theme = &state.theme;
    // The ground is painted by egui, under a basemap that is painted by egui too.
    let mut scene = Scene::new(size, [0; 4]);
    scene.pixels_per_point = state.pixels_per_point;
    let origin = state.camera.screen_from_world(WorldPoint { x: 0.0, y: 0.0 });
    // Hatches repeat, so only the remainder counts; the whole would not survive f32.
    scene.anchor_px = [origin.x.rem_euclid(4096.0) as f32, origin.y.rem_euclid(4096.0) as f32];
    let layers = state.content().map(project::Project::layers_in_order).unwrap_or_default();
    for (id, _) in layers {
        let Some(view) = state.layers.get(&id).and_then(|l| l.view()) else { continue };
        let reduce_motion = state.preferences.reduce_motion;
        let status = |key| loader.status(renderer, view.tile_id(key), reduce_motion);
        let mut layer = view.scene(&state.camera, &status);
        layer.failed_color = theme.color.warning.to_array();
        if !layer.tiles.is_empty() {
            scene.layers.push(layer);
        }
    }
    if !state.labels_hidden {
        add_regions(&mut scene, state);
    }
    if let Some(preview) = state.with_tool_context(|ctx| state.tool.preview(ctx)) {
        add_preview(&mut scene, state, &preview);
    }
    scene
}

fn add_regions(scene: &mut Scene, state: &State) {
    let Some(project) = state.content() else { return };
    let scale = state.pixels_per_point;
    let mut visible: Vec<_> = project.regions_in(state.camera.bounds()).collect();
    // Selected ones last, over the others.
    visible.sort_by_key(|(id, _)| (state.selection.contains(*id), *id));
    for (id, one) in visible {
        let look = region::look(project, id);
        let style = dressed(region::style(&look, scale), state, id);
        scene.shapes.extend(region::screen_shapes(&one.geometry, &style, &state.camera));
        if look.disputed
            && let Some(bounds) = one.bounds()
        {
            let corner = WorldPoint { x: bounds.max().x, y: bounds.max().y };
            scene.handles.push(disputed_mark(state, corner));
        }
    }
}

/// Brighter when hovered, in the accent's casing when selected.
fn dressed(style: ShapeStyle, state: &State, id: RegionId) -> ShapeStyle {
    let scale = state.pixels_per_point;
    let accent = state.theme.color.accent.to_array();
    if state.selection.contains(id) {
        ShapeStyle { casing: accent, casing_px: 1.5 * scale, width_px: 2.0 * scale, ..style }
    } else if state.pointer.region == Some(id) {
        let [r, g, b, a] = style.fill;
        ShapeStyle { fill: [r, g, b, a.saturating_add(40)], width_px: 2.0 * scale, ..style }
    } else {
        style
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
    for line in &preview.lines {
        scene.shapes.push(ShapeScene {
            rings: vec![line.points.iter().map(screen).collect()],
            closed: line.closed,
            style: line_style(&state.theme, line.style, line.closed, state.pixels_per_point),
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
