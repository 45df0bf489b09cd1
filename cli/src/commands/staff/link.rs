use callboard_contract::adm::staff::{Link, LinkRequest};
use callboard_domain::{StaffName, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// Says which user of the platform a member of staff is, so that nobody acts on himself or on who stands above him (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The member of staff
    #[arg(value_name = "NAME", add = complete::staff())]
    name: StaffName,
    /// The user; none takes the link away
    #[arg(value_name = "UID")]
    uid: Option<Uid>,
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
        |_| Consent::yes(format!("Link {} with that user?", options.name)),
        async |request_id, dry_run| {
            let request = LinkRequest {
                request_id,
                name: options.name.clone(),
                uid: options.uid.clone(),
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Link>(&request).await
        },
        |member| Report::one("callboard.staff_member.v1", member),
    )
    .await
}
