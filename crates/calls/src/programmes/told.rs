//! Programmes as they are told: to staff, to members, as events and pushes.

use std::collections::BTreeMap;

use callboard_contract::EventPush;
use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeMember, ProgrammeRow, TargetRow};
use callboard_contract::api::stage::{Hand, OnAir, StageBoard, StageChanged, StageInvitation, StageNews};
use callboard_domain::{Consent, PROGRAMME_PEER, ProgrammePart, StagePlace, TargetSpec, Uid};
use callboard_store::{NewEvent, StoreError, emit, now};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::stored::{Guest, Stored, guests, guests_in};

impl Stored {
    /// Tells of a change, and those who were asked of how it stands now, where `event` is given as a push too.
    pub(crate) async fn tell(
        &self,
        conn: &mut PgConnection,
        event: &'static str,
        actor: &str,
        pushes: Vec<EventPush>,
    ) -> Result<(), StoreError> {
        let guests = guests_in(&mut *conn, std::slice::from_ref(self)).await?;
        let row = self.row(guests.first().copied().unwrap_or_default());
        let event = NewEvent {
            event,
            entity: self.id.to_string(),
            version: self.version,
            at: now(&mut *conn).await?,
            actor: actor.to_owned(),
            data: serde_json::to_value(row).map_err(|e| StoreError::corrupt("a programme", e))?,
            pushes,
        };
        emit(conn, &event).await
    }

    /// A push to all who were asked and are still there, each with his own answer; once it is over, to whoever was asked.
    pub(crate) fn pushes(&self, event: &str, guests: &[Guest]) -> Result<Vec<EventPush>, StoreError> {
        let asked = guests.iter().filter(|g| g.consent.is_some() && (g.is_there() || self.state.is_over()));
        self.push_each(event, asked)
    }

    /// A push to some, each with his own answer and part.
    pub(crate) fn push_each<'a>(
        &self,
        event: &str,
        guests: impl Iterator<Item = &'a Guest>,
    ) -> Result<Vec<EventPush>, StoreError> {
        let mut alike: BTreeMap<(Consent, ProgrammePart), Vec<Uid>> = BTreeMap::new();
        for guest in guests {
            let consent = guest.consent.unwrap_or(Consent::Asked);
            alike.entry((consent, self.part_told(guest))).or_default().push(guest.uid.clone());
        }
        alike.into_iter().map(|((consent, part), uids)| push(event, uids, &self.on_air(consent, part))).collect()
    }

    /// The first word to those who are asked.
    pub(crate) fn ask_push(&self, uids: Vec<Uid>) -> Result<EventPush, StoreError> {
        push("stage.on_air", uids, &self.on_air(Consent::Asked, ProgrammePart::None))
    }

    /// A change on the stage, to everybody who is there.
    pub(crate) fn news(&self, news: StageNews, uid: Option<&Uid>, guests: &[Guest]) -> Result<EventPush, StoreError> {
        let to = guests.iter().filter(|g| g.is_there()).map(|g| g.uid.clone()).collect();
        push("stage.changed", to, &StageChanged { news, uid: uid.cloned(), stage: self.board(guests) })
    }

    /// To somebody who is invited to the stage.
    pub(crate) fn invitation(&self, to: &Uid) -> Result<EventPush, StoreError> {
        let host = self.host.clone();
        let data = StageInvitation { call_id: self.call, programme_id: self.id, host, mode: self.mode };
        push("stage.invited", vec![to.clone()], &data)
    }

    /// What of a member is on it now.
    fn part(&self, guest: &Guest) -> ProgrammePart {
        if self.state.is_over() { ProgrammePart::None } else { guest.part(self.mode) }
    }

    /// The same as the member is told, who knows himself whether he is joined.
    pub(crate) fn part_told(&self, guest: &Guest) -> ProgrammePart {
        if self.state.is_over() { ProgrammePart::None } else { guest.part_told(self.mode) }
    }

    /// As a member is told.
    pub(crate) fn on_air(&self, consent: Consent, part: ProgrammePart) -> OnAir {
        OnAir {
            call_id: self.call,
            programme_id: self.id,
            state: self.state,
            peer: Uid::new(PROGRAMME_PEER).expect("the programme's name keeps the rules of names"),
            consent,
            part,
            mode: self.mode,
            hls_url: self.hls_url.clone(),
        }
    }

    /// The stage, as all members see it.
    pub(crate) fn board(&self, guests: &[Guest]) -> StageBoard {
        let uids = |place| in_turn(guests, place).into_iter().map(|g| g.uid.clone()).collect();
        let hand = |g: &Guest| Hand { uid: g.uid.clone(), since: g.since };
        StageBoard {
            call_id: self.call,
            programme_id: self.id,
            host: self.host.clone(),
            mode: self.mode,
            on_stage: uids(StagePlace::OnStage),
            invited: uids(StagePlace::Invited),
            queue: in_turn(guests, StagePlace::Queued).into_iter().map(hand).collect(),
            version: u64::try_from(self.version).unwrap_or_default(),
        }
    }

    /// As a row of a list.
    pub(crate) fn row(&self, guests: u32) -> ProgrammeRow {
        ProgrammeRow {
            programme_id: self.id,
            call_id: self.call,
            title: self.title.clone(),
            state: self.state,
            layout: self.layout,
            slate: self.slate,
            preset: self.preset,
            mode: self.mode,
            guests,
            targets: u32::try_from(self.targets.len()).unwrap_or_default(),
            targets_live: 0,
            started_by: self.started_by.clone(),
            created_at: self.created,
            on_air_at: self.on_air,
            ended_at: self.ended,
            said: self.said.clone(),
            hls_url: self.hls_url.clone(),
            status: None,
            version: u64::try_from(self.version).unwrap_or_default(),
        }
    }

    /// With everything that staff see.
    pub(crate) async fn detail(&self, conn: &mut PgConnection) -> Result<ProgrammeDetail, StoreError> {
        let guests = guests(&mut *conn, self).await?;
        let queue: Vec<Uid> = in_turn(&guests, StagePlace::Queued).into_iter().map(|g| g.uid.clone()).collect();
        let turn = |uid: &Uid| queue.iter().position(|u| u == uid).and_then(|place| u32::try_from(place + 1).ok());
        let live = !self.state.is_over();
        let inside = guests.iter().filter(|g| live && g.agreed_and_joined()).count();
        let members = guests
            .into_iter()
            .map(|g| ProgrammeMember {
                on_programme: self.part(&g).is_on(),
                part: self.part(&g),
                name: g.uid.to_string(),
                turn: turn(&g.uid),
                uid: g.uid,
                state: g.state,
                consent: g.consent.unwrap_or(Consent::Asked),
                muted_by_staff: g.muted_by_staff,
                host: g.host,
                place: g.place,
                gain_permille: g.gain_permille,
            })
            .collect();
        let targets = self.targets.iter().map(TargetSpec::masked);
        Ok(ProgrammeDetail {
            as_of: now(conn).await?,
            programme: self.row(u32::try_from(inside).unwrap_or_default()),
            focus: self.focus.clone(),
            slate_text: self.slate_text.clone(),
            members,
            targets: targets.map(|t| TargetRow { name: t.name, kind: t.kind, url: t.url }).collect(),
        })
    }
}

/// Those at a place who are there, in the order in which they came to it.
pub(crate) fn in_turn(guests: &[Guest], place: StagePlace) -> Vec<&Guest> {
    let mut there: Vec<&Guest> = guests.iter().filter(|g| g.place == place && g.is_there() && !g.host).collect();
    there.sort_by_key(|g| g.turn);
    there
}

fn push(event: &str, uids: Vec<Uid>, data: &impl Serialize) -> Result<EventPush, StoreError> {
    let data: Value = serde_json::to_value(data).map_err(|e| StoreError::corrupt("a programme", e))?;
    Ok(EventPush { uids, event: event.to_owned(), data: Some(data) })
}
