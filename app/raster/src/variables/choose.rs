//! Which variable of a file is shown.

use crate::error::Fault;
use crate::variables::bands::Spectral;
use crate::variables::container::{Container, Variable};

/// What was asked for, as in `group/name[3]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) name: Option<String>,
    pub(crate) indices: Vec<u64>,
    /// The image as the sensor saw it, although the file knows where each pixel lies.
    pub(crate) raw: bool,
}

impl Wish {
    pub(crate) fn parse(part: &str) -> Result<Self, Fault> {
        let odd = || Fault::out_of_range(format!("“{part:.60}” is no variable: say NAME or NAME[INDEX]"));
        let Some((name, rest)) = part.split_once('[') else {
            return Ok(Self { name: Some(part.to_owned()).filter(|n| !n.is_empty()), ..Self::default() });
        };
        let inside = rest.strip_suffix(']').ok_or_else(odd)?;
        let name = Some(name.to_owned()).filter(|n| !n.is_empty());
        if inside.trim() == "raw" {
            return Ok(Self { name, raw: true, ..Self::default() });
        }
        let indices: Result<Vec<u64>, _> = inside.split(',').map(|n| n.trim().parse()).collect();
        Ok(Self { name, indices: indices.map_err(|_| odd())?, raw: false })
    }
}

/// Names of variables that say where pixels lie, and not what is there.
const PLACES: [&str; 14] = [
    "lat",
    "lon",
    "latitude",
    "longitude",
    "glt_x",
    "glt_y",
    "elev",
    "elevation",
    "lat_bnds",
    "lon_bnds",
    "time_bnds",
    "x_bnds",
    "y_bnds",
    "crs",
];

fn is_place(variable: &Variable) -> bool {
    let leaf = variable.leaf().to_lowercase();
    let group = variable.group().to_lowercase();
    PLACES.contains(&leaf.as_str())
        || leaf.ends_with("_bnds")
        || leaf.ends_with("_bounds")
        || leaf.starts_with("latitude")
        || leaf.starts_with("longitude")
        || ["location", "geolocation", "geocoding", "kdp"].iter().any(|word| group.contains(word))
}

fn can_be_shown(variable: &Variable) -> bool {
    variable.number.is_some()
        && variable.shape.len() >= 2
        && variable.shape.iter().all(|n| *n > 0)
        && variable.shape.iter().filter(|n| **n > 1).count() >= usize::from(variable.shape.len() > 2)
}

/// Paths of all variables that can be shown.
pub(crate) fn shown(container: &Container) -> Vec<&Variable> {
    container.variables.iter().filter(|v| can_be_shown(v)).collect()
}

/// The variable that was asked for; else the one with the most numbers, those first whose bands show the
/// colours that people see.
pub(crate) fn choose<'a>(
    container: &'a Container,
    wish: &Wish,
    warnings: &mut Vec<String>,
) -> Result<&'a Variable, Fault> {
    let all = shown(container);
    if let Some(name) = &wish.name {
        let found = container.find(name).ok_or_else(|| {
            Fault::out_of_range(format!("it has no variable “{name:.60}”{}", among("; it has ", &all)))
        })?;
        if !can_be_shown(found) {
            return Err(Fault::out_of_range(format!(
                "“{name:.60}” is no image{}",
                among("; these are: ", &all)
            )));
        }
        return Ok(found);
    }
    let spectral = Spectral::lists(container);
    let rank = |v: &Variable| {
        let seen = v.shape.iter().any(|n| spectral.is_visible(*n));
        (!is_place(v), seen, v.count().unwrap_or(0))
    };
    let mut best: Option<&Variable> = None;
    for variable in &all {
        if best.is_none_or(|b| rank(variable) > rank(b)) {
            best = Some(variable);
        }
    }
    let best = best.ok_or_else(|| Fault::NotAnImage("none of its variables is an image".into()))?;
    let others: Vec<&Variable> = all.into_iter().filter(|v| v.path != best.path && !is_place(v)).collect();
    if !others.is_empty() {
        warnings.push(format!(
            "It holds {} variables that are images; {} is shown, FILE:NAME shows another{}.",
            others.len() + 1,
            best.path,
            among(": ", &others)
        ));
    }
    Ok(best)
}

/// Some names for a sentence.
fn among(before: &str, variables: &[&Variable]) -> String {
    const MOST: usize = 6;
    if variables.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = variables.iter().take(MOST).map(|v| v.path.as_str()).collect();
    let more = if variables.len() > MOST { " and more" } else { "" };
    let text: String = names.join(", ").chars().take(200).collect();
    format!("{before}{text}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_indices_and_raw_are_told_apart() {
        let parse = |part| Wish::parse(part).expect("a wish");
        assert_eq!(parse("a/b").name.as_deref(), Some("a/b"));
        assert_eq!(parse("sen2[3, 1]").indices, [3, 1]);
        assert!(parse("reflectance[raw]").raw && parse("[2]").name.is_none());
        assert!(Wish::parse("a[x]").is_err() && Wish::parse("a[1").is_err());
    }
}
