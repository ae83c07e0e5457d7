//! `orthoscope`: the window, and a subcommand for everything the window does.
//!
//! Exit codes: 0 done, 1 failed (`error: …` and `hint: …` on standard error, nothing half-written), 2 wrong
//! usage.

mod args;
mod commands;
mod failure;
mod output;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.verbose);
    let output = Output::new(cli.json);
    match run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, output: &Output) -> anyhow::Result<()> {
    match cli.command {
        Command::Info(args) => commands::info::run(&args, output),
        Command::Render(args) => commands::render::run(&args, output),
        Command::New(args) => commands::new::run(&args, output),
        Command::Add(args) => commands::add::run(&args, output),
        Command::Import(args) => commands::import::run(&args, output),
        Command::Label(args) => commands::label::run(&args, output),
        Command::Vote(args) => commands::vote::run(&args, output),
        Command::Review(args) => commands::review::run(&args, output),
        Command::History(args) => commands::history::run(&args, output),
        Command::Verify(args) => commands::verify::run(&args, output),
    }
}

/// Logs go to standard error; `RUST_LOG` overrules the flag.
fn start_log(verbose: u8) {
    let level = ["error", "info", "debug", "trace"][usize::from(verbose.min(3))];
    let filter = format!(
        "off,orthoscope={level},raster={level},store={level},dataset={level},desktop={level},renderer={level}"
    );
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(filter))
        .format_timestamp(None)
        .init();
}
