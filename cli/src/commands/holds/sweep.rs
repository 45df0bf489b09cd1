use callboard_contract::adm::holds::{Sweep, SweepReply, SweepRequest};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::ChangeFlags;
use crate::report::Report;

/// Looks for holds whose call has ended and releases them; it must find none (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    let outcome = change::carry_out(
        context,
        &options.change,
        |reply: &SweepReply| Consent::yes(format!("Release {} of {} holds?", reply.released.len(), reply.looked_at)),
        async |request_id, dry_run| house.call::<Sweep>(&SweepRequest { request_id, dry_run }).await,
        |reply| {
            context.note(format!("looked at {} open holds, {} left behind", reply.looked_at, reply.released.len()));
            Report::list_as("callboard.hold_sweep.v1", &reply.released, reply).field("items", &reply.released)
        },
    )
    .await?;
    Ok(outcome)
}
