//! The program as scripts meet it: arguments in, exit code, JSON and files out.

mod agreement;
mod asking;
mod bad_input;
mod committee;
mod copies;
mod evaluating;
mod expressions;
mod journey;
mod kill;
mod learning;
mod pictures;
mod program;
mod queries;
mod questions;
mod quiet;
mod screenings;
mod segmenting;
mod spectral;
