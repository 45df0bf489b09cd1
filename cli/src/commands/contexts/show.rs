use clap::Args;

use super::rows::Shown;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;
use crate::{complete, connect};

/// Shows a context; the one in which commands work if none is named (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name
    #[arg(value_name = "NAME", add = complete::contexts())]
    name: Option<String>,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let contexts = connect::contexts()?;
    let name = options.name.as_deref().or(context.global.context.as_deref());
    let found = contexts.resolve(name, context.global.data.as_deref())?;
    let current = contexts.current()?.unwrap_or_else(|| callboard_client::LOCAL.to_owned());
    context.print(&Report::one("callboard.context.v1", &Shown::new(&found, found.name == current)))
}
