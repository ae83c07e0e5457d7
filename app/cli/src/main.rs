//! `orthoscope`: the window, and a subcommand for everything the window does.
//!
//! Exit codes: 0 done, 1 failed (`error: …` and `hint: …` on standard error, nothing half-written), 2 wrong
//! usage.

mod args;
mod commands;
mod device;
mod failure;
mod output;
mod progress;
mod quiet;
mod spectra;
mod stop;
mod value;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.verbose);
    quiet::begin_quietly();
    let output = Output::new(cli.json);
    match run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, output: &Output) -> anyhow::Result<()> {
    match cli.command {
        None => commands::open::run(&cli.files, None),
        Some(Command::Open(args)) => commands::open::run(&args.files, args.author.as_deref()),
        Some(Command::Demo(args)) => commands::demo::run(&args, output),
        Some(Command::Doctor) => commands::doctor::run(output),
        Some(Command::Info(args)) => commands::info::run(&args, output),
        Some(Command::Render(args)) => commands::render::run(&args, output),
        Some(Command::Stats(args)) => commands::stats::run(&args, output),
        Some(Command::Spectrum(args)) => commands::spectrum::run(&args, output),
        Some(Command::Product(args)) => commands::product::run(&args, output),
        Some(Command::Segment(args)) => commands::segment::run(&args, output),
        Some(Command::Classify(args)) => commands::classify::run(&args, output),
        Some(Command::List(args)) => commands::list::run(&args, output),
        Some(Command::New(args)) => commands::new::run(&args, output),
        Some(Command::Add(args)) => commands::add::run(&args, output),
        Some(Command::Import(args)) => commands::import::run(&args, output),
        Some(Command::Label(args)) => commands::label::run(&args, output),
        Some(Command::Vote(args)) => commands::vote::run(&args, output),
        Some(Command::Relate(args)) => commands::relate::run(&args, output),
        Some(Command::Review(args)) => commands::review::run(&args, output),
        Some(Command::Agreement(args)) => commands::agreement::run(&args, output),
        Some(Command::Report(args)) => commands::report::run(&args, output),
        Some(Command::Fuse(args)) => commands::fuse::run(&args, output),
        Some(Command::Merge(args)) => commands::merge::run(&args, output),
        Some(Command::Conflicts(args)) => commands::conflicts::run(&args, output),
        Some(Command::Member(args)) => commands::member::run(&args, output),
        Some(Command::Share(args)) => commands::share::run(&args, output),
        Some(Command::Sync(args)) => commands::sync::run(&args, output),
        Some(Command::Rules(args)) => commands::rules::run(&args, output),
        Some(Command::Align(args)) => commands::align::run(&args, output),
        Some(Command::Schema(args)) => commands::schema::run(&args, output),
        Some(Command::Query(args)) => commands::query::run(&args, output),
        Some(Command::Ask(args)) => commands::ask::run(&args, output),
        Some(Command::Providers(args)) => commands::providers::run(&args, output),
        Some(Command::Qa(args)) => commands::qa::run(&args, output),
        Some(Command::Screening(args)) => commands::screening::run(&args, output),
        Some(Command::Train(args)) => commands::train::run(&args, output),
        Some(Command::Predict(args)) => commands::predict::run(&args, output),
        Some(Command::Similar(args)) => commands::similar::run(&args, output),
        Some(Command::Export(args)) => commands::export::run(&args, output),
        Some(Command::History(args)) => commands::history::run(&args, output),
        Some(Command::Verify(args)) => commands::verify::run(&args, output),
        Some(Command::Backup(args)) => commands::backup::run(&args, output),
        Some(Command::Restore(args)) => commands::backup::restore(&args, output),
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
