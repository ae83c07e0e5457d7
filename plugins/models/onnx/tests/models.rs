//! ONNX models are told by what they say of themselves, refused in a sentence where they cannot be asked, and say what ONNX
//! Runtime's own Python says. The models come from `fixtures/onnx_models.py`.

use std::path::{Path, PathBuf};

use learning::{Chip, Choice, Normal, pattern};
use onnx::{Activation, Described};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn described(name: &str) -> Described {
    Described::read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn refused(name: &str) -> String {
    let error = Described::read(&fixture(name)).expect_err(name);
    let text = format!("{error}. {}", error.hint());
    assert!(!text.contains('\n'), "{text}");
    text
}

/// True where ONNX Runtime is at hand; where `ORT_DYLIB_PATH` names one, it must be.
#[expect(clippy::print_stderr, reason = "what was not tested is said")]
fn can_ask() -> bool {
    match onnx::available() {
        Ok(()) => true,
        Err(error) => {
            let named = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty())
                && cfg!(feature = "runtime");
            assert!(!named, "ORT_DYLIB_PATH names a runtime, yet {error}");
            eprintln!("SKIPPED: {error}");
            false
        }
    }
}

#[test]
fn the_keys_of_qgis_deepness_say_classes_scale_tiles_and_norms() {
    let model = described("logits.onnx");
    assert_eq!((model.bands, model.planes, model.batch, model.fixed_px), (3, 3, None, None));
    assert_eq!(model.activation, Activation::Missing, "it ends in a convolution");
    assert_eq!(model.classes, ["", "Destroyed", "no-damage"], "the background is left as it is");
    let manifest = model.manifest();
    assert_eq!((manifest.metres_per_px, manifest.chip_px), (Some(0.1), 64));
    assert!(manifest.id.starts_with("onnx-pixels-") && manifest.sha256.len() == 64);
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
    assert!(near(&manifest.normal.mean, &[102.0, 127.5, 153.0]), "{:?}", manifest.normal);
    assert!(near(&manifest.normal.spread, &[51.0, 63.75, 127.5]), "{:?}", manifest.normal);
    let asking = model.asking(None, 4).expect("may be asked");
    assert_eq!((asking.tile_px, asking.overlap_px, asking.batch), (64, 16, 4));
    assert_eq!((asking.choice, model.min_area_px()), (Choice::Likeliest, Some(8.0)));
    assert_eq!(
        model.asking(Some(100), 4).expect("any tile").tile_px,
        128,
        "rounded up to what networks halve"
    );

    let fixed = described("softmax.onnx");
    assert_eq!((fixed.batch, fixed.fixed_px, fixed.activation), (Some(1), Some(32), Activation::Done));
    assert_eq!(fixed.classes, ["", "Destroyed", "no-damage"], "a dictionary as Python writes it");
    let asking = fixed.asking(None, 4).expect("may be asked");
    assert_eq!((asking.tile_px, asking.batch), (32, 1));
    let error = fixed.asking(Some(64), 4).expect_err("another tile").to_string();
    assert!(error.contains("tiles of 32 pixels only"), "{error}");

    let gray = described("gray.onnx");
    assert_eq!(
        (gray.bands, gray.planes, gray.activation),
        (1, 1, Activation::Done),
        "a sigmoid behind a Squeeze"
    );
    let single = described("sigmoid.onnx");
    assert_eq!((single.planes, single.classes.as_slice()), (1, &[String::new(), "Destroyed".to_owned()][..]));
    assert_eq!(single.asking(None, 1).expect("may be asked").choice, Choice::SecondFrom(0.3));
    assert_eq!(single.manifest().metres_per_px, None);
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_was_found() {
    for (name, words) in [
        ("detector.onnx", ["is a Detector", "only a Segmentor"]),
        (
            "two_inputs.onnx",
            [
                "takes 2 inputs (pixels: float [batch, 3, height, width]; more: float [1])",
                "expected is one input",
            ],
        ),
        ("argmax.onnx", ["gives classes: int64 [batch, height, width]", "ArgMax"]),
        (
            "smaller.onnx",
            ["gives classes: float [1, 3, 30, 30] for tiles of 32 × 32 pixels", "as large as their input"],
        ),
    ] {
        let text = refused(name);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    }
    let gone = Described::read(&fixture("gone.onnx")).expect_err("no such file").to_string();
    assert!(gone.contains("gone.onnx"), "{gone}");
}

#[test]
fn torn_and_hostile_files_are_refused_in_a_sentence_and_cost_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.onnx");
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        Described::read(&path)
    };
    let whole = std::fs::read(fixture("logits.onnx")).expect("a fixture");
    let graph_ends = whole.len() - 400;
    for length in 0..graph_ends {
        let error = read(&whole[..length]).expect_err("torn").to_string();
        assert!(error.contains("m.onnx") && !error.contains('\n'), "{length}: {error}");
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            // Whatever it is taken for, nothing panics, and what is refused is refused in a sentence.
            if let Err(error) = read(&bytes) {
                assert!(!error.to_string().contains('\n'), "{at}: {error}");
            }
        }
    }
    // A graph that claims 2⁶³ bytes; groups in groups a million deep; a name of 4 GB; nothing but names.
    let claims = [vec![0x3A], vec![0xFF; 8], vec![0x7F]].concat();
    let deep = vec![0x0B; 1 << 20];
    let long = [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x12, 0xFA, 0xFF, 0xFF, 0xFF, 0x0F].to_vec();
    let text = b"<!doctype html><title>Sign in</title>".to_vec();
    for bytes in [claims, deep, long, text, vec![0; 4096], vec![0xFF; 4096], Vec::new()] {
        assert!(read(&bytes).is_err());
    }
}

#[test]
fn without_a_runtime_it_is_said_how_to_get_one() {
    let Err(error) = onnx::available() else { return };
    let text = format!("{error}. {}", error.hint());
    assert!(text.contains("ONNX Runtime") && text.contains("ORT_DYLIB_PATH"), "{text}");
}

#[derive(serde::Deserialize)]
struct Expected {
    side: usize,
    seed: u32,
    every: usize,
    probabilities: std::collections::BTreeMap<String, Vec<f64>>,
}

/// Probabilities of each class of each pixel, class after class.
fn softmax(logits: &[f32], classes: usize) -> Vec<f64> {
    let area = logits.len() / classes;
    let mut p: Vec<f64> = logits.iter().map(|l| f64::from(*l)).collect();
    for at in 0..area {
        let top = (0..classes).map(|c| p[c * area + at]).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..classes).map(|c| (p[c * area + at] - top).exp()).sum();
        (0..classes).for_each(|c| p[c * area + at] = (p[c * area + at] - top).exp() / sum);
    }
    p
}

#[test]
fn probabilities_are_those_of_onnx_runtimes_own_python() {
    if !can_ask() {
        return;
    }
    let text = std::fs::read_to_string(fixture("expected.json")).expect("a fixture");
    let expected: Expected = serde_json::from_str(&text).expect("as the script writes it");
    let side = expected.side;
    let pixels: Vec<f32> =
        pattern(expected.seed, 3 * side * side).iter().map(|v| v * 127.5 + 127.5).collect();
    let chip = Chip { side, pixels, valid: vec![true; side * side], ..Chip::default() };
    for (name, told) in &expected.probabilities {
        let model = described(&format!("{name}.onnx"));
        let net = onnx::open(&model).unwrap_or_else(|error| panic!("{name}: {error}"));
        let normal: Normal = model.manifest().normal;
        let one = normal.channels(&chip, false);
        // Two at once, where the network takes one as well.
        let logits = net.logits([one.clone(), one].concat(), 2, side).expect("asked");
        let of_one = logits.len() / 2;
        assert_eq!(logits[..of_one], logits[of_one..], "{name}: neighbours do not matter");
        let said = softmax(&logits[..of_one], model.classes.len());
        assert_eq!(told.len(), said.len().div_ceil(expected.every));
        let far =
            said.iter().step_by(expected.every).zip(told).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        eprintln!("{name}: {far:.1e}");
        assert!(far <= 1e-6, "{name}: {far}");
    }
}

#[test]
fn a_model_that_gives_another_size_than_it_says_or_no_numbers_is_refused_when_asked() {
    if !can_ask() {
        return;
    }
    let net = onnx::open(&described("lying.onnx")).expect("it says nothing wrong");
    let error = net.logits(vec![0.0; 3 * 64 * 64], 1, 64).expect_err("62 × 62").to_string();
    assert!(error.contains("[1, 3, 62, 62]") && error.contains("[1, 3, 64, 64]"), "{error}");
    let net = onnx::open(&described("logits.onnx")).expect("opens");
    let error = net.logits(vec![f32::NAN; 3 * 64 * 64], 1, 64).expect_err("no numbers").to_string();
    assert!(error.contains("no numbers"), "{error}");
    // What the light look lets through, the runtime may still refuse.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.onnx");
    let mut bytes = std::fs::read(fixture("logits.onnx")).expect("a fixture");
    let at = bytes.windows(4).position(|w| w == b"Relu").expect("an operator");
    bytes[at..at + 4].copy_from_slice(b"Rule");
    std::fs::write(&path, &bytes).expect("written");
    let error =
        onnx::open(&Described::read(&path).expect("described")).err().expect("no such operator").to_string();
    assert!(
        error.contains("ONNX Runtime does not take") && error.contains("Rule") && !error.contains('\n'),
        "{error}"
    );
}
