use callboard_contract::adm::rooms::{History, HistoryRequest};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, named_one};
use crate::{complete, list};

/// Lists what was done to a room and by whom, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        house.call::<History>(&HistoryRequest { room_id, limit: query.limit, cursor: query.cursor }).await
    })
    .await?;
    list::print(context, "callboard.events.v1", &page)
}
