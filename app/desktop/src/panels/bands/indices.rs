//! The catalogue of published indices: found by short name or words, with formula and reference.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Label, PopupCloseBehavior, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use expression::{Index, indices};
use raster::ImageDescription;

use super::formula::read;
use super::{call, forget_search, search_field};
use crate::fonts;
use crate::state::State;
use crate::widgets::combo;

/// Every index spelled out, once.
fn spelled_out() -> &'static [(&'static Index, String)] {
    static ALL: std::sync::OnceLock<Vec<(&Index, String)>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| indices().iter().map(|index| (index, index.spelled_out())).collect())
}

/// The list of indices under the formula that is shown; the text of the one that was chosen.
pub(super) fn show(ui: &mut Ui, state: &State, image: &ImageDescription, shown: &str) -> Option<String> {
    let now = spelled_out().iter().find(|(_, text)| text == shown).map(|(index, _)| *index);
    let mut chosen = None;
    let width = ui.available_width();
    let name = now.map_or("Published indices…", |index| index.name.as_str());
    let query_id = ui.make_persistent_id("index query");
    let list = combo("index", name, width).height(440.0);
    let list = list.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
        ui.set_min_width(WIDTH);
        let (query, entered) = search_field(ui, query_id, "Name or words: NDVI, water, burn", WIDTH - 16.0);
        let found = search(&query);
        if found.is_empty() {
            ui.label("No index is called that.");
        }
        ScrollArea::vertical().max_height(380.0).show_rows(ui, ROW, found.len(), |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, text) in &found[rows] {
                let why_not = read(text, image).err().map(|error| error.to_string());
                if row(ui, state, index, why_not.as_deref(), text == shown) {
                    chosen = Some(text.clone());
                    ui.close();
                }
            }
        });
        if entered && let Some((_, text)) = found.iter().find(|(_, text)| read(text, image).is_ok()) {
            chosen = Some(text.clone());
            ui.close();
        }
    });
    call(ui, &list.response, "Published indices");
    if list.inner.is_none() {
        forget_search(ui, query_id);
    }
    if let Some(index) = now {
        about(ui, state, index);
    }
    chosen
}

const WIDTH: f32 = 380.0;
const ROW: f32 = 36.0;

/// What an index shows and who published it.
fn about(ui: &mut Ui, state: &State, index: &Index) {
    let small = |text: &str| egui::RichText::new(text).font(fonts::body(state.theme.size.small));
    let line = |ui: &mut Ui, text: &str, ink: egui::Color32, tip: &str| {
        ui.add(Label::new(small(text).color(ink)).truncate()).on_hover_text(tip);
    };
    line(ui, &index.title, *state.theme.color.text, &index.title);
    line(ui, &index.reference, *state.theme.color.muted, &index.reference);
}

/// Short name, what it is called in full, its formula; greyed with the reason where the image lacks a band.
fn row(ui: &mut Ui, state: &State, index: &Index, why_not: Option<&str>, chosen: bool) -> bool {
    let theme = &state.theme;
    let c = &theme.color;
    let enabled = why_not.is_none();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, enabled, chosen, index.name.as_str()));
    if chosen || (enabled && response.hovered()) {
        ui.painter().rect_filled(rect, theme.radius(), if chosen { *c.selection } else { *c.hover });
    }
    let (ink, quiet) = if enabled { (*c.text, *c.muted) } else { (*c.disabled, *c.disabled) };
    let inner = rect.shrink2(vec2(theme.space.s, 3.0));
    let wrap = TextWrapping::truncate_at_width(inner.width());
    let mut top = LayoutJob { wrap: wrap.clone(), ..LayoutJob::default() };
    top.append(&index.name, 0.0, TextFormat::simple(fonts::semibold(theme.size.body), ink));
    top.append(&index.title, 8.0, TextFormat::simple(fonts::body(theme.size.body), quiet));
    let top = ui.painter().layout_job(top);
    ui.painter().galley(inner.left_top(), top, ink);
    let mono = TextFormat::simple(fonts::mono(theme.size.small), quiet);
    let mut below = LayoutJob { wrap, ..LayoutJob::default() };
    below.append(why_not.unwrap_or(&index.formula), 0.0, mono);
    let below = ui.painter().layout_job(below);
    ui.painter().galley(inner.left_bottom() - vec2(0.0, below.size().y), below, quiet);
    let tip = format!("{}, {}\n{}\n{}", index.title, index.domain, index.formula, index.reference);
    response.on_hover_text(tip).clicked()
}

/// Indices whose name, title or domain holds every word; those whose name begins with it first.
pub(super) fn search(query: &str) -> Vec<&'static (&'static Index, String)> {
    let query = query.trim().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let holds = |(index, _): &&(&Index, String)| {
        let all = format!("{} {} {}", index.name, index.title, index.domain).to_lowercase();
        words.iter().all(|word| all.contains(word))
    };
    let mut found: Vec<_> = spelled_out().iter().filter(holds).collect();
    if !query.is_empty() {
        let rank = |(index, _): &&(&Index, String)| {
            let name = index.name.to_lowercase();
            (name != query, !name.starts_with(&query))
        };
        found.sort_by_key(rank);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_found_by_its_name_first_and_by_what_it_is_about() {
        let names =
            |query: &str| search(query).iter().map(|(index, _)| index.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("ndvi").first(), Some(&"NDVI"));
        assert_eq!(names("Normalized burn ratio").first().map(|name| name.contains("NBR")), Some(true));
        assert!(names("water").contains(&"NDWI") && !names("water").contains(&"NDVI"));
        assert!(names("no such thing").is_empty());
        assert_eq!(names("").len(), indices().len());
    }
}
