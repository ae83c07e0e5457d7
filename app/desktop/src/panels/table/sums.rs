//! What was found, class by class: how many, how large, how sure.

use egui::{Align2, Frame, Margin, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use query::ClassSum;
use spatial::format as units;

use crate::finder::FinderAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::panels::classes::class_color;
use crate::state::{OpenProject, State};
use crate::widgets::class_swatch;

const ROW: f32 = 26.0;
/// Where numbers end, from the right; the bar stands left of them.
const ENDS: [f32; 4] = [12.0, 100.0, 190.0, 250.0];

pub(super) fn show(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let Some((_, found)) = open.finder.shown() else { return };
    let sums = &found.sums;
    let metric = open.session.project().crs().is_some();
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("sums").show(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(12, 2)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            heading(ui, state, metric);
            let most = sums.classes.iter().map(|sum| sum.regions).max().unwrap_or(1).max(1);
            for sum in &sums.classes {
                let all = (sums.regions.max(1), most);
                line(ui, state, open, sum, all, out);
            }
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
            ui.painter().hline(rect.x_range(), rect.top(), state.theme.hairline());
            let texts =
                [String::new(), area(sums.area_m2, metric), String::new(), units::count(sums.regions as u64)];
            let font = fonts::medium(state.theme.size.body);
            let ink = *state.theme.color.text;
            ui.painter().text(rect.left_center() + vec2(24.0, 0.0), Align2::LEFT_CENTER, "All", font, ink);
            numbers(ui, state, rect, &texts);
            if sums.unmeasured > 0 {
                let text = format!("{} have no area that is known.", units::count(sums.unmeasured as u64));
                ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
            }
        });
    });
}

fn heading(ui: &mut Ui, state: &State, metric: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let font = fonts::medium(state.theme.size.small);
    let muted = *state.theme.color.muted;
    let area = if metric { "Area" } else { "Area px²" };
    for (end, text) in ENDS.iter().zip(["Mean sure", area, "Share", "Regions"]) {
        let at = rect.right_center() - vec2(*end, 0.0);
        ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), muted);
    }
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, "Class", font, muted);
}

fn area(area: f64, metric: bool) -> String {
    if metric { units::area(area) } else { units::decimal(area, 0) }
}

fn numbers(ui: &Ui, state: &State, rect: Rect, texts: &[String; 4]) {
    let font = fonts::mono(state.theme.size.small);
    for (end, text) in ENDS.iter().zip(texts) {
        let at = rect.right_center() - vec2(*end, 0.0);
        ui.painter().text(at, Align2::RIGHT_CENTER, text, font.clone(), *state.theme.color.text);
    }
}

fn line(
    ui: &mut Ui,
    state: &State,
    open: &OpenProject,
    sum: &ClassSum,
    (all, most): (usize, usize),
    out: &mut Outbox,
) {
    let project = open.session.project();
    let metric = project.crs().is_some();
    let class = sum.class.as_ref().and_then(|code| project.schema()?.class(code));
    let name = class.map_or("Without a class", |class| class.name.as_str());
    let share = sum.regions as f64 / all as f64;
    let texts = [
        sum.confidence.map_or_else(|| "–".to_owned(), units::percent),
        area(sum.area_m2, metric),
        units::percent(share),
        units::count(sum.regions as u64),
    ];
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        let text = format!("{name}: {} regions, {}, {}", texts[3], texts[2], texts[1]);
        WidgetInfo::labeled(Role::Button, true, text)
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(
            rect.expand2(vec2(6.0, 0.0)),
            state.theme.radius(),
            *state.theme.color.hover,
        );
    }
    let mut left = rect.left();
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(left + 9.0, rect.center().y), vec2(18.0, 14.0));
        class_swatch(ui.painter(), &state.theme, swatch, class_color(state, class), class.hatch);
    }
    left += 24.0;
    let font = fonts::body(state.theme.size.body);
    let end = rect.right() - ENDS[3] - 60.0;
    let painter = ui.painter().with_clip_rect(rect.with_max_x(end).intersect(ui.clip_rect()));
    let text =
        painter.text(pos2(left, rect.center().y), Align2::LEFT_CENTER, name, font, *state.theme.color.text);
    // A bar, where there is room between the name and the numbers.
    let rail = Rect::from_min_max(
        pos2(text.right().max(left + 150.0) + 12.0, rect.center().y - 3.0),
        pos2(end, rect.center().y + 3.0),
    );
    if rail.width() > 24.0 {
        let length = rail.width() * (sum.regions as f32 / most as f32);
        let ink = class.map_or(*state.theme.color.outline, |class| class_color(state, class));
        ui.painter().rect_filled(rail.with_max_x(rail.left() + length.max(1.0)), 1.5, ink);
    }
    numbers(ui, state, rect, &texts);
    if response.on_hover_text("Find these only").clicked() {
        let class =
            sum.class.as_ref().map_or_else(|| "none".to_owned(), |code| query::value_text(code.as_str()));
        let before = open.finder.text.trim();
        let text = match (before.is_empty(), before.contains(" or ")) {
            (true, _) => format!("class = {class}"),
            (false, true) => format!("({before}) and class = {class}"),
            (false, false) => format!("{before} and class = {class}"),
        };
        out.push(Ask::Finder(FinderAsk::Text(text)));
    }
}
