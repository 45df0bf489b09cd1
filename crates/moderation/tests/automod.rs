//! Rules and policy lists on a real database: versions, what holds where, and that every change is counted and logged.

use callboard_contract::adm::automod::{HitsRequest, LsRequest, RuleSetView, SetRequest, SwitchRequest};
use callboard_contract::adm::policy::{ImportRequest, PolicyKey, ShowRequest, SubscribeRequest};
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{
    At, Facts, Hit, ListName, MessageId, PolicyEntry, PolicyKind, PolicyMode, Recommendation, RequestId, RoomId,
    RoomRole, RuleAction, RuleName, RuleSet, Scope, StaffName, Uid,
};
use callboard_moderation::{automod, policy};
use callboard_store::{Store, StoreError};
use serde_json::{Value, json};

fn ines() -> StaffName {
    StaffName::new("ines").expect("a name")
}

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn list() -> ListName {
    ListName::new("spam").expect("a name")
}

fn rules(value: &Value) -> RuleSet {
    serde_json::from_value(json!({ "rules": value })).expect("rules")
}

fn set(scope: &Scope, value: &Value) -> SetRequest {
    SetRequest {
        request_id: RequestId::generate(),
        scope: scope.clone(),
        rules: rules(value),
        reason: "content".parse().expect("a reason"),
        expect_version: None,
        dry_run: false,
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

async fn version(store: &Store) -> i64 {
    automod::version(&mut store.pool().acquire().await.expect("a connection")).await.expect("a version")
}

async fn judged(store: &Store, scopes: &[Scope], text: &str) -> Vec<String> {
    let mut conn = store.pool().acquire().await.expect("a connection");
    let held = automod::load(&mut conn, scopes).await.expect("rules");
    let facts = Facts { at: At::from_ms(0), role: RoomRole::Member, known_since: None, mentions: 0, recent: &[] };
    held.automod.judge(text, &facts).iter().map(|hit| format!("{} {:?}", hit.rule, hit.action)).collect()
}

#[tokio::test]
async fn rules_of_platform_tenant_and_room_hold_together_and_change_by_versions() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    let (tenant, room) = (Scope::Tenant(uid("maya")), Scope::Room(RoomId::generate()));
    let words = |name: &str, word: &str, action: &str| json!([{ "name": name, "check": { "words": { "list": [word] } }, "action": action, "enabled": true }]);
    let before = version(store).await;
    automod::set(store, &ines(), &set(&Scope::Platform, &words("p", "slur", "delete"))).await.expect("set");
    automod::set(store, &ines(), &set(&tenant, &words("t", "rival", "hold"))).await.expect("set");
    let request = set(&room, &words("r", "spoiler", "flag"));
    let view = automod::set(store, &ines(), &request).await.expect("set");
    assert_eq!((view.version, view.set_by.as_deref()), (1, Some("staff:ines")));
    assert_eq!(automod::set(store, &ines(), &request).await.expect("a repeat"), view);
    assert_eq!(version(store).await, before + 3, "a repeat is no change");

    let all = [Scope::Platform, tenant.clone(), room.clone()];
    assert_eq!(judged(store, &all, "a slur, a rival and a spoiler").await, ["p Delete", "t Hold", "r Flag"]);
    assert_eq!(judged(store, &[Scope::Platform], "a slur, a rival and a spoiler").await, ["p Delete"]);
    let mut conn = store.pool().acquire().await.expect("a connection");
    let other = Scope::Room(RoomId::generate());
    assert_eq!(
        automod::scopes_with_rules(&mut conn, &[other, tenant.clone()]).await.expect("scopes"),
        std::slice::from_ref(&tenant)
    );

    let stale = SetRequest { expect_version: Some(0), ..set(&tenant, &json!([])) };
    assert_eq!(refused(automod::set(store, &ines(), &stale).await), ErrorCode::Stale);
    let wrong =
        set(&tenant, &json!([{ "name": "x", "check": { "patterns": { "regexes": ["("] } }, "action": "flag" }]));
    assert_eq!(refused(automod::set(store, &ines(), &wrong).await), ErrorCode::BadRequest);
    let dry = SetRequest { dry_run: true, ..set(&tenant, &json!([])) };
    assert_eq!(automod::set(store, &ines(), &dry).await.expect("a dry run").version, 2);
    assert_eq!(judged(store, &all, "a rival").await, ["t Hold"], "a dry run changed nothing");

    let off = SwitchRequest {
        request_id: RequestId::generate(),
        scope: tenant.clone(),
        rule: RuleName::new("t").expect("a name"),
        on: false,
        reason: "request".parse().expect("a reason"),
        dry_run: false,
    };
    assert_eq!(automod::switch(store, &ines(), &off).await.expect("off").version, 2);
    assert_eq!(judged(store, &all, "a rival").await, Vec::<String>::new());
    let unknown = SwitchRequest { request_id: RequestId::generate(), rule: RuleName::new("u").expect("a name"), ..off };
    assert_eq!(refused(automod::switch(store, &ines(), &unknown).await), ErrorCode::NotFound);

    let page = automod::ls(&mut conn, &LsRequest { scope: Some(tenant.clone()), ..LsRequest::default() })
        .await
        .expect("rules");
    assert_eq!(page.items.iter().map(|set: &RuleSetView| set.version).collect::<Vec<_>>(), [2]);
    assert_eq!(automod::ls(&mut conn, &LsRequest::default()).await.expect("rules").items.len(), 3);
    let (acts, faults) = callboard_store::verify_actions(&mut conn).await.expect("the log");
    assert_eq!((acts, faults.len()), (4, 0), "each change once, and the chain holds");
}

fn entry(kind: PolicyKind, entity: &str, recommendation: Recommendation) -> PolicyEntry {
    PolicyEntry { kind, entity: entity.into(), recommendation, reason: "sells coins".into() }
}

fn import(entries: Vec<PolicyEntry>, remove: Vec<PolicyKey>) -> ImportRequest {
    let reason = "fraud".parse().expect("a reason");
    ImportRequest { request_id: RequestId::generate(), name: list(), entries, remove, reason, dry_run: false }
}

async fn follow(store: &Store, scope: &Scope, mode: Option<PolicyMode>) {
    let request = SubscribeRequest {
        request_id: RequestId::generate(),
        name: list(),
        scope: scope.clone(),
        mode,
        reason: "fraud".parse().expect("a reason"),
        dry_run: false,
    };
    policy::subscribe(store, &ines(), &request).await.expect("followed");
}

#[tokio::test]
async fn a_policy_list_is_simulated_first_and_enforced_then() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    let first = vec![
        entry(PolicyKind::User, "spam-*", Recommendation::Ban),
        entry(PolicyKind::User, "loud", Recommendation::Mute),
        entry(PolicyKind::Word, "free coins", Recommendation::Ban),
        entry(PolicyKind::Link, "evil.example", Recommendation::Mute),
    ];
    let reply = policy::import(store, &ines(), &import(first.clone(), Vec::new())).await.expect("imported");
    assert_eq!((reply.added, reply.changed, reply.removed, reply.list.entries), (4, 0, 0, 4));

    let room = Scope::Room(RoomId::generate());
    follow(store, &room, Some(PolicyMode::Simulate)).await;
    let people = async |scope: &Scope| {
        let mut conn = store.pool().acquire().await.expect("a connection");
        automod::load(&mut conn, std::slice::from_ref(scope)).await.expect("rules").people
    };
    assert_eq!(
        judged(store, std::slice::from_ref(&room), "free coins").await,
        ["spam-words-ban Flag"],
        "simulated, it only flags"
    );
    assert!(people(&room).await.is_empty());
    follow(store, &room, Some(PolicyMode::Enforce)).await;
    assert_eq!(judged(store, std::slice::from_ref(&room), "fr33 c0ins").await, ["spam-words-ban Delete"]);
    assert_eq!(
        judged(store, std::slice::from_ref(&room), "http://evil.example").await,
        ["spam-links-mute Mute(Millis(3600000))"]
    );
    let held = people(&room).await;
    assert!(
        held.keeps_out(&uid("spam-king"))
            && held.keeps_silent(&uid("loud"))
            && !held.keeps_out(&uid("loud"))
            && !held.keeps_silent(&uid("maya"))
    );
    assert!(people(&Scope::Platform).await.is_empty(), "it holds where it is followed");

    let mut changed = entry(PolicyKind::User, "loud", Recommendation::Ban);
    changed.reason = "again".into();
    let gone = PolicyKey { kind: PolicyKind::Word, entity: "free coins".into() };
    let counted = version(store).await;
    let request = import(vec![changed, first[0].clone()], vec![gone]);
    let reply = policy::import(store, &ines(), &request).await.expect("imported");
    assert_eq!((reply.added, reply.changed, reply.removed, reply.list.entries, reply.list.version), (0, 1, 1, 3, 2));
    assert_eq!(policy::import(store, &ines(), &request).await.expect("a repeat"), reply);
    assert_eq!(version(store).await, counted + 1);
    assert!(people(&room).await.keeps_out(&uid("loud")));

    let everybody = import(vec![entry(PolicyKind::User, "*", Recommendation::Ban)], Vec::new());
    assert_eq!(refused(policy::import(store, &ines(), &everybody).await), ErrorCode::BadRequest);
    let mut conn = store.pool().acquire().await.expect("a connection");
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page =
            policy::show(&mut conn, &ShowRequest { name: list(), limit: Some(2), cursor }).await.expect("entries");
        all.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 3, "page after page, each once");
    let lists = policy::ls(&mut conn, &PageQuery::default()).await.expect("lists");
    assert_eq!(lists.items[0].subscriptions.len(), 1);
    let unknown = ShowRequest { name: ListName::new("none").expect("a name"), limit: None, cursor: None };
    assert_eq!(refused(policy::show(&mut conn, &unknown).await), ErrorCode::NotFound);
    follow(store, &room, None).await;
    assert!(people(&room).await.is_empty());
}

#[tokio::test]
async fn hits_are_listed_newest_first_and_found_by_scope_room_and_author() {
    let base = callboard_testbase::fresh().await;
    let mut conn = base.store.pool().acquire().await.expect("a connection");
    let (one, other) = (RoomId::generate(), RoomId::generate());
    let hit = |rule: &str, action| Hit {
        scope: Scope::Platform,
        rule: RuleName::new(rule).expect("a name"),
        action,
        spans: vec![callboard_domain::Span { from: 3, to: 6 }],
    };
    for (room, author, rule, message) in
        [(one, "leo", "a", None), (one, "ann", "b", Some(MessageId::generate())), (other, "leo", "c", None)]
    {
        let hits = [hit(rule, RuleAction::Delete)];
        let new = automod::NewHit { room, author: &uid(author), message, body: "oh bad!", hits: &hits };
        automod::write_hits(&mut conn, &new).await.expect("noted");
    }
    let names = async |conn: &mut _, request: HitsRequest| {
        let page = automod::hits(conn, &request).await.expect("hits");
        page.items.into_iter().map(|h| h.rule.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut conn, HitsRequest::default()).await, ["c", "b", "a"]);
    assert_eq!(names(&mut conn, HitsRequest { room_id: Some(one), ..HitsRequest::default() }).await, ["b", "a"]);
    assert_eq!(names(&mut conn, HitsRequest { author: Some(uid("leo")), ..HitsRequest::default() }).await, ["c", "a"]);
    let none = HitsRequest { scope: Some(Scope::Room(one)), ..HitsRequest::default() };
    assert_eq!(names(&mut conn, none).await, Vec::<String>::new());
    let page = automod::hits(&mut conn, &HitsRequest { limit: Some(2), ..HitsRequest::default() }).await.expect("hits");
    assert_eq!(page.items[1].found, ["bad"]);
    assert_eq!(names(&mut conn, HitsRequest { cursor: page.cursor, ..HitsRequest::default() }).await, ["a"]);
}
