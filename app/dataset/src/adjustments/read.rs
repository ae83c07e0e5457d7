//! Reading a file of arrows.

use std::fmt;
use std::path::Path;

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::Value;
use spatial::align::{Arrow, MOST_ARROWS};

use crate::read::{Bounded, Budget, read_bounded, without_mark};
use crate::{DatasetError, Rejected};

/// The largest file that is read: far more than a layer's arrows need.
const FILE_BYTES: u64 = 64 << 20;
/// JSON values in one arrow: seven, and a little for what is not one.
const VALUES: usize = 64;
/// Farther than this many pixels no image reaches.
const FAR: f64 = 1e9;

/// What a file of adjustments holds.
#[derive(Clone, Debug, Default)]
pub struct AdjustmentFile {
    /// As they stand in the file, in its order.
    pub arrows: Vec<Arrow>,
    pub rejected: Vec<Rejected>,
    /// The file says that nothing needs to be adjusted: one arrow from the origin to itself.
    pub says_none: bool,
}

/// Reads a file of arrows.
pub fn read_adjustments(path: &Path) -> Result<AdjustmentFile, DatasetError> {
    parse_adjustments(&read_bounded(path, FILE_BYTES)?)
}

/// True where the first bytes of a file can only be those of adjustments: a list of lists of lists.
pub fn is_adjustments(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let opened = head.iter().filter(|b| !b.is_ascii_whitespace()).take(3);
    opened.eq(b"[[[")
}

/// The same from bytes in memory.
pub fn parse_adjustments(bytes: &[u8]) -> Result<AdjustmentFile, DatasetError> {
    let mut reading = Reading::default();
    let mut json = serde_json::Deserializer::from_slice(without_mark(bytes)?);
    let read = json.deserialize_any(List(&mut reading)).and_then(|()| json.end());
    if let Some(error) = reading.error {
        return Err(error);
    }
    read.map_err(|e| {
        let reason = e.to_string();
        match () {
            () if reason.starts_with("recursion limit") => DatasetError::TooDeep,
            () if reason.starts_with("invalid type") => {
                DatasetError::NotShapes("something else than a list of adjustments".into())
            }
            () => DatasetError::NotJson { reason },
        }
    })?;
    let mut file = reading.file;
    let nothing = Arrow::new((0.0, 0.0), (0.0, 0.0));
    if file.arrows == [nothing] {
        file.arrows.clear();
        file.says_none = true;
    }
    Ok(file)
}

#[derive(Default)]
struct Reading {
    file: AdjustmentFile,
    count: usize,
    error: Option<DatasetError>,
}

struct List<'a>(&'a mut Reading);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of adjustments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let reading = self.0;
        loop {
            let budget = Budget::new(VALUES);
            let next = seq.next_element_seed(Bounded(&budget)).inspect_err(|_| {
                if budget.is_spent() {
                    let what = "values in one adjustment";
                    reading.error = Some(DatasetError::TooMany { what, limit: VALUES });
                }
            })?;
            let Some(value) = next else { return Ok(()) };
            match arrow(&value) {
                Ok(arrow) => reading.file.arrows.push(arrow),
                Err(reason) => reading.file.rejected.push(Rejected::shape(reading.count, reason)),
            }
            reading.count += 1;
            if reading.count > MOST_ARROWS {
                reading.error = Some(DatasetError::TooMany { what: "adjustments", limit: MOST_ARROWS });
                return Err(serde::de::Error::custom("stopped"));
            }
        }
    }
}

fn arrow(value: &Value) -> Result<Arrow, &'static str> {
    let pair = |value: &Value| {
        let [x, y] = value.as_array()?.as_slice() else { return None };
        Some((x.as_f64()?, y.as_f64()?))
    };
    let ends = value.as_array().map(Vec::as_slice);
    let Some([start, end]) = ends else { return Err("it is not two places") };
    let (Some(start), Some(end)) = (pair(start), pair(end)) else {
        return Err("one of its places is not two numbers");
    };
    if ![start.0, start.1, end.0, end.1].iter().all(|v| v.abs() <= FAR) {
        return Err("one of its places is on no image");
    }
    Ok(Arrow::new(start, end))
}
