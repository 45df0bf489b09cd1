use callboard_contract::adm::staff::{Revoke, RevokeReply, RevokeRequest};
use callboard_domain::StaffName;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Takes a credential back and cuts its live connections (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose
    #[arg(value_name = "NAME", add = complete::staff())]
    name: StaffName,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::typing(format!("Take the credential of {} back? The name:", options.name), &options.name),
        async |request_id, dry_run| {
            let request = RevokeRequest {
                request_id,
                name: options.name.clone(),
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Revoke>(&request).await
        },
        |reply: &RevokeReply| Report::one_as("callboard.staff_revoked.v1", &reply.member, reply),
    )
    .await
}
