//! Regions that are alike: a map of them, which stand out, and which classes that suggests.

use std::fmt::Write as _;

use egui::{
    Align2, DragValue, Frame, Id, Margin, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_plot::{HoverPosition, MarkerShape, PlotPoint, PlotPoints, PlotTransform, PlotUi, Points};
use project::{ClassCode, RegionId};
use renderer::ViewId;
use similar::Projection;
use spatial::format as units;

use super::Picture;
use super::classes::class_color;
use super::gallery::{Gallery, edge, filling};
use super::models::{class_name, class_row, heading, quiet};
use crate::alike::{AlikeAsk, Compared, Tab};
use crate::fonts;
use crate::format;
use crate::map::{scene, thumbnails};
use crate::outbox::{Ask, Outbox};
use crate::panels::table::PICTURE;
use crate::state::State;
use crate::widgets::{chart, combo, draw_chart, primary_button, text_button, thin_progress};

/// The crops are these views of the renderer and the following.
const FIRST_VIEW: u32 = 20_000;
/// Height of the line under each.
const WORDS: f32 = 20.0;
/// How near to a point a click must be, in points of the screen.
const REACH: f32 = 12.0;
/// Selected regions that are marked on the map.
const MARKED: usize = 5_000;
/// Regions most like the selected one that are marked.
const NEAREST: usize = 8;

pub fn show(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let margin = Margin { left: 12, right: 12, top: 2, bottom: 4 };
    let compared = state.alike.compared.as_deref();
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        if state.project.is_none() {
            quiet(ui, state, "No project is open.");
            return;
        }
        how(ui, state, out);
        match compared {
            Some(compared) => {
                map(ui, state, compared, out);
                about(ui, state, compared);
                tabs(ui, state, out);
                if state.alike.tab == Tab::Suggestions {
                    suggestions(ui, state, compared, out);
                }
            }
            None => quiet(
                ui,
                state,
                "Compares what regions look like, without a network: a map on which alike ones lie together, those that stand out, and classes by the labelled ones that are most alike.",
            ),
        }
    });
    if let Some(compared) = compared.filter(|_| state.alike.tab == Tab::Outliers && state.project.is_some()) {
        outliers(ui, state, compared, picture, out);
    }
}

fn push(out: &mut Outbox, ask: AlikeAsk) {
    out.push(Ask::Alike(ask));
}

/// How regions are compared, and the button; while they are, how far that is.
fn how(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let mut form = state.alike.form;
    ui.horizontal_wrapped(|ui| {
        let name = |projection| match projection {
            Projection::Umap => "UMAP",
            Projection::Components => "Components",
        };
        let list =
            combo("how the map of similar regions is made", name(form.projection), 104.0).show_ui(ui, |ui| {
                for (projection, about) in [
                    (Projection::Umap, "What lies together is alike; how far apart groups lie says nothing"),
                    (
                        Projection::Components,
                        "The first two principal components: distances are what they are",
                    ),
                ] {
                    let chosen = form.projection == projection;
                    if ui.selectable_label(chosen, name(projection)).on_hover_text(about).clicked() {
                        form.projection = projection;
                    }
                }
            });
        list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "How the map is made"));
        let neighbours = DragValue::new(&mut form.neighbours).range(2..=200).suffix(" near");
        ui.add_enabled(form.projection == Projection::Umap, neighbours).on_hover_text(
            "How many regions hold together on the map: few show small groups, many the whole",
        );
    });
    if form != state.alike.form {
        push(out, AlikeAsk::Form(form));
    }
    let Some(id) = state.alike.under_way else {
        let again = state.alike.compared.is_some();
        let text = if again { "Compare again" } else { "Compare regions" };
        if primary_button(ui, text).on_hover_text("Look at every region, beside the window").clicked() {
            push(out, AlikeAsk::Compare);
        }
        return;
    };
    let job = state.jobs.iter().find(|job| job.id == id);
    ui.horizontal(|ui| {
        thin_progress(ui, 120.0, job.and_then(jobs::JobStatus::share), "Comparing regions");
        let left = job.and_then(|job| job.remaining_s).map(|s| format!("{} left", format::duration(s)));
        quiet(ui, state, &left.unwrap_or_default());
        if text_button(ui, "Stop").clicked() {
            out.push(Ask::StopJob(id));
        }
    });
}

/// The map: a click picks a region, a drag around some selects them.
fn map(ui: &mut Ui, state: &State, compared: &Compared, out: &mut Outbox) {
    let theme = &state.theme;
    let height = (ui.available_height() * 0.45).clamp(120.0, 420.0);
    let said = |position: &HoverPosition<'_>| match position {
        HoverPosition::NearDataPoint { plot_name, .. } => Some((*plot_name).to_owned()),
        HoverPosition::Elsewhere { .. } => None,
    };
    let plot = chart("map of similar regions", height)
        .data_aspect(1.0)
        .show_axes(false)
        .show_grid(false)
        .allow_zoom(true)
        .allow_double_click_reset(true)
        .show_crosshair(false)
        .sense(Sense::click_and_drag())
        .label_formatter(said);
    let id = Id::unique("loop on the map of similar regions");
    let mut path: Vec<[f64; 2]> = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let words = format!(
        "Map of {}; {} selected",
        format::count(compared.regions.len(), "similar region", "similar regions"),
        units::count(state.selection.len() as u64)
    );
    let drawn = draw_chart(ui, theme, &words, plot, |plot| {
        for series in &compared.series {
            let (name, ink) = look(state, series.class.as_ref());
            let points = PlotPoints::Borrowed(&series.points);
            plot.points(Points::new(name, points).radius(2.2).color(ink));
        }
        marked(state, compared, plot);
    });
    // Painted over the chart and not plotted: what is plotted would move its bounds while the loop is drawn.
    let on_screen = |[x, y]: &[f64; 2]| drawn.transform.position_from_point(&PlotPoint::new(*x, *y));
    let loop_line = path.iter().map(on_screen).collect();
    let ink = Stroke::new(1.5, *theme.color.accent);
    ui.painter().with_clip_rect(drawn.response.rect).line(loop_line, ink);
    let response = drawn.response.on_hover_cursor(egui::CursorIcon::Crosshair);
    let at = response.interact_pointer_pos().map(|at| drawn.transform.value_from_position(at));
    let add = ui.input(|i| i.modifiers.shift || i.modifiers.command);
    if response.drag_started() {
        path.clear();
    }
    if response.dragged() {
        path.extend(at.map(|at| [at.x, at.y]));
    }
    if response.drag_stopped() {
        if path.len() > 2 {
            push(out, AlikeAsk::Lasso { path: std::mem::take(&mut path), add });
        }
        path.clear();
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.clicked())
        && let Some(region) = nearest(compared, &drawn.transform, pointer)
    {
        push(out, AlikeAsk::Pick { region, toggle: add });
    }
    ui.data_mut(|d| d.insert_temp(id, path));
}

/// Name and colour of a class; of what is not labelled, those of the ground.
fn look(state: &State, class: Option<&ClassCode>) -> (String, egui::Color32) {
    let Some(code) = class else { return ("Not labelled".to_owned(), *state.theme.color.muted) };
    let known = state.content().and_then(|p| p.schema()).and_then(|schema| schema.class(code));
    let ink = known.map_or(*state.theme.color.muted, |class| class_color(state, class));
    (class_name(state, code.as_str()), ink)
}

/// Rings around what is selected, and around what is most like it.
fn marked(state: &State, compared: &Compared, plot: &mut PlotUi<'_>) {
    let c = &state.theme.color;
    let points = |ids: &mut dyn Iterator<Item = RegionId>| -> Vec<PlotPoint> {
        ids.filter_map(|id| compared.point(id)).collect()
    };
    if let [one] = state.selection.regions() {
        let near = points(&mut compared.nearest(*one).take(NEAREST));
        let rings = Points::new("Most like the selected one", PlotPoints::Owned(near));
        plot.points(rings.shape(MarkerShape::Circle).filled(false).radius(4.5).color(*c.text));
    }
    let chosen = points(&mut state.selection.regions().iter().rev().take(MARKED).copied());
    let rings = Points::new("Selected", PlotPoints::Owned(chosen));
    plot.points(rings.shape(MarkerShape::Circle).filled(false).radius(5.5).color(*c.accent));
}

/// The region whose point is nearest to a place on the screen, if any is near.
fn nearest(compared: &Compared, transform: &PlotTransform, at: egui::Pos2) -> Option<RegionId> {
    let distance = |[x, y]: &[f32; 2]| transform.position_from_point(&PlotPoint::new(*x, *y)).distance(at);
    let all = compared.study.map.iter().zip(&compared.regions).map(|(point, id)| (distance(point), *id));
    let near = all.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (near.0 <= REACH).then_some(near.1)
}

fn about(ui: &mut Ui, state: &State, compared: &Compared) {
    let mut words = format::count(compared.regions.len(), "region", "regions");
    if compared.left_out > 0 {
        let _ = write!(words, ", {} not seen on any layer", units::count(compared.left_out as u64));
    }
    if compared.form.projection == Projection::Components {
        let share = compared.study.shares.iter().sum::<f64>();
        let _ = write!(words, "; the map holds {} of all variance", units::percent(share));
    }
    if compared.regions.len() > crate::alike::DRAWN {
        words += "; some of them are drawn";
    }
    quiet(ui, state, &words);
    let now = state.project.as_ref().map(|open| open.session.history().last_seq());
    if now.is_some_and(|now| now != compared.seq) {
        quiet(ui, state, "The project has changed since; compare again to count that in.");
    }
}

fn tabs(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (tab, text, about) in [
            (
                Tab::Outliers,
                "Stands out",
                "Regions that are least like all others, by the local outlier factor",
            ),
            (Tab::Suggestions, "Suggestions", "Classes for regions that nobody has labelled"),
        ] {
            if ui.selectable_label(state.alike.tab == tab, text).on_hover_text(about).clicked() {
                push(out, AlikeAsk::Tab(tab));
            }
        }
    });
}

/// What labelled regions suggest: how good that is, what it would be, and the button.
fn suggestions(ui: &mut Ui, state: &State, compared: &Compared, out: &mut Outbox) {
    let advice = match &compared.advice {
        Ok(advice) => advice,
        Err((what, hint)) => return quiet(ui, state, &format!("{what} {hint}")),
    };
    let examined = &advice.examined;
    let known = match examined.asked {
        0 => "How good that is, nobody can say: what is labelled lies in one place.".to_owned(),
        asked => format!(
            "Of {} labelled, each judged by those of other blocks of ground, {} are right (the commonest class: {}), macro F1 {} ({}).",
            units::count(asked as u64),
            units::percent(examined.accuracy),
            units::percent(examined.commonest),
            units::decimal(examined.macro_f1, 2),
            units::decimal(examined.commonest_macro_f1, 2),
        ),
    };
    quiet(ui, state, &known);
    let mut form = state.alike.form;
    ui.horizontal(|ui| {
        quiet(ui, state, "At least");
        let least = DragValue::new(&mut form.least_percent).range(0..=100).suffix(" %");
        ui.add(least).on_hover_text("Nothing less probable is suggested");
    });
    if form != state.alike.form {
        push(out, AlikeAsk::Form(form));
    }
    heading(ui, state, "What it would be");
    for (class, count) in &compared.preview.by_class {
        class_row(ui, state, class.as_str(), &units::count(*count as u64));
    }
    if compared.preview.abstained > 0 {
        class_row(ui, state, "", &units::count(compared.preview.abstained as u64));
    }
    let count: usize = compared.preview.by_class.values().sum();
    let text = format!("Suggest {}", format::count(count, "label", "labels"));
    let why = (count == 0).then_some("Nothing is probable enough").or(match &state.project {
        Some(open) if open.session.read_only().is_some() => Some("The project can only be read"),
        _ => None,
    });
    let button = ui.add_enabled_ui(why.is_none(), |ui| primary_button(ui, &text)).inner;
    let button = button.on_hover_text(
        "As predictions of model:similar, which wait in Proposals; no label of a person is touched",
    );
    let button = if let Some(why) = why { button.on_disabled_hover_text(why) } else { button };
    if button.clicked() {
        push(out, AlikeAsk::Suggest);
    }
}

/// Crops of what stands out, the farthest out first.
fn outliers(ui: &mut Ui, state: &State, compared: &Compared, picture: &Picture<'_>, out: &mut Outbox) {
    let size = filling(ui, PICTURE);
    let gallery = Gallery {
        name: "regions that stand out",
        count: compared.outliers.len(),
        cell: Vec2::from(size) + vec2(0.0, WORDS),
        at: None,
    };
    let shown = gallery.show(ui, |ui, slot, row, place| {
        if let Some((id, factor)) = compared.outliers.get(row) {
            crop(ui, state, picture, (slot, *id, *factor), place, out);
        }
    });
    if shown.rows != state.alike.looked {
        push(out, AlikeAsk::Looked(shown.rows));
    }
}

fn crop(
    ui: &mut Ui,
    state: &State,
    picture: &Picture<'_>,
    (slot, id, factor): (usize, RegionId, f32),
    place: Rect,
    out: &mut Outbox,
) {
    let theme = &state.theme;
    let image = place.with_max_y(place.bottom() - WORDS);
    let response = ui.interact(place, ui.scope_id().with(("stands out", id)), Sense::click());
    let class = state.content().and_then(|p| p.label_of(id)).map(|(_, label)| label.class.clone());
    let (name, _) = look(state, class.as_ref());
    let factor = units::decimal(f64::from(factor), 2);
    let selected = state.selection.contains(id);
    let words = format!("Stands out by {factor}: {name}");
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, words.as_str()));
    ui.painter().rect_filled(image, 0.0, *theme.color.canvas);
    let camera = thumbnails::camera_of(state, id, image.size().into());
    if let Some(camera) = camera.filter(|_| ui.is_rect_visible(image)) {
        let view = ViewId(FIRST_VIEW + slot as u32);
        ui.painter().add(picture.paint(image, view, |gpu| scene::thumbnail(state, id, &camera, gpu)));
    }
    ui.painter().rect_stroke(image, 0.0, edge(state, selected, &response), egui::StrokeKind::Inside);
    let y = image.bottom() + WORDS / 2.0;
    let small = fonts::mono(theme.size.small);
    let drawn =
        ui.painter().text(pos2(image.right(), y), Align2::RIGHT_CENTER, factor, small, *theme.color.muted);
    let mut job =
        egui::text::LayoutJob::simple_singleline(name, fonts::body(theme.size.small), *theme.color.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((drawn.left() - image.left() - 6.0).max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(image.left(), y - galley.size().y / 2.0), galley, *theme.color.text);
    if response.clicked() {
        let toggle = ui.input(|i| i.modifiers.shift || i.modifiers.command);
        push(out, AlikeAsk::Pick { region: id, toggle });
    }
    response.on_hover_text(words);
}
