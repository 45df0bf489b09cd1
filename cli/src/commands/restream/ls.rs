use callboard_contract::adm::restream::{Ls, LsRequest};
use callboard_domain::CallId;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, WatchFlags};
use crate::report::Report;
use crate::{complete, list};

/// Lists programmes, newest first, with how they do (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only those of this call
    #[arg(long, value_name = "CALL", add = complete::calls())]
    call: Option<CallId>,
    /// Also those that are over
    #[arg(long)]
    past: bool,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let page = list::read(&options.page, options.period, async |query| {
            let request =
                LsRequest { call_id: options.call, past: options.past, limit: query.limit, cursor: query.cursor };
            house.call::<Ls>(&request).await
        })
        .await?;
        Ok(Report::list("callboard.programmes.v1", &page.items, page.cursor.as_deref()))
    })
    .await
}
