//! A folder of images as one: pictures of one size as the bands of a cube, scenes as a mosaic for each date.
//!
//! What is put together is written down as a mosaic ([`crate::vrt`]), which reads it.

mod list;
mod scenes;

use std::path::Path;

use crate::driver::Opened;
use crate::error::Fault;
use crate::markup::escape;
use crate::source::OpenOptions;
use crate::vrt::Vrt;

use list::Member;

/// Opens a folder.
pub(crate) fn open(folder: &Path, options: &OpenOptions) -> Result<Opened, Fault> {
    let mut warnings = Vec::new();
    let members = list::read(folder, options, &mut warnings)?;
    let placed = members.iter().filter(|m| m.is_placed()).count();
    let xml = if placed == 0 {
        stack(&members)?
    } else {
        if placed < members.len() {
            warnings.push(format!(
                "{} of its images lie nowhere and were left out of the mosaic.",
                members.len() - placed
            ));
        }
        let placed: Vec<&Member> = members.iter().filter(|m| m.is_placed()).collect();
        scenes::mosaic(&placed, &mut warnings)?
    };
    Vrt::from_text(folder, &xml, options, warnings)
}

/// Pictures of one size: every band of each is a band of the cube, in the order of the files' names.
fn stack(members: &[Member]) -> Result<String, Fault> {
    let size = members[0].size();
    if let Some(other) = members.iter().find(|m| m.size() != size) {
        let ((w, h), (ow, oh)) = (size, other.size());
        return Err(Fault::unsupported(format!(
            "the pictures in the folder have different sizes ({w}×{h} and, in {}, {ow}×{oh})",
            other.name()
        )));
    }
    let mut bands = String::new();
    for member in members {
        let several = member.bands().len() > 1;
        for (number, band) in member.bands().iter().enumerate() {
            let name = match (&band.name, several) {
                (_, false) => member.stem(),
                (Some(name), true) => format!("{} {name}", member.stem()),
                (None, true) => format!("{} {}", member.stem(), number + 1),
            };
            let source = member.source(number, (0.0, 0.0, f64::from(size.0), f64::from(size.1)));
            bands += &band_xml(band, &name, "", &source);
        }
    }
    Ok(format!(r#"<VRTDataset rasterXSize="{}" rasterYSize="{}">{bands}</VRTDataset>"#, size.0, size.1))
}

/// A band of the mosaic.
fn band_xml(like: &crate::BandDescription, name: &str, date: &str, sources: &str) -> String {
    let no_data = like.no_data.map_or_else(String::new, |n| format!("<NoDataValue>{n}</NoDataValue>"));
    let wavelength = like.wavelength_nm.map_or_else(String::new, |nm| {
        format!(r#"<MDI key="wavelength">{nm}</MDI><MDI key="wavelength_units">nm</MDI>"#)
    });
    let day = if date.is_empty() { String::new() } else { format!(r#"<MDI key="DATE">{date}</MDI>"#) };
    let color = match like.color {
        crate::ColorRole::Red => "Red",
        crate::ColorRole::Green => "Green",
        crate::ColorRole::Blue => "Blue",
        crate::ColorRole::Alpha => "Alpha",
        _ => "Undefined",
    };
    let kind = list::gdal_type(&like.dtype);
    format!(
        r#"<VRTRasterBand dataType="{kind}"><Description>{}</Description><Metadata>{wavelength}{day}</Metadata>{no_data}<ColorInterp>{color}</ColorInterp>{sources}</VRTRasterBand>"#,
        escape(name)
    )
}
