//! Rows of JSON in the columns of a Parquet file and back: what is nested is taken apart into leaves, each with its
//! levels of repetition and definition, as in Melnik et al. (2010), “Dremel”, section 4.

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use serde_json::{Map, Value};

use super::guard;

/// Columns that a file may have.
const MOST_COLUMNS: usize = 512;
const MOST_GROUPS: usize = 10_000;
/// Bytes of all texts that are read.
const MOST_TEXT: usize = 512 << 20;
/// Rows that are written and read at a time.
const AT_ONCE: usize = 10_000;

/// A part of a row.
#[derive(Debug)]
enum Node {
    Leaf { column: usize, kind: Kind },
    Group { fields: Vec<(String, Node)>, columns: std::ops::Range<usize> },
    Optional { inner: Box<Node>, columns: std::ops::Range<usize>, defined: i16 },
    List { inner: Box<Node>, columns: std::ops::Range<usize>, defined: i16, repeated: i16 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Whole,
    Long,
    Real,
    Float,
    Text,
    /// What JSON has no form for; it is left out.
    Other,
}

impl Node {
    /// The part that a column or group of columns is; `None` for a list of a form that is not known.
    fn of(field: &Type, next: &mut usize, (defined, repeated): (i16, i16)) -> Option<Self> {
        let first = *next;
        match field.get_basic_info().repetition() {
            Repetition::REQUIRED => Self::content(field, next, (defined, repeated)),
            Repetition::OPTIONAL => {
                let inner = Box::new(Self::content(field, next, (defined + 1, repeated))?);
                Some(Self::Optional { inner, columns: first..*next, defined: defined + 1 })
            }
            // A repeated field that stands alone is a list, too.
            Repetition::REPEATED => {
                let inner = Box::new(Self::content(field, next, (defined + 1, repeated + 1))?);
                let (defined, repeated) = (defined + 1, repeated + 1);
                Some(Self::List { inner, columns: first..*next, defined, repeated })
            }
        }
    }

    fn content(field: &Type, next: &mut usize, levels: (i16, i16)) -> Option<Self> {
        if field.is_primitive() {
            *next += 1;
            return Some(Self::Leaf { column: *next - 1, kind: Kind::of(field) });
        }
        let fields = field.get_fields();
        let repeated = |field: &TypePtr| field.get_basic_info().repetition() == Repetition::REPEATED;
        if let ([list], ConvertedType::LIST) = (fields, field.get_basic_info().converted_type()) {
            // Three levels, whatever they are called; the inner ones are the list of the outer.
            let [element] = (if list.is_group() { list.get_fields() } else { &[] }) else { return None };
            if !repeated(list) {
                return None;
            }
            let (defined, repeated) = (levels.0 + 1, levels.1 + 1);
            let first = *next;
            let inner = Box::new(Self::of(element, next, (defined, repeated))?);
            return Some(Self::List { inner, columns: first..*next, defined, repeated });
        }
        let first = *next;
        let parts: Option<Vec<_>> =
            fields.iter().map(|part| Some((part.name().to_owned(), Self::of(part, next, levels)?))).collect();
        Some(Self::Group { fields: parts?, columns: first..*next })
    }

    fn columns(&self) -> std::ops::Range<usize> {
        match self {
            Self::Leaf { column, .. } => *column..*column + 1,
            Self::Group { columns, .. } | Self::Optional { columns, .. } | Self::List { columns, .. } => {
                columns.clone()
            }
        }
    }

    /// Takes a value apart. An error names what is not of the column's kind.
    fn take_apart(
        &self,
        value: &Value,
        (defined, repeated): (i16, i16),
        to: &mut [Column],
    ) -> Result<(), String> {
        match self {
            Self::Leaf { column, kind } => {
                let column = &mut to[*column];
                column.levels(defined, repeated);
                column.values.push(kind.checked(value).ok_or_else(|| format!("{value} has no column"))?);
            }
            Self::Group { fields, .. } => {
                for (name, part) in fields {
                    part.take_apart(value.get(name).unwrap_or(&Value::Null), (defined, repeated), to)?;
                }
            }
            Self::Optional { inner, columns, defined: here } => {
                if value.is_null() {
                    columns.clone().for_each(|column| to[column].levels(defined, repeated));
                } else {
                    inner.take_apart(value, (*here, repeated), to)?;
                }
            }
            Self::List { inner, columns, defined: here, repeated: again } => {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                if items.is_empty() {
                    columns.clone().for_each(|column| to[column].levels(defined, repeated));
                }
                for (n, item) in items.iter().enumerate() {
                    inner.take_apart(item, (*here, if n == 0 { repeated } else { *again }), to)?;
                }
            }
        }
        Ok(())
    }

    /// Puts a value together; `None` where the columns do not fit each other.
    fn put_together(&self, from: &mut [Column]) -> Option<Value> {
        match self {
            Self::Leaf { column, .. } => {
                let column = &mut from[*column];
                column.step()?;
                column.next += 1;
                column.values.get_mut(column.next - 1).map(Value::take)
            }
            Self::Group { fields, .. } => {
                let mut object = Map::new();
                for (name, part) in fields {
                    object.insert(name.clone(), part.put_together(from)?);
                }
                Some(Value::Object(object))
            }
            Self::Optional { inner, columns, defined } => {
                if from[columns.start].now()?.0 >= *defined {
                    return inner.put_together(from);
                }
                columns.clone().try_for_each(|column| from[column].step())?;
                Some(Value::Null)
            }
            Self::List { inner, columns, defined, repeated } => {
                let mut items = Vec::new();
                if from[columns.start].now()?.0 < *defined {
                    columns.clone().try_for_each(|column| from[column].step())?;
                    return Some(Value::Array(items));
                }
                loop {
                    items.push(inner.put_together(from)?);
                    match from[columns.start].now() {
                        Some((_, again)) if again >= *repeated => {}
                        _ => return Some(Value::Array(items)),
                    }
                }
            }
        }
    }
}

impl Kind {
    fn of(field: &Type) -> Self {
        match field.get_physical_type() {
            Physical::BOOLEAN => Self::Truth,
            Physical::INT32 => Self::Whole,
            Physical::INT64 => Self::Long,
            Physical::DOUBLE => Self::Real,
            Physical::FLOAT => Self::Float,
            Physical::BYTE_ARRAY => Self::Text,
            Physical::INT96 | Physical::FIXED_LEN_BYTE_ARRAY => Self::Other,
        }
    }

    /// The value as this kind of column holds it.
    fn checked(self, value: &Value) -> Option<Value> {
        let fits = match self {
            Self::Truth => value.is_boolean(),
            Self::Whole => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            Self::Long => value.is_i64(),
            Self::Real | Self::Float => value.is_number(),
            Self::Text => value.is_string(),
            Self::Other => false,
        };
        fits.then(|| value.clone())
    }
}

/// One leaf of every row: its levels and its values.
#[derive(Debug, Default)]
struct Column {
    defined: Vec<i16>,
    repeated: Vec<i16>,
    values: Vec<Value>,
    /// Levels and values that are put together already.
    at: usize,
    next: usize,
}

impl Column {
    fn levels(&mut self, defined: i16, repeated: i16) {
        self.defined.push(defined);
        self.repeated.push(repeated);
    }

    fn now(&self) -> Option<(i16, i16)> {
        Some((*self.defined.get(self.at)?, *self.repeated.get(self.at)?))
    }

    fn step(&mut self) -> Option<()> {
        self.now()?;
        self.at += 1;
        Some(())
    }
}

fn sentence(error: &ParquetError) -> String {
    let text = error.to_string();
    text.strip_prefix("Parquet error: ").unwrap_or(&text).to_owned()
}

/// Writes rows under a schema. The same rows give the same bytes.
pub(super) fn write(schema: &TypePtr, rows: &[Value]) -> Result<Vec<u8>, String> {
    let mut next = 0;
    let node = Node::content(schema, &mut next, (0, 0)).ok_or("the schema has a list of an unknown form")?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("Orthoscope".to_owned())
        .build();
    let mut bytes = Vec::new();
    let fault = |error: ParquetError| sentence(&error);
    let mut writer =
        SerializedFileWriter::new(&mut bytes, TypePtr::clone(schema), properties.into()).map_err(fault)?;
    for rows in rows.chunks(AT_ONCE) {
        let mut columns: Vec<Column> = std::iter::repeat_with(Column::default).take(next).collect();
        rows.iter().try_for_each(|row| node.take_apart(row, (0, 0), &mut columns))?;
        let mut group = writer.next_row_group().map_err(fault)?;
        for column in columns {
            let Some(mut to) = group.next_column().map_err(fault)? else { break };
            put(to.untyped(), column).map_err(fault)?;
            to.close().map_err(fault)?;
        }
        group.close().map_err(fault)?;
    }
    writer.close().map_err(fault)?;
    Ok(bytes)
}

fn put(to: &mut ColumnWriter<'_>, column: Column) -> Result<(), ParquetError> {
    let levels = (Some(&column.defined[..]), Some(&column.repeated[..]));
    let values = column.values.iter();
    match to {
        ColumnWriter::BoolColumnWriter(to) => {
            to.write_batch(&values.filter_map(Value::as_bool).collect::<Vec<_>>(), levels.0, levels.1)
        }
        ColumnWriter::Int32ColumnWriter(to) => {
            let whole = values.filter_map(Value::as_i64).map(|n| n as i32).collect::<Vec<_>>();
            to.write_batch(&whole, levels.0, levels.1)
        }
        ColumnWriter::Int64ColumnWriter(to) => {
            to.write_batch(&values.filter_map(Value::as_i64).collect::<Vec<_>>(), levels.0, levels.1)
        }
        ColumnWriter::DoubleColumnWriter(to) => {
            to.write_batch(&values.filter_map(Value::as_f64).collect::<Vec<_>>(), levels.0, levels.1)
        }
        ColumnWriter::ByteArrayColumnWriter(to) => {
            let texts = column.values.into_iter().filter_map(|value| match value {
                Value::String(text) => Some(ByteArray::from(text.into_bytes())),
                _ => None,
            });
            to.write_batch(&texts.collect::<Vec<_>>(), levels.0, levels.1)
        }
        _ => return Err(ParquetError::General("a column of a kind that is not written".into())),
    }
    .map(drop)
}

/// A file that was looked over before it is read.
pub(super) struct File {
    reader: SerializedFileReader<Bytes>,
    /// The parts of a row that are wanted and that can be read.
    fields: Vec<(String, Node)>,
    pub(super) rows: usize,
}

impl File {
    /// Looks a file over: its footer, and the pages of the columns that are wanted.
    pub(super) fn open(bytes: &Bytes, wanted: &[&str], most_rows: usize) -> Result<Self, String> {
        guard::footer(bytes)?;
        let reader = SerializedFileReader::new(bytes.clone()).map_err(|e| sentence(&e))?;
        let metadata = reader.metadata();
        let schema = metadata.file_metadata().schema_descr();
        if schema.num_columns() > MOST_COLUMNS || metadata.num_row_groups() > MOST_GROUPS {
            return Err(format!("it has more than {MOST_COLUMNS} columns or {MOST_GROUPS} groups of rows"));
        }
        let mut next = 0;
        let mut fields = Vec::new();
        for field in schema.root_schema().get_fields() {
            let node = Node::of(field, &mut next, (0, 0))
                .ok_or_else(|| format!("its column `{}` is a list of an unknown form", field.name()))?;
            if wanted.contains(&field.name()) {
                fields.push((field.name().to_owned(), node));
            }
        }
        let mut rows = 0_usize;
        for group in metadata.row_groups() {
            let of = usize::try_from(group.num_rows()).map_err(|_| "it claims a negative number of rows")?;
            rows = rows.saturating_add(of);
            for column in fields.iter().flat_map(|(_, node)| node.columns()) {
                let chunk = group.columns().get(column).ok_or("a group of rows lacks a column")?;
                let packed = match chunk.compression() {
                    Compression::UNCOMPRESSED => false,
                    Compression::SNAPPY => true,
                    other => {
                        let name = other.to_string();
                        let name = name.split('(').next().unwrap_or_default().to_owned();
                        return Err(format!("it is packed by {name}, and only Snappy is read"));
                    }
                };
                let from = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
                let range = usize::try_from(from).ok().zip(usize::try_from(chunk.compressed_size()).ok());
                let held = range.and_then(|(from, length)| bytes.get(from..from.checked_add(length)?));
                guard::pages(held.ok_or("a column lies outside the file")?, packed)?;
            }
        }
        if rows > most_rows {
            return Err(format!("it claims {rows} rows, and {most_rows} are read"));
        }
        Ok(Self { reader, fields, rows })
    }

    /// The names of the parts that are wanted and there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// Hands every row on, as an object with the parts that are wanted.
    pub(super) fn each(&self, mut take: impl FnMut(Value)) -> Result<(), String> {
        let mut room = MOST_TEXT;
        for group in 0..self.reader.num_row_groups() {
            let reader = self.reader.get_row_group(group).map_err(|e| sentence(&e))?;
            let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
            let count = reader.num_columns();
            let mut columns: Vec<Column> = std::iter::repeat_with(Column::default).take(count).collect();
            for column in self.fields.iter().flat_map(|(_, node)| node.columns()) {
                let levels = reader.metadata().column(column).column_descr_ptr();
                let reader = reader.get_column_reader(column).map_err(|e| sentence(&e))?;
                let mut read = fetch(reader, rows, &mut room)?;
                // Columns that are always there have no levels.
                let held = read.values.len().max(read.defined.len());
                if levels.max_def_level() == 0 {
                    read.defined = vec![0; held];
                }
                if levels.max_rep_level() == 0 {
                    read.repeated = vec![0; held];
                }
                columns[column] = read;
            }
            for _ in 0..rows {
                let mut object = Map::new();
                for (name, node) in &self.fields {
                    let part = node.put_together(&mut columns);
                    let part = part.ok_or_else(|| format!("its column `{name}` ends too early"))?;
                    object.insert(name.clone(), part);
                }
                take(Value::Object(object));
            }
        }
        Ok(())
    }
}

/// Everything of a column in a group of rows.
fn fetch(reader: ColumnReader, rows: usize, room: &mut usize) -> Result<Column, String> {
    /// Reads values of one kind, some rows at a time.
    macro_rules! read {
        ($reader:expr, $value:expr) => {{
            let (mut reader, mut column) = ($reader, Column::default());
            let mut left = rows;
            while left > 0 {
                let mut values = Vec::new();
                let (records, _, _) = reader
                    .read_records(
                        left.min(AT_ONCE),
                        Some(&mut column.defined),
                        Some(&mut column.repeated),
                        &mut values,
                    )
                    .map_err(|e| sentence(&e))?;
                if records == 0 {
                    break;
                }
                left -= records.min(left);
                for value in values {
                    column.values.push($value(value)?);
                }
            }
            Ok(column)
        }};
    }
    let mut text = |value: ByteArray| -> Result<Value, String> {
        *room = room.checked_sub(value.len()).ok_or("its texts are longer than what is read")?;
        let text = value.as_utf8().map_err(|_| "it has a text that is not UTF-8".to_owned())?;
        Ok(Value::from(text))
    };
    match reader {
        ColumnReader::BoolColumnReader(reader) => read!(reader, |v: bool| Ok::<_, String>(Value::from(v))),
        ColumnReader::Int32ColumnReader(reader) => read!(reader, |v: i32| Ok::<_, String>(Value::from(v))),
        ColumnReader::Int64ColumnReader(reader) => read!(reader, |v: i64| Ok::<_, String>(Value::from(v))),
        ColumnReader::DoubleColumnReader(reader) => read!(reader, |v: f64| Ok::<_, String>(Value::from(v))),
        ColumnReader::FloatColumnReader(reader) => {
            read!(reader, |v: f32| Ok::<_, String>(Value::from(f64::from(v))))
        }
        ColumnReader::ByteArrayColumnReader(reader) => read!(reader, &mut text),
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
            Err("it has a column of a kind that is not read".into())
        }
    }
}
