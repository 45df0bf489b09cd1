//! A moderator who works for one creator alone: what is hers, and that all else is refused with words that say why.

use callboard_client::{Credential, Staff};
use callboard_contract::adm::audit::{Ls as LsActs, LsRequest as ActsRequest};
use callboard_contract::adm::calls::{ActRequest, End};
use callboard_contract::adm::cases::{
    CaseRef, Claim, Evidence, Ls as LsCases, LsRequest, OnCaseRequest, ReportRef, Show,
};
use callboard_contract::adm::moderation::{
    DeleteMessages, DeleteMessagesRequest, Impose, ImposeRequest, Lift, LiftRequest, Sanctions, SanctionsRequest,
};
use callboard_contract::adm::people::{Reveal, RevealRequest};
use callboard_contract::adm::rooms::{Lock, LockRequest, Messages, MessagesRequest};
use callboard_contract::adm::staff::{Add, AddRequest, Me};
use callboard_contract::api::Nothing;
use callboard_contract::api::reports::{Create, ReportOn};
use callboard_contract::room::MessageKind;
use callboard_contract::{Endpoint, subject};
use callboard_domain::{CallKind, MessageId, Millis, Role, RoomId, SanctionKind, Scope, StaffName};
use callboard_tests::{House, Options, PATIENCE, Person, uid, why, within};
use futures::{FutureExt as _, StreamExt as _};

use crate::{ask, id, lounge, reporting, says};

async fn moderator_of(house: &House, tenant: &Person) -> Staff {
    let credential = Credential::generate(StaffName::new("mia").expect("a name"));
    let path = house.dir().credentials().join("mia.cred");
    credential.write(&path).expect("written");
    let request = AddRequest {
        request_id: id(),
        name: credential.name.clone(),
        role: Role::Moderator,
        public_key: credential.public_key(),
        refund_limits: None,
        tenants: vec![tenant.uid().clone()],
        dry_run: false,
    };
    assert_eq!(house.ask::<Add>(&request).await.tenants, [tenant.uid().clone()]);
    house.sign_in(&path).await
}

/// Asks for what must be refused with these words.
async fn refused<E: Endpoint>(staff: &Staff, request: &E::Request, words: &str) {
    let error = match staff.call::<E>(request).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{:?} was not refused", E::SPEC),
    };
    assert!(error.contains(words), "{:?}: {error}", E::SPEC);
}

fn mute(scope: Scope) -> ImposeRequest {
    ImposeRequest {
        request_id: id(),
        uid: uid("felix"),
        kind: SanctionKind::Mute,
        scope,
        length: Some(Millis::from_secs(600)),
        device: None,
        case_id: None,
        reason: why(),
        dry_run: false,
    }
}

fn deleting(room_id: RoomId, message_id: MessageId) -> DeleteMessagesRequest {
    DeleteMessagesRequest { request_id: id(), room_id, message_ids: vec![message_id], reason: why(), dry_run: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_of_one_creator_acts_in_his_rooms_and_calls_alone() {
    const LEOS: &str = "you work in the rooms and calls of maya alone; this is leo's";
    const FURTHER: &str = "you work in the rooms and calls of maya alone; this reaches further";
    let house = House::start(Options::default()).await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let (felix, ann) = (house.fan("felix", "100").await, house.person("ann").await);
    let mia = moderator_of(&house, &maya).await;
    assert_eq!(ask::<Me>(&mia, &Nothing {}).await.tenants, [maya.uid().clone()]);
    let (hers, his) = (lounge(&maya, &[&felix, &ann]).await, lounge(&leo, &[&felix, &ann]).await);
    let mut messages = Vec::new();
    for room_id in [hers, his] {
        let message_id = says(&felix, room_id, "I will find you", MessageKind::Text, None).await.message_id;
        ann.ask::<Create>(&reporting(ReportOn::Message { room_id, message_id }, None)).await;
        messages.push(message_id);
    }
    ann.ask::<Create>(&reporting(ReportOn::User { uid: felix.uid().clone() }, None)).await;

    // The queue: everybody else's moderator sees all three, she sees hers.
    let (ines, _) = house.hire(Role::Moderator).await;
    let all = ask::<LsCases>(&ines, &LsRequest::default()).await.items;
    let of = |tenant: Option<&Person>| {
        all.iter().find(|c| c.tenant.as_ref() == tenant.map(Person::uid)).expect("a case").case_id
    };
    let (case, other, personal) = (of(Some(&maya)), of(Some(&leo)), of(None));
    let queue = ask::<LsCases>(&mia, &LsRequest::default()).await.items;
    assert_eq!((all.len(), queue.iter().map(|c| c.case_id).collect::<Vec<_>>()), (3, vec![case]));
    for (foreign, words) in [(other, LEOS), (personal, FURTHER)] {
        refused::<Show>(&mia, &CaseRef { case_id: foreign }, words).await;
        refused::<Claim>(&mia, &OnCaseRequest { request_id: id(), case_id: foreign }, words).await;
        let report_id = ask::<Show>(&ines, &CaseRef { case_id: foreign }).await.reports[0].report_id;
        refused::<Evidence>(&mia, &ReportRef { report_id }, words).await;
    }
    ask::<Claim>(&mia, &OnCaseRequest { request_id: id(), case_id: case }).await;
    let report_id = ask::<Show>(&mia, &CaseRef { case_id: case }).await.reports[0].report_id;
    assert!(ask::<Evidence>(&mia, &ReportRef { report_id }).await.intact);

    // Sanctions and messages.
    for (scope, words) in
        [(Scope::Room(his), LEOS), (Scope::Tenant(leo.uid().clone()), LEOS), (Scope::Platform, FURTHER)]
    {
        refused::<Impose>(&mia, &mute(scope), words).await;
    }
    for scope in [Scope::Room(hers), Scope::Tenant(maya.uid().clone())] {
        let sanction_id = ask::<Impose>(&mia, &mute(scope)).await.sanction.sanction_id;
        let lift = LiftRequest { request_id: id(), sanction_id, reason: why(), dry_run: false };
        assert!(!ask::<Lift>(&mia, &lift).await.sanction.stands);
    }
    let sanction_id = ask::<Impose>(&ines, &mute(Scope::Room(his))).await.sanction.sanction_id;
    let lift = LiftRequest { request_id: id(), sanction_id, reason: why(), dry_run: false };
    refused::<Lift>(&mia, &lift, LEOS).await;
    let of_felix = || SanctionsRequest { uid: Some(felix.uid().clone()), ..SanctionsRequest::default() };
    assert_eq!(ask::<Sanctions>(&ines, &of_felix()).await.items.len(), 3);
    let hers_alone = ask::<Sanctions>(&mia, &of_felix()).await.items;
    assert_eq!(
        hers_alone.iter().map(|s| s.scope.clone()).collect::<Vec<_>>(),
        [Scope::Tenant(maya.uid().clone()), Scope::Room(hers)]
    );
    refused::<DeleteMessages>(&mia, &deleting(his, messages[1]), LEOS).await;
    assert_eq!(ask::<DeleteMessages>(&mia, &deleting(hers, messages[0])).await.message_ids, [messages[0]]);

    // Rooms and calls.
    let lock = |room_id| LockRequest { request_id: id(), room_id, on: true, reason: why(), dry_run: false };
    refused::<Lock>(&mia, &lock(his), LEOS).await;
    ask::<Lock>(&mia, &lock(hers)).await;
    let read = |room_id| MessagesRequest { room_id, before: None, limit: None };
    refused::<Messages>(&mia, &read(his), LEOS).await;
    assert_eq!(ask::<Messages>(&mia, &read(hers)).await.items.len(), 1);
    for (creator, words) in [(&leo, Some(LEOS)), (&maya, None)] {
        creator.offers("coin-burn", CallKind::Audio, "6").await;
        let call_id = felix.initiate(creator.uid(), CallKind::Audio).await.call_id;
        let end = ActRequest { request_id: id(), call_id, reason: why(), expect_version: None, dry_run: false };
        match words {
            Some(words) => {
                refused::<End>(&mia, &end, words).await;
                ask::<End>(&ines, &ActRequest { request_id: id(), ..end }).await;
            }
            None => drop(ask::<End>(&mia, &end).await),
        }
    }

    // Nor does she hear of others' cases: what every other moderator hears does not come to her.
    let mut here = mia.events(subject::CASE_EVENTS).await.expect("it is the server that refuses it");
    let mut there = ines.events(subject::CASE_EVENTS).await.expect("she may");
    ask::<Claim>(&ines, &OnCaseRequest { request_id: id(), case_id: other }).await;
    within("the claim to be told", PATIENCE, there.next()).await.expect("an event");
    ask::<Me>(&mia, &Nothing {}).await;
    assert_eq!(here.next().now_or_never().flatten(), None);

    // What is nobody's in particular is not hers.
    let reveal = RevealRequest { request_id: id(), uid: felix.uid().clone(), reason: why() };
    refused::<Reveal>(&mia, &reveal, "you work for some creators alone; people.reveal reaches further").await;
    refused::<LsActs>(&mia, &ActsRequest::default(), "audit.ls reaches further").await;
    house.down();
}
