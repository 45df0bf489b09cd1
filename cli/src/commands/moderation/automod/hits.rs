use callboard_contract::adm::automod::{Hits, HitsRequest};
use callboard_domain::{RoomId, Scope, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists what rules hit, newest first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only by rules of `platform`, `tenant:UID` or `room:ID`
    #[arg(long)]
    scope: Option<Scope>,
    /// Only in this room
    #[arg(long, value_name = "ROOM")]
    room: Option<RoomId>,
    /// Only by this author
    #[arg(long, value_name = "UID")]
    author: Option<Uid>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let (scope, author) = (options.scope.clone(), options.author.clone());
        let request = HitsRequest { scope, room_id: options.room, author, limit: query.limit, cursor: query.cursor };
        house.call::<Hits>(&request).await
    })
    .await?;
    list::print(context, "callboard.automod_hits.v1", &page)
}
