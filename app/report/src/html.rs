//! The report as one HTML file: no network, no script, no picture file.

mod sections;
mod style;

use crate::draw::{escaped, percent};
use crate::gather::Report;

pub(crate) use sections::{paragraph, section, table as cells_table};

/// Writes a report. The same report gives the same bytes.
pub fn html(report: &Report) -> String {
    let title = if report.project.is_empty() { "Review" } else { &report.project };
    let mut body = lead(report);
    for section in sections::all(report) {
        body.push_str(&section);
    }
    page(&format!("Review of {title}"), &body)
}

/// A page of sections.
pub(crate) fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         {body}</main>\n</body>\n</html>\n",
        style::CSS
    )
}

/// What the page is about, in a paragraph.
fn lead(report: &Report) -> String {
    let settled =
        report.status.iter().filter(|(state, _)| state.is_accepted()).map(|(_, n)| n).sum::<usize>();
    let share = if report.regions > 0 { settled as f64 / report.regions as f64 } else { 0.0 };
    format!(
        "<p class=\"lead\">{} regions under {}, {settled} of them settled ({}). {} votes by {} members are in \
         these numbers. State of journal entry {}.</p>\n",
        report.regions,
        escaped(if report.schema.is_empty() { "no schema" } else { &report.schema }),
        percent(share),
        report.committee.agreement.votes + report.stage_one.agreement.votes,
        report.members.len(),
        report.journal_seq,
    )
}
