//! Evidence and the log.

use callboard_contract::ErrorCode;
use callboard_contract::PageQuery;
use callboard_contract::adm::audit::{Ls, LsRequest, Verify};
use callboard_contract::adm::cases::{
    Claim, Decide, DecideRequest, Evidence, EvidenceView, Ls as LsCases, LsRequest as CasesRequest, OnCaseRequest,
    ReportRef,
};
use callboard_contract::adm::moderation::{DeleteMessages, DeleteMessagesRequest};
use callboard_contract::adm::people::{Reveal, RevealRequest, Sessions, WhoRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::chat::{Edit, EditRequest};
use callboard_contract::api::reports::{Create, CreateRequest, Mine, ReportOn};
use callboard_domain::{CaseOutcome, ReportCategory, RequestId};
use callboard_tests::why;

use crate::rooms::everything;
use crate::stand::{Stand, says};

/// What was reported stays as it was, whoever edits or deletes it, and the reporter hears what came of it.
pub(crate) async fn evidence_outlives_edit_and_deletion(stand: &Stand) {
    let Stand { leo, felix, room, .. } = stand;
    for n in 0..25 {
        says(felix, *room, &format!("before {n}")).await;
    }
    let threat = says(leo, *room, "I will find you").await;
    says(felix, *room, "after").await;
    let request = CreateRequest {
        request_id: RequestId::generate(),
        on: ReportOn::Message { room_id: *room, message_id: threat.message_id },
        category: ReportCategory::Violence,
        text: "he threatens me".to_owned(),
        proof: None,
    };
    let report = felix.ask::<Create>(&request).await;
    assert_eq!(felix.ask::<Create>(&request).await, report, "a repeat is the same report");
    let again = CreateRequest { request_id: RequestId::generate(), ..request.clone() };
    assert_eq!(felix.refused::<Create>(&again).await, ErrorCode::Conflict);
    let stranger = stand.house.person("stranger").await;
    let foreign = CreateRequest { request_id: RequestId::generate(), ..request };
    assert_eq!(stranger.refused::<Create>(&foreign).await, ErrorCode::NotFound, "he cannot read the room");
    let frozen = evidence(stand, report.report_id).await;
    let bodies = bodies(&frozen);
    assert_eq!((bodies.len(), bodies[0].as_str()), (22, "before 5"), "20 before, the message, one after");
    assert!(bodies.contains(&"I will find you".to_owned()) && frozen.intact);
    assert_eq!(frozen.evidence["participants"].as_array().map(Vec::len), Some(2));

    let edit = EditRequest {
        request_id: RequestId::generate(),
        room_id: *room,
        message_id: threat.message_id,
        body: "I will help you".to_owned(),
    };
    leo.ask::<Edit>(&edit).await;
    assert_eq!(evidence(stand, report.report_id).await, frozen, "an edit changes nothing of it");
    let delete = DeleteMessagesRequest {
        request_id: RequestId::generate(),
        room_id: *room,
        message_ids: vec![threat.message_id],
        reason: why(),
        dry_run: false,
    };
    assert_eq!(stand.ask::<DeleteMessages>(&delete).await.message_ids, [threat.message_id]);
    assert!(!everything(stand).await.iter().any(|(_, text)| text.contains("I will")), "it is gone for people");
    assert_eq!(evidence(stand, report.report_id).await, frozen, "a deletion changes nothing of it");

    let case = stand.ask::<LsCases>(&CasesRequest::default()).await.items.pop().expect("a case");
    assert_eq!(case.about.as_ref(), Some(leo.uid()));
    stand.ask::<Claim>(&OnCaseRequest { request_id: RequestId::generate(), case_id: case.case_id }).await;
    let decide = DecideRequest {
        request_id: RequestId::generate(),
        case_id: case.case_id,
        outcome: CaseOutcome::MessagesDeleted,
        sanction_ids: Vec::new(),
        message_ids: vec![threat.message_id],
        reason: why(),
        dry_run: false,
    };
    stand.ask::<Decide>(&decide).await;
    let told = felix.hears("what came of it", |push| push.event == "reports.outcome").await;
    assert_eq!(told.data["outcome"], "messages_deleted");
    let mine = felix.ask::<Mine>(&PageQuery::default()).await;
    assert_eq!(mine.items[0].outcome, Some(CaseOutcome::MessagesDeleted));
}

/// Every act is in the log under the person's name; what is shown unmasked too; a row that somebody changes is found.
pub(crate) async fn everything_stands_in_the_log_and_a_change_of_it_shows(stand: &Stand) {
    let masked = stand.ask::<Sessions>(&WhoRequest { uid: stand.leo.uid().clone() }).await;
    assert!(masked.masked && masked.devices.iter().all(|d| d.device == "le…"), "{masked:?}");
    let reveal = RevealRequest { request_id: RequestId::generate(), uid: stand.leo.uid().clone(), reason: why() };
    let shown = stand.ask::<Reveal>(&reveal).await;
    assert!(shown.devices.iter().any(|d| d.device == "leo-phone"), "{shown:?}");
    let of_leo = LsRequest { id: Some("leo".to_owned()), limit: Some(100), ..LsRequest::default() };
    let acts: Vec<String> = stand.ask::<Ls>(&of_leo).await.items.into_iter().map(|a| a.act).collect();
    for act in ["mod.mute", "mod.kick", "mod.ban", "mod.suspend", "mod.restrict_payments", "mod.lift", "people.reveal"]
    {
        assert!(acts.iter().any(|a| a == act), "{act} is not in {acts:?}");
    }
    let sound = stand.ask::<Verify>(&Nothing {}).await;
    assert!(sound.intact && sound.rows > 10, "{sound:?}");
    let kick =
        stand.ask::<Ls>(&LsRequest { act: Some("mod.kick".to_owned()), ..LsRequest::default() }).await.items.pop();
    let no = kick.expect("a kick").no;
    tamper(stand, no, "update store.actions set actor = 'staff:otto' where no = $1").await;
    let changed = stand.ask::<Verify>(&Nothing {}).await;
    assert_eq!((changed.intact, changed.faults.first().map(|f| f.no)), (false, Some(no)));
    let told = stand.house.cli(&["audit", "verify", "-o", "json"]).await;
    let report: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    assert_eq!((told.status.code(), report["faults"][0]["no"].as_i64()), (Some(7), Some(no)), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stderr).contains("CHANGED"), "{told:?}");
    tamper(stand, no, "update store.actions set actor = 'staff:moderator-0' where no = $1").await;
    assert!(stand.ask::<Verify>(&Nothing {}).await.intact, "put back, it fits again");
    assert_eq!(stand.house.cli(&["audit", "verify"]).await.status.code(), Some(0));
}

async fn tamper(stand: &Stand, no: i64, statement: &'static str) {
    let done = sqlx::query(statement).bind(no).execute(&stand.base.owner).await.expect("the owner can");
    assert_eq!(done.rows_affected(), 1);
}

async fn evidence(stand: &Stand, report_id: callboard_domain::ReportId) -> EvidenceView {
    stand.ask::<Evidence>(&ReportRef { report_id }).await
}

fn bodies(view: &EvidenceView) -> Vec<String> {
    let messages = view.evidence["messages"].as_array().expect("messages");
    messages.iter().map(|m| m["body"].as_str().unwrap_or_default().to_owned()).collect()
}
