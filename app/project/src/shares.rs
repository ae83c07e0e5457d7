//! What a model says of all classes at once, as it stands in the note of its label.

use std::fmt::Write as _;

use crate::{ClassCode, Label};

/// Less is not told.
const LEAST: f64 = 0.005;

/// All classes with their probabilities, the likeliest first: `destroyed 0.81, major damage 0.14`.
pub fn shares_in_words<'a>(shares: impl IntoIterator<Item = (&'a str, f64)>) -> String {
    let mut shares: Vec<(&str, f64)> = shares.into_iter().filter(|(_, p)| *p >= LEAST).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut words = String::new();
    for (class, p) in shares {
        let between = if words.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(words, "{between}{class} {p:.2}");
    }
    words
}

impl Label {
    /// The probabilities of all classes, the likeliest first, where a model told them; they sum up to 1. Empty where a
    /// label says nothing but its class.
    pub fn shares(&self) -> Vec<(ClassCode, f64)> {
        if !self.author.is_model() {
            return Vec::new();
        }
        let one = |part: &str| {
            let (class, p) = part.rsplit_once(' ')?;
            let p: f64 = p.parse().ok()?;
            (0.0..=1.0).contains(&p).then(|| (ClassCode::new(class), p))
        };
        let shares: Option<Vec<(ClassCode, f64)>> = self.note.split(", ").map(one).collect();
        let mut shares = shares.unwrap_or_default();
        let sum: f64 = shares.iter().map(|(_, p)| p).sum();
        // A note that somebody wrote can look like one.
        if !(0.5..=1.1).contains(&sum) || shares.first().is_none_or(|(class, _)| *class != self.class) {
            return Vec::new();
        }
        for (_, p) in &mut shares {
            *p /= sum;
        }
        shares
    }

    /// How undecided the author was, in bits: 0 sure, 1 as between two classes that are alike. Of a label with nothing but
    /// a confidence the rest counts as one other class; `None` where there is neither.
    pub fn entropy_bits(&self) -> Option<f64> {
        let bits = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
        let shares = self.shares();
        if !shares.is_empty() {
            return Some(shares.iter().map(|(_, p)| bits(*p)).sum());
        }
        self.confidence.map(|sure| bits(sure.clamp(0.0, 1.0)) + bits(1.0 - sure.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Author, RegionId};

    fn label(author: &str, class: &str, confidence: Option<f64>, note: &str) -> Label {
        Label {
            region: RegionId::from_uuid(uuid::Uuid::nil()),
            class: ClassCode::new(class),
            author: Author::new(author),
            confidence,
            note: note.to_owned(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        }
    }

    #[test]
    fn what_a_model_told_is_read_again_and_nothing_else_is_taken_for_it() {
        let note = shares_in_words([("minor damage", 0.2), ("destroyed", 0.7), ("", 0.1), ("none", 0.001)]);
        assert_eq!(note, "destroyed 0.70, minor damage 0.20,  0.10");
        let told = label("model:a", "destroyed", Some(0.7), &note);
        let shares = told.shares();
        assert_eq!(shares.len(), 3);
        assert_eq!((shares[0].0.as_str(), shares[2].0.as_str()), ("destroyed", ""));
        assert!((shares.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((told.entropy_bits().expect("known") - 1.1568).abs() < 1e-3);
        for (author, note) in [
            ("Ana", note.as_str()),
            ("model:a", "looks destroyed 0.9"),
            ("model:a", "minor damage 0.9, destroyed 0.1"),
            ("model:a", "destroyed 7"),
            ("model:a", "destroyed NaN"),
            ("model:a", ""),
        ] {
            assert!(label(author, "destroyed", None, note).shares().is_empty(), "{author}: {note}");
        }
        let unsure = label("model:a", "destroyed", Some(0.5), "").entropy_bits();
        assert!((unsure.expect("known") - 1.0).abs() < 1e-12);
        assert_eq!(label("model:a", "destroyed", None, "").entropy_bits(), None);
    }
}
