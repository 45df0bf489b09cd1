use callboard_contract::adm::calls::{CallTimeline, Timeline, TimelineItem};
use callboard_contract::api::calls::CallRef;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::report::Report;
use crate::{complete, list};

/// Shows everything that happened in a call on one line of time: call, money, line and staff (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The call; `-` takes it from stdin
    #[arg(value_name = "CALL", add = complete::calls())]
    call: String,
    /// Only this track: call, money, line or staff
    #[arg(long, value_parser = ["call", "money", "line", "staff"])]
    track: Option<String>,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let call_id = named_one(&options.call)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let mut timeline = house.call::<Timeline>(&CallRef { call_id }).await?;
        timeline.items.retain(|item: &TimelineItem| options.track.as_ref().is_none_or(|track| *track == item.track));
        Ok(report(&timeline))
    })
    .await
}

fn report(timeline: &CallTimeline) -> Report {
    Report::list_as("callboard.timeline.v1", &timeline.items, timeline)
}
