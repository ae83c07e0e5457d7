//! The queue of predictions: judged one by one by keys, or at once where many are alike.

use editing::{Command, ModelCommand};
use egui::{DragValue, Frame, Margin, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};
use query::{ProposalOrder, Proposed};
use spatial::format as units;

use super::{class_name, class_row, heading, quiet, shares_bar, swatch};
use crate::fonts;
use crate::models::ModelAsk;
use crate::outbox::{Ask, Outbox};
use crate::proposing::{ProposalAsk, Queue};
use crate::state::State;
use crate::widgets::{combo, field, hairline, text_button, trouble};

/// Height of a row in points.
const ROW: f32 = 44.0;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let margin = Margin { left: 12, right: 12, top: 2, bottom: 4 };
    let queue = &state.models.queue;
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        if state.project.is_none() {
            quiet(ui, state, "No project is open.");
            return;
        }
        orders(ui, state, queue, out);
        if queue.items.is_empty() && queue.query.is_empty() && queue.wrong.is_none() {
            empty(ui, state, queue.order);
            return;
        }
        let mut query = queue.query.clone();
        let width = ui.available_width() - 16.0;
        field(ui, &mut query, "Only predictions where (a query)", width)
            .on_hover_text("Such as predicted = destroyed and entropy > 0.5 and area_m2 > 50");
        if query != queue.query {
            push(out, ProposalAsk::Query(query));
        }
        if let Some(wrong) = &queue.wrong {
            trouble(ui, wrong);
        }
        if let Some(one) = queue.looked_at() {
            looked_at(ui, state, one, out);
        }
        at_once(ui, state, queue, out);
        hairline(ui);
    });
    rows(ui, state, queue, out);
}

fn push(out: &mut Outbox, ask: ProposalAsk) {
    out.push(Ask::Model(ModelAsk::Proposal(ask)));
}

fn orders(ui: &mut Ui, state: &State, queue: &Queue, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for order in ProposalOrder::ALL {
            let (text, about) = match order {
                ProposalOrder::Uncertainty => {
                    ("Uncertain", "Unlabelled regions, the most undecided prediction first")
                }
                ProposalOrder::Disagreement => {
                    ("Disputed", "Labelled regions where the model says another class, the surest first")
                }
                ProposalOrder::Diversity => (
                    "Diverse",
                    "Unlabelled regions, each as unlike as can be to what is labelled and to those before it: in what the model says, size, shape and place",
                ),
            };
            if ui.selectable_label(queue.order == order, text).on_hover_text(about).clicked() {
                push(out, ProposalAsk::Order(order));
            }
        }
        let waiting = units::count(queue.open.len() as u64);
        let place = queue.position().map_or_else(|| waiting.clone(), |at| {
            format!("{}/{waiting}", units::count(at as u64 + 1))
        });
        let font = fonts::mono(state.theme.size.small);
        ui.label(RichText::new(place).font(font).color(*state.theme.color.muted));
    });
}

fn empty(ui: &mut Ui, state: &State, order: ProposalOrder) {
    let text = match order {
        ProposalOrder::Disagreement => "People and models say the same wherever both say something.",
        _ => "No predictions wait. Choose a model and ask it about the imagery.",
    };
    quiet(ui, state, text);
}

/// The prediction that is looked at, with everything that the model says.
fn looked_at(ui: &mut Ui, state: &State, one: &Proposed, out: &mut Outbox) {
    super::list::framed(ui, state, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
        shares_bar(ui.painter(), state, rect, &told(one));
        for (code, p) in told(one).iter().take(5) {
            class_row(ui, state, code.as_str(), &units::percent(*p));
        }
        let mut words = vec![one.author.name().to_owned()];
        words.extend(one.entropy_bits.map(|bits| format!("entropy {} bit", units::decimal(bits, 2))));
        if let Some(said) = &one.said {
            words.push(format!("people say {}", class_name(state, said.as_str())));
        }
        let font = fonts::body(state.theme.size.small);
        let text = RichText::new(words.join(" · ")).font(font).color(*state.theme.color.muted);
        ui.add(egui::Label::new(text).wrap());
        ui.horizontal_wrapped(|ui| {
            let reject = if one.said.is_some() { "Keep label" } else { "Reject" };
            for (command, text) in [
                (ModelCommand::Accept, "Accept"),
                (ModelCommand::Reject, reject),
                (ModelCommand::Previous, "Back"),
                (ModelCommand::Next, "Later"),
            ] {
                let command = Command::Model(command);
                let key = command.shortcuts().first().map_or_else(String::new, |key| format!("  {key}"));
                let why = command.unavailable(&state.situation());
                let button = ui.add_enabled_ui(why.is_none(), |ui| text_button(ui, text)).inner;
                let button = button.on_hover_text(format!("{}{key}", command.tooltip()));
                let button = if let Some(why) = why { button.on_disabled_hover_text(why) } else { button };
                if button.clicked() {
                    out.command(command);
                }
            }
        });
        quiet(ui, state, "A accepts, R rejects, a digit gives another class; then the next one comes.");
    });
}

/// What the model says of all classes; of one that told no more its class alone.
fn told(one: &Proposed) -> Vec<(project::ClassCode, f64)> {
    if one.shares.is_empty() {
        return one.confidence.map(|sure| (one.class.clone(), sure)).into_iter().collect();
    }
    one.shares.clone()
}

/// Many at once: which, how many of each class, and the two buttons.
fn at_once(ui: &mut Ui, state: &State, queue: &Queue, out: &mut Outbox) {
    heading(ui, state, "All at once");
    let mut bulk = queue.bulk.clone();
    ui.horizontal_wrapped(|ui| {
        combo("sureness of the bulk", if bulk.surer { "At least" } else { "At most" }, 72.0).show_ui(
            ui,
            |ui| {
                ui.selectable_value(&mut bulk.surer, true, "At least");
                ui.selectable_value(&mut bulk.surer, false, "At most");
            },
        );
        ui.add(DragValue::new(&mut bulk.percent).range(0..=100).suffix(" % sure"));
        let shown = bulk
            .class
            .as_ref()
            .map_or_else(|| "any class".to_owned(), |class| class_name(state, class.as_str()));
        combo("class of the bulk", shown, 96.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut bulk.class, None, "any class");
            let schema = state.content().and_then(|project| project.schema());
            for class in schema.iter().flat_map(|schema| &schema.classes) {
                ui.selectable_value(&mut bulk.class, Some(class.code.clone()), &class.name);
            }
        });
    });
    if bulk != queue.bulk {
        push(out, ProposalAsk::Bulk(bulk));
    }
    buttons(ui, state, queue, out);
}

fn buttons(ui: &mut Ui, state: &State, queue: &Queue, out: &mut Outbox) {
    let preview = &queue.preview;
    let words = |(class, n): &(project::ClassCode, usize)| {
        format!("{} {}", class_name(state, class.as_str()), units::count(*n as u64))
    };
    let by_class = preview.by_class.iter().map(words).collect::<Vec<_>>().join(", ");
    let of = units::count(queue.open.len() as u64);
    let text = match preview.count {
        0 => format!("None of the {of} that wait"),
        n => format!("{} of the {of} that wait: {by_class}", units::count(n as u64)),
    };
    quiet(ui, state, &text);
    let disputed = queue.order == ProposalOrder::Disagreement;
    let why = Command::Model(ModelCommand::Accept).unavailable(&state.situation());
    let can = preview.count > 0 && why.is_none();
    ui.horizontal_wrapped(|ui| {
        let n = units::count(preview.count as u64);
        let accept = ui.add_enabled_ui(can && !disputed, |ui| text_button(ui, &format!("Accept {n}"))).inner;
        let accept = accept
            .on_hover_text("They become your labels; one undo takes it back")
            .on_disabled_hover_text(why.unwrap_or(if disputed {
                "Labels of people are changed one by one only"
            } else {
                "Nothing is so sure"
            }));
        if accept.clicked() {
            push(out, ProposalAsk::AcceptBulk);
        }
        let reject = ui.add_enabled_ui(can, |ui| text_button(ui, &format!("Reject {n}"))).inner;
        let reject =
            reject.on_hover_text("They go, and what only the model drew with them; one undo takes it back");
        if reject.clicked() {
            push(out, ProposalAsk::RejectBulk);
        }
    });
}

fn rows(ui: &mut Ui, state: &State, queue: &Queue, out: &mut Outbox) {
    if queue.open.is_empty() {
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink([false, false]);
    let id = egui::Id::unique("first row of proposals");
    if let Some(place) = queue.position().filter(|_| queue.reveal > 0) {
        // Only as far as it must, so that the list does not jump while one goes through it.
        let view = ui.available_height();
        let from: f32 = ui.data(|d| d.get_temp(id)).unwrap_or(0.0);
        let top = place as f32 * ROW;
        if top < from || top + ROW > from + view {
            area = area.vertical_scroll_offset((top - view / 2.0).max(0.0));
        }
    }
    let shown = area.show_rows(ui, ROW, queue.open.len(), |ui, range| {
        for place in range {
            if let Some(one) = queue.waiting(place) {
                row(ui, state, one, queue.current == Some(one.region), out);
            }
        }
    });
    ui.data_mut(|d| d.insert_temp(id, shown.state.clamped_offset().y));
}

fn row(ui: &mut Ui, state: &State, one: &Proposed, chosen: bool, out: &mut Outbox) {
    let theme = &state.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 0.0, *theme.color.raised);
    }
    if chosen {
        let edge = Rect::from_min_size(rect.min, vec2(2.0, ROW));
        ui.painter().rect_filled(edge, 0.0, *theme.color.accent);
    }
    let inner = rect.shrink2(vec2(12.0, 6.0));
    let name = class_name(state, one.class.as_str());
    let sure = one.confidence.map_or_else(String::new, units::percent);
    let line = inner.top() + 8.0;
    let right = ui.painter().text(
        pos2(inner.right(), line),
        egui::Align2::RIGHT_CENTER,
        &sure,
        fonts::mono(theme.size.small),
        *theme.color.muted,
    );
    let place = Rect::from_center_size(pos2(inner.left() + 8.0, line), vec2(14.0, 10.0));
    swatch(ui.painter(), state, place, one.class.as_str());
    let said = one.said.as_ref().map(|said| class_name(state, said.as_str()));
    let text = said.as_ref().map_or_else(|| name.clone(), |said| format!("{name}, not {said}"));
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.clone(),
        fonts::body(theme.size.body),
        *theme.color.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width((right.left() - inner.left() - 30.0).max(0.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(inner.left() + 22.0, line - galley.size().y / 2.0), galley, *theme.color.text);
    let bar = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 10.0), inner.max);
    shares_bar(ui.painter(), state, bar, &told(one));
    let under = [pos2(rect.left() + 12.0, rect.bottom()), pos2(rect.right(), rect.bottom())];
    ui.painter().line_segment(under, theme.hairline());
    let label = format!("Predicted {text} {sure}");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(label.as_str()));
    let hover = one.entropy_bits.map_or_else(
        || format!("{} does not say how sure it is", one.author),
        |bits| format!("{}\nentropy {} bit", one.author, units::decimal(bits, 2)),
    );
    if response.on_hover_text(hover).clicked() {
        push(out, ProposalAsk::Go(one.region));
    }
}
