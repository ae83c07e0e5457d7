//! Complex samples as bands: magnitude first, because that is what people look at, then phase and the two parts.

use crate::describe::{BandDescription, BandOrigin, ImageDescription};
use crate::plan::{BandPlan, BandSource};

/// The four bands of each complex sample, in the order of [`plan`].
pub(crate) fn bands(samples: Vec<BandDescription>) -> Vec<BandDescription> {
    const PARTS: [BandOrigin; 4] =
        [BandOrigin::Magnitude, BandOrigin::Phase, BandOrigin::Real, BandOrigin::Imaginary];
    let parts = samples.into_iter().flat_map(|sample| {
        PARTS.map(|origin| {
            let part = origin.of_complex().unwrap_or_default();
            BandDescription {
                name: Some(name_of_part(sample.name.as_deref(), part)),
                origin,
                no_data: None,
                range: None,
                ..sample.clone()
            }
        })
    });
    parts.enumerate().map(|(index, band)| BandDescription { index, ..band }).collect()
}

/// The name of a part of a sample that may have a name itself.
pub(crate) fn name_of_part(sample: Option<&str>, part: &str) -> String {
    sample.map_or_else(|| capitalized(part), |name| format!("{name} {part}"))
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

/// How those bands come from the stored numbers, real part and imaginary part of each sample in turn.
pub(crate) fn plan(image: &ImageDescription, no_data: Option<f64>) -> BandPlan {
    let sources = (0..image.bands.len() / 4).flat_map(|sample| {
        let real = 2 * sample;
        [
            BandSource::Magnitude(real),
            BandSource::Phase(real),
            BandSource::Sample(real),
            BandSource::Imaginary(real),
        ]
    });
    BandPlan { sources: sources.collect(), alpha: None, ..BandPlan::with_no_data(image, no_data) }
}
