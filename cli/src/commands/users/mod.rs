//! `users`: who is here, what stands against them; tokens for development.

mod ls;
mod restore;
mod reveal;
mod rows;
mod sessions;
mod show;
mod suspend;
mod token;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

const EXAMPLES: &str = "\
Examples:
  callboard users ls le
  callboard users show leo
  callboard users reveal leo --reason \"fraud:two accounts on one device?\"
  callboard users suspend leo --for 7d --reason abuse
  callboard users restore leo --reason goodwill";

/// Users of the platform
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Verb {
    Ls(ls::Options),
    Show(show::Options),
    Sessions(sessions::Options),
    Reveal(reveal::Options),
    Suspend(suspend::Options),
    Restore(restore::Options),
    Token(token::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Ls(options) => ls::run(context, options).await,
        Verb::Show(options) => show::run(context, options).await,
        Verb::Sessions(options) => sessions::run(context, options).await,
        Verb::Reveal(options) => reveal::run(context, options).await,
        Verb::Suspend(options) => suspend::run(context, options).await,
        Verb::Restore(options) => restore::run(context, options).await,
        Verb::Token(options) => token::run(context, options).await,
    }
}
