use callboard_contract::adm::calls::{Live, LiveCall};
use callboard_contract::{Page, PageQuery};
use callboard_domain::{CallKind, CallState, Uid};
use clap::{Args, ValueEnum};

use crate::connect::House;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, WatchFlags};
use crate::list;
use crate::report::Report;

/// Lists live calls with what they burn, their runway and their quality (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) filter: Filter,
    /// What comes first
    #[arg(long, value_enum, default_value_t)]
    pub(super) sort: Sort,
    #[command(flatten)]
    page: PageFlags,
    #[command(flatten)]
    watch: WatchFlags,
}

/// Which live calls.
#[derive(Args, Clone, Debug)]
pub(super) struct Filter {
    /// Only calls of this user
    #[arg(long)]
    uid: Option<Uid>,
    /// Only this kind: chat, audio, video, group
    #[arg(long)]
    kind: Option<CallKind>,
    /// Only this state: pending, accepted, active
    #[arg(long)]
    state: Option<CallState>,
}

/// The order of live calls.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Sort {
    /// The order of the house
    #[default]
    None,
    /// Those that burn most
    Burn,
    /// Those that run dry soonest
    Runway,
    /// The longest
    Time,
}

impl Filter {
    fn takes(&self, call: &LiveCall) -> bool {
        self.kind.is_none_or(|kind| kind == call.kind)
            && self.state.is_none_or(|state| state == call.state)
            && self.uid.as_ref().is_none_or(|uid| call.payee == *uid || call.payers.contains(uid))
    }

    /// The calls that it takes, in order.
    pub(super) fn apply(&self, sort: Sort, calls: &mut Vec<LiveCall>) {
        calls.retain(|call| self.takes(call));
        match sort {
            Sort::None => (),
            Sort::Burn => calls.sort_by_key(|call| std::cmp::Reverse(call.burn_per_minute)),
            Sort::Runway => calls.sort_by_key(|call| call.runway_ms.unwrap_or(i64::MAX)),
            Sort::Time => calls.sort_by_key(|call| std::cmp::Reverse(call.connected_ms)),
        }
    }
}

/// Live calls, with the clock of the house when the last page was read.
pub(super) async fn live(house: &House, flags: &PageFlags) -> Result<(Page<LiveCall>, Option<callboard_domain::At>)> {
    let mut as_of = None;
    let page = list::read(flags, PeriodFlags::default(), async |query: PageQuery| {
        let page = house.call::<Live>(&query).await?;
        as_of = Some(page.as_of);
        Ok(Page { items: page.items, cursor: page.cursor })
    })
    .await?;
    Ok((page, as_of))
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let (mut page, as_of) = live(&house, &options.page).await?;
        options.filter.apply(options.sort, &mut page.items);
        Ok(Report::list("callboard.calls.v1", &page.items, page.cursor.as_deref()).field("as_of", &as_of))
    })
    .await
}
