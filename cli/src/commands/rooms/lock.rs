use callboard_contract::adm::rooms::{ActReply, Lock, LockRequest};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options, on: bool) -> Result<Outcome> {
    change::check(&options.change)?;
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    let verb = if on { "Lock" } else { "Open" };
    change::carry_out(
        context,
        &options.change,
        |reply: &ActReply| {
            Consent::yes(format!("{verb} {} with {} in it?", reply.room.room.name, reply.room.room.members))
        },
        async |request_id, dry_run| {
            let request = LockRequest { request_id, room_id, on, reason: options.reason.reason.clone(), dry_run };
            house.call::<Lock>(&request).await
        },
        super::acted,
    )
    .await
}
