use callboard_contract::adm::gifts::{Given, GivenRequest};
use callboard_domain::{RoomId, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists gifts that were given, newest first; `refund create --transfer` gives one back (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only what this user gave
    #[arg(long, value_name = "UID")]
    from: Option<Uid>,
    /// Only what this user got
    #[arg(long, value_name = "UID")]
    to: Option<Uid>,
    /// Only what was given in this room
    #[arg(long, value_name = "ROOM")]
    room: Option<RoomId>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let request = GivenRequest {
            from: options.from.clone(),
            to: options.to.clone(),
            room_id: options.room,
            limit: query.limit,
            cursor: query.cursor,
        };
        house.call::<Given>(&request).await
    })
    .await?;
    list::print(context, "callboard.gifts_given.v1", &page)
}
