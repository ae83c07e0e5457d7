//! Weights by the formula of `fixtures/sam_torch.py`, as files of them.

use learning::pattern;
use serde_json::{Map, Value, json};

/// FNV-1a in 32 bits.
fn number(key: &str) -> u32 {
    key.bytes().fold(0x811C_9DC5, |x, byte| (x ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The numbers of a weight.
pub(crate) fn values(key: &str, shape: &[usize]) -> Vec<f32> {
    let mut numbers = pattern(number(key), shape.iter().product());
    let (middle, spread) = match shape {
        _ if key.contains("gaussian") || key.contains("positional_embedding") => (0.0, 1.0),
        [_, inner @ ..] if !inner.is_empty() => {
            (0.0, (3.0 / inner.iter().product::<usize>() as f64).sqrt() as f32)
        }
        _ if key.ends_with("running_var") || key.ends_with("weight") => (1.0, 0.4),
        _ => (0.0, 0.3),
    };
    for number in &mut numbers {
        *number = *number * spread + middle;
    }
    numbers
}

/// Keys and shapes of a fixture.
pub(crate) fn shapes(fixture: &Value) -> Vec<(String, Vec<usize>)> {
    let shape = |v: &Value| -> Vec<usize> {
        v.as_array().expect("a shape").iter().map(|n| n.as_u64().expect("a number") as usize).collect()
    };
    fixture["keys"].as_object().expect("keys").iter().map(|(key, v)| (key.clone(), shape(v))).collect()
}

/// A safetensors file of weights.
pub(crate) fn safetensors(weights: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let (mut head, mut data) = (Map::new(), Vec::new());
    for (key, shape, values) in weights {
        let from = data.len();
        data.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        head.insert(
            key.clone(),
            json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, data.len()] }),
        );
    }
    let mut head = serde_json::to_vec(&head).expect("JSON");
    head.resize(head.len().next_multiple_of(8), b' ');
    [(head.len() as u64).to_le_bytes().as_slice(), &head, &data].concat()
}

/// All weights of a fixture by the formula.
pub(crate) fn weights(fixture: &Value) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let whole = shapes(fixture).into_iter().filter(|(key, _)| !key.ends_with("num_batches_tracked"));
    whole.map(|(key, shape)| (key.clone(), shape.clone(), values(&key, &shape))).collect()
}

/// A file of PyTorch (a ZIP archive with a pickle) of weights.
pub(crate) fn pytorch(weights: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let mut entries = vec![("archive/data.pkl".to_owned(), pickle(weights))];
    entries.push(("archive/byteorder".to_owned(), b"little".to_vec()));
    for (at, (.., values)) in weights.iter().enumerate() {
        entries.push((format!("archive/data/{at}"), values.iter().flat_map(|v| v.to_le_bytes()).collect()));
    }
    entries.push(("archive/version".to_owned(), b"3\n".to_vec()));
    zip(&entries)
}

/// What `torch.save` writes of a dictionary of tensors, in protocol 2.
fn pickle(weights: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let mut out = vec![0x80, 2, b'}', b'('];
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(b'X');
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    };
    let whole = |out: &mut Vec<u8>, number: usize| {
        out.push(b'J');
        out.extend((number as i32).to_le_bytes());
    };
    for (at, (key, shape, values)) in weights.iter().enumerate() {
        text(&mut out, key);
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage");
        out.extend(b"ctorch\nFloatStorage\n");
        text(&mut out, &at.to_string());
        text(&mut out, "cpu");
        whole(&mut out, values.len());
        out.extend(b"tQ");
        whole(&mut out, 0);
        out.push(b'(');
        for n in shape {
            whole(&mut out, *n);
        }
        out.extend(b"t(");
        (0..shape.len()).for_each(|axis| whole(&mut out, shape[axis + 1..].iter().product()));
        out.extend(b"t\x89}tR");
    }
    out.extend(b"u.");
    out
}

/// An archive whose entries are stored as they are.
fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let from = out.len() as u32;
        let mut about = Vec::new();
        about.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        about.extend(crc(bytes).to_le_bytes());
        about.extend((bytes.len() as u32).to_le_bytes());
        about.extend((bytes.len() as u32).to_le_bytes());
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&about);
        out.extend(name.as_bytes());
        out.extend(bytes);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&about);
        list.extend([0; 10]);
        list.extend(from.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let from = out.len() as u32;
    out.extend(&list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((list.len() as u32).to_le_bytes());
    out.extend(from.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// The check sum of ZIP.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u8| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
