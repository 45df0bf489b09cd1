//! Live calls, page by page, and the followed call; events bring the next look forward.

use std::collections::HashSet;
use std::time::Duration;

use callboard_contract::adm::calls::{Live, Show, Timeline};
use callboard_contract::api::calls::CallRef;
use callboard_contract::limits::MAX_PAGE;
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::CallId;
use futures::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep, sleep_until};

use super::sink::problem;
use super::{Shared, up};
use crate::state::msg::Update;

/// Between two pages of a round, where there is more than one.
const PAGE_GAP: Duration = Duration::from_millis(250);
/// Between two looks, however much happens.
const LEAST_GAP: Duration = Duration::from_millis(250);
/// How often the followed call is read.
const DETAIL_EVERY: Duration = Duration::from_secs(1);
/// How many touched calls are read between two looks.
const TOUCHED: usize = 8;
/// The subjects of calls' events.
const CALL_EVENTS: &str = "evt.call.>";

/// Goes round over all live calls, page by page, for ever.
pub(super) async fn live(shared: Shared) {
    let mut round = 0;
    while !shared.sink.gone() {
        up(&shared).await;
        let began = Instant::now();
        round += 1;
        let mut cursor = None;
        let mut first = true;
        loop {
            let query = PageQuery { limit: Some(MAX_PAGE), cursor: cursor.take() };
            let page = match shared.staff.call::<Live>(&query).await {
                Ok(page) => page,
                Err(error) => {
                    shared.sink.send(Update::Trouble(format!("live calls: {}", problem(&error).message)));
                    break;
                }
            };
            cursor.clone_from(&page.cursor);
            shared.sink.send(Update::Live { page, round, first });
            first = false;
            if cursor.is_none() {
                break;
            }
            sleep(PAGE_GAP).await;
        }
        sleep_until(began + LEAST_GAP).await;
        tokio::select! {
            () = sleep_until(began + shared.poll) => {}
            () = shared.live_nudge.notified() => {}
        }
    }
}

/// Hears what happens to calls, and has the touched ones read soon.
pub(super) async fn events(shared: Shared, touched: UnboundedSender<CallId>) {
    while !shared.sink.gone() {
        up(&shared).await;
        let mut events = match shared.staff.events(CALL_EVENTS).await {
            Ok(events) => events,
            Err(error) => {
                shared.sink.send(Update::Trouble(format!("events: {}", problem(&error).message)));
                sleep(super::RETRY).await;
                continue;
            }
        };
        while let Some(event) = events.next().await {
            if let Ok(id) = event.entity.parse() {
                if *shared.watched.borrow() == Some(id) {
                    shared.call_nudge.notify_one();
                }
                if touched.send(id).is_err() {
                    return;
                }
            }
            shared.sink.send(Update::Event(event));
        }
        sleep(LEAST_GAP).await;
    }
}

/// Reads what was touched: a few calls one by one, many by the next round over all.
pub(super) async fn touched(shared: Shared, mut touched: UnboundedReceiver<CallId>) {
    while let Some(first) = touched.recv().await {
        sleep(LEAST_GAP).await;
        let mut ids = HashSet::from([first]);
        while let Ok(id) = touched.try_recv() {
            ids.insert(id);
        }
        if ids.len() > TOUCHED {
            shared.live_nudge.notify_one();
            continue;
        }
        for call_id in ids {
            match shared.staff.call::<Show>(&CallRef { call_id }).await {
                Ok(detail) => shared.sink.send(Update::Touched(Box::new(detail))),
                // The next round tells.
                Err(error) => tracing::debug!(%error, %call_id, "a touched call could not be read"),
            }
        }
    }
}

/// Follows the call that is open on the screen.
pub(super) async fn detail(shared: Shared) {
    let mut watched = shared.watched.clone();
    loop {
        let id = *watched.borrow_and_update();
        let Some(call_id) = id else {
            if watched.changed().await.is_err() {
                return;
            }
            continue;
        };
        up(&shared).await;
        let began = Instant::now();
        let ask = CallRef { call_id };
        let (detail, timeline) = tokio::join!(shared.staff.call::<Show>(&ask), shared.staff.call::<Timeline>(&ask));
        match detail {
            Ok(detail) => shared.sink.send(Update::Detail(Box::new(detail), timeline.ok())),
            Err(error) => {
                let problem = problem(&error);
                if matches!(problem.code, Some(ErrorCode::NotFound | ErrorCode::Forbidden | ErrorCode::BadRequest)) {
                    shared.sink.must(Update::NoDetail(call_id, problem)).await;
                } else {
                    shared.sink.send(Update::Trouble(format!("call: {}", problem.message)));
                }
            }
        }
        tokio::select! {
            () = sleep_until(began + DETAIL_EVERY) => {}
            () = async { shared.call_nudge.notified().await; sleep_until(began + LEAST_GAP).await } => {}
            changed = watched.changed() => if changed.is_err() { return },
        }
    }
}
