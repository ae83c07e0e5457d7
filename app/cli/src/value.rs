//! `--expression` and `--index`: one number for each pixel.

use expression::{Expression, ExpressionError, Index};
use picture::Formula;
use raster::ImageDescription;

use crate::args::ValueArgs;
use crate::failure::Failure;

/// What the arguments ask for, over the bands of an image; `None` when they ask for nothing.
pub(crate) fn formula(args: &ValueArgs, image: &ImageDescription) -> anyhow::Result<Option<Formula>> {
    let expression = match (&args.expression, &args.index) {
        (Some(text), _) => Expression::parse(text).map_err(|error| told(text, &error))?,
        (None, Some(name)) => index(name)?,
        (None, None) => return Ok(None),
    };
    let text = expression.text().to_owned();
    Formula::new(expression, image).map(Some).map_err(|error| told(&text, &error))
}

/// An index by its short name, and other values for its parameters: `SAVI:L=0.25`.
fn index(given: &str) -> anyhow::Result<Expression> {
    let (name, parameters) = given.split_once(':').unwrap_or((given, ""));
    let Some(index) = Index::of(name.trim()) else {
        let what = format!("There is no spectral index `{name}`");
        return Err(Failure::because(
            what,
            "`orthoscope list indices` lists them; any formula goes with --expression",
        ));
    };
    let known: Vec<&str> = index.parameters.keys().map(String::as_str).collect();
    let mut values = Vec::new();
    for parameter in parameters.split(',').filter(|p| !p.trim().is_empty()) {
        let parsed = parameter
            .split_once('=')
            .and_then(|(name, value)| Some((name.trim(), value.trim().parse().ok()?)));
        let Some(parsed) =
            parsed.filter(|(name, value): &(&str, f32)| known.contains(name) && value.is_finite())
        else {
            let what = format!("`{parameter}` is not a parameter of {} with a number", index.name);
            let hint = match known[..] {
                [] => format!("{} has no parameters", index.name),
                _ => format!("its parameters are {}", known.join(", ")),
            };
            return Err(Failure::because(what, hint));
        };
        values.push(parsed);
    }
    index.expression(&values).map_err(|error| told(&index.formula, &error))
}

/// The error with the text and a caret under the place.
fn told(text: &str, error: &ExpressionError) -> anyhow::Error {
    let pointed = error.pointed(text).replace('\n', "\n  ");
    let hint = if error.hint.is_empty() {
        "`orthoscope list functions` and `orthoscope list roles` say what there is".to_owned()
    } else {
        error.hint.clone()
    };
    Failure::because(format!("{}\n  {pointed}", error.message), hint)
}
