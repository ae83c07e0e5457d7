//! A formula over the bands, typed; what is wrong with it is marked under its characters.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, LayoutJob, TextFormat};
use egui::{CompletionPopup, Id, Pos2, RectAlign, Role, Sense, Stroke, Suggestion, TextBuffer, TextEdit};
use egui::{Ui, WidgetInfo, vec2};
use expression::{Expression, ExpressionError, FUNCTIONS, ROLES, indices};
use picture::{BandMix, Formula, LayerView, labels};
use project::LayerId;
use raster::ImageDescription;

use super::indices as catalogue;
use crate::fonts;
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::theme::Theme;

/// The name of the field for screen readers and tests.
const NAME: &str = "Formula over the bands";

/// What is being typed for a layer, and the formula that it was last read as.
#[derive(Clone, Default)]
struct Typed {
    text: String,
    /// The text of the formula that was shown when this was typed; another one replaces what was typed.
    shown: String,
}

fn typed_id(ui: &Ui, id: LayerId) -> Id {
    ui.make_persistent_id(("formula typed", id))
}

/// Of the same layer in any place of the panel.
fn kept_id(id: LayerId) -> Id {
    Id::unique(("formula kept", id))
}

/// The last formula of a layer that could be shown.
pub(super) fn kept(ui: &Ui, id: LayerId) -> Option<String> {
    ui.data(|d| d.get_temp(kept_id(id)))
}

pub(super) fn show(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let BandMix::Formula { formula, colormap } = &view.rendering.mix else { return };
    let image = view.source.image();
    let typed_id = typed_id(ui, id);
    let mut typed: Typed = ui.data(|d| d.get_temp(typed_id)).unwrap_or_default();
    if typed.shown != formula.text() {
        typed = Typed { text: formula.text().to_owned(), shown: formula.text().to_owned() };
        ui.data_mut(|d| d.insert_temp(kept_id(id), formula.text().to_owned()));
    }
    let before = typed.text.clone();
    let wrong = read(&typed.text, image).err();
    edit(ui, state, image, &mut typed.text, wrong.as_ref());
    if let Some(index) = catalogue::show(ui, state, image, formula.text()) {
        typed.text = index;
    }
    if typed.text != before
        && let Ok(read) = read(&typed.text, image)
        && read != *formula
    {
        read.text().clone_into(&mut typed.shown);
        ui.data_mut(|d| d.insert_temp(kept_id(id), read.text().to_owned()));
        out.layer(id, LayerAsk::Mix(BandMix::Formula { formula: read, colormap: *colormap }));
    }
    ui.data_mut(|d| d.insert_temp(typed_id, typed));
}

/// A text as a formula over the bands of an image.
pub(super) fn read(text: &str, image: &ImageDescription) -> Result<Formula, ExpressionError> {
    Formula::new(Expression::parse(text)?, image)
}

/// The field, the mark under what is wrong, and the sentence that says what.
fn edit(
    ui: &mut Ui,
    state: &State,
    image: &ImageDescription,
    text: &mut String,
    wrong: Option<&ExpressionError>,
) {
    let theme = Arc::clone(&state.theme);
    let mark = wrong.map(|error| error.at.clone());
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
        let job = marked(text.as_str(), mark.as_ref(), &theme, width);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let field = TextEdit::multiline(text)
        .hint_text("(nir - red) / (nir + red)")
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .return_key(None)
        .margin(egui::Margin::symmetric(8, 5))
        .layouter(&mut layouter);
    let popup = CompletionPopup::new(ui.make_persistent_id("formula field"))
        .word_boundary(|c| !(c.is_alphanumeric() || c == '_'))
        .align(RectAlign::BOTTOM_START);
    let shown = popup.show(ui, field, |query| suggestions(image, query.word));
    let edit = shown.text_edit;
    ui.ctx().accesskit_node_builder(edit.response.id, |node| node.set_label(NAME));
    let Some(error) = wrong else { return };
    if error.at.start >= text.len() {
        // After the last character there is none to underline.
        let end = edit.galley.pos_from_cursor(CCursor::new(text.chars().count()));
        caret(ui, edit.galley_pos + end.left_bottom().to_vec2(), state);
    }
    trouble(ui, state, error);
}

/// A line below the place where a formula breaks off.
fn caret(ui: &Ui, at: Pos2, state: &State) {
    let stroke = Stroke::new(2.0, *state.theme.color.danger);
    ui.painter().hline(at.x + 1.0..=at.x + 8.0, at.y + 1.0, stroke);
}

/// The text, underlined where something is wrong.
fn marked(text: &str, wrong: Option<&Range<usize>>, theme: &Theme, width: f32) -> LayoutJob {
    let plain = TextFormat::simple(fonts::mono(theme.size.body), *theme.color.text);
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let ceil = |at: usize| (at..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    match wrong.map(|at| (floor(at.start), ceil(at.end.max(at.start + 1)))) {
        Some((start, end)) if start < text.len() => {
            let stroke = Stroke::new(2.0, *theme.color.danger);
            let bad = TextFormat { underline: stroke, color: *theme.color.danger, ..plain.clone() };
            job.append(&text[..start], 0.0, plain.clone());
            job.append(&text[start..end], 0.0, bad);
            job.append(&text[end..], 0.0, plain);
        }
        _ => job.append(text, 0.0, plain),
    }
    job
}

/// What is wrong, and what would help.
fn trouble(ui: &mut Ui, state: &State, error: &ExpressionError) {
    let theme = &state.theme;
    let font = fonts::body(theme.size.small);
    let says =
        if error.hint.is_empty() { error.to_string() } else { format!("{error} {}", sentence(&error.hint)) };
    let mut job = LayoutJob::default();
    job.wrap.max_width = ui.available_width();
    job.append(&error.to_string(), 0.0, TextFormat::simple(font.clone(), *theme.color.danger));
    if !error.hint.is_empty() {
        job.append(&sentence(&error.hint), 4.0, TextFormat::simple(font, *theme.color.muted));
    }
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(0.0, 2.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, says.as_str()));
    ui.painter().galley(rect.min, galley, *theme.color.text);
}

fn sentence(hint: &str) -> String {
    crate::format::sentence(hint)
}

/// Words that begin as the one that is being typed: bands, parts of the spectrum that the image has, functions.
fn suggestions(image: &ImageDescription, word: &str) -> Vec<Suggestion> {
    const MOST: usize = 12;
    let begins = |name: &str| {
        name.len() > word.len()
            && name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found: Vec<Suggestion> = Vec::new();
    let labels = labels(image);
    for role in ROLES.iter().filter(|role| begins(role.name)) {
        let band = Expression::parse(role.name).and_then(|e| e.resolve(&labels)).ok();
        if let Some(band) = band.and_then(|program| program.bands().first().copied()) {
            let about = crate::map::layer::band_name(image, band);
            found.push(Suggestion::new(role.name).description(about));
        }
    }
    for function in FUNCTIONS.iter().filter(|function| begins(function.name)) {
        found.push(Suggestion::new(format!("{}(", function.name)).description(function.meaning));
    }
    for (band, label) in labels.iter().enumerate() {
        let named =
            label.name.as_deref().filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        let named = named.filter(|name| name.starts_with(char::is_alphabetic));
        let number = format!("b{}", band + 1);
        let about = crate::map::layer::band_name(image, band);
        if let Some(name) = named.filter(|name| begins(name)) {
            found.push(Suggestion::new(name).description(about));
        } else if begins(&number) {
            found.push(Suggestion::new(number).description(about));
        }
        if found.len() >= MOST {
            break;
        }
    }
    let is_index = |index: &&expression::Index| begins(&index.name) && word.len() >= 2;
    for index in indices().iter().filter(is_index) {
        if read(&index.spelled_out(), image).is_ok() {
            let whole = Suggestion::new(format!("({})", index.spelled_out()));
            found.push(whole.content(index.name.clone()).description(index.title.clone()));
        }
    }
    found.truncate(MOST);
    found
}
