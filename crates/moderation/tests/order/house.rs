//! A house with staff and users whose clock stands still, and what is asked of it.

use callboard_contract::adm::cases::{CaseView, DecideRequest, LsRequest, OnCaseRequest};
use callboard_contract::adm::moderation::ImposeRequest;
use callboard_contract::adm::staff::{AddRequest, LinkRequest};
use callboard_contract::api::reports::{CreateRequest, ReportOn};
use callboard_contract::sanction::SanctionView;
use callboard_contract::{ErrorCode, Reason, ReasonCode};
use callboard_domain::{
    CaseId, CaseOutcome, Millis, ReportCategory, ReportId, RequestId, Role, SanctionKind, Scope, StaffName, Uid,
};
use callboard_moderation::reports::Found;
use callboard_moderation::{acts, case_lists, reports};
use callboard_people::{staff, users};
use callboard_store::{Begun, Command, StoreError};
use callboard_testbase::{Base, fresh};
use serde_json::json;

// The house's only clock is a function of the database: here it stands still until the test puts it forward.
const CLOCK: [&str; 3] = [
    "create table store.test_clock as select store.now_ms() as now_ms",
    "grant select on store.test_clock to callboard_app",
    "create or replace function store.now_ms() returns bigint language sql volatile as $$ select now_ms from store.test_clock $$",
];

pub(crate) struct House(pub(crate) Base);

pub(crate) fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

pub(crate) fn name(name: &str) -> StaffName {
    StaffName::new(name).expect("a name")
}

pub(crate) fn why() -> Reason {
    Reason { code: ReasonCode::Abuse, note: Some("threats".to_owned()) }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result.expect_err("it is refused") {
        StoreError::Refused(e) => e.code,
        other => panic!("{other}"),
    }
}

impl House {
    /// Two moderators and a viewer; two users, and one who is a viewer as staff.
    pub(crate) async fn new() -> Self {
        let base = fresh().await;
        for statement in CLOCK {
            sqlx::query(statement).execute(&base.owner).await.expect("the owner may set the clock");
        }
        let root = name("root");
        staff::bootstrap(&base.store, &root, "UROOT").await.expect("an admin");
        for (who, role) in [("ines", Role::Moderator), ("otto", Role::Moderator), ("vera", Role::Viewer)] {
            let request = AddRequest {
                request_id: RequestId::generate(),
                name: name(who),
                role,
                public_key: format!("U{who}"),
                refund_limits: None,
                tenants: Vec::new(),
                dry_run: false,
            };
            staff::add(&base.store, &root, true, &request).await.expect("hired");
        }
        for who in ["leo", "felix", "maya", "ann"] {
            users::ensure(&base.store, &uid(who)).await.expect("known");
        }
        Self(base)
    }

    pub(crate) async fn link(&self, staff_name: &str, user: &str) {
        let (request_id, reason) = (RequestId::generate(), why());
        let request = LinkRequest { request_id, name: name(staff_name), uid: Some(uid(user)), reason, dry_run: false };
        staff::link(&self.0.store, &name("root"), &request).await.expect("linked");
    }

    pub(crate) async fn impose(&self, by: &str, request: &ImposeRequest) -> Result<SanctionView, StoreError> {
        Ok(acts::impose(&self.0.store, &name(by), request).await?.sanction)
    }

    pub(crate) async fn pass(&self, span: Millis) {
        sqlx::query("update store.test_clock set now_ms = now_ms + $1")
            .bind(span.as_ms())
            .execute(&self.0.owner)
            .await
            .expect("the owner may");
    }

    pub(crate) async fn report(&self, by: &str, request: &CreateRequest, about: &str) -> Result<ReportId, StoreError> {
        let by = uid(by);
        let command = Command::begin(&self.0.store, by.as_str(), "reports.create", &request.request_id, false, request);
        let Begun::<serde_json::Value>::New(mut command) = command.await? else { panic!("it was filed before") };
        let found = Found {
            about: Some(uid(about)),
            evidence: json!({ "messages": [{ "body": "I will find you" }] }),
            ..Found::default()
        };
        let result = reports::file(&mut command, &by, request, &found).await;
        Ok(command.finish(result).await?.report_id)
    }

    pub(crate) async fn queue(&self) -> Vec<CaseView> {
        let mut conn = self.0.store.pool().acquire().await.expect("a connection");
        case_lists::ls(&mut conn, &name("ines"), &LsRequest::default()).await.expect("a queue").items
    }

    pub(crate) async fn pushed(&self, user: &str, event: &str) -> i64 {
        let pushes = json!([{ "uids": [user], "event": event }]);
        sqlx::query_scalar("select count(*) from store.outbox where pushes @> $1")
            .bind(pushes)
            .fetch_one(&self.0.owner)
            .await
            .expect("counted")
    }
}

pub(crate) fn ban(user: &str) -> ImposeRequest {
    sanction(user, SanctionKind::Ban, None)
}

pub(crate) fn sanction(user: &str, kind: SanctionKind, seconds: Option<i64>) -> ImposeRequest {
    ImposeRequest {
        request_id: RequestId::generate(),
        uid: uid(user),
        kind,
        scope: Scope::Platform,
        length: seconds.map(Millis::from_secs),
        device: None,
        case_id: None,
        reason: why(),
        dry_run: false,
    }
}

pub(crate) fn about(user: &str, category: ReportCategory) -> CreateRequest {
    CreateRequest {
        request_id: RequestId::generate(),
        on: ReportOn::User { uid: uid(user) },
        category,
        text: "he threatens me".to_owned(),
        proof: None,
    }
}

pub(crate) fn on(case_id: CaseId) -> OnCaseRequest {
    OnCaseRequest { request_id: RequestId::generate(), case_id }
}

pub(crate) fn decide(case_id: CaseId, outcome: CaseOutcome) -> DecideRequest {
    DecideRequest {
        request_id: RequestId::generate(),
        case_id,
        outcome,
        sanction_ids: Vec::new(),
        message_ids: Vec::new(),
        reason: why(),
        dry_run: false,
    }
}
