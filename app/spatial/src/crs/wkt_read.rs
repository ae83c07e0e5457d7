//! Well-known text of any dialect (WKT 1 of GDAL and ESRI, WKT 2) as a definition.

use super::definition::{Datum, Ellipsoid, Parameters, Projection, UserDefined};
use super::method::{Method, plain};
use super::wkt_tree::Node;

/// What a text says.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) definition: UserDefined,
    /// The code by which the horizontal CRS names itself.
    pub(crate) epsg: Option<u32>,
    /// GDAL's `EXTENSION["PROJ4", …]`, which overrules the parameters.
    pub(crate) proj4: Option<String>,
}

const PROJECTED: &[&str] = &["PROJCS", "PROJCRS", "PROJECTEDCRS"];
const GEOGRAPHIC: &[&str] =
    &["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS", "BASEGEOGCRS", "BASEGEODCRS"];
const UNITS: &[&str] = &["UNIT", "ANGLEUNIT", "LENGTHUNIT", "SCALEUNIT"];

pub(crate) fn read(text: &str) -> Result<Said, String> {
    let root = Node::parse(text)?;
    let (horizontal, shift) = horizontal(&root)?;
    let mut said =
        if horizontal.is(PROJECTED) { projected(horizontal)? } else { geographic_said(horizontal)? };
    said.definition.datum.to_wgs84 = said.definition.datum.to_wgs84.or(shift);
    match said.definition.fault() {
        Some(fault) => Err(fault),
        None => Ok(said),
    }
}

/// Down through compound and bound CRSs to the one that is a map.
fn horizontal(root: &Node) -> Result<(&Node, Option<[f64; 7]>), String> {
    let mut node = root;
    let mut shift = None;
    // Each step goes one level down, and the tree's depth is bounded.
    loop {
        if node.is(PROJECTED) || node.is(GEOGRAPHIC) {
            let cartesian = node.child(&["CS"]).is_some_and(|cs| {
                cs.items.first() == Some(&super::wkt_tree::Item::Word("CARTESIAN".to_owned()))
            });
            if node.is(GEOGRAPHIC) && cartesian {
                return Err("it is geocentric, which a map cannot show".to_owned());
            }
            return Ok((node, shift));
        }
        node = match node.keyword.as_str() {
            "COMPD_CS" | "COMPOUNDCRS" => node
                .nodes()
                .find(|n| n.is(PROJECTED) || n.is(GEOGRAPHIC) || n.is(&["BOUNDCRS"]))
                .ok_or("it has no horizontal part")?,
            "BOUNDCRS" => {
                shift = node.child(&["ABRIDGEDTRANSFORMATION"]).and_then(abridged);
                node.child(&["SOURCECRS"]).and_then(|n| n.nodes().next()).ok_or("it has no source CRS")?
            }
            "GEOCCS" => return Err("it is geocentric, which a map cannot show".to_owned()),
            "LOCAL_CS" | "ENGCRS" | "ENGINEERINGCRS" => {
                return Err("it is local, without a place on the earth".to_owned());
            }
            other => return Err(format!("`{other}` is not a CRS that a map can show")),
        };
    }
}

/// The seven parameters of WKT 2's abridged transformation, as position vectors.
fn abridged(node: &Node) -> Option<[f64; 7]> {
    let mut shift = [0.0; 7];
    let names = ["xaxistranslation", "yaxistranslation", "zaxistranslation"];
    let turns = ["xaxisrotation", "yaxisrotation", "zaxisrotation", "scaledifference"];
    for parameter in node.nodes().filter(|n| n.is(&["PARAMETER"])) {
        let name = plain(parameter.name()?);
        let at = names.iter().chain(&turns).position(|n| *n == name)?;
        shift[at] = *parameter.numbers().first()?;
    }
    // A scale may be written as parts per million or as the factor itself.
    if (shift[6] - 1.0).abs() < 1e-3 {
        shift[6] = (shift[6] - 1.0) * 1e6;
    }
    let method = node.child(&["METHOD"])?;
    if plain(method.name()?).contains("coordinateframe") {
        shift[3..6].iter_mut().for_each(|turn| *turn = -*turn);
    }
    Some(shift)
}

fn geographic_said(node: &Node) -> Result<Said, String> {
    let definition = geographic(node)?;
    Ok(Said { definition, epsg: node.epsg(), proj4: extension(node) })
}

fn extension(node: &Node) -> Option<String> {
    let texts: Vec<&str> = node
        .child(&["EXTENSION"])?
        .items
        .iter()
        .filter_map(|item| match item {
            super::wkt_tree::Item::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    match texts[..] {
        ["PROJ4", proj4] => Some(proj4.to_owned()),
        _ => None,
    }
}

fn geographic(node: &Node) -> Result<UserDefined, String> {
    let datum = node.child(&["DATUM", "ENSEMBLE", "GEODETICDATUM", "TRF"]).ok_or("it names no datum")?;
    let ellipsoid = datum.child(&["SPHEROID", "ELLIPSOID"]).ok_or("its datum has no ellipsoid")?;
    let size = ellipsoid.numbers();
    let &[semi_major, inverse_flattening, ..] = size.as_slice() else {
        return Err("its ellipsoid has no size".to_owned());
    };
    let semi_major_m = semi_major * unit_of(ellipsoid, UNITS).unwrap_or(1.0);
    let shift = datum.child(&["TOWGS84"]).map(Node::numbers).and_then(|n| match n.as_slice() {
        [x, y, z] => Some([*x, *y, *z, 0.0, 0.0, 0.0, 0.0]),
        [x, y, z, rx, ry, rz, s] => Some([*x, *y, *z, *rx, *ry, *rz, *s]),
        _ => None,
    });
    let datum_name = datum.name().unwrap_or("unknown").trim_end_matches(" ensemble").to_owned();
    Ok(UserDefined {
        name: node.name().unwrap_or("unnamed").to_owned(),
        datum: Datum {
            name: datum_name,
            ellipsoid: Ellipsoid {
                name: ellipsoid.name().unwrap_or("unknown").to_owned(),
                semi_major_m,
                inverse_flattening,
            },
            to_wgs84: shift,
        },
        prime_meridian_deg: node.child(&["PRIMEM", "PRIMEMERIDIAN"]).map_or(0.0, |pm| {
            // Without a unit of its own it is in degrees: so write GDAL and ESRI, whatever the CRS's unit.
            pm.numbers().first().copied().unwrap_or(0.0) * unit_of(pm, UNITS).map_or(1.0, degrees)
        }),
        degrees_per_unit: unit_of_axes(node, &["UNIT", "ANGLEUNIT"]).map_or(1.0, degrees),
        projection: None,
    })
}

fn projected(node: &Node) -> Result<Said, String> {
    let base = node.child(GEOGRAPHIC).ok_or("it has no geographic CRS underneath")?;
    let mut definition = geographic(base)?;
    node.name().unwrap_or("unnamed").clone_into(&mut definition.name);
    let metres_per_unit = unit_of_axes(node, &["UNIT", "LENGTHUNIT"]).map_or(1.0, snapped);
    let conversion = node.child(&["CONVERSION"]);
    let how = conversion.unwrap_or(node).child(&["PROJECTION", "METHOD"]).ok_or("it names no projection")?;
    let proj4 = extension(node);
    let sphere = definition.datum.ellipsoid.inverse_flattening == 0.0;
    let method = method(how, sphere)
        .ok_or_else(|| format!("the projection `{}` is not supported", how.name().unwrap_or("unnamed")));
    let method = match method {
        Ok(method) => method,
        // The extension will speak for it.
        Err(_) if proj4.is_some() => Method::Mercator1,
        Err(reason) => return Err(reason),
    };
    let mut parameters = Parameters::default();
    for node in conversion.unwrap_or(node).nodes().filter(|n| n.is(&["PARAMETER"])) {
        set(&mut parameters, node, definition.degrees_per_unit, metres_per_unit);
    }
    let (method, parameters) = settled(method, how.name().unwrap_or(""), parameters);
    definition.projection = Some(Projection { method, parameters, metres_per_unit });
    Ok(Said { definition, epsg: node.epsg(), proj4 })
}

/// On a sphere, what is called spherical is the method itself.
fn method(node: &Node, sphere: bool) -> Option<Method> {
    let by_code = if node.is(&["METHOD"]) { node.epsg().and_then(Method::from_epsg) } else { None };
    by_code.or_else(|| {
        let name = plain(node.name()?);
        let general = name.strip_suffix("spherical").filter(|_| sphere);
        Method::from_name(&name).or_else(|| Method::from_name(general?))
    })
}

/// Puts one `PARAMETER` where it belongs; unknown ones (a pseudo standard parallel) change nothing here.
fn set(parameters: &mut Parameters, node: &Node, degrees_per_unit: f64, metres_per_unit: f64) {
    let (Some(name), Some(value)) = (node.name().map(plain), node.numbers().first().copied()) else { return };
    let own = unit_of(node, UNITS);
    let angle = value * own.map_or(degrees_per_unit, degrees);
    let length = value * own.map_or(metres_per_unit, snapped);
    match name.as_str() {
        "latitudeoforigin"
        | "latitudeofcenter"
        | "latitudeofcentre"
        | "latitudeofnaturalorigin"
        | "latitudeoffalseorigin"
        | "latitudeofprojectioncentre"
        | "centralparallel" => {
            parameters.latitude_of_origin_deg = angle;
        }
        "centralmeridian"
        | "longitudeofcenter"
        | "longitudeofcentre"
        | "longitudeofnaturalorigin"
        | "longitudeoffalseorigin"
        | "longitudeofprojectioncentre"
        | "longitudeoforigin" => {
            parameters.central_meridian_deg = angle;
        }
        "standardparallel1"
        | "latitudeof1ststandardparallel"
        | "latitudeofstandardparallel"
        | "latitudeoftruescale" => parameters.standard_parallel_1_deg = Some(angle),
        "standardparallel2" | "latitudeof2ndstandardparallel" => {
            parameters.standard_parallel_2_deg = Some(angle);
        }
        "scalefactor"
        | "scalefactoratnaturalorigin"
        | "scalefactoroninitialline"
        | "scalefactoratprojectioncentre"
        | "scalefactoronpseudostandardparallel" => {
            parameters.scale = value * own.unwrap_or(1.0);
        }
        "falseeasting" | "eastingatfalseorigin" | "eastingatprojectioncentre" => {
            parameters.false_easting_m = length;
        }
        "falsenorthing" | "northingatfalseorigin" | "northingatprojectioncentre" => {
            parameters.false_northing_m = length;
        }
        "azimuth" | "azimuthofinitialline" | "azimuthatprojectioncentre" | "colatitudeofconeaxis" => {
            parameters.azimuth_deg = angle;
        }
        "rectifiedgridangle" | "anglefromrectifiedtoskewgrid" | "xyplanerotation" => {
            parameters.rectified_grid_angle_deg = Some(angle);
        }
        _ => {}
    }
}

/// Resolves the names that mean two things depending on the parameters that come with them.
fn settled(method: Method, name: &str, mut p: Parameters) -> (Method, Parameters) {
    let pole = |latitude: f64| if latitude < 0.0 { -90.0 } else { 90.0 };
    let method = match method {
        Method::LambertConformal2 if p.standard_parallel_2_deg.is_none() => Method::LambertConformal1,
        Method::Mercator2 if p.standard_parallel_1_deg.is_none() => Method::Mercator1,
        Method::PolarStereographic1 if (p.latitude_of_origin_deg.abs() - 90.0).abs() > 1e-9 => {
            // WKT 1 puts the standard parallel into the latitude of origin.
            p.standard_parallel_1_deg = Some(p.latitude_of_origin_deg);
            Method::PolarStereographic2
        }
        Method::HotineObliqueMercator2 if (p.azimuth_deg - 90.0).abs() < 1e-9 => Method::SwissOblique,
        Method::CylindricalEqualArea if plain(name) == "behrmann" => {
            p.standard_parallel_1_deg = p.standard_parallel_1_deg.or(Some(30.0));
            method
        }
        other => other,
    };
    if method == Method::PolarStereographic2 {
        p.latitude_of_origin_deg = pole(p.standard_parallel_1_deg.unwrap_or(p.latitude_of_origin_deg));
    }
    (method, p)
}

/// Radians or metres per unit, from a node's own unit.
fn unit_of(node: &Node, keywords: &[&str]) -> Option<f64> {
    let factor = node.child(keywords)?.numbers().first().copied()?;
    (factor > 0.0).then_some(factor)
}

/// The same, from the node or, as WKT 2 also allows, from its first axis.
fn unit_of_axes(node: &Node, keywords: &[&str]) -> Option<f64> {
    unit_of(node, keywords).or_else(|| unit_of(node.child(&["AXIS"])?, keywords))
}

fn degrees(radians_per_unit: f64) -> f64 {
    let degrees = radians_per_unit.to_degrees();
    [1.0, 0.9].into_iter().find(|d| (degrees - d).abs() < 1e-8).unwrap_or(degrees)
}

/// Files round the foot to as few as nine digits; over a country that is half a metre.
fn snapped(metres: f64) -> f64 {
    let known = [1.0, 1200.0 / 3937.0, 0.3048, 1000.0];
    known.into_iter().find(|k| (metres / k - 1.0).abs() < 5e-8).unwrap_or(metres)
}

#[cfg(test)]
mod tests {
    use crate::{Crs, Method};

    const ESRI_UTM: &str = r#"PROJCS["WGS_1984_UTM_Zone_15N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-93.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    const ESRI_WEB: &str = r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]"#;
    const ESRI_FEET: &str = r#"PROJCS["Mine",GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",984250.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",-74.0],PARAMETER["Standard_Parallel_1",40.6666666666667],PARAMETER["Standard_Parallel_2",41.0333333333333],PARAMETER["Latitude_Of_Origin",40.1666666666667],UNIT["Foot_US",0.3048006096012192]]"#;
    const WKT2: &str = r#"BOUNDCRS[SOURCECRS[PROJCRS["Mine",BASEGEOGCRS["OSGB36",DATUM["Ordnance Survey of Great Britain 1936",ELLIPSOID["Airy 1830",6377563.396,299.3249646,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["mine",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",49,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Longitude of natural origin",-3,ANGLEUNIT["degree",0.0174532925199433]],PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1]],PARAMETER["False easting",400,LENGTHUNIT["kilometre",1000]],PARAMETER["False northing",-100000,LENGTHUNIT["metre",1]]],CS[Cartesian,2],AXIS["(E)",east,ORDER[1],LENGTHUNIT["metre",1]],AXIS["(N)",north,ORDER[2],LENGTHUNIT["metre",1]]]],TARGETCRS[GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],CS[ellipsoidal,2]]],ABRIDGEDTRANSFORMATION["t",METHOD["Coordinate Frame rotation",ID["EPSG",9607]],PARAMETER["X-axis translation",446.448],PARAMETER["Y-axis translation",-125.157],PARAMETER["Z-axis translation",542.06],PARAMETER["X-axis rotation",-0.15],PARAMETER["Y-axis rotation",-0.247],PARAMETER["Z-axis rotation",-0.842],PARAMETER["Scale difference",0.999979511]]]"#;

    #[test]
    fn esri_texts_without_codes_find_theirs() {
        assert_eq!(Crs::from_wkt(ESRI_UTM).expect("reads").epsg(), Some(32615));
        assert_eq!(Crs::from_wkt(ESRI_WEB).expect("reads").epsg(), Some(3857));
    }

    #[test]
    fn feet_parallels_and_names_are_kept_where_there_is_no_code() {
        let crs = Crs::from_wkt(ESRI_FEET).expect("reads");
        assert_eq!((crs.epsg(), crs.name(), crs.metres_per_unit()), (None, "Mine", Some(1200.0 / 3937.0)));
        let projection = crs.definition().and_then(|d| d.projection).expect("projected");
        assert_eq!(projection.method, Method::LambertConformal2);
        assert!((projection.parameters.false_easting_m - 300_000.0).abs() < 1e-6);
        assert_eq!(projection.parameters.standard_parallel_2_deg, Some(41.033_333_333_333_3));
    }

    #[test]
    fn wkt_2_with_units_everywhere_and_a_bound_shift_is_read() {
        let crs = Crs::from_wkt(WKT2).expect("reads");
        let definition = crs.definition().expect("known");
        let shift = definition.datum.to_wgs84.expect("bound");
        let expected = [446.448, -125.157, 542.06, 0.15, 0.247, 0.842, -20.489];
        assert!(shift.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{shift:?}");
        assert!(crs.proj4().contains("+x_0=400000 +y_0=-100000"), "{}", crs.proj4());
        assert!(crs.to_wkt().starts_with("PROJCS[\"Mine\""));
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        for code in [32615, 27700, 5070, 3031, 2056, 28992, 2263, 3857, 3035, 2193, 3375] {
            let crs = Crs::from_epsg(code).expect("in the table");
            let definition =
                crs.definition().or_else(|| crate::crs::proj4::define("x", crs.proj4())).expect("known");
            let text = crate::crs::wkt_write::wkt1(&definition, None);
            let again = Crs::from_wkt(&text).expect("reads");
            assert!(again.coincides_with(&crs), "{code}: {text}\n{}\n{}", crs.proj4(), again.proj4());
        }
    }

    #[test]
    fn grads_from_paris_are_written_and_read_as_such() {
        let crs = Crs::from_epsg(4807).expect("in the table");
        let text = crate::crs::wkt_write::wkt1(&crs.definition().expect("known"), None);
        let again = Crs::from_wkt(&text).expect("reads");
        assert_eq!(again.degrees_per_unit(), 0.9);
        // The table's WKT rounds the longitude of Paris to eight decimals, its PROJ string does not.
        let there = crate::Transformer::new(&crs, &again)
            .expect("usable")
            .convert((0.0, 52.0).into())
            .expect("inside");
        assert!(there.x.abs() < 1e-8 && (there.y - 52.0).abs() < 1e-12, "{there:?}");
    }

    #[test]
    fn compound_takes_the_map_and_geocentric_vertical_and_local_are_refused() {
        let compound =
            format!(r#"COMPD_CS["a + b",{ESRI_UTM},VERT_CS["b",VERT_DATUM["b",2005],UNIT["m",1]]]"#);
        assert_eq!(Crs::from_wkt(&compound).expect("reads").epsg(), Some(32615));
        for (text, reason) in [
            (r#"GEOCCS["x",DATUM["d",SPHEROID["s",6378137,298]]]"#, "geocentric"),
            (r#"LOCAL_CS["x",UNIT["m",1]]"#, "local"),
            (r#"VERT_CS["x"]"#, "`VERT_CS` is not a CRS that a map can show"),
            (r#"GEOGCS["x"]"#, "it names no datum"),
            (r#"GEOGCS["x",DATUM["d",SPHEROID["s",0,298]]]"#, "no earth"),
            (r#"GEOGCS["x",DATUM["d",SPHEROID["s",6378137]]]"#, "no size"),
        ] {
            let error = Crs::from_wkt(text).expect_err("refused").to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
