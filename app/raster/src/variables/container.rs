//! The variables of a NetCDF or HDF5 file, with their attributes, and blocks of their numbers.

use std::ops::Range;
use std::sync::Arc;

use hdf5_reader::storage::{DynStorage, RangeRequestStorage};
use hdf5_reader::{Dataset, Hdf5File, SliceInfo, SliceInfoElem};
use netcdf_reader::{
    NcAttrValue, NcAttribute, NcFile, NcGroup, NcMetadataMode, NcOpenOptions, NcReadable, NcSliceInfo,
    NcSliceInfoElem, NcType,
};

use crate::driver::Candidate;
use crate::error::Fault;
use crate::exact::ExactBuffer;
use crate::number::{Buffer, NumberType};
use crate::samples::SampleBuffer;

/// What an HDF5 file begins with, at 0 or after a block of the user's.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Chunks that one file keeps unpacked.
const CHUNKS_BYTES: usize = 48 << 20;
/// The most variables that are looked at.
const MOST_VARIABLES: usize = 20_000;

/// One variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Groups and name, as in `sensor_band_parameters/wavelengths`.
    pub(crate) path: String,
    pub(crate) shape: Vec<u64>,
    /// Names of the axes; those that the reader made up itself are `None`.
    pub(crate) axes: Vec<Option<String>>,
    /// `None` for text and records.
    pub(crate) number: Option<NumberType>,
    /// Signed numbers that are meant as unsigned ones.
    reinterpret: bool,
    pub(crate) attributes: Vec<NcAttribute>,
}

impl Variable {
    /// The name without its groups.
    pub(crate) fn leaf(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The groups that hold it, empty at the root.
    pub(crate) fn group(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text_of(&self.attributes, name)
    }

    pub(crate) fn number_of(&self, name: &str) -> Option<f64> {
        numbers_of(&self.attributes, name)?.first().copied()
    }

    /// All numbers that it has; `None` when that is more than fits.
    pub(crate) fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |product, n| product.checked_mul(*n))
    }
}

/// Text of an attribute.
pub(crate) fn text_of(attributes: &[NcAttribute], name: &str) -> Option<String> {
    let value = &attributes.iter().find(|a| a.name == name)?.value;
    let text = match value {
        NcAttrValue::Strings(all) => all.join(", "),
        other => other.as_string()?,
    };
    let text = text.trim_end_matches('\0').trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Numbers of an attribute, also when they are written as text.
pub(crate) fn numbers_of(attributes: &[NcAttribute], name: &str) -> Option<Vec<f64>> {
    let value = &attributes.iter().find(|a| a.name == name)?.value;
    if let Some(numbers) = value.as_f64_vec() {
        return Some(numbers);
    }
    let text = text_of(attributes, name)?;
    let parts = text.trim_matches(['{', '}', '[', ']']).split([',', ' ']).filter(|p| !p.is_empty());
    parts.map(|p| p.parse().ok()).collect()
}

/// An open file.
pub(crate) struct Container {
    file: Arc<NcFile>,
    /// The same file once more, where it is HDF5: for its chunks.
    hdf5: Option<Hdf5File>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) attributes: Vec<NcAttribute>,
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("variables", &self.variables.len()).finish_non_exhaustive()
    }
}

/// True for NetCDF of any version and HDF5.
pub(crate) fn is_one(head: &[u8]) -> bool {
    is_classic(head)
        || [0, 512, 1024, 2048].iter().any(|at| head.get(*at..).is_some_and(|h| h.starts_with(HDF5)))
}

fn is_classic(head: &[u8]) -> bool {
    matches!(head, [b'C', b'D', b'F', 1 | 2 | 5, ..])
}

impl Container {
    pub(crate) fn open(candidate: &Candidate<'_>) -> Result<Self, Fault> {
        let options = candidate.options;
        let bytes = candidate.file.clone();
        let storage: DynStorage = Arc::new(RangeRequestStorage::new(bytes.len(), move |offset, len| {
            let past = || hdf5_reader::error::Error::OffsetOutOfBounds(offset);
            bytes.read_range(offset, len).map_err(|_| past())
        }));
        let limits = || NcOpenOptions {
            chunk_cache_bytes: CHUNKS_BYTES.min(options.cache.budget()),
            metadata_mode: NcMetadataMode::Lossy,
            max_chunk_bytes: options.chunk_budget.min(usize::MAX as u64) as usize,
            max_read_bytes: options.read_budget.min(usize::MAX as u64) as usize,
            ..NcOpenOptions::default()
        };
        let file =
            Arc::new(NcFile::from_storage_with_options(Arc::clone(&storage), limits()).map_err(fault)?);
        let hdf5 = if is_classic(&candidate.head) {
            None
        } else {
            Some(Hdf5File::from_storage_with_options(storage, limits().into()).map_err(|e| fault(e.into()))?)
        };
        let mut variables = Vec::new();
        let attributes = {
            let root = file.root_group().map_err(fault)?;
            gather(root, "", &mut variables);
            root.attributes.clone()
        };
        Ok(Self { file, hdf5, variables, attributes })
    }

    /// The variable of a path, or the only one of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&Variable> {
        let name = name.trim_matches('/');
        if let Some(found) = self.variables.iter().find(|v| v.path == name) {
            return Some(found);
        }
        let mut same = self.variables.iter().filter(|v| v.leaf() == name);
        same.next().filter(|_| same.next().is_none())
    }

    /// A variable that another one names: in its own group, else further up.
    pub(crate) fn find_near(&self, from: &Variable, name: &str) -> Option<&Variable> {
        let mut group = from.group();
        loop {
            let path = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
            if let Some(found) = self.variables.iter().find(|v| v.path == path) {
                return Some(found);
            }
            if group.is_empty() {
                return None;
            }
            group = group.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// The numbers of a short variable, as doubles.
    pub(crate) fn numbers(&self, variable: &Variable) -> Option<Vec<f64>> {
        const MOST: u64 = 1 << 20;
        if variable.count()? > MOST || variable.number.is_none() {
            return None;
        }
        let all = NcSliceInfo::all(variable.shape.len());
        let read = || self.file.read_variable_slice_as_f64(&variable.path, &all);
        let array = guarded(|| read().map_err(fault)).ok()?;
        Some(array.iter().copied().collect())
    }

    /// Sides of the blocks that a variable is packed in; `None` when it lies in one piece.
    pub(crate) fn chunks(&self, variable: &Variable) -> Option<Vec<u64>> {
        let dataset = self.hdf5.as_ref()?.dataset(&variable.path).ok()?;
        let chunks: Vec<u64> = dataset.chunks()?.into_iter().map(u64::from).collect();
        (chunks.len() == variable.shape.len() && chunks.iter().all(|n| *n > 0)).then_some(chunks)
    }

    /// The way to the numbers of a variable.
    pub(crate) fn numbers_of(&self, variable: &Variable) -> Result<Numbers, Fault> {
        let number = variable.number.ok_or_else(|| Fault::unsupported("it holds no numbers"))?;
        let way = match &self.hdf5 {
            Some(hdf5) => {
                let dataset = hdf5.dataset(&variable.path).map_err(|e| fault(e.into()))?;
                Way::Hdf5(Box::new(dataset))
            }
            None => Way::Classic(Arc::clone(&self.file), variable.path.clone()),
        };
        Ok(Numbers { way, number, reinterpret: variable.reinterpret })
    }
}

fn gather(group: &NcGroup, path: &str, all: &mut Vec<Variable>) {
    let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    for variable in &group.variables {
        if all.len() >= MOST_VARIABLES {
            return;
        }
        let shape = variable.shape();
        let axes =
            variable.dimensions.iter().map(|d| (!is_made_up(&d.name)).then(|| d.name.clone())).collect();
        let unsigned = variable.attribute("_Unsigned").and_then(|a| a.value.as_string());
        let reinterpret = unsigned.is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let stored = number_type(&variable.dtype);
        all.push(Variable {
            path: within(&variable.name),
            shape,
            axes,
            number: stored.map(|n| if reinterpret { unsigned_of(n) } else { n }),
            reinterpret: reinterpret && stored.is_some_and(|n| unsigned_of(n) != n),
            attributes: variable.attributes.clone(),
        });
    }
    for child in &group.groups {
        gather(child, &within(&child.name), all);
    }
}

/// The reader names axes by their length where the file has no names.
fn is_made_up(name: &str) -> bool {
    let is_count = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '_');
    name.is_empty() || name.strip_prefix("dim_").is_some_and(is_count) || name.starts_with("phony_dim")
}

fn number_type(kind: &NcType) -> Option<NumberType> {
    Some(match kind {
        NcType::Byte => NumberType::I8,
        NcType::UByte => NumberType::U8,
        NcType::Short => NumberType::I16,
        NcType::UShort => NumberType::U16,
        NcType::Int => NumberType::I32,
        NcType::UInt => NumberType::U32,
        NcType::Int64 => NumberType::I64,
        NcType::UInt64 => NumberType::U64,
        NcType::Float => NumberType::F32,
        NcType::Double => NumberType::F64,
        NcType::Enum { base, .. } => return number_type(base),
        _ => return None,
    })
}

fn unsigned_of(number: NumberType) -> NumberType {
    match number {
        NumberType::I8 => NumberType::U8,
        NumberType::I16 => NumberType::U16,
        NumberType::I32 => NumberType::U32,
        other => other,
    }
}

/// The numbers of one variable.
#[derive(Debug)]
pub(crate) struct Numbers {
    way: Way,
    pub(crate) number: NumberType,
    reinterpret: bool,
}

enum Way {
    Classic(Arc<NcFile>, String),
    Hdf5(Box<Dataset>),
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Classic(..) => "Classic",
            Self::Hdf5(_) => "Hdf5",
        })
    }
}

impl Numbers {
    /// A block of numbers, the last axis running fastest. The caller keeps it small.
    pub(crate) fn read<B: Block>(&self, block: &[Range<u64>]) -> Result<B, Fault> {
        let (buffer, len) = guarded(|| B::read(self, block))?;
        let wanted: u64 = block.iter().map(|r| r.end - r.start).product();
        if len as u64 != wanted {
            return Err(Fault::damaged("a block of it has another size than it claims"));
        }
        Ok(buffer)
    }

    fn slice<T: NcReadable + Copy, O>(
        &self,
        block: &[Range<u64>],
        convert: impl Fn(T) -> O,
    ) -> Result<Vec<O>, Fault> {
        let array = match &self.way {
            Way::Hdf5(dataset) => {
                let range = |r: &Range<u64>| SliceInfoElem::Slice { start: r.start, end: r.end, step: 1 };
                let selection = SliceInfo { selections: block.iter().map(range).collect() };
                dataset.read_slice::<T>(&selection).map_err(|e| fault(e.into()))?
            }
            Way::Classic(file, path) => {
                let range = |r: &Range<u64>| NcSliceInfoElem::Slice { start: r.start, end: r.end, step: 1 };
                let selection = NcSliceInfo { selections: block.iter().map(range).collect() };
                file.read_variable_slice::<T>(path, &selection).map_err(fault)?
            }
        };
        Ok(array.iter().map(|n| convert(*n)).collect())
    }
}

/// What a block of numbers is read into.
pub(crate) trait Block: Buffer {
    /// The block, and how many numbers it has.
    fn read(numbers: &Numbers, block: &[Range<u64>]) -> Result<(Self, usize), Fault>;
}

impl Block for SampleBuffer {
    fn read(from: &Numbers, block: &[Range<u64>]) -> Result<(Self, usize), Fault> {
        let buffer = match (from.number, from.reinterpret) {
            (NumberType::U8, false) => Self::U8(from.slice::<u8, _>(block, |n| n)?),
            (NumberType::U8, true) => Self::U8(from.slice::<i8, _>(block, |n| n as u8)?),
            (NumberType::U16, false) => Self::U16(from.slice::<u16, _>(block, |n| n)?),
            (NumberType::U16, true) => Self::U16(from.slice::<i16, _>(block, |n| n as u16)?),
            (NumberType::I8, _) => Self::I16(from.slice::<i8, _>(block, i16::from)?),
            (NumberType::I16, _) => Self::I16(from.slice::<i16, _>(block, |n| n)?),
            (NumberType::U32, false) => Self::F32(from.slice::<u32, _>(block, |n| n as f32)?),
            (NumberType::U32, true) => Self::F32(from.slice::<i32, _>(block, |n| n as u32 as f32)?),
            (NumberType::I32, _) => Self::F32(from.slice::<i32, _>(block, |n| n as f32)?),
            (NumberType::U64, _) => Self::F32(from.slice::<u64, _>(block, |n| n as f32)?),
            (NumberType::I64, _) => Self::F32(from.slice::<i64, _>(block, |n| n as f32)?),
            (NumberType::F32, _) => Self::F32(from.slice::<f32, _>(block, |n| n)?),
            (NumberType::F64, _) => Self::F32(from.slice::<f64, _>(block, |n| n as f32)?),
            (NumberType::F16, _) => return Err(half_floats()),
        };
        let len = buffer.len();
        Ok((buffer, len))
    }
}

impl Block for ExactBuffer {
    fn read(from: &Numbers, block: &[Range<u64>]) -> Result<(Self, usize), Fault> {
        let buffer = match (from.number, from.reinterpret) {
            (NumberType::U8, false) => Self::Unsigned(from.slice::<u8, _>(block, u64::from)?),
            (NumberType::U8, true) => Self::Unsigned(from.slice::<i8, _>(block, |n| u64::from(n as u8))?),
            (NumberType::U16, false) => Self::Unsigned(from.slice::<u16, _>(block, u64::from)?),
            (NumberType::U16, true) => Self::Unsigned(from.slice::<i16, _>(block, |n| u64::from(n as u16))?),
            (NumberType::U32, false) => Self::Unsigned(from.slice::<u32, _>(block, u64::from)?),
            (NumberType::U32, true) => Self::Unsigned(from.slice::<i32, _>(block, |n| u64::from(n as u32))?),
            (NumberType::U64, _) => Self::Unsigned(from.slice::<u64, _>(block, |n| n)?),
            (NumberType::I8, _) => Self::Signed(from.slice::<i8, _>(block, i64::from)?),
            (NumberType::I16, _) => Self::Signed(from.slice::<i16, _>(block, i64::from)?),
            (NumberType::I32, _) => Self::Signed(from.slice::<i32, _>(block, i64::from)?),
            (NumberType::I64, _) => Self::Signed(from.slice::<i64, _>(block, |n| n)?),
            (NumberType::F32, _) => Self::Float(from.slice::<f32, _>(block, f64::from)?),
            (NumberType::F64, _) => Self::Float(from.slice::<f64, _>(block, |n| n)?),
            (NumberType::F16, _) => return Err(half_floats()),
        };
        let len = buffer.len();
        Ok((buffer, len))
    }
}

fn half_floats() -> Fault {
    Fault::unsupported("half floats in HDF5 are not read")
}

/// Runs what a reader of others' does with a stranger's file: should it panic, that is a fault of the file.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Fault::damaged("its structure is broken")))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn fault(error: netcdf_reader::Error) -> Fault {
    use hdf5_reader::error::Error as Hdf5;
    use netcdf_reader::Error;
    let plain = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
        line.trim_end_matches('.').to_owned()
    };
    match &error {
        Error::Hdf5(Hdf5::ResourceLimit(text)) => Fault::too_large(plain(text)),
        Error::Hdf5(Hdf5::UnsupportedFilter(text)) => {
            Fault::unsupported(format!("its packing is not read ({})", plain(text)))
        }
        Error::UnsupportedFeature(_) | Error::UnsupportedVersion(_) => Fault::unsupported(plain(&error)),
        Error::Hdf5(inner) if inner.to_string().starts_with("unsupported") => {
            Fault::unsupported(plain(inner))
        }
        Error::Hdf5(inner) => Fault::damaged(plain(inner)),
        other => Fault::damaged(plain(other)),
    }
}
