//! Icons: code points of the Phosphor font, only those in use.

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $code;)*

        /// Every icon in use, for the test that the font has them all.
        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $code)),*];
    };
}

icons! {
    SELECT = "\u{E1DC}";
    FAST_FORWARD = "\u{E6A6}";
    PAN = "\u{E298}";
    POLYGON = "\u{E6D0}";
    RECTANGLE = "\u{E3F0}";
    PENCIL = "\u{E3AE}";
    BOX = "\u{E6CE}";
    BRUSH = "\u{E6F0}";
    WAND = "\u{E6B6}";
    TEACH = "\u{E6C8}";
    FLOOD = "\u{E392}";
    CUT = "\u{EAE0}";
    ALIGN = "\u{E092}";
    RELATE = "\u{E6EC}";
    CUT_OUT = "\u{EBD6}";
    LASSO = "\u{EDC6}";
    TURNED_BOX = "\u{E1EC}";
    ELLIPSE = "\u{E18A}";
    FREEHAND = "\u{E662}";
    LINE = "\u{E6D4}";
    POINT = "\u{E316}";
    STAMP = "\u{EA48}";
    SIMPLIFY = "\u{E39C}";
    WIDEN = "\u{ED6E}";
    MEASURE = "\u{E6B8}";
    EYE = "\u{E220}";
    EYE_OFF = "\u{E224}";
    LAYERS = "\u{E466}";
    SEARCH = "\u{E30C}";
    SETTINGS = "\u{E270}";
    MEMBER = "\u{E4C4}";
    CARET_DOWN = "\u{E136}";
    CARET_UP = "\u{E13C}";
    CARET_RIGHT = "\u{E13A}";
    PLUS = "\u{E3D4}";
    MINUS = "\u{E32A}";
    MORE = "\u{E1FE}";
    DELETE = "\u{E4A6}";
    UNDO = "\u{E038}";
    REDO = "\u{E036}";
    FIT = "\u{E1D0}";
    CHECK = "\u{E182}";
    DONE = "\u{E184}";
    WARNING = "\u{E4E0}";
    ERROR = "\u{E4E2}";
    INFO = "\u{E2CE}";
    CLOSE = "\u{E4F6}";
    STOP = "\u{E46C}";
    OPEN = "\u{E256}";
    NEW = "\u{E236}";
    SAVE = "\u{E248}";
    KEYBOARD = "\u{E2D8}";
    COMMAND = "\u{E1C4}";
    THEME_LIGHT = "\u{E472}";
    THEME_DARK = "\u{E330}";
    GPU = "\u{E612}";
    BUSY = "\u{EB44}";
    MAP = "\u{E31A}";
    TAG = "\u{E478}";
    NEXT = "\u{E06C}";
    PREVIOUS = "\u{E058}";
    COPY = "\u{E1CA}";
    IMAGE = "\u{E2CA}";
    LOCK = "\u{E2FA}";
    LOCK_OPEN = "\u{E306}";
    HELP = "\u{E3E8}";
    DOWNLOAD = "\u{E20C}";
    UPLOAD = "\u{E4C0}";
    OFFLINE = "\u{E1B6}";
    DISPUTED = "\u{E244}";
    BANDS = "\u{E434}";
    MODEL = "\u{E6A2}";
    CLICK = "\u{E7C8}";
    VOTE = "\u{EA32}";
    SPECTRUM = "\u{E154}";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_icon_is_in_the_font_and_named_once() {
        let ctx = egui::Context::default();
        crate::fonts::install(&ctx);
        let mut missing = Vec::new();
        ctx.begin_pass(egui::RawInput::default());
        let id = egui::FontId::new(16.0, crate::fonts::icon_family());
        ctx.fonts_mut(|fonts| {
            for (name, code) in ALL {
                if !fonts.has_glyphs(&id, code) {
                    missing.push(*name);
                }
            }
        });
        ctx.end_pass().textures_delta.clear();
        assert!(missing.is_empty(), "not in the font: {missing:?}");
        let mut codes: Vec<_> = ALL.iter().map(|(_, code)| code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|w| w[0] != w[1]), "two names for one icon");
    }
}
