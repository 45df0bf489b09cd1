//! `callboard-billing migrate`: brings the schema up to date. The migrations are part of this program.

use std::str::FromStr as _;

use callboard_worker::SetupError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::once::Failure;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// Brings the database's schema up to date; repeating it changes nothing.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "callboard-billing migrate")]
pub(crate) struct Migrate {
    /// Address of the database, as the role that owns the schema.
    #[arg(long, env = "CALLBOARD_DATABASE_OWNER_URL", hide_env_values = true)]
    database_owner_url: String,
}

pub(crate) async fn run(config: Migrate) -> Result<String, Failure> {
    let options = PgConnectOptions::from_str(&config.database_owner_url)
        .map_err(|e| SetupError(format!("the database's address cannot be used: {e}")))?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.application_name("callboard migrate"))
        .await
        .map_err(|e| Failure::of("cannot reach the database", e))?;
    // Two who migrate at once wait for each other: sqlx holds an advisory lock meanwhile.
    MIGRATIONS
        .run(&pool)
        .await
        .map_err(|e| Failure::of("the migrations failed, nothing of the one that failed stays", e))?;
    pool.close().await;
    Ok(format!("the schema is up to date ({} migrations)", MIGRATIONS.iter().count()))
}
