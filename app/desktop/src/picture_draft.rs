//! What “Save picture…” has been told so far.

use std::path::{Path, PathBuf};

use jobs::JobId;
use picture::sheet::Format;

/// Which part of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    View,
    Everything,
    Selection,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::View, Self::Everything, Self::Selection];

    pub fn text(self) -> &'static str {
        match self {
            Self::View => "This view",
            Self::Everything => "Everything",
            Self::Selection => "The selection",
        }
    }
}

/// What the dialog says.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureDraft {
    /// Where to; its ending says in which form.
    pub path: String,
    pub part: Part,
    /// Width of the picture in pixels; its height follows from what it shows.
    pub width_px: u32,
    /// Pixels to the inch on paper.
    pub dpi: f64,
    pub title: String,
    pub legend: bool,
    pub scale_bar: bool,
    pub north_arrow: bool,
    pub regions: bool,
    /// The job that draws and writes it.
    pub running: Option<JobId>,
    pub trouble: Option<String>,
}

impl PictureDraft {
    /// The first proposal: what the map shows, at twice its size, for print.
    pub fn new(folder: &Path, title: &str, map_px: u32) -> Self {
        let name: String = title.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let name = if name.trim_matches('-').is_empty() { "map".to_owned() } else { name };
        Self {
            path: folder.join(name).with_extension("png").display().to_string(),
            part: Part::View,
            width_px: (map_px * 2).clamp(64, 20_000),
            dpi: 300.0,
            title: String::new(),
            legend: true,
            scale_bar: true,
            north_arrow: true,
            regions: true,
            running: None,
            trouble: None,
        }
    }

    /// The form that the file name asks for.
    pub fn form(&self) -> Option<Format> {
        Format::of(Path::new(self.path.trim()))
    }

    /// The same name with another ending.
    pub fn set_form(&mut self, form: Format) {
        let path = PathBuf::from(self.path.trim());
        self.path = path.with_extension(form.ending()).display().to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_ending_of_the_name() {
        let mut draft = PictureDraft::new(Path::new("/maps"), "Joplin / west", 900);
        assert_eq!(draft.path, "/maps/Joplin---west.png");
        assert_eq!((draft.form(), draft.width_px), (Some(Format::Png), 1800));
        draft.set_form(Format::Pdf);
        assert_eq!(draft.path, "/maps/Joplin---west.pdf");
        draft.path = "/maps/x.TIFF".into();
        assert_eq!(draft.form(), Some(Format::Tiff));
        draft.path = "/maps/x".into();
        assert_eq!(draft.form(), None);
    }
}
