use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};

/// Prints the manual page, or writes one for each command into a folder (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let command = crate::args::command().disable_help_subcommand(true);
    let Some(dir) = &options.dir else {
        let mut page = Vec::new();
        Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::failed(format!("cannot write the page: {error}")))?;
        return context.print_text(&String::from_utf8_lossy(&page));
    };
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot write pages into {}: {error}", dir.display()));
    std::fs::create_dir_all(dir).map_err(cannot)?;
    clap_mangen::generate_to(command, dir).map_err(cannot)?;
    context.note(format!("pages are in {}", dir.display()));
    Ok(Outcome::Done)
}
