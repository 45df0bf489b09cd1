use callboard_contract::adm::calls::{ActReply, MemberActRequest, Remove};
use callboard_domain::Uid;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Takes a member out of a call: every receiver drops the tracks (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The call; `-` takes it from stdin
    #[arg(value_name = "CALL", add = complete::calls())]
    call: String,
    /// The member
    #[arg(value_name = "UID")]
    uid: Uid,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let call_id = named_one(&options.call)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::typing(format!("Take {} out of the call? The name:", options.uid), &options.uid),
        async |request_id, dry_run| {
            let request = MemberActRequest {
                request_id,
                call_id,
                uid: options.uid.clone(),
                on: true,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Remove>(&request).await
        },
        |reply: &ActReply| super::detail(&reply.call).field("dry_run", &reply.dry_run),
    )
    .await
}
