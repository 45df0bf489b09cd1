//! The hand that carries sanctions out. A sanction is committed before it moves: from then on nothing new is let through. It takes the person out
//! of calls and rooms or switches his microphone off, has his connections cut, and then looks what is left.
//!
//! All of it can be done again at will. What did not take is done again by [`crate::loops`] until nothing is left of it.

use std::collections::BTreeSet;
use std::fmt::Display;

use callboard_bus::{Bus, CallError};
use callboard_calls::{Calls, InCall};
use callboard_contract::ApiError;
use callboard_contract::adm::moderation::Effect;
use callboard_contract::sanction::SanctionView;
use callboard_contract::svc::connection::Cut;
use callboard_contract::svc::room::Tell;
use callboard_contract::svc::{CutRequest, TellRequest};
use callboard_domain::{CallId, RoomId, SanctionKind, Scope, Uid};
use callboard_people::connections::{self, Holder};
use callboard_people::sanctions;
use callboard_rooms::expel;
use callboard_store::{Store, StoreError};
use callboard_worker::attempt;

/// Who asks other workers.
const ME: &str = "moderation";

/// What carries sanctions out.
#[derive(Clone)]
pub(crate) struct Hand {
    store: Store,
    bus: Bus,
    calls: Calls,
}

/// What a sanction reaches.
#[derive(Default)]
struct Reach {
    /// Calls that he is taken out of.
    out: Vec<CallId>,
    /// Calls in which he is not heard any more.
    hushed: Vec<CallId>,
    rooms: Vec<RoomId>,
    /// Rooms in which his mute shows.
    shown: Vec<RoomId>,
    /// Whether all his connections are cut.
    connections: bool,
}

impl Hand {
    pub(crate) fn new(store: Store, bus: Bus, calls: Calls) -> Self {
        Self { store, bus, calls }
    }

    /// What a sanction would cut off.
    pub(crate) async fn preview(&self, sanction: &SanctionView) -> Result<Effect, StoreError> {
        let reach = self.reach(sanction).await?;
        let connections = if reach.connections { self.connections_of(&sanction.uid).await? } else { 0 };
        let calls = reach.out.into_iter().chain(reach.hushed).collect();
        Ok(Effect { connections, calls, rooms: reach.rooms, left: Vec::new() })
    }

    /// Carries a sanction out and says what took and what did not.
    pub(crate) async fn carry_out(&self, sanction: &SanctionView) -> Effect {
        let mut effect = Effect::default();
        if let Err(error) = self.act(sanction, &mut effect).await {
            effect.left.push(format!("not everything could be cut off: {error}"));
        }
        match self.left(sanction).await {
            Ok(left) => effect.left.extend(left),
            Err(error) => effect.left.push(format!("it could not be looked at what is left: {error}")),
        }
        if effect.left.is_empty()
            && let Err(error) = self.enforced(sanction).await
        {
            tracing::warn!(%error, sanction.id = %sanction.sanction_id, "will be carried out once more");
        }
        if !effect.left.is_empty() {
            tracing::warn!(sanction.id = %sanction.sanction_id, left = ?effect.left, "a sanction did not take yet");
        }
        effect
    }

    /// A mute is over: who is not muted otherwise is heard again in the calls that he is in.
    pub(crate) async fn release(&self, sanction: &SanctionView) -> Result<(), StoreError> {
        let uid = &sanction.uid;
        for call in self.calls.live_of(std::slice::from_ref(uid)).await?.into_iter().filter(|c| c.silenced) {
            let covered = self.covers(sanction, &call).await?;
            let mut conn = self.store.pool().acquire().await?;
            if covered && !sanctions::is_muted(&mut conn, uid, &call.creator).await? {
                drop(conn);
                self.calls.sanction_mute(call.call, uid, false, &actor(sanction)).await?;
            }
        }
        let rooms = self.rooms_that_show(sanction).await?;
        for room in &rooms {
            expel::hushed(&self.store, *room, uid, &actor(sanction)).await?;
        }
        self.tell(rooms).await;
        sanctions::released(&mut *self.store.pool().acquire().await?, sanction.sanction_id).await
    }

    /// Takes out of live calls whoever may not be in them, and cuts who may not be here at all: those who slipped in while the sanction was
    /// committed.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let out = sanctions::out_of_calls(&mut conn).await?;
        let here = callboard_people::persons::here_but_out(&mut conn).await?;
        drop(conn);
        let uids: BTreeSet<Uid> = out.iter().map(|s| s.uid.clone()).collect();
        if !uids.is_empty() {
            let live = self.calls.live_of(&uids.into_iter().collect::<Vec<_>>()).await?;
            for call in &live {
                if let Some(sanction) = out.iter().find(|s| s.uid == call.uid && takes_out(s, call, None)) {
                    tracing::info!(uid = %call.uid, call.id = %call.call, "taken out of a call by the sweep");
                    self.calls.sanction_remove(call.call, &call.uid, &actor(sanction)).await?;
                }
            }
        }
        for uid in here {
            tracing::info!(%uid, "cut by the sweep");
            self.cut(&uid, None).await.map_err(|e| StoreError::Refused(unavailable(&e)))?;
        }
        Ok(())
    }

    /// Has every worker read anew who may not be here.
    pub(crate) async fn refresh_guards(&self) {
        if let Err(error) = self.bus.refresh_guards().await {
            tracing::warn!(%error, "the workers were not told; they read the list anew within a second");
        }
    }

    /// Asks the worker of rooms to tell members what changed.
    pub(crate) async fn tell(&self, room_ids: Vec<RoomId>) {
        if room_ids.is_empty() {
            return;
        }
        if let Err(error) = self.bus.call::<Tell>(ME, &TellRequest { room_ids }).await {
            tracing::warn!(%error, "members were not told at once; the worker of rooms finds it by itself");
        }
    }

    async fn act(&self, sanction: &SanctionView, effect: &mut Effect) -> Result<(), ApiError> {
        let (uid, who) = (&sanction.uid, &actor(sanction));
        if sanction.scope == Scope::Platform {
            self.refresh_guards().await;
        }
        let reach = attempt(|| self.reach(sanction)).await?;
        for call in &reach.out {
            if attempt(|| self.calls.sanction_remove(*call, uid, who)).await? {
                effect.calls.push(*call);
            }
        }
        for call in &reach.hushed {
            if attempt(|| self.calls.sanction_mute(*call, uid, true, who)).await? {
                effect.calls.push(*call);
            }
        }
        for room in &reach.rooms {
            if attempt(|| expel::expel(&self.store, *room, uid, who)).await? {
                effect.rooms.push(*room);
            }
        }
        for room in &reach.shown {
            attempt(|| expel::hushed(&self.store, *room, uid, who)).await?;
        }
        self.tell(effect.rooms.iter().chain(&reach.shown).copied().collect()).await;
        if reach.connections {
            effect.connections += self.cut(uid, None).await.map_err(|e| unavailable(&e))?;
        } else {
            for room in &effect.rooms {
                effect.connections += self.cut(uid, Some(*room)).await.map_err(|e| unavailable(&e))?;
            }
        }
        Ok(())
    }

    async fn left(&self, sanction: &SanctionView) -> Result<Vec<String>, StoreError> {
        let reach = self.reach(sanction).await?;
        let mut left: Vec<String> = Vec::new();
        left.extend(reach.out.iter().map(|call| format!("he is still in call {call}")));
        left.extend(reach.hushed.iter().map(|call| format!("he is still heard in call {call}")));
        left.extend(reach.rooms.iter().map(|room| format!("he is still in room {room}")));
        if reach.connections {
            match self.connections_of(&sanction.uid).await? {
                0 => {}
                n => left.push(format!("{n} of his connections are still open")),
            }
        }
        Ok(left)
    }

    async fn enforced(&self, sanction: &SanctionView) -> Result<(), StoreError> {
        sanctions::enforced(&mut *self.store.pool().acquire().await?, sanction.sanction_id).await
    }

    async fn connections_of(&self, uid: &Uid) -> Result<u32, StoreError> {
        let live = connections::of(&self.store, &Holder::User(uid.clone())).await?;
        Ok(u32::try_from(live.len()).unwrap_or(u32::MAX))
    }

    async fn cut(&self, uid: &Uid, room_id: Option<RoomId>) -> Result<u32, CallError> {
        Ok(self.bus.call::<Cut>(ME, &CutRequest { uid: uid.clone(), room_id }).await?.cut)
    }

    /// What a sanction reaches now.
    async fn reach(&self, sanction: &SanctionView) -> Result<Reach, StoreError> {
        let mut reach = Reach { connections: is_out(sanction), ..Reach::default() };
        if sanction.kind == SanctionKind::Warn {
            return Ok(reach);
        }
        let held = expel::call_in(&mut *self.store.pool().acquire().await?, &sanction.scope).await?;
        for call in self.calls.live_of(std::slice::from_ref(&sanction.uid)).await? {
            if sanction.kind == SanctionKind::Mute {
                let mine = call.silenced || !sanction.scope.covers(&call.creator, None) && held != Some(call.call);
                reach.hushed.extend((!mine).then_some(call.call));
            } else if takes_out(sanction, &call, held) {
                reach.out.push(call.call);
            }
        }
        let empties = matches!(sanction.kind, SanctionKind::Kick | SanctionKind::Ban);
        if empties {
            let mut conn = self.store.pool().acquire().await?;
            reach.rooms = expel::within(&mut conn, &sanction.uid, &sanction.scope).await?;
        }
        reach.shown = if sanction.enforced_at.is_none() { self.rooms_that_show(sanction).await? } else { Vec::new() };
        Ok(reach)
    }

    /// The rooms whose members are shown a mute: those of its scope. A mute of the platform shows where he writes.
    async fn rooms_that_show(&self, sanction: &SanctionView) -> Result<Vec<RoomId>, StoreError> {
        // Who has a role in a room shows it himself in the act.
        let by_staff = !sanction.actor.starts_with("user:");
        if sanction.kind != SanctionKind::Mute || sanction.scope == Scope::Platform || !by_staff {
            return Ok(Vec::new());
        }
        expel::within(&mut *self.store.pool().acquire().await?, &sanction.uid, &sanction.scope).await
    }

    async fn covers(&self, sanction: &SanctionView, call: &InCall) -> Result<bool, StoreError> {
        if sanction.scope.covers(&call.creator, None) {
            return Ok(true);
        }
        let held = expel::call_in(&mut *self.store.pool().acquire().await?, &sanction.scope).await?;
        Ok(held == Some(call.call))
    }
}

/// Whether somebody may not be here at all.
fn is_out(sanction: &SanctionView) -> bool {
    matches!(sanction.kind, SanctionKind::Ban | SanctionKind::Suspend) && sanction.scope == Scope::Platform
}

/// Whether a sanction takes somebody out of a call. `held` is the call that the room of the sanction holds.
fn takes_out(sanction: &SanctionView, call: &InCall, held: Option<CallId>) -> bool {
    match sanction.kind {
        SanctionKind::Warn | SanctionKind::Mute => false,
        SanctionKind::RestrictPayments => call.pays,
        SanctionKind::Kick | SanctionKind::Ban | SanctionKind::Suspend => {
            sanction.scope.covers(&call.creator, None) || held == Some(call.call)
        }
    }
}

/// As whom calls and rooms are told that it was done.
fn actor(sanction: &SanctionView) -> String {
    sanction.actor.clone()
}

fn unavailable(error: &impl Display) -> ApiError {
    ApiError::new(callboard_contract::ErrorCode::Unavailable, error.to_string())
}
