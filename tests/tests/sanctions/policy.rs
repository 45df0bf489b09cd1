//! Policy lists: whom they keep out comes in by no door, and learns of no room that he may not see; devices of theirs are of no use.

use callboard_contract::adm::policy::{Import, ImportRequest, Subscribe, SubscribeRequest};
use callboard_contract::api::calls::{Initiate, InitiateRequest};
use callboard_contract::api::rooms::{
    Admit, AdmitRequest, AnswerDirect, AnswerDirectRequest, Create, CreateRequest, Direct, DirectRequest, Invite, Join,
    OnPersonRequest, RoomSettings, Update, UpdateRequest,
};
use callboard_contract::api::session::{Hello, HelloRequest};
use callboard_contract::{Endpoint, ErrorCode};
use callboard_domain::{
    CallKind, DeviceId, ListName, PolicyEntry, PolicyKind, PolicyMode, Recommendation, RequestId, RoomAccess, RoomId,
    Scope,
};
use callboard_tests::{PATIENCE, Person, entering, eventually, opening, why};

use crate::stand::{Stand, open_room};

async fn list(stand: &Stand, name: &str, kind: PolicyKind, entity: &str) -> ListName {
    let name = ListName::new(name).expect("a name");
    let entry = PolicyEntry {
        kind,
        entity: entity.to_owned(),
        recommendation: Recommendation::Ban,
        reason: "known for it".to_owned(),
    };
    let request = ImportRequest {
        request_id: RequestId::generate(),
        name: name.clone(),
        entries: vec![entry],
        remove: Vec::new(),
        reason: why(),
        dry_run: false,
    };
    assert_eq!(stand.house.ask::<Import>(&request).await.added, 1);
    name
}

async fn follow(stand: &Stand, name: &ListName, mode: Option<PolicyMode>) {
    let request = SubscribeRequest {
        request_id: RequestId::generate(),
        name: name.clone(),
        scope: Scope::Platform,
        mode,
        reason: why(),
        dry_run: false,
    };
    stand.house.ask::<Subscribe>(&request).await;
}

/// Lists are looked at anew within a second: asks until it is refused, and gives how.
async fn refused_in_the_end<E: Endpoint>(who: &Person, request: impl Fn() -> E::Request) -> ErrorCode {
    eventually("a refusal", PATIENCE, || async {
        let asked = request();
        match who.app().call::<E>(&asked).await {
            Err(callboard_bus::CallError::Api(error)) if error.code != ErrorCode::RateLimited => Some(error.code),
            _ => None,
        }
    })
    .await
}

pub(crate) async fn who_is_on_a_list_comes_in_nowhere_and_learns_of_nothing(stand: &Stand) {
    let Stand { maya, felix, .. } = stand;
    let (spy, id) = (stand.house.person("spy-1").await, RequestId::generate);
    let open = open_room(maya, "Open", None).await;
    let lobby = open_room(maya, "With a lobby", None).await;
    let change = RoomSettings { lobby: Some(true), ..RoomSettings::default() };
    maya.ask::<Update>(&UpdateRequest { request_id: id(), room_id: lobby, change }).await;
    let (hidden, awaited) = (private(maya, "Hidden").await, private(maya, "Awaited").await);
    let whom = |room_id| OnPersonRequest { request_id: id(), room_id, uid: spy.uid().clone() };
    maya.ask::<Invite>(&whom(awaited)).await;
    spy.ask::<Join>(&entering(lobby, None)).await;
    let asked = felix.ask::<Direct>(&DirectRequest { request_id: id(), uid: spy.uid().clone() }).await.room.room_id;

    let name = list(stand, "spies", PolicyKind::User, "spy-*").await;
    follow(stand, &name, Some(PolicyMode::Enforce)).await;
    assert_eq!(refused_in_the_end::<Join>(&spy, || entering(open, None)).await, ErrorCode::Forbidden);
    // Nothing tells him that there is such a room.
    assert_eq!(spy.refused::<Join>(&entering(hidden, None)).await, ErrorCode::NotFound);
    assert_eq!(spy.refused::<Join>(&entering(RoomId::generate(), None)).await, ErrorCode::NotFound);
    // An invitation from before, a lobby, a request from before, and a request of his own.
    assert_eq!(spy.refused::<Join>(&entering(awaited, None)).await, ErrorCode::Forbidden);
    let admit = AdmitRequest { request_id: id(), room_id: lobby, uid: spy.uid().clone(), admit: true };
    assert_eq!(maya.refused::<Admit>(&admit).await, ErrorCode::Conflict);
    assert_eq!(maya.refused::<Invite>(&whom(open)).await, ErrorCode::Conflict);
    let take = |accept| AnswerDirectRequest { request_id: id(), room_id: asked, accept };
    assert_eq!(spy.refused::<AnswerDirect>(&take(true)).await, ErrorCode::Forbidden);
    spy.ask::<AnswerDirect>(&take(false)).await;
    let to_maya = DirectRequest { request_id: id(), uid: maya.uid().clone() };
    assert_eq!(spy.refused::<Direct>(&to_maya).await, ErrorCode::Forbidden);

    follow(stand, &name, None).await;
    eventually("the list to be followed no more", PATIENCE, || async {
        spy.app().call::<Join>(&entering(open, None)).await.ok()
    })
    .await;
}

pub(crate) async fn a_device_on_a_list_is_of_no_use(stand: &Stand) {
    let Stand { leo, maya, .. } = stand;
    let stolen = DeviceId::new("stolen-7").expect("a name");
    let hello = || HelloRequest { device: Some(stolen.clone()) };
    leo.ask::<Hello>(&hello()).await;
    let name = list(stand, "stolen", PolicyKind::Device, "stolen-*").await;
    follow(stand, &name, Some(PolicyMode::Simulate)).await;
    leo.ask::<Hello>(&hello()).await;
    follow(stand, &name, Some(PolicyMode::Enforce)).await;
    assert_eq!(refused_in_the_end::<Hello>(leo, hello).await, ErrorCode::Forbidden);
    let calling = InitiateRequest { device: stolen.clone(), ..leo.calling(maya.uid(), CallKind::Video) };
    assert_eq!(leo.refused::<Initiate>(&calling).await, ErrorCode::Forbidden);
    leo.ask::<Hello>(&HelloRequest { device: Some(leo.app().device().clone()) }).await;
    follow(stand, &name, None).await;
    eventually("the list to be followed no more", PATIENCE, || async { leo.app().call::<Hello>(&hello()).await.ok() })
        .await;
}

async fn private(host: &Person, name: &str) -> RoomId {
    let request = CreateRequest { access: RoomAccess::Private, ..opening(name, None) };
    host.ask::<Create>(&request).await.room.room_id
}
