//! The border to decoders that others wrote.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Fault;

/// Runs a decoder of hostile data; should it panic, that is an error of the data like any other. What it
/// was given is dropped, so that nothing half-done is seen.
pub(crate) fn guarded<T>(name: &str, decode: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(Fault::damaged(format!("the {name} data are damaged"))))
}

/// What a decoder says about damage, as the end of a sentence.
pub(crate) fn damaged(name: &str, error: &dyn std::fmt::Display) -> Fault {
    let text = error.to_string();
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect();
    Fault::damaged(format!("the {name} data are damaged ({})", text.trim().trim_end_matches('.')))
}

/// Refuses a picture of other dimensions than its chunk before its pixels are decoded. It may have more
/// rows than the last strip needs, but not more than any.
pub(crate) fn check_size(
    name: &str,
    (width, height): (u64, u64),
    layout: &crate::layout::Layout,
    rows: u32,
) -> Result<(), Fault> {
    let highest = u64::from(layout.chunk_height.max(rows));
    if width == u64::from(layout.chunk_width) && (u64::from(rows)..=highest).contains(&height) {
        return Ok(());
    }
    Err(Fault::damaged(format!(
        "{name} data of {width}×{height} pixels stand where {}×{rows} belong",
        layout.chunk_width
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_is_an_error_of_its_data() {
        let outcome = guarded::<()>("XYZ", || panic!("index out of bounds"));
        assert_eq!(outcome, Err(Fault::damaged("the XYZ data are damaged")));
        assert_eq!(guarded("XYZ", || Ok(3)), Ok(3));
    }

    #[test]
    fn what_a_decoder_says_becomes_part_of_one_sentence() {
        let fault = damaged("XYZ", &"bad\nluck.");
        assert_eq!(fault, Fault::damaged("the XYZ data are damaged (bad luck)"));
    }
}
