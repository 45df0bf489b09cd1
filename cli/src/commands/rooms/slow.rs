use callboard_contract::adm::rooms::{ActReply, Slow, SlowRequest};
use callboard_domain::Millis;
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, named_one};
use crate::{complete, when};

/// Sets how long members of a room wait between two messages; 0 switches it off (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    /// How long: 10s, 1m; at most 6h
    #[arg(value_name = "SPAN", value_parser = when::parse_seconds)]
    span: u32,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    let slow_mode = Millis::from_secs(options.span.into());
    change::carry_out(
        context,
        &options.change,
        |reply: &ActReply| Consent::yes(format!("Set slow mode of {} to {} s?", reply.room.room.name, options.span)),
        async |request_id, dry_run| {
            let request =
                SlowRequest { request_id, room_id, slow_mode, reason: options.reason.reason.clone(), dry_run };
            house.call::<Slow>(&request).await
        },
        super::acted,
    )
    .await
}
