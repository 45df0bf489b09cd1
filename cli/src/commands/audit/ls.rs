use callboard_contract::adm::audit::{Ls, LsRequest};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists what staff did, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only acts with this id or name as their target, or in what they changed
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only those of this member of staff
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this act, or acts of this kind: mod.ban, calls
    #[arg(long)]
    act: Option<String>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let request = LsRequest {
            id: options.id.clone(),
            actor: options.actor.clone(),
            act: options.act.clone(),
            since: options.period.since,
            until: options.period.until,
            limit: query.limit,
            cursor: query.cursor,
        };
        house.call::<Ls>(&request).await
    })
    .await?;
    list::print(context, "callboard.actions.v1", &page)
}
