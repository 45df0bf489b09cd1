//! What staff want of a programme. Every act is logged in its own transaction; a worker carries it out when it hears of the event.

use callboard_contract::adm::restream::{
    LayoutRequest, ProgrammeReply, SlateRequest, StartRequest, StopRequest, TargetAddRequest, TargetRemoveRequest,
};
use callboard_contract::{ApiError, ErrorCode, Reason};
use callboard_domain::{
    CallState, Layout, OutputPreset, ProgrammeId, ProgrammeState, RequestId, Slate, StaffName, TargetSpec, Uid,
};
use callboard_store::{Action, Begun, Command, Store, StoreError, log_action, now};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::check;
use super::stored::{self, Stored};
use crate::open::{bad, conflict};

/// Puts a call on air. The caller then asks for a worker.
pub async fn start(store: &Store, staff: &StaffName, request: &StartRequest) -> Result<ProgrammeReply, StoreError> {
    let actor = format!("staff:{staff}");
    let dry_run = request.dry_run;
    match Command::begin(store, &actor, "restream.start", &request.request_id, dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = do_start(&mut command, &actor, request).await;
            command.finish(result).await
        }
    }
}

/// Takes a call off air.
pub async fn stop(store: &Store, staff: &StaffName, request: &StopRequest) -> Result<ProgrammeReply, StoreError> {
    request.reason.check().map_err(|e| bad("reason", e))?;
    let act = Act {
        name: "restream.stop",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: Some(&request.reason),
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |conn, programme| {
        programme.state = ProgrammeState::Finished;
        programme.ended = Some(now(conn).await?);
        programme.said = Some(format!("taken off air: {}", request.reason));
        Ok(())
    })
    .await
}

/// Changes how the guests stand.
pub async fn layout(store: &Store, staff: &StaffName, request: &LayoutRequest) -> Result<ProgrammeReply, StoreError> {
    let act = Act {
        name: "restream.layout",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |conn, programme| {
        let guests = stored::guests(conn, programme).await?;
        programme.focus = check::focus(request.layout, request.focus.as_ref(), &programme.host, &guests)?;
        programme.layout = request.layout;
        Ok(())
    })
    .await
}

/// Covers the picture and the sound, or uncovers them.
pub async fn slate(store: &Store, staff: &StaffName, request: &SlateRequest) -> Result<ProgrammeReply, StoreError> {
    if let Some(text) = &request.text {
        check::slate_text(text)?;
    }
    let act = Act {
        name: "restream.slate",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |_, programme| {
        programme.slate = request.slate;
        programme.slate_text.clone_from(&request.text);
        Ok(())
    })
    .await
}

/// Adds a target.
pub async fn target_add(
    store: &Store,
    staff: &StaffName,
    request: &TargetAddRequest,
) -> Result<ProgrammeReply, StoreError> {
    let act = Act {
        name: "restream.target_add",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |_, programme| {
        programme.targets.push(request.target.clone());
        check::targets(&programme.targets, "target")
    })
    .await
}

/// Ends a target.
pub async fn target_remove(
    store: &Store,
    staff: &StaffName,
    request: &TargetRemoveRequest,
) -> Result<ProgrammeReply, StoreError> {
    let act = Act {
        name: "restream.target_remove",
        request_id: &request.request_id,
        programme: request.programme_id,
        reason: None,
        dry_run: request.dry_run,
    };
    change(store, staff, request, act, async |_, programme| {
        let before = programme.targets.len();
        programme.targets.retain(|target| target.name != request.name);
        if programme.targets.len() == before {
            let text = format!("the programme has no target {}", request.name);
            return Err(ApiError::new(ErrorCode::NotFound, text).on_field("name").into());
        }
        if !programme.targets.iter().any(|target| target.kind.is_hls()) {
            programme.hls_url = None;
        }
        Ok(())
    })
    .await
}

/// Which act on which programme, and why.
pub(super) struct Act<'a> {
    pub(super) name: &'static str,
    pub(super) request_id: &'a RequestId,
    pub(super) programme: ProgrammeId,
    pub(super) reason: Option<&'a Reason>,
    pub(super) dry_run: bool,
}

async fn change<R: Serialize + Sync>(
    store: &Store,
    staff: &StaffName,
    request: &R,
    act: Act<'_>,
    apply: impl AsyncFnOnce(&mut PgConnection, &mut Stored) -> Result<(), StoreError>,
) -> Result<ProgrammeReply, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, act.name, act.request_id, act.dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = do_change(&mut command, &actor, &act, apply).await;
            command.finish(result).await
        }
    }
}

async fn do_change(
    conn: &mut PgConnection,
    actor: &str,
    act: &Act<'_>,
    apply: impl AsyncFnOnce(&mut PgConnection, &mut Stored) -> Result<(), StoreError>,
) -> Result<ProgrammeReply, StoreError> {
    let mut programme = stored::lock(&mut *conn, act.programme).await?;
    check::still_live(&programme)?;
    let (before, watched) = (wanted(&programme), programme.hls_url.is_some());
    apply(&mut *conn, &mut programme).await?;
    programme.write(&mut *conn).await?;
    let (event, pushes) = if programme.state.is_over() {
        let guests = stored::guests(&mut *conn, &programme).await?;
        ("programme.finished", programme.pushes("stage.off_air", &guests)?)
    } else if watched && programme.hls_url.is_none() {
        // Where it could be watched there is nothing any more.
        let guests = stored::guests(&mut *conn, &programme).await?;
        ("programme.changed", programme.pushes("stage.on_air", &guests)?)
    } else {
        ("programme.changed", Vec::new())
    };
    programme.tell(&mut *conn, event, actor, pushes).await?;
    let reply = ProgrammeReply { programme: programme.detail(&mut *conn).await?, dry_run: act.dry_run };
    log(conn, actor, act.name, &programme, act.reason, Some(before)).await?;
    Ok(reply)
}

async fn do_start(conn: &mut PgConnection, actor: &str, request: &StartRequest) -> Result<ProgrammeReply, StoreError> {
    check::targets(&request.targets, "targets")?;
    if let Some(reason) = &request.reason {
        reason.check().map_err(|e| bad("reason", e))?;
    }
    if let Some(title) = &request.title {
        check::title(title)?;
    }
    let (state, host) = stored::call_state(&mut *conn, request.call_id).await?;
    if !matches!(state, CallState::Accepted | CallState::Active) {
        return Err(conflict(format!(
            "call {} is {state}; it can go on air once it is accepted, until it ends",
            request.call_id
        )));
    }
    let at = now(&mut *conn).await?;
    let mut programme = Stored {
        id: ProgrammeId::generate(),
        call: request.call_id,
        title: request.title.clone().unwrap_or_else(|| host.to_string()),
        host,
        state: ProgrammeState::Waiting,
        preset: request.preset.unwrap_or(OutputPreset::P720),
        mode: request.mode.unwrap_or_default(),
        layout: request.layout.unwrap_or(Layout::Grid),
        focus: None,
        slate: Slate::None,
        slate_text: None,
        targets: request.targets.clone(),
        started_by: actor.to_owned(),
        created: at,
        on_air: None,
        ended: None,
        said: None,
        hls_url: None,
        worker: None,
        version: 1,
    };
    programme.focus = check::focus(programme.layout, None, &programme.host, &[])?;
    insert(&mut *conn, &programme).await?;
    let members = stored::guests(&mut *conn, &programme).await?;
    let asked: Vec<Uid> = members.into_iter().filter(stored::Guest::is_there).map(|g| g.uid).collect();
    super::stage::ask(&mut *conn, &programme, &asked).await?;
    let push = programme.ask_push(asked)?;
    programme.tell(&mut *conn, "programme.started", actor, vec![push]).await?;
    let reply = ProgrammeReply { programme: programme.detail(&mut *conn).await?, dry_run: request.dry_run };
    log(conn, actor, "restream.start", &programme, request.reason.as_ref(), None).await?;
    Ok(reply)
}

async fn insert(conn: &mut PgConnection, programme: &Stored) -> Result<(), StoreError> {
    let inserted = sqlx::query!(
        "insert into calls.programmes (id, call_id, state, title, preset, layout, focus, slate, targets, started_by, created_ms, mode)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (call_id) where live do nothing",
        programme.id.as_uuid(),
        programme.call.as_uuid(),
        programme.state.as_str(),
        programme.title,
        programme.preset.as_str(),
        programme.layout.as_str(),
        programme.focus.as_ref().map(Uid::as_str),
        programme.slate.as_str(),
        programme.targets_json()?,
        programme.started_by,
        programme.created.as_ms(),
        programme.mode.as_str()
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(());
    }
    let other = stored::live_of(conn, programme.call).await?;
    let other = other.map_or_else(String::new, |id| format!(" as programme {id}"));
    Err(conflict(format!("call {} is on air already{other}; stop that first, or change it", programme.call)))
}

async fn log(
    conn: &mut PgConnection,
    actor: &str,
    act: &'static str,
    programme: &Stored,
    reason: Option<&Reason>,
    before: Option<Value>,
) -> Result<(), StoreError> {
    let action = Action {
        actor,
        act,
        target: programme.id.to_string(),
        reason: reason.map(ToString::to_string),
        before,
        after: Some(wanted(programme)),
    };
    log_action(conn, &action).await.map(|_| ())
}

/// What is wanted, for the log: never with a key in it.
fn wanted(programme: &Stored) -> Value {
    json!({
        "call_id": programme.call,
        "state": programme.state,
        "preset": programme.preset,
        "mode": programme.mode,
        "layout": programme.layout,
        "focus": programme.focus,
        "slate": programme.slate,
        "slate_text": programme.slate_text,
        "targets": programme.targets.iter().map(TargetSpec::masked).collect::<Vec<_>>(),
    })
}
