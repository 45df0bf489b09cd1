//! The stage of a call on air: the queue keeps its order, nobody comes on who was not invited and did not accept, and the mode says who is in the
//! picture and who is only heard.

mod support;

use callboard_calls::programmes;
use callboard_contract::ErrorCode;
use callboard_contract::adm::calls::MemberActRequest;
use callboard_contract::adm::restream::{GainRequest, ModeRequest, SendBackRequest, StartRequest};
use callboard_contract::api::calls::{InviteRequest, Invitee};
use callboard_contract::api::stage::{
    ConsentRequest, OnMemberRequest, StageAnswerRequest, StageBoard, StageModeRequest,
};
use callboard_domain::{BroadcastMode, CallId, ProgrammeId, ProgrammePart, RequestId, StaffName, StagePlace, Uid};
use callboard_store::{Store, StoreError};
use serde_json::json;
use support::{House, uid};

/// A host and four guests on air; host, ann and bob agreed.
struct Stage {
    house: House,
    call: CallId,
    id: ProgrammeId,
    host: Uid,
    guests: [Uid; 4],
}

fn oskar() -> StaffName {
    StaffName::new("oskar").expect("a name")
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> (ErrorCode, String) {
    match result {
        Err(StoreError::Refused(error)) => (error.code, error.message),
        other => panic!("not refused: {other:?}"),
    }
}

fn queue(board: &StageBoard) -> Vec<&str> {
    board.queue.iter().map(|hand| hand.uid.as_str()).collect()
}

impl Stage {
    async fn new(mode: BroadcastMode) -> Self {
        let house = House::new().await;
        let host = house.creator("host", support::per_second()).await;
        let guests = ["ann", "bob", "cid", "dan"].map(uid);
        let invited: Vec<(&Uid, bool)> = guests.iter().map(|g| (g, false)).collect();
        let call = house.group(&host, &invited).await;
        let [ann, bob, cid, dan] = &guests;
        house.join_all(call, &[&host, ann, bob, cid, dan]).await;
        let body = json!({ "request_id": RequestId::generate(), "call_id": call, "mode": mode });
        let request: StartRequest = serde_json::from_value(body).expect("a request");
        let started = programmes::start(house.calls.store(), &oskar(), &request).await.expect("on air");
        let stage = Self { house, call, id: started.programme.programme.programme_id, host, guests };
        for who in [&stage.host, &stage.guests[0], &stage.guests[1]] {
            stage.consent(who, true).await;
        }
        stage
    }

    fn store(&self) -> &Store {
        self.house.calls.store()
    }

    fn of(&self, uid: Option<&Uid>) -> OnMemberRequest {
        OnMemberRequest { request_id: RequestId::generate(), call_id: self.call, uid: uid.cloned() }
    }

    async fn consent(&self, who: &Uid, agree: bool) {
        let request =
            ConsentRequest { request_id: RequestId::generate(), call_id: self.call, programme_id: self.id, agree };
        programmes::consent(self.store(), who, &request).await.expect("heard");
    }

    async fn raise(&self, who: &Uid) -> Result<StageBoard, StoreError> {
        programmes::raise_hand(self.store(), who, &House::on(self.call)).await
    }

    async fn invite(&self, by: &Uid, whom: Option<&Uid>) -> Result<StageBoard, StoreError> {
        programmes::invite(self.store(), by, &self.of(whom)).await
    }

    async fn answer(&self, who: &Uid, accept: bool) -> Result<StageBoard, StoreError> {
        let request =
            StageAnswerRequest { request_id: RequestId::generate(), call_id: self.call, programme_id: self.id, accept };
        programmes::answer(self.store(), who, &request).await
    }

    async fn mode(&self, by: &Uid, mode: BroadcastMode) -> Result<StageBoard, StoreError> {
        let request = StageModeRequest { request_id: RequestId::generate(), call_id: self.call, mode };
        programmes::set_mode(self.store(), by, &request).await
    }

    async fn board(&self, who: &Uid) -> StageBoard {
        programmes::of_call(self.store(), who, self.call).await.expect("read").stage.expect("on air")
    }

    /// Whom the worker lets in, and who of them is in the picture.
    async fn on(&self) -> Vec<(String, bool)> {
        let wanted = programmes::for_worker(self.store(), self.id).await.expect("read");
        wanted.guests.iter().map(|g| (g.uid.to_string(), g.picture)).collect()
    }

    async fn seen(&self) -> Vec<String> {
        self.on().await.into_iter().filter(|(_, picture)| *picture).map(|(uid, _)| uid).collect()
    }

    /// The pushes of one kind: to whom, and what of it.
    async fn told(&self, push: &str, what: &str) -> Vec<(String, String)> {
        sqlx::query_as(
            "select (select string_agg(u, ' ' order by u) from jsonb_array_elements_text(p.value -> 'uids') u), coalesce(p.value -> 'data' ->> $3, '')
             from store.outbox o, jsonb_array_elements(o.pushes) with ordinality p(value, n)
             where o.entity = $1 and p.value ->> 'event' = $2 order by o.pos, p.n",
        )
        .bind(self.id.to_string())
        .bind(push)
        .bind(what)
        .fetch_all(&self.house.base.owner)
        .await
        .expect("the outbox")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_come_in_their_order_and_only_who_accepts_is_on_the_stage() {
    let s = Stage::new(BroadcastMode::Stage).await;
    let [ann, bob, cid, dan] = &s.guests;
    assert_eq!(s.on().await, [("host".to_owned(), true)], "agreeing alone brings nobody on the stage");

    for who in [cid, ann, bob] {
        s.raise(who).await.expect("raised");
    }
    let again = s.raise(cid).await.expect("still raised");
    assert_eq!(queue(&again), ["cid", "ann", "bob"], "raising it again keeps the place");
    assert_eq!(refused(s.raise(&uid("eve")).await).0, ErrorCode::NotFound);
    assert_eq!(refused(s.raise(&s.host).await).0, ErrorCode::Conflict);
    assert_eq!(refused(s.answer(ann, true).await).0, ErrorCode::Conflict, "nobody comes uninvited");
    assert_eq!(refused(s.invite(ann, Some(bob)).await).0, ErrorCode::Forbidden);
    assert_eq!(refused(s.invite(&s.host, Some(&uid("eve"))).await).0, ErrorCode::NotFound);
    let lowered = programmes::lower_hand(s.store(), ann, &s.of(Some(bob))).await;
    assert_eq!(refused(lowered).0, ErrorCode::Forbidden);
    let lowered = programmes::lower_hand(s.store(), &s.host, &s.of(Some(bob))).await.expect("by the host");
    assert_eq!(queue(&lowered), ["cid", "ann"]);

    // Without a name the first of the queue; with one anybody.
    let board = s.invite(&s.host, None).await.expect("invited");
    assert_eq!((queue(&board), &board.invited[..]), (vec!["ann"], &[cid.clone()][..]));
    s.invite(&s.host, Some(dan)).await.expect("invited without a hand");
    assert_eq!(
        s.told("stage.invited", "host").await,
        [("cid", "host"), ("dan", "host")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(refused(s.raise(dan).await).0, ErrorCode::Conflict);
    let board = s.answer(dan, false).await.expect("declined");
    assert_eq!((board.invited.len(), board.place(dan)), (1, StagePlace::Audience));
    assert_eq!(refused(s.answer(dan, true).await).0, ErrorCode::Conflict, "the invitation is gone");

    // Cid never said yes to being on air; coming on the stage says it.
    let board = s.answer(cid, true).await.expect("accepted");
    assert_eq!(board.on_stage, std::slice::from_ref(cid));
    assert_eq!(s.seen().await, ["host", "cid"]);
    let parts = s.told("stage.on_air", "part").await;
    assert_eq!(parts.last(), Some(&("cid".to_owned(), "full".to_owned())), "{parts:?}");
    let members = s.house.calls.membership(s.call).await.expect("read").programme.expect("on air");
    assert_eq!(members.agreed, [s.host.clone(), cid.clone()], "who has no part does not signal");
    s.invite(&s.host, None).await.expect("invited");
    s.answer(ann, true).await.expect("accepted");
    assert_eq!(s.board(bob).await.on_stage, [cid.clone(), ann.clone()], "in the order in which they came");

    let board = programmes::step_down(s.store(), cid, &s.of(None)).await.expect("of his own will");
    assert_eq!(board.on_stage, std::slice::from_ref(ann));
    assert_eq!(refused(programmes::step_down(s.store(), bob, &s.of(Some(ann))).await).0, ErrorCode::Forbidden);
    s.consent(ann, false).await;
    assert_eq!((s.board(bob).await.on_stage.len(), s.seen().await), (0, vec!["host".to_owned()]));
    let news: Vec<String> = s.told("stage.changed", "news").await.into_iter().map(|(_, news)| news).collect();
    assert_eq!(
        news,
        [
            "hand_raised",
            "hand_raised",
            "hand_raised",
            "hand_lowered",
            "invited",
            "invited",
            "declined",
            "came_on",
            "invited",
            "came_on",
            "stepped_down",
            "stepped_down"
        ]
    );
    let everybody = "ann bob cid dan host";
    assert!(s.told("stage.changed", "news").await.iter().all(|(to, _)| to == everybody));
    s.house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_call_has_left_the_queue_and_the_stage() {
    let s = Stage::new(BroadcastMode::Stage).await;
    let [ann, bob, cid, _] = &s.guests;
    for who in [ann, bob, cid] {
        s.raise(who).await.expect("raised");
    }
    s.invite(&s.host, Some(bob)).await.expect("invited");
    s.answer(bob, true).await.expect("accepted");
    assert_eq!(s.seen().await, ["host", "bob"]);

    s.house.calls.leave(ann, &House::on(s.call)).await.expect("left");
    let remove = MemberActRequest {
        request_id: RequestId::generate(),
        call_id: s.call,
        uid: bob.clone(),
        on: true,
        reason: support::reason(),
        dry_run: false,
    };
    s.house.calls.staff_remove(&oskar(), &remove).await.expect("taken out");
    let board = s.board(&s.host).await;
    assert_eq!((queue(&board), board.on_stage.len()), (vec!["cid"], 0), "at once, before anybody is told");
    assert_eq!(s.seen().await, ["host"]);
    assert_eq!(refused(s.raise(ann).await).0, ErrorCode::Conflict);
    assert_eq!(refused(s.invite(&s.host, Some(bob)).await).0, ErrorCode::NotFound);

    assert_eq!(programmes::tell_who_left(s.store()).await.expect("told"), 1);
    assert_eq!(programmes::tell_who_left(s.store()).await.expect("nothing left"), 0);
    let left: Vec<_> = s.told("stage.changed", "uid").await.into_iter().rev().take(2).collect();
    let mut who: Vec<&str> = left.iter().map(|(_, uid)| uid.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, ["ann", "bob"]);
    assert!(left.iter().all(|(to, _)| to == "cid dan host"), "{left:?}");

    // Who comes back begins in the audience, whatever he was before.
    let invite = InviteRequest {
        request_id: RequestId::generate(),
        call_id: s.call,
        invitee: Invitee { uid: ann.clone(), pays: false },
    };
    s.house.calls.invite(&s.host, &invite).await.expect("invited to the call");
    s.house.accept(s.call, ann).await;
    s.house.join(s.call, ann).await;
    assert_eq!(s.board(ann).await.place(ann), StagePlace::Audience);
    let board = s.raise(ann).await.expect("raised anew");
    assert_eq!(queue(&board), ["cid", "ann"], "at the end of the queue");
    assert_eq!(programmes::tell_who_left(s.store()).await.expect("nothing to tell"), 0);
    s.house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_says_who_is_in_the_picture_and_who_is_only_heard() {
    let s = Stage::new(BroadcastMode::Group).await;
    let [ann, bob, ..] = &s.guests;
    assert_eq!(s.seen().await, ["host", "ann", "bob"], "everybody who agreed, as it was before there were modes");
    s.invite(&s.host, Some(ann)).await.expect("invited");
    s.answer(ann, true).await.expect("accepted");

    assert_eq!(refused(s.mode(ann, BroadcastMode::Solo).await).0, ErrorCode::Forbidden);
    s.mode(&s.host, BroadcastMode::Stage).await.expect("set");
    assert_eq!(s.on().await, [("host".to_owned(), true), ("ann".to_owned(), true)]);
    let told = s.told("stage.on_air", "part").await;
    assert_eq!(told.last(), Some(&("bob".to_owned(), "none".to_owned())), "bob is told that he is out, nobody else");
    let request = |mode, dry_run| ModeRequest { request_id: RequestId::generate(), programme_id: s.id, mode, dry_run };
    let dry = programmes::mode(s.store(), &oskar(), &request(BroadcastMode::Solo, true)).await.expect("tried");
    assert_eq!(dry.programme.members.iter().filter(|m| m.on_programme).count(), 1);
    assert_eq!(s.on().await.len(), 2, "a dry run changes nothing");
    let reply = programmes::mode(s.store(), &oskar(), &request(BroadcastMode::Hybrid, false)).await.expect("set");
    assert_eq!(reply.programme.programme.mode, BroadcastMode::Hybrid);
    let part = |uid: &Uid| reply.programme.members.iter().find(|m| &m.uid == uid).expect("a member").part;
    assert_eq!((part(ann), part(bob)), (ProgrammePart::Full, ProgrammePart::Sound));
    let on: Vec<(String, bool)> =
        [("host", true), ("ann", true), ("bob", false)].map(|(a, b)| (a.to_owned(), b)).into();
    assert_eq!(s.on().await, on);
    s.mode(&s.host, BroadcastMode::Solo).await.expect("set");
    assert_eq!(s.on().await, [("host".to_owned(), true)]);
    s.mode(&s.host, BroadcastMode::Group).await.expect("set");
    assert_eq!(s.seen().await, ["host", "ann", "bob"]);

    let gain = |uid: &Uid, gain_permille| GainRequest {
        request_id: RequestId::generate(),
        programme_id: s.id,
        uid: uid.clone(),
        gain_permille,
        dry_run: false,
    };
    programmes::gain(s.store(), &oskar(), &gain(ann, 500)).await.expect("set");
    assert_eq!(refused(programmes::gain(s.store(), &oskar(), &gain(ann, 4_001)).await).0, ErrorCode::BadRequest);
    assert_eq!(refused(programmes::gain(s.store(), &oskar(), &gain(&uid("eve"), 1)).await).0, ErrorCode::NotFound);
    let back = SendBackRequest {
        request_id: RequestId::generate(),
        programme_id: s.id,
        uid: ann.clone(),
        reason: support::reason(),
        dry_run: false,
    };
    let reply = programmes::send_back(s.store(), &oskar(), &back).await.expect("sent back");
    let of_ann = reply.programme.members.iter().find(|m| &m.uid == ann).expect("a member");
    assert_eq!((of_ann.place, of_ann.gain_permille), (StagePlace::Audience, 500), "her gain stays");
    let wanted = programmes::for_worker(s.store(), s.id).await.expect("read");
    assert_eq!(wanted.guests.iter().map(|g| g.gain_permille).collect::<Vec<_>>(), [1000, 500, 1000]);
    let acts: Vec<String> = sqlx::query_scalar("select act from store.actions where target = $1 order by act")
        .bind(s.id.to_string())
        .fetch_all(&s.house.base.owner)
        .await
        .expect("acts");
    assert_eq!(acts, ["restream.gain", "restream.mode", "restream.start", "restream.step_down"]);
    s.house.balanced().await;
}
