use callboard_contract::adm::rooms::{Messages, MessagesRequest};
use callboard_contract::limits::MAX_MESSAGES;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::report::Report;
use crate::{complete, list};

/// Shows messages of a room, the oldest first, deleted and held ones too (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    /// Messages before this place; the newest if absent
    #[arg(long, value_name = "SEQ")]
    before: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..=u64::from(MAX_MESSAGES)))]
    limit: Option<u32>,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || {
        let request = MessagesRequest { room_id, before: options.before, limit: options.limit };
        let page = house.call::<Messages>(&request).await?;
        Ok(Report::list_as("callboard.messages.v1", &page.items, &page))
    })
    .await
}
