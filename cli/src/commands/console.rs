use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use clap::Args;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::Global;

/// Opens the console in this terminal: watch live calls, rooms and cases, and act on them (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// How pictures are shown: auto, kitty, sixel, iterm2, blocks or off
    #[arg(long, value_name = "HOW")]
    pictures: Option<OsString>,

    /// How often live calls are read, in milliseconds
    #[arg(long, value_name = "MS")]
    poll: Option<u64>,
}

/// The console's program, which is installed beside this one.
pub(crate) fn program() -> Result<PathBuf> {
    let program = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("callboard-console")));
    program.filter(|program| program.is_file()).ok_or_else(|| {
        Failure::failed("callboard-console does not lie beside this program")
            .hint("install it there, or build it: cargo build --workspace")
    })
}

/// Becomes the console, which ends with its own exit code.
pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let arguments = arguments(&context.global, options)?;
    let program = program()?;
    let error = std::process::Command::new(&program).args(arguments).exec();
    Err(Failure::failed(format!("cannot run {}: {error}", program.display())))
}

fn arguments(global: &Global, options: &Options) -> Result<Vec<OsString>> {
    if global.server.is_some() || global.creds.is_some() {
        return Err(Failure::usage("the console works in a context, not with --server and --creds")
            .hint("callboard context add NAME --server URL --creds FILE --environment ENVIRONMENT, then callboard console --context NAME"));
    }
    let values: [(&str, Option<OsString>); 4] = [
        ("--context", global.context.clone().map(OsString::from)),
        ("--data", global.data.clone().map(OsString::from)),
        ("--pictures", options.pictures.clone()),
        ("--poll", options.poll.map(|poll| poll.to_string().into())),
    ];
    let mut arguments: Vec<OsString> =
        values.into_iter().filter_map(|(flag, value)| Some([flag.into(), value?])).flatten().collect();
    if global.no_color {
        arguments.push("--no-color".into());
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Options = Options { pictures: None, poll: None };

    #[test]
    fn the_console_gets_what_was_said_and_nothing_else() {
        assert!(arguments(&Global::default(), &NOTHING).unwrap().is_empty());
        let global = Global { context: Some("otto".to_owned()), no_color: true, ..Global::default() };
        let options = Options { pictures: Some("off".into()), poll: Some(500) };
        let said = arguments(&global, &options).unwrap();
        assert_eq!(said, ["--context", "otto", "--pictures", "off", "--poll", "500", "--no-color"]);
    }

    #[test]
    fn a_server_named_by_hand_is_refused_with_the_way_out() {
        let global = Global { server: Some("nats://127.0.0.1:4222".to_owned()), ..Global::default() };
        let error = arguments(&global, &NOTHING).unwrap_err();
        assert!(format!("{error:?}").contains("context add"), "{error:?}");
    }
}
