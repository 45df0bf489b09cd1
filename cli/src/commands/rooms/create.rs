use callboard_contract::adm::rooms::{ActReply, Create, CreateRequest};
use callboard_domain::{At, Coins, RoomAccess, RoomKind, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};

/// Makes a room for a creator (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The creator
    #[arg(value_name = "TENANT")]
    tenant: Uid,
    /// The room's name
    #[arg(value_name = "NAME")]
    name: String,
    /// What it is for: sub, event, temporary
    #[arg(long, default_value = "sub")]
    kind: RoomKind,
    /// What it is about
    #[arg(long, default_value = "")]
    topic: String,
    /// Its category
    #[arg(long)]
    category: Option<String>,
    /// Who may enter: public, private, paid; paid where a fee is said
    #[arg(long)]
    access: Option<RoomAccess>,
    /// What entering costs, 10 to 50 coins
    #[arg(long, value_name = "COINS")]
    fee: Option<Coins>,
    /// Until when it is promised to stay open: closed before, fees go back (RFC 3339)
    #[arg(long, value_name = "TIME")]
    promised_until: Option<At>,
    /// How many may be in it
    #[arg(long, value_name = "N")]
    capacity: Option<u32>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    let paid = if options.fee.is_some() { RoomAccess::Paid } else { RoomAccess::Public };
    change::carry_out(
        context,
        &options.change,
        |reply: &ActReply| Consent::yes(format!("Make the {} room {}?", reply.room.room.access, reply.room.room.name)),
        async |request_id, dry_run| {
            let request = CreateRequest {
                request_id,
                tenant: options.tenant.clone(),
                kind: options.kind,
                name: options.name.clone(),
                topic: options.topic.clone(),
                category: options.category.clone(),
                access: options.access.unwrap_or(paid),
                entry_fee: options.fee,
                promised_until: options.promised_until,
                capacity: options.capacity,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Create>(&request).await
        },
        super::acted,
    )
    .await
}
