//! A fresh database for each test, made from a migrated template in a cluster that tests share.
//!
//! `scripts/test` starts one cluster for all test processes and names it in the environment; a test that is run by itself
//! starts its own and stops it in the end. The workers' role is used as in a real house, so its missing rights are tested too.

use std::str::FromStr;

use callboard_stack::{DataDir, Postgres};
use callboard_store::Store;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// The environment variable with the address of a cluster's owner role, which may make databases.
pub const OWNER_URL: &str = "TEST_CLUSTER_OWNER_URL";
/// The environment variable with the address of the same cluster's workers' role.
pub const APP_URL: &str = "TEST_CLUSTER_APP_URL";

// Who makes the template holds this lock: "template" in ASCII, cut.
const TEMPLATE_LOCK: i64 = 0x7465_6d70;
const TEMPLATE: &str = "callboard_template";

/// A database of one test.
#[derive(Debug)]
pub struct Base {
    /// As the workers use it.
    pub store: Store,
    /// As the owner, who can tamper.
    pub owner: PgPool,
    /// The address for workers.
    pub app_url: String,
    /// The address for the owner.
    pub owner_url: String,
    name: String,
    admin_url: String,
    own: Option<(Postgres, TempDir)>,
}

/// Makes a fresh, migrated database.
///
/// # Panics
/// Where the cluster or the database cannot be made: the test cannot go on.
pub async fn fresh() -> Base {
    let (owner_url, app_url, own) = if let (Ok(owner), Ok(app)) = (std::env::var(OWNER_URL), std::env::var(APP_URL)) {
        (owner, app, None)
    } else {
        let dir = tempfile::Builder::new().prefix("callboard-test-").tempdir().expect("a temporary folder");
        let data = DataDir::create(dir.path()).expect("a data folder");
        let postgres = Postgres::start(&data).await.expect("PostgreSQL starts");
        (postgres.owner_url().to_owned(), postgres.app_url().to_owned(), Some((postgres, dir)))
    };
    let name = format!("t_{}", uuid::Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(&owner_url).await.expect("the owner connects");
    template(&mut admin, &owner_url).await;
    admin
        .execute(sqlx::AssertSqlSafe(format!("create database {name} template {TEMPLATE}")))
        .await
        .expect("a database is made");
    let (app, owner) = (with_database(&app_url, &name), with_database(&owner_url, &name));
    Base {
        store: Store::open(&app, 12).expect("the address is valid"),
        owner: PgPoolOptions::new()
            .max_connections(4)
            .connect(&owner)
            .await
            .expect("the owner connects to the new database"),
        app_url: app,
        owner_url: owner,
        name,
        admin_url: owner_url,
        own,
    }
}

impl Base {
    /// Drops the database, and stops the cluster if it was made for this test alone.
    pub async fn finish(self) {
        self.store.pool().close().await;
        self.owner.close().await;
        if let Ok(mut admin) = PgConnection::connect(&self.admin_url).await {
            let drop = format!("drop database if exists {} with (force)", self.name);
            let _ = admin.execute(sqlx::AssertSqlSafe(drop)).await;
        }
        if let Some((postgres, _dir)) = self.own {
            postgres.stop().await;
        }
    }
}

async fn template(admin: &mut PgConnection, owner_url: &str) {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *admin)
        .await
        .expect("the template's lock");
    let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(TEMPLATE)
        .fetch_one(&mut *admin)
        .await
        .expect("databases can be listed");
    if !there {
        admin.execute(sqlx::AssertSqlSafe(format!("create database {TEMPLATE}"))).await.expect("the template is made");
        let mut conn =
            PgConnection::connect(&with_database(owner_url, TEMPLATE)).await.expect("the template can be opened");
        sqlx::migrate!("../../migrations").run(&mut conn).await.expect("migrations apply");
        conn.close().await.expect("the template can be left");
    }
    sqlx::query("select pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(admin)
        .await
        .expect("the template's lock goes back");
}

fn with_database(url: &str, name: &str) -> String {
    let options = PgConnectOptions::from_str(url).expect("the address is valid").database(name);
    options.to_url_lossy().to_string()
}
