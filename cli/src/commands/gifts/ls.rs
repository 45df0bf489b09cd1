use callboard_contract::adm::gifts::Ls;
use callboard_contract::api::Nothing;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::report::Report;

/// Lists the catalogue of gifts, the cheapest first, retired ones too (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {}

pub(crate) async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let gifts = context.house().await?.call::<Ls>(&Nothing {}).await?.items;
    context.print(&Report::list("callboard.gifts.v1", &gifts, None))
}
