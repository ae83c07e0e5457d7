//! Published spectral indices under their short names.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::lexer::{Word, words};
use crate::{Expression, ExpressionError};

/// A published formula; the table is `assets/spectral-indices.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Its short name, such as `NDVI`.
    pub name: String,
    /// Its name in full.
    pub title: String,
    /// `vegetation`, `water`, `burn`, `snow`, `urban`, `soil`, `radar` or `kernel`.
    pub domain: String,
    /// In the language of [`Expression`]; bands by the letters of their [`crate::Role`].
    pub formula: String,
    /// The letters of the roles that it needs.
    pub bands: Vec<String>,
    /// Names in the formula that stand for numbers, with the published values.
    #[serde(default)]
    pub parameters: BTreeMap<String, f32>,
    /// Who published it: a DOI, an address, or author and year.
    pub reference: String,
}

impl Index {
    /// The formula, with the published values for its parameters but those given here.
    pub fn expression(&self, parameters: &[(&str, f32)]) -> Result<Expression, ExpressionError> {
        let given = |name: &str| parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        let all: Vec<(&str, f32)> = self
            .parameters
            .iter()
            .map(|(name, value)| (name.as_str(), given(name).unwrap_or(*value)))
            .collect();
        Expression::parse_with(&self.formula, &all)
    }

    /// The formula with the published values in place of its parameters, so that it can be read without them.
    pub fn spelled_out(&self) -> String {
        let Ok(words) = words(&self.formula) else { return self.formula.clone() };
        let mut text = String::new();
        let mut done = 0;
        for token in words {
            let Word::Name(name) = token.word else { continue };
            if let Some(value) = self.parameters.get(name) {
                text.push_str(&self.formula[done..token.at.start]);
                let sign = if *value < 0.0 { format!("({value})") } else { value.to_string() };
                text.push_str(&sign);
                done = token.at.end;
            }
        }
        text.push_str(&self.formula[done..]);
        text
    }

    /// The index of a short name, whatever the case.
    pub fn of(name: &str) -> Option<&'static Self> {
        let exact = indices().iter().find(|index| index.name == name);
        exact.or_else(|| indices().iter().find(|index| index.name.eq_ignore_ascii_case(name)))
    }
}

#[derive(Deserialize)]
struct Table {
    index: Vec<Index>,
}

/// Every index of the catalogue, by short name.
pub fn indices() -> &'static [Index] {
    static INDICES: OnceLock<Vec<Index>> = OnceLock::new();
    INDICES.get_or_init(|| {
        let table: Result<Table, _> = toml::from_str(include_str!("../../../assets/spectral-indices.toml"));
        // A test reads the table, so that it cannot fail in a build that passed.
        table.map(|table| table.index).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{BandLabel, Evaluator, ROLES};

    const POLARIZATIONS: [&str; 4] = ["VV", "VH", "HH", "HV"];

    /// A band for every role and polarization, by name.
    fn every_band() -> Vec<BandLabel> {
        let names = ROLES.iter().map(|role| role.letters).chain(POLARIZATIONS);
        names.map(|name| BandLabel { name: Some(name.to_owned()), ..BandLabel::default() }).collect()
    }

    #[test]
    fn the_table_reads_and_names_no_index_twice() {
        toml::from_str::<Table>(include_str!("../../../assets/spectral-indices.toml"))
            .expect("the table reads");
        assert!(indices().len() > 250, "{} indices", indices().len());
        let names: BTreeSet<&str> = indices().iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names.len(), indices().len(), "a name stands twice");
        let words =
            |index: &Index| [&index.title, &index.domain, &index.reference].iter().all(|w| !w.is_empty());
        assert!(indices().iter().all(words), "an index says too little about itself");
    }

    #[test]
    fn every_formula_is_sound_and_needs_the_bands_that_it_says() {
        let labels = every_band();
        for index in indices() {
            let program = index.expression(&[]).and_then(|expression| expression.resolve(&labels));
            let program = program.unwrap_or_else(|error| panic!("{}: {error} {}", index.name, error.hint));
            let used = program.bands().iter().filter_map(|band| labels[*band].name.as_deref());
            let used: BTreeSet<&str> = used.collect();
            let said: BTreeSet<&str> = index.bands.iter().map(String::as_str).collect();
            assert_eq!(used, said, "{}", index.name);
        }
    }

    #[test]
    fn a_parameter_can_be_given_and_the_published_one_holds_otherwise() {
        let value = |parameters: &[(&str, f32)]| {
            let expression = Index::of("savi").expect("there is one").expression(parameters).expect("sound");
            let program = expression.resolve(&every_band()).expect("there are bands");
            let inputs: Vec<&[f32]> =
                program.bands().iter().map(|b| if *b == 9 { &[0.5][..] } else { &[0.1] }).collect();
            let mut out = [0.0];
            Evaluator::new(&program).evaluate(&inputs, &mut out);
            out[0]
        };
        assert_eq!(ROLES[9].letters, "N");
        assert!((value(&[]) - 1.5 * 0.4 / 1.1).abs() < 1e-6);
        assert!((value(&[("L", 0.0)]) - 0.4 / 0.6).abs() < 1e-6);
    }

    #[test]
    fn a_formula_spelled_out_needs_no_parameters_and_means_the_same() {
        let labels = every_band();
        let value = |expression: Result<Expression, ExpressionError>, name: &str| {
            let program = expression.and_then(|e| e.resolve(&labels)).expect(name);
            let inputs: Vec<[f32; 1]> = program.bands().iter().map(|b| [0.03 + 0.05 * *b as f32]).collect();
            let inputs: Vec<&[f32]> = inputs.iter().map(|band| &band[..]).collect();
            let mut out = [0.0];
            Evaluator::new(&program).evaluate(&inputs, &mut out);
            out[0].to_bits()
        };
        for index in indices() {
            let plain = Expression::parse(&index.spelled_out());
            assert_eq!(
                value(plain, &index.name),
                value(index.expression(&[]), &index.name),
                "{}",
                index.name
            );
        }
        let savi = Index::of("SAVI").expect("there is one").spelled_out();
        assert!(savi.contains("0.5") && !savi.contains('L'), "{savi}");
    }

    #[test]
    fn names_that_differ_only_in_case_are_told_apart() {
        assert_eq!(Index::of("BaI").map(|i| i.title.as_str()), Some("Bareness Index"));
        assert_eq!(Index::of("BAI").map(|i| i.title.as_str()), Some("Burned Area Index"));
        assert_eq!(Index::of("ndvi").map(|i| i.name.as_str()), Some("NDVI"));
        assert!(Index::of("no such").is_none());
    }
}
