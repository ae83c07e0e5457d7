//! The program as scripts meet it: arguments in, exit code, JSON and files out.

mod agreement;
mod asking;
mod backups;
mod bad_input;
mod cards;
mod committee;
mod copies;
mod evaluating;
mod expressions;
mod journey;
mod keys;
mod kill;
mod learning;
mod network;
mod onnx;
mod pictures;
mod program;
mod proposing;
mod queries;
mod questions;
mod quiet;
mod replaying;
mod screenings;
mod segmenting;
#[cfg(unix)]
mod sharing;
mod similar;
mod spectral;
