//! How far the labelling is, and what comes next.

use editing::{Command, EditCommand, Keymap};
use egui::{
    Align, Align2, Layout, Margin, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use project::{Project, RegionId};
use renderer::ViewId;
use spatial::format;

use super::Picture;
use super::classes::class_color;
use crate::commands::{shortcut_text, tooltip};
use crate::fonts;
use crate::map::{regions, scene, thumbnails};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{class_swatch, key_hint, thin_progress};

/// The pictures of the filmstrip are these views of the renderer and the following.
const FIRST_VIEW: u32 = 100;

pub fn show(ui: &mut Ui, state: &State, keymap: &Keymap, picture: &Picture<'_>, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    if open.counts.regions == 0 {
        return;
    }
    let theme = &state.theme;
    let frame = egui::Frame::new().fill(*theme.color.panel).inner_margin(Margin {
        left: 12,
        right: 12,
        top: 4,
        bottom: 6,
    });
    Panel::bottom("next").exact_size(theme.shape.next_panel).resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| progress(ui, state, keymap, out));
        ui.add_space(2.0);
        strip(ui, state, picture, out);
    });
}

fn progress(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    let counts = &open.counts;
    let share = counts.labelled as f64 / counts.regions.max(1) as f64;
    let text = format!(
        "{} of {} labelled",
        format::count(counts.labelled as u64),
        format::count(counts.regions as u64)
    );
    ui.label(RichText::new(text).font(fonts::medium(state.theme.size.body)));
    thin_progress(ui, 160.0, Some(share), "Labelled");
    ui.label(RichText::new(format::percent(share)).color(*state.theme.color.muted));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let next = Command::Edit(EditCommand::NextUnlabelled);
        if counts.labelled < counts.regions {
            key_hint(ui, &shortcut_text(keymap, next));
            if ui.button("Next unlabelled").on_hover_text(tooltip(keymap, next)).clicked() {
                out.command(next);
            }
        } else {
            ui.label(RichText::new("Every region is labelled").color(*state.theme.color.success));
        }
    });
}

/// The regions from the one before the selected one on, in the order of reading.
fn strip(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            for (slot, (place, id)) in thumbnails::ahead(state).into_iter().enumerate() {
                card(ui, state, project, picture, Frame { slot, place, id }, out);
            }
        });
    });
}

/// One frame of the filmstrip.
#[derive(Clone, Copy)]
struct Frame {
    /// Which of the pictures on the screen.
    slot: usize,
    /// Place in the order of reading, from 0.
    place: usize,
    id: RegionId,
}

fn card(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    picture: &Picture<'_>,
    frame: Frame,
    out: &mut Outbox,
) {
    let theme = &state.theme;
    let c = &theme.color;
    let Frame { slot, place, id } = frame;
    let [width, height] = thumbnails::SIZE;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height + 20.0), Sense::click());
    let label = project.label_of(id);
    let class = regions::class_of(project, id);
    let words = class.map_or_else(|| "not labelled".to_owned(), |c| c.name.clone());
    let words = if label.is_none() && class.is_some() { format!("{words}?") } else { words };
    let name = format!("Region {}: {words}", place + 1);
    let selected = state.selection.contains(id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, name.as_str()));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let image = Rect::from_min_size(rect.min, vec2(width, height));
    ui.painter().rect_filled(image, 0.0, *c.canvas);
    if let Some(camera) = thumbnails::camera(state, id) {
        let view = ViewId(FIRST_VIEW + slot as u32);
        ui.painter().add(picture.paint(image, view, |gpu| scene::thumbnail(state, id, &camera, gpu)));
    }
    let edge = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => egui::Stroke::new(2.0, *c.accent),
        (false, true) => egui::Stroke::new(1.0, *c.outline),
        (false, false) => theme.hairline(),
    };
    ui.painter().rect_stroke(image, 0.0, edge, egui::StrokeKind::Inside);
    let line = rect.bottom() - 8.0;
    let number = format::count(place as u64 + 1);
    let font = fonts::mono(theme.size.small);
    let end = ui.painter().text(pos2(rect.right(), line), Align2::RIGHT_CENTER, number, font, *c.muted);
    let mut left = rect.left();
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(left + 6.0, line), vec2(12.0, 12.0));
        class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
        left += 17.0;
    }
    let ink = if class.is_some() { *c.text } else { *c.muted };
    let mut job = egui::text::LayoutJob::simple_singleline(words, fonts::body(theme.size.small), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width((end.left() - left - 4.0).max(8.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, line - galley.size().y / 2.0), galley, ink);
    if response.on_hover_text(name).clicked() {
        out.push(Ask::Visit(id));
    }
}
