//! The classes of the schema: digit, colour, hatch, name, count.

use editing::{Command, FindCommand};
use egui::{Align2, Color32, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use project::{Class, Schema};
use spatial::format;

use crate::classes::ClassAsk;
use crate::outbox::{Ask, Outbox};
use crate::preferences::ClassLook;
use crate::state::State;
use crate::widgets::{class_swatch, paint_icon, text_button};
use crate::{fonts, icons};

/// Room for the eye and the lock, in points.
const SWITCHES: f32 = 44.0;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(schema) = state.content().and_then(|p| p.schema()) else {
        let text = "The classes of a project stand here, each with its digit.";
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
        return;
    };
    ui.spacing_mut().item_spacing.y = 1.0;
    let keys = schema.keys();
    let hidden =
        schema.classes.iter().filter(|c| state.preferences.class_look(c.code.as_str()).hidden).count();
    if hidden > 0 {
        ui.horizontal(|ui| {
            let text = if hidden == 1 {
                "1 class is hidden".to_owned()
            } else {
                format!("{hidden} classes are hidden")
            };
            ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
            if text_button(ui, "Show all").on_hover_text("Alt+H").clicked() {
                out.push(Ask::Classes(ClassAsk::ShowAll));
            }
        });
    }
    for class in schema.offered() {
        let key = keys.iter().find(|(_, of)| of.code == class.code).map_or("", |(key, _)| key.as_str());
        row(ui, state, schema, (class, key), out);
    }
    let edit = Command::Find(FindCommand::EditClasses);
    if edit.unavailable(&state.situation()).is_none() {
        ui.add_space(state.theme.space.s);
        if text_button(ui, &edit.text()).on_hover_text(edit.tooltip()).clicked() {
            out.command(edit);
        }
    }
}

/// The colour of a class as the user wants classes drawn.
pub fn class_color(state: &State, class: &Class) -> Color32 {
    let alternative = class.alternative_color.as_deref().filter(|_| state.preferences.alternative_colors);
    let [r, g, b] = class.rgb();
    let own = Color32::from_rgb(r, g, b);
    alternative.and_then(|hex| Color32::from_hex(hex).ok()).unwrap_or(own)
}

fn row(ui: &mut Ui, state: &State, schema: &Schema, (class, key): (&Class, &str), out: &mut Outbox) {
    let theme = &state.theme;
    let c = &theme.color;
    let armed = state.armed_class.as_ref() == Some(&class.code);
    let selected = is_of_selection(state, class);
    let unavailable = state.read_only();
    let sense = if unavailable.is_none() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme.shape.row_roomy), sense);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, unavailable.is_none(), selected || armed, class.name.as_str())
    });
    let ground = rect.expand2(vec2(6.0, 0.0));
    if selected {
        ui.painter().rect_filled(ground, theme.radius(), *c.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(ground, theme.radius(), *c.hover);
    }
    if armed {
        let edge = egui::Stroke::new(1.0, *c.accent);
        ui.painter().rect_stroke(ground, theme.radius(), edge, egui::StrokeKind::Inside);
    }
    let swatch = egui::Rect::from_center_size(pos2(rect.left() + 9.0, rect.center().y), vec2(18.0, 14.0));
    class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
    let depth = depth(schema, class);
    let count = state.project.as_ref().and_then(|p| p.counts.by_class.get(&class.code)).copied().unwrap_or(0);
    let mut right = rect.right();
    let width = 18.0_f32.max(4.0 + 7.0 * key.len() as f32);
    if !key.is_empty() {
        let place =
            egui::Rect::from_center_size(pos2(right - width / 2.0, rect.center().y), vec2(width, 18.0));
        let edge = egui::Stroke::new(1.0, *c.line);
        ui.painter().rect(place, theme.radius(), *c.raised, edge, egui::StrokeKind::Inside);
        let font = fonts::mono(theme.size.small);
        ui.painter().text(place.center(), Align2::CENTER_CENTER, key, font, *c.muted);
    }
    right -= width + 8.0;
    let ink = if count > 0 { *c.text } else { *c.disabled };
    let font = fonts::mono(theme.size.small);
    let text = format::count(count as u64);
    let counted = ui.painter().text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, text, font, ink);
    let left = rect.left() + 26.0 + depth as f32 * 12.0;
    let mut job =
        egui::text::LayoutJob::simple_singleline(class.name.clone(), fonts::body(theme.size.body), *c.text);
    let look = state.preferences.class_look(class.code.as_str());
    if look.hidden {
        job.sections.iter_mut().for_each(|section| section.format.color = *c.disabled);
    }
    let free = counted.left().min(right - 14.0) - SWITCHES;
    job.wrap = egui::text::TextWrapping::truncate_at_width((free - left - 6.0).max(20.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, *c.text);
    if response.clicked() {
        out.push(Ask::Class(class.code.clone()));
    }
    switches(ui, state, class, (rect, free), out);
    wanted(&response, state, class, out);
    let mut tooltip = class.name.clone();
    for more in [class.description.as_str(), unavailable.as_deref().unwrap_or_default()] {
        if !more.is_empty() {
            tooltip.push('\n');
            tooltip.push_str(more);
        }
    }
    response.on_hover_text(tooltip);
}

/// The eye and the lock of a class, between its name and how many regions have it; while they say nothing special only
/// under the pointer.
fn switches(ui: &Ui, state: &State, class: &Class, (row, left): (egui::Rect, f32), out: &mut Outbox) {
    let c = &state.theme.color;
    let look = state.preferences.class_look(class.code.as_str());
    let near = ui.rect_contains_pointer(row.expand2(vec2(6.0, 0.0)));
    let eye = if look.hidden { (icons::EYE_OFF, "Show", true) } else { (icons::EYE, "Hide", false) };
    let lock = if look.locked { (icons::LOCK, "Unlock", true) } else { (icons::LOCK_OPEN, "Lock", false) };
    for (i, (icon, verb, on)) in [lock, eye].into_iter().enumerate() {
        let at = pos2(left + 10.0 + 20.0 * i as f32, row.center().y);
        let place = egui::Rect::from_center_size(at, vec2(20.0, row.height()));
        let id = ui.scope_id().with((class.code.as_str(), i));
        let response = ui.interact(place, id, Sense::click());
        let name = format!("{verb} {}", class.name);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name.as_str()));
        if on || near || response.has_focus() {
            let ink = if response.hovered() || response.has_focus() { *c.text } else { *c.muted };
            paint_icon(ui, place, icon, 14.0, ink);
        }
        if response.clicked() {
            let look = match i {
                0 => ClassLook { locked: !look.locked, ..look },
                _ => ClassLook { hidden: !look.hidden, ..look },
            };
            out.push(Ask::Classes(ClassAsk::Look(class.code.clone(), look)));
        }
        let about = match (i, on) {
            (0, false) => "Lock: its regions can be neither selected on the map nor changed  Alt+L",
            (0, true) => "Unlock: its regions can be selected and changed again  Alt+L",
            (_, false) => "Hide its regions  Shift+H",
            (_, true) => "Show its regions  Shift+H",
        };
        response.on_hover_text(about);
    }
}

/// How the regions of a class are drawn, and whether they may be changed; for this person only.
fn wanted(response: &egui::Response, state: &State, class: &Class, out: &mut Outbox) {
    egui::Popup::context_menu(response).width(200.0).show(|ui| {
        let mut look = state.preferences.class_look(class.code.as_str());
        let before = look;
        ui.label(egui::RichText::new("For you, in every project").color(*state.theme.color.muted));
        ui.checkbox(&mut look.hidden, "Hidden").on_hover_text("Its regions are not on the map");
        ui.checkbox(&mut look.locked, "Locked")
            .on_hover_text("Its regions can be neither selected on the map nor changed");
        let slider = egui::Slider::new(&mut look.opacity, 0.1..=1.0).show_value(false).text("Opacity");
        ui.add(slider);
        if ui.button("Show this class only").clicked() {
            out.push(Ask::Classes(ClassAsk::ShowOnly(class.code.clone())));
            ui.close();
        }
        if look != before {
            out.push(Ask::Classes(ClassAsk::Look(class.code.clone(), look)));
        }
    });
}

/// True when the primary selected region bears this class.
fn is_of_selection(state: &State, class: &Class) -> bool {
    let Some(project) = state.content() else { return false };
    let label = state.selection.primary().and_then(|id| project.label_of(id));
    label.is_some_and(|(_, l)| l.class == class.code)
}

/// How many parents a class has.
fn depth(schema: &Schema, class: &Class) -> usize {
    let mut depth = 0;
    let mut parent = class.parent.as_ref();
    while let Some(code) = parent
        && depth < 8
    {
        depth += 1;
        parent = schema.class(code).and_then(|c| c.parent.as_ref());
    }
    depth
}
