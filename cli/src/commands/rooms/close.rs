use callboard_contract::adm::rooms::{ActReply, Close, CloseRequest};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};

/// Closes a room for good; before the promised time entry fees go back (changes)
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

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ActReply| {
            let room = &reply.room.room;
            let question = format!("Close {} with {} in it for good? Its name:", room.name, room.members);
            Consent::typing(question, &room.name)
        },
        async |request_id, dry_run| {
            let request = CloseRequest { request_id, room_id, reason: options.reason.reason.clone(), dry_run };
            house.call::<Close>(&request).await
        },
        super::acted,
    )
    .await
}
