//! Asking models: whom, how, within which budget, and how far that is.

use editing::{Command, QuestionCommand};
use egui::{DragValue, RichText, Ui};
use questions::{MOST_PROPOSALS, Prompt, Wish};
use spatial::format as units;

use super::{heading, quiet};
use crate::fonts;
use crate::inquiry::kind_of;
use crate::interview::{InterviewAsk, ModelForm};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, field, primary_button, text_button, thin_progress};

/// Orders of the options that the form offers beside the one in which they stand.
const MOST_ORDERS: u32 = 9;

/// Puts the questions of the list to a model.
pub(super) fn answers(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let mut form = state.interview.form.clone();
    whom(ui, state, &mut form);
    heading(ui, state, "How it is asked");
    ways(ui, &mut form);
    limits(ui, &mut form);
    if form != state.interview.form {
        out.push(Ask::Interview(InterviewAsk::Form(Box::new(form))));
    }
    expected(ui, state);
    if state.interview.under_way.is_none() {
        begin(ui, state, out);
    }
}

/// How far asking is, and what it came to; seen also while the form is folded.
pub(super) fn progress(ui: &mut Ui, state: &State, out: &mut Outbox) {
    under_way(ui, state, out);
    ended(ui, state);
}

/// Has a model draft questions.
pub(super) fn drafts(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let (mut form, mut wish) = (state.interview.form.clone(), state.interview.wish.clone());
    whom(ui, state, &mut form);
    if form != state.interview.form {
        out.push(Ask::Interview(InterviewAsk::Form(Box::new(form))));
    }
    ui.horizontal(|ui| {
        ui.label("How many");
        ui.add(DragValue::new(&mut wish.count).range(1..=MOST_PROPOSALS));
    });
    let width = ui.available_width();
    field(ui, &mut wish.words, "What they should be about, if anything", width);
    let context = state.asking.draft.as_ref().map_or("", |draft| draft.context.text.trim());
    let given = if context.is_empty() {
        "It is given the regions in view. To give it answers of services or anything else, open a question whose \
         context says that."
    } else {
        "It is given the context of the question in the editor, and what that rests on."
    };
    quiet(ui, state, given);
    if wish != state.interview.wish {
        out.push(Ask::Interview(InterviewAsk::Wish(Box::new(Wish { ..wish }))));
    }
    if !under_way(ui, state, out) {
        ui.horizontal(|ui| {
            let filled = state.interview.form.is_filled();
            ui.add_enabled_ui(filled && writable(state).is_none(), |ui| {
                let why = writable(state).unwrap_or("Say whom to ask first");
                if primary_button(ui, "Draft").on_disabled_hover_text(why).clicked() {
                    out.push(Ask::Interview(InterviewAsk::Draft));
                }
            });
            if text_button(ui, "Cancel").clicked() {
                out.push(Ask::Question(crate::asking::QuestionAsk::Drafting(None)));
            }
        });
    }
    ended(ui, state);
}

/// The endpoint, the model, and the name of its key.
fn whom(ui: &mut Ui, state: &State, form: &mut ModelForm) {
    let width = ui.available_width();
    field(ui, &mut form.address, "Address: http://127.0.0.1:8080/v1", width)
        .on_hover_text("A server that speaks OpenAI's chat completions, on this machine or elsewhere");
    field(ui, &mut form.model, "Model", width);
    field(ui, &mut form.key, "Name of its key, if it wants one", width).on_hover_text(
        "The name of an environment variable or of an entry of the keyring, such as OPENAI_API_KEY; never the key \
         itself",
    );
    let place = state.interview.expected.as_ref().and_then(|expected| expected.key);
    if let Some(place) = place.filter(|_| !form.key.trim().is_empty()) {
        let name = form.key.trim();
        let text = match place {
            "missing" => format!(
                "{name} is missing: set it in the environment, or keep it in the keyring with “orthoscope providers \
                 --keep-key {name}”."
            ),
            place => format!("{name}: in the {place}."),
        };
        quiet(ui, state, &text);
    }
}

/// What a person reads.
pub(super) const fn words(prompt: Prompt) -> &'static str {
    match prompt {
        Prompt::Text => "Context as text",
        Prompt::Json => "Context as JSON",
        Prompt::Summary => "Context summed up",
        Prompt::Chain => "Text, step by step",
        Prompt::JsonChain => "JSON, step by step",
        Prompt::SummaryChain => "Summed up, step by step",
        Prompt::Blind => "Without context",
    }
}

fn ways(ui: &mut Ui, form: &mut ModelForm) {
    for prompt in Prompt::ALL {
        let mut held = form.prompts.contains(&prompt);
        if ui.checkbox(&mut held, words(prompt)).changed() {
            form.prompts.retain(|one| *one != prompt);
            form.prompts.extend(held.then_some(prompt));
            form.prompts.sort_unstable();
        }
    }
    ui.horizontal(|ui| {
        ui.label("Other orders of the options");
        ui.add(DragValue::new(&mut form.orders).range(0..=MOST_ORDERS))
            .on_hover_text("How often each question is asked again with its options in another order");
    });
}

fn limits(ui: &mut Ui, form: &mut ModelForm) {
    ui.horizontal(|ui| {
        ui.label("Budget");
        let budget = DragValue::new(&mut form.budget).range(0..=1_000_000_000).speed(1_000.0);
        let shown = budget.custom_formatter(|n, _| {
            if n == 0.0 { "none".to_owned() } else { format!("{} tokens", units::count(n as u64)) }
        });
        ui.add(shown).on_hover_text("A request that could take more than is left is not sent; 0: no limit");
    });
    ui.horizontal(|ui| {
        ui.label("Longest reply");
        ui.add(DragValue::new(&mut form.longest).range(1..=100_000).speed(16.0).suffix(" tokens"));
    });
}

/// What asking would take, before anybody is asked.
fn expected(ui: &mut Ui, state: &State) {
    let models = &state.interview;
    if !models.form.is_filled() {
        quiet(
            ui,
            state,
            "Say where the model is and what it is called. The questions of the list are put to it.",
        );
        return;
    }
    match models.expected.as_ref().map(|expected| (&expected.forecast, expected.questions.len())) {
        None => quiet(ui, state, "Counting…"),
        Some((Err(error), _)) => trouble(ui, state, error),
        Some((Ok(forecast), questions)) => {
            let ways = models.form.ways().len();
            let mut text = format!(
                "{}, {}: {} to send, at most about {} tokens; {} kept already",
                crate::format::count(questions, "question", "questions"),
                crate::format::count(ways, "way", "ways"),
                crate::format::count(forecast.would_send, "request", "requests"),
                units::count(forecast.tokens_at_most),
                units::count(forecast.kept as u64),
            );
            if forecast.only_in_images > 0 {
                text = format!("{text}; {} about images only", units::count(forecast.only_in_images as u64));
            }
            let over = models.form.budget > 0 && forecast.tokens_at_most > models.form.budget;
            quiet(ui, state, &format!("{text}."));
            if over {
                let text = "That may be more than the budget: asking then ends before the last question.";
                let small = fonts::body(state.theme.size.small);
                ui.add(
                    egui::Label::new(RichText::new(text).font(small).color(*state.theme.color.warning))
                        .wrap(),
                );
            }
        }
    }
}

/// How far asking is, with a button to end it; false where nothing is asked.
fn under_way(ui: &mut Ui, state: &State, out: &mut Outbox) -> bool {
    let Some(now) = &state.interview.under_way else { return false };
    if !now.drafts {
        let share = (now.of > 0).then(|| now.n as f64 / now.of as f64);
        thin_progress(ui, ui.available_width(), share, "Questions asked");
    }
    ui.horizontal(|ui| {
        ui.spinner();
        let sent = format!(
            "{} sent, {} kept, {} tokens",
            units::count(now.sent as u64),
            units::count(now.kept as u64),
            units::count(now.tokens)
        );
        let text = match (now.stops, now.drafts) {
            (true, _) => "Waiting for what is on its way…".to_owned(),
            (_, true) => "The model drafts…".to_owned(),
            _ => format!("{}: {} of {}; {sent}", now.way, now.n, now.of),
        };
        let room = (ui.available_width() - 52.0).max(40.0);
        ui.add_sized([room, 20.0], egui::Label::new(text).truncate().halign(egui::Align::Min));
        ui.add_enabled_ui(!now.stops, |ui| {
            if text_button(ui, "Stop").clicked() {
                out.push(Ask::Interview(InterviewAsk::Stop));
            }
        });
    });
    true
}

fn writable(state: &State) -> Option<&'static str> {
    Command::Question(QuestionCommand::New).unavailable(&state.situation())
}

fn begin(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let expected = state.interview.expected.as_ref().filter(|_| state.interview.form.is_filled());
    let count = expected.map_or(0, |expected| expected.questions.len());
    let sound = expected.is_some_and(|expected| expected.forecast.is_ok()) && count > 0;
    ui.horizontal_wrapped(|ui| {
        let none = state.interview.form.prompts.is_empty();
        let why = match (writable(state), none) {
            (Some(why), _) => why,
            (None, true) => "Choose at least one way of asking",
            (None, false) => "Say whom to ask first",
        };
        ui.add_enabled_ui(sound && !none && writable(state).is_none(), |ui| {
            let text = if sound {
                format!("Ask {}", crate::format::count(count, "question", "questions"))
            } else {
                "Ask".to_owned()
            };
            if primary_button(ui, &text).on_disabled_hover_text(why).clicked() {
                out.push(Ask::Interview(InterviewAsk::Ask));
            }
        });
        let about = "What a model answered elsewhere: JSON, JSON lines or CSV with “question” and “reply”";
        ui.add_enabled_ui(writable(state).is_none(), |ui| {
            if text_button(ui, "Take answers in…").on_hover_text(about).clicked() {
                out.push(Ask::Interview(InterviewAsk::ChooseAnswers));
            }
        });
        if state.preferences.offline {
            let small = fonts::body(state.theme.size.small);
            let text = RichText::new("Offline: only kept replies").font(small);
            ui.label(text.color(*state.theme.color.warning));
        }
    });
}

/// What the last call came to.
fn ended(ui: &mut Ui, state: &State) {
    if let Some(error) = &state.interview.trouble {
        trouble(ui, state, error);
    }
    let Some(tally) = state.interview.tally.as_ref().filter(|_| state.interview.under_way.is_none()) else {
        return;
    };
    let guessed = if tally.guessed { " (partly guessed)" } else { "" };
    let mut text = format!(
        "{}, {} kept already, {} tokens{guessed}",
        crate::format::count(tally.sent, "request sent", "requests sent"),
        units::count(tally.kept as u64),
        units::count(tally.tokens)
    );
    for (n, what) in [
        (tally.cut, "cut off at their longest"),
        (tally.without, "without a kept reply"),
        (tally.failures, "failed"),
    ] {
        if n > 0 {
            text = format!("{text}, {} {what}", units::count(n as u64));
        }
    }
    quiet(ui, state, &format!("{text}."));
    let why = tally.stopped.as_ref().map(|why| format!("Not everything was asked: {why}."));
    let first = tally.failed.first().map(|failed| format!("The first failure: {}.", failed.reason));
    for text in why.into_iter().chain(first) {
        quiet(ui, state, &text);
    }
}

fn trouble(ui: &mut Ui, state: &State, error: &places::AskError) {
    heading(ui, state, kind_of(error));
    ui.horizontal_wrapped(|ui| {
        let icon = RichText::new(crate::icons::WARNING).font(fonts::icon(13.0));
        ui.label(icon.color(*state.theme.color.danger));
        ui.label(crate::format::sentence(&error.to_string()));
    });
    quiet(ui, state, &crate::format::sentence(&error.hint()));
}

/// How the model's questions differ from the labels': a choice at the head of drafting.
pub(super) fn choice(ui: &mut Ui, with_model: &mut bool) {
    let shown =
        if *with_model { "A model drafts, from what it is given" } else { "From the labels, by templates" };
    combo("how to draft", shown, ui.available_width()).show_ui(ui, |ui| {
        ui.selectable_value(with_model, false, "From the labels, by templates");
        ui.selectable_value(with_model, true, "A model drafts, from what it is given");
    });
}
