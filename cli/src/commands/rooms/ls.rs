use callboard_contract::adm::rooms::{Ls, LsRequest};
use callboard_domain::{RoomKind, RoomState, Uid};
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags};
use crate::list;

/// Lists rooms, newest first; conversations of two are not among them (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Only rooms of this creator
    #[arg(long)]
    tenant: Option<Uid>,
    /// Only rooms in which this user is
    #[arg(long)]
    uid: Option<Uid>,
    /// Only this state: open, locked, closed
    #[arg(long)]
    state: Option<RoomState>,
    /// Only this kind: primary, sub, event, temporary
    #[arg(long)]
    kind: Option<RoomKind>,
    /// Only rooms with these words in name or topic
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,
    #[command(flatten)]
    period: PeriodFlags,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let house = context.house().await?;
    let page = list::read(&options.page, options.period, async |query| {
        let request = LsRequest {
            tenant: options.tenant.clone(),
            uid: options.uid.clone(),
            state: options.state,
            kind: options.kind,
            query: options.query.clone(),
            limit: query.limit,
            cursor: query.cursor,
        };
        house.call::<Ls>(&request).await
    })
    .await?;
    list::print(context, "callboard.rooms.v1", &page)
}
