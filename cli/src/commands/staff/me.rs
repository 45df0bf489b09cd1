use callboard_contract::adm::staff::Me;
use callboard_contract::api::Nothing;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Shows who you are and what you may do (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let me = context.house().await?.call::<Me>(&Nothing {}).await?;
    context.print(&Report::one("callboard.staff_me.v1", &me))
}
