//! What people ask of rooms again and again.

use callboard_contract::api::chat::SendRequest;
use callboard_contract::api::rooms::{CreateRequest, JoinRequest};
use callboard_contract::room::MessageKind;
use callboard_domain::{Coins, RequestId, RoomAccess, RoomId, RoomKind};

/// A text for a room.
pub fn saying(room_id: RoomId, body: &str) -> SendRequest {
    SendRequest {
        request_id: RequestId::generate(),
        room_id,
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: None,
        mentions: Vec::new(),
        attachment: None,
        commitment: None,
    }
}

/// To enter a room, with the fee that was shown.
pub fn entering(room_id: RoomId, fee: Option<Coins>) -> JoinRequest {
    JoinRequest { request_id: RequestId::generate(), room_id, fee }
}

/// A room of the caller's: public, or paid where it costs something.
pub fn opening(name: &str, entry_fee: Option<Coins>) -> CreateRequest {
    CreateRequest {
        request_id: RequestId::generate(),
        kind: RoomKind::Sub,
        name: name.to_owned(),
        topic: String::new(),
        category: None,
        access: if entry_fee.is_some() { RoomAccess::Paid } else { RoomAccess::Public },
        entry_fee,
        promised_until: None,
        capacity: None,
    }
}
