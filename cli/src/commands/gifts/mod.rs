//! `gifts`: what can be given, at what price, and what was given.

mod given;
mod ls;
mod rows;
mod set;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard gifts ls
  callboard gifts set teapot --name Teapot --price 15 --reason request
  callboard gifts set teapot --retire --reason request
  callboard gifts given --to maya --since 24h";

/// What people can give each other, and what they gave
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Set(Box<set::Options>),
    Given(given::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Set(options) => set::run(context, *options).await,
        Verb::Given(options) => given::run(context, options).await,
    }
}
