//! `svc.connection`: other workers have connections cut of those who may not be here, or not hear a room, any more.

use std::sync::Arc;
use std::time::Duration;

use callboard_bus::Host;
use callboard_contract::svc::connection::Cut as CutEndpoint;
use callboard_contract::svc::{CutReply, CutRequest};
use callboard_contract::{ApiError, Flooding, Push};
use callboard_domain::{EventId, Uid};
use callboard_people::connections::Holder;
use callboard_people::floods;
use callboard_worker::answer;
use serde_json::json;

use super::{Rooms, on};
use crate::connections::Cut;

/// What an app takes to read that it is about to be cut.
const READS_WITHIN: Duration = Duration::from_millis(50);

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    on!(host, rooms, CutEndpoint, |r, _caller, request| cut(&r, request).await)
}

async fn cut(rooms: &Rooms, request: CutRequest) -> Result<CutReply, ApiError> {
    if let Some(flood) = &request.flood {
        let pause = answer(floods::note(&rooms.store, &request.uid, flood).await)?;
        tell(rooms, &request.uid, pause).await;
    }
    let cut = match request.room_id {
        Some(room) => rooms.connections.cut_hearing(&request.uid, room).await,
        None => rooms.connections.cut(&Holder::User(request.uid)).await,
    };
    let Cut { cut, left } = answer(cut)?;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(CutReply { cut: number(cut), left: number(left) })
}

/// His app is told before it is cut, and has a moment to read it: at the sign-in the server says no more than that he may not. Until the cut nobody
/// answers him.
async fn tell(rooms: &Rooms, uid: &Uid, pause: i64) {
    let data = json!(Flooding { retry_after_ms: pause.unsigned_abs() });
    let event = "session.flooding".to_owned();
    let push = Push { ev: EventId::generate(), seq: None, at: rooms.clock.now(), event, data };
    let told = async {
        rooms.bus.push(uid, &push).await?;
        rooms.bus.flush().await
    };
    match told.await {
        // A library that finds its connection closed throws away what it has not read yet.
        Ok(()) => tokio::time::sleep(READS_WITHIN).await,
        Err(error) => tracing::info!(%uid, %error, "could not be told why he is cut"),
    }
}
