//! `svc.connection`: other workers have connections cut of those who may not be here, or not hear a room, any more.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::ApiError;
use callboard_contract::svc::connection::Cut;
use callboard_contract::svc::{CutReply, CutRequest};
use callboard_people::connections::Holder;
use callboard_worker::answer;

use super::{Rooms, on};

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    on!(host, rooms, Cut, |r, _caller, request| cut(&r, request).await)
}

async fn cut(rooms: &Rooms, request: CutRequest) -> Result<CutReply, ApiError> {
    let cut = match request.room_id {
        Some(room) => rooms.connections.cut_hearing(&request.uid, room).await,
        None => rooms.connections.cut(&Holder::User(request.uid)).await,
    };
    Ok(CutReply { cut: u32::try_from(answer(cut)?).unwrap_or(u32::MAX) })
}
