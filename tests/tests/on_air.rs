//! Signals between members and a programme: only who agreed and is joined is heard by it or hears of it, and each is told in time.
//! The test itself is the worker that runs the programme.

use callboard_bus::{Auth, Bus, CallError, ConnectConfig};
use callboard_calls::programmes;
use callboard_contract::adm::calls::{MemberActRequest, Remove};
use callboard_contract::adm::restream::StartRequest;
use callboard_contract::api::calls::{CallRef, Show as ShowCall, Signal as SignalEndpoint, SignalKind, SignalRequest};
use callboard_contract::api::rooms::{
    Create, HoldCall, HoldCallRequest, Join, RoomRef, Sanction, SanctionRequest, Show as ShowRoom,
};
use callboard_contract::api::stage::{ConsentRequest, GiveConsent, OnAir, Programme};
use callboard_contract::programme::{FromProgramme, Relay, ToProgramme};
use callboard_contract::room::{RoomChange, RoomNews, RoomView};
use callboard_contract::view::MemberState;
use callboard_contract::{ErrorCode, Push, Signal, subject};
use callboard_domain::{
    CallId, CallKind, Consent, DeviceId, PROGRAMME_PEER, ProgrammeId, ProgrammeState, RequestId, RoomId, SanctionKind,
    StaffName, Uid,
};
use callboard_stack::Secrets;
use callboard_testbase::Base;
use callboard_tests::{House, Options, PATIENCE, Person, entering, eventually, opening, why, within};
use futures::StreamExt as _;
use serde_json::json;

/// The house, the programme's worker, and a call on air.
struct Studio {
    house: House,
    worker: Bus,
    call_id: CallId,
    programme_id: ProgrammeId,
}

impl Studio {
    fn signal(&self, who: &Person, payload: &str) -> SignalRequest {
        SignalRequest {
            call_id: self.call_id,
            device: who.app().device().clone(),
            to: Uid::new(PROGRAMME_PEER).expect("a name"),
            to_device: DeviceId::new(self.programme_id.to_string()).expect("a name"),
            kind: SignalKind::Offer,
            payload: payload.to_owned(),
        }
    }

    async fn agree(&self, who: &Person, agree: bool) -> OnAir {
        let request = ConsentRequest {
            request_id: RequestId::generate(),
            call_id: self.call_id,
            programme_id: self.programme_id,
            agree,
        };
        who.ask::<GiveConsent>(&request).await
    }

    /// The programme answers somebody.
    async fn answers(&self, who: &Person) -> Result<(), ErrorCode> {
        let request = FromProgramme {
            call_id: self.call_id,
            programme_id: self.programme_id,
            to: who.uid().clone(),
            to_device: who.app().device().clone(),
            kind: SignalKind::Answer,
            payload: "the answer".to_owned(),
        };
        match self.worker.call::<Relay>("worker", &request).await {
            Ok(_) => Ok(()),
            Err(CallError::Api(error)) => Err(error.code),
            Err(error) => panic!("{error}"),
        }
    }
}

/// A house whose restream worker is the test alone: another would take the programme, and say on its own where it is watched.
fn own_worker(base: &Base) -> Options {
    Options::database(&base.app_url, &base.owner_url).without("callboard-restream")
}

async fn open(house: House, store: &callboard_store::Store, host: &Person, guests: &[&Person]) -> Studio {
    let guests: Vec<(&Person, bool)> = guests.iter().map(|guest| (*guest, false)).collect();
    let call_id = host.gathers(&guests).await;
    let body = json!({ "request_id": RequestId::generate(), "call_id": call_id, "targets": [{ "name": "web", "kind": "hls" }] });
    let request: StartRequest = serde_json::from_value(body).expect("a request");
    let staff = StaffName::new("oskar").expect("a name");
    let started = programmes::start(store, &staff, &request).await.expect("on air");

    let seed =
        std::fs::read_to_string(Secrets::load_or_make(house.dir()).expect("keys").restream.seed_file).expect("a seed");
    let config = ConnectConfig {
        url: house.nats_url().to_owned(),
        name: "callboard-restream".to_owned(),
        auth: Auth::Nkey(seed.trim().to_owned()),
        inbox: subject::inbox("worker_restream"),
    };
    let worker = Bus::connect(config).await.expect("an address");
    worker.wait_connected(PATIENCE).await.expect("the worker may connect");
    Studio { house, worker, call_id, programme_id: started.programme.programme.programme_id }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_agreed_talks_with_the_programme() {
    let base = callboard_testbase::fresh().await;
    let house = House::start(own_worker(&base)).await;
    let (host, maya, leo) = (house.person("host").await, house.person("maya").await, house.person("leo").await);
    host.offers("coin-burn", CallKind::Group, "60").await;
    let studio = open(house, &base.store, &host, &[&maya, &leo]).await;
    let subject = subject::programme_signal(studio.programme_id);
    let mut heard = studio.worker.client().subscribe(subject).await.expect("it may listen");
    studio.worker.flush().await.expect("flushed");

    for member in [&host, &maya, &leo] {
        let asked = member.hears_of(studio.call_id, "stage.on_air").await;
        let asked: OnAir = serde_json::from_value(asked.data).expect("on air");
        assert_eq!((asked.programme_id, asked.consent), (studio.programme_id, Consent::Asked));
    }
    assert_eq!(maya.refused::<SignalEndpoint>(&studio.signal(&maya, "too early")).await, ErrorCode::Forbidden);
    assert_eq!(studio.answers(&maya).await, Err(ErrorCode::NotFound));
    assert_eq!(studio.agree(&maya, true).await.consent, Consent::Agreed);
    assert_eq!(studio.agree(&leo, false).await.consent, Consent::Refused);

    maya.ask::<SignalEndpoint>(&studio.signal(&maya, "an offer")).await;
    let message = within("the programme to hear the offer", PATIENCE, heard.next()).await.expect("open");
    let offer: ToProgramme = serde_json::from_slice(&message.payload).expect("a signal");
    assert_eq!((&offer.from, offer.kind, offer.payload.as_str()), (maya.uid(), SignalKind::Offer, "an offer"));
    studio.answers(&maya).await.expect("relayed");
    let answer: Signal =
        serde_json::from_value(maya.hears_of(studio.call_id, "calls.signal").await.data).expect("a signal");
    assert_eq!((answer.from.as_str(), answer.from_device.as_str().parse()), (PROGRAMME_PEER, Ok(studio.programme_id)));
    assert_eq!(leo.refused::<SignalEndpoint>(&studio.signal(&leo, "no")).await, ErrorCode::Forbidden);
    let mut elsewhere = studio.signal(&maya, "another programme");
    elsewhere.to_device = DeviceId::new(ProgrammeId::generate().to_string()).expect("a name");
    assert_eq!(maya.refused::<SignalEndpoint>(&elsewhere).await, ErrorCode::NotFound);

    // Taken out by staff: from that answer on neither is relayed, whatever the app does.
    let remove = MemberActRequest {
        request_id: RequestId::generate(),
        call_id: studio.call_id,
        uid: maya.uid().clone(),
        on: true,
        reason: why(),
        dry_run: false,
    };
    studio.house.ask::<Remove>(&remove).await;
    assert_eq!(maya.refused::<SignalEndpoint>(&studio.signal(&maya, "again")).await, ErrorCode::NotFound);
    assert_eq!(studio.answers(&maya).await, Err(ErrorCode::NotFound));

    // It ends with the call, without any worker's doing.
    host.end(studio.call_id).await;
    let off: OnAir =
        serde_json::from_value(host.hears_of(studio.call_id, "stage.off_air").await.data).expect("off air");
    assert_eq!(off.state, ProgrammeState::Finished);
    let call = CallRef { call_id: studio.call_id };
    eventually("nothing on air", PATIENCE, || async {
        host.ask::<Programme>(&call).await.on_air.is_none().then_some(())
    })
    .await;
    let Studio { house, worker, .. } = studio;
    worker.drain().await.expect("drained");
    house.down();
    base.finish().await;
}

/// Waits until a member is told of his room what fits.
async fn told(who: &Person, room: RoomId, what: &str, fits: impl Fn(&RoomView) -> bool) {
    let news = |push: &Push| {
        let news = serde_json::from_value::<RoomNews>(push.data.clone()).ok().filter(|news| news.room_id == room);
        push.event == "chat.news"
            && matches!(news, Some(RoomNews { what: RoomChange::Room { room }, .. }) if fits(&room))
    };
    who.hears(what, news).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_holds_a_call_and_its_members_watch_the_programme_beside_the_text() {
    const PLAYLIST: &str = "https://air.example/hls/live.m3u8?ticket=x";
    let base = callboard_testbase::fresh().await;
    let house = House::start(own_worker(&base)).await;
    let (host, maya, ann) = (house.person("host").await, house.person("maya").await, house.person("ann").await);
    let stranger = house.person("stranger").await;
    host.offers("coin-burn", CallKind::Group, "60").await;
    let room_id = host.ask::<Create>(&opening("Hangout", None)).await.room.room_id;
    let elsewhere = maya.ask::<Create>(&opening("Elsewhere", None)).await.room.room_id;
    for member in [&maya, &ann] {
        member.ask::<Join>(&entering(room_id, None)).await;
    }
    let studio = open(house, &base.store, &host, &[&maya, &ann]).await;
    let call_id = studio.call_id;
    let holding = |room_id, call_id| HoldCallRequest { request_id: RequestId::generate(), room_id, call_id };

    // The host alone brings his group, and who keeps the room.
    assert_eq!(maya.refused::<HoldCall>(&holding(elsewhere, Some(call_id))).await, ErrorCode::NotFound);
    assert_eq!(maya.refused::<HoldCall>(&holding(room_id, Some(call_id))).await, ErrorCode::Forbidden);
    assert_eq!(host.refused::<HoldCall>(&holding(room_id, Some(CallId::generate()))).await, ErrorCode::NotFound);
    let request = holding(room_id, Some(call_id));
    let held = host.ask::<HoldCall>(&request).await;
    assert_eq!((held.room.call_id, held.room.watch_url.as_deref()), (Some(call_id), None));
    assert_eq!(host.ask::<HoldCall>(&request).await, held, "a repeat");
    told(&ann, room_id, "the call", |room| room.call_id == Some(call_id)).await;

    // On air, members watch it; whoever is not in sees that there is a call, and not where.
    let on_air =
        programmes::Mark { state: ProgrammeState::OnAir, said: None, worker: None, hls_url: Some(PLAYLIST.to_owned()) };
    programmes::mark(&base.store, studio.programme_id, &on_air).await.expect("marked");
    told(&ann, room_id, "where it is watched", |room| room.watch_url.as_deref() == Some(PLAYLIST)).await;
    let shown = stranger.ask::<ShowRoom>(&RoomRef { room_id }).await.room;
    assert_eq!((shown.call_id, shown.watch_url), (Some(call_id), None));

    // Who is banned from the room is out of its call.
    let ban = SanctionRequest {
        request_id: RequestId::generate(),
        room_id,
        uid: maya.uid().clone(),
        kind: SanctionKind::Ban,
        length: None,
        reason: why(),
    };
    host.ask::<Sanction>(&ban).await;
    let call = CallRef { call_id };
    eventually("her being out of the call", PATIENCE, || async {
        let view = host.ask::<ShowCall>(&call).await;
        let hers = view.members.into_iter().find(|m| &m.uid == maya.uid()).expect("she was in it");
        (hers.state != MemberState::Joined).then_some(())
    })
    .await;

    // It lets go of a call that is over.
    host.end(call_id).await;
    told(&ann, room_id, "that it is over", |room| room.call_id.is_none() && room.watch_url.is_none()).await;
    assert_eq!(host.refused::<HoldCall>(&holding(room_id, Some(call_id))).await, ErrorCode::NotFound);
    let Studio { house, worker, .. } = studio;
    worker.drain().await.expect("drained");
    house.down();
    base.finish().await;
}
