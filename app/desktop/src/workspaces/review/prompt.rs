//! What a verdict needs said first: why it is rejected, or which other class it is.

use egui::{
    Align2, Area, Context, Event, Frame, Id, Key, Margin, Order, Rect, RichText, ScrollArea, TextEdit, Ui,
    vec2,
};
use project::Class;

use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::review::{Prompt, ReviewAsk};
use crate::state::State;
use crate::widgets::{palette_item, primary_button, text_button};

/// Reasons that reviewers give most; anything else is typed.
const REASONS: [&str; 5] = [
    "The outline does not fit the object",
    "There is no such object here",
    "The imagery does not show it well enough",
    "Several objects share one outline",
    "The same object is there twice",
];

const WIDTH: f32 = 380.0;

pub(super) fn show(ctx: &Context, state: &State, card: Rect, out: &mut Outbox) {
    let Some(prompt) = &state.review.prompt else { return };
    let at = card.center_bottom() - vec2(0.0, 8.0);
    let area = Area::new(Id::unique("verdict prompt")).order(Order::Foreground);
    area.pivot(Align2::CENTER_BOTTOM).fixed_pos(at).show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.set_width(WIDTH.min(card.width() - 32.0));
            match prompt {
                Prompt::Reason(typed) => reason(ui, state, typed, out),
                Prompt::Class(typed) => class(ui, state, typed, out),
            }
        });
    });
}

fn title(ui: &mut Ui, state: &State, text: &str) {
    ui.label(RichText::new(text).font(fonts::semibold(state.theme.size.body)));
    ui.add_space(4.0);
}

/// A digit pressed before anything was typed chooses; it does not reach the text field.
fn digit(ui: &Ui, typed: &str, options: usize) -> Option<usize> {
    if !typed.is_empty() {
        return None;
    }
    ui.input_mut(|i| {
        let pressed = i.events.iter().find_map(|e| match e {
            Event::Text(text) => text.parse::<usize>().ok().filter(|n| (1..=options).contains(n)),
            _ => None,
        });
        let key = |n: usize| Key::from_name(&n.to_string());
        let by_key = (1..=options).find(|n| key(*n).is_some_and(|k| i.key_pressed(k)));
        let chosen = pressed.or(by_key)?;
        i.events.retain(|e| !matches!(e, Event::Text(_)));
        Some(chosen - 1)
    })
}

fn reason(ui: &mut Ui, state: &State, typed: &str, out: &mut Outbox) {
    title(ui, state, "Why is it rejected?");
    let asked_for = state.content().map(|project| project.settings().rule.reasons.as_slice());
    let asked_for = asked_for.filter(|reasons| !reasons.is_empty());
    let reasons: Vec<&str> = match asked_for {
        Some(reasons) => reasons.iter().map(String::as_str).collect(),
        None => REASONS.to_vec(),
    };
    let mut given = digit(ui, typed, reasons.len().min(9)).map(|i| reasons[i].to_owned());
    ui.spacing_mut().item_spacing.y = 0.0;
    for (i, text) in reasons.iter().enumerate() {
        if palette_item(ui, text, &(i + 1).to_string(), "", None, false).clicked() {
            given = Some((*text).to_owned());
        }
    }
    ui.add_space(8.0);
    let hint = if asked_for.is_some() { "One of these, with more words" } else { "Another reason" };
    let (text, enter) = field(ui, typed, hint);
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let worded = !text.trim().is_empty();
        let clicked = ui.add_enabled_ui(worded, |ui| primary_button(ui, "Reject").clicked()).inner;
        if (clicked || enter) && worded {
            given = Some(text.trim().to_owned());
        }
        if text_button(ui, "Cancel").clicked() {
            out.push(Ask::Review(ReviewAsk::Prompt(None)));
        }
    });
    if let Some(reason) = given {
        out.push(Ask::Review(ReviewAsk::Reject(reason)));
    } else if text != typed {
        out.push(Ask::Review(ReviewAsk::Prompt(Some(Prompt::Reason(text)))));
    }
}

fn class(ui: &mut Ui, state: &State, typed: &str, out: &mut Outbox) {
    title(ui, state, "Which class is it?");
    let (text, enter) = field(ui, typed, "Type to search");
    ui.add_space(4.0);
    let wanted = text.trim().to_lowercase();
    let found: Vec<&Class> = state
        .content()
        .and_then(|p| p.schema())
        .map(|s| s.classes.iter().filter(|c| c.name.to_lowercase().contains(&wanted)).collect())
        .unwrap_or_default();
    let mut chosen = found.first().filter(|_| enter).map(|c| c.code.clone());
    ui.spacing_mut().item_spacing.y = 0.0;
    let row = state.theme.shape.row_roomy;
    ScrollArea::vertical().max_height(240.0).show_rows(ui, row, found.len(), |ui, rows| {
        for i in rows {
            let class = found[i];
            let key = class.digit.map(|d| d.to_string()).unwrap_or_default();
            if palette_item(ui, &class.name, &key, "", None, i == 0).clicked() {
                chosen = Some(class.code.clone());
            }
        }
    });
    if found.is_empty() {
        ui.label(RichText::new("No class is called so.").color(*state.theme.color.muted));
    }
    if let Some(class) = chosen {
        out.push(Ask::Review(ReviewAsk::Class(class)));
    } else if text != typed {
        out.push(Ask::Review(ReviewAsk::Prompt(Some(Prompt::Class(text)))));
    }
}

/// A text field that has the keyboard; what it holds now, and whether Enter was pressed.
fn field(ui: &mut Ui, typed: &str, hint: &str) -> (String, bool) {
    let mut text = typed.to_owned();
    let edit = TextEdit::singleline(&mut text).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(Margin::symmetric(8, 5)));
    let enter = ui.input(|i| i.key_pressed(Key::Enter));
    response.request_focus();
    (text, enter)
}
