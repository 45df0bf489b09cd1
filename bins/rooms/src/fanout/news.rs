//! News as they go over the wire, written once for all who hear them.

use callboard_bus::{Bus, BusError, PackedPush};
use callboard_contract::Push;
use callboard_contract::limits::MAX_DIRECT_FAN_OUT;
use callboard_contract::room::{MessageView, RoomChange, RoomNews};
use callboard_domain::{At, EventId};
use callboard_rooms::Told;
use callboard_rooms::chat::Audience;
use serde::Serialize;

use crate::files::Signer;

const NEWS: &str = "chat.news";
/// Members who come when a room is full for news to each are still told so, that they may take tickets.
const MARGIN: u32 = 50;

/// Whether a change goes to each member, and not only to those with a ticket.
pub(super) fn goes_to_each(told: &Told) -> bool {
    let members = told.room.members.unsigned_abs();
    let turns = matches!(told.news.what, RoomChange::Member { .. } | RoomChange::Room { .. });
    members <= MAX_DIRECT_FAN_OUT || (turns && members <= MAX_DIRECT_FAN_OUT + MARGIN)
}

/// Whether a change may change who hears of the next one.
pub(super) fn moves_people(told: &Told) -> bool {
    !matches!(told.news.what, RoomChange::Message { .. } | RoomChange::Changed { .. })
}

/// When it happened, where that is known without asking.
pub(super) fn instant(told: &Told) -> Option<At> {
    match &told.news.what {
        RoomChange::Message { message } => Some(message.at),
        _ => None,
    }
}

/// Sends a change to all who hear of it.
pub(super) async fn send(
    bus: &Bus,
    signer: &Signer,
    told: &Told,
    audience: Option<&Audience>,
    at: At,
) -> Result<(), BusError> {
    let held = held(told);
    let news = signer.sign(told.news.clone(), None);
    let open = if held.is_some() { pack(NEWS, &without(told), at)? } else { pack(NEWS, &news, at)? };
    bus.push_to_room(told.room.id, &open).await?;
    let Some(audience) = audience else { return Ok(()) };
    let full = if held.is_some() { Some(pack(NEWS, &news, at)?) } else { None };
    for ear in &audience.ears {
        let sees = held.is_none_or(|message| ear.reviews || message.author == ear.uid);
        let packed = full.as_ref().filter(|_| sees).unwrap_or(&open);
        bus.push_packed(&ear.uid, packed).await?;
    }
    metrics::counter!("callboard_news_pushed_total").increment(audience.ears.len() as u64);
    Ok(())
}

/// Writes a push.
pub(super) fn pack(event: &str, data: &impl Serialize, at: At) -> Result<PackedPush, BusError> {
    let data = serde_json::to_value(data).map_err(|cause| BusError::Encode { what: event.to_owned(), cause })?;
    PackedPush::new(&Push { ev: EventId::generate(), seq: None, at, event: event.to_owned(), data })
}

/// The message of a change that waits for review.
fn held(told: &Told) -> Option<&MessageView> {
    match &told.news.what {
        RoomChange::Message { message } | RoomChange::Changed { message } => Some(message).filter(|m| m.held),
        RoomChange::Room { .. } | RoomChange::Member { .. } | RoomChange::Sync {} => None,
    }
}

/// The same change for those who may not see it: its number, so that they have no gap.
fn without(told: &Told) -> RoomNews {
    RoomNews { room_id: told.news.room_id, seq: told.news.seq, what: RoomChange::Sync {} }
}
