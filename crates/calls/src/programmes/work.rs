//! The worker's side: what a programme is to be like now, and what the worker says of it.

use callboard_contract::programme::ProgrammeStatus;
use callboard_domain::{
    CallId, DeviceId, Layout, OutputPreset, ProgrammeId, ProgrammePart, ProgrammeState, Slate, TargetSpec, Uid,
};
use callboard_store::{Store, StoreError, now};
use sqlx::PgConnection;

use super::stored::{self, Stored};
use super::{end, stage};
use crate::load::word;

/// What a programme is to be like now: the worker makes it so, whatever was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The programme.
    pub programme_id: ProgrammeId,
    /// Its call.
    pub call_id: CallId,
    /// Where it stands; once this is over there is nothing left to do.
    pub state: ProgrammeState,
    /// The worker that last said something of it.
    pub worker: Option<String>,
    /// What stands on slates.
    pub title: String,
    /// Size and rate.
    pub preset: OutputPreset,
    /// How the guests stand.
    pub layout: Layout,
    /// Who is in focus.
    pub focus: Option<Uid>,
    /// What covers the picture.
    pub slate: Slate,
    /// The slate's own words.
    pub slate_text: Option<String>,
    /// Where it goes, with whole addresses. Never to be shown or logged.
    pub targets: Vec<TargetSpec>,
    /// Whether members know where it can be watched.
    pub watched: bool,
    /// Exactly those who may be seen or heard now: joined, agreed, not taken out, and on the programme in its mode.
    pub guests: Vec<WantedGuest>,
    /// Grows with every change of the programme.
    pub version: i64,
}

/// Somebody who may be seen and heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedGuest {
    /// The user.
    pub uid: Uid,
    /// The device that joined; no other may be in the programme.
    pub device: DeviceId,
    /// The name to show.
    pub name: String,
    /// Whether the sound is left out: staff muted him, or he himself.
    pub muted: bool,
    /// Whether that was staff.
    pub muted_by_staff: bool,
    /// Whether the picture is shown; else he is there in sound alone.
    pub picture: bool,
    /// How loud, in thousandths of how he comes in.
    pub gain_permille: u32,
}

/// What a worker says of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it stands.
    pub state: ProgrammeState,
    /// Why, in words for people; never with an address in them.
    pub said: Option<String>,
    /// Which copy of the worker runs it.
    pub worker: Option<String>,
    /// Where it can be watched; kept if absent.
    pub hls_url: Option<String>,
}

/// What is wanted of a programme now. Ends it if its call is over, and asks members who came later.
pub async fn for_worker(store: &Store, id: ProgrammeId) -> Result<Wanted, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let programme = stored::find(&mut conn, id).await?;
    let guests = stored::guests(&mut conn, &programme).await?;
    let call = sqlx::query_scalar!("select state from calls.calls where id = $1", programme.call.as_uuid())
        .fetch_one(&mut *conn)
        .await?;
    drop(conn);
    if programme.state.is_over() {
        return Ok(wanted(programme, Vec::new()));
    }
    if word::<callboard_domain::CallState>(&call)?.is_over() {
        end::end_one(store, id).await?;
        let mut conn = store.pool().acquire().await?;
        return Ok(wanted(stored::find(&mut conn, id).await?, Vec::new()));
    }
    let late: Vec<Uid> = guests.iter().filter(|g| g.consent.is_none() && g.is_there()).map(|g| g.uid.clone()).collect();
    if !late.is_empty() {
        stage::ask_late(store, id, &late).await?;
    }
    let guests = guests
        .into_iter()
        .map(|g| (g.part(programme.mode), g))
        .filter(|(part, _)| part.is_on())
        .filter_map(|(part, g)| {
            Some(WantedGuest {
                picture: part == ProgrammePart::Full,
                gain_permille: g.gain_permille,
                device: g.device?,
                name: g.uid.to_string(),
                uid: g.uid,
                muted: g.muted || g.muted_by_staff,
                muted_by_staff: g.muted_by_staff,
            })
        })
        .collect();
    Ok(wanted(programme, guests))
}

fn wanted(programme: Stored, guests: Vec<WantedGuest>) -> Wanted {
    Wanted {
        programme_id: programme.id,
        call_id: programme.call,
        state: programme.state,
        worker: programme.worker,
        title: programme.title,
        preset: programme.preset,
        layout: programme.layout,
        focus: programme.focus,
        slate: programme.slate,
        slate_text: programme.slate_text,
        targets: programme.targets,
        watched: programme.hls_url.is_some(),
        guests,
        version: programme.version,
    }
}

/// Notes what a worker says; gives where the programme stands after it. What is over stays over: then the worker stops.
pub async fn mark(store: &Store, id: ProgrammeId, mark: &Mark) -> Result<ProgrammeState, StoreError> {
    let mut tx = store.begin().await?;
    let mut programme = stored::lock(&mut tx, id).await?;
    let hls_url = mark.hls_url.clone().or_else(|| programme.hls_url.clone());
    let same = programme.state == mark.state
        && programme.said == mark.said
        && programme.worker == mark.worker
        && programme.hls_url == hls_url;
    if programme.state.is_over() || same {
        return Ok(programme.state);
    }
    let told = programme.state != mark.state || programme.hls_url != hls_url;
    let at = now(&mut tx).await?;
    programme.state = mark.state;
    programme.said.clone_from(&mark.said);
    programme.worker.clone_from(&mark.worker);
    programme.hls_url = hls_url;
    if mark.state == ProgrammeState::OnAir {
        programme.on_air.get_or_insert(at);
    }
    if mark.state.is_over() {
        programme.ended = Some(at);
    }
    programme.write(&mut tx).await?;
    let (event, push) = match mark.state {
        ProgrammeState::Finished => ("programme.finished", "stage.off_air"),
        ProgrammeState::Failed => ("programme.failed", "stage.off_air"),
        ProgrammeState::Waiting | ProgrammeState::Starting | ProgrammeState::OnAir | ProgrammeState::Interrupted => {
            ("programme.changed", "stage.on_air")
        }
    };
    let pushes = if told {
        let guests = stored::guests(&mut tx, &programme).await?;
        programme.pushes(push, &guests)?
    } else {
        Vec::new()
    };
    programme.tell(&mut tx, event, "house", pushes).await?;
    tx.commit().await?;
    store.ring();
    Ok(programme.state)
}

/// Notes why nobody runs a programme yet, in words for people. One that somebody runs is left as it is.
pub async fn waits(store: &Store, id: ProgrammeId, said: &str) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let mut programme = stored::lock(&mut tx, id).await?;
    let waits = matches!(programme.state, ProgrammeState::Waiting | ProgrammeState::Interrupted);
    if !waits || programme.said.as_deref() == Some(said) {
        return Ok(());
    }
    programme.said = Some(said.to_owned());
    programme.write(&mut tx).await?;
    programme.tell(&mut tx, "programme.changed", "house", Vec::new()).await?;
    tx.commit().await?;
    store.ring();
    Ok(())
}

/// Keeps how a programme did in the end, without those who were in it.
pub async fn keep_last_report(store: &Store, report: &ProgrammeStatus) -> Result<(), StoreError> {
    let last = ProgrammeStatus { guests: Vec::new(), ..report.clone() };
    let last = serde_json::to_value(last).map_err(|e| StoreError::corrupt("a report", e))?;
    let id = report.programme_id.as_uuid();
    sqlx::query!("update calls.programmes set last_report = $2 where id = $1", id, last).execute(store.pool()).await?;
    Ok(())
}

/// How a programme that is over did in the end; nothing if its worker could not say so.
pub(super) async fn last_report(
    conn: &mut PgConnection,
    id: ProgrammeId,
) -> Result<Option<ProgrammeStatus>, StoreError> {
    let last = sqlx::query_scalar!("select last_report from calls.programmes where id = $1", id.as_uuid());
    let last = last.fetch_one(conn).await?;
    last.map(|last| serde_json::from_value(last).map_err(|e| StoreError::corrupt("a report", e))).transpose()
}

/// Programmes that are not over, oldest first: each of them must have a job.
pub async fn unfinished(store: &Store) -> Result<Vec<ProgrammeId>, StoreError> {
    let ids =
        sqlx::query_scalar!("select id from calls.programmes where live order by id").fetch_all(store.pool()).await?;
    Ok(ids.into_iter().map(ProgrammeId::from_uuid).collect())
}
