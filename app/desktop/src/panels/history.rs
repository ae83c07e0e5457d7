//! The journal as a list, the newest first: what was done, by whom, when; what was taken back struck out. Or the states
//! that it led to, with what was undone before something else was done as branches.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, FontId, Frame, Layout, Margin, Panel, Rect, RichText, Role, ScrollArea, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use jiff::tz::TimeZone;
use project::{Author, Deed, History, LANES, Line, Part, Refusal, Seq, TreeRow, What};
use spatial::format as units;

use super::classes::class_color;
use crate::fonts;
use crate::journal::{Filter, HistoryAsk, Names};
use crate::outbox::{Ask, Outbox};
use crate::state::{OpenProject, State};
use crate::widgets::{class_swatch, combo, field, text_button};

/// Height of an entry, in points: what was done, and by whom and when.
const ROW: f32 = 42.0;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(open) = &state.project else {
        ui.add_space(4.0);
        ui.label(RichText::new("No project is open.").color(*state.theme.color.muted));
        return;
    };
    let history = open.session.history();
    let margin = Margin { left: 12, right: 12, top: 4, bottom: 6 };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        forms(ui, open, out);
        filter(ui, open, history, out);
    });
    if let Some(line) = open.journal.chosen.and_then(|seq| history.line(seq)) {
        let frame = Frame::new().fill(*state.theme.color.panel).inner_margin(Margin::symmetric(12, 8));
        Panel::bottom("chosen entry").resizable(false).frame(frame).show(ui, |ui| {
            chosen(ui, state, open, &line, out);
        });
    }
    list(ui, state, open, history, out);
}

/// Entries one after the other, or states with their branches.
fn forms(ui: &mut Ui, open: &OpenProject, out: &mut Outbox) {
    ui.horizontal(|ui| {
        for (states, text, about) in [
            (false, "Entries", "Everything that was done, one after the other"),
            (
                true,
                "States",
                "Every state so far; what was undone is a branch. A click goes there  Ctrl+Shift+H",
            ),
        ] {
            let shown = open.journal.shows_states == states;
            if ui.selectable_label(shown, text).on_hover_text(about).clicked() {
                out.push(Ask::History(HistoryAsk::States(states)));
            }
        }
    });
}

/// Whose entries, and which words.
fn filter(ui: &mut Ui, open: &OpenProject, history: &History, out: &mut Outbox) {
    let shown = &open.journal.filter;
    let mut wanted = shown.clone();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let who = wanted.author.as_ref().map_or("Everybody", Author::name).to_owned();
        let people = combo("entries by", who, 96.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut wanted.author, None, "Everybody");
            for author in history.authors() {
                ui.selectable_value(&mut wanted.author, Some(author.clone()), author.name());
            }
        });
        people.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Entries by"));
        let width = (ui.available_width() - 18.0).max(40.0);
        field(ui, &mut wanted.text, "Search what was done", width);
    });
    if wanted != *shown {
        out.push(Ask::History(HistoryAsk::Filter(wanted)));
    }
}

fn list(ui: &mut Ui, state: &State, open: &OpenProject, history: &History, out: &mut Outbox) {
    let journal = &open.journal;
    let rows = if journal.shows_states { journal.state_count() } else { journal.len(history) };
    if rows == 0 {
        let text = match (journal.filter.is_open(), journal.is_looking()) {
            (true, _) => "Nothing was done yet. Whatever changes the project stands here.",
            (false, true) => "Looking through the journal…",
            (false, false) => "No entry matches.",
        };
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            ui.label(RichText::new(text).color(*state.theme.color.muted));
            if !journal.filter.is_open() && text_button(ui, "Show everything that was done").clicked() {
                out.push(Ask::History(HistoryAsk::Filter(Filter::default())));
            }
        });
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let today = jiff::Timestamp::from_millisecond(state.now_ms)
        .map_or_else(|_| jiff::Zoned::now(), |now| now.to_zoned(TimeZone::system()))
        .date();
    let member = state.author();
    let area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("entries");
    area.show_rows(ui, ROW, rows, |ui, visible| {
        for row in visible {
            let (seq, place) = match journal.state(row).filter(|_| journal.shows_states) {
                Some((seq, place)) => (Some(seq), Some(place)),
                None => (journal.row(history, row), None),
            };
            if let Some(line) = seq.and_then(|seq| history.line(seq)) {
                entry(ui, state, open, &Shown { line, member: &member, today, place }, out);
            }
        }
    });
}

/// A row of the list.
struct Shown<'a> {
    line: Line<'a>,
    member: &'a Author,
    today: jiff::civil::Date,
    /// Its place in the tree of states, where that is shown.
    place: Option<TreeRow>,
}

fn entry(ui: &mut Ui, state: &State, open: &OpenProject, shown: &Shown<'_>, out: &mut Outbox) {
    let Shown { line, member, today, place } = shown;
    let c = &state.theme.color;
    let project = open.session.project();
    let names = Names { project, order: &open.counts.order };
    let deed = line.deed(project, member);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let chosen = open.journal.chosen == Some(line.seq);
    let sentence = names.sentence(&deed);
    let who = deed.author.map_or("sealed", Author::name);
    let when = time(line.at_ms, *today);
    let here = place.is_some_and(|place| open.journal.is_here(&place));
    response.widget_info(|| {
        let (what, more) = match place {
            Some(_) => ("State after entry", if here { ", the present one" } else { "" }),
            None => ("Entry", if line.holds { "" } else { ", taken back" }),
        };
        let text = format!("{what} {}: {sentence}, {who}, {when}{more}", line.seq);
        WidgetInfo::selected(Role::ListItem, true, chosen, text)
    });
    if chosen {
        ui.painter().rect_filled(rect, 0.0, *c.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 0.0, *c.hover);
    }
    let mut inner = rect.shrink2(vec2(12.0, 3.0));
    if let Some(place) = place {
        inner.min.x += branches(ui, state, rect, place, open.journal.lanes(), here);
    }
    let is_past = place.map_or(line.holds, |place| place.lane == 0);
    let ink = if is_past { *c.text } else { *c.muted };
    let first = Rect::from_min_max(inner.min, pos2(inner.right(), inner.top() + 20.0));
    paint_deed(ui, state, &names, &deed, first, ink, place.is_none() && !line.holds);
    let y = inner.bottom() - 9.0;
    let small = fonts::body(state.theme.size.small);
    let number = units::count(line.seq);
    let mono = fonts::mono(state.theme.size.small);
    let number = ui.painter().text(pos2(inner.right(), y), Align2::RIGHT_CENTER, number, mono, *c.muted);
    let text = format!("{who} · {when}");
    let width = number.left() - inner.left() - 8.0;
    let galley = one_line(ui, &text, small, *c.muted, width, false);
    ui.painter().galley(pos2(inner.left(), y - galley.size().y / 2.0), galley, *c.muted);
    let hover = match place {
        Some(_) if here => format!("{sentence}\nThe project is in this state."),
        Some(place) => match open.journal.distance(place) {
            1 => format!("{sentence}\nGo to the state after this: 1 entry."),
            steps => {
                format!("{sentence}\nGo to the state after this: {} entries.", units::count(steps as u64))
            }
        },
        None if line.holds => sentence,
        None => format!("{sentence}\nTaken back."),
    };
    if response.on_hover_text(hover).clicked() {
        let ask = if place.is_some() { HistoryAsk::GoTo(line.seq) } else { HistoryAsk::Show(line.seq) };
        out.push(Ask::History(ask));
    }
}

/// The lines of the tree that go through a row, and the dot of its state; how wide they are together.
fn branches(ui: &Ui, state: &State, row: Rect, place: &TreeRow, lanes: usize, here: bool) -> f32 {
    /// Between two lines, and of those that are drawn apart.
    const STEP: f32 = 12.0;
    const APART: usize = 6;
    let c = &state.theme.color;
    let x = |lane: usize| row.left() + 14.0 + STEP * lane.min(APART - 1) as f32;
    let stroke =
        |lane: usize| if lane == 0 { Stroke::new(2.0, *c.accent) } else { Stroke::new(1.5, *c.muted) };
    let dot = pos2(x(usize::from(place.lane)), row.center().y);
    let own = usize::from(place.lane);
    for lane in 0..LANES {
        if place.passing & (1 << lane) != 0 {
            ui.painter().line_segment([pos2(x(lane), row.top()), pos2(x(lane), row.bottom())], stroke(lane));
        }
        if place.joining & (1 << lane) != 0 {
            ui.painter().line_segment([pos2(x(lane), row.top()), dot], stroke(lane));
        }
    }
    if place.leads_on {
        ui.painter().line_segment([dot, pos2(dot.x, row.bottom())], stroke(own));
    }
    if here {
        ui.painter().circle(dot, 5.5, *c.accent, Stroke::new(2.0, *c.canvas));
    } else {
        let fill = if own == 0 { *c.accent } else { *c.panel };
        ui.painter().circle(dot, 4.0, fill, stroke(own));
    }
    STEP * lanes.min(APART) as f32 + 6.0
}

/// What was done in one line, classes with their colours, cut off where the place ends.
fn paint_deed(
    ui: &Ui,
    state: &State,
    names: &Names<'_>,
    deed: &Deed<'_>,
    place: Rect,
    ink: Color32,
    struck: bool,
) {
    let font = fonts::body(state.theme.size.body);
    let y = place.center().y;
    let mut x = place.left();
    for (i, part) in deed.parts.iter().enumerate() {
        // What follows a part has room for at least the mark that there is more.
        let right = place.right() - if i + 1 < deed.parts.len() { 16.0 } else { 0.0 };
        let text = match part {
            Part::Words(words) => words.to_string(),
            Part::Region(id) => names.region(*id),
            Part::Class(code) => {
                if let Some(class) = names.project.schema().and_then(|s| s.class(code)) {
                    let swatch = Rect::from_center_size(pos2(x + 7.0, y), vec2(14.0, 12.0));
                    let color = class_color(state, class);
                    let color = if struck { color.gamma_multiply(0.5) } else { color };
                    class_swatch(ui.painter(), &state.theme, swatch, color, class.hatch);
                    x += 18.0;
                }
                names.class(code)
            }
        };
        let galley = one_line(ui, &text, font.clone(), ink, right - x, struck);
        let (width, elided) = (galley.size().x, galley.elided);
        ui.painter().galley(pos2(x, y - galley.size().y / 2.0), galley, ink);
        if elided {
            return;
        }
        x += width + 5.0;
    }
}

fn one_line(
    ui: &Ui,
    text: &str,
    font: FontId,
    ink: Color32,
    width: f32,
    struck: bool,
) -> std::sync::Arc<egui::Galley> {
    let strikethrough = if struck { Stroke::new(1.0, ink) } else { Stroke::NONE };
    let format = TextFormat { font_id: font, color: ink, strikethrough, ..TextFormat::default() };
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width(width.max(8.0));
    job.break_on_newline = false;
    ui.painter().layout_job(job)
}

/// The chosen entry in full, and whether it can be taken back alone.
fn chosen(ui: &mut Ui, state: &State, open: &OpenProject, line: &Line<'_>, out: &mut Outbox) {
    let project = open.session.project();
    let names = Names { project, order: &open.counts.order };
    let deed = line.deed(project, &state.author());
    let muted = *state.theme.color.muted;
    ui.add(egui::Label::new(names.sentence(&deed)).wrap());
    let who = deed.author.map_or("sealed", Author::name);
    let text = format!("Entry {} · {who} · {}", units::count(line.seq), date(line.at_ms));
    ui.label(RichText::new(text).font(fonts::body(state.theme.size.small)).color(muted));
    ui.add_space(4.0);
    let reason = reason(state, open, line.seq);
    let verb = match line.what {
        What::Revert { restores: false, .. } => "Bring it back",
        _ => "Undo this one",
    };
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let button = ui.add_enabled_ui(reason.is_none(), |ui| text_button(ui, verb)).inner;
        let about = "Take this entry back alone; what came after it stays. It becomes an entry of its own.";
        if button.on_hover_text(about).clicked() {
            out.push(Ask::History(HistoryAsk::TakeBack(line.seq)));
        }
    });
    if let Some(reason) = reason {
        let text = RichText::new(reason).font(fonts::body(state.theme.size.small)).color(muted);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// Why an entry cannot be taken back alone, in a sentence.
fn reason(state: &State, open: &OpenProject, seq: Seq) -> Option<String> {
    if let Some(reason) = state.read_only() {
        return Some(reason);
    }
    let refusal = open.journal.refusal()?;
    let later = |by: Seq| {
        let project = open.session.project();
        let names = Names { project, order: &open.counts.order };
        let line = open.session.history().line(by)?;
        let deed = line.deed(project, &state.author());
        Some(format!("entry {} by {}: {}", units::count(by), deed.author?, names.sentence(&deed)))
    };
    Some(match refusal {
        Refusal::Conflict { error, since } => match since.and_then(later) {
            Some(later) => format!("{error}. After it came {later}."),
            None => format!("{error}."),
        },
        Refusal::TakenBack { by } => match later(*by) {
            Some(later) => format!("It is taken back already, by {later}."),
            None => "It is taken back already.".to_owned(),
        },
        Refusal::Vote => "A vote cannot be undone: a new vote supersedes it, and both are kept.".to_owned(),
        Refusal::Visit => {
            "What was seen cannot be undone: saying it anew supersedes it, and both are kept.".to_owned()
        }
        Refusal::Response => {
            "What a service answered cannot be undone: ask again, and both are kept.".to_owned()
        }
        Refusal::Member => {
            "Who works on the project cannot be undone: say it anew, and both are kept.".to_owned()
        }
        Refusal::Remark => "What was said cannot be undone: say it anew, or resolve the thread.".to_owned(),
        Refusal::Merge => {
            "What others did in their copies is theirs: decide the conflicts, or change single regions."
                .to_owned()
        }
        Refusal::Beginning => "The project began with these classes.".to_owned(),
        Refusal::Missing(_) => format!("There is no entry {seq}."),
    })
}

/// The time of day today, else the day too, in the machine's time zone.
fn time(at_ms: i64, today: jiff::civil::Date) -> String {
    let Ok(at) = jiff::Timestamp::from_millisecond(at_ms) else { return "at no known time".to_owned() };
    let at = at.to_zoned(TimeZone::system());
    let pattern = match at.date() {
        date if date == today => "%H:%M",
        date if date.year() == today.year() => "%-d %b, %H:%M",
        _ => "%-d %b %Y, %H:%M",
    };
    at.strftime(pattern).to_string()
}

fn date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(
        |_| "at no known time".to_owned(),
        |at| at.to_zoned(TimeZone::system()).strftime("%-d %b %Y, %H:%M:%S").to_string(),
    )
}
