use callboard_contract::adm::calls::{Ls, LsRequest};
use callboard_domain::{CallState, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists calls, newest first, past ones too (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only calls of this user
    #[arg(long)]
    uid: Option<Uid>,
    /// Only this state: pending, accepted, active, completed, rejected, cancelled, missed, expired
    #[arg(long)]
    state: Option<CallState>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let request = LsRequest {
            uid: options.uid.clone(),
            state: options.state,
            since: options.period.since,
            until: options.period.until,
            limit: query.limit,
            cursor: query.cursor,
        };
        house.call::<Ls>(&request).await
    })
    .await?;
    list::print(context, "callboard.calls.v1", &page)
}
