use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::{complete, connect};

/// Selects the context for commands that name none; `local` is the stack on this machine (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: String,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    connect::contexts()?.select(&options.name)?;
    context.note(format!("commands work in {} now", options.name));
    Ok(Outcome::Done)
}
