//! Pages of cards as files: one PDF, or a PNG for each page.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use image::codecs::jpeg::JpegEncoder;
use paper::Leaves;
use renderer::RgbaImage;
use svg2pdf::usvg;

use super::page::{Around, Card, Layout, svg};
use crate::sheet::write::{keep, lay_over, png, tree};
use crate::sheet::{Format, MOST_PIXELS, SheetError};

/// Of pictures in a PDF and in bundles: what one judges by must not be lost.
const QUALITY: u8 = 90;

/// How pages are made.
#[derive(Clone, Debug)]
pub struct Printing {
    pub layout: Layout,
    pub around: Around,
    /// Pixels to the inch.
    pub dpi: f64,
    /// Fonts in TrueType or OpenType; the first is for words.
    pub fonts: Vec<&'static [u8]>,
}

impl Printing {
    fn px(&self, mm: f64) -> u32 {
        (mm / 25.4 * self.dpi).round().clamp(1.0, 1e6) as u32
    }

    /// Width and height of a view in pixels.
    pub fn view_px(&self) -> [u32; 2] {
        self.layout.view_mm.map(|mm| self.px(mm))
    }

    /// A page as pixels.
    pub fn page(&self, cards: &[Card], of: (usize, usize)) -> Result<RgbaImage, SheetError> {
        let [width, height] = self.layout.page_mm.map(|mm| self.px(mm));
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(SheetError::Size(width, height));
        }
        let mut page = RgbaImage { width, height, pixels: vec![255; width as usize * height as usize * 4] };
        for (slot, card) in cards.iter().enumerate() {
            for (i, view) in card.views.iter().enumerate() {
                let [x, y, ..] = self.layout.view_at(slot, i).map(|mm| self.px(mm));
                paste(&mut page, &view.image, [x, y]);
            }
        }
        let tree = tree(&self.fonts, &svg(&self.layout, &self.around, cards, of, |_, _| None))?;
        let mut over = resvg::tiny_skia::Pixmap::new(width, height).ok_or(SheetError::Size(width, height))?;
        let fit = resvg::tiny_skia::Transform::from_scale(
            width as f32 / tree.size().width(),
            height as f32 / tree.size().height(),
        );
        resvg::render(&tree, fit, &mut over.as_mut());
        lay_over(&mut page.pixels, over.data());
        Ok(page)
    }

    /// A page for a PDF, its words as text and its pictures as JPEG.
    fn tree(&self, cards: &[Card], of: (usize, usize)) -> Result<usvg::Tree, SheetError> {
        let mut pictures = Vec::with_capacity(cards.len());
        for card in cards {
            let views = card.views.iter().map(|view| {
                let packed = base64::engine::general_purpose::STANDARD.encode(jpeg(&view.image)?);
                Ok(format!("data:image/jpeg;base64,{packed}"))
            });
            pictures.push(views.collect::<Result<Vec<String>, SheetError>>()?);
        }
        let picture = |slot: usize, i: usize| Some(pictures.get(slot)?.get(i)?.clone());
        tree(&self.fonts, &svg(&self.layout, &self.around, cards, of, picture))
    }
}

/// A picture as JPEG; what is transparent is white.
pub fn jpeg(image: &RgbaImage) -> Result<Vec<u8>, SheetError> {
    let over = |color: u8, alpha: u8| {
        let (color, alpha) = (u32::from(color), u32::from(alpha));
        ((color * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let rgb: Vec<u8> = image
        .pixels
        .chunks_exact(4)
        .flat_map(|p| [over(p[0], p[3]), over(p[1], p[3]), over(p[2], p[3])])
        .collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(&rgb, image.width, image.height, image::ExtendedColorType::Rgb8)
        .map_err(|error| SheetError::Svg(error.to_string()))?;
    Ok(bytes)
}

fn paste(page: &mut RgbaImage, view: &RgbaImage, [x, y]: [u32; 2]) {
    let width = view.width.min(page.width.saturating_sub(x)) as usize * 4;
    for row in 0..view.height.min(page.height.saturating_sub(y)) {
        let from = row as usize * view.width as usize * 4;
        let to = ((y + row) as usize * page.width as usize + x as usize) * 4;
        page.pixels[to..to + width].copy_from_slice(&view.pixels[from..from + width]);
    }
}

/// Pages on their way into files. What was written goes again when it is dropped before its end.
#[derive(Debug)]
pub struct Pages {
    printing: Printing,
    path: PathBuf,
    count: usize,
    done: usize,
    pdf: Option<Leaves>,
    written: Vec<PathBuf>,
    finished: bool,
}

impl Pages {
    /// So many pages, in the form that the file name asks for.
    pub fn new(printing: Printing, path: &Path, count: usize) -> Result<Self, SheetError> {
        let pdf = match Format::of(path) {
            Some(Format::Pdf) => Some(Leaves::default()),
            Some(Format::Png) => None,
            _ => return Err(SheetError::PageEnding),
        };
        let path = path.to_owned();
        Ok(Self { printing, path, count, done: 0, pdf, written: Vec::new(), finished: false })
    }

    pub fn printing(&self) -> &Printing {
        &self.printing
    }

    /// Where a page goes: beside each other, numbered, where there are several PNGs.
    fn place(&self, page: usize) -> PathBuf {
        if self.count < 2 {
            return self.path.clone();
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let digits = self.count.to_string().len();
        self.path.with_file_name(format!("{stem}-{page:0digits$}.png"))
    }

    /// Adds the next page.
    pub fn add(&mut self, cards: &[Card]) -> Result<(), SheetError> {
        self.done += 1;
        let of = (self.done, self.count);
        if let Some(pdf) = &mut self.pdf {
            let size = self.printing.layout.page_mm.map(|mm| (mm / 25.4 * 72.0) as f32);
            return Ok(pdf.add(&[self.printing.tree(cards, of)?], size)?);
        }
        let place = self.place(self.done);
        let image = self.printing.page(cards, of)?;
        keep(&place, &png(&image, self.printing.dpi)?)?;
        self.written.push(place);
        Ok(())
    }

    /// The files, whole.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, SheetError> {
        if let Some(pdf) = self.pdf.take() {
            keep(&self.path, &pdf.finish(&self.printing.around.heading, &[]))?;
            self.written.push(self.path.clone());
        }
        self.finished = true;
        Ok(std::mem::take(&mut self.written))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        for path in self.written.iter().filter(|_| !self.finished) {
            // Half of the pages would pass for all of them; what cannot be removed is no worse than that.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::draw::View;
    use super::super::page::{Key, Line, Paper};
    use super::*;
    use crate::sheet::{Scale, Symbol};

    fn printing(per_page: usize) -> Printing {
        let red = Symbol { color: [200, 30, 30], hatch: renderer::Hatch::Cross };
        Printing {
            layout: Layout::new(Paper::A4, true, per_page, 2, 2),
            around: Around {
                heading: "Town".into(),
                note: "Journal 12".into(),
                keys: vec![Key { digit: "4".into(), name: "Destroyed".into(), symbol: red }],
                boxes: true,
            },
            dpi: 60.0,
            fonts: vec![include_bytes!("../../../../assets/fonts/Inter-Regular.otf")],
        }
    }

    fn card(number: usize, [width, height]: [u32; 2]) -> Card {
        let view = |color: [u8; 4]| View {
            title: "after".into(),
            image: RgbaImage { width, height, pixels: color.repeat((width * height) as usize) },
        };
        Card {
            number,
            title: format!("case-{number}"),
            views: vec![view([0, 90, 200, 255]), view([10, 160, 30, 255])],
            scale: Some(Scale { text: "5 m".into(), length_px: f64::from(width) / 3.0 }),
            lines: vec![Line { symbol: None, text: "Waiting for review".into() }],
        }
    }

    #[test]
    fn each_page_is_a_png_of_its_own_with_its_pictures_where_they_belong() {
        let folder = tempfile::tempdir().expect("folder");
        let printing = printing(4);
        let px = printing.view_px();
        let mut pages = Pages::new(printing.clone(), &folder.path().join("cards.png"), 2).expect("PNG");
        for page in 0..2 {
            let cards: Vec<Card> = (0..4).map(|i| card(page * 4 + i + 1, px)).collect();
            pages.add(&cards).expect("drawn");
        }
        let files = pages.finish().expect("written");
        let names: Vec<_> = files.iter().filter_map(|f| f.file_name()?.to_str()).collect();
        assert_eq!(names, ["cards-1.png", "cards-2.png"]);
        let read = image::open(&files[0]).expect("a picture").to_rgba8();
        let at = |slot: usize, view: usize| {
            let [x, y, w, h] = printing.layout.view_at(slot, view).map(|mm| mm / 25.4 * 60.0);
            read.get_pixel((x + w / 2.0) as u32, (y + h / 2.0) as u32).0
        };
        assert_eq!((at(0, 0), at(3, 1)), ([0, 90, 200, 255], [10, 160, 30, 255]));
    }

    #[test]
    fn a_pdf_has_every_page_and_the_size_of_the_paper() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("cards.pdf");
        let printing = printing(2);
        let px = printing.view_px();
        let mut pages = Pages::new(printing, &path, 3).expect("PDF");
        for page in 0..3 {
            pages.add(&[card(page + 1, px)]).expect("drawn");
        }
        assert_eq!(pages.finish().expect("written"), std::slice::from_ref(&path));
        let bytes = std::fs::read(&path).expect("read");
        assert!(bytes.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text.matches("/MediaBox").count(), 3);
        assert!(text.contains("/Count 3") && text.contains("841.8"), "landscape A4 in points");
        assert_eq!(text.matches("DCTDecode").count(), 6, "two pictures on each page");
    }

    #[test]
    fn what_is_given_up_leaves_no_file() {
        let folder = tempfile::tempdir().expect("folder");
        let printing = printing(1);
        let px = printing.view_px();
        let mut pages = Pages::new(printing.clone(), &folder.path().join("cards.png"), 2).expect("PNG");
        pages.add(&[card(1, px)]).expect("drawn");
        drop(pages);
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0);
        let odd = Pages::new(printing, &folder.path().join("cards.tif"), 1);
        assert!(matches!(odd, Err(SheetError::PageEnding)));
    }
}
