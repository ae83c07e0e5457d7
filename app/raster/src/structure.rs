//! How a TIFF is stored, in the words of GDAL's `IMAGE_STRUCTURE` group.

use crate::about::Domains;
use crate::compression::Compression;
use crate::file::RandomFile;
use crate::layout::{Layout, NumberFormat, Photometric};

const DOMAIN: &str = "IMAGE_STRUCTURE";

/// Bytes that a writer of cloud-optimised files puts between the header and the first directory.
const GHOST_BYTES: u64 = 1024;

/// What is said about the whole image.
pub(crate) fn describe(file: &RandomFile, layout: &Layout, domains: &mut Domains) {
    let mut set = |key: &str, value: &str| domains.set(DOMAIN, key, value);
    set("INTERLEAVE", if layout.separate || layout.stored_bands() == 1 { "BAND" } else { "PIXEL" });
    let is_jpeg = layout.compression == Compression::Jpeg;
    let is_ycbcr = layout.photometric == Photometric::YCbCr;
    match layout.compression {
        Compression::None => {}
        _ if is_jpeg && is_ycbcr => {
            set("COMPRESSION", "YCbCr JPEG");
        }
        other => set("COMPRESSION", other.name()),
    }
    if matches!(layout.compression, Compression::Lerc | Compression::LercDeflate | Compression::LercZstd) {
        // The only version that is written into TIFF.
        set("LERC_VERSION", "2.4");
    }
    if is_ycbcr {
        set("SOURCE_COLOR_SPACE", "YCbCr");
    }
    if layout.photometric == Photometric::Cmyk && layout.samples >= 4 && layout.bits == 8 {
        set("SOURCE_COLOR_SPACE", "CMYK");
    }
    if layout.photometric == Photometric::CieLab {
        set("SOURCE_COLOR_SPACE", "CIELAB");
    }
    if layout.photometric == Photometric::MinIsWhite {
        set("MINISWHITE", "YES");
    }
    if layout.predictor > 1 && layout.compression.is_predicted() {
        set("PREDICTOR", &layout.predictor.to_string());
    }
    if is_cloud_optimised(file) {
        set("LAYOUT", "COG");
    }
}

/// What is said about each band.
pub(crate) fn describe_band(layout: &Layout, domains: &mut Domains) {
    let usual = match layout.format {
        NumberFormat::Float => [16, 32, 64].contains(&layout.bits) && layout.bits != 16,
        NumberFormat::Signed | NumberFormat::Unsigned => [8, 16, 32, 64].contains(&layout.bits),
    };
    if !usual {
        domains.set(DOMAIN, "NBITS", layout.bits.to_string());
    }
    if layout.format == NumberFormat::Signed && layout.bits == 8 {
        domains.set(DOMAIN, "PIXELTYPE", "SIGNEDBYTE");
    }
}

/// True when the file says that its directories come before its pixels and nobody has changed it since.
fn is_cloud_optimised(file: &RandomFile) -> bool {
    let len = GHOST_BYTES.min(file.len().saturating_sub(8)) as usize;
    let Ok(bytes) = file.read_range(8, len) else { return false };
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    // Right behind the header, which is 8 bytes longer in BigTIFF.
    let is_ghost = has(&bytes[..bytes.len().min(40)], "GDAL_STRUCTURAL_METADATA_SIZE=");
    is_ghost && has(&bytes, "LAYOUT=IFDS_BEFORE_DATA") && !has(&bytes, "KNOWN_INCOMPATIBLE_EDITION=YES")
}
