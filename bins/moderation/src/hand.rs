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
use callboard_people::connections::{self, Connection, Holder};
use callboard_people::sanctions;
use callboard_rooms::{expel, listening};
use callboard_store::{Store, StoreError};
use callboard_worker::attempt;

use crate::reach::{Aim, Reach};

/// Who asks other workers.
const ME: &str = "moderation";

/// What carries sanctions out.
#[derive(Clone)]
pub(crate) struct Hand {
    store: Store,
    bus: Bus,
    calls: Calls,
}

impl Hand {
    pub(crate) fn new(store: Store, bus: Bus, calls: Calls) -> Self {
        Self { store, bus, calls }
    }

    /// Carries a sanction out and says what took and what did not. `before` is what it was to reach when it was imposed.
    pub(crate) async fn carry_out(&self, sanction: &SanctionView, before: Reach) -> Effect {
        let mut reach = before;
        let acted = self.act(sanction, &mut reach).await;
        let mut effect = match self.reach(sanction.into()).await {
            Ok(still) => Effect { left: still.in_words(), ..reach.without(&still) },
            Err(error) => {
                Effect { left: vec![format!("it could not be looked at what is left: {error}")], ..Effect::default() }
            }
        };
        if let Err(error) = acted {
            effect.left.push(format!("not everything could be cut off: {error}"));
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
                if let Some(sanction) = out.iter().find(|s| s.uid == call.uid && takes_out((*s).into(), call, None)) {
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

    async fn act(&self, sanction: &SanctionView, seen: &mut Reach) -> Result<(), ApiError> {
        let (uid, who) = (&sanction.uid, &actor(sanction));
        if sanction.scope == Scope::Platform {
            self.refresh_guards().await;
        }
        let reach = attempt(|| self.reach(sanction.into())).await?;
        let shown = attempt(|| self.shown(sanction)).await?;
        let (out, hushed, rooms) = (reach.out.clone(), reach.hushed.clone(), reach.rooms.clone());
        *seen = std::mem::take(seen).and(reach);
        for call in out {
            attempt(|| self.calls.sanction_remove(call, uid, who)).await?;
        }
        for call in hushed {
            attempt(|| self.calls.sanction_mute(call, uid, true, who)).await?;
        }
        for room in &rooms {
            attempt(|| expel::expel(&self.store, *room, uid, who)).await?;
        }
        for room in &shown {
            attempt(|| expel::hushed(&self.store, *room, uid, who)).await?;
        }
        self.tell(rooms.into_iter().chain(shown).collect()).await;
        if is_out(sanction.into()) {
            self.cut(uid, None).await.map_err(|e| unavailable(&e))?;
        } else {
            let heard: BTreeSet<RoomId> =
                attempt(|| self.overheard(uid)).await?.into_iter().map(|(_, room)| room).collect();
            for room in heard {
                self.cut(uid, Some(room)).await.map_err(|e| unavailable(&e))?;
            }
        }
        Ok(())
    }

    async fn enforced(&self, sanction: &SanctionView) -> Result<(), StoreError> {
        sanctions::enforced(&mut *self.store.pool().acquire().await?, sanction.sanction_id).await
    }

    /// His connections that hear a room which he may not hear.
    async fn overheard(&self, uid: &Uid) -> Result<Vec<(Connection, RoomId)>, StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let mut all = connections::with_tickets(&mut conn, uid).await?;
        let mut barred = BTreeSet::new();
        for room in all.iter().map(|(_, room)| *room).collect::<BTreeSet<_>>() {
            if !listening::may_hear(&mut conn, uid, room).await? {
                barred.insert(room);
            }
        }
        all.retain(|(_, room)| barred.contains(room));
        Ok(all)
    }

    /// What could not be cut is seen when it is looked what is left.
    async fn cut(&self, uid: &Uid, room_id: Option<RoomId>) -> Result<(), CallError> {
        self.bus.call::<Cut>(ME, &CutRequest { uid: uid.clone(), room_id, flood: None }).await.map(|_| ())
    }

    /// What a sanction reaches now.
    pub(crate) async fn reach(&self, aim: Aim<'_>) -> Result<Reach, StoreError> {
        let Aim { uid, kind, scope } = aim;
        let mut reach = Reach::default();
        if kind == SanctionKind::Warn {
            return Ok(reach);
        }
        let held = expel::call_in(&mut *self.store.pool().acquire().await?, scope).await?;
        for call in self.calls.live_of(std::slice::from_ref(uid)).await? {
            if kind == SanctionKind::Mute {
                let mine = call.silenced || !scope.covers(&call.creator, None) && held != Some(call.call);
                reach.hushed.extend((!mine).then_some(call.call));
            } else if takes_out(aim, &call, held) {
                reach.out.insert(call.call);
            }
        }
        let empties = matches!(kind, SanctionKind::Kick | SanctionKind::Ban);
        if empties {
            let mut conn = self.store.pool().acquire().await?;
            reach.rooms = expel::within(&mut conn, uid, scope).await?.into_iter().collect();
        }
        reach.connections = if is_out(aim) {
            connections::of(&self.store, &Holder::User(uid.clone())).await?.into_iter().collect()
        } else if empties {
            let mut conn = self.store.pool().acquire().await?;
            let mut heard = connections::with_tickets(&mut conn, uid).await?;
            heard.retain(|(_, room)| reach.rooms.contains(room));
            drop(conn);
            heard.into_iter().chain(self.overheard(uid).await?).map(|(connection, _)| connection).collect()
        } else {
            BTreeSet::new()
        };
        Ok(reach)
    }

    /// The rooms in which it is still to be shown that he is muted.
    async fn shown(&self, sanction: &SanctionView) -> Result<Vec<RoomId>, StoreError> {
        if sanction.enforced_at.is_none() { self.rooms_that_show(sanction).await } else { Ok(Vec::new()) }
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
fn is_out(aim: Aim<'_>) -> bool {
    matches!(aim.kind, SanctionKind::Ban | SanctionKind::Suspend) && *aim.scope == Scope::Platform
}

/// Whether a sanction takes somebody out of a call. `held` is the call that the room of the sanction holds.
fn takes_out(aim: Aim<'_>, call: &InCall, held: Option<CallId>) -> bool {
    match aim.kind {
        SanctionKind::Warn | SanctionKind::Mute => false,
        SanctionKind::RestrictPayments => call.pays,
        SanctionKind::Kick | SanctionKind::Ban | SanctionKind::Suspend => {
            aim.scope.covers(&call.creator, None) || held == Some(call.call)
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
