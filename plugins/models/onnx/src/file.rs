//! The protobuf of an ONNX file, as far as it says what a model takes and gives. The file is streamed, whatever its size;
//! weights are never held. Numbers of fields are those of `onnx.proto3`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use learning::LearningError;
use protobuf::CodedInputStream;
use protobuf::rt::skip_field_for_tag;
use sha2::{Digest as _, Sha256};

/// A file of protobuf is never larger.
pub(crate) const LARGEST: u64 = 2 << 30;
/// The longest name, key or value that is kept.
const LONGEST: u32 = 1 << 16;
/// Inputs, outputs and keys that are kept of each.
const MOST: usize = 1024;
/// Numbers of a shape.
const MOST_AXES: usize = 16;

/// The protobuf cannot be read, or is not that of a model.
type Parsed<T> = protobuf::Result<T>;

/// One side of a tensor: a number, or a name of what is only known when it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Fixed(i64),
    /// May be empty.
    Free(String),
}

/// Something that goes in or comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// `TensorProto.DataType`; 0 where it is no tensor.
    pub(crate) element: i32,
    /// `None` where nothing is said of it.
    pub(crate) shape: Option<Vec<Axis>>,
}

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw {
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Some weights lie in other files.
    pub(crate) is_scattered: bool,
    /// The operator that makes the first output, behind those that only move numbers about.
    pub(crate) last_operator: Option<String>,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

/// Operators that only move numbers about.
const MOVERS: [&str; 12] = [
    "Identity",
    "Resize",
    "Upsample",
    "Squeeze",
    "Unsqueeze",
    "Reshape",
    "Transpose",
    "Cast",
    "Slice",
    "Crop",
    "Dropout",
    "DequantizeLinear",
];
/// How many of them are looked through; each costs one more reading of the file.
const MOVERS_AT_MOST: usize = 6;

impl Raw {
    pub(crate) fn read(path: &Path) -> Result<Self, LearningError> {
        let io = |source| LearningError::File { path: path.to_owned(), source };
        let size = std::fs::metadata(path).map_err(io)?.len();
        if size > LARGEST {
            return Err(LearningError::refused(
                format!("{} is larger than {} GB, which no ONNX file is", path.display(), LARGEST >> 30),
                "save the model in 16-bit floats, or a smaller one",
            ));
        }
        let torn = |error: protobuf::Error| {
            log::debug!("{}: {error}", path.display());
            LearningError::refused(
                format!("{} is not an ONNX model, or only a part of one", path.display()),
                "export it again, or copy it again from where it came",
            )
        };
        let mut raw = Self::default();
        let mut source = Hashing { file: File::open(path).map_err(io)?, hash: Sha256::new() };
        let is_model = {
            let mut reader = BufReader::with_capacity(1 << 16, &mut source);
            raw.model(&mut CodedInputStream::from_buf_read(&mut reader)).map_err(torn)?
        };
        std::io::copy(&mut source, &mut std::io::sink()).map_err(io)?;
        raw.sha256 = source.hash.finalize().iter().fold(String::new(), |hex, b| format!("{hex}{b:02x}"));
        if !is_model || raw.outputs.is_empty() {
            return Err(LearningError::refused(
                format!("{} holds no graph with an output, so it is no ONNX model", path.display()),
                "export it again, or copy it again from where it came",
            ));
        }
        let mut wanted = raw.outputs[0].name.clone();
        for _ in 0..MOVERS_AT_MOST {
            let names: BTreeSet<String> = raw.inputs.iter().map(|port| port.name.clone()).collect();
            let mut look = Look { wanted, names, ..Look::default() };
            let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(io)?);
            look.model(&mut CodedInputStream::from_buf_read(&mut reader)).map_err(torn)?;
            // Older files list weights among what goes in.
            raw.inputs.retain(|port| !look.weights.contains(&port.name));
            raw.is_scattered |= look.is_scattered;
            let Some((operator, input)) = look.found else { break };
            let moves = MOVERS.contains(&operator.as_str());
            raw.last_operator = Some(operator);
            if !moves {
                break;
            }
            wanted = input;
        }
        Ok(raw)
    }

    /// True where there was a graph.
    fn model(&mut self, is: &mut CodedInputStream<'_>) -> Parsed<bool> {
        let mut has_graph = false;
        while let Some(tag) = is.read_raw_tag_or_eof()? {
            match tag >> 3 {
                7 => has_graph |= within(is, tag, |is| self.graph(is))?.is_some(),
                14 => {
                    if let Some((key, value)) = within(is, tag, pair)?
                        && self.metadata.len() < MOST
                    {
                        self.metadata.insert(key, value);
                    }
                }
                _ => skip(is, tag)?,
            }
        }
        Ok(has_graph)
    }

    fn graph(&mut self, is: &mut CodedInputStream<'_>) -> Parsed<()> {
        while let Some(tag) = is.read_raw_tag_or_eof()? {
            let list = match tag >> 3 {
                11 => &mut self.inputs,
                12 => &mut self.outputs,
                _ => {
                    skip(is, tag)?;
                    continue;
                }
            };
            if let Some(port) = within(is, tag, port)?
                && list.len() < MOST
            {
                list.push(port);
            }
        }
        Ok(())
    }
}

/// A second look: who makes an output, and which of what goes in are weights.
#[derive(Debug, Default)]
struct Look {
    wanted: String,
    names: BTreeSet<String>,
    weights: BTreeSet<String>,
    is_scattered: bool,
    /// Its operator and its first input.
    found: Option<(String, String)>,
}

impl Look {
    fn model(&mut self, is: &mut CodedInputStream<'_>) -> Parsed<()> {
        while let Some(tag) = is.read_raw_tag_or_eof()? {
            match tag >> 3 {
                7 => drop(within(is, tag, |is| self.graph(is))?),
                _ => skip(is, tag)?,
            }
        }
        Ok(())
    }

    fn graph(&mut self, is: &mut CodedInputStream<'_>) -> Parsed<()> {
        while let Some(tag) = is.read_raw_tag_or_eof()? {
            match tag >> 3 {
                1 => {
                    let wanted = &self.wanted;
                    if let Some(Some(found)) = within(is, tag, |is| node(is, wanted))? {
                        self.found = Some(found);
                    }
                }
                5 => {
                    if let Some((name, elsewhere)) = within(is, tag, weight)? {
                        self.is_scattered |= elsewhere;
                        if self.names.contains(&name) {
                            self.weights.insert(name);
                        }
                    }
                }
                _ => skip(is, tag)?,
            }
        }
        Ok(())
    }
}

/// The wire types of protobuf that are told apart here.
const LENGTH_DELIMITED: u32 = 2;
const START_GROUP: u32 = 3;

/// Passes over the field whose tag was read. Groups, which may lie in each other without end, are in no ONNX file.
fn skip(is: &mut CodedInputStream<'_>, tag: u32) -> Parsed<()> {
    if tag & 7 == START_GROUP {
        return Err(std::io::Error::other("a group").into());
    }
    skip_field_for_tag(tag, is)
}

/// Reads a message that lies in the field whose tag was read; `None` (and past it) where that holds something else.
fn within<T>(
    is: &mut CodedInputStream<'_>,
    tag: u32,
    read: impl FnOnce(&mut CodedInputStream<'_>) -> Parsed<T>,
) -> Parsed<Option<T>> {
    if tag & 7 != LENGTH_DELIMITED {
        skip(is, tag)?;
        return Ok(None);
    }
    let length = is.read_raw_varint64()?;
    let before = is.push_limit(length)?;
    let value = read(is)?;
    if is.bytes_until_limit() > 0 {
        // The file ends before the message does.
        is.read_raw_byte()?;
        return Err(std::io::Error::other("a message that is longer than what it says").into());
    }
    is.pop_limit(before);
    Ok(Some(value))
}

/// A text of the field whose tag was read; one that is too long, or no text, is passed over and empty.
fn text(is: &mut CodedInputStream<'_>, tag: u32) -> Parsed<String> {
    let read = |is: &mut CodedInputStream<'_>| {
        let length = is.bytes_until_limit();
        if length > u64::from(LONGEST) {
            is.skip_raw_bytes(u32::try_from(length).unwrap_or(u32::MAX))?;
            return Ok(String::new());
        }
        let bytes = is.read_raw_bytes(length as u32)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(within(is, tag, read)?.unwrap_or_default())
}

/// `StringStringEntryProto`.
fn pair(is: &mut CodedInputStream<'_>) -> Parsed<(String, String)> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => key = text(is, tag)?,
            2 => value = text(is, tag)?,
            _ => skip(is, tag)?,
        }
    }
    Ok((key, value))
}

/// `NodeProto`: its operator and first input, if it makes what is wanted.
fn node(is: &mut CodedInputStream<'_>, wanted: &str) -> Parsed<Option<(String, String)>> {
    let (mut input, mut operator, mut makes) = (None, String::new(), false);
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => {
                let name = text(is, tag)?;
                input.get_or_insert(name);
            }
            2 => makes |= text(is, tag)? == wanted,
            4 => operator = text(is, tag)?,
            _ => skip(is, tag)?,
        }
    }
    Ok(makes.then(|| (operator, input.unwrap_or_default())))
}

/// `TensorProto`: its name, and whether its numbers lie in another file.
fn weight(is: &mut CodedInputStream<'_>) -> Parsed<(String, bool)> {
    let (mut name, mut elsewhere) = (String::new(), false);
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match (tag >> 3, tag & 7) {
            (8, _) => name = text(is, tag)?,
            (13, _) => {
                skip(is, tag)?;
                elsewhere = true;
            }
            (14, 0) => elsewhere |= is.read_raw_varint64()? == 1,
            _ => skip(is, tag)?,
        }
    }
    Ok((name, elsewhere))
}

/// `ValueInfoProto`.
fn port(is: &mut CodedInputStream<'_>) -> Parsed<Port> {
    let mut port = Port::default();
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => port.name = text(is, tag)?,
            2 => drop(within(is, tag, |is| kind(is, &mut port))?),
            _ => skip(is, tag)?,
        }
    }
    Ok(port)
}

/// `TypeProto`, and in it `TypeProto.Tensor`.
fn kind(is: &mut CodedInputStream<'_>, port: &mut Port) -> Parsed<()> {
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => drop(within(is, tag, |is| tensor(is, port))?),
            _ => skip(is, tag)?,
        }
    }
    Ok(())
}

fn tensor(is: &mut CodedInputStream<'_>, port: &mut Port) -> Parsed<()> {
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match (tag >> 3, tag & 7) {
            (1, 0) => port.element = is.read_int32()?,
            (2, _) => port.shape = within(is, tag, shape)?,
            _ => skip(is, tag)?,
        }
    }
    Ok(())
}

fn shape(is: &mut CodedInputStream<'_>) -> Parsed<Vec<Axis>> {
    let mut axes = Vec::new();
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => {
                if let Some(axis) = within(is, tag, axis)?
                    && axes.len() <= MOST_AXES
                {
                    axes.push(axis);
                }
            }
            _ => skip(is, tag)?,
        }
    }
    Ok(axes)
}

fn axis(is: &mut CodedInputStream<'_>) -> Parsed<Axis> {
    let mut axis = Axis::Free(String::new());
    while let Some(tag) = is.read_raw_tag_or_eof()? {
        match (tag >> 3, tag & 7) {
            (1, 0) => axis = Axis::Fixed(is.read_int64()?),
            (2, _) => axis = Axis::Free(text(is, tag)?),
            _ => skip(is, tag)?,
        }
    }
    Ok(axis)
}

/// A file whose bytes are hashed while they are read.
struct Hashing {
    file: File,
    hash: Sha256,
}

impl Read for Hashing {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(to)?;
        self.hash.update(&to[..read]);
        Ok(read)
    }
}
