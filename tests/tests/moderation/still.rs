//! The picture of what is on air that is kept with a report. The test itself is the worker that runs the programme.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use callboard_bus::{Auth, Bus, ConnectConfig};
use callboard_calls::programmes;
use callboard_client::Staff;
use callboard_contract::adm::cases::{
    CaseRef, Evidence, EvidenceView, Ls as LsCases, LsRequest, ReportRef, Show, Still,
};
use callboard_contract::adm::restream::StartRequest;
use callboard_contract::api::reports::{Create, ReportOn};
use callboard_contract::programme::{Still as Picture, StillRequest};
use callboard_contract::{Answer, ErrorCode, subject};
use callboard_domain::{At, CallId, CallKind, ProgrammeId, ReportId, Role, StaffName};
use callboard_stack::Secrets;
use callboard_tests::{House, Options, PATIENCE, Person};
use data_encoding::{BASE64, HEXLOWER};
use futures::StreamExt as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::time::{Duration, Instant};

use crate::{ask, id, reporting};

/// What the worker shows: to the house it is bytes.
const JPEG: &[u8] = b"\xff\xd8\xff what was to be seen \xff\xd9";
/// A report waits 0.8 s for a picture; the rest is what a busy machine takes.
const BOUNDED: Duration = Duration::from_secs(4);

/// The programs of a house without a worker of programmes: else that one takes the programme.
fn programs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let test = std::env::current_exe().expect("a test program");
    let built = std::env::var_os("CALLBOARD_BIN_DIR").map(PathBuf::from);
    let built = built.or_else(|| test.ancestors().nth(2).map(Path::to_owned)).expect("a folder of programs");
    for name in ["signaling", "billing", "rooms", "moderation"] {
        let name = format!("callboard-{name}");
        std::os::unix::fs::symlink(built.join(&name), folder.path().join(&name)).expect("linked");
    }
    folder
}

async fn on_air(store: &callboard_store::Store, call_id: CallId) -> ProgrammeId {
    let body = json!({ "request_id": id(), "call_id": call_id, "targets": [{ "name": "web", "kind": "hls" }] });
    let request: StartRequest = serde_json::from_value(body).expect("a request");
    let staff = StaffName::new("oskar").expect("a name");
    programmes::start(store, &staff, &request).await.expect("on air").programme.programme.programme_id
}

async fn worker(house: &House) -> Bus {
    let secrets = Secrets::load_or_make(house.dir()).expect("keys");
    let seed = std::fs::read_to_string(secrets.restream.seed_file).expect("a seed");
    let config = ConnectConfig {
        url: house.nats_url().to_owned(),
        name: "callboard-restream".to_owned(),
        auth: Auth::Nkey(seed.trim().to_owned()),
        inbox: subject::inbox("worker_restream"),
    };
    let worker = Bus::connect(config).await.expect("an address");
    worker.wait_connected(PATIENCE).await.expect("the worker may connect");
    worker
}

/// Takes questions for pictures of a programme, and answers them if it is to; counts them.
async fn takes_questions(
    worker: &Bus,
    programme: ProgrammeId,
    answers: bool,
) -> (Arc<AtomicU32>, tokio::task::JoinHandle<()>) {
    let mut asked = worker.client().subscribe(subject::programme_still(programme)).await.expect("it may listen");
    worker.flush().await.expect("flushed");
    let (count, client) = (Arc::new(AtomicU32::new(0)), worker.client().clone());
    let counted = Arc::clone(&count);
    let task = tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            let question: StillRequest = serde_json::from_slice(&message.payload).expect("a question");
            assert_eq!(question.guest, None);
            counted.fetch_add(1, Ordering::SeqCst);
            let picture = Picture {
                jpeg_base64: BASE64.encode(JPEG),
                width: question.width,
                height: 270,
                at: At::from_ms(1_790_000_000_000),
            };
            if answers {
                let body = serde_json::to_vec(&Answer::Ok(picture)).expect("an answer");
                client.publish(message.reply.expect("a reply subject"), body.into()).await.expect("answered");
            }
        }
    });
    (count, task)
}

async fn reports(who: &Person, call_id: CallId, whom: &Person) -> ReportId {
    let on = ReportOn::Call { call_id, uid: Some(whom.uid().clone()) };
    let since = Instant::now();
    let report = who.ask::<Create>(&reporting(on, None)).await;
    assert!(since.elapsed() < BOUNDED, "{:?}", since.elapsed());
    report.report_id
}

async fn evidence(ines: &Staff, report_id: ReportId) -> EvidenceView {
    ask::<Evidence>(ines, &ReportRef { report_id }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_keeps_a_picture_of_what_is_on_air_and_does_not_wait_for_one() {
    let (base, programs) = (callboard_testbase::fresh().await, programs());
    let options = Options::default()
        .env("CALLBOARD_BIN_DIR", programs.path().to_str().expect("a path"))
        .env("CALLBOARD_DATABASE_URL", base.app_url.clone())
        .env("CALLBOARD_DATABASE_OWNER_URL", base.owner_url.clone());
    let house = House::start(options).await;
    let (ines, _) = house.hire(Role::Moderator).await;
    let (host, maya, leo) = (house.person("host").await, house.person("maya").await, house.person("leo").await);
    host.offers("coin-burn", CallKind::Group, "60").await;
    let call_id = host.open_group(&[(maya.uid(), false), (leo.uid(), false)]).await.call_id;
    for guest in [&maya, &leo] {
        guest.accept(call_id).await;
        guest.join(call_id).await;
    }
    host.join(call_id).await;

    // Nothing is on air: nothing is said of a picture.
    let before = reports(&leo, call_id, &maya).await;
    assert!(evidence(&ines, before).await.evidence["still"].is_null());
    let programme = on_air(&base.store, call_id).await;

    // No worker runs it, then one that does not answer: the report is taken all the same, and its evidence says why there is none.
    let unrun = reports(&maya, call_id, &leo).await;
    let worker = worker(&house).await;
    let (asked, silent) = takes_questions(&worker, programme, false).await;
    let unanswered = reports(&maya, call_id, &host).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for (report_id, why) in
        [(unrun, "it is run by no worker just now"), (unanswered, "its worker gave none within 800 ms")]
    {
        let said = evidence(&ines, report_id).await.evidence["still"].clone();
        assert_eq!(said, json!({ "programme_id": programme, "missing": why }));
        let none = ines.call::<Still>(&ReportRef { report_id }).await.expect_err("there is none").to_string();
        assert!(none.contains("no picture was kept"), "{none}");
    }
    silent.abort();
    let _ = silent.await;

    // One that answers: the picture is kept, its hash is in the evidence.
    let (asked, _answering) = takes_questions(&worker, programme, true).await;
    let report_id = reports(&leo, call_id, &host).await;
    let view = evidence(&ines, report_id).await;
    let sha256 = HEXLOWER.encode(&Sha256::digest(JPEG));
    assert_eq!((view.intact, view.evidence["still"]["sha256"].as_str()), (true, Some(sha256.as_str())));
    let still = ask::<Still>(&ines, &ReportRef { report_id }).await;
    assert_eq!((BASE64.decode(still.jpeg_base64.as_bytes()).expect("base64").as_slice(), still.intact), (JPEG, true));
    assert_eq!((still.programme_id, still.sha256, still.width, still.height), (programme, sha256, 480, 270));
    let about = LsRequest { about: Some(host.uid().clone()), ..LsRequest::default() };
    let case = ask::<LsCases>(&ines, &about).await.items.remove(0);
    assert_eq!(case.tenant.as_ref(), Some(host.uid()));
    let shown = ask::<Show>(&ines, &CaseRef { case_id: case.case_id }).await;
    assert_eq!(shown.reports.iter().map(|r| r.still).collect::<Vec<_>>(), [false, true]);

    // A stranger's report is refused, and nobody is asked for a picture. Who may see no pictures is given none.
    let stranger = house.person("stranger").await;
    let on = ReportOn::Call { call_id, uid: None };
    assert_eq!(stranger.refused::<Create>(&reporting(on, None)).await, ErrorCode::NotFound);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let (auditor, _) = house.hire(Role::Auditor).await;
    auditor.call::<Evidence>(&ReportRef { report_id }).await.expect("he reads evidence");
    auditor.call::<Still>(&ReportRef { report_id }).await.expect_err("he sees no pictures");

    // The workers cannot change it; if its owner does, it shows.
    let statement = "update moderation.stills set jpeg = '\\x00'";
    sqlx::query(statement).execute(base.store.pool()).await.expect_err("workers may not");
    sqlx::query(statement).execute(&base.owner).await.expect("the owner can");
    assert!(!ask::<Still>(&ines, &ReportRef { report_id }).await.intact);
    worker.drain().await.expect("drained");
    house.down();
    base.finish().await;
}
