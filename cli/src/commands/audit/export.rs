use callboard_contract::Page;
use callboard_contract::adm::audit::{Export, ExportRequest};
use clap::Args;

use super::rows::Proven;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Gives the whole log in its order, with the hashes by which anybody can check it (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    period: PeriodFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let all = PageFlags { all: true, ..PageFlags::default() };
    let PeriodFlags { since, until } = options.period;
    let page = list::read(&all, PeriodFlags::default(), async |query| {
        let request = ExportRequest { since, until, limit: query.limit, cursor: query.cursor };
        let page = house.call::<Export>(&request).await?;
        Ok(Page { items: page.items.into_iter().map(Proven).collect(), cursor: page.cursor })
    })
    .await?;
    list::print(context, "callboard.action_log.v1", &page)
}
