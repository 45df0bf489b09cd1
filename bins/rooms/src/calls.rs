//! Calls that rooms hold: who may put one in, and what became of them.

use std::sync::Arc;
use std::time::Duration;

use callboard_calls::{Going, going};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{CallId, CallKind, Uid};
use callboard_rooms::holding;
use callboard_store::{Store, StoreError};
use callboard_worker::House;

use crate::fanout::Fanout;

/// How soon a room knows that its call is on air, or over.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why somebody cannot put a call into a room; nothing if he can. Only the host brings a group: what others have with him is theirs.
pub(crate) async fn refusal(store: &Store, uid: &Uid, call: CallId) -> Result<Option<ApiError>, StoreError> {
    let refuse = |code, text: String| Some(ApiError::new(code, text).on_field("call_id"));
    Ok(match going(store, &[call]).await?.remove(&call) {
        Some(Going { host, kind: CallKind::Group, .. }) if host == *uid => None,
        Some(Going { host, .. }) if host == *uid => {
            refuse(ErrorCode::BadRequest, "a room holds a group; a call of two is theirs alone".to_owned())
        }
        // Nor does it tell whether there is such a call.
        _ => refuse(ErrorCode::NotFound, format!("{call} is no call that goes on and of which you are the host")),
    })
}

/// Looks what became of the calls that rooms hold, and tells their members.
pub(crate) fn start_following(house: &House, fanout: &Arc<Fanout>) {
    let (store, fanout) = (house.store.clone(), Arc::clone(fanout));
    house.every("calls in rooms", LOOK_EVERY, move || {
        let (store, fanout) = (store.clone(), Arc::clone(&fanout));
        async move { follow(&store, &fanout).await }
    });
}

async fn follow(store: &Store, fanout: &Fanout) -> Result<(), StoreError> {
    let held = holding::all(store).await?;
    if held.is_empty() {
        return Ok(());
    }
    let calls: Vec<CallId> = held.iter().map(|held| held.call).collect();
    let mut going = going(store, &calls).await?;
    for held in held {
        fanout.tell(match going.remove(&held.call) {
            Some(call) if call.watch_url == held.watch_url => continue,
            Some(call) => holding::watched(store, &held, call.watch_url).await?,
            None => holding::over(store, &held).await?,
        });
    }
    Ok(())
}
