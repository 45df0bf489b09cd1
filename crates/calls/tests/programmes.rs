//! Calls on air: who may be in a programme at which instant, what staff may want of it, and that it ends with its call.

mod support;

use callboard_calls::programmes::{self, Mark, Wanted};
use callboard_contract::ErrorCode;
use callboard_contract::adm::calls::MemberActRequest;
use callboard_contract::adm::restream::{
    LayoutRequest, LsRequest, ProgrammeReply, SlateRequest, StartRequest, StopRequest, TargetAddRequest,
    TargetRemoveRequest,
};
use callboard_contract::api::stage::{ConsentRequest, OnAir};
use callboard_domain::{
    CallId, Consent, Layout, ProgrammeId, ProgrammeState, RequestId, Slate, StaffName, TargetKind, TargetName,
    TargetSpec, Uid,
};
use callboard_store::StoreError;
use support::{House, uid};

const KEY: &str = "geheim";

fn oskar() -> StaffName {
    StaffName::new("oskar").expect("a name")
}

fn target(name: &str, kind: TargetKind, url: Option<&str>) -> TargetSpec {
    TargetSpec { name: TargetName::new(name).expect("a name"), kind, url: url.map(str::to_owned) }
}

fn push_target() -> TargetSpec {
    target("push", TargetKind::Rtmp, Some("rtmp://127.0.0.1/live/geheim"))
}

fn start_request(call_id: CallId, targets: Vec<TargetSpec>) -> StartRequest {
    StartRequest {
        request_id: RequestId::generate(),
        call_id,
        layout: None,
        preset: None,
        mode: None,
        title: None,
        targets,
        reason: None,
        dry_run: false,
    }
}

fn stop_request(programme_id: ProgrammeId) -> StopRequest {
    StopRequest { request_id: RequestId::generate(), programme_id, reason: support::reason(), dry_run: false }
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> (ErrorCode, String) {
    match result {
        Err(StoreError::Refused(error)) => (error.code, error.message),
        other => panic!("not refused: {other:?}"),
    }
}

/// A host and two guests, of whom one pays.
struct Studio {
    house: House,
    host: Uid,
    maya: Uid,
    leo: Uid,
    call: CallId,
}

impl Studio {
    async fn new() -> Self {
        let house = House::new().await;
        let host = house.creator("host", support::per_second()).await;
        let (maya, leo) = (house.fan("maya", "500").await, uid("leo"));
        let call = house.group(&host, &[(&maya, true), (&leo, false)]).await;
        house.join_all(call, &[&host, &maya]).await;
        Self { house, host, maya, leo, call }
    }

    async fn start(&self, targets: Vec<TargetSpec>) -> ProgrammeId {
        let request = start_request(self.call, targets);
        let reply = programmes::start(self.house.calls.store(), &oskar(), &request).await.expect("on air");
        reply.programme.programme.programme_id
    }

    async fn answer(&self, programme_id: ProgrammeId, who: &Uid, agree: bool) -> Result<OnAir, StoreError> {
        let request = ConsentRequest { request_id: RequestId::generate(), call_id: self.call, programme_id, agree };
        programmes::consent(self.house.calls.store(), who, &request).await
    }

    async fn wanted(&self, id: ProgrammeId) -> Wanted {
        programmes::for_worker(self.house.calls.store(), id).await.expect("the programme is there")
    }

    async fn inside(&self, id: ProgrammeId) -> Vec<String> {
        self.wanted(id).await.guests.iter().map(|g| g.uid.to_string()).collect()
    }

    /// What members were told: the push, to whom, and their own consent.
    async fn told(&self, id: ProgrammeId, push: &str) -> Vec<(String, String)> {
        sqlx::query_as(
            "select u.uid, p.value -> 'data' ->> 'consent' from store.outbox o, jsonb_array_elements(o.pushes) p,
             jsonb_array_elements_text(p.value -> 'uids') u(uid) where o.entity = $1 and p.value ->> 'event' = $2 order by o.pos, 1",
        )
        .bind(id.to_string())
        .bind(push)
        .fetch_all(&self.house.base.owner)
        .await
        .expect("the outbox")
    }

    async fn versions(&self, id: ProgrammeId) -> Vec<i64> {
        sqlx::query_scalar("select version from store.outbox where entity = $1 order by pos")
            .bind(id.to_string())
            .fetch_all(&self.house.base.owner)
            .await
            .expect("the outbox")
    }
}

fn act(call_id: CallId, uid: &Uid, on: bool) -> MemberActRequest {
    MemberActRequest {
        request_id: RequestId::generate(),
        call_id,
        uid: uid.clone(),
        on,
        reason: support::reason(),
        dry_run: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_agreed_and_is_there_is_in_the_programme() {
    let s = Studio::new().await;
    let id = s.start(vec![target("web", TargetKind::Hls, None)]).await;
    assert_eq!(s.inside(id).await, Vec::<String>::new(), "nobody agreed yet");
    let asked = [("host", "asked"), ("maya", "asked")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(s.told(id, "stage.on_air").await, asked);

    assert_eq!(s.answer(id, &s.host, true).await.expect("heard").consent, Consent::Agreed);
    s.answer(id, &s.maya, true).await.expect("heard");
    assert_eq!(s.inside(id).await, ["host", "maya"]);
    assert_eq!(refused(s.answer(id, &s.leo, true).await).0, ErrorCode::Conflict, "leo did not take the call yet");
    assert_eq!(refused(s.answer(id, &uid("felix"), true).await).0, ErrorCode::NotFound);
    let members = s.house.calls.membership(s.call).await.expect("there").programme.expect("on air");
    assert_eq!((members.id, members.agreed.len()), (id, 2));

    // Who comes later is asked when the worker looks.
    s.house.accept(s.call, &s.leo).await;
    s.house.join(s.call, &s.leo).await;
    s.wanted(id).await;
    assert_eq!(s.told(id, "stage.on_air").await.last(), Some(&("leo".to_owned(), "asked".to_owned())));
    s.answer(id, &s.leo, true).await.expect("heard");
    s.answer(id, &s.maya, false).await.expect("heard");
    assert_eq!(s.inside(id).await, ["host", "leo"], "who takes it back is out");
    s.answer(id, &s.maya, true).await.expect("heard");

    let calls = &s.house.calls;
    calls.staff_mute(&oskar(), &act(s.call, &s.leo, true)).await.expect("muted");
    let leo = s.wanted(id).await.guests.into_iter().find(|g| g.uid == s.leo).expect("still in the picture");
    assert!(leo.muted && leo.muted_by_staff);
    calls.staff_remove(&oskar(), &act(s.call, &s.maya, true)).await.expect("taken out");
    assert_eq!(s.inside(id).await, ["host", "leo"]);
    assert_eq!(refused(s.answer(id, &s.maya, true).await).0, ErrorCode::Conflict);

    s.house.end(s.call, &s.host).await;
    let over = s.wanted(id).await;
    assert_eq!((over.state, over.guests.len()), (ProgrammeState::Finished, 0), "it ends with its call");
    let mut told: Vec<String> = s.told(id, "stage.off_air").await.into_iter().map(|(uid, _)| uid).collect();
    told.sort();
    assert_eq!(told, ["host", "leo", "maya"]);
    let versions = s.versions(id).await;
    assert_eq!(versions, (1..=i64::try_from(versions.len()).expect("few")).collect::<Vec<_>>());
    s.house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_change_a_programme_and_every_act_is_logged_without_keys() {
    let s = Studio::new().await;
    let store = s.house.calls.store();
    let request = start_request(s.call, vec![push_target()]);
    let dry =
        programmes::start(store, &oskar(), &StartRequest { dry_run: true, ..request.clone() }).await.expect("dry");
    assert!(dry.dry_run);
    let first = programmes::start(store, &oskar(), &request).await.expect("on air");
    let again = programmes::start(store, &oskar(), &request).await.expect("the same answer");
    assert_eq!(first, again);
    let id = first.programme.programme.programme_id;
    let (code, text) = refused(programmes::start(store, &oskar(), &start_request(s.call, vec![])).await);
    assert!(code == ErrorCode::Conflict && text.contains(&id.to_string()), "{text}");

    let layout = |layout, focus: Option<&str>| LayoutRequest {
        request_id: RequestId::generate(),
        programme_id: id,
        layout,
        focus: focus.map(uid),
        dry_run: false,
    };
    let reply = programmes::layout(store, &oskar(), &layout(Layout::Stage, None)).await.expect("changed");
    assert_eq!(reply.programme.focus, Some(s.host.clone()), "the host, where nobody is named");
    let reply = programmes::layout(store, &oskar(), &layout(Layout::Single, Some("maya"))).await.expect("changed");
    assert_eq!(reply.programme.focus, Some(s.maya.clone()));
    refused(programmes::layout(store, &oskar(), &layout(Layout::Single, Some("felix"))).await);

    let slate = |text: Option<&str>| SlateRequest {
        request_id: RequestId::generate(),
        programme_id: id,
        slate: Slate::Pause,
        text: text.map(str::to_owned),
        dry_run: false,
    };
    programmes::slate(store, &oskar(), &slate(Some("five minutes"))).await.expect("covered");
    refused(programmes::slate(store, &oskar(), &slate(Some("two\nlines"))).await);
    refused(programmes::slate(store, &oskar(), &slate(Some(&"x".repeat(201)))).await);

    let add = |target| TargetAddRequest { request_id: RequestId::generate(), programme_id: id, target, dry_run: false };
    programmes::target_add(store, &oskar(), &add(target("web", TargetKind::Hls, None))).await.expect("added");
    let twice = programmes::target_add(store, &oskar(), &add(target("web", TargetKind::File, None))).await;
    assert!(refused(twice).1.contains("already"));
    for kind in [TargetKind::Hls, TargetKind::HlsEvent] {
        let second = programmes::target_add(store, &oskar(), &add(target("web2", kind, None))).await;
        assert!(refused(second).1.contains("one hls or hls-event target"));
    }
    let bad = programmes::target_add(store, &oskar(), &add(target("x", TargetKind::Rtmp, Some("rtmp://x")))).await;
    assert!(refused(bad).1.contains("application and stream"));
    for n in 2..8 {
        programmes::target_add(store, &oskar(), &add(target(&format!("f{n}"), TargetKind::File, None)))
            .await
            .expect("added");
    }
    let ninth = programmes::target_add(store, &oskar(), &add(target("f9", TargetKind::File, None))).await;
    assert_eq!(refused(ninth).0, ErrorCode::Limit);
    let name = TargetName::new("f7").expect("a name");
    let remove = || TargetRemoveRequest {
        request_id: RequestId::generate(),
        programme_id: id,
        name: name.clone(),
        dry_run: false,
    };
    programmes::target_remove(store, &oskar(), &remove()).await.expect("removed");
    assert_eq!(refused(programmes::target_remove(store, &oskar(), &remove()).await).0, ErrorCode::NotFound);

    let wanted = s.wanted(id).await;
    assert_eq!(
        (wanted.layout, wanted.slate, wanted.slate_text.as_deref()),
        (Layout::Single, Slate::Pause, Some("five minutes"))
    );
    assert!(wanted.targets[0].url.as_deref().is_some_and(|url| url.contains(KEY)), "the worker needs the key");
    let shown = serde_json::to_string(&programmes::show(store, id).await.expect("shown")).expect("json");
    assert!(!shown.contains(KEY), "{shown}");

    let reply: ProgrammeReply = programmes::stop(store, &oskar(), &stop_request(id)).await.expect("off air");
    assert_eq!(reply.programme.programme.state, ProgrammeState::Finished);
    assert_eq!(refused(programmes::stop(store, &oskar(), &stop_request(id)).await).0, ErrorCode::Conflict);
    for place in ["store.actions", "store.outbox", "store.requests", "calls.programmes"] {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {place} t where to_jsonb(t)::text like '%{KEY}%'"
        )))
        .fetch_one(&s.house.base.owner)
        .await
        .expect("rows");
        assert_eq!(rows, 0, "{place} keeps no key");
    }
    let acts: i64 =
        sqlx::query_scalar("select count(*) from store.actions where act like 'restream.%' and target = $1")
            .bind(id.to_string())
            .fetch_one(&s.house.base.owner)
            .await
            .expect("acts");
    assert_eq!(acts, 13);
    s.start(Vec::new()).await;
    s.house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_says_where_it_stands_until_it_is_over() {
    let s = Studio::new().await;
    let store = s.house.calls.store();
    let id = s.start(Vec::new()).await;
    s.answer(id, &s.host, true).await.expect("heard");
    assert_eq!(programmes::unfinished(store).await.expect("read"), [id]);
    let mark = |state, hls: Option<&str>| Mark {
        state,
        said: None,
        worker: Some("w1".to_owned()),
        hls_url: hls.map(str::to_owned),
    };
    let on_air = mark(ProgrammeState::OnAir, Some("http://127.0.0.1/a.m3u8"));
    for _ in 0..2 {
        assert_eq!(programmes::mark(store, id, &on_air).await.expect("marked"), ProgrammeState::OnAir);
    }
    let before = s.versions(id).await.len();
    programmes::mark(store, id, &mark(ProgrammeState::Interrupted, None)).await.expect("marked");
    assert_eq!(s.versions(id).await.len(), before + 1, "the same twice is told once");
    let view = programmes::of_call(store, &s.host, s.call).await.expect("a member may ask").on_air.expect("on air");
    assert_eq!((view.consent, view.hls_url.as_deref()), (Consent::Agreed, Some("http://127.0.0.1/a.m3u8")));
    assert_eq!(refused(programmes::of_call(store, &uid("felix"), s.call).await).0, ErrorCode::NotFound);

    let row = programmes::ls(store, &LsRequest::default()).await.expect("listed").items.remove(0);
    assert_eq!((row.state, row.guests, row.on_air_at.is_some()), (ProgrammeState::Interrupted, 1, true));
    s.house.end(s.call, &s.host).await;
    assert_eq!(programmes::end_with_calls(store).await.expect("ended"), 1);
    assert_eq!(programmes::end_with_calls(store).await.expect("nothing left"), 0);
    assert_eq!(programmes::mark(store, id, &on_air).await.expect("read"), ProgrammeState::Finished, "over is over");
    assert!(programmes::unfinished(store).await.expect("read").is_empty());
    assert!(programmes::ls(store, &LsRequest::default()).await.expect("listed").items.is_empty());
    let past = LsRequest { past: true, limit: Some(1), ..LsRequest::default() };
    let page = programmes::ls(store, &past).await.expect("listed");
    assert_eq!((page.items.len(), page.cursor), (1, Some(id.to_string())));
    let late = programmes::start(store, &oskar(), &start_request(s.call, Vec::new())).await;
    assert!(refused(late).1.contains("completed") || s.house.state(s.call).await.is_over());
    s.house.balanced().await;
}
