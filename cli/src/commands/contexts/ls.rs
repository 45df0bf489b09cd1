use clap::Args;

use super::rows::Shown;
use crate::connect;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Lists the contexts, and that of the stack on this machine if one runs (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) fn run(context: &Context, _: &Options) -> Result<Outcome> {
    let contexts = connect::contexts()?;
    let current = contexts.current()?;
    let is_current = |name: &str| current.as_deref().unwrap_or(callboard_client::LOCAL) == name;
    let mut shown: Vec<Shown> = contexts.list()?.iter().map(|c| Shown::new(c, is_current(&c.name))).collect();
    if let Ok(local) = contexts.resolve(Some(callboard_client::LOCAL), context.global.data.as_deref()) {
        shown.push(Shown::new(&local, is_current(&local.name)));
    }
    context.print(&Report::list("callboard.contexts.v1", &shown, None))
}
