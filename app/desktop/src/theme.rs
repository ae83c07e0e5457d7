//! The theme: tokens of `assets/theme.toml`, and how egui is dressed in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::style::{Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, vec2};
use serde::Deserialize;

use crate::fonts;

const BUILT_IN: &str = include_str!("../../../assets/theme.toml");

/// Why a theme file is refused.
#[derive(Debug, thiserror::Error)]
#[error("the theme file is not usable: {0}")]
pub struct ThemeError(String);

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Dark,
    Light,
}

/// Colours of one mode. The names say what they are for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    pub canvas: Rgba,
    pub panel: Rgba,
    pub raised: Rgba,
    pub hover: Rgba,
    pub line: Rgba,
    pub outline: Rgba,
    pub text: Rgba,
    pub muted: Rgba,
    pub disabled: Rgba,
    pub accent: Rgba,
    pub on_accent: Rgba,
    pub selection: Rgba,
    pub success: Rgba,
    pub warning: Rgba,
    pub danger: Rgba,
    pub on_danger: Rgba,
    pub shadow: Rgba,
    pub channel_red: Rgba,
    pub channel_green: Rgba,
    pub channel_blue: Rgba,
    pub map_ink: Rgba,
    pub map_casing: Rgba,
    /// Lines of a plot that are told apart by colour.
    pub series: [Rgba; 8],
}

/// A colour as the file writes it: `#rrggbb` or `#rrggbbaa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rgba(pub Color32);

impl TryFrom<String> for Rgba {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Color32::from_hex(&text).map(Self).map_err(|_| format!("`{text}` is not a colour"))
    }
}

impl std::ops::Deref for Rgba {
    type Target = Color32;

    fn deref(&self) -> &Color32 {
        &self.0
    }
}

/// Text and icon sizes in points.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    pub small: f32,
    pub body: f32,
    pub title: f32,
    pub display: f32,
    pub icon: f32,
    pub icon_large: f32,
}

/// Distances in points.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spaces {
    pub xs: f32,
    pub s: f32,
    pub m: f32,
    pub l: f32,
    pub xl: f32,
}

/// Heights, widths and radii in points.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shapes {
    pub radius: u8,
    pub row: f32,
    pub row_roomy: f32,
    pub control: f32,
    pub tool: f32,
    pub top_bar: f32,
    pub status_bar: f32,
    pub next_panel: f32,
    pub next_folded: f32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Motion {
    open_s: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dark: Palette,
    light: Palette,
    size: Sizes,
    space: Spaces,
    shape: Shapes,
    motion: Motion,
}

/// The theme in one mode: what every widget of the program takes colours and sizes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    pub mode: Mode,
    pub color: Palette,
    pub size: Sizes,
    pub space: Spaces,
    pub shape: Shapes,
    open_s: f32,
}

impl Theme {
    /// The theme that the program was built with.
    pub fn built_in(mode: Mode) -> Self {
        match Self::from_toml(BUILT_IN, mode) {
            Ok(theme) => theme,
            // The file is compiled in and a test reads it, so this cannot be met by a user.
            Err(error) => unreachable!("{error}"),
        }
    }

    /// Reads a theme file's text.
    pub fn from_toml(text: &str, mode: Mode) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|e| ThemeError(e.message().to_owned()))?;
        let File { dark, light, size, space, shape, motion } = file;
        let color = match mode {
            Mode::Dark => dark,
            Mode::Light => light,
        };
        Ok(Self { mode, color, size, space, shape, open_s: motion.open_s })
    }

    /// A one-pixel line.
    pub fn hairline(&self) -> Stroke {
        Stroke::new(1.0, *self.color.line)
    }

    /// Corner radius of everything that has corners.
    pub fn radius(&self) -> CornerRadius {
        CornerRadius::same(self.shape.radius)
    }

    /// The theme that a context was dressed in last; the built-in one before that.
    pub fn of(ctx: &egui::Context) -> Arc<Self> {
        ctx.data(|data| data.get_temp(egui::Id::NULL))
            .unwrap_or_else(|| Arc::new(Self::built_in(Mode::default())))
    }

    /// Dresses egui.
    pub fn apply(&self, ctx: &egui::Context, reduce_motion: bool) {
        ctx.data_mut(|data| data.insert_temp(egui::Id::NULL, Arc::new(self.clone())));
        let theme = match self.mode {
            Mode::Dark => egui::Theme::Dark,
            Mode::Light => egui::Theme::Light,
        };
        ctx.set_theme(theme);
        let mut style = egui::Style::clone(&ctx.style_of(theme));
        style.text_styles = self.text_styles();
        style.drag_value_text_style = TextStyle::Monospace;
        style.animation_time = if reduce_motion { 0.0 } else { self.open_s };
        style.visuals = self.visuals();
        style.interaction.tooltip_delay = 0.4;
        style.interaction.selectable_labels = false;
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(self.space.s, self.space.xs);
        spacing.button_padding = vec2(self.space.s, 3.0);
        spacing.interact_size = vec2(self.shape.control, self.shape.control);
        spacing.menu_margin = Margin::same(4);
        spacing.window_margin = Margin::same(self.space.l as i8);
        spacing.icon_width = 16.0;
        spacing.icon_width_inner = 10.0;
        spacing.icon_spacing = 6.0;
        spacing.combo_width = 64.0;
        spacing.slider_rail_height = 3.0;
        spacing.tooltip_width = 320.0;
        spacing.scroll = egui::style::ScrollStyle::thin();
        ctx.set_style_of(theme, style);
    }

    fn text_styles(&self) -> BTreeMap<TextStyle, FontId> {
        [
            (TextStyle::Small, fonts::body(self.size.small)),
            (TextStyle::Body, fonts::body(self.size.body)),
            (TextStyle::Button, fonts::body(self.size.body)),
            (TextStyle::Heading, fonts::semibold(self.size.title)),
            (TextStyle::Monospace, FontId::new(self.size.body - 1.0, FontFamily::Monospace)),
        ]
        .into()
    }

    fn visuals(&self) -> egui::Visuals {
        let c = &self.color;
        let (base, shadow_offset) = match self.mode {
            Mode::Dark => (egui::Visuals::dark(), 6),
            Mode::Light => (egui::Visuals::light(), 4),
        };
        let shadow = Shadow { offset: [0, shadow_offset], blur: 18, spread: 0, color: *c.shadow };
        egui::Visuals {
            weak_text_color: Some(*c.muted),
            widgets: self.widgets(),
            selection: Selection { bg_fill: *c.selection, stroke: Stroke::new(1.0, *c.text) },
            hyperlink_color: *c.accent,
            faint_bg_color: *c.raised,
            extreme_bg_color: *c.canvas,
            text_edit_bg_color: Some(*c.raised),
            code_bg_color: *c.raised,
            warn_fg_color: *c.warning,
            error_fg_color: *c.danger,
            window_corner_radius: CornerRadius::same(self.shape.radius + 2),
            menu_corner_radius: CornerRadius::same(self.shape.radius + 2),
            window_shadow: shadow,
            popup_shadow: shadow,
            window_fill: *c.panel,
            window_stroke: self.hairline(),
            panel_fill: *c.panel,
            window_highlight_topmost: false,
            slider_trailing_fill: true,
            handle_shape: egui::style::HandleShape::Circle,
            indent_has_left_vline: false,
            image_loading_spinners: false,
            disabled_alpha: 0.45,
            ..base
        }
    }

    fn widgets(&self) -> Widgets {
        let c = &self.color;
        let of = |fill: Color32, edge: Stroke, ink: Color32| WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: edge,
            corner_radius: self.radius(),
            fg_stroke: Stroke::new(1.0, ink),
            expansion: 0.0,
        };
        let edge = |color: Color32| Stroke::new(1.0, color);
        Widgets {
            noninteractive: of(*c.panel, self.hairline(), *c.text),
            inactive: of(*c.raised, edge(*c.line), *c.text),
            hovered: of(*c.hover, edge(*c.outline), *c.text),
            active: of(*c.hover, edge(*c.accent), *c.text),
            open: of(*c.hover, edge(*c.outline), *c.text),
        }
    }
}

/// Re-reads the theme file while the program runs, in debug builds only.
#[derive(Debug, Default)]
pub struct HotReload {
    seen: Option<std::time::SystemTime>,
}

impl HotReload {
    /// The theme of the file in the source tree when it changed since the last call.
    pub fn poll(&mut self, mode: Mode) -> Option<Result<Theme, ThemeError>> {
        if !cfg!(debug_assertions) {
            return None;
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/theme.toml");
        let changed = std::fs::metadata(path).and_then(|m| m.modified()).ok()?;
        let first = self.seen.is_none();
        if self.seen.replace(changed) == Some(changed) || first {
            return None;
        }
        let text = std::fs::read_to_string(path).ok()?;
        Some(Theme::from_toml(&text, mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_and_controls_stand_out_from_their_ground_in_both_modes() {
        for mode in [Mode::Dark, Mode::Light] {
            let c = Theme::built_in(mode).color;
            let grounds = [("panel", c.panel), ("raised", c.raised), ("hover", c.hover)];
            let inks = [
                ("text", c.text),
                ("muted", c.muted),
                ("accent", c.accent),
                ("success", c.success),
                ("warning", c.warning),
                ("danger", c.danger),
            ];
            for (ground_name, ground) in grounds {
                for (ink_name, ink) in inks {
                    let ratio = contrast(*ink, *ground);
                    assert!(ratio >= 4.5, "{mode:?}: {ink_name} on {ground_name} has {ratio:.2}:1");
                }
                let ratio = contrast(*c.outline, *ground);
                assert!(ratio >= 3.0, "{mode:?}: outline on {ground_name} has {ratio:.2}:1");
            }
            let pairs = [(c.on_accent, c.accent), (c.on_danger, c.danger), (c.text, c.selection)];
            for (ink, ground) in pairs.map(|(a, b)| (*a, *b)) {
                assert!(contrast(ink, ground) >= 4.5, "{mode:?}: {ink:?} on {ground:?}");
            }
            let ratio = contrast(*c.outline, *c.canvas);
            assert!(ratio >= 3.0, "{mode:?}: outline on canvas has {ratio:.2}:1");
        }
    }

    #[test]
    fn neutrals_around_imagery_have_hardly_any_hue() {
        for mode in [Mode::Dark, Mode::Light] {
            let c = Theme::built_in(mode).color;
            for color in [c.canvas, c.panel, c.raised, c.hover, c.line] {
                let [r, g, b, _] = color.to_array();
                assert!(r.max(g).max(b) - r.min(g).min(b) <= 10, "{mode:?}: {color:?} is tinted");
            }
        }
    }

    #[test]
    fn a_theme_with_a_broken_colour_says_which() {
        let text = BUILT_IN.replacen("#111214", "blue-ish", 1);
        let error = Theme::from_toml(&text, Mode::Dark).expect_err("refused").to_string();
        assert!(error.contains("blue-ish"), "{error}");
    }
}
