//! `.aux.xml`: what was added to an image without touching it (GDAL's “persistent auxiliary metadata”).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node, ParsingOptions};

use crate::about::{Domains, GroundPoint};
use crate::control;
use crate::describe::ColorRole;
use crate::file::small_text;
use crate::metadata::{color_role, parse_number};

/// More elements than this in one file are refused.
const MOST_NODES: u32 = 2_000_000;
/// Elements within elements, at most.
const MOST_DEPTH: u32 = 64;
/// Classes that are taken over.
const MOST_CLASSES: usize = 65_536;
/// Bands are counted up to here.
const MOST_BANDS: usize = 65_536;

/// What is said about one band.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PamBand {
    pub(crate) name: Option<String>,
    pub(crate) no_data: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) color: Option<ColorRole>,
    pub(crate) categories: Vec<String>,
    pub(crate) colors: Vec<[u16; 4]>,
    pub(crate) domains: Domains,
}

/// What is said about an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pam {
    pub(crate) srs: Option<String>,
    pub(crate) coordinate_epoch: Option<f64>,
    pub(crate) transform: Option<[f64; 6]>,
    pub(crate) control_points: Vec<GroundPoint>,
    pub(crate) control_srs: Option<String>,
    pub(crate) domains: Domains,
    pub(crate) bands: BTreeMap<usize, PamBand>,
}

/// Where the file would stand beside an image.
pub(crate) fn place(image: &Path) -> Option<PathBuf> {
    let mut name = image.file_name()?.to_os_string();
    name.push(".aux.xml");
    Some(image.with_file_name(name))
}

/// XML without document types and entities, of bounded size and depth; `None` when it is none.
pub(crate) fn parse_xml(text: &str) -> Option<Document<'_>> {
    // The parser calls itself for each element within another.
    if !is_shallow(text) {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES };
    Document::parse_with_options(text.trim_start_matches('\u{feff}').trim_start(), options).ok()
}

/// True when elements lie no deeper within each other than in any sound file.
fn is_shallow(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let ends = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        if let Some((_, end)) = ends.iter().find(|(start, _)| rest.starts_with(start)) {
            match rest.find(end) {
                Some(at) => rest = &rest[at + end.len()..],
                None => return true,
            }
            continue;
        }
        if rest.starts_with('/') {
            depth = depth.saturating_sub(1);
            continue;
        }
        let mut quote = None;
        let end = rest.bytes().position(|b| {
            match quote {
                Some(q) if b == q => quote = None,
                None if matches!(b, b'"' | b'\'') => quote = Some(b),
                _ => {}
            }
            quote.is_none() && b == b'>'
        });
        let Some(end) = end else { return true };
        if !rest[..end].ends_with('/') {
            depth += 1;
            if depth > MOST_DEPTH {
                return false;
            }
        }
        rest = &rest[end..];
    }
    true
}

impl Pam {
    /// What stands beside an image; `None` without the file or when it is not what it should be.
    pub(crate) fn beside(image: &Path) -> Option<Self> {
        Self::parse(&small_text(&place(image)?)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let document = parse_xml(text)?;
        let root = document.root_element();
        (root.tag_name().name() == "PAMDataset").then(|| Self::read(root, "PAMRasterBand"))
    }

    /// From the root of `.aux.xml` or of a mosaic, which names its bands otherwise.
    pub(crate) fn read(root: Node<'_, '_>, band_name: &str) -> Self {
        let mut new = Self::default();
        let mut next = 1;
        for node in root.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "SRS" => {
                    new.srs = text(node);
                    new.coordinate_epoch = number(node.attribute("coordinateEpoch"));
                }
                "GeoTransform" => new.transform = text(node).and_then(|t| control::six_numbers(&t)),
                "GCPList" => {
                    new.control_srs = node.attribute("Projection").filter(|p| !p.is_empty()).map(Into::into);
                    new.control_points = control_points(node);
                }
                "Metadata" => read_domain(node, &mut new.domains),
                name if name == band_name => {
                    // Bands of a mosaic count by their place.
                    let by_place = (band_name == "VRTRasterBand").then_some(next);
                    let band = by_place.or_else(|| node.attribute("band")?.parse::<usize>().ok());
                    next += 1;
                    if let Some(band) = band.filter(|b| (1..=MOST_BANDS).contains(b)) {
                        new.bands.insert(band - 1, PamBand::read(node));
                    }
                }
                _ => {}
            }
        }
        new
    }
}

impl PamBand {
    /// From the children of a band's element; a VRT says them in the same words.
    pub(crate) fn read(node: Node<'_, '_>) -> Self {
        let mut new = Self::default();
        for node in node.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "Description" => new.name = text(node),
                "NoDataValue" => {
                    let exact = node.attribute("le_hex_equiv").and_then(hex_double);
                    new.no_data = exact.or_else(|| text(node).and_then(|t| parse_number(&t)));
                }
                "UnitType" => new.unit = text(node),
                "Offset" => new.offset = text(node).and_then(|t| parse_number(&t)),
                "Scale" => new.scale = text(node).and_then(|t| parse_number(&t)),
                "ColorInterp" => new.color = text(node).and_then(|t| color_role(&t)),
                "CategoryNames" => {
                    let names = node.children().filter(|n| n.has_tag_name("Category"));
                    new.categories = names.take(MOST_CLASSES).map(|n| text(n).unwrap_or_default()).collect();
                }
                "ColorTable" => new.colors = colors(node),
                "Metadata" => read_domain(node, &mut new.domains),
                _ => {}
            }
        }
        new
    }
}

impl PamBand {
    /// Takes over what another says; it wins.
    pub(crate) fn overlay(&mut self, other: &Self) {
        let take = |own: &mut Option<String>, other: &Option<String>| {
            if other.is_some() {
                own.clone_from(other);
            }
        };
        take(&mut self.name, &other.name);
        take(&mut self.unit, &other.unit);
        self.scale = other.scale.or(self.scale);
        self.offset = other.offset.or(self.offset);
        self.color = other.color.or(self.color);
        self.no_data = other.no_data.or(self.no_data);
        if !other.categories.is_empty() {
            self.categories.clone_from(&other.categories);
        }
        if !other.colors.is_empty() {
            self.colors.clone_from(&other.colors);
        }
        self.domains.overlay(&other.domains);
    }
}

/// Control points of a `GCPList`.
pub(crate) fn control_points(list: Node<'_, '_>) -> Vec<GroundPoint> {
    let point = |node: Node<'_, '_>| {
        let get = |name: &str| node.attribute(name).unwrap_or_default();
        let at = |name: &str| parse_number(get(name).trim());
        Some(GroundPoint {
            id: get("Id").to_owned(),
            info: get("Info").to_owned(),
            pixel: at("Pixel")?,
            line: at("Line")?,
            x: at("X")?,
            y: at("Y")?,
            z: at("Z").or_else(|| at("GCPZ")).unwrap_or(0.0),
        })
    };
    let nodes = list.children().filter(|n| n.has_tag_name("GCP"));
    nodes.filter_map(point).take(control::MOST_POINTS).collect()
}

/// One `Metadata` element.
pub(crate) fn read_domain(node: Node<'_, '_>, domains: &mut Domains) {
    let domain = node.attribute("domain").unwrap_or_default();
    if node.attribute("format") == Some("xml") {
        if let Some(inner) = node.children().find(Node::is_element) {
            domains.set_text(domain, &node.document().input_text()[inner.range()]);
        }
        return;
    }
    for item in node.children().filter(|n| n.has_tag_name("MDI")) {
        if let Some(key) = item.attribute("key") {
            domains.set(domain, key, item.text().unwrap_or_default());
        }
    }
}

fn colors(node: Node<'_, '_>) -> Vec<[u16; 4]> {
    let entry = |node: Node<'_, '_>| {
        let part = |name, otherwise| node.attribute(name).and_then(|n| n.parse().ok()).unwrap_or(otherwise);
        [part("c1", 0), part("c2", 0), part("c3", 0), part("c4", 255)]
    };
    node.children().filter(|n| n.has_tag_name("Entry")).take(MOST_CLASSES).map(entry).collect()
}

/// The text of an element without the blanks around it; `None` when empty.
pub(crate) fn text(node: Node<'_, '_>) -> Option<String> {
    let text = node.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(text: Option<&str>) -> Option<f64> {
    text.and_then(parse_number).filter(|n| n.is_finite())
}

/// A double written as the sixteen digits of its bytes, lowest first.
fn hex_double(text: &str) -> Option<f64> {
    let bits = u64::from_str_radix(text.get(..16).filter(|_| text.len() == 16)?, 16).ok()?;
    Some(f64::from_bits(bits.swap_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"<PAMDataset>
      <SRS dataAxisToSRSAxisMapping="2,1" coordinateEpoch="2021.5">EPSG:4326</SRS>
      <GeoTransform> 10, 0.5, 0, 20, 0, -0.5</GeoTransform>
      <GCPList Projection="EPSG:32633"><GCP Id="a" Pixel="0.5" Line="1.5" X="100" Y="200" Z="3"/>
        <GCP Id="b" Pixel="none"/></GCPList>
      <Metadata><MDI key="A">x &amp; y</MDI></Metadata>
      <Metadata domain="RPC"><MDI key="LINE_OFF">12</MDI></Metadata>
      <Metadata domain="xml:ESRI" format="xml"><Esri><B/></Esri></Metadata>
      <PAMRasterBand band="2"><Description>nir</Description>
        <NoDataValue le_hex_equiv="0000000000408FC0">-1e3</NoDataValue><UnitType>K</UnitType>
        <Offset>2</Offset><Scale>0.1</Scale><ColorInterp>Green</ColorInterp>
        <CategoryNames><Category>none</Category><Category/><Category>house</Category></CategoryNames>
        <ColorTable><Entry c1="1" c2="2" c3="3" c4="4"/><Entry c1="9"/></ColorTable>
        <Metadata><MDI key="STATISTICS_MAXIMUM">9</MDI></Metadata></PAMRasterBand>
      <PAMRasterBand band="99999999"/><PAMRasterBand/>
    </PAMDataset>"#;

    #[test]
    fn everything_that_gdal_writes_is_understood() {
        let pam = Pam::parse(FULL).expect("sound");
        assert_eq!((pam.srs.as_deref(), pam.coordinate_epoch), (Some("EPSG:4326"), Some(2021.5)));
        assert_eq!(pam.transform, Some([10.0, 0.5, 0.0, 20.0, 0.0, -0.5]));
        let [point] = &pam.control_points[..] else { panic!("{:?}", pam.control_points) };
        assert_eq!((point.id.as_str(), point.line, point.z), ("a", 1.5, 3.0));
        assert_eq!(pam.control_srs.as_deref(), Some("EPSG:32633"));
        assert_eq!(pam.domains.get("", "A"), Some("x & y"));
        assert_eq!(pam.domains.get("RPC", "LINE_OFF"), Some("12"));
        assert_eq!(pam.domains.text("xml:ESRI"), Some("<Esri><B/></Esri>"));
        assert_eq!(pam.bands.len(), 1);
        let band = &pam.bands[&1];
        assert_eq!(
            (band.name.as_deref(), band.no_data, band.unit.as_deref()),
            (Some("nir"), Some(-1000.0), Some("K"))
        );
        assert_eq!((band.offset, band.scale, band.color), (Some(2.0), Some(0.1), Some(ColorRole::Green)));
        assert_eq!(band.categories, ["none", "", "house"]);
        assert_eq!(band.colors, [[1, 2, 3, 4], [9, 0, 0, 255]]);
        assert_eq!(band.domains.get("", "STATISTICS_MAXIMUM"), Some("9"));
    }

    #[test]
    fn bombs_and_broken_markup_are_nothing() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><PAMDataset><SRS>&b;</SRS></PAMDataset>"#;
        assert_eq!(Pam::parse(bomb), None);
        assert_eq!(Pam::parse("<PAMDataset><SRS>"), None);
        assert_eq!(Pam::parse("<VRTDataset/>"), None);
        let deep = "<PAMDataset>".repeat(50_000) + &"</PAMDataset>".repeat(50_000);
        assert_eq!(Pam::parse(&deep), None);
        let long = format!(
            "<PAMDataset>{}<!-- {} --></PAMDataset>",
            "<A b='>'/><C></C>".repeat(500),
            "<D>".repeat(500)
        );
        assert_eq!(Pam::parse(&long), Some(Pam::default()));
    }
}
