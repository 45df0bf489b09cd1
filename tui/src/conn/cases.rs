//! Open cases, on whatever screen: what is late or urgent is an alarm. Events bring the next look forward.

use std::time::Duration;

use callboard_contract::adm::cases::{Ls, LsRequest};
use callboard_contract::subject::CASE_EVENTS;
use callboard_domain::Power;
use futures::StreamExt;
use tokio::time::{Instant, sleep, sleep_until};

use super::sink::problem;
use super::{Shared, up};
use crate::state::listing::ROWS;
use crate::state::msg::Update;

/// How often open cases are read where nothing happens.
const WATCH_EVERY: Duration = Duration::from_secs(10);
/// Between two looks, however much happens.
const LEAST_GAP: Duration = Duration::from_millis(250);

/// Waits until the caller is known to be one who may see rooms; false if the connection is gone.
async fn may(shared: &Shared) -> bool {
    let mut powers = shared.powers.clone();
    powers.wait_for(|powers| powers.contains(&Power::SeeRooms)).await.is_ok()
}

/// Reads the open cases from time to time.
pub(super) async fn watch(shared: Shared) {
    if !may(&shared).await {
        return;
    }
    while !shared.sink.gone() {
        up(&shared).await;
        let began = Instant::now();
        let ask = LsRequest { limit: Some(ROWS), ..LsRequest::default() };
        match shared.staff.call::<Ls>(&ask).await {
            Ok(page) => shared.sink.send(Update::OpenCases(page.items)),
            Err(error) => tracing::debug!(%error, "open cases cannot be watched"),
        }
        tokio::select! {
            () = sleep_until(began + WATCH_EVERY) => {}
            () = async { shared.open_nudge.notified().await; sleep_until(began + LEAST_GAP).await } => {}
        }
    }
}

/// Hears what happens to cases.
pub(super) async fn events(shared: Shared) {
    if !may(&shared).await {
        return;
    }
    while !shared.sink.gone() {
        up(&shared).await;
        match shared.staff.events(CASE_EVENTS).await {
            Ok(mut events) => {
                while events.next().await.is_some() {
                    shared.open_nudge.notify_one();
                    shared.cases_nudge.notify_one();
                    shared.followed_nudge.notify_one();
                }
            }
            Err(error) => {
                shared.sink.send(Update::Trouble(format!("events of cases: {}", problem(&error).message)));
                sleep(super::RETRY).await;
            }
        }
        sleep(LEAST_GAP).await;
    }
}
