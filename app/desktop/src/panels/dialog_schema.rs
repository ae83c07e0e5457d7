//! The classes and attributes of the project, changed by hand: at the left what there is, at the right the form of one.

use egui::{Align, Label, Layout, RichText, Role, ScrollArea, Ui, WidgetInfo, vec2};
use project::{AttributeKind, Class, ClassCode, Hatch};

use super::dialog_relations::classes as class_list;
use crate::classes::ClassAsk;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::schema_draft::{AttributeRow, SchemaDraft, SchemaPage};
use crate::state::State;
use crate::widgets::{
    IconButton, class_swatch, combo, default_button, dialog, field, hairline, tab, text_button,
};

const LIST: f32 = 250.0;
const FORM: f32 = 380.0;
const HEIGHT: f32 = 330.0;
const HATCHES: [(Hatch, &str); 8] = [
    (Hatch::None, "None"),
    (Hatch::Horizontal, "Horizontal"),
    (Hatch::Vertical, "Vertical"),
    (Hatch::Diagonal, "Diagonal"),
    (Hatch::BackDiagonal, "Diagonal, the other way"),
    (Hatch::Cross, "Cross"),
    (Hatch::DiagonalCross, "Diagonal cross"),
    (Hatch::Dots, "Dots"),
];
const KINDS: [(AttributeKind, &str); 5] = [
    (AttributeKind::Boolean, "Yes or no"),
    (AttributeKind::Number, "Number"),
    (AttributeKind::Text, "Text"),
    (AttributeKind::Choice, "Choice"),
    (AttributeKind::Date, "Day"),
];

pub(super) fn show(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    let Some(asked) = state.classes.draft.as_ref().filter(|_| state.classes.change.is_none()) else { return };
    let mut draft = asked.clone();
    let mut answer = None;
    dialog(ctx, "edit the classes").show(ctx, |ui| {
        ui.set_width(LIST + FORM + 20.0);
        ui.horizontal(|ui| {
            ui.heading("Classes of");
            field(ui, &mut draft.name, "Name of the set of classes", 260.0);
        });
        ui.horizontal(|ui| {
            for (page, text) in [(SchemaPage::Classes, "Classes"), (SchemaPage::Attributes, "Attributes")] {
                if tab(ui, text, draft.page == page, 28.0).clicked() {
                    (draft.page, draft.typed) = (page, String::new());
                }
            }
        });
        hairline(ui);
        ui.add_space(state.theme.space.s);
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(vec2(LIST, HEIGHT), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(LIST, HEIGHT));
                list(ui, state, &mut draft);
            });
            ui.add_space(12.0);
            ui.allocate_ui_with_layout(vec2(FORM, HEIGHT), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(FORM, HEIGHT));
                ScrollArea::vertical().id_salt("form of a class").max_height(HEIGHT).show(
                    ui,
                    |ui| match draft.page {
                        SchemaPage::Classes => class_form(ui, state, &mut draft),
                        SchemaPage::Attributes => attribute_form(ui, state, &mut draft),
                    },
                );
            });
        });
        ui.add_space(state.theme.space.s);
        answer = end(ui, state, &draft);
    });
    let changed = (draft != *asked).then(|| ClassAsk::Draft(Box::new(draft)));
    for ask in changed.into_iter().chain(answer) {
        out.push(Ask::Classes(ask));
    }
}

/// What is wrong, and the buttons.
fn end(ui: &mut Ui, state: &State, draft: &SchemaDraft) -> Option<ClassAsk> {
    let mut answer = None;
    let made = draft.schema();
    let text =
        made.as_ref().err().map(|why| RichText::new(format!("{why}.")).color(*state.theme.color.danger));
    ui.add(Label::new(text.unwrap_or_else(|| RichText::new(" "))).wrap());
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_enabled_ui(made.is_ok(), |ui| {
            if default_button(ui, state, "Go on…") && made.is_ok() {
                answer = Some(ClassAsk::PlanDraft);
            }
        });
        if text_button(ui, "Cancel").clicked() {
            answer = Some(ClassAsk::Close);
        }
    });
    answer
}

fn list(ui: &mut Ui, state: &State, draft: &mut SchemaDraft) {
    let rows = match draft.page {
        SchemaPage::Classes => draft.tree(),
        SchemaPage::Attributes => (0..draft.attributes.len()).map(|at| (at, 0)).collect(),
    };
    let is_empty = rows.is_empty();
    ScrollArea::vertical().id_salt("classes and attributes").max_height(HEIGHT - 76.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (at, depth) in rows {
            match draft.page {
                SchemaPage::Classes => class_row(ui, state, draft, at, depth),
                SchemaPage::Attributes => attribute_row(ui, draft, at),
            }
        }
    });
    ui.add_space(4.0);
    let hint = match draft.page {
        SchemaPage::Classes => "One more class",
        SchemaPage::Attributes => "One more attribute",
    };
    ui.horizontal(|ui| {
        let response = field(ui, &mut draft.typed, hint, LIST - 80.0);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if text_button(ui, "Add").clicked() || entered {
            draft.add();
            response.request_focus();
        }
    });
    ui.add_enabled_ui(!is_empty, |ui| ui.horizontal(|ui| moves(ui, draft)));
}

/// What is done to the row that is shown.
fn moves(ui: &mut Ui, draft: &mut SchemaDraft) {
    let page = draft.page;
    for (icon, text, down) in [(icons::CARET_UP, "Up", false), (icons::CARET_DOWN, "Down", true)] {
        let about = if down { "After the next one" } else { "Before the one above" };
        if ui.add(IconButton::new(icon, text).size(24.0).tooltip(about)).clicked() {
            match page {
                SchemaPage::Classes => draft.shift_class(down),
                SchemaPage::Attributes => draft.shift_attribute(down),
            }
        }
    }
    let gone = IconButton::new(icons::DELETE, "Take out").size(24.0);
    if ui.add(gone.tooltip("Take it out; what becomes of its labels is asked next")).clicked() {
        match page {
            SchemaPage::Classes => draft.remove_class(draft.class),
            SchemaPage::Attributes if draft.attribute < draft.attributes.len() => {
                draft.attributes.remove(draft.attribute);
                draft.attribute = draft.attribute.min(draft.attributes.len().saturating_sub(1));
            }
            SchemaPage::Attributes => {}
        }
    }
}

fn class_row(ui: &mut Ui, state: &State, draft: &mut SchemaDraft, at: usize, depth: usize) {
    let class = &draft.classes[at];
    let muted = if class.retired { *state.theme.color.disabled } else { *state.theme.color.text };
    let chosen = at == draft.class;
    let clicked = ui
        .horizontal(|ui| {
            ui.add_space(depth as f32 * 14.0);
            let (swatch, _) = ui.allocate_exact_size(vec2(18.0, 14.0), egui::Sense::hover());
            let [r, g, b] = class.rgb();
            let color = egui::Color32::from_rgb(r, g, b);
            class_swatch(ui.painter(), &state.theme, swatch, color, class.hatch);
            ui.selectable_label(chosen, RichText::new(class.name.as_str()).color(muted)).clicked()
        })
        .inner;
    if clicked {
        draft.class = at;
    }
}

fn attribute_row(ui: &mut Ui, draft: &mut SchemaDraft, at: usize) {
    let attribute = &draft.attributes[at].attribute;
    let text = if attribute.required {
        format!("{} (required)", attribute.title())
    } else {
        attribute.title().to_owned()
    };
    if ui.selectable_label(at == draft.attribute, text).clicked() {
        draft.attribute = at;
    }
}

/// A line of a form: what it is, and where it is said.
fn line<R>(ui: &mut Ui, text: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.add_sized([112.0, 26.0], Label::new(text).truncate().halign(Align::Min));
        add(ui)
    })
    .inner
}

/// A list of which one is chosen; `None` where nothing was.
fn choose<T: Clone + PartialEq>(ui: &mut Ui, name: &str, now: &T, all: &[(T, String)]) -> Option<T> {
    let shown = all.iter().find(|(value, _)| value == now).map_or("", |(_, text)| text.as_str());
    let mut chosen = None;
    let list = combo(name, shown, 200.0).show_ui(ui, |ui| {
        for (value, text) in all {
            if ui.selectable_label(value == now, text.as_str()).clicked() {
                chosen = Some(value.clone());
            }
        }
    });
    list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
    chosen
}

fn words<T: Clone>(all: &[(T, &str)]) -> Vec<(T, String)> {
    all.iter().map(|(value, text)| (value.clone(), (*text).to_owned())).collect()
}

fn class_form(ui: &mut Ui, state: &State, draft: &mut SchemaDraft) {
    let at = draft.class;
    let above = draft.parents_for(at);
    let named = |code: &ClassCode| {
        let class = draft.classes.iter().find(|class| class.code == *code);
        class.map_or_else(|| code.to_string(), |class| class.name.clone())
    };
    let mut parents = vec![(None, "No other class".to_owned())];
    parents.extend(above.iter().map(|code| (Some(code.clone()), named(code))));
    let Some(class) = draft.classes.get_mut(at) else { return };
    line(ui, "Name", |ui| field(ui, &mut class.name, "Name of the class", 220.0));
    line(ui, "In files", |ui| {
        ui.label(RichText::new(class.code.as_str()).color(*state.theme.color.muted));
    });
    line(ui, "Colour", |ui| color(ui, class));
    if let Some(hatch) = line(ui, "Hatch", |ui| choose(ui, "Hatch", &class.hatch, &words(&HATCHES))) {
        class.hatch = hatch;
    }
    if let Some(parent) = line(ui, "Lies below", |ui| choose(ui, "Lies below", &class.parent, &parents)) {
        class.parent = parent;
    }
    let digits = std::iter::once((None, "None".to_owned()));
    let digits: Vec<_> = digits.chain((0..=9).map(|digit| (Some(digit), digit.to_string()))).collect();
    if let Some(digit) = line(ui, "Digit", |ui| choose(ui, "Digit", &class.digit, &digits)) {
        class.digit = digit;
    }
    let mut key = class.key.clone().unwrap_or_default();
    line(ui, "Longer key", |ui| field(ui, &mut key, "Two or three digits", 140.0));
    class.key = Some(key.trim().to_owned()).filter(|key| !key.is_empty());
    let mut rank = class.rank.map(|rank| rank.to_string()).unwrap_or_default();
    let before = rank.clone();
    line(ui, "Place on a scale", |ui| field(ui, &mut rank, "A whole number, or nothing", 200.0));
    if rank != before && (rank.trim().is_empty() || rank.trim().parse::<i32>().is_ok()) {
        class.rank = rank.trim().parse().ok();
    }
    line(ui, "Helps to decide", |ui| field(ui, &mut class.description, "One sentence", 220.0));
    let mut offered = !class.retired;
    if ui.checkbox(&mut offered, "Offer this class").changed() {
        class.retired = !offered;
        if class.retired {
            (class.digit, class.key) = (None, None);
        }
    }
}

fn color(ui: &mut Ui, class: &mut Class) {
    let mut shown = class.rgb();
    let before = shown;
    let response = ui.color_edit_button_srgb(&mut shown);
    let name = format!("Colour of {}", class.name);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name.as_str()));
    if shown != before {
        let [r, g, b] = shown;
        class.color = format!("#{r:02x}{g:02x}{b:02x}");
    }
}

fn attribute_form(ui: &mut Ui, state: &State, draft: &mut SchemaDraft) {
    let at = draft.attribute;
    if draft.attributes.is_empty() {
        let text =
            "Nothing is asked of regions beside their class. Type a name at the left: “storeys”, “roof”.";
        ui.add(Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    }
    let offered: Vec<Class> = draft.classes.iter().filter(|class| !class.retired).cloned().collect();
    let Some(AttributeRow { attribute, min, max, choices }) = draft.attributes.get_mut(at) else { return };
    line(ui, "In files", |ui| {
        ui.label(RichText::new(attribute.name.as_str()).color(*state.theme.color.muted));
    });
    line(ui, "Is asked as", |ui| field(ui, &mut attribute.title, attribute.name.as_str(), 220.0));
    let kind = line(ui, "Kind", |ui| choose(ui, "Kind", &attribute.kind, &words(&KINDS)));
    attribute.kind = kind.unwrap_or(attribute.kind);
    match attribute.kind {
        AttributeKind::Number => line(ui, "From, to", |ui| {
            field(ui, min, "Smallest", 90.0);
            field(ui, max, "Largest", 90.0);
        }),
        AttributeKind::Choice => {
            line(ui, "Choices", |ui| field(ui, choices, "With commas between them", 220.0));
        }
        _ => {}
    }
    line(ui, "Asked of", |ui| class_list(ui, &offered, "Classes that are asked", &mut attribute.classes));
    line(ui, "Helps to answer", |ui| field(ui, &mut attribute.description, "One sentence", 220.0));
    ui.checkbox(&mut attribute.required, "Required: asked for as soon as the class is set");
}
