use callboard_contract::adm::tariff::Ls;
use callboard_contract::api::Nothing;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Lists the tariffs, presets too (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let tariffs = context.house().await?.call::<Ls>(&Nothing {}).await?.items;
    context.print(&Report::list("callboard.tariffs.v1", &tariffs, None))
}
