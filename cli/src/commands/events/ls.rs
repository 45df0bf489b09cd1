use callboard_contract::adm::events::{Ls, LsRequest};
use clap::Args;

use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists events, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only about this entity: a call, a transfer, a tariff, a member of staff
    #[arg(long, value_name = "ID", add = complete::calls())]
    entity: Option<String>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        house.call::<Ls>(&LsRequest { entity: options.entity.clone(), limit: query.limit, cursor: query.cursor }).await
    })
    .await?;
    list::print(context, "callboard.events.v1", &page)
}
