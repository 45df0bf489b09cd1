//! What those concerned find among their notices is written with the fact, once, and not at all where nothing was done.

use callboard_contract::Reason;
use callboard_contract::ReasonCode;
use callboard_contract::adm::cases::{DecideAppealRequest, DecideRequest, LsRequest, OnCaseRequest};
use callboard_contract::adm::moderation::{ImposeRequest, LiftRequest};
use callboard_contract::adm::staff::AddRequest;
use callboard_contract::api::notices::{LsRequest as NoticesRequest, NoticeKind};
use callboard_contract::api::reports::{AppealRequest, CreateRequest, ReportOn};
use callboard_domain::{CaseOutcome, Millis, ReportCategory, RequestId, Role, SanctionKind, Scope, StaffName, Uid};
use callboard_moderation::reports::Found;
use callboard_moderation::{acts, appeals, case_lists, cases, reports};
use callboard_people::{notices, staff, users};
use callboard_store::{Begun, Command, Store};
use serde_json::json;

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn name(name: &str) -> StaffName {
    StaffName::new(name).expect("a name")
}

fn why() -> Reason {
    Reason { code: ReasonCode::Abuse, note: Some("felix saw it".to_owned()) }
}

fn id() -> RequestId {
    RequestId::generate()
}

async fn staffed(store: &Store) {
    let root = name("root");
    staff::bootstrap(store, &root, "UROOT").await.expect("an admin");
    for who in ["ines", "otto"] {
        let request = AddRequest {
            request_id: id(),
            name: name(who),
            role: Role::Moderator,
            public_key: format!("U{who}"),
            refund_limits: None,
            tenants: Vec::new(),
            dry_run: false,
        };
        staff::add(store, &root, true, &request).await.expect("hired");
    }
    for who in ["leo", "felix", "maya"] {
        users::ensure(store, &uid(who)).await.expect("known");
    }
}

/// Somebody's notices, the oldest first.
async fn told(store: &Store, who: &str) -> Vec<(NoticeKind, String)> {
    let page = notices::ls(store, &uid(who), &NoticesRequest::default()).await.expect("listed");
    assert!(page.items.iter().all(|n| n.from.is_none()), "who did it is not told");
    page.items.into_iter().rev().map(|n| (n.kind, n.text)).collect()
}

fn sanction(kind: SanctionKind, scope: Scope, seconds: Option<i64>) -> ImposeRequest {
    ImposeRequest {
        request_id: id(),
        uid: uid("leo"),
        kind,
        scope,
        length: seconds.map(Millis::from_secs),
        device: None,
        case_id: None,
        reason: why(),
        dry_run: false,
    }
}

#[tokio::test]
async fn whoever_is_sanctioned_is_told_once_of_what_was_done_and_taken_back() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    staffed(store).await;
    let ines = name("ines");
    let dry = ImposeRequest { dry_run: true, ..sanction(SanctionKind::Warn, Scope::Platform, None) };
    acts::impose(store, &ines, &dry).await.expect("a dry run");
    acts::impose(store, &ines, &sanction(SanctionKind::Mute, Scope::Platform, None)).await.expect_err("no length");
    assert_eq!(told(store, "leo").await, [], "nothing was done");

    let warn = sanction(SanctionKind::Warn, Scope::Platform, None);
    acts::impose(store, &ines, &warn).await.expect("warned");
    acts::impose(store, &ines, &warn).await.expect("a repeat");
    let ban = sanction(SanctionKind::Ban, Scope::Tenant(uid("maya")), None);
    let ban = acts::impose(store, &ines, &ban).await.expect("banned").sanction;
    let lift = LiftRequest { request_id: id(), sanction_id: ban.sanction_id, reason: why(), dry_run: false };
    acts::lift(store, &ines, &lift).await.expect("lifted");
    let expected = [
        "you were warned; reason: abuse",
        "you are banned in the rooms and calls of maya; reason: abuse",
        "the ban in the rooms and calls of maya was taken back",
    ];
    assert_eq!(told(store, "leo").await, expected.map(|text| (NoticeKind::Sanction, text.to_owned())));
    base.finish().await;
}

#[tokio::test]
async fn everybody_who_reported_and_who_appealed_is_told_what_came_of_it() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    staffed(store).await;
    let (ines, otto) = (name("ines"), name("otto"));
    for by in ["felix", "maya"] {
        let request = CreateRequest {
            request_id: id(),
            on: ReportOn::User { uid: uid("leo") },
            category: ReportCategory::Harassment,
            text: String::new(),
            proof: None,
        };
        let begun = Command::begin(store, by, "reports.create", &request.request_id, false, &request).await;
        let Ok(Begun::<serde_json::Value>::New(mut command)) = begun else { panic!("it was filed before") };
        let found = Found { about: Some(uid("leo")), evidence: json!({}), ..Found::default() };
        let filed = reports::file(&mut command, &uid(by), &request, &found).await;
        command.finish(filed.map(|report| json!(report))).await.expect("filed");
    }
    let mut conn = store.pool().acquire().await.expect("a connection");
    let case = case_lists::ls(&mut conn, &ines, &LsRequest::default()).await.expect("a queue").items.remove(0).case_id;
    drop(conn);
    cases::claim(store, &ines, &OnCaseRequest { request_id: id(), case_id: case }).await.expect("claimed");
    let suspend = ImposeRequest { case_id: Some(case), ..sanction(SanctionKind::Suspend, Scope::Platform, Some(3600)) };
    let suspended = acts::impose(store, &ines, &suspend).await.expect("suspended").sanction.sanction_id;
    let decide = DecideRequest {
        request_id: id(),
        case_id: case,
        outcome: CaseOutcome::Sanctioned,
        sanction_ids: vec![suspended],
        message_ids: Vec::new(),
        reason: why(),
        dry_run: false,
    };
    cases::decide(store, &ines, &decide).await.expect("decided");
    for reporter in ["felix", "maya"] {
        let text = "your report was looked at; something was done about the person".to_owned();
        assert_eq!(told(store, reporter).await, [(NoticeKind::Outcome, text)], "{reporter}");
    }

    let appeal = AppealRequest { request_id: id(), sanction_id: suspended, text: "it was a quotation".to_owned() };
    appeals::appeal(store, &uid("leo"), &appeal).await.expect("appealed");
    assert_eq!(told(store, "leo").await.len(), 1, "it is open");
    let deny =
        DecideAppealRequest { request_id: id(), sanction_id: suspended, grant: false, reason: why(), dry_run: false };
    appeals::decide(store, &otto, &deny).await.expect("denied");
    let last = (NoticeKind::Outcome, "your appeal was denied: the suspension stands".to_owned());
    let of_leo = told(store, "leo").await;
    assert_eq!((of_leo.len(), of_leo.last()), (2, Some(&last)));
    base.finish().await;
}
