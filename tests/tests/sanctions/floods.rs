//! The sentinel: who goes on asking although he is refused is cut at once, stands in the log, and stays out for a moment. The others talk on
//! meanwhile, and who asks as much as he may is not taken for a flooder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use callboard_bus::CallError;
use callboard_contract::ErrorCode;
use callboard_contract::adm::audit::{Ls, LsRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::chat::Send;
use callboard_contract::api::session::Devices;
use callboard_contract::limits::{FLOOD_PAUSE_MS, MAX_REFUSALS_AT_ONCE, REQUESTS_PER_SECOND};
use callboard_tests::{PATIENCE, Person, Probe, eventually, saying};
use tokio::time::{Instant, sleep};

use crate::stand::Stand;

/// From the line that he crosses to the cut.
const CUT_WITHIN: Duration = Duration::from_secs(2);
/// From a room mate's message to the other who reads it, whatever a third one does.
const HEARD_WITHIN: Duration = Duration::from_secs(2);
const BATCH: u32 = 200;
const SAYS_EVERY: Duration = Duration::from_millis(100);

pub(crate) async fn who_floods_is_cut(stand: &Stand) {
    let Stand { leo, maya, felix, room, .. } = stand;
    let busy = Busy::start(stand.house.person("bea").await);
    let over = Arc::new(AtomicBool::new(false));
    let talk = tokio::spawn(talk(felix.clone(), maya.clone(), *room, Arc::clone(&over)));

    let body = Bytes::from(serde_json::to_vec(&saying(*room, "flood")).expect("json"));
    let took = floods(&stand.probe().await.expect("signed in"), "api.v1.leo.chat.send", body).await;
    eprintln!("who floods with messages is cut {} ms after he crossed the line", took.as_millis());
    assert!(took < CUT_WITHIN, "{took:?}");
    let pause =
        leo.hears("that he floods", |push| push.event == "session.flooding").await.data["retry_after_ms"].as_u64();
    assert!(pause.is_some_and(|ms| ms <= FLOOD_PAUSE_MS.unsigned_abs()), "{pause:?}");
    let out = Instant::now();
    assert!(stand.probe().await.is_err(), "he stays out for a moment");
    eventually("him to be let in again", PATIENCE, || async { stand.probe().await.ok() }).await;
    let stayed = out.elapsed();
    assert!(stayed.as_millis() + 1_000 > u128::from(FLOOD_PAUSE_MS.unsigned_abs()), "only {stayed:?}");
    leo.is_connected().await;

    // With what nobody understands it is the same.
    let kim = Probe::connect(stand.house.ws_url(), &stand.house.token("kim"), "kim").await.expect("signed in");
    let took = floods(&kim, "api.v1.kim.chat.nonsense", Bytes::from_static(b"\xff{")).await;
    eprintln!("who floods with nonsense is cut {} ms after he crossed the line", took.as_millis());
    assert!(took < CUT_WITHIN, "{took:?}");

    over.store(true, Ordering::SeqCst);
    let mut heard = talk.await.expect("talked");
    heard.sort_unstable();
    let (n, last) = (heard.len(), heard.last().copied().unwrap_or_default());
    eprintln!("{n} messages of room mates meanwhile: p50 {:?}, slowest {last:?}", heard[n / 2]);
    assert!(n >= 10 && last < HEARD_WITHIN, "{heard:?}");
    busy.was_not_cut();

    for name in ["leo", "kim"] {
        let of =
            LsRequest { id: Some(name.to_owned()), act: Some("connections.flood".to_owned()), ..LsRequest::default() };
        let acts = stand.ask::<Ls>(&of).await.items;
        assert_eq!(acts.len(), 1, "one flood, one line in the log: {acts:?}");
        assert_eq!(acts[0].actor, "house:sentinel");
    }
}

/// Publishes as fast as it goes until the server cuts the connection; gives how long that took from where the line was crossed.
async fn floods(probe: &Probe, subject: &str, body: Bytes) -> Duration {
    let line = 2 * REQUESTS_PER_SECOND + MAX_REFUSALS_AT_ONCE;
    let mut crossed = None;
    let publishing = async {
        let mut sent = 0;
        loop {
            for _ in 0..BATCH {
                probe.client().publish(subject.to_owned(), body.clone()).await.expect("the client is there");
            }
            probe.client().flush().await.expect("the client is there");
            sent += BATCH;
            if sent > line {
                crossed.get_or_insert_with(Instant::now);
            }
        }
    };
    tokio::select! {
        () = publishing => {}
        () = probe.is_told("disconnected") => {}
    }
    crossed.map_or(Duration::ZERO, |at: Instant| at.elapsed())
}

/// Somebody says something again and again and another hears it; gives how long each took.
async fn talk(from: Person, to: Person, room: callboard_domain::RoomId, over: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let body = format!("as if nothing were {}", took.len());
        let said = Instant::now();
        from.ask::<Send>(&saying(room, &body)).await;
        to.hears(&body, |push| push.event == "chat.news" && push.data["message"]["body"] == body.as_str()).await;
        took.push(said.elapsed());
        sleep(SAYS_EVERY).await;
    }
    took
}

/// Somebody who asks as often as he may, and waits when he is told to.
struct Busy {
    person: Person,
    asking: tokio::task::JoinHandle<()>,
    asked: Arc<AtomicU32>,
    lost: Arc<AtomicBool>,
}

impl Busy {
    fn start(person: Person) -> Self {
        let (asked, lost) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (app, count, gone) = (person.app().clone(), Arc::clone(&asked), Arc::clone(&lost));
        let asking = tokio::spawn(async move {
            loop {
                match app.call::<Devices>(&Nothing {}).await {
                    Err(CallError::Api(error)) if error.code == ErrorCode::RateLimited => {
                        sleep(Duration::from_millis(error.retry_after_ms.unwrap_or(20))).await;
                    }
                    Err(CallError::Disconnected) => gone.store(true, Ordering::SeqCst),
                    _ => _ = count.fetch_add(1, Ordering::SeqCst),
                }
            }
        });
        Self { person, asking, asked, lost }
    }

    fn was_not_cut(self) {
        self.asking.abort();
        assert!(!self.lost.load(Ordering::SeqCst) && self.person.app().connection().borrow().is_connected());
        assert!(self.asked.load(Ordering::SeqCst) > REQUESTS_PER_SECOND, "she was not that busy");
    }
}
