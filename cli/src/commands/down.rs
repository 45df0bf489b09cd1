use clap::Args;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};

/// Stops the private stack on this machine and leaves nothing running; its data stay (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let data = context.data()?;
    let report = callboard_stack::down(&data).await.map_err(|error| Failure::failed(error.to_string()))?;
    if report.nothing_ran() {
        context.note(format!("no stack was running with its data in {}", data.display()));
    }
    if let Some(pid) = report.supervisor {
        context.note(format!("stopped the stack with supervisor pid {pid}"));
    }
    for (name, pid) in &report.leftovers {
        context.note(format!("ended {name} with pid {pid}, left behind by a supervisor that was killed"));
    }
    Ok(Outcome::Done)
}
