//! `callboard`: every act of staff as a command, and the private stack on this machine.
//!
//! This binary holds no rule and no database password: what it does is a request that a worker allows or refuses. stdout carries
//! data only; everything said to people goes to stderr; the exit code follows from how the command ended.

mod args;
mod change;
mod commands;
mod complete;
mod connect;
mod context;
mod fail;
mod flags;
mod list;
mod out;
mod picture;
mod report;
mod when;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::args::Cli;
use crate::context::Context;
use crate::fail::{Failure, Outcome};
use crate::report::Format;

fn main() -> ExitCode {
    // Answers the shell's question for completions and ends, if that is what it was started for.
    clap_complete::CompleteEnv::with_factory(args::command).complete();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    let context = Context::new(cli.global.clone());
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ended(&context, Err(Failure::failed(format!("cannot start: {error}")))),
    };
    let owns_signals = cli.command.owns_signals();
    let result = runtime.block_on(async {
        let run = commands::run(cli.command, &context);
        if owns_signals {
            return run.await;
        }
        tokio::select! {
            result = run => result,
            () = callboard_stack::terminated() => Err(Failure::interrupted()),
        }
    });
    let code = ended(&context, result);
    // A blocking read of stdin may still hang in a thread: it must not keep the process.
    runtime.shutdown_background();
    code
}

fn ended(context: &Context, result: fail::Result<Outcome>) -> ExitCode {
    match result {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(failure) => {
            out::complain(&failure, context.global.output == Format::Json, context.colour_on_stderr());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Help and version are data; a wrong command line is a failure like any other, in JSON if that was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let wants_json = args::asks_for_json(std::env::args_os());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ if wants_json => {
            let text = error.render().to_string();
            let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let failure = Failure::usage(message).hint("--help shows what the command takes");
            out::complain(&failure, true, false);
            ExitCode::from(failure.exit_code())
        }
        _ => {
            let _ = error.print();
            ExitCode::from(2)
        }
    }
}

/// Only what the libraries have to complain about, on stderr.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("CALLBOARD_CLI_LOG").unwrap_or_else(|_| EnvFilter::new("error,async_nats=off"));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}
