//! Files of weights: which are taken, which are refused and with which words.

use std::path::Path;

use crate::common::{safetensors, shapes, weights};
use learning::Engine;
use sam::{EncoderShape, Picture, Prompt, Segmenter, Shape, Shapes, found_in};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/vit.json")).expect("JSON")
}

fn refused(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let file = folder.join(name);
    std::fs::write(&file, bytes).expect("written");
    let Err(error) = Segmenter::open(&file, &Engine::processor()) else { panic!("{name} was taken") };
    assert!(!error.hint().is_empty(), "{name}");
    error.to_string()
}

/// Shapes of the ViTs that are published, by their sizes.
fn published(width: usize, depth: usize, heads: usize, globals: [usize; 4]) -> Shapes {
    let mut all: Shapes = shapes(&fixture())
        .into_iter()
        .filter(|(key, _)| !key.starts_with("image_encoder."))
        .map(|(key, shape)| (key.replace("mask_downscaling.3.", "mask_downscaling.conv2."), shape))
        .collect();
    let mut put = |key: &str, shape: &[usize]| all.insert(format!("image_encoder.{key}"), shape.to_vec());
    put("pos_embed", &[1, 64, 64, width]);
    put("patch_embed.proj.weight", &[width, 3, 16, 16]);
    for at in 0..depth {
        let window = if globals.contains(&at) { 64 } else { 14 };
        put(&format!("blocks.{at}.norm1.weight"), &[width]);
        put(&format!("blocks.{at}.attn.rel_pos_h"), &[window * 2 - 1, width / heads]);
        put(&format!("blocks.{at}.mlp.lin1.weight"), &[width * 4, width]);
    }
    all
}

#[test]
fn sizes_are_told_from_keys_and_shapes_alone() {
    for (name, width, depth, heads, globals) in [
        ("SAM ViT-B", 768, 12, 12, [2, 5, 8, 11]),
        ("SAM ViT-L", 1024, 24, 16, [5, 11, 17, 23]),
        ("SAM ViT-H", 1280, 32, 16, [7, 15, 23, 31]),
    ] {
        let shape = Shape::recognised(&published(width, depth, heads, globals)).expect(name);
        assert_eq!((shape.name().as_str(), shape.image_px, shape.mask_px()), (name, 1024, 256));
        let EncoderShape::Vit(vit) = shape.encoder else { panic!("{name}") };
        assert_eq!((vit.windows.len(), vit.head), (depth, width / heads));
        let wide: Vec<usize> = (0..depth).filter(|at| vit.windows[*at] == 64).collect();
        assert_eq!(wide, globals);
    }
    let mobile = Shape::mobile_sam();
    assert_eq!((mobile.name().as_str(), mobile.grid(), mobile.mask_px()), ("MobileSAM", 64, 256));
}

#[test]
fn mobile_sam_has_as_many_weights_as_published() {
    let net = sam::Sam::new(&Shape::mobile_sam(), &burn::tensor::Device::flex());
    // 10 130 092 as published, less a head that tells classes of whole pictures (320 × 1000 + 1000 and a norm of 640);
    // more the running means and variances of 34 norms and the waves, which PyTorch does not count.
    let published = 6_065_532 + 6_220 + 4_058_340 - (320 * 1000 + 1000 + 640);
    let parts = learning::parity::by_key(&net, None);
    let sum =
        |is: &dyn Fn(&str) -> bool| parts.iter().filter(|(k, _)| is(k)).map(|(_, v)| v.len()).sum::<usize>();
    let beside = sum(&|key| key.contains("running_") || key.contains("gaussian"));
    assert_eq!(sum(&|_| true) - beside, published);
}

#[test]
fn other_weights_are_named_for_what_they_are() {
    let all = weights(&fixture());
    let folder = tempfile::tempdir().expect("a folder");
    let with = |name: &str, keys: &[(&str, &str)]| {
        let renamed = all.iter().map(|(key, shape, values)| {
            let key = keys.iter().fold(key.clone(), |key, (from, to)| key.replace(from, to));
            (key, shape.clone(), values.clone())
        });
        refused(folder.path(), name, &safetensors(&renamed.collect::<Vec<_>>()))
    };
    assert!(with("two.safetensors", &[("image_encoder.", "image_encoder.trunk.")]).contains("SAM 2"));
    assert!(with("edge.safetensors", &[("attn.qkv", "token_mixer.conv")]).contains("EdgeSAM"));
    assert!(with("other.safetensors", &[("_encoder", ""), ("mask_decoder", "head")]).contains("hold head."));
    let half = with("half.safetensors", &[("mask_decoder", "other")]);
    assert!(half.contains("without prompt encoder and mask decoder"), "{half}");
    assert!(refused(folder.path(), "none.safetensors", &safetensors(&[])).contains("no tensors"));
}

#[test]
fn what_does_not_fit_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = weights(&fixture());
    let at = |all: &Vec<(String, Vec<usize>, Vec<f32>)>, end: &str| {
        all.iter().position(|(key, ..)| key.ends_with(end)).expect("a key")
    };
    let lost = all.remove(at(&all, "blocks.1.norm2.bias")).0;
    let shorter = at(&all, "blocks.2.attn.proj.bias");
    all[shorter].1 = vec![47];
    all[shorter].2.truncate(47);
    all.push(("image_encoder.blocks.9.extra".to_owned(), vec![1], vec![0.0]));
    let said = refused(folder.path(), "odd.safetensors", &safetensors(&all));
    assert!(said.contains("missing: image_encoder.blocks.1.norm2.b"), "{said} ({lost})");
    assert!(said.contains("blocks.2.attn.proj.bias") && said.contains("blocks.9.extra"), "{said}");
}

#[test]
fn damaged_and_hostile_files_are_refused_and_nothing_in_them_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = safetensors(&weights(&fixture()));
    for at in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        refused(folder.path(), &format!("cut{at}.safetensors"), &whole[..at]);
    }
    let touched = folder.path().join("touched");
    let pickle = format!("cos\nsystem\n(S'touch {}'\ntR.", touched.display());
    refused(folder.path(), "run.pth", pickle.as_bytes());
    refused(folder.path(), "run.pt", &[b"PK\x03\x04".as_slice(), pickle.as_bytes()].concat());
    refused(folder.path(), "sam_vit_h.pth", &whole);
    refused(folder.path(), "empty.pt", &[]);
    assert!(!touched.exists(), "a pickle was run");
    assert!(Segmenter::open(&folder.path().join("none.pt"), &Engine::processor()).is_err());
}

#[test]
fn a_file_of_pytorch_is_read_and_a_cut_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let f = fixture();
    let file = crate::common::pytorch(&weights(&f));
    let path = folder.path().join("mobile_sam.pt");
    std::fs::write(&path, &file).expect("written");
    let ours = Segmenter::open(&path, &Engine::processor()).expect("taken");
    let beside = folder.path().join("same.safetensors");
    std::fs::write(&beside, safetensors(&weights(&f))).expect("written");
    let same = Segmenter::open(&beside, &Engine::processor()).expect("taken");
    let picture =
        Picture::new(8, 8, 1, &learning::pattern(4, 64).iter().map(|v| v * 90.0 + 120.0).collect::<Vec<_>>());
    let picture = picture.expect("a picture");
    let prompt = Prompt { points: vec![([3.0, 4.0], true)], around: None };
    let asked = |net: &Segmenter| {
        let features = net.encode(&picture, &mut |_| true).expect("looks");
        net.ask(&features, &prompt, None).expect("answers")
    };
    assert_eq!(asked(&ours), asked(&same));
    for at in [10, file.len() / 3, file.len() - 30] {
        refused(folder.path(), &format!("cut{at}.pt"), &file[..at]);
    }
    assert_eq!(found_in(folder.path()), Some(path), "the usual name comes first");
}

#[test]
fn weights_that_are_no_numbers_answer_with_a_sentence() {
    let mut all = weights(&fixture());
    let folder = tempfile::tempdir().expect("a folder");
    all.iter_mut().filter(|(key, ..)| key.contains("neck")).for_each(|(_, _, values)| values.fill(f32::NAN));
    let path = folder.path().join("nan.safetensors");
    std::fs::write(&path, safetensors(&all)).expect("written");
    let net = Segmenter::open(&path, &Engine::processor()).expect("keys and shapes are right");
    let picture = Picture::new(4, 4, 1, &[100.0; 16]).expect("a picture");
    let said = net.encode(&picture, &mut |_| true).expect_err("no numbers").to_string();
    assert!(said.contains("no number"), "{said}");
}
