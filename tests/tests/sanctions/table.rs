//! Attempts, and when each was refused or cut.

use std::fmt::Write as _;
use std::time::Duration;

use callboard_bus::CallError;
use callboard_client::App;
use callboard_contract::{Endpoint, ErrorCode};
use callboard_tests::{PATIENCE, Person};
use tokio::time::{Instant, sleep, timeout};

/// An attempt that is let through is made again after this long.
const AGAIN: Duration = Duration::from_millis(10);
/// Nobody waits longer than this for a refusal.
const LIMIT: Duration = Duration::from_secs(1);

/// What was tried under which sanction, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

#[derive(Debug)]
struct Row {
    sanction: String,
    attempt: &'static str,
    outcome: String,
    took: Duration,
}

impl Table {
    /// Notes an attempt.
    pub(crate) fn note(&mut self, sanction: impl std::fmt::Display, attempt: &'static str, shut: Shut) {
        let (sanction, Shut { outcome, took }) = (sanction.to_string(), shut);
        self.0.push(Row { sanction, attempt, outcome, took });
    }

    /// Prints the table; fails if any attempt was let through for a second or longer.
    pub(crate) fn all_within_a_second(&self) {
        let mut text = format!("{:<20} {:<44} {:<22} {:>6}\n", "SANCTION", "ATTEMPT", "OUTCOME", "MS");
        for row in &self.0 {
            let Row { sanction, attempt, outcome, took } = row;
            writeln!(text, "{sanction:<20} {attempt:<44} {outcome:<22} {:>6}", took.as_millis()).expect("text");
        }
        let mut took: Vec<Duration> = self.0.iter().map(|row| row.took).collect();
        took.sort_unstable();
        let ms =
            |percent: usize| took.get((took.len() * percent).div_ceil(100).saturating_sub(1)).map(Duration::as_millis);
        let (p50, p99) = (ms(50).unwrap_or_default(), ms(99).unwrap_or_default());
        writeln!(text, "{} attempts: p50 {p50} ms, p99 {p99} ms", took.len()).expect("text");
        eprintln!("{text}");
        let late: Vec<&Row> = self.0.iter().filter(|row| row.took >= LIMIT).collect();
        assert!(late.is_empty(), "{late:#?}\n{text}");
    }
}

/// How and when an attempt was shut off.
#[derive(Clone, Debug)]
pub(crate) struct Shut {
    outcome: String,
    took: Duration,
}

impl Shut {
    /// Something was seen to be so.
    pub(crate) fn seen(outcome: &str, since: Instant) -> Self {
        Self::after(outcome, since.elapsed())
    }

    /// The same, where it was measured in another way.
    pub(crate) fn after(outcome: &str, took: Duration) -> Self {
        Self { outcome: outcome.to_owned(), took }
    }
}

/// Asks again and again until it is refused or the connection is cut.
pub(crate) async fn asking<E: Endpoint>(who: &Person, since: Instant, request: impl Fn() -> E::Request) -> Shut {
    asking_as::<E>(who.app(), since, request).await
}

/// The same by an app of its own.
pub(crate) async fn asking_as<E: Endpoint>(app: &App, since: Instant, request: impl Fn() -> E::Request) -> Shut {
    loop {
        let cut = cut(app, since);
        let asked = request();
        tokio::select! {
            shut = cut => return shut,
            answer = app.call::<E>(&asked) => match answer {
                Err(CallError::Api(e)) if !matches!(e.code, ErrorCode::RateLimited | ErrorCode::Unavailable) => {
                    return Shut::seen(&e.code.to_string(), since);
                }
                Err(CallError::Disconnected) => return Shut::seen("cut", since),
                Ok(_) | Err(_) => {}
            }
        }
        assert!(since.elapsed() < PATIENCE, "{:?} was never refused", E::SPEC);
        sleep(AGAIN).await;
    }
}

/// Waits until a connection is cut.
pub(crate) async fn cut(app: &App, since: Instant) -> Shut {
    let mut state = app.connection();
    let gone = state.wait_for(|state| !state.is_connected());
    timeout(PATIENCE, gone).await.expect("the connection is cut").expect("the app is there");
    Shut::seen("cut", since)
}

/// Looks again and again until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(
    outcome: &str,
    since: Instant,
    mut look: impl FnMut() -> F,
) -> Shut {
    while !look().await {
        assert!(since.elapsed() < PATIENCE, "in vain: {outcome}");
        sleep(AGAIN).await;
    }
    Shut::seen(outcome, since)
}
