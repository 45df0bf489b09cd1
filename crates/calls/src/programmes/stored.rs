//! Programmes as the tables have them: read, locked, written, told.

use callboard_contract::adm::restream::{ProgrammeDetail, ProgrammeMember, ProgrammeRow, TargetRow};
use callboard_contract::api::stage::OnAir;
use callboard_contract::view::MemberState;
use callboard_contract::{ApiError, ErrorCode, EventPush};
use callboard_domain::{
    At, CallId, CallState, Consent, DeviceId, Layout, OutputPreset, PROGRAMME_PEER, ProgrammeId, ProgrammeState, Slate,
    TargetSpec, Uid,
};
use callboard_store::{NewEvent, StoreError, emit, now};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::load::{uid, word};

/// A programme.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: ProgrammeId,
    pub(crate) call: CallId,
    pub(crate) state: ProgrammeState,
    pub(crate) title: String,
    pub(crate) preset: OutputPreset,
    pub(crate) layout: Layout,
    pub(crate) focus: Option<Uid>,
    pub(crate) slate: Slate,
    pub(crate) slate_text: Option<String>,
    pub(crate) targets: Vec<TargetSpec>,
    pub(crate) started_by: String,
    pub(crate) created: At,
    pub(crate) on_air: Option<At>,
    pub(crate) ended: Option<At>,
    pub(crate) said: Option<String>,
    pub(crate) hls_url: Option<String>,
    pub(crate) worker: Option<String>,
    pub(crate) version: i64,
}

/// A member of the call of a programme.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) uid: Uid,
    pub(crate) state: MemberState,
    pub(crate) device: Option<DeviceId>,
    /// Muted himself.
    pub(crate) muted: bool,
    pub(crate) muted_by_staff: bool,
    /// Nothing, if he was never asked.
    pub(crate) consent: Option<Consent>,
}

impl Guest {
    /// Whether he is to be seen and heard.
    pub(crate) fn is_in(&self) -> bool {
        self.state == MemberState::Joined && self.consent == Some(Consent::Agreed)
    }

    /// Whether he is to be asked: he took the call and is still there.
    pub(crate) const fn is_there(&self) -> bool {
        matches!(self.state, MemberState::Accepted | MemberState::Joined)
    }
}

/// One programme, or `not_found`.
pub(crate) async fn find(conn: &mut PgConnection, id: ProgrammeId) -> Result<Stored, StoreError> {
    read(conn, &[id]).await?.pop().ok_or_else(|| missing(id))
}

/// One programme, which nobody else changes until this transaction is over.
pub(crate) async fn lock(conn: &mut PgConnection, id: ProgrammeId) -> Result<Stored, StoreError> {
    sqlx::query!("select id from calls.programmes where id = $1 for update", id.as_uuid())
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| missing(id))?;
    find(conn, id).await
}

fn missing(id: ProgrammeId) -> StoreError {
    let text = format!("there is no programme {id}; `callboard restream ls` lists them");
    ApiError::new(ErrorCode::NotFound, text).on_field("programme_id").into()
}

/// The programme of a call that is not over.
pub(crate) async fn live_of(conn: &mut PgConnection, call: CallId) -> Result<Option<ProgrammeId>, StoreError> {
    let id = sqlx::query_scalar!("select id from calls.programmes where call_id = $1 and live", call.as_uuid())
        .fetch_optional(conn)
        .await?;
    Ok(id.map(ProgrammeId::from_uuid))
}

/// The programme of a call that is not over, with those who agreed to be in it.
pub(crate) async fn of_membership(
    conn: &mut PgConnection,
    call: CallId,
) -> Result<Option<(ProgrammeId, Vec<Uid>)>, StoreError> {
    let rows = sqlx::query!(
        "select p.id, c.uid as \"uid?\" from calls.programmes p
         left join calls.consents c on c.programme_id = p.id and c.consent = 'agreed' where p.call_id = $1 and p.live",
        call.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    let Some(id) = rows.first().map(|r| ProgrammeId::from_uuid(r.id)) else { return Ok(None) };
    let agreed = rows.into_iter().filter_map(|r| r.uid).map(uid).collect::<Result<_, _>>()?;
    Ok(Some((id, agreed)))
}

/// Programmes, newest first.
pub(crate) async fn read(conn: &mut PgConnection, ids: &[ProgrammeId]) -> Result<Vec<Stored>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select id, call_id, state, title, preset, layout, focus, slate, slate_text, targets, started_by, created_ms, on_air_ms, ended_ms,
             said, hls_url, worker, version
         from calls.programmes where id = any($1) order by id desc",
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Stored {
                id: ProgrammeId::from_uuid(r.id),
                call: CallId::from_uuid(r.call_id),
                state: word(&r.state)?,
                title: r.title,
                preset: word(&r.preset)?,
                layout: word(&r.layout)?,
                focus: r.focus.map(uid).transpose()?,
                slate: word(&r.slate)?,
                slate_text: r.slate_text,
                targets: serde_json::from_value(r.targets).map_err(|e| StoreError::corrupt("targets", e))?,
                started_by: r.started_by,
                created: At::from_ms(r.created_ms),
                on_air: r.on_air_ms.map(At::from_ms),
                ended: r.ended_ms.map(At::from_ms),
                said: r.said,
                hls_url: r.hls_url,
                worker: r.worker,
                version: r.version,
            })
        })
        .collect()
}

/// The members of a programme's call, in the order in which they came.
pub(crate) async fn guests(conn: &mut PgConnection, programme: &Stored) -> Result<Vec<Guest>, StoreError> {
    let rows = sqlx::query!(
        "select m.uid, m.state, m.device, m.muted, m.muted_by_staff, c.consent as \"consent?\"
         from calls.members m left join calls.consents c on c.programme_id = $2 and c.uid = m.uid
         where m.call_id = $1 order by m.no",
        programme.call.as_uuid(),
        programme.id.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Guest {
                uid: uid(r.uid)?,
                state: serde_json::from_value(Value::String(r.state))
                    .map_err(|e| StoreError::corrupt("a member's state", e))?,
                device: r
                    .device
                    .map(|d| DeviceId::new(d).map_err(|e| StoreError::corrupt("a device", e)))
                    .transpose()?,
                muted: r.muted,
                muted_by_staff: r.muted_by_staff,
                consent: r.consent.as_deref().map(word).transpose()?,
            })
        })
        .collect()
}

/// How many who agreed are in the calls of some programmes.
pub(crate) async fn guests_in(conn: &mut PgConnection, programmes: &[Stored]) -> Result<Vec<u32>, StoreError> {
    let ids: Vec<Uuid> = programmes.iter().map(|p| p.id.as_uuid()).collect();
    let counts = sqlx::query!(
        "select p.id, count(*) as \"n!\" from calls.programmes p join calls.consents c on c.programme_id = p.id and c.consent = 'agreed'
         join calls.members m on m.call_id = p.call_id and m.uid = c.uid and m.state = 'joined' where p.id = any($1) and p.live group by p.id",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let count = |p: &Stored| counts.iter().find(|c| c.id == p.id.as_uuid()).map_or(0, |c| c.n);
    Ok(programmes.iter().map(|p| u32::try_from(count(p)).unwrap_or_default()).collect())
}

/// The state of a call, or `not_found`. It stays so until this transaction is over.
pub(crate) async fn call_state(conn: &mut PgConnection, id: CallId) -> Result<(CallState, Uid), StoreError> {
    let row = sqlx::query!("select state, payee from calls.calls where id = $1 for share", id.as_uuid())
        .fetch_optional(conn)
        .await?;
    let missing = || ApiError::new(ErrorCode::NotFound, format!("there is no call {id}")).on_field("call_id");
    let row = row.ok_or_else(missing)?;
    Ok((word(&row.state)?, uid(row.payee)?))
}

impl Stored {
    /// Writes what changed; the version grows by one.
    pub(crate) async fn write(&mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        self.version += 1;
        let over = self.state.is_over();
        if over {
            // Nobody needs the keys any more.
            self.targets = self.targets.iter().map(TargetSpec::masked).collect();
        }
        sqlx::query!(
            "update calls.programmes set live = $2, state = $3, layout = $4, focus = $5, slate = $6, slate_text = $7, targets = $8,
                 on_air_ms = $9, ended_ms = $10, said = $11, hls_url = $12, worker = $13, version = $14 where id = $1",
            self.id.as_uuid(),
            !over,
            self.state.as_str(),
            self.layout.as_str(),
            self.focus.as_ref().map(Uid::as_str),
            self.slate.as_str(),
            self.slate_text,
            self.targets_json()?,
            self.on_air.map(At::as_ms),
            self.ended.map(At::as_ms),
            self.said,
            self.hls_url,
            self.worker,
            self.version
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    pub(crate) fn targets_json(&self) -> Result<Value, StoreError> {
        serde_json::to_value(&self.targets).map_err(|e| StoreError::corrupt("targets", e))
    }

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
        let mut pushes = Vec::new();
        for &consent in Consent::ALL {
            let asked = guests.iter().filter(|g| g.consent == Some(consent) && (g.is_there() || self.state.is_over()));
            let uids: Vec<Uid> = asked.map(|g| g.uid.clone()).collect();
            if !uids.is_empty() {
                pushes.push(self.push(event, uids, consent)?);
            }
        }
        Ok(pushes)
    }

    /// A push to some.
    pub(crate) fn push(&self, event: &str, uids: Vec<Uid>, consent: Consent) -> Result<EventPush, StoreError> {
        let data = serde_json::to_value(self.on_air(consent)).map_err(|e| StoreError::corrupt("a programme", e))?;
        Ok(EventPush { uids, event: event.to_owned(), data: Some(data) })
    }

    /// As a member is told.
    pub(crate) fn on_air(&self, consent: Consent) -> OnAir {
        OnAir {
            call_id: self.call,
            programme_id: self.id,
            state: self.state,
            peer: Uid::new(PROGRAMME_PEER).expect("the programme's name keeps the rules of names"),
            consent,
            hls_url: self.hls_url.clone(),
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
        let live = !self.state.is_over();
        let inside = if live { guests.iter().filter(|g| g.is_in()).count() } else { 0 };
        let members = guests
            .into_iter()
            .map(|g| ProgrammeMember {
                on_programme: live && g.is_in(),
                name: g.uid.to_string(),
                uid: g.uid,
                state: g.state,
                consent: g.consent.unwrap_or(Consent::Asked),
                muted_by_staff: g.muted_by_staff,
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
