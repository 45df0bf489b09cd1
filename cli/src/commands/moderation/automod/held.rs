use callboard_contract::Page;
use callboard_contract::adm::automod::{Held, HeldRequest, Review, ReviewRequest};
use callboard_domain::RoomId;
use clap::Args;

use super::rows::HeldRow;
use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, PageFlags, PeriodFlags, ReasonFlag, named};
use crate::list;
use crate::report::Report;

/// Lists messages that wait for review, the oldest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only in this room
    #[arg(long, value_name = "ROOM")]
    room: Option<RoomId>,
    #[command(flatten)]
    page: PageFlags,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Decide {
    /// The room
    #[arg(value_name = "ROOM")]
    room: RoomId,
    /// The messages; `-` takes them from stdin
    #[arg(value_name = "MESSAGE", required = true)]
    messages: Vec<String>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, PeriodFlags::default(), async |query| {
        let request = HeldRequest { room_id: options.room, limit: query.limit, cursor: query.cursor };
        let page = house.call::<Held>(&request).await?;
        Ok(Page { items: page.items.into_iter().map(HeldRow).collect(), cursor: page.cursor })
    })
    .await?;
    list::print(context, "callboard.held_messages.v1", &page)
}

pub(crate) async fn decide(context: &Context, options: Decide, approve: bool) -> Result<Outcome> {
    change::check(&options.change)?;
    let message_ids = named(&options.messages)?;
    let house = context.house().await?;
    let word = if approve { "Let through" } else { "Take out" };
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("{word} {} messages?", message_ids.len())),
        async |request_id, dry_run| {
            let request = ReviewRequest {
                request_id,
                room_id: options.room,
                message_ids: message_ids.clone(),
                approve,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Review>(&request).await
        },
        |reply| Report::one("callboard.reviewed.v1", reply),
    )
    .await
}
