//! How the house earns, and the transfers behind it.

use std::time::Duration;

use callboard_bus::Caller;
use callboard_calls::{Burn, house_burn};
use callboard_contract::adm::events::LsRequest;
use callboard_contract::adm::money::{MoneySummary, SummaryRequest, TransferView};
use callboard_contract::{ApiError, Event, Page, PageQuery};
use callboard_domain::Coins;
use callboard_ledger::{history, summary};
use callboard_store::{Store, StoreError, events_page, now};
use callboard_worker::answer;

use super::Desk;
use super::cached::Cached;

/// Consoles ask every second or two; however many they are, the database is asked once.
const LIVE_AGE: Duration = Duration::from_millis(900);
/// The sum over all accounts looks at every one of them.
const SUM_AGE: Duration = Duration::from_secs(10);

/// Totals of now.
#[derive(Debug, Default)]
pub(super) struct Totals {
    live: Cached<(Burn, Coins)>,
    sum: Cached<Coins>,
}

impl Desk {
    pub(super) async fn summary(&self, _: Caller, request: SummaryRequest) -> Result<MoneySummary, ApiError> {
        let span = summary::span(request.minutes)?;
        answer(self.summed(span).await)
    }

    async fn summed(&self, span: u32) -> Result<MoneySummary, StoreError> {
        let (burn, held) = self.totals.live.get(LIVE_AGE, live(&self.store)).await?;
        let ledger_sum = self.totals.sum.get(SUM_AGE, ledger_sum(&self.store)).await?;
        let mut conn = self.store.pool().acquire().await?;
        let as_of = now(&mut conn).await?;
        Ok(MoneySummary {
            as_of,
            live_calls: burn.calls,
            metered_legs: burn.metered_legs,
            burn_per_minute: burn.per_minute,
            platform_per_minute: burn.platform_per_minute,
            held,
            ledger_sum,
            minutes: summary::minutes(&mut conn, as_of, span).await?,
        })
    }

    pub(super) async fn transfers(&self, _: Caller, query: PageQuery) -> Result<Page<TransferView>, ApiError> {
        answer(history::transfers(&self.store, &query).await)
    }

    pub(super) async fn events(&self, _: Caller, request: LsRequest) -> Result<Page<Event>, ApiError> {
        let LsRequest { entity, limit, cursor } = request;
        let query = PageQuery { limit, cursor };
        let limit = query.limit()?;
        answer(events_page(&self.store, entity.as_deref(), limit, query.cursor.as_deref()).await)
    }
}

async fn live(store: &Store) -> Result<(Burn, Coins), StoreError> {
    let burn = house_burn(store).await?;
    let held = summary::held(&mut *store.pool().acquire().await?).await?;
    Ok((burn, held))
}

async fn ledger_sum(store: &Store) -> Result<Coins, StoreError> {
    summary::ledger_sum(&mut *store.pool().acquire().await?).await
}
