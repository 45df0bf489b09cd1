//! Calls on air: the list, the followed programme, and pictures of it; events bring the next look forward.

use std::time::Duration;

use callboard_client::{CallError, ClientError};
use callboard_contract::adm::restream::{Ls, LsRequest, ProgrammeRef, ProgrammeRow, Show, Snapshot, SnapshotRequest};
use callboard_contract::subject::PROGRAMME_EVENTS;
use callboard_contract::{ErrorCode, Page};
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::sink::problem;
use super::{Shared, every, up};
use crate::picture::{self, Look, Picture};
use crate::state::msg::{Problem, Update};

/// How often the followed programme is read: its worker reports as often.
const DETAIL_EVERY: Duration = Duration::from_secs(1);
/// Between two looks, however much happens.
const LEAST_GAP: Duration = Duration::from_millis(250);
/// How often the list is read where nobody looks at it: trouble is an alarm.
const WATCH_EVERY: Duration = Duration::from_secs(10);
/// Between two pictures.
const PICTURE_EVERY: Duration = Duration::from_secs(1);
/// After one that could not be had.
const PICTURE_AGAIN: Duration = Duration::from_secs(2);
/// How many of those that run are read, and of the newest of all.
const RUNNING: u32 = 200;
const NEWEST: u32 = 30;

/// Those that run, and the newest of those that do not.
pub(super) async fn list(shared: &Shared) -> Result<Update, ClientError> {
    let ask = |past, limit| LsRequest { past, limit: Some(limit), ..LsRequest::default() };
    let mut rows: Vec<ProgrammeRow> = shared.staff.call::<Ls>(&ask(false, RUNNING)).await?.items;
    let newest: Page<ProgrammeRow> = shared.staff.call::<Ls>(&ask(true, NEWEST)).await?;
    for row in newest.items {
        if rows.iter().all(|known| known.programme_id != row.programme_id) {
            rows.push(row);
        }
    }
    Ok(Update::Programmes(rows))
}

/// Reads the list from time to time even where nobody looks at it.
pub(super) async fn watch(shared: Shared) {
    let mut ticks = every(WATCH_EVERY);
    while !shared.sink.gone() {
        ticks.tick().await;
        up(&shared).await;
        match list(&shared).await {
            Ok(update) => shared.sink.send(update),
            // A house without the worker has nothing on air.
            Err(error) => tracing::debug!(%error, "calls on air cannot be watched"),
        }
    }
}

/// Hears what happens to programmes.
pub(super) async fn events(shared: Shared) {
    while !shared.sink.gone() {
        up(&shared).await;
        match shared.staff.events(PROGRAMME_EVENTS).await {
            Ok(mut events) => {
                while events.next().await.is_some() {
                    shared.programme_nudge.notify_one();
                    shared.list_nudge.notify_one();
                }
            }
            Err(error) => {
                shared.sink.send(Update::Trouble(format!("events of programmes: {}", problem(&error).message)));
                sleep(super::RETRY).await;
            }
        }
        sleep(LEAST_GAP).await;
    }
}

/// Follows the programme that is open on the screen.
pub(super) async fn detail(shared: Shared) {
    let mut watched = shared.programme.clone();
    loop {
        let id = *watched.borrow_and_update();
        let Some(programme_id) = id else {
            if watched.changed().await.is_err() {
                return;
            }
            continue;
        };
        up(&shared).await;
        let began = Instant::now();
        match shared.staff.call::<Show>(&ProgrammeRef { programme_id }).await {
            Ok(detail) => shared.sink.send(Update::Programme(Box::new(detail))),
            Err(error) => {
                let problem = problem(&error);
                if matches!(problem.code, Some(ErrorCode::NotFound | ErrorCode::Forbidden | ErrorCode::BadRequest)) {
                    shared.sink.must(Update::NoProgramme(programme_id, problem)).await;
                } else {
                    shared.sink.send(Update::Trouble(format!("programme: {}", problem.message)));
                }
            }
        }
        tokio::select! {
            () = sleep_until(began + DETAIL_EVERY) => {}
            () = async { shared.programme_nudge.notified().await; sleep_until(began + LEAST_GAP).await } => {}
            changed = watched.changed() => if changed.is_err() { return },
        }
    }
}

/// Gives the picture that is looked at, again and again.
pub(super) async fn pictures(shared: Shared, mut looked: watch::Receiver<Option<Look>>) {
    loop {
        let look = looked.borrow_and_update().clone();
        let Some(look) = look else {
            if looked.changed().await.is_err() {
                return;
            }
            continue;
        };
        let began = Instant::now();
        let pause = tokio::select! {
            pause = one(&shared, &look) => pause,
            // Another one is wanted: the answer to the old question does not matter any more.
            changed = looked.changed() => if changed.is_err() { return } else { continue },
        };
        tokio::select! {
            () = sleep_until(began + pause) => {}
            changed = looked.changed() => if changed.is_err() { return },
        }
    }
}

/// One picture; gives the time from its asking to the asking for the next one.
async fn one(shared: &Shared, look: &Look) -> Duration {
    up(shared).await;
    let made = match get(shared, look).await {
        Ok(made) => made,
        // Others of the same name look too: the one that is shown stays for a moment longer.
        Err(ClientError::Call(CallError::Api(error))) if error.code == ErrorCode::RateLimited => {
            return error.retry_after_ms.map_or(PICTURE_EVERY, Duration::from_millis).max(PICTURE_EVERY);
        }
        Err(error) => Err(problem(&error)),
    };
    let pause = if made.is_ok() { PICTURE_EVERY } else { PICTURE_AGAIN };
    shared.sink.send(Update::Picture(Box::new(made.map_err(|problem| (look.clone(), problem)))));
    pause
}

/// Asks for a picture, for a narrower one if that is too large, and makes it ready on a thread of its own.
async fn get(shared: &Shared, look: &Look) -> Result<Result<Picture, Problem>, ClientError> {
    let mut width = look.width();
    let still = loop {
        let ask = SnapshotRequest { programme_id: look.programme, guest: look.guest.clone(), width: Some(width) };
        match shared.staff.call::<Snapshot>(&ask).await {
            Err(ClientError::Call(CallError::Api(error)))
                if error.code == ErrorCode::TooLarge
                    && width / 2 >= *callboard_contract::limits::STILL_WIDTHS.start() =>
            {
                width /= 2;
            }
            done => break done?,
        }
    };
    let of = look.clone();
    let made = tokio::task::spawn_blocking(move || picture::make(&still, of)).await;
    let made = made.unwrap_or_else(|error| Err(format!("the picture could not be made: {error}")));
    Ok(made.map_err(|message| Problem { code: None, message }))
}
