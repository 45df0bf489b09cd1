//! Runs a command with a throw-away PostgreSQL and ends it afterwards:
//! `cargo run -p callboard-stack --example with_postgres -- COMMAND [ARGUMENT…]`.
//!
//! The command finds the role that applies migrations in `DATABASE_URL`. Tests find it and the workers' role in
//! `TEST_CLUSTER_OWNER_URL` and `TEST_CLUSTER_APP_URL`, and make databases of their own there. The names are none of the house's
//! settings, so that no stack that a test starts takes this database for its own. The exit code is the command's.

use std::process::ExitCode;

use callboard_stack::{DataDir, Postgres};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().ok_or("usage: with_postgres COMMAND [ARGUMENT…]")?;
    // In a folder that the server's user can pass through, also when root starts this.
    let dir = tempfile::Builder::new().prefix("callboard-postgres-").tempdir()?;
    let data = DataDir::create(dir.path())?;
    let postgres = Postgres::start(&data).await?;
    let status = tokio::process::Command::new(command)
        .args(arguments)
        .env("DATABASE_URL", postgres.owner_url())
        .env("TEST_CLUSTER_OWNER_URL", postgres.owner_url())
        .env("TEST_CLUSTER_APP_URL", postgres.app_url())
        .status()
        .await;
    postgres.stop().await;
    Ok(status?.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
