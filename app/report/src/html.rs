//! The report as one HTML file: no network, no script, no picture file.

mod sections;
mod style;

use crate::draw::{escaped, percent};
use crate::gather::Report;

/// Writes a report. The same report gives the same bytes.
pub fn html(report: &Report) -> String {
    let title = if report.project.is_empty() { "Review" } else { &report.project };
    let title = escaped(title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Review of {title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>Review of {title}</h1>\n",
        style::CSS
    );
    page.push_str(&lead(report));
    for section in sections::all(report) {
        page.push_str(&section);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
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
