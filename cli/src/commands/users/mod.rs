//! `users`: tokens for development.

mod token;

use clap::Subcommand;

use crate::context::Context;
use crate::fail::{Outcome, Result};

/// Login tokens for development
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Token(token::Options),
}

/// Runs a verb.
pub(crate) async fn run(context: &Context, verb: Verb) -> Result<Outcome> {
    match verb {
        Verb::Token(options) => token::run(context, options).await,
    }
}
