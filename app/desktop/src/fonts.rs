//! The fonts of the window, compiled in so that a picture is the same on every machine.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily, FontId};

const FONTS: [(&str, &[u8]); 5] = [
    ("Inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
    ("Inter Medium", include_bytes!("../../../assets/fonts/Inter-Medium.otf")),
    ("Inter SemiBold", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
    ("JetBrains Mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ("Phosphor", include_bytes!("../../../assets/fonts/Phosphor.ttf")),
];

/// The font of words on the map.
pub const MAP_LABELS: &[u8] = FONTS[1].1;

/// The fonts of saved pictures: of words, and of the title.
pub const FOR_PICTURES: [&[u8]; 2] = [FONTS[0].1, FONTS[2].1];

/// The family of icons; see [`crate::icons`].
pub fn icon_family() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Text a little stronger than body text: buttons, tabs, headings of sections.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("medium".into()))
}

/// The strongest text: titles.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

/// Numbers that stand in columns or change while one looks at them.
pub fn mono(size: f32) -> FontId {
    FontId::monospace(size)
}

/// Body text.
pub fn body(size: f32) -> FontId {
    FontId::proportional(size)
}

/// An icon.
pub fn icon(size: f32) -> FontId {
    FontId::new(size, icon_family())
}

/// Makes the fonts known to egui. Every family ends in the icons and the mono font, so that a stray
/// arrow or sign is drawn rather than a box.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in FONTS {
        let mut font = FontData::from_static(bytes);
        // The gap between groups of digits must be seen.
        font.tweak.thin_space_width = 0.7;
        fonts.font_data.insert(name.to_owned(), Arc::new(font));
    }
    let family = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let sans = family(&["Inter", "Phosphor", "JetBrains Mono"]);
    fonts.families.insert(FontFamily::Proportional, sans);
    fonts.families.insert(FontFamily::Monospace, family(&["JetBrains Mono", "Inter", "Phosphor"]));
    fonts
        .families
        .insert(FontFamily::Name("medium".into()), family(&["Inter Medium", "Phosphor", "JetBrains Mono"]));
    fonts.families.insert(
        FontFamily::Name("semibold".into()),
        family(&["Inter SemiBold", "Phosphor", "JetBrains Mono"]),
    );
    fonts.families.insert(icon_family(), family(&["Phosphor"]));
    ctx.set_fonts(fonts);
}
