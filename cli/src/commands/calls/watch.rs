use callboard_contract::adm::money::{MoneySummary, Summary, SummaryRequest};
use clap::Args;

use super::ls::{Filter, Sort, live};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, WatchFlags};
use crate::list;
use crate::report::Report;

/// Shows live calls again and again, those that burn most first, until Ctrl-C (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    filter: Filter,
    /// What comes first
    #[arg(long, value_enum, default_value = "burn")]
    sort: Sort,
    /// At most so many calls
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    /// Look again every so many seconds
    #[arg(long, default_value_t = 2, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    interval: u32,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let all = PageFlags { all: true, ..PageFlags::default() };
    list::show(context, WatchFlags { watch: Some(options.interval) }, async || {
        let (mut page, as_of) = live(&house, &all).await?;
        options.filter.apply(options.sort, &mut page.items);
        page.items.truncate(options.limit as usize);
        let now = house.call::<Summary>(&SummaryRequest { minutes: Some(1) }).await?;
        if context.is_for_people() {
            context.note(totals(&now));
        }
        Ok(Report::list("callboard.calls.v1", &page.items, None).field("as_of", &as_of).field("totals", &now))
    })
    .await
}

fn totals(now: &MoneySummary) -> String {
    format!(
        "{} live calls, {} coins/min, of it the house {}",
        now.live_calls, now.burn_per_minute, now.platform_per_minute
    )
}
