//! Settings, state and powers of a room are changed.

use std::collections::{BTreeMap, BTreeSet};

use callboard_contract::api::rooms::{RoomSettings, UpdateRequest};
use callboard_contract::room::MyRoom;
use callboard_domain::{RoomAccess, RoomPower, RoomRole, RoomState, Uid};
use callboard_store::{Store, StoreError};

use crate::command::{Asked, run};
use crate::refusal::{bad, conflict, forbidden};
use crate::scene::Scene;
use crate::{Did, Room, Standing, check, mine};

/// Changes settings, state or powers of a room. Powers are the host's to set; all else needs the power for it.
pub async fn update(store: &Store, uid: &Uid, request: &UpdateRequest) -> Result<Did<MyRoom>, StoreError> {
    run(store, Asked::by(uid, "rooms.update", &request.request_id), request, async |conn, actor| {
        let mut scene = Scene::open(&mut *conn, request.room_id, actor).await?;
        let me = scene.standing(&mut *conn, uid).await?;
        mine::check_sees(&scene.room, uid, &me)?;
        allowed(&me, &request.change)?;
        change(&mut *conn, &mut scene, &request.change).await?;
        Ok(Did { reply: mine::one(conn, &scene.room, uid).await?, told: scene.told })
    })
    .await
}

fn allowed(me: &Standing, change: &RoomSettings) -> Result<(), StoreError> {
    let RoomSettings { name, topic, category, state, entry_fee, capacity, slow_mode, members_only, lobby, powers } =
        change;
    let settings = name.is_some() || topic.is_some() || category.is_some() || entry_fee.is_some() || capacity.is_some();
    let lock = state.is_some() || slow_mode.is_some() || members_only.is_some() || lobby.is_some();
    for (asked, power, what) in [
        (settings, RoomPower::Settings, "change name, topic, category, fee or capacity of this room"),
        (lock, RoomPower::Lock, "lock this room, or set slow mode, members-only or the lobby"),
    ] {
        if asked && !me.may(power) {
            return Err(forbidden(format!("you have not the power to {what}")));
        }
    }
    if powers.is_some() && me.role != Some(RoomRole::Host) {
        return Err(forbidden("only the host of a room says what roles may do in it"));
    }
    Ok(())
}

/// Changes a locked room and tells of it; nothing where it is as wanted already.
pub(crate) async fn change(
    conn: &mut sqlx::PgConnection,
    scene: &mut Scene,
    change: &RoomSettings,
) -> Result<(), StoreError> {
    if scene.room.state == RoomState::Closed {
        return Err(conflict(format!("room {} is closed for good", scene.room.id)));
    }
    let mut room = scene.room.clone();
    apply(&mut room, change)?;
    if room == scene.room {
        return Ok(());
    }
    scene.room = room;
    scene.count_room(&mut *conn).await?;
    scene.tell_room(conn, "room.changed", Vec::new()).await
}

fn apply(room: &mut Room, change: &RoomSettings) -> Result<(), StoreError> {
    if let Some(name) = &change.name {
        room.name = check::name(name)?;
    }
    if let Some(topic) = &change.topic {
        room.topic = check::topic(topic)?;
    }
    if let Some(category) = &change.category {
        room.category = check::category(category)?;
    }
    match change.state {
        Some(RoomState::Closed) => return Err(bad("state", "a room is closed for good by rooms.close")),
        Some(state) => room.state = state,
        None => {}
    }
    if let Some(fee) = change.entry_fee {
        if room.access != RoomAccess::Paid {
            return Err(conflict(format!("room {} is {}: entering it costs nothing", room.id, room.access)));
        }
        check::fee(room.access, Some(fee))?;
        room.entry_fee = Some(fee);
    }
    if let Some(capacity) = change.capacity {
        room.capacity = check::capacity(capacity)?;
        if room.capacity < room.members {
            return Err(conflict(format!("{} are in the room; it cannot hold fewer", room.members)));
        }
    }
    if let Some(span) = change.slow_mode {
        room.slow_mode = check::slow_mode(span)?;
    }
    if let Some(span) = change.members_only {
        room.members_only = check::members_only(span)?;
    }
    if let Some(lobby) = change.lobby {
        room.lobby = lobby;
    }
    if let Some(powers) = &change.powers {
        set_powers(room, powers)?;
    }
    Ok(())
}

fn set_powers(room: &mut Room, powers: &BTreeMap<RoomRole, BTreeSet<RoomPower>>) -> Result<(), StoreError> {
    for (role, powers) in powers {
        room.powers.set(*role, powers.clone()).map_err(|e| bad("powers", e.to_string()))?;
    }
    Ok(())
}
