//! Subcommands that run once and end: their settings, what they say, their exit code (2 for settings, 1 for what fails).

use std::io::Write as _;
use std::process::ExitCode;

use callboard_worker::SetupError;
use clap::Parser;
use clap::error::ErrorKind;

use crate::NAME;

/// Why a subcommand did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A setting is wrong.
    Setup(SetupError),
    /// It was tried and failed.
    Failed(String),
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl Failure {
    /// Something that was tried and failed.
    pub(crate) fn of(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}: {why}"))
    }
}

/// Parses the settings of a subcommand and runs it. What it says goes to stdout, what is wrong to stderr, in one line each.
pub(crate) fn run<C, F>(work: impl FnOnce(C) -> F) -> ExitCode
where
    C: Parser,
    F: Future<Output = Result<String, Failure>>,
{
    let config = match C::try_parse_from(std::env::args_os().skip(1)) {
        Ok(config) => config,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => error.exit(),
        Err(error) => return say(2, &one_line(&error)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say(1, &format!("cannot start: {error}")),
    };
    match runtime.block_on(work(config)) {
        Ok(done) => {
            // Nothing can be done about a closed pipe.
            let _ = writeln!(std::io::stdout(), "{done}");
            ExitCode::SUCCESS
        }
        Err(Failure::Setup(error)) => say(2, &error.to_string()),
        Err(Failure::Failed(error)) => say(1, &error),
    }
}

fn say(code: u8, text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{NAME}: {text}");
    ExitCode::from(code)
}

fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\n").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}
