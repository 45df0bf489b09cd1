//! The stage of a call on air, as its members live it: hands, invitations, coming and going, each told to everybody, over a restart of the worker
//! that answers them.

use callboard_calls::programmes;
use callboard_contract::adm::calls::{MemberActRequest, Remove};
use callboard_contract::adm::restream::StartRequest;
use callboard_contract::api::calls::{CallRef, Signal as SignalEndpoint, SignalKind, SignalRequest};
use callboard_contract::api::session::{Sync, SyncRequest};
use callboard_contract::api::stage::{
    AnswerInvitation, ConsentRequest, GiveConsent, InviteToStage, LowerHand, OnAir, OnMemberRequest, Programme,
    RaiseHand, SetMode, StageAnswerRequest, StageBoard, StageChanged, StageModeRequest, StageNews, StepDown,
};
use callboard_contract::{ErrorCode, Push};
use callboard_domain::{
    BroadcastMode, CallId, CallKind, DeviceId, PROGRAMME_PEER, ProgrammeId, ProgrammePart, RequestId, StaffName,
    StagePlace, Uid,
};
use callboard_tests::{House, Options, PATIENCE, Person, eventually, why};
use serde_json::json;

/// A call on air.
#[derive(Clone, Copy)]
struct Air {
    call_id: CallId,
    programme_id: ProgrammeId,
}

impl Air {
    fn of(self, uid: Option<&Person>) -> OnMemberRequest {
        let uid = uid.map(|p| p.uid().clone());
        OnMemberRequest { request_id: RequestId::generate(), call_id: self.call_id, uid }
    }

    fn answer(self, accept: bool) -> StageAnswerRequest {
        let Self { call_id, programme_id } = self;
        StageAnswerRequest { request_id: RequestId::generate(), call_id, programme_id, accept }
    }

    fn mode(self, mode: BroadcastMode) -> StageModeRequest {
        StageModeRequest { request_id: RequestId::generate(), call_id: self.call_id, mode }
    }

    async fn agree(self, who: &Person) -> OnAir {
        let Self { call_id, programme_id } = self;
        let request = ConsentRequest { request_id: RequestId::generate(), call_id, programme_id, agree: true };
        who.ask::<GiveConsent>(&request).await
    }

    async fn board(self, who: &Person) -> StageBoard {
        let view = who.ask::<Programme>(&CallRef { call_id: self.call_id }).await;
        view.stage.expect("a stage")
    }

    /// The programme's worker is not asked here: whether the relay takes a signal to it says who is on it.
    fn offer(self, who: &Person) -> SignalRequest {
        SignalRequest {
            call_id: self.call_id,
            device: who.app().device().clone(),
            to: Uid::new(PROGRAMME_PEER).expect("a name"),
            to_device: DeviceId::new(self.programme_id.to_string()).expect("a name"),
            kind: SignalKind::Offer,
            payload: "an offer".to_owned(),
        }
    }
}

/// Waits until somebody hears a piece of news about another.
async fn hears_news(who: &Person, news: StageNews, of: Option<&Person>) -> StageChanged {
    let read = |push: &Push| serde_json::from_value::<StageChanged>(push.data.clone()).ok();
    let fits = |push: &Push| {
        push.event == "stage.changed"
            && read(push).is_some_and(|c| c.news == news && c.uid.as_ref() == of.map(Person::uid))
    };
    read(&who.hears(&format!("{news:?}"), fits).await).expect("news")
}

/// Waits until somebody hears that he has this part of the programme.
async fn hears_part(who: &Person, mode: BroadcastMode, part: ProgrammePart) {
    let read = |push: &Push| serde_json::from_value::<OnAir>(push.data.clone()).ok();
    let fits = |push: &Push| {
        push.event == "stage.on_air" && read(push).is_some_and(|air| (air.mode, air.part) == (mode, part))
    };
    who.hears(&format!("{part} in {mode}"), fits).await;
}

fn queue(board: &StageBoard) -> Vec<&str> {
    board.queue.iter().map(|hand| hand.uid.as_str()).collect()
}

/// A group that is on air in the mode stage. One of it pays, so that it lasts.
async fn on_air(store: &callboard_store::Store, host: &Person, payer: &Person, guests: &[&Person]) -> Air {
    let guests: Vec<(&Person, bool)> = guests.iter().map(|g| (*g, g.uid() == payer.uid())).collect();
    let call_id = host.gathers(&guests).await;
    let body = json!({ "request_id": RequestId::generate(), "call_id": call_id, "mode": "stage" });
    let request: StartRequest = serde_json::from_value(body).expect("a request");
    let staff = StaffName::new("oskar").expect("a name");
    let started = programmes::start(store, &staff, &request).await.expect("on air");
    Air { call_id, programme_id: started.programme.programme.programme_id }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_come_on_the_stage_and_go_from_it() {
    let base = callboard_testbase::fresh().await;
    let house = House::start(Options::database(&base.app_url, &base.owner_url)).await;
    let host = house.person("host").await;
    let (ann, bob, cid) = (house.person("ann").await, house.person("bob").await, house.person("cid").await);
    host.offers("coin-burn", CallKind::Group, "60").await;
    let pat = house.fan("pat", "500").await;
    let air = on_air(&base.store, &host, &pat, &[&pat, &ann, &bob, &cid]).await;
    let Air { call_id, .. } = air;
    let _beats = (host.beat(call_id), pat.beat(call_id));
    host.hears_of(call_id, "calls.active").await;
    assert_eq!(air.agree(&host).await.part, ProgrammePart::Full);
    assert_eq!(air.agree(&ann).await.part, ProgrammePart::None, "agreeing does not bring her on the stage");
    assert_eq!(ann.refused::<SignalEndpoint>(&air.offer(&ann)).await, ErrorCode::Forbidden);

    // The queue is the same for all, in the order in which hands were raised.
    for who in [&bob, &ann, &cid] {
        who.ask::<RaiseHand>(&who.on(call_id)).await;
        hears_news(&host, StageNews::HandRaised, Some(who)).await;
    }
    let seen = hears_news(&ann, StageNews::HandRaised, Some(&cid)).await;
    assert_eq!(queue(&seen.stage), ["bob", "ann", "cid"]);
    cid.ask::<LowerHand>(&air.of(None)).await;
    cid.ask::<RaiseHand>(&cid.on(call_id)).await;

    they_outlive_their_workers(&house, air, &host).await;

    // The first of the queue declines; the next one comes.
    assert_eq!(bob.refused::<InviteToStage>(&air.of(Some(&bob))).await, ErrorCode::Forbidden);
    host.ask::<InviteToStage>(&air.of(None)).await;
    bob.hears_of(call_id, "stage.invited").await;
    bob.ask::<AnswerInvitation>(&air.answer(false)).await;
    let declined = hears_news(&host, StageNews::Declined, Some(&bob)).await;
    assert_eq!(queue(&declined.stage), ["ann", "cid"]);
    host.ask::<InviteToStage>(&air.of(None)).await;
    ann.hears_of(call_id, "stage.invited").await;
    let board = ann.ask::<AnswerInvitation>(&air.answer(true)).await;
    assert_eq!(board.on_stage, [ann.uid().clone()]);
    hears_news(&bob, StageNews::CameOn, Some(&ann)).await;
    hears_part(&ann, BroadcastMode::Stage, ProgrammePart::Full).await;
    ann.ask::<SignalEndpoint>(&air.offer(&ann)).await;

    // The mode takes her out and lets her in again; in hybrid the others are heard.
    host.ask::<SetMode>(&air.mode(BroadcastMode::Solo)).await;
    hears_part(&ann, BroadcastMode::Solo, ProgrammePart::None).await;
    assert_eq!(ann.refused::<SignalEndpoint>(&air.offer(&ann)).await, ErrorCode::Forbidden);
    air.agree(&bob).await;
    host.ask::<SetMode>(&air.mode(BroadcastMode::Hybrid)).await;
    hears_part(&ann, BroadcastMode::Hybrid, ProgrammePart::Full).await;
    hears_part(&bob, BroadcastMode::Hybrid, ProgrammePart::Sound).await;
    bob.ask::<SignalEndpoint>(&air.offer(&bob)).await;
    assert_eq!(ann.refused::<SetMode>(&air.mode(BroadcastMode::Group)).await, ErrorCode::Forbidden);

    // She goes by herself; cid is invited and sent back before he answers; then he comes and is taken out of the call.
    ann.ask::<StepDown>(&air.of(None)).await;
    hears_news(&host, StageNews::SteppedDown, Some(&ann)).await;
    hears_part(&ann, BroadcastMode::Hybrid, ProgrammePart::Sound).await;
    host.ask::<InviteToStage>(&air.of(Some(&cid))).await;
    host.ask::<StepDown>(&air.of(Some(&cid))).await;
    assert_eq!(cid.refused::<AnswerInvitation>(&air.answer(true)).await, ErrorCode::Conflict);
    host.ask::<InviteToStage>(&air.of(Some(&cid))).await;
    cid.ask::<AnswerInvitation>(&air.answer(true)).await;
    cid.ask::<SignalEndpoint>(&air.offer(&cid)).await;
    let remove = MemberActRequest {
        request_id: RequestId::generate(),
        call_id,
        uid: cid.uid().clone(),
        on: true,
        reason: why(),
        dry_run: false,
    };
    house.ask::<Remove>(&remove).await;
    assert_eq!(air.board(&host).await.place(cid.uid()), StagePlace::Audience);
    assert_eq!(cid.refused::<SignalEndpoint>(&air.offer(&cid)).await, ErrorCode::NotFound);
    assert_eq!(cid.refused::<RaiseHand>(&cid.on(call_id)).await, ErrorCode::Conflict);
    let left = hears_news(&host, StageNews::Left, Some(&cid)).await;
    assert!(left.stage.on_stage.is_empty());

    nothing_is_missed(&bob).await;
    host.end(call_id).await;
    host.hears_of(call_id, "stage.off_air").await;
    house.down();
    base.finish().await;
}

/// Three hands are up; signaling and billing are killed and come back.
async fn they_outlive_their_workers(house: &House, air: Air, host: &Person) {
    let (signaling, billing) = (house.kill("signaling"), house.kill("billing"));
    assert!(signaling.is_some() && billing.is_some());
    eventually("both workers anew", PATIENCE, || async {
        let anew = |name, old| house.pid(name).is_some_and(|pid| Some(pid) != old);
        (anew("signaling", signaling) && anew("billing", billing)).then_some(())
    })
    .await;
    house.is_well().await;
    let view = eventually("an answer", PATIENCE, || async {
        host.app().call::<Programme>(&CallRef { call_id: air.call_id }).await.ok()
    })
    .await;
    assert_eq!(queue(&view.stage.expect("a stage")), ["bob", "ann", "cid"]);
}

/// Whatever was pushed is given again, in order and without a gap.
async fn nothing_is_missed(who: &Person) {
    let sync = who.ask::<Sync>(&SyncRequest { after: 0 }).await;
    let seqs: Vec<u64> = sync.pushes.iter().filter_map(|push| push.seq).collect();
    assert!(sync.complete && seqs.windows(2).all(|w| w[1] == w[0] + 1), "{seqs:?}");
    let stages = sync.pushes.iter().filter(|push| push.event == "stage.changed");
    let versions: Vec<u64> = stages.filter_map(|push| push.data["stage"]["version"].as_u64()).collect();
    assert!(versions.len() >= 14 && versions.is_sorted(), "{versions:?}");
}
