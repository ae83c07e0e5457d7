//! The EPSG table: the `crs-definitions` crate, and what it lacks.

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Empty where no PROJ string can say it.
    pub(crate) proj4: String,
    /// Empty where the table has none.
    pub(crate) wkt: &'static str,
}

/// `code|PROJ string|name`, sorted by code.
const MORE: &str = include_str!("epsg_more.txt");
/// Codes whose parameters EPSG has corrected since the crate's table was made.
pub(crate) const REVISED: &[u32] = &[3167, 3973, 3974, 3975, 6871];

/// Looks a code up.
pub(crate) fn row(code: u32) -> Option<Row> {
    let table = u16::try_from(code).ok().and_then(crs_definitions::from_code);
    match table {
        Some(def) if !REVISED.contains(&code) => {
            let name = def.wkt.split('"').nth(1).map_or_else(|| format!("EPSG:{code}"), str::to_owned);
            Some(Row { name, proj4: repaired(def.proj4, def.wkt), wkt: def.wkt })
        }
        _ => more(code),
    }
}

fn more(code: u32) -> Option<Row> {
    let wanted = code.to_string();
    let line = MORE.lines().find_map(|line| line.strip_prefix(&wanted)?.strip_prefix('|'))?;
    let (proj4, name) = line.split_once('|')?;
    Some(Row { name: name.to_owned(), proj4: proj4.to_owned(), wkt: "" })
}

fn repaired(proj4: &str, wkt: &str) -> String {
    // EPSG's Clarke 1880 (RGS) is another than PROJ's clrk80; the table means the former.
    let proj4 = proj4.replace("+ellps=clrk80 ", "+a=6378249.145 +rf=293.465 ");
    // Shift grids are not there; where the WKT has seven parameters in their stead, those serve.
    let grids = proj4.split_whitespace().find(|w| w.starts_with("+nadgrids=") && *w != "+nadgrids=@null");
    let seven = wkt.split_once("TOWGS84[").and_then(|(_, rest)| rest.split(']').next());
    match (grids, seven) {
        (Some(grids), Some(seven)) => proj4.replace(grids, &format!("+towgs84={seven}")),
        _ => proj4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Crs;

    #[test]
    fn every_row_that_was_added_is_usable() {
        let mut last = 0;
        for line in MORE.lines().filter(|line| !line.starts_with('#')) {
            let code: u32 = line.split('|').next().and_then(|c| c.parse().ok()).expect("begins with a code");
            assert!(code > last, "{code} is out of order");
            last = code;
            let crs = Crs::from_epsg(code).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(crs.epsg(), Some(code));
            assert!(crs.to_wkt().contains(&format!("\"EPSG\",\"{code}\"")), "{code}");
        }
    }

    #[test]
    fn all_of_the_crates_table_is_usable_but_for_what_no_map_can_show() {
        let mut refused = Vec::new();
        for code in 2000..=u16::MAX {
            let Some(def) = crs_definitions::from_code(code) else { continue };
            match Crs::from_epsg(u32::from(code)) {
                Ok(crs) => assert!(crs.to_wkt().contains('['), "{code}"),
                Err(_) if def.proj4.starts_with("+proj=geocent") => {}
                Err(_) => refused.push(code),
            }
        }
        // Laborde, Tunisia Mining Grid, New Zealand Map Grid, Laborde from Paris.
        assert_eq!(refused, [8441, 22300, 27200, 29701]);
    }
}
