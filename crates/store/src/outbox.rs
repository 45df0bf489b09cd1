//! The outbox: events are committed with the fact that they tell of, then carried to the stream by one leased relay.
//!
//! At least once, in order per entity: a batch is sent in waves that hold at most one event of each entity, so that a failed
//! publish never lets a later version overtake an earlier one.

use callboard_contract::{Event, EventPush, Page, Push};
use callboard_domain::{At, EventId, Uid};
use serde_json::Value;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::{Store, StoreError};

/// An event to be told.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its kind, one of the contract's.
    pub event: &'static str,
    /// The id of the entity that it is about.
    pub entity: String,
    /// The version of the entity after it.
    pub version: i64,
    /// When it happened.
    pub at: At,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub data: Value,
    /// To whom it is pushed.
    pub pushes: Vec<EventPush>,
}

/// Writes an event into the outbox, in the caller's transaction.
pub async fn emit(conn: &mut PgConnection, event: &NewEvent) -> Result<(), StoreError> {
    emit_many(conn, std::slice::from_ref(event)).await
}

/// Writes events into the outbox in their order, in the caller's transaction.
pub async fn emit_many(conn: &mut PgConnection, events: &[NewEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<uuid::Uuid> = events.iter().map(|_| EventId::generate().as_uuid()).collect();
    let kinds: Vec<String> = events.iter().map(|e| e.event.to_owned()).collect();
    let entities: Vec<String> = events.iter().map(|e| e.entity.clone()).collect();
    let versions: Vec<i64> = events.iter().map(|e| e.version).collect();
    let ats: Vec<i64> = events.iter().map(|e| e.at.as_ms()).collect();
    let actors: Vec<String> = events.iter().map(|e| e.actor.clone()).collect();
    let data: Vec<Value> = events.iter().map(|e| e.data.clone()).collect();
    let pushes = events
        .iter()
        .map(|e| serde_json::to_value(&e.pushes).map_err(|err| StoreError::corrupt("a push", err)))
        .collect::<Result<Vec<Value>, StoreError>>()?;
    sqlx::query!(
        "insert into store.outbox (id, event, entity, version, at_ms, actor, data, pushes)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::jsonb[], $8::jsonb[])",
        &ids,
        &kinds,
        &entities,
        &versions,
        &ats,
        &actors,
        &data,
        &pushes,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A push with its subject's user, ready for the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct WirePush {
    /// To whom.
    pub uid: Uid,
    /// What.
    pub push: Push,
}

/// What a settled batch hands back: pushes to be sent now that they are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relayed {
    /// The pushes, in order.
    pub pushes: Vec<WirePush>,
}

/// The lease of the relay: a connection that holds an advisory lock. Whoever holds it carries the outbox; if it dies, the lock goes with it.
#[derive(Debug)]
pub struct Relay {
    conn: PoolConnection<Postgres>,
}

/// The advisory lock of the relay: "outbox" in ASCII.
const RELAY_LOCK: i64 = 0x6f75_7462_6f78;

impl Relay {
    /// Takes the lease, if nobody has it.
    pub async fn lease(store: &Store) -> Result<Option<Self>, StoreError> {
        let mut conn = store.pool().acquire().await?;
        let got = sqlx::query_scalar!("select pg_try_advisory_lock($1) as \"got!\"", RELAY_LOCK)
            .fetch_one(&mut *conn)
            .await?;
        Ok(got.then_some(Self { conn }))
    }

    /// The oldest events that were not sent yet.
    pub async fn unsent(&mut self, limit: i64) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query!(
            "select id, event, entity, version, at_ms, actor, data, pushes from store.outbox where sent_ms is null order by pos limit $1",
            limit
        )
        .fetch_all(&mut *self.conn)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(Event {
                    id: EventId::from_uuid(r.id),
                    event: r.event,
                    entity: r.entity,
                    version: r.version,
                    at: At::from_ms(r.at_ms),
                    actor: r.actor,
                    data: r.data,
                    pushes: serde_json::from_value(r.pushes)
                        .map_err(|e| StoreError::corrupt("a push in the outbox", e))?,
                })
            })
            .collect()
    }

    /// Marks events as sent and numbers their pushes, in one transaction; gives the pushes to be sent.
    pub async fn settle(&mut self, events: &[Event]) -> Result<Relayed, StoreError> {
        use sqlx::Connection as _;
        let mut tx = self.conn.begin().await?;
        let ids: Vec<uuid::Uuid> = events.iter().map(|e| e.id.as_uuid()).collect();
        sqlx::query!("update store.outbox set sent_ms = store.now_ms() where id = any($1) and sent_ms is null", &ids)
            .execute(&mut *tx)
            .await?;
        let mut pushes = crate::pushes::plan(events);
        crate::pushes::number(&mut tx, &mut pushes).await?;
        tx.commit().await?;
        Ok(Relayed { pushes })
    }

    /// Gives the lease back, so that another worker need not wait for this connection to die.
    pub async fn release(mut self) -> Result<(), StoreError> {
        sqlx::query!("select pg_advisory_unlock($1)", RELAY_LOCK).fetch_one(&mut *self.conn).await?;
        Ok(())
    }
}

/// How many events wait, and for how long the oldest has.
pub async fn outbox_lag(store: &Store) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query!(
        "select count(*) as \"waiting!\", coalesce(store.now_ms() - min(at_ms), 0) as \"oldest_ms!\" from store.outbox where sent_ms is null"
    )
    .fetch_one(store.pool())
    .await?;
    Ok((row.waiting, row.oldest_ms))
}

/// Ids and kinds of the events that the outbox holds since an instant, and whether each was sent.
pub async fn event_ids(
    conn: &mut PgConnection,
    since: At,
    until: At,
) -> Result<Vec<(EventId, String, String, bool)>, StoreError> {
    let rows = sqlx::query!(
        "select id, event, entity, sent_ms is not null as \"sent!\" from store.outbox where at_ms >= $1 and at_ms < $2 order by pos",
        since.as_ms(),
        until.as_ms()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (EventId::from_uuid(r.id), r.event, r.entity, r.sent)).collect())
}

/// An event of the outbox, as far as comparing with the stream needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxId {
    /// Its id.
    pub id: EventId,
    /// Its place.
    pub pos: i64,
    /// When it happened.
    pub at: At,
    /// Its kind.
    pub event: String,
    /// What it is about.
    pub entity: String,
    /// Whether it was sent.
    pub sent: bool,
}

/// The events after a place, oldest first: page by page, however long the outbox is.
pub async fn outbox_ids(conn: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<OutboxId>, StoreError> {
    let rows = sqlx::query!(
        "select id, pos, at_ms, event, entity, sent_ms is not null as \"sent!\" from store.outbox where pos > $1 order by pos limit $2",
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| OutboxId {
            id: EventId::from_uuid(r.id),
            pos: r.pos,
            at: At::from_ms(r.at_ms),
            event: r.event,
            entity: r.entity,
            sent: r.sent,
        })
        .collect())
}

/// Those of the given events that the outbox has.
pub async fn known_events(conn: &mut PgConnection, ids: &[EventId]) -> Result<Vec<OutboxId>, StoreError> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        "select id, pos, at_ms, event, entity, sent_ms is not null as \"sent!\" from store.outbox where id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| OutboxId {
            id: EventId::from_uuid(r.id),
            pos: r.pos,
            at: At::from_ms(r.at_ms),
            event: r.event,
            entity: r.entity,
            sent: r.sent,
        })
        .collect())
}

/// Events, newest first.
pub async fn events_page(
    store: &Store,
    entity: Option<&str>,
    limit: u32,
    cursor: Option<&str>,
) -> Result<Page<Event>, StoreError> {
    let before: i64 = match cursor {
        None => i64::MAX,
        Some(text) => text.parse().map_err(|_| {
            StoreError::Refused(
                callboard_contract::ApiError::new(
                    callboard_contract::ErrorCode::BadRequest,
                    "cursor is not one of ours",
                )
                .on_field("cursor"),
            )
        })?,
    };
    let rows = sqlx::query!(
        "select id, pos, event, entity, version, at_ms, actor, data from store.outbox
         where pos < $1 and ($2::text is null or entity = $2) order by pos desc limit $3",
        before,
        entity,
        i64::from(limit)
    )
    .fetch_all(store.pool())
    .await?;
    let cursor = (rows.len() == limit as usize).then(|| rows.last().map(|r| r.pos.to_string())).flatten();
    let items = rows
        .into_iter()
        .map(|r| Event {
            id: EventId::from_uuid(r.id),
            event: r.event,
            entity: r.entity,
            version: r.version,
            at: At::from_ms(r.at_ms),
            actor: r.actor,
            data: r.data,
            pushes: Vec::new(),
        })
        .collect();
    Ok(Page { items, cursor })
}
