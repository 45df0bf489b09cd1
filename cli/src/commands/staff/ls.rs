use callboard_contract::adm::staff::Ls;
use callboard_contract::api::Nothing;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Lists the members of staff (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Those whose credential was taken back, too
    #[arg(long)]
    revoked: bool,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut members = context.house().await?.call::<Ls>(&Nothing {}).await?.items;
    members.retain(|member| options.revoked || member.revoked_at.is_none());
    context.print(&Report::list("callboard.staff.v1", &members, None))
}
