use callboard_contract::adm::rooms::Show;
use callboard_contract::api::rooms::RoomRef;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{WatchFlags, named_one};
use crate::{complete, list};

/// Shows a room with its powers and who keeps order in it (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The room; `-` takes it from stdin
    #[arg(value_name = "ROOM", add = complete::rooms())]
    room: String,
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let room_id = named_one(&options.room)?;
    let house = context.house().await?;
    list::show(context, options.watch, async || Ok(super::detail(&house.call::<Show>(&RoomRef { room_id }).await?)))
        .await
}
