//! A stack from the built programs, with everybody that a test needs to talk to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use callboard_client::{Context, Credential, LOCAL, Origin, Staff};
use callboard_contract::adm::books::{BooksReport, Reconcile, ReconcileRequest, Verify};
use callboard_contract::adm::calls::{CallDetail, Live, LiveCall, Show as ShowCall};
use callboard_contract::adm::holds::{Ls as LsHolds, Sweep, SweepRequest};
use callboard_contract::adm::money::Transfers;
use callboard_contract::adm::staff::{Add, AddRequest};
use callboard_contract::adm::tariff::{Set, SetRequest};
use callboard_contract::adm::wallet::{Show as ShowWallet, Topup, TopupRequest, WalletView, WhoRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::calls::CallRef;
use callboard_contract::limits::MAX_PAGE;
use callboard_contract::{Endpoint, PageQuery};
use callboard_domain::{CallId, Coins, LegId, RequestId, Role, StaffName, Uid};
use callboard_stack::{DataDir, Phase, StackState};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::options::Options;
use crate::person::Person;
use crate::tokens::{hs256, now_s};
use crate::wait::{PATIENCE, eventually};
use crate::{uid, why};

const UP_WITHIN: Duration = Duration::from_mins(2);
const DOWN_WITHIN: Duration = Duration::from_mins(2);
const BOOKS_WITHIN: Duration = Duration::from_mins(2);
/// What tests may be told from outside; all else would make the house another one.
const PASSED_ON: [&str; 3] = ["CALLBOARD_BIN_DIR", "CALLBOARD_NATS_SERVER", "CALLBOARD_LOG"];

/// A running stack.
#[derive(Debug)]
pub struct House {
    data: Option<TempDir>,
    dir: DataDir,
    supervisor: Child,
    secret: Vec<u8>,
    ws_url: String,
    nats_url: String,
    admin: Option<Staff>,
    hired: AtomicU32,
}

impl House {
    /// Starts a stack and waits until it is ready.
    pub async fn start(options: Options) -> Self {
        let data = tempfile::Builder::new().prefix("callboard-house-").tempdir().expect("a folder");
        let dir = DataDir::create(data.path()).expect("a data folder");
        let mut command = Command::new(program("callboard"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CALLBOARD_") && !PASSED_ON.contains(&&*name) {
                command.env_remove(&*name);
            }
        }
        // In the test's own process group: whoever ends that ends the house too, in order.
        let log = std::fs::File::create(dir.log("supervisor")).expect("a log");
        let errors = log.try_clone().expect("a log");
        command.args(["up", "--output", "json", "--data"]).arg(dir.path()).envs(&options.env);
        if let Some(left_out) = options.without {
            command.env("CALLBOARD_BIN_DIR", all_but(left_out, data.path()));
        }
        let supervisor = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("callboard starts");
        let mut house = Self {
            data: Some(data),
            dir,
            supervisor,
            secret: Vec::new(),
            ws_url: String::new(),
            nats_url: String::new(),
            admin: None,
            hired: AtomicU32::new(0),
        };
        let state = house.ready().await;
        house.secret = std::fs::read_to_string(house.dir.dev_token_secret()).expect("a secret").trim().into();
        house.ws_url = state.nats.websocket_url.clone().expect("an address for apps");
        house.nats_url.clone_from(&state.nats.url);
        house.admin = Some(house.sign_in(Path::new(&state.admin_credential)).await);
        house
    }

    async fn ready(&mut self) -> StackState {
        let deadline = Instant::now() + UP_WITHIN;
        loop {
            if let Some(state) = StackState::read(&self.dir).ok().flatten().filter(|s| s.phase == Phase::Ready) {
                return state;
            }
            let ended = self.supervisor.try_wait().expect("a child of ours");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the house does not come up: {}",
                self.log("supervisor")
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The house's folder.
    pub fn dir(&self) -> &DataDir {
        &self.dir
    }

    /// What the stack says of itself now.
    pub async fn state(&self) -> Option<StackState> {
        StackState::now(&self.dir).await.ok().flatten()
    }

    /// What is in a log of the stack.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.log(name)).unwrap_or_default()
    }

    /// The process of `signaling`, `billing`, `rooms`, `moderation`, `restream`, `nats-server` or `postgres`; none if it has just died.
    pub fn pid(&self, name: &str) -> Option<u32> {
        let state = StackState::read(&self.dir).ok().flatten()?;
        match name {
            "nats-server" => state.nats.server.and_then(|s| s.pid),
            "postgres" => state.database.server.and_then(|s| s.pid),
            worker => state.workers.into_iter().find(|w| w.name == worker).and_then(|w| w.pid),
        }
        .filter(|pid| is_alive(*pid))
    }

    /// All processes of the stack that are known by name.
    pub fn pids(&self) -> BTreeMap<&'static str, u32> {
        let names = ["signaling", "billing", "rooms", "moderation", "restream", "nats-server", "postgres"];
        names.into_iter().filter_map(|name| self.pid(name).map(|pid| (name, pid))).collect()
    }

    /// Kills a process of the stack outright; gives its pid, or nothing if it was dead already.
    pub fn kill(&self, name: &str) -> Option<u32> {
        let pid = self.pid(name)?;
        kill_process(to_pid(pid)?, Signal::KILL).ok().map(|()| pid)
    }

    /// Waits until everything runs and is well.
    pub async fn is_well(&self) {
        // A database that is the test's own is no process of the stack.
        let servers = |state: &StackState| [&state.nats.server, &state.database.server].into_iter().flatten().count();
        let all = |state: &StackState| state.is_well() && self.pids().len() == state.workers.len() + servers(state);
        let well = || async { self.state().await.filter(all) };
        eventually("a house that is well", Duration::from_mins(1), well).await;
    }

    /// Where client apps connect.
    pub fn ws_url(&self) -> &str {
        &self.ws_url
    }

    /// Where staff and workers connect.
    pub fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// The secret of development tokens.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// A login token of a user.
    pub fn token(&self, uid: &str) -> String {
        hs256(&self.secret, &json!({ "sub": uid, "aud": "callboard", "exp": now_s() + 3600 }))
    }

    /// Signs a user in over WebSocket.
    pub async fn person(&self, name: &str) -> Person {
        let (secret, sub) = (self.secret.clone(), name.to_owned());
        let token = move || hs256(&secret, &json!({ "sub": sub, "aud": "callboard", "exp": now_s() + 3600 }));
        Person::connect(&self.ws_url, uid(name), token).await
    }

    /// Signs a user in who has coins.
    pub async fn fan(&self, name: &str, amount: &str) -> Person {
        self.topup(name, amount).await;
        self.person(name).await
    }

    /// The first admin.
    pub fn admin(&self) -> &Staff {
        self.admin.as_ref().expect("signed in at the start")
    }

    /// A new member of staff, and the credential file.
    pub async fn hire(&self, role: Role) -> (Staff, PathBuf) {
        let n = self.hired.fetch_add(1, Ordering::Relaxed);
        let credential = Credential::generate(StaffName::new(format!("{role}-{n}")).expect("a name"));
        let path = self.dir.credentials().join(format!("{role}-{n}.cred"));
        credential.write(&path).expect("written");
        let request = AddRequest {
            request_id: RequestId::generate(),
            name: credential.name.clone(),
            role,
            public_key: credential.public_key(),
            refund_limits: None,
            tenants: Vec::new(),
            dry_run: false,
        };
        self.admin().call::<Add>(&request).await.expect("hired");
        (self.sign_in(&path).await, path)
    }

    /// Signs in with a credential file.
    pub async fn sign_in(&self, credential: &Path) -> Staff {
        Staff::connect(&self.context(credential)).await.expect("signed in")
    }

    /// The context that goes with a credential file.
    pub fn context(&self, credential: &Path) -> Context {
        Context {
            name: LOCAL.to_owned(),
            server: self.nats_url.clone(),
            credential: credential.to_owned(),
            environment: "development".to_owned(),
            allow_changes: None,
            origin: Origin::Local(self.dir.path().to_owned()),
        }
    }

    /// Asks as the first admin; a refusal fails the test.
    pub async fn ask<E: Endpoint>(&self, request: &E::Request) -> E::Reply {
        match self.admin().call::<E>(request).await {
            Ok(reply) => reply,
            Err(error) => panic!("{:?}: {error}", E::SPEC),
        }
    }

    /// Sets a tariff.
    pub async fn tariff(&self, name: &str, spec: Value) {
        let tariff = serde_json::from_value(spec).expect("a tariff");
        let request = SetRequest {
            request_id: RequestId::generate(),
            name: name.to_owned(),
            tariff,
            reason: why(),
            expect_version: None,
            dry_run: false,
        };
        self.ask::<Set>(&request).await;
    }

    /// Gives coins.
    pub async fn topup(&self, name: &str, amount: &str) {
        let request = TopupRequest {
            request_id: RequestId::generate(),
            uid: uid(name),
            amount: crate::coins(amount),
            reason: why(),
            dry_run: false,
        };
        self.ask::<Topup>(&request).await;
    }

    /// What somebody has.
    pub async fn wallet(&self, uid: &Uid) -> WalletView {
        self.ask::<ShowWallet>(&WhoRequest { uid: uid.clone() }).await
    }

    /// A call with its legs.
    pub async fn call(&self, call_id: CallId) -> CallDetail {
        self.ask::<ShowCall>(&CallRef { call_id }).await
    }

    /// All live calls.
    pub async fn live(&self) -> Vec<LiveCall> {
        self.ask::<Live>(&PageQuery { limit: Some(MAX_PAGE), ..PageQuery::default() }).await.items
    }

    /// Waits until a leg of a call has this much connected time, in milliseconds.
    pub async fn connected(&self, call_id: CallId, ms: i64) {
        let what = format!("{ms} ms of connected time");
        let enough = || async { self.call(call_id).await.legs.iter().any(|l| l.connected_ms >= ms).then_some(()) };
        eventually(&what, PATIENCE, enough).await;
    }

    /// What was posted for a leg, summed by account.
    pub async fn postings(&self, leg: LegId) -> BTreeMap<String, Coins> {
        let query = PageQuery { limit: Some(MAX_PAGE), ..PageQuery::default() };
        let mut sums: BTreeMap<String, Coins> = BTreeMap::new();
        for transfer in self.ask::<Transfers>(&query).await.items {
            if transfer.reference.contains(&leg.to_string()) {
                for posting in transfer.postings {
                    let sum = sums.entry(posting.account).or_default();
                    *sum = sum.checked_add(posting.amount).expect("small amounts");
                }
            }
        }
        sums
    }

    /// Fails unless nothing is held any more, no hold was left behind, and the books are balanced.
    pub async fn balanced(&self) -> BooksReport {
        let query = PageQuery { limit: Some(MAX_PAGE), ..PageQuery::default() };
        let live: Vec<CallId> = self.live().await.iter().map(|c| c.call_id).collect();
        let holds = self.ask::<LsHolds>(&query).await.items;
        assert!(holds.iter().all(|h| live.contains(&h.call_id)), "holds without a live call: {holds:#?}");
        let sweep = SweepRequest { request_id: RequestId::generate(), dry_run: true };
        let swept = self.ask::<Sweep>(&sweep).await;
        assert!(swept.released.is_empty(), "holds were left behind: {:#?}", swept.released);
        let patient = self.admin().with_deadline(BOOKS_WITHIN);
        let verified = patient.call::<Verify>(&Nothing {}).await.expect("verified");
        assert!(verified.balanced, "{:#?}", verified.differences);
        let report = patient.call::<Reconcile>(&ReconcileRequest::default()).await.expect("reconciled");
        assert!(report.balanced, "{:#?}", report.differences);
        report
    }

    /// Takes the house down and fails unless nothing of it is left.
    pub fn down(mut self) {
        let pids = self.pids();
        assert!(self.end(), "the supervisor did not end when asked: {}", self.log("supervisor"));
        let left: Vec<_> = pids.into_iter().filter(|(_, pid)| is_alive(*pid)).collect();
        assert!(left.is_empty(), "left running: {left:?}");
    }

    /// Asks the supervisor to end; gives whether it did.
    fn end(&mut self) -> bool {
        if matches!(self.supervisor.try_wait(), Ok(Some(_))) {
            return true;
        }
        // It may end by itself just now.
        let _ = kill_process(Pid::from_child(&self.supervisor), Signal::TERM);
        let deadline = Instant::now() + DOWN_WITHIN;
        while Instant::now() < deadline {
            if matches!(self.supervisor.try_wait(), Ok(Some(_))) {
                return true;
            }
            wait_a_moment();
        }
        false
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !self.end() {
            let _ = self.supervisor.kill();
            let _ = self.supervisor.wait();
            let _ = Command::new(program("callboard")).args(["down", "--data"]).arg(self.dir.path()).output();
        }
        if (std::thread::panicking() || std::env::var_os("CALLBOARD_KEEP").is_some())
            && let Some(data) = self.data.take()
        {
            eprintln!("the house's folder is kept: {}", data.keep().display());
        }
    }
}

/// A built program: where `CALLBOARD_BIN_DIR` says, else beside the test programs.
pub(crate) fn program(name: &str) -> PathBuf {
    let mut dirs: Vec<PathBuf> = std::env::var_os("CALLBOARD_BIN_DIR").map(PathBuf::from).into_iter().collect();
    let exe = std::env::current_exe().expect("a test program");
    dirs.extend(exe.ancestors().skip(1).take(2).map(Path::to_owned));
    let found = dirs.iter().map(|dir| dir.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: run `cargo build --workspace --bins` first"))
}

/// A folder with all built programs but one.
fn all_but(left_out: &str, inside: &Path) -> PathBuf {
    let (built, dir) = (program("callboard"), inside.join("programs"));
    std::fs::create_dir(&dir).expect("a folder");
    for entry in std::fs::read_dir(built.parent().expect("a folder")).expect("the programs").flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with("callboard-") && !name.contains('.'));
        if is_ours && name != left_out && entry.path().is_file() {
            std::os::unix::fs::symlink(entry.path(), dir.join(&name)).expect("a link");
        }
    }
    dir
}

#[expect(clippy::disallowed_methods, reason = "a house may end in a drop, which cannot wait otherwise")]
fn wait_a_moment() {
    std::thread::sleep(Duration::from_millis(20));
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn is_alive(pid: u32) -> bool {
    to_pid(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}
