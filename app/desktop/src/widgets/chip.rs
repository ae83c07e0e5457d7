//! Class colours with their hatch, so that colour is never the only sign.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Stroke, StrokeKind, pos2};
use project::Hatch;

use crate::theme::Theme;

/// A small field in a class's colour and hatch.
pub fn class_swatch(painter: &Painter, theme: &Theme, rect: Rect, color: Color32, hatch: Hatch) {
    let radius = CornerRadius::same(3);
    painter.rect_filled(rect, radius, color);
    let ink =
        if luminance(color) > 0.35 { Color32::from_black_alpha(170) } else { Color32::from_white_alpha(190) };
    paint_hatch(
        &painter.with_clip_rect(rect.intersect(painter.clip_rect())),
        rect,
        hatch,
        Stroke::new(1.2, ink),
    );
    painter.rect_stroke(rect, radius, Stroke::new(1.0, *theme.color.outline), StrokeKind::Inside);
}

fn luminance(c: Color32) -> f32 {
    let part = |v: u8| (f32::from(v) / 255.0).powf(2.2);
    0.2126 * part(c.r()) + 0.7152 * part(c.g()) + 0.0722 * part(c.b())
}

/// Draws a hatch over a rectangle; the painter's clip cuts it.
pub fn paint_hatch(painter: &Painter, rect: Rect, hatch: Hatch, stroke: Stroke) {
    const STEP: f32 = 4.0;
    let steps = |from: f32, to: f32| {
        let n = ((to - from) / STEP).ceil().clamp(0.0, 500.0) as usize;
        (0..=n).map(move |i| from + i as f32 * STEP)
    };
    let line = |a: Pos2, b: Pos2| {
        painter.line_segment([a, b], stroke);
    };
    let horizontal = || {
        steps(rect.top() + STEP / 2.0, rect.bottom()).for_each(|y| {
            line(pos2(rect.left(), y), pos2(rect.right(), y));
        });
    };
    let vertical = || {
        steps(rect.left() + STEP / 2.0, rect.right()).for_each(|x| {
            line(pos2(x, rect.top()), pos2(x, rect.bottom()));
        });
    };
    let h = rect.height();
    let rising = || {
        steps(rect.left() - h, rect.right()).for_each(|x| {
            line(pos2(x, rect.bottom()), pos2(x + h, rect.top()));
        });
    };
    let falling = || {
        steps(rect.left() - h, rect.right()).for_each(|x| {
            line(pos2(x, rect.top()), pos2(x + h, rect.bottom()));
        });
    };
    match hatch {
        Hatch::None => {}
        Hatch::Horizontal => horizontal(),
        Hatch::Vertical => vertical(),
        Hatch::Diagonal => rising(),
        Hatch::BackDiagonal => falling(),
        Hatch::Cross => {
            horizontal();
            vertical();
        }
        Hatch::DiagonalCross => {
            rising();
            falling();
        }
        Hatch::Dots => {
            for y in steps(rect.top() + STEP / 2.0, rect.bottom()) {
                for x in steps(rect.left() + STEP / 2.0, rect.right()) {
                    painter.circle_filled(pos2(x, y), 0.9, stroke.color);
                }
            }
        }
    }
}
