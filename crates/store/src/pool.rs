//! The pool of connections, and the only clock of the house: the database's.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use callboard_domain::At;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::Notify;

use crate::StoreError;

/// The oldest server that the migrations were tried on.
const MINIMUM_SERVER: i32 = 150_000;
/// For how long an idle connection is taken to live.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// The database, and the bell that tells the relay of new events.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    bell: Arc<Notify>,
}

impl Store {
    /// Opens a pool of at most `connections`. Does not wait for the database: the first query does.
    ///
    /// A transaction that idles for 5 s is ended by the server, so that a stuck worker never holds a lock for longer.
    pub fn open(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.application_name("callboard").options([
            ("idle_in_transaction_session_timeout", "5s"),
            ("lock_timeout", "4s"),
            ("statement_timeout", "30s"),
            // What is asked for lies in memory or on a disk without arms: a few dozen look-ups must not become a read of the whole
            // table.
            ("random_page_cost", "1.1"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(4))
            .idle_timeout(Duration::from_mins(10))
            // A connection that was in use a moment ago is not asked whether it still lives: that would be a round trip for each
            // transaction.
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_FOR {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Ok(Self { pool, bell: Arc::new(Notify::new()) })
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction of short statements that come again and again: commands, rounds, flushes.
    ///
    /// Their plans are kept. By itself the server would plan most of them anew each time, because it guesses that an array has ten
    /// elements where it has one; that took longer than running them.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin_with("begin; set local plan_cache_mode = force_generic_plan").await?)
    }

    /// Rings the bell: events were committed.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until somebody in this process committed events.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Asks the database whether it is there, new enough, and migrated.
    pub async fn check(&self) -> Result<(), StoreError> {
        let version = sqlx::query_scalar!("select current_setting('server_version_num')::int as \"v!\"")
            .fetch_one(&self.pool)
            .await?;
        if version < MINIMUM_SERVER {
            return Err(StoreError::corrupt(
                "a server version",
                format!("{version}, at least {MINIMUM_SERVER} is needed"),
            ));
        }
        sqlx::query_scalar!("select alive_ms from store.house").fetch_one(&self.pool).await?;
        Ok(())
    }
}

/// The database's clock, in whole milliseconds. It moves within a transaction.
pub async fn now(conn: &mut PgConnection) -> Result<At, StoreError> {
    let ms = sqlx::query_scalar!("select store.now_ms() as \"ms!\"").fetch_one(conn).await?;
    Ok(At::from_ms(ms))
}
