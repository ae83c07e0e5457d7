//! A report as a file.

use std::path::Path;

use paper::{Document, PaperError};

use crate::draw::{ON_PAPER, percent};
use crate::gather::Report;
use crate::html::page;
use crate::sections;

/// In which form a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One page for a browser.
    Html,
    /// Numbered pages.
    Pdf,
}

impl Form {
    /// The form that a file name asks for by its end.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// Writes a report for a browser. The same report gives the same bytes.
pub fn html(report: &Report) -> String {
    page(&document(report))
}

/// Writes a report on pages of A4, as PDF; fonts in TrueType or OpenType, the first is for words, the last for headings.
/// The same report and fonts give the same bytes.
pub fn pdf(report: &Report, fonts: &[&'static [u8]]) -> Result<Vec<u8>, PaperError> {
    paper::pdf(&document(report), fonts)
}

fn document(report: &Report) -> Document {
    let title = if report.project.is_empty() { "Review" } else { &report.project };
    Document {
        title: format!("Review of {title}"),
        lead: lead(report),
        style: ON_PAPER,
        sections: sections::all(report),
    }
}

/// What the report is about, in a paragraph.
fn lead(report: &Report) -> String {
    let settled =
        report.status.iter().filter(|(state, _)| state.is_accepted()).map(|(_, n)| n).sum::<usize>();
    let share = if report.regions > 0 { settled as f64 / report.regions as f64 } else { 0.0 };
    format!(
        "{} regions under {}, {settled} of them settled ({}). {} votes by {} members are in these numbers. \
         State of journal entry {}.",
        report.regions,
        if report.schema.is_empty() { "no schema" } else { &report.schema },
        percent(share),
        report.committee.agreement.votes + report.stage_one.agreement.votes,
        report.members.len(),
        report.journal_seq,
    )
}
