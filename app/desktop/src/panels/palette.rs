//! The palette: every command by name, a place to go to, or the address of an image to open.

use editing::{Command, Keymap, Situation};
use egui::{Align2, Area, Frame, Id, Key, Margin, Order, Response, ScrollArea, Ui, vec2};

use super::bands::offers::{Offer, offers};
use crate::commands::{offered, shortcut_text};
use crate::destination::{self, Destination};
use crate::finder::FinderAsk;
use crate::outbox::{Ask, CameraMove, Outbox};
use crate::state::{Overlays, State};
use crate::widgets::{field, palette_item};

const WIDTH: f32 = 520.0;

pub(super) fn show(ctx: &egui::Context, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(query) = &state.overlays.palette else { return };
    let theme = &state.theme;
    let place = destination::read(query, state);
    let found = with_bookmarks(lines(query, place.as_ref(), offers(state, query)), query, state);
    let top = ctx.content_rect().center_top() + vec2(0.0, theme.shape.top_bar + theme.space.s);
    let chosen_id = Id::unique("palette line");
    let mut chosen: usize = ctx.data(|d| d.get_temp(chosen_id)).unwrap_or(0);
    let (down, up, enter) = ctx.input_mut(|i| {
        let mut press = |key| i.consume_key(egui::Modifiers::NONE, key);
        (press(Key::ArrowDown), press(Key::ArrowUp), press(Key::Enter))
    });
    let moved = down || up;
    if down {
        chosen += 1;
    }
    if up {
        chosen = chosen.saturating_sub(1);
    }
    chosen = chosen.min(found.len().saturating_sub(1));
    let situation = state.situation();
    let mut run = found.get(chosen).cloned().filter(|_| enter);
    let mut typed = query.clone();
    let shown = Area::new(egui::Id::unique("palette"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(top)
        .show(ctx, |ui| {
            Frame::popup(ui.style()).inner_margin(Margin::same(8)).show(ui, |ui| {
                ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 64.0));
                field(
                    ui,
                    &mut typed,
                    "Type a command, a place (37.084, -94.513), or an address (https://…)",
                    f32::INFINITY,
                )
                .request_focus();
                ui.add_space(4.0);
                ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for (i, line) in found.iter().enumerate() {
                        let item = line.show(ui, keymap, &situation, i == chosen);
                        if i == chosen && moved {
                            item.scroll_to_me(None);
                        }
                        if item.clicked() {
                            run = Some(line.clone());
                        }
                    }
                    if found.is_empty() {
                        nothing(ui, state, query, place.and_then(Result::err));
                    }
                });
            })
        });
    if typed != *query {
        chosen = 0;
    }
    ctx.data_mut(|d| d.insert_temp(chosen_id, chosen));
    let closed = Overlays { palette: None, ..state.overlays.clone() };
    let outside = ctx.input(|i| i.pointer.any_pressed())
        && ctx.pointer_latest_pos().is_some_and(|p| !shown.response.rect.contains(p));
    if let Some(line) = run {
        out.push(Ask::Overlays(closed));
        line.take(out);
        ctx.data_mut(|d| d.remove::<usize>(chosen_id));
    } else if outside {
        out.push(Ask::Overlays(closed));
    } else if typed != *query {
        out.push(Ask::Overlays(Overlays { palette: Some(typed), ..state.overlays.clone() }));
    }
}

/// Says why there is nothing to choose.
fn nothing(ui: &mut Ui, state: &State, query: &str, why: Option<String>) {
    let is_begun = raster::is_address(query.as_ref());
    let text = match why {
        _ if is_begun => "Paste or type the rest of the address.".to_owned(),
        Some(why) => why,
        None => "No command is called that.".to_owned(),
    };
    ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
enum Line {
    Run(Command),
    Look(Offer),
    Go(Destination),
    /// An image on a server.
    Open(String),
    /// Regions by a condition.
    Find(String),
}

impl Line {
    fn take(self, out: &mut Outbox) {
        match self {
            Self::Run(command) => out.command(command),
            Self::Look(offer) => {
                if let Some(ask) = offer.ask {
                    out.layer(offer.layer, ask);
                }
            }
            Self::Open(address) => out.push(Ask::OpenFiles(vec![address.into()])),
            Self::Find(condition) => {
                out.push(Ask::Finder(FinderAsk::Text(condition)));
                out.push(Ask::ShowPane(editing::Pane::Table));
            }
            Self::Go(place) => out.push(Ask::Camera(CameraMove::Go(place.at, place.resolution))),
        }
    }

    fn show(&self, ui: &mut Ui, keymap: &Keymap, situation: &Situation, chosen: bool) -> Response {
        match self {
            Self::Run(command) => {
                let key = shortcut_text(keymap, *command);
                let reason = command.unavailable(situation);
                palette_item(ui, &command.text(), command.group(), &key, reason, chosen)
            }
            Self::Look(offer) => {
                palette_item(ui, &offer.text, offer.group, "", offer.why_not.as_deref(), chosen)
            }
            Self::Open(address) => {
                palette_item(ui, &format!("Open {address}"), "Address", "Enter", None, chosen)
            }
            Self::Find(condition) => {
                palette_item(ui, &format!("Find regions where {condition}"), "Find", "Enter", None, chosen)
            }
            Self::Go(place) => {
                palette_item(ui, &format!("Go to {}", place.text), place.kind, "Enter", None, chosen)
            }
        }
    }
}

/// The address or place that was typed, if it is one, else commands and looks of the layer.
fn lines(query: &str, place: Option<&Result<Destination, String>>, looks: Vec<Offer>) -> Vec<Line> {
    if let Some(text) = address(query) {
        return vec![Line::Open(text)];
    }
    let place = place.and_then(|place| place.as_ref().ok()).cloned().map(Line::Go);
    let place = place.or_else(|| condition(query).map(Line::Find));
    let commands = matches(query).into_iter().map(Line::Run);
    let (can, cannot): (Vec<Offer>, Vec<Offer>) = looks.into_iter().partition(|o| o.ask.is_some());
    place.into_iter().chain(commands).chain(can.into_iter().chain(cannot).map(Line::Look)).collect()
}

/// What was typed, where it reads as a condition over the regions.
fn condition(query: &str) -> Option<String> {
    let compares = query.contains(['=', '<', '>', '~']);
    let names_a_field = || query.split(|c| !query::is_word(c)).any(|word| query::Field::of(word).is_some());
    (compares && names_a_field() && query::Query::parse(query).is_ok()).then(|| query.trim().to_owned())
}

/// Kept views that begin with what was typed stand first, others last.
fn with_bookmarks(commands: Vec<Line>, query: &str, state: &State) -> Vec<Line> {
    let begins = |line: &Line| match line {
        Line::Go(place) => place.text.to_lowercase().starts_with(&query.trim().to_lowercase()),
        Line::Run(_) | Line::Look(_) | Line::Open(_) | Line::Find(_) => false,
    };
    let (first, last): (Vec<Line>, Vec<Line>) = bookmarks(query, state).into_iter().partition(begins);
    first.into_iter().chain(commands).chain(last).collect()
}

/// Kept views whose name holds every word that was typed; none before anything was.
fn bookmarks(query: &str, state: &State) -> Vec<Line> {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let meant = |name: &str| !words.is_empty() && words.iter().all(|w| name.contains(w));
    let found = crate::bookmarks::here(state);
    let kept = found.into_iter().filter(|(_, b, _)| meant(&format!("{} bookmark", b.name.to_lowercase())));
    let line = |(_, b, view): (usize, &crate::bookmarks::Bookmark, spatial::Viewport)| {
        let (text, resolution) = (b.name.clone(), view.resolution);
        Line::Go(Destination { at: view.center, text, kind: "Bookmark", resolution })
    };
    kept.map(line).collect()
}

/// What was typed, where it is the address of a file.
fn address(query: &str) -> Option<String> {
    let query = query.trim();
    // A whole address may be pasted behind the beginning that is there already.
    let pasted = query.strip_prefix("https://").filter(|rest| raster::is_address(rest.as_ref()));
    let query = pasted.unwrap_or(query);
    raster::is_address(query.as_ref())
        .then(|| query.to_owned())
        .filter(|text| text.split("://").nth(1) != Some(""))
}

/// Commands whose name or group holds every word that was typed; those that begin with it first.
fn matches(query: &str) -> Vec<Command> {
    let query = query.trim().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut found: Vec<(bool, Command)> = offered()
        .into_iter()
        .filter_map(|command| {
            let text = command.text().to_lowercase();
            let all =
                format!("{text} {} {}", command.group().to_lowercase(), command.tooltip().to_lowercase());
            words.iter().all(|w| all.contains(w)).then(|| (!text.starts_with(&query), command))
        })
        .collect();
    if !query.is_empty() {
        found.sort_by_key(|(late, _)| *late);
    }
    found.into_iter().map(|(_, command)| command).collect()
}

#[cfg(test)]
mod tests {
    use editing::EditCommand;

    use super::*;

    #[test]
    fn what_begins_with_the_words_comes_first() {
        assert_eq!(matches("undo").first(), Some(&Command::Edit(EditCommand::Undo)));
        assert!(matches("next unlab").contains(&Command::Edit(EditCommand::NextUnlabelled)));
        assert!(matches("no such thing").is_empty());
        assert!(matches("").len() > 20);
    }

    #[test]
    fn a_condition_is_offered_to_find_regions_by() {
        let typed = "class = destroyed and area_m2 > 200";
        assert_eq!(lines(typed, None, Vec::new()), [Line::Find(typed.to_owned())]);
        for other in ["class =", "colour = red", "undo", "area_m2"] {
            assert_eq!(condition(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_is_offered_to_be_opened_and_nothing_else_is() {
        let typed = " https://a.org/d/post.tif ";
        assert_eq!(lines(typed, None, Vec::new()), [Line::Open(typed.trim().to_owned())]);
        assert_eq!(
            lines("https://s3://b/k.tif", None, Vec::new()),
            [Line::Open("s3://b/k.tif".to_owned())],
            "pasted"
        );
        assert!(
            !lines("https://", None, Vec::new()).iter().any(|line| matches!(line, Line::Open(_))),
            "it is only begun"
        );
        assert!(lines("s3://bucket/post.tif", None, Vec::new()).len() == 1);
        assert!(!lines("open", None, Vec::new()).iter().any(|line| matches!(line, Line::Open(_))));
    }
}
