//! A programme with the members of its call, locked while somebody's place, consent or the mode changes, and told as a whole after it.
//!
//! Lock order: the programme, then its call (so that nobody leaves meanwhile), then places. A command of the call has locked the call's row
//! before it touches places, and never locks a programme.

use std::collections::BTreeMap;

use callboard_contract::api::stage::{StageBoard, StageNews};
use callboard_contract::{ApiError, ErrorCode, EventPush};
use callboard_domain::{CallId, Consent, ProgrammeId, ProgrammePart, StageAct, Uid};
use callboard_store::{StoreError, now};
use sqlx::PgConnection;

use super::check;
use super::stored::{self, Guest, Stored};
use crate::open::conflict;

/// A programme that is not over, and everybody in its call.
pub(super) struct Scene {
    pub(super) programme: Stored,
    pub(super) guests: Vec<Guest>,
    /// As each was before.
    before: BTreeMap<Uid, (Option<Consent>, ProgrammePart)>,
}

impl Scene {
    /// Locks a programme that must not be over.
    pub(super) async fn open(conn: &mut PgConnection, id: ProgrammeId) -> Result<Self, StoreError> {
        let programme = stored::lock(&mut *conn, id).await?;
        check::still_live(&programme)?;
        stored::call_state(&mut *conn, programme.call).await?;
        let guests = stored::guests(conn, &programme).await?;
        let as_is = |g: &Guest| (g.uid.clone(), (g.consent, programme.part_told(g)));
        let before = guests.iter().map(as_is).collect();
        Ok(Self { programme, guests, before })
    }

    /// Locks the programme of a call for one of its members, who must be there.
    pub(super) async fn of_member(conn: &mut PgConnection, call: CallId, uid: &Uid) -> Result<Self, StoreError> {
        let id = stored::live_of(&mut *conn, call).await?.ok_or_else(|| not_yours(call))?;
        let scene = Self::open(conn, id).await?;
        scene.there(uid)?;
        Ok(scene)
    }

    /// Whether a user is a member who is there: to others the programme does not exist.
    pub(super) fn there(&self, uid: &Uid) -> Result<&Guest, StoreError> {
        let call = self.programme.call;
        let guest = self.guests.iter().find(|g| &g.uid == uid).ok_or_else(|| not_yours(call))?;
        if guest.is_there() {
            return Ok(guest);
        }
        Err(conflict(format!("you are not in call {call} any more, or did not take it yet")))
    }

    /// Refuses whoever does not host the call.
    pub(super) fn only_host(&self, uid: &Uid, what: &str) -> Result<(), StoreError> {
        if &self.programme.host == uid {
            return Ok(());
        }
        let text = format!("only the host of the call may {what}; that is {}", self.programme.host);
        Err(ApiError::new(ErrorCode::Forbidden, text).into())
    }

    /// Changes a member's place; false if he is there already.
    pub(super) async fn place(
        &mut self,
        conn: &mut PgConnection,
        uid: &Uid,
        act: StageAct,
    ) -> Result<bool, StoreError> {
        let turn = self.programme.version + 1;
        let call = self.programme.call;
        let Some(guest) = self.guests.iter_mut().find(|g| &g.uid == uid && g.is_there()) else {
            return Err(ApiError::new(ErrorCode::NotFound, format!("{uid} is not in call {call}"))
                .on_field("uid")
                .into());
        };
        if guest.host {
            return Err(conflict(format!("{uid} hosts the call and is always on the stage")));
        }
        let next = guest.place.after(act).map_err(|error| conflict(format!("{uid} is {error}")))?;
        if next == guest.place {
            return Ok(false);
        }
        let at = now(&mut *conn).await?;
        (guest.place, guest.turn, guest.since) = (next, turn, at);
        sqlx::query!(
            "insert into calls.stage (programme_id, uid, place, turn, since_ms) values ($1, $2, $3, $4, $5)
             on conflict (programme_id, uid) do update set place = excluded.place, turn = excluded.turn, since_ms = excluded.since_ms, told = true",
            self.programme.id.as_uuid(),
            uid.as_str(),
            next.as_str(),
            turn,
            at.as_ms()
        )
        .execute(conn)
        .await?;
        Ok(true)
    }

    /// Notes what a member says to being on air; false if he said so before.
    pub(super) async fn consent(
        &mut self,
        conn: &mut PgConnection,
        uid: &Uid,
        consent: Consent,
    ) -> Result<bool, StoreError> {
        let Some(guest) = self.guests.iter_mut().find(|g| &g.uid == uid) else { return Ok(false) };
        if guest.consent == Some(consent) {
            return Ok(false);
        }
        guest.consent = Some(consent);
        sqlx::query!(
            "insert into calls.consents (programme_id, uid, consent, asked_ms, answered_ms) values ($1, $2, $3, store.now_ms(), store.now_ms())
             on conflict (programme_id, uid) do update set consent = excluded.consent, answered_ms = excluded.answered_ms",
            self.programme.id.as_uuid(),
            uid.as_str(),
            consent.as_str()
        )
        .execute(conn)
        .await?;
        Ok(true)
    }

    /// Writes the programme and tells: the news to everybody, and to each whose consent or part is another than before, how he stands.
    pub(super) async fn tell(
        &mut self,
        conn: &mut PgConnection,
        event: &'static str,
        actor: &str,
        news: &[(StageNews, Option<Uid>)],
        more: Vec<EventPush>,
    ) -> Result<StageBoard, StoreError> {
        self.programme.write(&mut *conn).await?;
        let programme = &self.programme;
        let as_before = |g: &Guest| self.before.get(&g.uid) == Some(&(g.consent, programme.part_told(g)));
        let changed = self.guests.iter().filter(|g| g.consent.is_some() && g.is_there() && !as_before(g));
        let mut pushes = programme.push_each("stage.on_air", changed)?;
        for (what, uid) in news {
            pushes.push(programme.news(*what, uid.as_ref(), &self.guests)?);
        }
        pushes.extend(more);
        programme.tell(conn, event, actor, pushes).await?;
        Ok(self.board())
    }

    pub(super) fn board(&self) -> StageBoard {
        self.programme.board(&self.guests)
    }
}

/// To those who have no business with a call on air.
pub(super) fn not_yours(call: CallId) -> StoreError {
    let text = format!("there is no call {call} of yours that is on air");
    ApiError::new(ErrorCode::NotFound, text).on_field("call_id").into()
}
