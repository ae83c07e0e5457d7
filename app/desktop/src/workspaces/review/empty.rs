//! No case on the card: what belongs here, and what to do.

use editing::{Command, FileCommand, Keymap, ViewCommand, Workspace};
use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, vec2};
use project::review::{ReviewState, Stage};

use crate::commands::shortcut_text;
use crate::fonts;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::review::{List, ReviewAsk};
use crate::state::State;
use crate::widgets::{key_hint, primary_button, text_button};

/// A step that is offered.
enum Step {
    Run(Command),
    Ask(ReviewAsk, &'static str),
}

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, rect: Rect, out: &mut Outbox) {
    let theme = &state.theme;
    let (title, text, step) = words(state);
    let place = Rect::from_center_size(rect.center(), vec2(rect.width().min(420.0), 180.0));
    let column = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center));
    ui.scope_builder(column, |ui| {
        ui.label(RichText::new(title).font(fonts::semibold(theme.size.display)));
        ui.add_space(theme.space.s);
        ui.label(RichText::new(text).color(*theme.color.muted));
        ui.add_space(theme.space.l);
        match step {
            Some(Step::Run(command)) if crate::commands::is_offered(command) => {
                if primary_button(ui, &command.text()).clicked() {
                    out.command(command);
                }
                key_hint(ui, &shortcut_text(keymap, command));
            }
            Some(Step::Ask(ask, verb)) if text_button(ui, verb).clicked() => out.push(Ask::Review(ask)),
            _ => {}
        }
    });
}

fn words(state: &State) -> (String, String, Option<Step>) {
    let Some(project) = state.content() else {
        let text = "Review is a second look at every label. Open a project with labels.";
        return ("No project is open".into(), text.into(), Some(Step::Run(Command::File(FileCommand::Open))));
    };
    let member = state.author();
    let desk = &state.review;
    let Some(survey) = &desk.survey else {
        return ("Gathering what waits…".into(), String::new(), None);
    };
    let at = |states: &[ReviewState]| states.iter().filter_map(|s| survey.status.get(s)).sum::<usize>();
    let one = at(&[ReviewState::StageOne]);
    let two = at(&[ReviewState::Disputed, ReviewState::StageTwo, ReviewState::Returned]);
    if project.labels().is_empty() {
        let text = "Review is a second look at every label. Draw and label regions first.";
        let step = Step::Run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        return ("Nothing is labelled yet".into(), text.into(), Some(step));
    }
    if desk.list == List::Mine {
        let text = "What was handed to you is done. Other cases may wait at this stage.";
        let step = Step::Ask(ReviewAsk::List(List::Waiting), "Show what waits");
        return ("Your work is done".into(), text.into(), Some(step));
    }
    if desk.list == List::Voted {
        let text = "Cases that you have voted on at this stage are kept here, to look at or to vote again.";
        let step = Step::Ask(ReviewAsk::List(List::Waiting), "Show what waits");
        return (format!("{member} has not voted at this stage"), text.into(), Some(step));
    }
    let title = format!("Nothing waits for {member}");
    match desk.stage {
        Stage::One if one > 0 => {
            let waits = if one == 1 { "1 label waits".to_owned() } else { format!("{one} labels wait") };
            let text = format!(
                "{waits} for review by somebody else: nobody reviews their own. Switch the member at the top right."
            );
            (title, text, None)
        }
        Stage::One if two > 0 => {
            let text = format!("Every label has its first review. {} for the committee.", waits(two));
            (title, text, Some(Step::Ask(ReviewAsk::Stage(Stage::Two), "Go to stage 2")))
        }
        Stage::Two if two > 0 => {
            let text = format!("{} for other members. Switch the member at the top right.", waits(two));
            (title, text, None)
        }
        Stage::Two if one > 0 => {
            let text = format!(
                "The committee gets what stage 1 disputes. {} there.",
                if one == 1 { "1 label waits".to_owned() } else { format!("{one} labels wait") }
            );
            (title, text, Some(Step::Ask(ReviewAsk::Stage(Stage::One), "Go to stage 1")))
        }
        Stage::Lead => {
            let text = "What a committee is divided on comes here when the rule gives it to a lead.";
            (title, text.into(), Some(Step::Ask(ReviewAsk::Stage(Stage::Two), "Go to stage 2")))
        }
        _ => {
            let text = "Every label is settled. Export writes the accepted ones for other programs.";
            let step = Step::Run(Command::Dataset(editing::DatasetCommand::Export));
            ("Review is complete".into(), text.into(), Some(step))
        }
    }
}

fn waits(n: usize) -> String {
    let verb = if n == 1 { "waits" } else { "wait" };
    format!("{} {verb}", count(n, "disputed case", "disputed cases"))
}
