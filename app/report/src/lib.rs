//! What is known of a review, gathered and written as one page or on paper.
//!
//! [`Report::of`] gathers: where the cases stand, how well members agree, who took what for what, how agreement
//! came about, what review changed, what each member did and how reliable they are, how far outlines of
//! different members lie apart. [`html`] writes it as one file without network, script or picture file, [`pdf`] on numbered
//! pages; both say the same, as both are made of one document.
//!
//! [`questions_html`] and [`questions_pdf`] do the same for questions and the models that answered them, [`questions_card`]
//! writes the card of a dataset of questions.
//!
//! A report is a function of the journal, the number of resamples and the seed: the same project gives the same
//! bytes. Nothing of a committee that is still voting is in it.

mod card;
mod draw;
mod gather;
mod html;
mod outlines;
mod questions;
mod sections;
mod written;

pub use card::questions_card;
pub use gather::{Class, Counted, Disputed, MemberRow, Options, Part, Report};
pub use outlines::{OutlinePair, Outlines, outline_pairs};
pub use questions::{questions_html, questions_pdf};
pub use written::{Form, html, pdf};

#[cfg(test)]
mod tests;
