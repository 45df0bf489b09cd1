use std::collections::HashSet;

use callboard_contract::adm::events::{Ls, LsRequest};
use callboard_contract::{Event, Page};
use callboard_domain::{At, EventId};
use clap::Args;
use futures::StreamExt as _;

use crate::context::Context;
use crate::fail::{Category, Failure, Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::report::Report;
use crate::{complete, list, when};

/// Prints events as they happen, one on a line, until Ctrl-C; each one once (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Begin with those since then: 24h, 7d or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    since: Option<At>,
    /// Only about this entity: a call, a transfer, a tariff, a member of staff
    #[arg(long, value_name = "ID", add = complete::calls())]
    entity: Option<String>,
    /// Only these events, such as call.ended; `call` is all of calls
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

impl Options {
    fn wants(&self, event: &Event) -> bool {
        let fits = |wanted: &str| {
            event.event == wanted || event.event.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
        };
        self.entity.as_ref().is_none_or(|entity| *entity == event.entity) && self.event.as_deref().is_none_or(fits)
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    // Listening begins before the past is read, so that nothing falls in between; what comes both ways is printed once.
    let mut live = house.events().await?;
    let mut known: HashSet<EventId> = HashSet::new();
    let mut printed = 0;
    let mut print = |event: &Event| -> Result<bool> {
        if options.wants(event) {
            context
                .print_next(&Report::list_as("callboard.event.v1", std::slice::from_ref(event), event), printed == 0)?;
            printed += 1;
        }
        Ok(options.count.is_some_and(|count| printed >= count))
    };
    if let Some(since) = options.since {
        let all = PageFlags { all: true, ..PageFlags::default() };
        let past: Page<Event> = list::read(&all, PeriodFlags { since: Some(since), until: None }, async |query| {
            house
                .call::<Ls>(&LsRequest { entity: options.entity.clone(), limit: query.limit, cursor: query.cursor })
                .await
        })
        .await?;
        for event in past.items.iter().rev() {
            known.insert(event.id);
            if print(event)? {
                return Ok(Outcome::Done);
            }
        }
    }
    while let Some(event) = live.next().await {
        if !known.remove(&event.id) && print(&event)? {
            return Ok(Outcome::Done);
        }
    }
    Err(Failure::new(Category::Unreachable, "disconnected", "the stream of events ended: the connection is gone"))
}
