//! Sanctions, reports, cases and appeals on a real database: who may do what to whom, and what stays as it was.

mod house;

use callboard_contract::adm::audit::{ExportRequest, LsRequest as AuditRequest};
use callboard_contract::adm::cases::{DecideAppealRequest, DecideRequest, NoteRequest};
use callboard_contract::adm::moderation::{ImposeRequest, LiftOfRequest, LiftRequest};
use callboard_contract::api::reports::AppealRequest;
use callboard_contract::{ErrorCode, PageQuery, Reason, ReasonCode};
use callboard_domain::{
    AppealState, CASE_LEASE, CaseOutcome, CasePriority, CaseState, Millis, ReportCategory, RequestId, SanctionKind,
    Scope,
};
use callboard_moderation::{acts, appeals, case_lists, cases, reports};
use callboard_people::{bans, sanctions};
use callboard_store::{StoreError, actions_export, actions_page, verify_actions};

use crate::house::{House, about, ban, code, decide, name, on, sanction, uid, why};

#[tokio::test]
async fn a_sanction_is_imposed_once_logged_told_and_lifted() {
    let house = House::new().await;
    let store = &house.0.store;
    let dry = ImposeRequest { dry_run: true, ..ban("leo") };
    assert!(house.impose("ines", &dry).await.expect("a dry run").stands);
    assert!(!bans::is_banned(store, &uid("leo")).await.expect("read"));
    let request = ban("leo");
    let first = house.impose("ines", &request).await.expect("imposed");
    assert_eq!(house.impose("ines", &request).await.expect("a repeat"), first);
    assert!(bans::is_banned(store, &uid("leo")).await.expect("read"));
    assert_eq!(bans::all(store).await.expect("read"), [uid("leo")].into());
    assert_eq!(house.pushed("leo", "reports.sanctioned").await, 1);
    let lift = LiftRequest {
        request_id: RequestId::generate(),
        sanction_id: first.sanction_id,
        reason: why(),
        dry_run: false,
    };
    assert!(!acts::lift(store, &name("otto"), &lift).await.expect("lifted").sanction.stands);
    assert!(!bans::is_banned(store, &uid("leo")).await.expect("read"));
    let again = LiftRequest { request_id: RequestId::generate(), ..lift };
    assert_eq!(code(acts::lift(store, &name("otto"), &again).await), ErrorCode::Conflict);
    let of_leo = LiftOfRequest {
        request_id: RequestId::generate(),
        uid: uid("leo"),
        kinds: vec![SanctionKind::Ban, SanctionKind::Suspend],
        scope: Scope::Platform,
        reason: why(),
        dry_run: false,
    };
    assert_eq!(code(acts::lift_of(store, &name("otto"), &of_leo).await), ErrorCode::NotFound);
    // A suspension ends by itself.
    house.impose("ines", &sanction("leo", SanctionKind::Suspend, Some(60))).await.expect("suspended");
    assert!(bans::is_banned(store, &uid("leo")).await.expect("read"));
    house.pass(Millis::from_secs(61)).await;
    assert!(
        !bans::is_banned(store, &uid("leo")).await.expect("read") && bans::all(store).await.expect("read").is_empty()
    );
    // All of them at once; what holds elsewhere stays, and a repeat says the same.
    for request in [ban("leo"), sanction("leo", SanctionKind::Suspend, Some(60))] {
        house.impose("ines", &request).await.expect("imposed");
    }
    let elsewhere = ImposeRequest { scope: Scope::Tenant(uid("maya")), ..ban("leo") };
    let elsewhere = house.impose("ines", &elsewhere).await.expect("imposed");
    let of_leo = LiftOfRequest { request_id: RequestId::generate(), ..of_leo };
    let lifted = acts::lift_of(store, &name("otto"), &of_leo).await.expect("lifted");
    assert_eq!((lifted.sanctions.len(), lifted.sanctions.iter().filter(|s| s.stands).count()), (2, 0));
    assert_eq!(acts::lift_of(store, &name("otto"), &of_leo).await.expect("a repeat"), lifted);
    let mut conn = store.pool().acquire().await.expect("a connection");
    let standing = sanctions::standing(&mut conn, &[uid("leo")]).await.expect("read");
    assert_eq!(standing.iter().map(|s| s.id).collect::<Vec<_>>(), [elsewhere.sanction_id]);
    let of_leo = AuditRequest { id: Some("leo".to_owned()), act: Some("mod".to_owned()), ..AuditRequest::default() };
    let acts: Vec<String> =
        actions_page(&mut conn, &of_leo).await.expect("the log").items.into_iter().map(|a| a.act).collect();
    let since = ["mod.lift", "mod.lift", "mod.ban", "mod.suspend", "mod.ban"];
    assert_eq!(acts, [&since[..], &["mod.suspend", "mod.lift", "mod.ban"]].concat());
    let by_id = AuditRequest { id: Some(first.sanction_id.to_string()), ..AuditRequest::default() };
    assert_eq!(actions_page(&mut conn, &by_id).await.expect("the log").items.len(), 2, "imposed and lifted");
    drop(conn);
    house.0.finish().await;
}

#[tokio::test]
async fn what_cannot_be_imposed_is_refused_with_its_field() {
    let house = House::new().await;
    let wrong = [
        (sanction("leo", SanctionKind::Mute, None), "length"),
        (sanction("leo", SanctionKind::Mute, Some(15 * 24 * 3600)), "length"),
        (sanction("leo", SanctionKind::Suspend, None), "length"),
        (sanction("leo", SanctionKind::Kick, None), "scope"),
        (ban("leoo"), "uid"),
        (ImposeRequest { scope: Scope::Tenant(uid("leo")), ..ban("leo") }, "scope"),
        (
            ImposeRequest {
                device: Some(callboard_domain::DeviceId::new("x").expect("a name")),
                ..sanction("leo", SanctionKind::Warn, None)
            },
            "device",
        ),
        (ImposeRequest { reason: Reason { code: ReasonCode::Other, note: None }, ..ban("leo") }, "reason"),
    ];
    for (request, field) in wrong {
        match house.impose("ines", &request).await {
            Err(StoreError::Refused(e)) => {
                let code = if field == "uid" { ErrorCode::NotFound } else { ErrorCode::BadRequest };
                assert_eq!((e.code, e.field.as_deref()), (code, Some(field)), "{request:?}");
            }
            other => panic!("{request:?}: {other:?}"),
        }
    }
    assert!(bans::all(&house.0.store).await.expect("read").is_empty());
    house.0.finish().await;
}

#[tokio::test]
async fn nobody_acts_on_himself_nor_on_his_own_rank_or_above() {
    let house = House::new().await;
    house.link("root", "maya").await;
    house.link("otto", "leo").await;
    house.link("vera", "ann").await;
    house.link("ines", "felix").await;
    let warn = |who| sanction(who, SanctionKind::Warn, None);
    assert_eq!(code(house.impose("ines", &warn("maya")).await), ErrorCode::Forbidden, "an admin");
    assert_eq!(code(house.impose("ines", &warn("leo")).await), ErrorCode::Forbidden, "another moderator");
    assert_eq!(code(house.impose("ines", &warn("felix")).await), ErrorCode::Forbidden, "herself");
    house.impose("ines", &warn("ann")).await.expect("a viewer is below");
    house.impose("root", &warn("leo")).await.expect("an admin may");
    assert_eq!(code(house.impose("root", &warn("maya")).await), ErrorCode::Forbidden, "not on himself");
    house.0.finish().await;
}

#[tokio::test]
async fn reports_on_one_matter_join_one_case_and_make_it_more_urgent() {
    let house = House::new().await;
    let first = about("leo", ReportCategory::Spam);
    house.report("felix", &first, "leo").await.expect("reported");
    let case = house.queue().await.pop().expect("a case");
    assert_eq!((case.priority, case.reporters), (CasePriority::Low, 1));
    assert_eq!(code(house.report("felix", &about("leo", ReportCategory::Spam), "leo").await), ErrorCode::Conflict);
    assert_eq!(code(house.report("leo", &about("leo", ReportCategory::Spam), "leo").await), ErrorCode::BadRequest);
    house.report("maya", &about("leo", ReportCategory::Harassment), "leo").await.expect("reported");
    house.report("ann", &about("leo", ReportCategory::Spam), "leo").await.expect("reported");
    let queue = house.queue().await;
    let [now] = queue.as_slice() else { panic!("{queue:?}") };
    assert_eq!((now.case_id, now.reporters, now.category), (case.case_id, 3, ReportCategory::Harassment));
    assert_eq!(now.priority, CasePriority::High, "three people raise it by a step");
    assert_eq!(now.due_at, case.opened_at.plus(CasePriority::High.within()));
    // What must be decided sooner stands first.
    house.report("felix", &about("maya", ReportCategory::Minors), "maya").await.expect("reported");
    assert_eq!(house.queue().await.first().map(|c| c.about.clone()), Some(Some(uid("maya"))));
    house.0.finish().await;
}

#[tokio::test]
async fn a_case_is_claimed_by_a_lease_and_decided_once() {
    let house = House::new().await;
    let store = &house.0.store;
    let (ines, otto) = (name("ines"), name("otto"));
    house.report("felix", &about("leo", ReportCategory::Harassment), "leo").await.expect("reported");
    house.report("maya", &about("leo", ReportCategory::Harassment), "leo").await.expect("reported");
    let case = house.queue().await.pop().expect("a case").case_id;
    let not_mine = cases::decide(store, &ines, &decide(case, CaseOutcome::NoAction)).await;
    assert_eq!(code(not_mine), ErrorCode::Conflict, "claim it first");
    cases::claim(store, &ines, &on(case)).await.expect("claimed");
    assert_eq!(code(cases::claim(store, &otto, &on(case)).await), ErrorCode::Conflict);
    // Acting renews the lease; silence ends it.
    house.pass(Millis::from_ms(CASE_LEASE.as_ms() - 60_000)).await;
    let note = NoteRequest { request_id: RequestId::generate(), case_id: case, text: "asked him".to_owned() };
    cases::note(store, &ines, &note).await.expect("noted");
    house.pass(Millis::from_secs(120)).await;
    assert_eq!(code(cases::claim(store, &otto, &on(case)).await), ErrorCode::Conflict);
    house.pass(CASE_LEASE).await;
    assert_eq!(house.queue().await.first().and_then(|c| c.claimed_by.clone()), None);
    cases::claim(store, &otto, &on(case)).await.expect("taken over");
    let lost = ImposeRequest { case_id: Some(case), ..sanction("leo", SanctionKind::Mute, Some(600)) };
    assert_eq!(code(house.impose("ines", &lost).await), ErrorCode::Conflict, "her claim ran out");
    let request = ImposeRequest { request_id: RequestId::generate(), ..lost };
    let mute = house.impose("otto", &request).await.expect("muted");
    assert_eq!(mute.case_id, Some(case));
    let bare = cases::decide(store, &otto, &decide(case, CaseOutcome::Sanctioned)).await;
    assert_eq!(code(bare), ErrorCode::BadRequest, "which sanction?");
    let full = DecideRequest { sanction_ids: vec![mute.sanction_id], ..decide(case, CaseOutcome::Sanctioned) };
    let decided = cases::decide(store, &otto, &full).await.expect("decided");
    assert_eq!((decided.state, decided.outcome), (CaseState::Decided, Some(CaseOutcome::Sanctioned)));
    assert_eq!(code(cases::claim(store, &ines, &on(case)).await), ErrorCode::Conflict, "it is decided");
    for reporter in ["felix", "maya"] {
        assert_eq!(house.pushed(reporter, "reports.outcome").await, 1, "{reporter} is told");
    }
    let mut conn = store.pool().acquire().await.expect("a connection");
    let mine = reports::mine(&mut conn, &uid("felix"), &PageQuery::default()).await.expect("his reports");
    assert_eq!(mine.items[0].outcome, Some(CaseOutcome::Sanctioned));
    let detail = case_lists::show(&mut conn, case).await.expect("the case");
    assert_eq!((detail.reports.len(), detail.notes.len(), detail.sanctions.len()), (2, 1, 1));
    drop(conn);
    // The same matter again is a new case.
    house.report("felix", &about("leo", ReportCategory::Spam), "leo").await.expect("reported anew");
    assert_ne!(house.queue().await[0].case_id, case);
    house.0.finish().await;
}

#[tokio::test]
async fn nobody_handles_a_case_about_himself_or_that_he_reported() {
    let house = House::new().await;
    let store = &house.0.store;
    house.link("ines", "leo").await;
    house.link("otto", "felix").await;
    house.report("felix", &about("leo", ReportCategory::Spam), "leo").await.expect("reported");
    let case = house.queue().await[0].case_id;
    assert_eq!(code(cases::claim(store, &name("ines"), &on(case)).await), ErrorCode::Forbidden);
    assert_eq!(code(cases::claim(store, &name("otto"), &on(case)).await), ErrorCode::Forbidden);
    cases::claim(store, &name("root"), &on(case)).await.expect("somebody else may");
    house.0.finish().await;
}

#[tokio::test]
async fn an_appeal_is_decided_by_another_and_granting_it_lifts() {
    let house = House::new().await;
    let store = &house.0.store;
    let mute = house.impose("ines", &sanction("leo", SanctionKind::Mute, Some(3600))).await.expect("muted");
    let appeal =
        |request_id| AppealRequest { request_id, sanction_id: mute.sanction_id, text: "it was a quotation".to_owned() };
    let foreign = appeals::appeal(store, &uid("felix"), &appeal(RequestId::generate())).await;
    assert_eq!(code(foreign), ErrorCode::NotFound, "it is not his");
    appeals::appeal(store, &uid("leo"), &appeal(RequestId::generate())).await.expect("appealed");
    let twice = appeals::appeal(store, &uid("leo"), &appeal(RequestId::generate())).await;
    assert_eq!(code(twice), ErrorCode::Conflict);
    let grant = || DecideAppealRequest {
        request_id: RequestId::generate(),
        sanction_id: mute.sanction_id,
        grant: true,
        reason: why(),
        dry_run: false,
    };
    assert_eq!(code(appeals::decide(store, &name("ines"), &grant()).await), ErrorCode::Forbidden, "she imposed it");
    let done = appeals::decide(store, &name("otto"), &grant()).await.expect("granted");
    assert_eq!((done.state, done.sanction.stands), (AppealState::Granted, false));
    assert_eq!(code(appeals::decide(store, &name("otto"), &grant()).await), ErrorCode::Conflict, "once");
    assert_eq!(house.pushed("leo", "reports.appeal_decided").await, 1);
    // Denied, it stands.
    let other = house.impose("ines", &sanction("leo", SanctionKind::Mute, Some(3600))).await.expect("muted");
    let of_other = AppealRequest { sanction_id: other.sanction_id, ..appeal(RequestId::generate()) };
    appeals::appeal(store, &uid("leo"), &of_other).await.expect("appealed");
    let deny = DecideAppealRequest { sanction_id: other.sanction_id, grant: false, ..grant() };
    assert!(appeals::decide(store, &name("otto"), &deny).await.expect("denied").sanction.stands);
    house.0.finish().await;
}

#[tokio::test]
async fn evidence_cannot_be_changed_and_a_change_would_show() {
    let house = House::new().await;
    let id = house.report("felix", &about("leo", ReportCategory::Harassment), "leo").await.expect("reported");
    let mut conn = house.0.store.pool().acquire().await.expect("a connection");
    let kept = case_lists::evidence(&mut conn, id).await.expect("evidence");
    assert!(kept.intact && kept.evidence["messages"][0]["body"] == "I will find you");
    for statement in ["update moderation.reports set evidence = '{}'", "delete from moderation.reports"] {
        let refused = sqlx::query(statement).execute(&mut *conn).await.expect_err(statement);
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
    sqlx::query("update moderation.reports set evidence = replace(evidence, 'find', 'help')")
        .execute(&house.0.owner)
        .await
        .expect("the owner can");
    assert!(!case_lists::evidence(&mut conn, id).await.expect("evidence").intact);
    drop(conn);
    house.0.finish().await;
}

#[tokio::test]
async fn a_changed_row_of_the_log_is_found_by_its_number() {
    let house = House::new().await;
    for kind in [SanctionKind::Warn, SanctionKind::Ban] {
        house.impose("ines", &sanction("leo", kind, None)).await.expect("imposed");
    }
    let mut conn = house.0.store.pool().acquire().await.expect("a connection");
    let log = actions_export(&mut conn, &ExportRequest::default()).await.expect("the log").items;
    assert!(log.windows(2).all(|w| w[1].no == w[0].no + 1 && w[1].prev == w[0].hash), "the chain is handed out whole");
    assert_eq!(verify_actions(&mut conn).await.expect("verified").1, []);
    let victim = log.iter().find(|a| a.act == "mod.warn").expect("the warning").no;
    sqlx::query("update store.actions set reason = 'because' where no = $1")
        .bind(victim)
        .execute(&house.0.owner)
        .await
        .expect("the owner can");
    let (rows, faults) = verify_actions(&mut conn).await.expect("verified");
    assert_eq!((rows, faults.first().map(|f| f.no)), (log.len() as u64, Some(victim)));
    drop(conn);
    house.0.finish().await;
}
