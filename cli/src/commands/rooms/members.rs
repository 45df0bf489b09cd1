use callboard_contract::adm::rooms::{Members, MembersRequest};
use callboard_domain::RoomMemberState;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, named_one};
use crate::{complete, list};

/// Lists the members of a room, those with a role first (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    /// Those who stand there: joined, invited, lobby, left, removed
    #[arg(long)]
    state: Option<RoomMemberState>,
    #[command(flatten)]
    page: PageFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    let page = list::read(&options.page, PeriodFlags::default(), async |query| {
        let request = MembersRequest { room_id, state: options.state, limit: query.limit, cursor: query.cursor };
        house.call::<Members>(&request).await
    })
    .await?;
    list::print(context, "callboard.room_members.v1", &page)
}
