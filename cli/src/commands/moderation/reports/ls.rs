use callboard_contract::adm::cases::{Ls, LsRequest};
use callboard_domain::{CaseState, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, WatchFlags};
use crate::list;
use crate::report::Report;

/// Lists cases: open ones, the one that must be decided soonest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Decided ones, newest first
    #[arg(long)]
    decided: bool,
    /// Only those about this person
    #[arg(long, value_name = "UID")]
    about: Option<Uid>,
    /// Only those that you claimed or decided
    #[arg(long)]
    mine: bool,
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let page = list::read(&options.page, PeriodFlags::default(), async |query| {
            let request = LsRequest {
                state: Some(if options.decided { CaseState::Decided } else { CaseState::Open }),
                about: options.about.clone(),
                mine: options.mine,
                limit: query.limit,
                cursor: query.cursor,
            };
            house.call::<Ls>(&request).await
        })
        .await?;
        Ok(Report::list("callboard.cases.v1", &page.items, page.cursor.as_deref()))
    })
    .await
}
