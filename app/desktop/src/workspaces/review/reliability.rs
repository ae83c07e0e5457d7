//! How often each member is right, as a model of all votes sees it.

use std::ops::RangeInclusive;

use egui::{RichText, Ui, Vec2b, vec2};
use egui_plot::{Bar, BarChart, GridMark, HoverPosition};
use spatial::format as units;

use crate::fonts;
use crate::format::count;
use crate::review::Reliable;
use crate::state::State;
use crate::widgets::{chart, draw_chart, whole};

/// Members drawn; all are in the CSV.
const MEMBERS: usize = 40;
/// Height of a member's bar with the gap below it, and of the axis, in points.
const ROW: f32 = 22.0;
const AXIS: f32 = 36.0;

const ABOUT: &str = "Of what a member votes, how much is right as Dawid and Skene’s model sees it, which learns each \
                     member’s habits from all votes at once. It deceives where most members err alike: then whoever \
                     is right looks wrong.";

pub(super) fn show(ui: &mut Ui, state: &State, members: &[Reliable]) {
    let c = &state.theme.color;
    if members.is_empty() {
        let text = "Bars stand here when the first committee is complete.";
        ui.label(RichText::new(text).color(*c.muted));
        return;
    }
    // The most reliable at the top.
    let mut shown: Vec<&Reliable> = members.iter().collect();
    shown.sort_by(|a, b| a.accuracy.total_cmp(&b.accuracy).then(b.member.cmp(&a.member)));
    let shown = &shown[shown.len().saturating_sub(MEMBERS)..];
    let bars = shown.iter().zip(0..).map(|(one, i)| {
        Bar::new(f64::from(i), 100.0 * one.accuracy).width(0.7).fill(c.accent.gamma_multiply(0.55))
    });
    let name = |place: f64| {
        let near = place.round();
        let member = ((place - near).abs() < 0.01 && near >= 0.0).then(|| shown.get(near as usize)).flatten();
        member.map(|one| one.member.clone())
    };
    let said = |position: &HoverPosition<'_>| {
        let HoverPosition::NearDataPoint { position, .. } = position else { return None };
        let one = shown.get(position.y.round().max(0.0) as usize)?;
        Some(format!(
            "{}: {}\n{}",
            one.member,
            units::percent(one.accuracy),
            count(one.votes, "vote", "votes")
        ))
    };
    let words = shown.iter().rev().map(|one| format!("{} {}", one.member, units::percent(one.accuracy)));
    let words = format!("Member reliability: {}", words.collect::<Vec<_>>().join(", "));
    let rows = shown.len();
    let plot = chart("member reliability", ROW * rows as f32 + AXIS)
        .show_grid(Vec2b::new(true, false))
        .include_x(0.0)
        .include_x(100.0)
        .include_y(-0.6)
        .include_y(rows as f64 - 0.4)
        .set_margin_fraction(vec2(0.0, 0.0))
        .y_grid_spacer(move |_| (0..rows).map(|i| GridMark { value: i as f64, step_size: 1.0 }).collect())
        .y_axis_min_width(72.0)
        .x_axis_label("percent right")
        .x_axis_formatter(whole)
        .y_axis_formatter(move |mark, _: &RangeInclusive<f64>| {
            name(mark.value).map_or_else(String::new, short)
        })
        .label_formatter(said);
    draw_chart(ui, &state.theme, &words, plot, |plot| {
        plot.bar_chart(BarChart::new("right", bars.collect()).horizontal().allow_hover(true));
    });
    let text = RichText::new("As the Dawid–Skene model sees it").font(fonts::body(state.theme.size.small));
    ui.add(egui::Label::new(text.color(*c.muted)).wrap()).on_hover_text(ABOUT);
}

/// A name that fits beside the bars.
fn short(name: String) -> String {
    const FITS: usize = 11;
    if name.chars().count() <= FITS { name } else { name.chars().take(FITS - 1).chain(['…']).collect() }
}
