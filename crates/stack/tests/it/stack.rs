//! A whole stack with stand-ins for the workers (a shell script that keeps to the workers' contract): up, watched over,
//! down, and cleared up after its supervisor was killed. The real workers have their own tests of the whole system.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{eventually, kill_9, runs};
use callboard_stack::{
    DataDir, Phase, RestreamCheck, Stack, StackOptions, StackState, WorkerPermissions, detach, down, terminated,
};

/// Says in the supervisor process which folder to bring up.
const SUPERVISE: &str = "STACK_TEST_SUPERVISE";

const WORKER: &str = r#"#!/bin/sh
set -eu
case "${1-}" in
--check) ;;
--version) echo "${0##*/} 9.8.7" ;;
migrate) psql -X -q -v ON_ERROR_STOP=1 -d "$CALLBOARD_DATABASE_OWNER_URL" -c 'create table if not exists t (n int)' ;;
bootstrap)
    test -s "$CALLBOARD_NATS_SEED_FILE"
    [ -e "$5" ] || echo "credential of $3" > "$5" ;;
*)
    env > "$CALLBOARD_STACK_DATA/env.${0##*/}"
    psql -X -q -d "$CALLBOARD_DATABASE_URL" -c 'select 1' > /dev/null
    mkdir -p "$CALLBOARD_STACK_DATA/www" && echo ok | tee "$CALLBOARD_STACK_DATA/www/healthz" > "$CALLBOARD_STACK_DATA/www/readyz"
    exec python3 -m http.server --bind 127.0.0.1 --directory "$CALLBOARD_STACK_DATA/www" "${CALLBOARD_HTTP_LISTEN#*:}" ;;
esac
"#;

struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("callboard-test-")
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir()
            .unwrap();
        for name in [
            "callboard-signaling",
            "callboard-billing",
            "callboard-rooms",
            "callboard-moderation",
            "callboard-restream",
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, WORKER).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn options(&self) -> StackOptions {
        options(self.dir.path())
    }

    fn data(&self) -> DataDir {
        DataDir::create(self.path()).unwrap()
    }

    /// Brings the stack up in a process of its own: this test binary, told to run `stack::supervisor` only.
    async fn detached(&self) -> StackState {
        let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "stack::supervisor", "--nocapture"]).env(SUPERVISE, self.dir.path());
        detach(command, &self.data()).await.unwrap()
    }
}

fn options(house: &Path) -> StackOptions {
    StackOptions {
        bin_dir: Some(house.to_owned()),
        ..StackOptions::from_env(house.join("data"), WorkerPermissions::default()).unwrap()
    }
}

fn pids(state: &StackState) -> Vec<u32> {
    let servers = [&state.nats.server, &state.database.server].into_iter().flatten().filter_map(|server| server.pid);
    servers.chain(state.workers.iter().filter_map(|worker| worker.pid)).collect()
}

/// Not a test of its own: the supervisor process of the tests below.
#[tokio::test]
async fn supervisor() {
    if let Some(house) = std::env::var_os(SUPERVISE) {
        Stack::up(options(Path::new(&house))).await.unwrap().run_until(terminated()).await;
    }
}

#[tokio::test]
async fn comes_up_ready_and_tells_no_secret() {
    let house = House::new();
    let stack = Stack::up(house.options()).await.unwrap();
    let state = StackState::now(stack.data()).await.unwrap().unwrap();
    assert!(state.is_well(), "{state:?}");
    assert_eq!((state.phase, state.development), (Phase::Ready, true));
    assert_eq!(
        state.workers.iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>(),
        ["signaling", "billing", "rooms", "moderation", "restream"]
    );
    assert!(state.workers.iter().all(|worker| worker.version == "9.8.7"));
    assert_eq!(std::fs::read_to_string(&state.admin_credential).unwrap(), "credential of admin\n");

    let shown = std::fs::read_to_string(stack.data().state_file()).unwrap();
    for file in std::fs::read_dir(stack.data().keys()).unwrap() {
        let secret = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!shown.contains(secret.trim()));
    }
    let env = |name: &str| std::fs::read_to_string(stack.data().path().join(format!("env.{name}"))).unwrap();
    assert!(env("callboard-signaling").contains("CALLBOARD_CALLOUT_ISSUER_FILE="));
    assert!(env("callboard-signaling").contains("CALLBOARD_DEV_TOKEN_SECRET_FILE="));
    let tickets = "CALLBOARD_VIEWER_TICKET_SECRET_FILE=";
    assert!(env("callboard-restream").contains(tickets) && !env("callboard-billing").contains(tickets));
    for kept_from_billing in ["ISSUER", "XKEY", "SYS_SEED", "OWNER"] {
        assert!(!env("callboard-billing").contains(kept_from_billing), "{kept_from_billing}");
    }
    let refused = Stack::up(house.options()).await.unwrap_err().to_string();
    assert!(refused.contains("is in use by the stack with supervisor pid"), "{refused}");
    stack.stop().await;
    assert!(pids(&state).into_iter().all(|pid| !runs(pid)));
    assert_eq!(StackState::read(&house.data()).unwrap(), None);
}

#[tokio::test]
async fn whatever_is_killed_comes_back_at_the_same_address() {
    let house = House::new();
    let before = house.detached().await;
    pids(&before).into_iter().for_each(kill_9);
    let mut after = before.clone();
    eventually("all four are well again", async || {
        after = StackState::now(&house.data()).await.unwrap().unwrap();
        let restarted = after.workers.iter().all(|worker| worker.restarts > 0)
            && [&after.nats.server, &after.database.server].into_iter().flatten().all(|server| server.restarts > 0);
        restarted && after.is_well()
    })
    .await;
    assert_eq!(
        (before.nats.url, before.nats.websocket_url),
        (after.nats.url.clone(), after.nats.websocket_url.clone())
    );
    assert_eq!(before.database.url, after.database.url);
    assert_eq!(before.workers[0].health_url, after.workers[0].health_url);

    let report = down(&house.path()).await.unwrap();
    assert_eq!((report.supervisor, report.leftovers.len()), (Some(after.supervisor_pid), 0));
    assert!(pids(&after).into_iter().all(|pid| !runs(pid)) && !runs(after.supervisor_pid));
    assert!(down(&house.path()).await.unwrap().nothing_ran());
}

#[tokio::test]
async fn down_and_up_clear_up_after_a_supervisor_that_was_killed() {
    let house = House::new();
    let first = house.detached().await;
    kill_9(first.supervisor_pid);
    eventually("the supervisor is gone", async || !runs(first.supervisor_pid)).await;
    assert!(pids(&first).into_iter().all(runs));
    assert_eq!(StackState::now(&house.data()).await.unwrap().unwrap().phase, Phase::Lost);

    let second = house.detached().await;
    assert!(pids(&first).into_iter().all(|pid| !runs(pid)), "`up` ends what was left behind");
    assert_eq!(first.nats.url, second.nats.url);

    kill_9(second.supervisor_pid);
    let report = down(&house.path()).await.unwrap();
    assert!(!report.nothing_ran(), "{report:?}");
    assert!(pids(&second).into_iter().all(|pid| !runs(pid)), "{report:?}");
}

#[tokio::test]
async fn two_stacks_run_side_by_side_and_down_ends_only_its_own() {
    let (one, two) = (House::new(), House::new());
    let (first, second) = tokio::join!(one.detached(), two.detached());
    assert_ne!(first.nats.url, second.nats.url);
    down(&one.path()).await.unwrap();
    assert!(pids(&first).into_iter().all(|pid| !runs(pid)));
    assert!(StackState::now(&two.data()).await.unwrap().unwrap().is_well());
    down(&two.path()).await.unwrap();
    assert!(pids(&second).into_iter().all(|pid| !runs(pid)));
}

#[tokio::test]
async fn a_worker_that_refuses_its_settings_ends_the_start_with_its_own_words_and_leaves_nothing() {
    let house = House::new();
    let script = WORKER.replace("*)\n", "*)\n    echo 'CALLBOARD_X: not a number' >&2; exit 2\n");
    std::fs::write(house.dir.path().join("callboard-signaling"), script).unwrap();
    let error = Stack::up(house.options()).await.unwrap_err().to_string();
    assert_eq!(error, "signaling ended with exit code 2\n  CALLBOARD_X: not a number");
    assert!(down(&house.path()).await.unwrap().nothing_ran());
}

#[tokio::test]
async fn a_machine_that_cannot_put_calls_on_air_runs_everything_else() {
    let house = House::new();
    let script = WORKER
        .replace("--check)", "--check) echo 'x264enc is missing: install gstreamer1.0-plugins-ugly' >&2; exit 1;;\n-)");
    std::fs::write(house.dir.path().join("callboard-restream"), script).unwrap();
    let found = callboard_stack::check_restream(Some(house.dir.path())).await;
    let RestreamCheck::Unusable { reason, .. } = found else { panic!("{found:?}") };
    assert_eq!(reason, "x264enc is missing: install gstreamer1.0-plugins-ugly");
    let stack = Stack::up(house.options()).await.unwrap();
    assert_eq!(stack.state().workers.len(), 4);
    assert!(stack.state().is_well());
    stack.stop().await;
    std::fs::remove_file(house.dir.path().join("callboard-restream")).unwrap();
    assert_eq!(callboard_stack::check_restream(Some(house.dir.path())).await, RestreamCheck::NotBuilt);
}

#[tokio::test]
async fn down_of_a_folder_that_was_never_up_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(down(dir.path()).await.unwrap().nothing_ran());
    assert!(down(&dir.path().join("nowhere")).await.unwrap().nothing_ran());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
