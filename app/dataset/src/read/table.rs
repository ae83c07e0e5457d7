//! Tables of labels and votes: CSV with a header, separated by commas, semicolons or tabs.

use std::path::Path;

use super::{Limits, read_bounded, without_mark};
use crate::DatasetError;

/// One line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// Its cells in the order of the columns, or why it cannot be read.
    pub cells: Result<Vec<String>, String>,
}

/// A table as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns, in lower case.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// Reads a table of labels or votes.
pub fn read_table(path: &Path, limits: &Limits) -> Result<Table, DatasetError> {
    parse_table(&read_bounded(path, limits.file_bytes)?, limits)
}

/// The same from bytes in memory.
pub fn parse_table(bytes: &[u8], limits: &Limits) -> Result<Table, DatasetError> {
    let bytes = without_mark(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().map_err(|e| DatasetError::BadTable(plain(&e)))?;
    let columns: Vec<String> = header.iter().map(str::to_lowercase).collect();
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = match reader.read_record(&mut record) {
            Ok(false) => return Ok(Table { columns, rows }),
            Ok(true) => Ok(record.iter().map(str::to_owned).collect::<Vec<_>>()),
            Err(error) if error.is_io_error() => return Err(DatasetError::BadTable(plain(&error))),
            Err(error) => Err(plain(&error)),
        };
        let line = record.position().map_or(line, csv::Position::line);
        if matches!(&read, Ok(cells) if cells.iter().all(String::is_empty)) {
            continue;
        }
        rows.push(Row { line, cells: read });
        if rows.len() > limits.features {
            return Err(DatasetError::TooMany { what: "rows", limit: limits.features });
        }
    }
}

/// The separator that cuts the header into most columns.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |d: u8| header.split(|b| *b == d).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn plain(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".into(),
        _ => error.to_string(),
    }
}

impl Table {
    /// The place of a column, if the table has it.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// The place of a column that must be there.
    pub(crate) fn needed(&self, column: &'static str) -> Result<usize, DatasetError> {
        self.column(column).ok_or_else(|| {
            let header: String = self.columns.join(",").chars().take(120).collect();
            DatasetError::MissingColumn { column, header }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_quotes_marks_and_blank_lines_are_understood() {
        for text in [
            "\u{feff}Region,Class\na,\"no, not\"\n\nb,c\n",
            "Region;Class\r\na;no, not\r\nb;c",
            "region\tclass\na\tno, not\n\t\nb\tc\n",
        ] {
            let table = parse_table(text.as_bytes(), &Limits::default()).expect("read");
            assert_eq!(table.columns, ["region", "class"], "{text}");
            let cells: Vec<_> = table.rows.iter().map(|r| r.cells.clone().expect("text")).collect();
            assert_eq!(cells, [["a", "no, not"], ["b", "c"]], "{text}");
        }
    }

    #[test]
    fn a_line_that_is_not_text_is_told_apart_from_the_rest() {
        let table = parse_table(b"region,class\na,b\n\xFF,c\nd,e\n", &Limits::default()).expect("read");
        let broken: Vec<_> = table.rows.iter().filter(|r| r.cells.is_err()).map(|r| r.line).collect();
        assert_eq!((broken, table.rows.len()), (vec![3], 3));
    }
}
