//! Texts in all scripts, and texts made to deceive people, filters and terminals, through rooms over WebSocket: what comes out is clean, what was
//! refused is nowhere. Then rules of automod and policy lists as members and staff live them.

use std::collections::BTreeMap;

use callboard_bus::CallError;
use callboard_contract::adm::automod::{Hits, HitsRequest, Set, SetRequest, Test, TestRequest};
use callboard_contract::adm::policy::{Import, ImportRequest, Simulate, SimulateRequest, Subscribe, SubscribeRequest};
use callboard_contract::api::chat::{Edit, EditRequest, Review, ReviewRequest, Send as SendMessage, SendRequest};
use callboard_contract::api::rooms::{Create, Join, RoomRef, Show};
use callboard_contract::room::{MessageKind, MessageView, RoomChange, RoomNews};
use callboard_contract::{ErrorCode, Push};
use callboard_domain::{
    ListName, MessageId, PolicyEntry, PolicyKind, PolicyMode, Recommendation, RequestId, RoomId, RuleSet, Scope, clean,
    clean_line, drives_terminals,
};
use callboard_tests::hostile::{HONEST, Texts};
use callboard_tests::{House, Options, PATIENCE, Person, entering, eventually, log_of, opening, saying};
use serde_json::json;

async fn room(host: &Person, name: &str) -> RoomId {
    host.ask::<Create>(&opening(name, None)).await.room.room_id
}

/// Sends, and says with which code it was refused. Who is told to wait waits as long as he is told.
async fn send(who: &Person, request: &SendRequest) -> Result<MessageView, ErrorCode> {
    loop {
        match who.app().call::<SendMessage>(request).await {
            Ok(message) => return Ok(message),
            Err(CallError::Api(error)) if error.code == ErrorCode::RateLimited => {
                let ms = error.retry_after_ms.expect("it says when to try again");
                tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            }
            Err(CallError::Api(error)) => return Err(error.code),
            Err(error) => panic!("no answer: {error}"),
        }
    }
}

async fn texts_come_out_clean(house: &House) {
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let name = "VIP\u{202e} lounge\u{200b}\n\u{1b}[31m of Maya";
    let room_id = room(&maya, name).await;
    let shown = leo.ask::<Show>(&RoomRef { room_id }).await.room.name;
    assert_eq!(Ok(&shown), clean_line(name).as_ref());
    leo.ask::<Join>(&entering(room_id, None)).await;

    let mut taken: BTreeMap<MessageId, String> = BTreeMap::new();
    for honest in HONEST {
        let message = send(&leo, &saying(room_id, honest)).await.expect("taken");
        assert_eq!(message.body, *honest);
        taken.insert(message.message_id, message.body);
    }
    let first = *taken.keys().next().expect("one");
    let edit = EditRequest {
        request_id: RequestId::generate(),
        room_id,
        message_id: first,
        body: "\u{2066}new\u{1b}[0m".to_owned(),
    };
    assert_eq!(leo.ask::<Edit>(&edit).await.body, "new[0m");
    taken.insert(first, "new[0m".to_owned());
    let empty = EditRequest { request_id: RequestId::generate(), body: "\u{200b}".to_owned(), ..edit };
    assert_eq!(leo.refused::<Edit>(&empty).await, ErrorCode::BadRequest);

    let mut refused = 0;
    for body in Texts::new(1).take(300) {
        match (send(&leo, &saying(room_id, &body)).await, clean(&body)) {
            (Ok(message), Ok(cleaned)) => {
                assert_eq!(message.body, cleaned, "{body:?}");
                taken.insert(message.message_id, message.body);
            }
            (Err(code), Err(_)) => {
                assert_eq!(code, ErrorCode::BadRequest, "{body:?}");
                refused += 1;
            }
            (sent, cleaned) => panic!("{body:?}: {sent:?}, {cleaned:?}"),
        }
    }
    assert!(refused > 10, "some of them show nothing: {refused}");
    assert_eq!(send(&leo, &saying(room_id, "a\0b")).await, Err(ErrorCode::BadRequest));

    let there: BTreeMap<MessageId, String> =
        log_of(&maya, room_id).await.into_iter().map(|m| (m.message_id, m.body)).collect();
    assert_eq!(there, taken, "what was taken is there as it was answered, and nothing else");
    assert!(there.values().flat_map(|body| body.chars()).all(|c| c == '\n' || !drives_terminals(c)));
}

fn rules() -> RuleSet {
    let rules = json!({ "rules": [
        { "name": "slurs", "check": { "words": { "list": ["scum"] } }, "action": "delete", "enabled": true },
        { "name": "links", "check": { "links": { "allow": ["callboard.example"] } }, "action": "hold", "enabled": true },
        { "name": "doxing", "check": { "words": { "list": ["homeaddress"] } }, "action": { "mute": 600_000 }, "enabled": true },
        { "name": "asleep", "check": { "words": { "list": ["tea"] } }, "action": "delete" },
    ]});
    serde_json::from_value(rules).expect("rules")
}

/// Waits until somebody hears of a message that fits; what he heard before counts too.
async fn hears(who: &Person, what: &str, fits: impl Fn(&MessageView) -> bool) -> MessageView {
    let read = |push: &Push| {
        let news: RoomNews =
            (push.event == "chat.news").then(|| serde_json::from_value(push.data.clone()).expect("news"))?;
        match news.what {
            RoomChange::Message { message } | RoomChange::Changed { message } if fits(&message) => Some(message),
            _ => None,
        }
    };
    read(&who.hears(what, |push| read(push).is_some()).await).expect("a message")
}

async fn rules_are_obeyed(house: &House) {
    let (host, ann, bob) = (house.person("host").await, house.person("ann").await, house.person("bob").await);
    let room_id = room(&host, "Salon").await;
    let scope = Scope::Room(room_id);
    ann.ask::<Join>(&entering(room_id, None)).await;
    bob.ask::<Join>(&entering(room_id, None)).await;
    assert!(send(&ann, &saying(room_id, "you s.c.u.m")).await.is_ok(), "no rules yet");

    // Before the rules hold, it is known what they would do.
    let days = TestRequest { scope: scope.clone(), rules: Some(rules()), text: None, days: Some(1) };
    let tested = house.ask::<Test>(&days).await;
    assert_eq!((tested.looked_at, tested.hit), (1, 1));
    assert_eq!(tested.rules[0].samples[0].found, ["s.c.u.m"]);
    let on_text = TestRequest { text: Some("tea?".to_owned()), days: None, ..days };
    assert_eq!(house.ask::<Test>(&on_text).await.rules[3].hits, 1, "rules that are off are tested too");
    let set = SetRequest {
        request_id: RequestId::generate(),
        scope: scope.clone(),
        rules: rules(),
        reason: "content".parse().expect("a reason"),
        expect_version: Some(0),
        dry_run: false,
    };
    house.ask::<Set>(&set).await;
    let slur = || saying(room_id, "ЅСUМ!");
    eventually("the rules to hold", PATIENCE, || async { send(&ann, &slur()).await.is_err().then_some(()) }).await;

    let before = log_of(&host, room_id).await.len();
    for evasion in ["scum", "s c u m", "5cum", "scuuuum", "s\u{200b}cum", "ｓｃｕｍ"] {
        assert_eq!(send(&ann, &saying(room_id, evasion)).await, Err(ErrorCode::Forbidden), "{evasion}");
    }
    assert_eq!(log_of(&host, room_id).await.len(), before, "what was refused is nowhere");
    let fine =
        send(&ann, &saying(room_id, "scumble glaze with tea, see https://callboard.example/x")).await.expect("taken");
    assert!(!fine.held);
    let edit = EditRequest {
        request_id: RequestId::generate(),
        room_id,
        message_id: fine.message_id,
        body: "scum".to_owned(),
    };
    assert_eq!(ann.refused::<Edit>(&edit).await, ErrorCode::Forbidden, "nor by an edit");
    assert!(send(&host, &saying(room_id, "I may quote: scum")).await.is_ok(), "who keeps order is exempt");

    // What waits is seen by its author and those who keep order, and by others once it is let through.
    let waits = send(&ann, &saying(room_id, "look at https://evil.example")).await.expect("taken");
    assert!(waits.held);
    assert!(log_of(&bob, room_id).await.iter().all(|m| m.message_id != waits.message_id));
    assert!(log_of(&host, room_id).await.iter().any(|m| m.message_id == waits.message_id && m.held));
    let review = |approve, message_id| ReviewRequest {
        request_id: RequestId::generate(),
        room_id,
        message_ids: vec![message_id],
        approve,
    };
    assert_eq!(bob.refused::<Review>(&review(true, waits.message_id)).await, ErrorCode::Forbidden);
    host.ask::<Review>(&review(true, waits.message_id)).await;
    let through = hears(&bob, "what was let through", |m| m.message_id == waits.message_id).await;
    assert!(!through.held, "the first that he hears of it is that it was let through");
    let bad = send(&ann, &saying(room_id, "or https://worse.example")).await.expect("taken");
    host.ask::<Review>(&review(false, bad.message_id)).await;
    hears(&ann, "that it was taken out", |m| m.message_id == bad.message_id && m.deleted_at.is_some()).await;

    assert_eq!(send(&bob, &saying(room_id, "his home-address is …")).await, Err(ErrorCode::Forbidden));
    assert_eq!(send(&bob, &saying(room_id, "sorry")).await, Err(ErrorCode::Forbidden), "he is muted now");
    let hits = house
        .ask::<Hits>(&HitsRequest { room_id: Some(room_id), author: Some(bob.uid().clone()), ..HitsRequest::default() })
        .await;
    assert_eq!((hits.items.len(), hits.items[0].rule.as_str(), hits.items[0].message_id), (1, "doxing", None));
    policy_is_obeyed(house, &host, room_id).await;
}

async fn policy_is_obeyed(house: &House, host: &Person, room_id: RoomId) {
    let (king, scope) = (house.person("spam-king").await, Scope::Room(room_id));
    king.ask::<Join>(&entering(room_id, None)).await;
    assert!(send(&king, &saying(room_id, "hello")).await.is_ok());
    let name = ListName::new("spammers").expect("a name");
    let entry = |kind, entity: &str, recommendation| PolicyEntry {
        kind,
        entity: entity.to_owned(),
        recommendation,
        reason: "spam".to_owned(),
    };
    let entries = vec![
        entry(PolicyKind::User, "spam-*", Recommendation::Ban),
        entry(PolicyKind::Word, "hello", Recommendation::Flag),
    ];
    let reason: callboard_contract::Reason = "fraud".parse().expect("a reason");
    let import = ImportRequest {
        request_id: RequestId::generate(),
        name: name.clone(),
        entries,
        remove: Vec::new(),
        reason: reason.clone(),
        dry_run: false,
    };
    assert_eq!(house.ask::<Import>(&import).await.added, 2);
    let simulated =
        house.ask::<Simulate>(&SimulateRequest { name: name.clone(), scope: scope.clone(), days: None }).await;
    assert_eq!(simulated.people.iter().map(|p| p.uid.as_str()).collect::<Vec<_>>(), ["spam-king"]);
    assert_eq!(simulated.rules.iter().map(|r| r.hits).sum::<u32>(), 1);
    let subscribe = SubscribeRequest {
        request_id: RequestId::generate(),
        name,
        scope,
        mode: Some(PolicyMode::Enforce),
        reason,
        dry_run: false,
    };
    house.ask::<Subscribe>(&subscribe).await;
    eventually("the list to hold", PATIENCE, || async {
        send(&king, &saying(room_id, "once more")).await.is_err().then_some(())
    })
    .await;
    let cousin = house.person("spam-cousin").await;
    assert_eq!(cousin.refused::<Join>(&entering(room_id, None)).await, ErrorCode::Forbidden);
    let request = SendRequest { kind: MessageKind::Text, ..saying(room_id, "peace") };
    assert!(send(host, &request).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_texts_are_cleaned_or_refused_and_rules_are_obeyed() {
    let house = House::start(Options::default()).await;
    tokio::join!(texts_come_out_clean(&house), rules_are_obeyed(&house));
    house.is_well().await;
    house.down();
}
