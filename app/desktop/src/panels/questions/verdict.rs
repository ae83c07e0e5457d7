//! Review of a question: a blind answer first, then what was said.

use egui::{RichText, Ui};
use project::Question;
use project::question::Said;

use super::{answer, heading, quiet};
use crate::asking::QuestionAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{field, primary_button, text_button};

/// The question without its answer: the member gives their own.
pub(super) fn ask(ui: &mut Ui, state: &State, question: &Question, out: &mut Outbox) {
    ui.add(egui::Label::new(RichText::new(&question.text).font(fonts::medium(state.theme.size.body))).wrap());
    let about = format!("Asked by {}. You see the answer once you have given yours.", question.author);
    quiet(ui, state, &about);
    heading(ui, state, "Your answer");
    let mut own = state.asking.own.clone();
    answer::given(ui, state, question, &mut own, out);
    if own != state.asking.own {
        out.push(Ask::Question(QuestionAsk::Own(own.clone())));
    }
    let mut reason = state.asking.reason.clone();
    let width = ui.available_width();
    field(ui, &mut reason, "Note, if there is something to say", width);
    if reason != state.asking.reason {
        out.push(Ask::Question(QuestionAsk::Reason(reason)));
    }
    let ready = own.as_ref().is_some_and(|own| own.fault(question).is_none());
    let named = !state.author().name().is_empty() && state.read_only().is_none();
    ui.add_space(4.0);
    if !named {
        quiet(ui, state, "Say who you are first.");
    }
    ui.add_enabled_ui(named, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(ready, |ui| {
                if primary_button(ui, "Answer").clicked()
                    && let Some(own) = own
                {
                    out.push(Ask::Question(QuestionAsk::Vote(Said::Answer(own))));
                }
            });
            for (text, said, about) in [
                ("Ambiguous", Said::Ambiguous, "It can be understood in more than one way"),
                ("Reject", Said::Reject, "It is wrong as it is; the note says why"),
                ("Abstain", Said::Abstain, "No opinion"),
            ] {
                if text_button(ui, text).on_hover_text(about).clicked() {
                    out.push(Ask::Question(QuestionAsk::Vote(said)));
                }
            }
        });
    });
}

/// Where the question stands, and what may be seen of what was said.
pub(super) fn standing(ui: &mut Ui, state: &State) {
    let (Some(project), Some(id)) = (state.content(), state.asking.chosen) else { return };
    let Some(question) = project.questions().get(&id) else { return };
    heading(ui, state, "Review");
    let outcome = project.question_outcome(id);
    let settled = outcome.class.filter(|_| outcome.state.is_accepted());
    let text = match settled {
        Some(class) => format!("{}: {class}", outcome.state.text()),
        None => outcome.state.text().to_owned(),
    };
    ui.label(text);
    let small = || fonts::body(state.theme.size.small);
    let asked = question.asked();
    for vote in project.question_votes_visible_to(&state.author(), id) {
        let said = match &vote.said {
            Said::Answer(answer) => answer.text(question),
            Said::Ambiguous => "Ambiguous".to_owned(),
            Said::Reject => "Rejected".to_owned(),
            Said::Abstain => "No opinion".to_owned(),
        };
        let stale = if vote.asked == asked { "" } else { " (before the question was changed)" };
        let note = if vote.note.is_empty() { String::new() } else { format!(" — {}", vote.note) };
        let text = format!("{}: {said}{note}{stale}", vote.member);
        ui.add(egui::Label::new(RichText::new(text).font(small()).color(*state.theme.color.muted)).wrap());
    }
}
