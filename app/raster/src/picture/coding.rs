//! PNG, JPEG, WebP and JPEG XL: what a packed picture is, and its pixels.

use std::io::Cursor;

use image::{ImageDecoder as _, ImageFormat, ImageReader, Limits};
use image_webp::WebPDecoder;

use crate::about::Domains;
use crate::codec::guard::{damaged, guarded};
use crate::describe::ColorRole;
use crate::error::Fault;
use crate::exif::{self, Remarks};
use crate::jpegxl;
use crate::samples::{SampleBuffer, SampleType};

/// How a picture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Png,
    Jpeg,
    WebP,
    JpegXl,
}

/// What a packed picture is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) roles: Vec<ColorRole>,
    pub(crate) kind: SampleType,
    /// Name of the type in the file.
    pub(crate) dtype: String,
    /// Of whole numbers.
    pub(crate) largest: Option<f64>,
    /// What a camera wrote into it.
    pub(crate) camera: Option<Remarks>,
}

impl Coding {
    /// By the first bytes of the file.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            head if jpegxl::is_one(head) => Some(Self::JpegXl),
            _ => None,
        }
    }

    /// GDAL's name of the format, short and in words.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Png => ("PNG", "Portable Network Graphics"),
            Self::Jpeg => ("JPEG", "JPEG JFIF"),
            Self::WebP => ("WEBP", "WEBP"),
            Self::JpegXl => ("JPEGXL", "JPEG-XL"),
        }
    }

    /// How pictures of this kind are stored, in the words of GDAL's `IMAGE_STRUCTURE` group.
    pub(crate) fn remarks(self, bands: usize) -> Domains {
        let mut domains = Domains::default();
        let mut set = |key, value| domains.set("IMAGE_STRUCTURE", key, value);
        if self == Self::Jpeg || bands > 1 {
            set("INTERLEAVE", "PIXEL");
        }
        if self == Self::Jpeg {
            set("COMPRESSION", "JPEG");
            if bands == 3 {
                set("SOURCE_COLOR_SPACE", "YCbCr");
            }
        }
        domains
    }

    /// The same of each band.
    pub(crate) fn remarks_of_bands(self) -> Domains {
        let mut domains = Domains::default();
        if self == Self::Jpeg {
            domains.set("IMAGE_STRUCTURE", "COMPRESSION", "JPEG");
        }
        domains
    }

    /// Reads the header. `budget` is the memory that its pixels may take in all.
    pub(crate) fn shape(self, packed: &[u8], budget: u64) -> Result<Shape, Fault> {
        let shape = match self {
            Self::Png | Self::Jpeg => self.usual_shape(packed, budget)?,
            Self::WebP => webp_shape(packed)?,
            Self::JpegXl => return jpegxl_shape(packed, budget),
        };
        Ok(Shape { camera: guarded("Exif", || Ok(exif::in_picture(packed))).ok().flatten(), ..shape })
    }

    fn usual_shape(self, packed: &[u8], budget: u64) -> Result<Shape, Fault> {
        let decoder = self.decoder(packed, budget)?;
        let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
        let is_wide = color.bytes_per_pixel() / color.channel_count() > 1;
        let kind = if is_wide { SampleType::U16 } else { SampleType::U8 };
        Ok(Shape::plain((width, height), usize::from(color.channel_count()), kind))
    }

    /// All samples, pixel after pixel.
    pub(crate) fn decode(self, packed: &[u8], shape: &Shape, budget: u64) -> Result<SampleBuffer, Fault> {
        let pixels = shape.width as usize * shape.height as usize;
        let mixed = || SampleBuffer::zeros(shape.kind, pixels * shape.roles.len());
        match self {
            Self::Png | Self::Jpeg => {
                let mut mixed = mixed();
                let decoder = self.decoder(packed, budget)?;
                guarded(self.names().0, || decoder.read_image(mixed.as_bytes_mut()).map_err(fault))?;
                Ok(mixed)
            }
            Self::WebP => {
                let mut mixed = mixed();
                guarded("WebP", || webp(packed)?.read_image(mixed.as_bytes_mut()).map_err(|e| bad_webp(&e)))?;
                Ok(mixed)
            }
            Self::JpegXl => {
                let decoded = jpegxl::open(packed, budget)?.decode()?;
                let fits = decoded.len() == pixels * shape.roles.len() && decoded.kind() == shape.kind;
                if fits { Ok(decoded) } else { Err(Fault::damaged("it changed while it was read")) }
            }
        }
    }

    fn decoder(self, packed: &[u8], budget: u64) -> Result<impl image::ImageDecoder, Fault> {
        let format = if self == Self::Png { ImageFormat::Png } else { ImageFormat::Jpeg };
        let mut reader = ImageReader::with_format(Cursor::new(packed), format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(budget);
        reader.limits(limits);
        reader.into_decoder().map_err(fault)
    }
}

impl Shape {
    /// Grey or colours, and alpha with an even number of samples.
    fn plain((width, height): (u32, u32), samples: usize, kind: SampleType) -> Self {
        let roles: &[ColorRole] = match samples {
            1 => &[ColorRole::Gray],
            2 => &[ColorRole::Gray, ColorRole::Alpha],
            3 => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue],
            _ => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha],
        };
        Self {
            width,
            height,
            roles: roles.to_vec(),
            kind,
            dtype: kind.name().into(),
            largest: Some(if kind == SampleType::U8 { 255.0 } else { 65535.0 }),
            camera: None,
        }
    }
}

fn bad_webp(error: &image_webp::DecodingError) -> Fault {
    damaged("WebP", error)
}

fn webp(packed: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, Fault> {
    let mut decoder = WebPDecoder::new(Cursor::new(packed)).map_err(|e| bad_webp(&e))?;
    if decoder.is_animated() {
        return Err(Fault::unsupported("moving WebP pictures are not read"));
    }
    let (width, height) = decoder.dimensions();
    decoder.set_memory_limit((width as usize * height as usize).saturating_mul(16).saturating_add(1 << 20));
    Ok(decoder)
}

fn webp_shape(packed: &[u8]) -> Result<Shape, Fault> {
    guarded("WebP", || {
        let decoder = webp(packed)?;
        let samples = if decoder.has_alpha() { 4 } else { 3 };
        Ok(Shape::plain(decoder.dimensions(), samples, SampleType::U8))
    })
}

fn jpegxl_shape(packed: &[u8], budget: u64) -> Result<Shape, Fault> {
    let picture = jpegxl::open(packed, budget)?;
    let found = &picture.shape;
    jpegxl::check_cost(found, budget)?;
    let mut shape = Shape::plain((found.width, found.height), found.colors, found.kind());
    let extra =
        found.extra.iter().map(|is_alpha| if *is_alpha { ColorRole::Alpha } else { ColorRole::Undefined });
    shape.roles.extend(extra);
    shape.dtype = found.dtype();
    shape.largest = (!found.is_float).then(|| 2_f64.powi(found.bits as i32) - 1.0);
    shape.camera = guarded("Exif", || Ok(picture.exif().and_then(exif::in_block))).ok().flatten();
    Ok(shape)
}

fn fault(error: image::ImageError) -> Fault {
    match error {
        image::ImageError::Limits(_) => Fault::too_large("it needs more memory than is granted"),
        image::ImageError::Unsupported(e) => Fault::unsupported(e),
        other => Fault::damaged(other.to_string().replace('\n', " ").trim_end_matches('.')),
    }
}
