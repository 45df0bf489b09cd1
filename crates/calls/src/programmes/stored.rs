//! Programmes as the tables have them: read, locked, written.

use callboard_contract::view::MemberState;
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{
    At, BroadcastMode, CallId, CallState, Consent, DeviceId, Layout, OutputPreset, ProgrammeId, ProgrammePart,
    ProgrammeState, Slate, StagePlace, Standing, TargetSpec, Uid,
};
use callboard_store::StoreError;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::load::{uid, word};

/// A guest is as loud as he comes in.
const AS_IT_IS: u32 = 1000;

/// A programme.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: ProgrammeId,
    pub(crate) call: CallId,
    /// Who hosts the call.
    pub(crate) host: Uid,
    pub(crate) state: ProgrammeState,
    pub(crate) title: String,
    pub(crate) preset: OutputPreset,
    pub(crate) mode: BroadcastMode,
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
    /// Whether he hosts the call.
    pub(crate) host: bool,
    pub(crate) place: StagePlace,
    /// The version of the programme with which he came to his place: the order of the queue and of the stage.
    pub(crate) turn: i64,
    /// Since when he has been there.
    pub(crate) since: At,
    pub(crate) gain_permille: u32,
}

impl Guest {
    /// Whether he may be on the programme, as far as it is his to say.
    pub(crate) fn agreed_and_joined(&self) -> bool {
        self.state == MemberState::Joined && self.consent == Some(Consent::Agreed)
    }

    /// What of him is to be on the programme.
    pub(crate) fn part(&self, mode: BroadcastMode) -> ProgrammePart {
        self.part_if(mode, self.state == MemberState::Joined)
    }

    /// What of him is on the programme as soon as he is joined.
    pub(crate) fn part_told(&self, mode: BroadcastMode) -> ProgrammePart {
        self.part_if(mode, self.is_there())
    }

    fn part_if(&self, mode: BroadcastMode, joined: bool) -> ProgrammePart {
        mode.part(Standing { host: self.host, joined, consent: self.consent, place: self.place })
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
pub async fn live_of(conn: &mut PgConnection, call: CallId) -> Result<Option<ProgrammeId>, StoreError> {
    let id = sqlx::query_scalar!("select id from calls.programmes where call_id = $1 and live", call.as_uuid())
        .fetch_optional(conn)
        .await?;
    Ok(id.map(ProgrammeId::from_uuid))
}

/// The programme of a call that is not over, with those of whom something is on it as soon as they are joined.
pub(crate) async fn of_membership(
    conn: &mut PgConnection,
    call: CallId,
) -> Result<Option<(ProgrammeId, Vec<Uid>)>, StoreError> {
    let rows = sqlx::query!(
        "select p.id, p.mode, k.payee, c.uid as \"uid?\", s.place as \"place?\" from calls.programmes p
         join calls.calls k on k.id = p.call_id
         left join calls.consents c on c.programme_id = p.id and c.consent = 'agreed'
         left join calls.stage s on s.programme_id = p.id and s.uid = c.uid
         where p.call_id = $1 and p.live",
        call.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (id, mode) = (ProgrammeId::from_uuid(first.id), word::<BroadcastMode>(&first.mode)?);
    let mut on = Vec::new();
    for row in rows {
        let Some(who) = row.uid else { continue };
        let place = row.place.as_deref().map(word).transpose()?.unwrap_or_default();
        let standing = Standing { host: who == row.payee, joined: true, consent: Some(Consent::Agreed), place };
        if mode.part(standing).is_on() {
            on.push(uid(who)?);
        }
    }
    Ok(Some((id, on)))
}

/// Programmes, newest first.
pub(crate) async fn read(conn: &mut PgConnection, ids: &[ProgrammeId]) -> Result<Vec<Stored>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select p.id, p.call_id, k.payee, p.state, p.title, p.preset, p.mode, p.layout, p.focus, p.slate, p.slate_text, p.targets, p.started_by,
             p.created_ms, p.on_air_ms, p.ended_ms, p.said, p.hls_url, p.worker, p.version
         from calls.programmes p join calls.calls k on k.id = p.call_id where p.id = any($1) order by p.id desc",
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Stored {
                id: ProgrammeId::from_uuid(r.id),
                call: CallId::from_uuid(r.call_id),
                host: uid(r.payee)?,
                state: word(&r.state)?,
                title: r.title,
                preset: word(&r.preset)?,
                mode: word(&r.mode)?,
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
        "select m.uid, m.state, m.device, m.muted, m.muted_by_staff, c.consent as \"consent?\", m.uid = k.payee as \"host!\",
             s.place as \"place?\", s.turn as \"turn?\", s.since_ms as \"since_ms?\", s.gain_permille as \"gain?\"
         from calls.members m join calls.calls k on k.id = m.call_id
         left join calls.consents c on c.programme_id = $2 and c.uid = m.uid
         left join calls.stage s on s.programme_id = $2 and s.uid = m.uid
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
                host: r.host,
                place: r.place.as_deref().map(word).transpose()?.unwrap_or_default(),
                turn: r.turn.unwrap_or_default(),
                since: At::from_ms(r.since_ms.unwrap_or_default()),
                gain_permille: r.gain.map_or(AS_IT_IS, |gain| u32::try_from(gain).unwrap_or(AS_IT_IS)),
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
                 on_air_ms = $9, ended_ms = $10, said = $11, hls_url = $12, worker = $13, version = $14, mode = $15 where id = $1",
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
            self.version,
            self.mode.as_str()
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    pub(crate) fn targets_json(&self) -> Result<Value, StoreError> {
        serde_json::to_value(&self.targets).map_err(|e| StoreError::corrupt("targets", e))
    }
}
