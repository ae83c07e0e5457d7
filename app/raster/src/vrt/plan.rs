//! What the XML of a mosaic says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use remote::Address;
use roxmltree::Node;

use crate::error::Fault;
use crate::file::is_address as lies_on_server;
use crate::metadata::parse_number;
use crate::number::NumberType;
use crate::pam::{PamBand, text};

/// Sources of a mosaic over all bands, at most.
const MOST_SOURCES: usize = 400_000;
/// Sources of one band, at most.
const MOST_SOURCES_OF_BAND: usize = 100_000;
/// Bands, at most.
const MOST_BANDS: usize = 4096;
/// Pairs of a lookup table, at most.
const MOST_PAIRS: usize = 65_536;

/// The number type of a band, from GDAL's name for it.
fn number_type(name: &str) -> Result<NumberType, Fault> {
    Ok(match name {
        "Byte" | "UInt8" => NumberType::U8,
        "Int8" => NumberType::I8,
        "UInt16" => NumberType::U16,
        "Int16" => NumberType::I16,
        "UInt32" => NumberType::U32,
        "Int32" => NumberType::I32,
        "UInt64" => NumberType::U64,
        "Int64" => NumberType::I64,
        "Float16" => NumberType::F16,
        "Float32" => NumberType::F32,
        "Float64" => NumberType::F64,
        other => {
            return Err(Fault::unsupported(format!(
                "bands of type {} are not read from a mosaic",
                cut(other)
            )));
        }
    })
}

/// The kind of number that exact values of all bands are.
pub(super) fn exact_type(bands: &[Band]) -> NumberType {
    let all = |is: fn(NumberType) -> bool| bands.iter().all(|b| is(b.kind));
    if all(NumberType::is_unsigned) {
        NumberType::U64
    } else if all(|n| n.range().is_some() && n != NumberType::U64) {
        NumberType::I64
    } else {
        NumberType::F64
    }
}

/// The kind of number that samples of all bands are handed out as.
pub(super) fn common_type(bands: &[Band]) -> NumberType {
    use NumberType::{F32, I8, I16, U8, U16};
    let all = |kinds: &[NumberType]| bands.iter().all(|b| kinds.contains(&b.kind));
    if all(&[U8]) {
        U8
    } else if all(&[U8, U16]) {
        U16
    } else if all(&[U8, I8, I16]) {
        I16
    } else {
        F32
    }
}

/// A rectangle of pixels, not necessarily whole ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// How pixels of a source are found that do not fall on those of the mosaic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resampling {
    Nearest,
    Bilinear,
    Cubic,
    CubicSpline,
    Lanczos,
    Average,
}

/// What of a source is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The values of a band, counted from 0.
    Band(usize),
    /// 255 where the source holds something, 0 elsewhere.
    Mask,
}

/// What is done to values on their way into the mosaic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// Values that are not taken over.
    pub(super) no_data: Option<f64>,
    /// Pixels that the source's mask or alpha leaves out are not taken over.
    pub(super) use_mask: bool,
    pub(super) value: ValueChange,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ValueChange {
    Keep,
    Linear {
        scale: f64,
        offset: f64,
    },
    Power {
        from: (f64, f64),
        to: (f64, f64),
        exponent: f64,
    },
    /// Pairs by rising first number; between them straight lines.
    Table(Vec<(f64, f64)>),
}

/// One source of one band.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Input {
    /// In the list of files.
    pub(super) file: u32,
    pub(super) part: Part,
    pub(super) from: Rectangle,
    pub(super) to: Rectangle,
    pub(super) resampling: Resampling,
    pub(super) change: Option<Box<Change>>,
}

/// One band of the mosaic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    pub(super) kind: NumberType,
    /// What lies where no source does.
    pub(super) no_data: Option<f64>,
    /// The same, where the mosaic says that it means “nothing here”.
    pub(super) shown_no_data: Option<f64>,
    pub(super) sources: Vec<Input>,
}

/// A mosaic.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) size: (u32, u32),
    pub(super) block: (u32, u32),
    pub(super) bands: Vec<Band>,
    pub(super) mask: Option<Band>,
    /// Files that sources are taken from; one image of several as `FILE:2`.
    pub(super) files: Vec<PathBuf>,
    /// Factors of the overviews that it names.
    pub(super) overviews: Vec<u32>,
}

impl Plan {
    /// From the root element; relative names are taken from `folder`.
    pub(super) fn read(root: Node<'_, '_>, folder: Option<&Path>) -> Result<Self, Fault> {
        match root.attribute("subClass") {
            None | Some("VRTDataset") => {}
            Some("VRTWarpedDataset") => {
                return Err(Fault::unsupported(
                    "mosaics that warp their sources are not read: gdalwarp writes them out",
                ));
            }
            Some(other) => {
                return Err(Fault::unsupported(format!("mosaics of the kind {} are not read", cut(other))));
            }
        }
        let side = |name: &str| {
            let n = root.attribute(name).and_then(|n| n.trim().parse::<u32>().ok());
            n.filter(|n| (1..=u32::MAX >> 1).contains(n))
                .ok_or_else(|| Fault::damaged(format!("{name} is missing or no size")))
        };
        let size = (side("rasterXSize")?, side("rasterYSize")?);
        let block = |name: &str, whole: u32| {
            root.attribute(name).and_then(|n| n.parse().ok()).unwrap_or_else(|| whole.min(128))
        };
        let block = (block("BlockXSize", size.0), block("BlockYSize", size.1));
        let mut reader = Reader { folder, files: Vec::new(), known: HashMap::new(), sources: 0, size };
        let nodes = root.children().filter(|n| n.has_tag_name("VRTRasterBand"));
        let mut bands = Vec::new();
        for node in nodes {
            if bands.len() >= MOST_BANDS {
                return Err(Fault::too_large(format!("it has more than {MOST_BANDS} bands")));
            }
            bands.push(reader.band(node)?);
        }
        if bands.is_empty() {
            return Err(Fault::damaged("it has no bands"));
        }
        let mask = root.children().find(|n| n.has_tag_name("MaskBand"));
        let mask = mask.and_then(|n| n.children().find(|n| n.has_tag_name("VRTRasterBand")));
        let mask = mask.map(|n| reader.band(n)).transpose()?;
        let overviews = root.children().find(|n| n.has_tag_name("OverviewList")).and_then(text);
        let overviews = overviews.unwrap_or_default();
        let factors = overviews.split_whitespace().filter_map(|n| n.parse().ok());
        let overviews = factors.filter(|n| (2..=1 << 20).contains(n)).take(32).collect();
        Ok(Self { size, block, bands, mask, files: reader.files, overviews })
    }
}

struct Reader<'a> {
    folder: Option<&'a Path>,
    files: Vec<PathBuf>,
    known: HashMap<PathBuf, u32>,
    sources: usize,
    size: (u32, u32),
}

impl Reader<'_> {
    fn band(&mut self, node: Node<'_, '_>) -> Result<Band, Fault> {
        match node.attribute("subClass") {
            None | Some("VRTSourcedRasterBand") => {}
            Some("VRTDerivedRasterBand") => {
                return Err(Fault::unsupported("bands that are computed by a pixel function are not read"));
            }
            Some("VRTRawRasterBand") => return Err(Fault::unsupported("raw bands of a mosaic are not read")),
            Some(other) => {
                return Err(Fault::unsupported(format!("bands of the kind {} are not read", cut(other))));
            }
        }
        let kind = number_type(node.attribute("dataType").unwrap_or("Byte"))?;
        let no_data = PamBand::read(node).no_data;
        let is_hidden = node.children().find(|n| n.has_tag_name("HideNoDataValue")).and_then(text);
        let is_hidden = is_hidden.is_some_and(|t| t == "1" || t.eq_ignore_ascii_case("yes"));
        let mut sources = Vec::new();
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            match name {
                "SimpleSource" | "ComplexSource" => {
                    self.sources += 1;
                    if self.sources > MOST_SOURCES || sources.len() >= MOST_SOURCES_OF_BAND {
                        return Err(Fault::too_large(format!(
                            "it has more than {MOST_SOURCES_OF_BAND} sources in a band or {MOST_SOURCES} in all"
                        )));
                    }
                    sources.extend(self.source(child, name == "ComplexSource")?);
                }
                "AveragedSource" | "KernelFilteredSource" | "ArraySource" | "NoDataFromMaskSource" => {
                    return Err(Fault::unsupported(format!("sources of the kind {name} are not read")));
                }
                _ => {}
            }
        }
        Ok(Band { kind, no_data, shown_no_data: no_data.filter(|_| !is_hidden), sources })
    }

    /// `None` for a source of which nothing is taken.
    fn source(&mut self, node: Node<'_, '_>, complex: bool) -> Result<Option<Input>, Fault> {
        let child = |name: &str| node.children().find(|n| n.has_tag_name(name));
        let said = |name: &str| child(name).and_then(text);
        let name = child("SourceFilename").ok_or_else(|| Fault::damaged("a source of it has no file"))?;
        let file = self.file(name)?;
        let part = match said("SourceBand") {
            None => Part::Band(0),
            Some(text) if text.starts_with("mask") => Part::Mask,
            Some(text) => match text.parse::<usize>() {
                Ok(n @ 1..=65_536) => Part::Band(n - 1),
                _ => return Err(Fault::damaged(format!("a source of it names the band “{}”", cut(&text)))),
            },
        };
        let resampling = match node.attribute("resampling").unwrap_or("nearest").to_ascii_lowercase().as_str()
        {
            "near" | "nearest" => Resampling::Nearest,
            "bilinear" => Resampling::Bilinear,
            "cubic" => Resampling::Cubic,
            "cubicspline" => Resampling::CubicSpline,
            "lanczos" => Resampling::Lanczos,
            "average" => Resampling::Average,
            other => return Err(Fault::unsupported(format!("the resampling “{}” is not known", cut(other)))),
        };
        let to = match child("DstRect") {
            Some(node) => rectangle(node)?,
            None => {
                Rectangle { x: 0.0, y: 0.0, width: f64::from(self.size.0), height: f64::from(self.size.1) }
            }
        };
        let from = match child("SrcRect") {
            Some(node) => rectangle(node)?,
            None => Rectangle { x: 0.0, y: 0.0, ..to },
        };
        if from.width <= 0.0 || from.height <= 0.0 || to.width <= 0.0 || to.height <= 0.0 {
            return Ok(None);
        }
        let change = if complex { change(node)? } else { None };
        Ok(Some(Input { file, part, from, to, resampling, change }))
    }

    fn file(&mut self, node: Node<'_, '_>) -> Result<u32, Fault> {
        let text = text(node).ok_or_else(|| Fault::damaged("a source of it has no file"))?;
        let (page, name) = match text.strip_prefix("GTIFF_DIR:").and_then(|t| t.split_once(':')) {
            Some((page, name)) if page.parse::<u32>().is_ok() => (Some(page), name),
            _ => (None, text.as_str()),
        };
        let address =
            if Address::is_one(name) { Some(name.to_owned()) } else { Address::of_virtual_path(name) };
        let is_elsewhere = address.is_none()
            && (name.starts_with("/vsi") || name.contains("://") || has_driver_prefix(name));
        if is_elsewhere {
            return Err(Fault::unsupported(format!(
                "its source {} lies in an archive or within another file",
                cut(name)
            )));
        }
        let is_relative = node.attribute("relativeToVRT") == Some("1");
        let is_address = address.is_some();
        let name = address.unwrap_or_else(|| name.to_owned());
        let name = page.map_or_else(|| name.clone(), |page| format!("{name}:{page}"));
        let own = self.folder.filter(|folder| lies_on_server(folder));
        let file = match (own, self.folder) {
            _ if is_address => PathBuf::from(name),
            (Some(folder), _) if is_relative => PathBuf::from(format!("{}/{name}", folder.display())),
            (Some(_), _) => {
                let name = cut(&name);
                return Err(Fault::unsupported(format!(
                    "it lies on a server and names {name}, a file of this machine"
                )));
            }
            (None, Some(folder)) if is_relative => folder.join(name),
            _ => PathBuf::from(name),
        };
        if let Some(number) = self.known.get(&file) {
            return Ok(*number);
        }
        let number = self.files.len() as u32;
        self.files.push(file.clone());
        self.known.insert(file, number);
        Ok(number)
    }
}

/// `NETCDF:file:variable` and the like; a drive letter is none.
fn has_driver_prefix(name: &str) -> bool {
    name.split_once(':').is_some_and(|(prefix, _)| {
        prefix.len() > 1 && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn rectangle(node: Node<'_, '_>) -> Result<Rectangle, Fault> {
    let get = |name: &str| {
        let n = node.attribute(name).and_then(parse_number).filter(|n| n.is_finite() && n.abs() < 1e10);
        n.ok_or_else(|| Fault::damaged("a rectangle of a source is no rectangle"))
    };
    Ok(Rectangle { x: get("xOff")?, y: get("yOff")?, width: get("xSize")?, height: get("ySize")? })
}

fn change(node: Node<'_, '_>) -> Result<Option<Box<Change>>, Fault> {
    let said = |name: &str| node.children().find(|n| n.has_tag_name(name)).and_then(text);
    let number = |name: &str| said(name).and_then(|t| parse_number(&t));
    if said("ColorTableComponent").is_some_and(|c| c != "0") {
        return Err(Fault::unsupported("sources that take a colour of a palette are not read"));
    }
    let value = if let Some(table) = said("LUT") {
        ValueChange::Table(lookup_table(&table)?)
    } else if let Some(exponent) = number("Exponent").filter(|_| said("SrcMin").is_some()) {
        let pair = |a: &str, b: &str| Some((number(a)?, number(b)?));
        let limits = pair("SrcMin", "SrcMax").zip(pair("DstMin", "DstMax"));
        let (from, to) =
            limits.ok_or_else(|| Fault::damaged("a power scaling of a source lacks its limits"))?;
        ValueChange::Power { from, to, exponent }
    } else {
        let (scale, offset) = (number("ScaleRatio").unwrap_or(1.0), number("ScaleOffset").unwrap_or(0.0));
        if scale == 1.0 && offset == 0.0 { ValueChange::Keep } else { ValueChange::Linear { scale, offset } }
    };
    let use_mask = said("UseMaskBand").is_some_and(|t| t == "true" || t == "1");
    let no_data = number("NODATA");
    let is_plain = value == ValueChange::Keep && !use_mask && no_data.is_none();
    Ok((!is_plain).then(|| Box::new(Change { no_data, use_mask, value })))
}

fn lookup_table(text: &str) -> Result<Vec<(f64, f64)>, Fault> {
    let pair = |pair: &str| {
        let (from, to) = pair.split_once(':')?;
        Some((parse_number(from)?, parse_number(to)?))
    };
    let pairs: Option<Vec<(f64, f64)>> = text.split(',').take(MOST_PAIRS).map(pair).collect();
    let rises = |pairs: &Vec<(f64, f64)>| pairs.windows(2).all(|w| w[0].0 <= w[1].0) && !pairs.is_empty();
    pairs.filter(rises).ok_or_else(|| Fault::damaged("a lookup table of a source is no list of rising pairs"))
}

impl ValueChange {
    pub(super) fn apply(&self, value: f64) -> f64 {
        match self {
            Self::Keep => value,
            Self::Linear { scale, offset } => value * scale + offset,
            Self::Power { from, to, exponent } => {
                let share = ((value - from.0) / (from.1 - from.0)).clamp(0.0, 1.0);
                to.0 + (to.1 - to.0) * share.powf(*exponent)
            }
            Self::Table(pairs) => {
                let at = pairs.partition_point(|(from, _)| *from < value);
                match (at.checked_sub(1).map(|i| pairs[i]), pairs.get(at)) {
                    (None, Some((_, first))) => *first,
                    (Some((_, last)), None) => last,
                    (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (value - a.0) / (b.0 - a.0),
                    (None, None) => value,
                }
            }
        }
    }
}

/// The start of a text, for messages.
fn cut(text: &str) -> String {
    text.chars().take(80).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pam::parse_xml;

    fn plan(body: &str) -> Result<Plan, Fault> {
        let xml = format!(r#"<VRTDataset rasterXSize="20" rasterYSize="10">{body}</VRTDataset>"#);
        let document = parse_xml(&xml).expect("XML");
        Plan::read(document.root_element(), Some(Path::new("/mosaics")))
    }

    fn refused(body: &str) -> String {
        plan(body).map_or_else(|fault| fault.to_string(), |plan| format!("{plan:?}"))
    }

    const SIMPLE: &str = r#"<VRTRasterBand dataType="UInt16" band="1"><NoDataValue>7</NoDataValue>
      <SimpleSource><SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>2</SourceBand>
        <SrcRect xOff="1" yOff="2" xSize="3" ySize="4"/><DstRect xOff="5" yOff="6" xSize="7.5" ySize="8"/></SimpleSource>
      <ComplexSource resampling="bilinear"><SourceFilename relativeToVRT="0">/b.tif</SourceFilename>
        <SourceBand>mask,1</SourceBand><NODATA>0</NODATA><ScaleOffset>1</ScaleOffset><ScaleRatio>2</ScaleRatio>
        <UseMaskBand>true</UseMaskBand></ComplexSource></VRTRasterBand><OverviewList>2 4 x 0</OverviewList>"#;

    #[test]
    fn sources_are_read_as_they_stand() {
        let plan = plan(SIMPLE).expect("sound");
        assert_eq!(
            plan.files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>(),
            ["/mosaics/a.tif", "/b.tif"]
        );
        assert_eq!(plan.overviews, [2, 4]);
        let [band] = &plan.bands[..] else { panic!("{plan:?}") };
        assert_eq!((band.kind, band.no_data, band.shown_no_data), (NumberType::U16, Some(7.0), Some(7.0)));
        let [a, b] = &band.sources[..] else { panic!("{band:?}") };
        assert_eq!((a.part, a.from.width, a.to.width, a.change.is_none()), (Part::Band(1), 3.0, 7.5, true));
        assert_eq!((b.part, b.resampling), (Part::Mask, Resampling::Bilinear));
        let change = b.change.as_ref().expect("there");
        assert!(change.use_mask && change.no_data == Some(0.0));
        assert_eq!(change.value.apply(3.0), 7.0);
    }

    #[test]
    fn what_is_not_read_is_said_in_a_sentence() {
        let band = |inner: &str| format!(r#"<VRTRasterBand dataType="Byte">{inner}</VRTRasterBand>"#);
        let from = |name: &str| {
            band(&format!("<SimpleSource><SourceFilename>{name}</SourceFilename></SimpleSource>"))
        };
        for (body, word) in [
            (r#"<VRTRasterBand subClass="VRTDerivedRasterBand"/>"#.to_owned(), "pixel function"),
            (r#"<VRTRasterBand dataType="CFloat32"/>"#.to_owned(), "CFloat32"),
            (band("<KernelFilteredSource/>"), "KernelFilteredSource"),
            (from("NETCDF:a.nc:b"), "within another file"),
            (band("<SimpleSource/>"), "has no file"),
            (
                band("<ComplexSource><SourceFilename>a</SourceFilename><LUT>3:1,2:5</LUT></ComplexSource>"),
                "rising",
            ),
            (
                band(
                    r#"<SimpleSource><SourceFilename>a</SourceFilename><SrcRect xOff="nan" yOff="0" xSize="1" ySize="1"/></SimpleSource>"#,
                ),
                "rectangle",
            ),
            (String::new(), "no bands"),
        ] {
            let said = refused(&body);
            assert!(said.contains(word), "{body}: {said}");
        }
        let xml = r#"<VRTDataset subClass="VRTWarpedDataset" rasterXSize="2" rasterYSize="2"/>"#;
        let document = parse_xml(xml).expect("XML");
        assert!(Plan::read(document.root_element(), None).is_err_and(|e| e.to_string().contains("gdalwarp")));
        let xml = r#"<VRTDataset rasterXSize="0" rasterYSize="2"/>"#;
        let document = parse_xml(xml).expect("XML");
        assert!(Plan::read(document.root_element(), None).is_err());
    }

    #[test]
    fn values_are_changed_as_gdal_changes_them() {
        let table = ValueChange::Table(vec![(0.0, 10.0), (10.0, 20.0), (20.0, 0.0)]);
        assert_eq!([-5.0, 0.0, 5.0, 15.0, 25.0].map(|v| table.apply(v)), [10.0, 10.0, 15.0, 10.0, 0.0]);
        let power = ValueChange::Power { from: (0.0, 100.0), to: (0.0, 255.0), exponent: 0.5 };
        assert_eq!([-1.0, 25.0, 100.0, 900.0].map(|v| power.apply(v)), [0.0, 127.5, 255.0, 255.0]);
        assert_eq!(
            [
                NumberType::U8.fitted(2.5),
                NumberType::U8.fitted(-3.0),
                NumberType::I16.fitted(-2.6),
                NumberType::U8.fitted(f64::NAN)
            ],
            [3.0, 0.0, -3.0, 0.0]
        );
    }
}
