//! Totals, workers, and the list that is open on the screen.

use std::time::Duration;

use callboard_client::{ClientError, WorkerInfo};
use callboard_contract::adm::audit::Ls as AuditLs;
use callboard_contract::adm::calls::{Ls as CallsLs, LsRequest};
use callboard_contract::adm::cases::Ls as CasesLs;
use callboard_contract::adm::money::{Summary, SummaryRequest, Transfers};
use callboard_contract::adm::people::Ls as PeopleLs;
use callboard_contract::adm::refund::Ls as RefundsLs;
use callboard_contract::adm::rooms::{Ls as RoomsLs, LsRequest as RoomsRequest};
use callboard_contract::adm::wallet::Ls as WalletsLs;
use callboard_contract::{Endpoint, Page, PageQuery};
use callboard_domain::{Power, RoomState};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::sink::problem;
use super::{Shared, every, programmes, up};
use crate::state::columns::WorkerRow;
use crate::state::listing::ROWS;
use crate::state::msg::{List, Update};

const SUMMARY_EVERY: Duration = Duration::from_secs(2);
const WORKERS_EVERY: Duration = Duration::from_secs(5);
const LIST_EVERY: Duration = Duration::from_secs(2);
/// Their workers report as often.
const PROGRAMMES_EVERY: Duration = Duration::from_secs(1);
/// Between two looks, however much happens.
const LEAST_GAP: Duration = Duration::from_millis(250);
const REFUNDS_EVERY: Duration = Duration::from_secs(10);
/// So many pages of rooms are read: the busiest may be among the oldest.
const ROOM_PAGES: usize = 5;

/// Totals and the minutes of the graphs.
pub(super) async fn summary(shared: Shared) {
    let mut ticks = every(SUMMARY_EVERY);
    while !shared.sink.gone() {
        ticks.tick().await;
        up(&shared).await;
        tell(&shared, "totals", shared.staff.call::<Summary>(&SummaryRequest::default()).await.map(Update::Summary));
    }
}

/// Who answers to micro discovery.
pub(super) async fn workers(shared: Shared) {
    let mut ticks = every(WORKERS_EVERY);
    while !shared.sink.gone() {
        ticks.tick().await;
        up(&shared).await;
        let rows = shared.staff.workers().await.map(|rows| Update::Workers(rows.into_iter().map(row).collect()));
        tell(&shared, "workers", rows);
    }
}

fn row(worker: WorkerInfo) -> WorkerRow {
    WorkerRow {
        name: worker.name,
        id: worker.id,
        version: worker.version,
        endpoints: worker.endpoints.try_into().unwrap_or(u64::MAX),
        requests: worker.requests,
        errors: worker.errors,
        average: format!("{:.2} ms", worker.avg_ms),
        missing: false,
    }
}

/// Keeps the open list current.
pub(super) async fn chosen(shared: Shared, mut listed: watch::Receiver<Option<List>>) {
    loop {
        let list = listed.borrow_and_update().clone();
        let began = Instant::now();
        if let Some(list) = &list {
            up(&shared).await;
            read(&shared, list).await;
        }
        let on_air = list == Some(List::Programmes);
        let cases = matches!(list, Some(List::Cases(_)));
        tokio::select! {
            () = shared.cases_nudge.notified(), if cases => sleep_until(began + LEAST_GAP).await,
            () = sleep_until(began + if on_air { PROGRAMMES_EVERY } else { LIST_EVERY }) => {}
            () = shared.list_nudge.notified(), if on_air => sleep_until(began + LEAST_GAP).await,
            changed = listed.changed() => if changed.is_err() { return },
        }
    }
}

/// Reads the refunds from time to time even where nobody looks at them: a large one is an alarm.
pub(super) async fn refund_watch(shared: Shared) {
    let mut powers = shared.powers.clone();
    if powers.wait_for(|powers| powers.contains(&Power::SeeMoney)).await.is_err() {
        return;
    }
    let mut ticks = every(REFUNDS_EVERY);
    while !shared.sink.gone() {
        ticks.tick().await;
        up(&shared).await;
        match shared.staff.call::<RefundsLs>(&page()).await {
            Ok(page) => shared.sink.send(Update::Refunds(page.items)),
            Err(error) => tracing::debug!(%error, "refunds cannot be watched"),
        }
    }
}

async fn read(shared: &Shared, list: &List) {
    async fn items<E, R>(shared: &Shared, into: fn(Vec<R>) -> Update) -> Result<Update, ClientError>
    where
        E: Endpoint<Request = PageQuery, Reply = Page<R>>,
    {
        shared.staff.call::<E>(&page()).await.map(|page| into(page.items))
    }
    let answer = match list {
        List::Ended => {
            let ask = LsRequest { limit: Some(ROWS), ..LsRequest::default() };
            let over = |page: Page<callboard_contract::adm::calls::CallRow>| {
                page.items.into_iter().filter(|c| c.state.is_over()).collect()
            };
            shared.staff.call::<CallsLs>(&ask).await.map(|page| Update::Ended(over(page)))
        }
        List::Wallets => items::<WalletsLs, _>(shared, Update::Wallets).await,
        List::Transfers => items::<Transfers, _>(shared, Update::Transfers).await,
        List::Refunds => items::<RefundsLs, _>(shared, Update::Refunds).await,
        List::Programmes => programmes::list(shared).await,
        List::Rooms(ask) => rooms(shared, ask).await,
        List::Cases(ask) => shared.staff.call::<CasesLs>(ask).await.map(|page| Update::Cases(page.items)),
        List::Users(ask) => shared.staff.call::<PeopleLs>(ask).await.map(|page| Update::Users(page.items)),
        List::Audit(ask) => shared.staff.call::<AuditLs>(ask).await.map(|page| Update::Audit(page.items)),
    };
    tell(shared, "list", answer);
}

/// Rooms that are not closed.
async fn rooms(shared: &Shared, ask: &RoomsRequest) -> Result<Update, ClientError> {
    let mut rooms = Vec::new();
    for state in [RoomState::Open, RoomState::Locked] {
        let mut ask = RoomsRequest { state: Some(state), ..ask.clone() };
        for _ in 0..ROOM_PAGES {
            let page = shared.staff.call::<RoomsLs>(&ask).await?;
            rooms.extend(page.items);
            ask.cursor = page.cursor;
            if ask.cursor.is_none() {
                break;
            }
        }
    }
    Ok(Update::Rooms(rooms))
}

fn page() -> PageQuery {
    PageQuery { limit: Some(ROWS), cursor: None }
}

fn tell(shared: &Shared, what: &str, answer: Result<Update, ClientError>) {
    match answer {
        Ok(update) => shared.sink.send(update),
        Err(error) => shared.sink.send(Update::Trouble(format!("{what}: {}", problem(&error).message))),
    }
}
