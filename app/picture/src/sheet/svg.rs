//! The sheet as SVG.

use std::fmt::Write as _;

use renderer::{Hatch, ShapeScene};

use super::{Format, LegendLine, Sheet};

/// Words that do not fit are cut after so many letters.
const LETTERS: usize = 48;
/// Lines of the legend; more would cover the map.
const LINES: usize = 24;
/// Ink, and the ground under words.
const INK: &str = "#1B1D20";
const GROUND: &str = "#FFFFFF";

/// How the map comes into the SVG.
#[derive(Clone, Copy, Debug)]
pub(super) enum Map<'a> {
    /// Left out: the caller has it.
    Apart,
    /// A PNG, in base 64.
    Embedded(&'a str),
}

/// The sheet as the text of an SVG.
pub(super) fn text(sheet: &Sheet, format: Format, map: Map<'_>) -> String {
    let (w, h) = (f64::from(sheet.image.width), f64::from(sheet.image.height));
    let strip = sheet.strip_px(format);
    let inches = |px: f64| px / sheet.dpi;
    let mut out = String::new();
    // Lengths in inches, so that every program prints it at the size that was asked for.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{:.5}in" height="{:.5}in" viewBox="0 0 {w} {}">"#,
        inches(w),
        inches(h + strip),
        h + strip,
    );
    if strip > 0.0 {
        let u = sheet.unit();
        let _ = write!(out, r#"<rect width="{w}" height="{strip}" fill="{GROUND}"/>"#);
        words(&mut out, w / 2.0, strip / 2.0 + 7.0 * u, 20.0 * u, "middle", 600, sheet.title.trim());
    }
    let _ = write!(out, r#"<g transform="translate(0 {strip})">"#);
    if let Map::Embedded(png) = map {
        let _ = write!(
            out,
            r#"<image width="{w}" height="{h}" preserveAspectRatio="none" xlink:href="data:image/png;base64,{png}"/>"#
        );
        let _ = write!(out, r#"<clipPath id="map"><rect width="{w}" height="{h}"/></clipPath>"#);
        out.push_str(r#"<g clip-path="url(#map)" stroke-linejoin="round">"#);
        for shape in &sheet.shapes {
            self::shape(&mut out, shape);
        }
        out.push_str("</g>");
    }
    furniture(&mut out, sheet, w, h);
    out.push_str("</g></svg>");
    out
}

fn furniture(out: &mut String, sheet: &Sheet, w: f64, h: f64) {
    let u = sheet.unit();
    if !sheet.legend.is_empty() {
        legend(out, sheet, h, u);
    }
    if let Some(scale) = &sheet.scale {
        let (x1, y) = (w - 20.0 * u, h - 20.0 * u);
        let x0 = x1 - scale.length_px;
        panel(out, [x0 - 10.0 * u, y - 26.0 * u, scale.length_px + 20.0 * u, 36.0 * u], u);
        let t = 5.0 * u;
        let _ = write!(
            out,
            r#"<path d="M{x0:.2} {:.2}V{y:.2}H{x1:.2}V{:.2}" fill="none" stroke="{INK}" stroke-width="{:.2}"/>"#,
            y - t,
            y - t,
            1.5 * u,
        );
        words(out, f64::midpoint(x0, x1), y - 8.0 * u, 12.0 * u, "middle", 400, &scale.text);
    }
    if let Some(degrees) = sheet.north_deg {
        let (x, y) = (w - 36.0 * u, 40.0 * u);
        let _ = write!(
            out,
            r#"<circle cx="{x}" cy="{y}" r="{:.2}" fill="{GROUND}" fill-opacity="0.88"/>"#,
            26.0 * u
        );
        let _ = write!(
            out,
            r#"<g transform="translate({x} {y}) rotate({degrees:.3}) scale({u})"><path d="M0 -10L8 18L0 11L-8 18Z" fill="{GROUND}" stroke="{INK}" stroke-width="1.5" stroke-linejoin="round"/><path d="M0 -10L8 18L0 11Z" fill="{INK}"/>"#
        );
        words(out, 0.0, -12.0, 11.0, "middle", 600, "N");
        out.push_str("</g>");
    }
    if !sheet.credit.is_empty() {
        let text = cut(&sheet.credit, 160);
        let wide = width(&text, 9.0 * u);
        // The legend stands at the left; thanks go to the middle of the lower edge.
        panel(out, [w / 2.0 - wide / 2.0 - 4.0 * u, h - 15.0 * u, wide + 8.0 * u, 15.0 * u], u);
        words(out, w / 2.0, h - 4.0 * u, 9.0 * u, "middle", 400, &text);
    }
}

fn legend(out: &mut String, sheet: &Sheet, h: f64, u: f64) {
    let mut lines: Vec<&LegendLine> = sheet.legend.iter().take(LINES).collect();
    let height_of = |line: &LegendLine| if matches!(line, LegendLine::Ramp { .. }) { 46.0 } else { 20.0 };
    // On a low picture what does not fit is left out from the end.
    while lines.len() > 1 && lines.iter().map(|l| height_of(l)).sum::<f64>() * u + 36.0 * u > h {
        lines.pop();
    }
    let name = |line: &LegendLine| match line {
        LegendLine::Class { name, .. } | LegendLine::Ramp { name, .. } => cut(name, LETTERS),
    };
    let widest = lines.iter().map(|l| width(&name(l), 12.0 * u)).fold(120.0 * u, f64::max);
    let height = lines.iter().map(|l| height_of(l)).sum::<f64>() * u + 12.0 * u;
    let (x, mut y) = (20.0 * u, h - 20.0 * u - height + 6.0 * u);
    panel(out, [x - 10.0 * u, y - 6.0 * u, widest + 52.0 * u, height], u);
    for (i, line) in lines.into_iter().enumerate() {
        let base = y + 14.0 * u;
        match line {
            LegendLine::Class { color, hatch, .. } => {
                let fill = format!("fill=\"{}\" fill-opacity=\"0.35\"", hex(*color));
                let _ = write!(
                    out,
                    r#"<rect x="{x}" y="{:.2}" width="{:.2}" height="{:.2}" {fill} stroke="{}" stroke-width="{:.2}"/>"#,
                    y + 3.0 * u,
                    20.0 * u,
                    14.0 * u,
                    hex(*color),
                    1.5 * u,
                );
                hatching(out, *hatch, [x, y + 3.0 * u, 20.0 * u, 14.0 * u], *color, u);
                words(out, x + 28.0 * u, base, 12.0 * u, "start", 400, &name(line));
            }
            LegendLine::Ramp { colors, low, high, .. } => {
                words(out, x, base, 12.0 * u, "start", 400, &name(line));
                ramp(out, i, colors, [x, y + 19.0 * u, widest + 28.0 * u, 10.0 * u]);
                words(out, x, y + 41.0 * u, 10.0 * u, "start", 400, low);
                words(out, x + widest + 28.0 * u, y + 41.0 * u, 10.0 * u, "end", 400, high);
            }
        }
        y += height_of(line) * u;
    }
}

fn ramp(out: &mut String, number: usize, colors: &[[u8; 3]], [x, y, w, h]: [f64; 4]) {
    let _ = write!(out, r#"<linearGradient id="ramp{number}">"#);
    let last = colors.len().saturating_sub(1).max(1);
    let step = (colors.len() / 32).max(1);
    for (i, color) in colors.iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last) {
        let _ = write!(out, r#"<stop offset="{:.4}" stop-color="{}"/>"#, i as f64 / last as f64, hex(*color));
    }
    let _ = write!(
        out,
        r#"</linearGradient><rect x="{x:.2}" y="{y:.2}" width="{w:.2}" height="{h:.2}" fill="url(#ramp{number})"/>"#
    );
}

/// The pattern of a class, as lines within its swatch.
pub(crate) fn hatching(out: &mut String, hatch: Hatch, [x, y, w, h]: [f64; 4], color: [u8; 3], u: f64) {
    let step = 5.0 * u;
    let mut path = String::new();
    let mut line = |a: (f64, f64), b: (f64, f64)| {
        let _ = write!(path, "M{:.2} {:.2}L{:.2} {:.2}", x + a.0, y + a.1, x + b.0, y + b.1);
    };
    let starts: Vec<f64> = (0..(w / step) as u32).map(|i| f64::from(i) * step).collect();
    for from in &starts {
        // As far to the right as the swatch is high, and no farther than its edge.
        let to = (from + h).min(w);
        if matches!(hatch, Hatch::Diagonal | Hatch::Cross) {
            line((*from, h), (to, h - (to - from)));
        }
        if matches!(hatch, Hatch::BackDiagonal | Hatch::Cross) {
            line((*from, 0.0), (to, to - from));
        }
        if hatch == Hatch::Vertical {
            line((from + step / 2.0, 0.0), (from + step / 2.0, h));
        }
        if hatch == Hatch::Dots {
            line((from + step / 2.0, h / 2.0), (from + step / 2.0, h / 2.0 + u));
        }
    }
    if hatch == Hatch::Horizontal {
        for share in [1.0 / 3.0, 2.0 / 3.0] {
            line((0.0, share * h), (w, share * h));
        }
    }
    if !path.is_empty() {
        let _ =
            write!(out, r#"<path d="{path}" fill="none" stroke="{}" stroke-width="{u:.2}"/>"#, hex(color));
    }
}

/// A region: its casing below its line.
fn shape(out: &mut String, shape: &ShapeScene) {
    let mut path = String::new();
    for ring in &shape.rings {
        let sound = ring.iter().filter(|p| p[0].is_finite() && p[1].is_finite());
        for (i, [x, y]) in sound.enumerate() {
            let _ = write!(path, "{}{x:.2} {y:.2}", if i == 0 { 'M' } else { 'L' });
        }
        if shape.closed && !ring.is_empty() {
            path.push('Z');
        }
    }
    let style = &shape.style;
    if style.casing_px > 0.0 && style.casing[3] > 0 {
        let width = style.width_px + 2.0 * style.casing_px;
        let (color, opacity) = paint(style.casing);
        let _ = write!(
            out,
            r#"<path d="{path}" fill="none" stroke="{color}" stroke-opacity="{opacity:.3}" stroke-width="{width:.2}"/>"#
        );
    }
    let (line, line_opacity) = paint(style.outline);
    let (fill, fill_opacity) = paint(style.fill);
    let fill = if shape.closed && style.fill[3] > 0 { fill } else { "none".to_owned() };
    let dashes = if style.dashed {
        format!(r#" stroke-dasharray="{0:.1} {0:.1}""#, 4.0 * style.width_px)
    } else {
        String::new()
    };
    let _ = write!(
        out,
        r#"<path d="{path}" fill="{fill}" fill-opacity="{fill_opacity:.3}" fill-rule="evenodd" stroke="{line}" stroke-opacity="{line_opacity:.3}" stroke-width="{:.2}"{dashes}/>"#,
        style.width_px,
    );
}

fn paint([r, g, b, a]: [u8; 4]) -> (String, f64) {
    (hex([r, g, b]), f64::from(a) / 255.0)
}

pub(crate) fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The ground under words.
fn panel(out: &mut String, [x, y, w, h]: [f64; 4], u: f64) {
    let _ = write!(
        out,
        r#"<rect x="{x:.2}" y="{y:.2}" width="{w:.2}" height="{h:.2}" rx="{:.2}" fill="{GROUND}" fill-opacity="0.88"/>"#,
        3.0 * u,
    );
}

fn words(out: &mut String, x: f64, y: f64, size: f64, anchor: &str, weight: u32, text: &str) {
    let _ = write!(
        out,
        r#"<text x="{x:.2}" y="{y:.2}" font-family="Inter, sans-serif" font-size="{size:.2}" font-weight="{weight}" text-anchor="{anchor}" fill="{INK}">{}</text>"#,
        escaped(text),
    );
}

/// About how wide words are: letters of the font are 0.56 of its size in the mean.
fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.58
}

pub(crate) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters - 1).chain(['…']).collect()
}

/// Safe in XML: what it forbids is left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_user_cannot_break_out() {
        assert_eq!(escaped("a<b>&\"\u{0}c"), "a&lt;b&gt;&amp;&quot;c");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
