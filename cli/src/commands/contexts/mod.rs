//! `context`: which house, under which name, and whether it may be changed.

mod add;
mod ls;
mod rm;
mod rows;
mod select;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Which house, under which name
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Add(add::Options),
    Select(select::Options),
    Rm(rm::Options),
}

/// Runs a verb.
pub(crate) fn run(context: &Context, verb: &Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options),
        Verb::Show(options) => show::run(context, options),
        Verb::Add(options) => add::run(context, options),
        Verb::Select(options) => select::run(context, options),
        Verb::Rm(options) => rm::run(context, options),
    }
}
