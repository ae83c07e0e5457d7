//! What is understood, what is refused and where, and what comes out.

use proptest::prelude::*;

use crate::{BandLabel, Binary, Evaluator, Expression, MAX_BANDS, Step, Unary};

fn bands(count: usize) -> Vec<BandLabel> {
    vec![BandLabel::default(); count]
}

/// The value of an expression over four bands at one pixel.
fn value(text: &str, pixel: [f32; 4]) -> f32 {
    let program = Expression::parse(text).expect(text).resolve(&bands(4)).expect(text);
    let inputs: Vec<[f32; 1]> = program.bands().iter().map(|band| [pixel[*band]]).collect();
    let inputs: Vec<&[f32]> = inputs.iter().map(|one| &one[..]).collect();
    let mut out = [0.0];
    Evaluator::new(&program).evaluate(&inputs, &mut out);
    out[0]
}

/// Message, hint and place of what is wrong with a text.
fn refused(text: &str) -> (String, String, std::ops::Range<usize>) {
    let error = Expression::parse(text).expect_err(text);
    (error.message, error.hint, error.at)
}

#[test]
fn operators_bind_as_in_school_and_in_c() {
    let at = [2.0, 3.0, 4.0, 5.0];
    for (text, expected) in [
        ("b1 + b2 * b3", 14.0),
        ("(b1 + b2) * b3", 20.0),
        ("b4 - b2 - b1", 0.0),
        ("b3 / b1 / b1", 1.0),
        ("b1 ^ b2 ^ b1", 512.0),
        ("-b1 ^ b1", -4.0),
        ("b1 ** -1", 0.5),
        ("2 * -b1", -4.0),
        ("--b1 + +b1", 4.0),
        ("b1 < b2 && b3 < b4", 1.0),
        ("b1 > b2 || !(b3 != 4)", 1.0),
        ("b1 == 2 ? b2 : b3", 3.0),
        ("b1 > 9 ? 1 : b1 > 1 ? 2 : 3", 2.0),
        ("!b1 + 1", 1.0),
        ("1 + 2 < 3 + 4 == 1 ? b1 : b2", f32::NAN),
        ("b1 > 1 == (b2 > 1) ? 7 : b1", f32::NAN),
    ] {
        if expected.is_nan() {
            assert_eq!(refused(text).0, "Comparisons cannot be chained", "{text}");
        } else {
            let found = value(text, at);
            assert!((found - expected).abs() < 1e-4, "{text} gave {found}");
        }
    }
}

#[test]
fn functions_and_constants_give_their_values() {
    let at = [-2.0, 0.25, 4.0, 100.0];
    for (text, expected) in [
        ("abs(b1)", 2.0),
        ("SQRT(b3)", 2.0),
        ("exp(b3 - 4)", 1.0),
        ("log10(b4)", 2.0),
        ("log2(b3)", 2.0),
        ("log(exp(b3))", 4.0),
        ("min(b1, b2, b3)", -2.0),
        ("max(b1, b2, b3)", 4.0),
        ("mean(b1, b3)", 1.0),
        ("sum(b1, b2, b3, b4)", 102.25),
        ("clamp(b4, 0, 10) + clamp(b1, 0, 10)", 10.0),
        ("where(b1 < 0, b3, b4)", 4.0),
        ("pow(b3, 0.5)", 2.0),
        ("b3 ^ 3", 64.0),
        ("sin(pi * b3 / 8)", 1.0),
        ("cos(b1 + 2)", 1.0),
        ("tan(atan(b2))", 0.25),
        ("atan2(b3, b3) * 4 - pi", 0.0),
        ("asin(b2) + acos(b2) - pi / 2", 0.0),
        ("floor(b2) + ceil(b2) + round(b2) + trunc(b1) + sign(b1)", -2.0),
        ("isnan(b1)", 0.0),
        ("tanh(b1 + 2)", 0.0),
        (".5e1 * b3 - 2E1", 0.0),
    ] {
        let found = value(text, at);
        assert!((found - expected).abs() < 1e-5, "{text} gave {found}");
    }
}

#[test]
fn a_missing_value_is_missing_in_the_result() {
    let at = [f32::NAN, 2.0, f32::INFINITY, 0.0];
    for text in [
        "b1 + b2",
        "b2 > 1 ? b2 : b1",
        "b1 > 0",
        "b3",
        "b2 / b4",
        "nan * b2",
        "b2 > 1 ? nan : b2",
        "log(b4)",
        "isnan(b1) ? b3 : b2",
    ] {
        assert!(value(text, at).is_nan(), "{text}");
    }
    assert_eq!(value("isnan(b1) ? b2 : b1", at), 2.0, "who asks deals with it");
    assert_eq!(value("isnan(b1 + b3) + b2", at), 3.0);
    assert_eq!(value("isnan(b2 / b4)", at), 1.0);
}

#[test]
fn an_error_stands_under_the_word_that_is_wrong() {
    for (text, message, at) in [
        ("", "Expected a band or a number", 0..0),
        ("(nir-red)/", "Expected a band or a number after '/'", 10..10),
        ("b1 + * b2", "Expected a band or a number after '+'", 5..6),
        ("(b1 + b2", "Expected ')'", 8..8),
        ("b1 + b2)", "This ')' closes nothing", 7..8),
        ("b1 b2", "Expected an operator before 'b2'", 3..5),
        ("2nir", "Expected an operator before 'nir'", 1..4),
        ("b1(b2)", "There is no function 'b1'", 0..2),
        ("sqtr(b2)", "There is no function 'sqtr'", 0..4),
        ("clamp(b1, 2)", "'clamp' takes 3 values, not 2", 0..5),
        ("min()", "'min' takes 1 to 64 values, not 0", 0..3),
        ("max(b1,)", "Expected a band or a number after ','", 7..8),
        ("b1, b2", "A ',' stands only between the values of a function", 2..3),
        ("b1 ? b2", "Expected ':' and what holds otherwise", 7..7),
        ("b1 : b2", "This ':' has no '?' before it", 3..4),
        ("b1 = 2", "A single '=' compares nothing", 3..4),
        ("b1 & b2", "A single '&' means nothing", 3..4),
        ("b1 < b2 < b3", "Comparisons cannot be chained", 8..9),
        ("ä + §", "'§' does not belong into an expression", 5..7),
        ("1e99", "This number is too large", 0..4),
        ("nm(red)", "Expected a wavelength in nm after '('", 3..6),
        ("'B8", "The name that begins here has no closing quote", 0..1),
        ("b1 + ''", "There is no name between these quotes", 5..7),
        ("b1 and b2", "Expected an operator before 'and'", 3..6),
        ("b1 !b2", "Expected an operator instead of '!'", 3..4),
    ] {
        let (found, _, place) = refused(text);
        assert_eq!((found.as_str(), place), (message, at), "{text}");
    }
    assert_eq!(refused("sqtr(b2)").1, "did you mean sqrt?");
    assert_eq!(refused("2nir").1, "to multiply, write '*'");
    assert_eq!(refused("(b1").1, "the '(' at character 1 is still open");
    assert_eq!(refused("ä ? b2").1, "the '?' at character 3 needs two outcomes, as in a > 1 ? b : c");
}

#[test]
fn hostile_texts_are_refused_at_once() {
    let started = std::time::Instant::now();
    for text in [
        "(".repeat(100_000),
        "b1+".repeat(350_000),
        "(".repeat(9_000),
        "-".repeat(9_000) + "b1",
        "b1^".repeat(3_000) + "b1",
        "abs(".repeat(2_000),
        "b1+".repeat(3_000) + "b1",
        "b1?".repeat(3_000),
        "b1?1:".repeat(2_000) + "b1",
        "a".repeat(10_000) + "(1)",
        "min(".to_owned() + &"b1,".repeat(3_000) + "b1)",
        "\u{0}".to_owned(),
        "'".to_owned() + &"\u{1f600}".repeat(2_000),
        "1".repeat(9_999),
        "0.".to_owned() + &"1".repeat(9_000) + "e-999999999 §",
    ] {
        let error = Expression::parse(&text).expect_err("hostile");
        let shown = error.pointed(&text);
        assert!(error.message.len() < 200 && shown.len() < 700, "{error}");
    }
    let many = (1..=MAX_BANDS + 1).map(|b| format!("b{b}")).collect::<Vec<_>>().join("+");
    let error = Expression::parse(&many).unwrap().resolve(&bands(40)).unwrap_err();
    assert_eq!(&many[error.at], "b17");
    assert!(Expression::parse("1 + pi").unwrap().resolve(&bands(1)).is_err(), "no band in it");
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn what_no_band_decides_is_worked_out_and_nothing_is_done_twice() {
    let steps = |text: &str| Expression::parse(text).unwrap().resolve(&bands(4)).unwrap().steps().to_vec();
    assert_eq!(steps("b1 * (2 + 3 * 4)"), steps("b1 * 14"));
    assert_eq!(steps("(b1 - b2) / (b1 - b2)").len(), 4);
    assert_eq!(steps("1 > 2 ? b1 : b2"), [Step::Band(0)]);
    assert_eq!(steps("b1 ^ 1"), [Step::Band(0)]);
    assert_eq!(steps("b1 ^ -2")[2..], [Step::One(Unary::Power(2), 0), Step::Two(Binary::Divide, 1, 2)]);
    let program = Expression::parse("1 > 2 ? b1 : b4").unwrap().resolve(&bands(4)).unwrap();
    assert_eq!(program.bands(), [3]);
    assert_eq!(steps("b1 - 1e-42"), steps("b1 - 0"), "too small a number is 0");
}

#[test]
fn long_rows_and_short_ones_come_out_alike() {
    let program = Expression::parse("b1 * 2 + b2").unwrap().resolve(&bands(2)).unwrap();
    let a: Vec<f32> = (0..1500).map(|i| i as f32).collect();
    let b: Vec<f32> = (0..1400).map(|i| i as f32 / 2.0).collect();
    let mut out = vec![0.0; 1500];
    Evaluator::new(&program).evaluate(&[&a, &b], &mut out);
    assert!((0..1400).all(|i| out[i] == i as f32 * 2.5), "every value is right");
    assert!(out[1400..].iter().all(|v| v.is_nan()), "a band that ends early has no values there");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[-b0-9a-z()+*/^<>=!&|?:,. '\"§−]{0,60}") {
        match Expression::parse(&text) {
            Ok(expression) => drop(expression.resolve(&bands(9))),
            Err(error) => {
                prop_assert!(error.at.start <= text.len());
                drop(error.pointed(&text));
            }
        }
    }

    #[test]
    fn no_pixel_gives_an_infinite_or_a_tiny_number(pixel in prop::array::uniform4(any::<f32>())) {
        for text in [
            "(b1 - b2) / (b3 + b4)", "b1 ^ b2 * b3", "exp(b1) / log(b2) + sqrt(b3)", "b1 * b2 * b3 / b4",
            "tan(b1) + atan2(b2, b3) - tanh(b4)", "b1 > b2 ? asin(b3) : cos(b4)",
        ] {
            let found = value(text, pixel);
            prop_assert!(found.is_nan() || found == 0.0 || found.is_normal(), "{} gave {}", text, found);
        }
    }
}
