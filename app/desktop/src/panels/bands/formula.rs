//! A formula over the bands, typed; what is wrong with it is marked under its characters.

use std::sync::Arc;

use egui::text::CCursor;
use egui::{CompletionPopup, Id, RectAlign, Suggestion, TextBuffer, TextEdit, Ui};
use expression::{Expression, ExpressionError, FUNCTIONS, ROLES, indices};
use picture::{BandMix, Formula, LayerView, labels};
use project::LayerId;
use raster::ImageDescription;

use super::indices as catalogue;
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::widgets::{caret, marked, trouble};

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
        caret(ui, edit.galley_pos + end.left_bottom().to_vec2());
    }
    trouble(ui, error);
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
