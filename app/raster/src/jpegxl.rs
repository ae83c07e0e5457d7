//! JPEG XL: one still picture, as a file of its own or in a chunk of a TIFF. Colours and channels of any
//! kind come as numbers of their own size.

use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, ExtraChannelType, JxlImage, JxlThreadPool};

use crate::codec::guard::{damaged, guarded};
use crate::error::Fault;
use crate::samples::{SampleBuffer, SampleType};

/// A bare codestream, and one in boxes.
const BARE: &[u8] = b"\xff\x0a";
const BOXED: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n";
/// Memory besides the picture itself.
const SPARE_BYTES: u64 = 16 << 20;

/// True where bytes begin as a JPEG XL file does. Two bytes are a weak sign: what follows decides.
pub(crate) fn is_one(head: &[u8]) -> bool {
    head.starts_with(BOXED) || head.starts_with(BARE)
}

/// True where the sign is strong enough to say that a file that cannot be read is a damaged one.
pub(crate) fn is_surely_one(head: &[u8]) -> bool {
    head.starts_with(BOXED)
}

/// What a picture is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1 for grey, 3 for red, green and blue.
    pub(crate) colors: usize,
    /// For each further channel, whether it is alpha.
    pub(crate) extra: Vec<bool>,
    pub(crate) bits: u32,
    pub(crate) is_float: bool,
}

impl Shape {
    pub(crate) fn samples(&self) -> usize {
        self.colors + self.extra.len()
    }

    pub(crate) fn kind(&self) -> SampleType {
        match (self.is_float, self.bits) {
            (true, _) | (_, 17..) => SampleType::F32,
            (false, ..=8) => SampleType::U8,
            (false, _) => SampleType::U16,
        }
    }

    /// Name of the type in the file, as in `uint8` or `float32`.
    pub(crate) fn dtype(&self) -> String {
        format!("{}{}", if self.is_float { "float" } else { "uint" }, self.bits)
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// An open picture whose header has been read.
pub(crate) struct Picture {
    image: JxlImage,
    pub(crate) shape: Shape,
}

/// Reads the header, with no more memory than `budget` bytes.
pub(crate) fn open(packed: &[u8], budget: u64) -> Result<Picture, Fault> {
    guarded("JPEG XL", || {
        let tracker = AllocTracker::with_limit(budget as usize);
        let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker);
        let image = builder.read(packed).map_err(|e| damaged("JPEG XL", &e))?;
        let metadata = &image.image_header().metadata;
        let (bits, is_float) = match metadata.bit_depth {
            BitDepth::IntegerSample { bits_per_sample } => (bits_per_sample, false),
            BitDepth::FloatSample { bits_per_sample, .. } => (bits_per_sample, true),
        };
        let extra = metadata.ec_info.iter().map(|c| matches!(c.ty, ExtraChannelType::Alpha { .. })).collect();
        let colors = if image.pixel_format().is_grayscale() { 1 } else { 3 };
        let shape = Shape { width: image.width(), height: image.height(), colors, extra, bits, is_float };
        if !is_float && bits > 16 {
            return Err(Fault::unsupported(format!("JPEG XL samples of {bits} bits are not read")));
        }
        Ok(Picture { image, shape })
    })
}

/// Refuses a picture that decoding would take too much memory for: its channels as floats three times.
pub(crate) fn check_cost(shape: &Shape, budget: u64) -> Result<(), Fault> {
    let bytes = shape.pixels().saturating_mul(shape.samples() as u64).saturating_mul(12);
    if bytes.saturating_add(SPARE_BYTES) > budget {
        let (w, h) = (shape.width, shape.height);
        return Err(Fault::too_large(format!(
            "its {w}×{h} pixels of JPEG XL need {} MB at once",
            bytes >> 20
        )));
    }
    Ok(())
}

impl Picture {
    /// The Exif block that the file holds besides.
    pub(crate) fn exif(&self) -> Option<Vec<u8>> {
        let found = self.image.aux_boxes().first_exif().ok()?;
        let jxl_oxide::AuxBoxData::Data(exif) = found else { return None };
        exif.payload().get(exif.tiff_header_offset() as usize..).map(<[u8]>::to_vec)
    }

    /// All channels, pixel after pixel.
    pub(crate) fn decode(&self) -> Result<SampleBuffer, Fault> {
        guarded("JPEG XL", || {
            let render = self.image.render_frame(0).map_err(|e| damaged("JPEG XL", &e))?;
            let found = render.image_all_channels();
            let (samples, shape) = (self.shape.samples(), &self.shape);
            let fits = found.width() == shape.width as usize
                && found.height() == shape.height as usize
                && found.channels() == samples;
            if !fits {
                return Err(Fault::damaged("the JPEG XL data have other channels than their header says"));
            }
            let largest = ((1_u32 << shape.bits.min(16)) - 1) as f32;
            let whole = |n: &f32| (n * largest).round().clamp(0.0, largest);
            Ok(match shape.kind() {
                SampleType::U8 => SampleBuffer::U8(found.buf().iter().map(|n| whole(n) as u8).collect()),
                SampleType::U16 => SampleBuffer::U16(found.buf().iter().map(|n| whole(n) as u16).collect()),
                _ => SampleBuffer::F32(found.buf().to_vec()),
            })
        })
    }
}
