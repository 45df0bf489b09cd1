use callboard_contract::adm::moderation::{DeleteMessages, DeleteMessagesReply, DeleteMessagesRequest};
use callboard_domain::{MessageId, RoomId};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named};
use crate::report::Report;

/// Deletes messages of a room, whoever wrote them; what was reported of them is kept as evidence (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The messages, at most 100; `-` takes them from stdin
    #[arg(value_name = "MESSAGE", required = true)]
    messages: Vec<String>,
    /// The room
    #[arg(long, value_name = "ROOM")]
    room: RoomId,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let message_ids: Vec<MessageId> = named(&options.messages)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &DeleteMessagesReply| Consent::yes(format!("Delete {} messages?", reply.message_ids.len())),
        async |request_id, dry_run| {
            let request = DeleteMessagesRequest {
                request_id,
                room_id: options.room,
                message_ids: message_ids.clone(),
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<DeleteMessages>(&request).await
        },
        |reply| Report::one("callboard.deleted_messages.v1", reply),
    )
    .await
}
