//! House liveness: when the house last heard itself, and the outages (MONEY, Evidence).
//!
//! A copy of signaling writes the liveness row each second, after a round trip through NATS. A gap of more than 3 s is an outage:
//! it is recorded by whoever first notices that it is over, before anything is judged by the clock again.

use callboard_contract::limits::HOUSE_SILENCE_MS;
use callboard_domain::{At, Outage};
use serde_json::json;
use sqlx::PgConnection;

use crate::outbox::{NewEvent, emit};
use crate::{StoreError, now};

/// What time it is for judging silence and deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HouseTime {
    /// The database's clock.
    pub now: At,
    /// The last instant at which the house is known to have listened. Nobody is judged by what happened after it.
    pub alive: At,
}

/// What a touch found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The database's clock, now also the last instant at which the house listened.
    pub now: At,
    /// The outage that ended just now.
    pub outage: Option<Outage>,
}

/// Writes that the house listens, and records the outage that this ends, if one does.
pub async fn touch_house(conn: &mut PgConnection) -> Result<Touch, StoreError> {
    let before = sqlx::query_scalar!("select alive_ms from store.house for update").fetch_one(&mut *conn).await?;
    let now = now(&mut *conn).await?;
    let outage = close_gap(conn, before, now).await?;
    sqlx::query!("update store.house set alive_ms = greatest(alive_ms, $1)", now.as_ms()).execute(conn).await?;
    Ok(Touch { now, outage })
}

/// For commands that record an instant: if the house has been silent until now, records the outage first. Cheap where it has not.
pub async fn note_outage(conn: &mut PgConnection) -> Result<HouseTime, StoreError> {
    let time = house_time(&mut *conn).await?;
    if time.now.since(time.alive).as_ms() <= HOUSE_SILENCE_MS {
        return Ok(time);
    }
    let touch = touch_house(conn).await?;
    Ok(HouseTime { now: touch.now, alive: touch.now })
}

/// Reads the clock and the last instant at which the house listened.
pub async fn house_time(conn: &mut PgConnection) -> Result<HouseTime, StoreError> {
    let row = sqlx::query!("select alive_ms, store.now_ms() as \"now!\" from store.house").fetch_one(conn).await?;
    Ok(HouseTime { now: At::from_ms(row.now.max(row.alive_ms)), alive: At::from_ms(row.alive_ms) })
}

/// The outages that reach past an instant, oldest first.
pub async fn outages_since(conn: &mut PgConnection, since: At) -> Result<Vec<Outage>, StoreError> {
    let rows =
        sqlx::query!("select from_ms, to_ms from store.outages where to_ms > $1 order by from_ms", since.as_ms())
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|r| Outage { from: At::from_ms(r.from_ms), to: At::from_ms(r.to_ms) }).collect())
}

async fn close_gap(conn: &mut PgConnection, before: i64, now: At) -> Result<Option<Outage>, StoreError> {
    if now.as_ms() - before <= HOUSE_SILENCE_MS {
        return Ok(None);
    }
    let id = sqlx::query_scalar!(
        "insert into store.outages (from_ms, to_ms) values ($1, $2) returning id",
        before,
        now.as_ms()
    )
    .fetch_one(&mut *conn)
    .await?;
    let data = json!({ "from": At::from_ms(before), "to": now });
    let event = NewEvent {
        event: "house.outage",
        entity: format!("outage-{id}"),
        version: 1,
        at: now,
        actor: "house".to_owned(),
        data,
        pushes: Vec::new(),
    };
    emit(conn, &event).await?;
    Ok(Some(Outage { from: At::from_ms(before), to: now }))
}
