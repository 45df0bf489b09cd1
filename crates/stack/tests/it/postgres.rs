//! A private PostgreSQL: safe settings, two roles, back on the same port after it was killed, gone after it was stopped.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Folder, eventually, kill_9, psql, runs};
use callboard_stack::{DataDir, Postgres};

#[tokio::test]
async fn keeps_port_password_and_committed_rows_through_kill_and_restart() {
    let folder = Folder::new();
    let postgres = Postgres::start(&folder.data).await.unwrap();
    let (port, owner, app) = (postgres.port(), postgres.owner_url().to_owned(), postgres.app_url().to_owned());
    psql(&owner, "create table t (n int); insert into t values (1); grant select, insert on t to callboard_app")
        .await
        .unwrap();

    let first = postgres.status().pid.unwrap();
    kill_9(first);
    eventually("the server is started again", async || postgres.status().restarts == 1).await;
    postgres.ready().await.unwrap();
    assert_ne!(postgres.status().pid.unwrap(), first);
    assert_eq!(psql(&app, "insert into t values (2); select count(*) from t").await.unwrap(), "2");

    let pid = postgres.status().pid.unwrap();
    postgres.stop().await;
    assert!(!runs(pid));

    let again = Postgres::start(&folder.data).await.unwrap();
    assert_eq!((again.port(), again.owner_url(), again.app_url()), (port, owner.as_str(), app.as_str()));
    assert_eq!(psql(&app, "select count(*) from t").await.unwrap(), "2");
    again.stop().await;
}

#[tokio::test]
async fn is_durable_and_lets_nobody_in_without_a_password() {
    let folder = Folder::new();
    let postgres = Postgres::start(&folder.data).await.unwrap();
    let app = postgres.app_url();
    for setting in ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"] {
        assert_eq!(psql(app, &format!("show {setting}")).await.unwrap(), "on", "{setting}");
    }
    assert_eq!(psql(app, "show idle_in_transaction_session_timeout").await.unwrap(), "5s");
    assert_eq!(psql(app, "show listen_addresses").await.unwrap(), "127.0.0.1");

    assert!(!postgres.shown_url().contains(app.split(['@', ':']).nth(2).unwrap()));
    for user in ["callboard_app", "postgres"] {
        let bare = format!("postgres://{user}@127.0.0.1:{}/callboard", postgres.port());
        assert!(psql(&bare, "select 1").await.unwrap_err().contains("no password supplied"));
    }
    assert!(psql(app, "create table mine (n int)").await.unwrap_err().contains("permission denied"));
    assert!(psql(app, "create role other").await.unwrap_err().contains("permission denied"));
    postgres.stop().await;
}

#[tokio::test]
async fn a_stale_pid_file_with_a_living_pid_does_not_keep_it_from_starting() {
    let folder = Folder::new();
    let postgres = Postgres::start(&folder.data).await.unwrap();
    let cluster = postgres.folder().to_owned();
    postgres.stop().await;
    // As after a reboot: the pid in the file belongs to somebody else now.
    let file = cluster.join("postmaster.pid");
    std::fs::write(&file, format!("{}\n{}\n", std::process::id(), cluster.display())).unwrap();
    let postgres = Postgres::start(&folder.data).await.unwrap();
    postgres.stop().await;
}

#[tokio::test]
async fn two_clusters_run_side_by_side() {
    let (one, two) = (Folder::new(), Folder::new());
    let (one, two) = tokio::join!(Postgres::start(&one.data), Postgres::start(&two.data));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.port(), two.port());
    psql(one.owner_url(), "create table t (n int)").await.unwrap();
    assert!(psql(two.owner_url(), "select * from t").await.is_err());
    one.stop().await;
    two.stop().await;
}

/// Only root has this difficulty: the server runs as another user then.
#[tokio::test]
async fn a_folder_that_the_servers_user_cannot_reach_is_no_obstacle() {
    let only_me = std::fs::Permissions::from_mode(0o700);
    let closed = tempfile::Builder::new().permissions(only_me).tempdir().unwrap();
    let data = DataDir::create(closed.path().join("data")).unwrap();
    let postgres = Postgres::start(&data).await.unwrap();
    assert_eq!(psql(postgres.app_url(), "select 1").await.unwrap(), "1");
    let cluster = postgres.folder().to_owned();
    postgres.stop().await;
    if !cluster.starts_with(closed.path()) {
        std::fs::remove_dir_all(cluster.parent().unwrap()).unwrap();
    }
}
