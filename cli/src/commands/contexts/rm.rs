use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::{complete, connect, out};

/// Takes a context away; its credential file stays (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: String,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    yes: bool,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let contexts = connect::contexts()?;
    let found = contexts.show(&options.name)?;
    if !options.yes {
        if !out::can_ask() {
            return Err(Failure::usage("this changes something and there is no terminal to ask on")
                .hint("say --yes to do it without asking"));
        }
        change::ask(&Consent::yes(format!("Take the context {} ({}) away?", found.name, found.server)))?;
    }
    contexts.remove(&options.name)?;
    context.note(format!("took the context {} away", options.name));
    Ok(Outcome::Done)
}
