use callboard_contract::adm::restream::{ProgrammeReply, Stop, StopRequest};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Takes a call off air; the call itself goes on (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ProgrammeReply| {
            let title = &reply.programme.programme.title;
            Consent::typing(format!("Take {title} off air? The title:"), title)
        },
        async |request_id, dry_run| {
            let reason = options.reason.reason.clone();
            house.call::<Stop>(&StopRequest { request_id, programme_id, reason, dry_run }).await
        },
        super::acted,
    )
    .await
}
