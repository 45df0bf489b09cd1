//! A house for the console: the private stack, staff with credentials, and apps that call.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_client::synthetic::{Answer, CreatorApp, Fan, FanScript, Plan, Tally, Tokens};
use callboard_client::{App, ContextFile, Contexts, Credential, LocalStack, Staff};
use callboard_contract::adm::calls::Live;
use callboard_contract::adm::restream::{ProgrammeRef, ProgrammeRow, Show, Start, StartRequest};
use callboard_contract::adm::staff::{Add, AddRequest};
use callboard_contract::adm::users::{Token, TokenRequest};
use callboard_contract::adm::wallet::{Topup, TopupRequest};
use callboard_contract::api::calls::CreatorSettings;
use callboard_contract::{PageQuery, Reason, ReasonCode};
use callboard_domain::{
    CallKind, Coins, DeviceId, LegState, OutputPreset, ProgrammeId, ProgrammeState, RequestId, Role, TargetKind,
    TargetName, TargetSpec, Uid,
};
use callboard_stack::{NatsOptions, RestreamCheck, Stack, StackOptions, WorkerPermissions, check_restream};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::terminal::PATIENCE;

pub(crate) struct House {
    pub(crate) admin: Staff,
    stack: Stack,
    local: LocalStack,
    folder: TempDir,
    stop: CancellationToken,
}

/// Half of an amount, as a person would take it: what is left over stays.
pub(crate) fn half(amount: Coins) -> Coins {
    Coins::from_units(amount.units() / 2)
}

fn reason() -> Reason {
    Reason { code: ReasonCode::Test, note: None }
}

/// Where the programs of the house are built.
fn programs() -> Option<PathBuf> {
    Path::new(env!("CARGO_BIN_EXE_callboard-console")).parent().map(PathBuf::from)
}

/// Why no call goes on air from this machine, if none does: the worker is not built, or lacks something.
pub(crate) async fn no_air() -> Option<String> {
    match check_restream(programs().as_deref()).await {
        RestreamCheck::Fine(_) => None,
        RestreamCheck::NotBuilt => Some("callboard-restream is not built".to_owned()),
        RestreamCheck::Unusable { reason, .. } => Some(reason),
    }
}

impl House {
    pub(crate) async fn up() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("stack");
        let permissions = WorkerPermissions::of_the_contract();
        let stack = Stack::up(StackOptions {
            data: data.clone(),
            environment: "development".to_owned(),
            log: "info".to_owned(),
            bin_dir: programs(),
            nats: NatsOptions { permissions, allowed_origins: Vec::new() },
            external_nats: None,
            external_websocket: None,
            external_database: None,
            admin: "admin".to_owned(),
        })
        .await?;
        let local = LocalStack::at(&data)?.ok_or("the stack left no state")?;
        let admin = Staff::connect(&local.context()).await?;
        Ok(Self { admin, stack, local, folder, stop: CancellationToken::new() })
    }

    /// The folder in which the console finds its contexts.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Where the console logs.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Gives out a credential, and makes a context of it with the same name.
    pub(crate) async fn staff(&self, name: &str, role: Role) -> Result<String, Box<dyn Error>> {
        let credential = Credential::generate(name.parse()?);
        let request = AddRequest {
            request_id: RequestId::generate(),
            name: name.parse()?,
            role,
            public_key: credential.public_key(),
            refund_limits: None,
            tenants: Vec::new(),
            dry_run: false,
        };
        self.admin.call::<Add>(&request).await?;
        let path = self.folder.path().join(format!("{name}.credential"));
        credential.write(&path)?;
        let file = ContextFile {
            server: self.local.server.clone(),
            credential: path,
            environment: "development".to_owned(),
            allow_changes: None,
        };
        Contexts::at(self.config().join("callboard")).add(name, &file, true)?;
        Ok(name.to_owned())
    }

    async fn token(&self, uid: &Uid) -> Result<String, Box<dyn Error>> {
        Ok(self.admin.call::<Token>(&TokenRequest { uid: uid.clone(), ttl_s: None }).await?.token)
    }

    /// The app of a user.
    pub(crate) async fn app(&self, uid: &str) -> Result<App, Box<dyn Error>> {
        let uid: Uid = uid.parse()?;
        let token = self.token(&uid).await?;
        let ws = self.local.websocket.clone().ok_or("the stack has no WebSocket address")?;
        let device = DeviceId::new(format!("{uid}-phone"))?;
        let (app, mut pushes) = App::connect(&ws, uid, device, Arc::new(move || token.clone())).await?;
        tokio::spawn(async move { while pushes.next().await.is_some() {} });
        Ok(app)
    }

    /// Lets a fan call a creator at a rate and talk on until somebody ends it; returns once the call is metered.
    pub(crate) async fn call(
        &self,
        fan: &str,
        creator: &str,
        kind: CallKind,
        rate: Coins,
        coins: Coins,
    ) -> Result<(), Box<dyn Error>> {
        let (fan, creator): (Uid, Uid) = (fan.parse()?, creator.parse()?);
        let topup = TopupRequest {
            request_id: RequestId::generate(),
            uid: fan.clone(),
            amount: coins,
            reason: reason(),
            dry_run: false,
        };
        self.admin.call::<Topup>(&topup).await?;
        let mut known = BTreeMap::new();
        for uid in [&fan, &creator] {
            known.insert(uid.clone(), self.token(uid).await?);
        }
        let tokens: Tokens = Arc::new(move |uid| known.get(uid).cloned().unwrap_or_default());
        let ws = self.local.websocket.clone().ok_or("the stack has no WebSocket address")?;
        let settings = CreatorSettings {
            available: true,
            tariff: Some("coin-burn".to_owned()),
            rates: BTreeMap::from([(kind, rate)]),
            ..CreatorSettings::default()
        };
        let rng = || StdRng::seed_from_u64(1);
        let mut callee = CreatorApp::connect(&ws, creator.clone(), settings, &tokens, rng(), Tally::default()).await?;
        let mut caller = Fan::connect(&ws, fan.clone(), &tokens, rng(), Tally::default()).await?;
        let token = self.stop.clone();
        tokio::spawn(async move {
            if let Some(call) = callee.ringing(&token).await {
                let answer = Answer::Accept { after: Duration::ZERO, plan: Plan::default() };
                callee.answer(&call, answer, &token).await;
            }
        });
        let token = self.stop.clone();
        tokio::spawn(async move { caller.call(&creator, kind, None, FanScript::RunDry, &token).await });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let live = self.admin.call::<Live>(&PageQuery::default()).await?.items;
            if live.iter().any(|call| call.payers.contains(&fan) && call.leg_state == LegState::Metered) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain until the call of {fan} is metered: {live:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Puts the running call of somebody who is called on air, to players, and waits until it is.
    pub(crate) async fn on_air(&self, payee: &str, title: &str) -> Result<ProgrammeId, Box<dyn Error>> {
        let live = self.admin.call::<Live>(&PageQuery::default()).await?.items;
        let call = live.iter().find(|call| call.payee.as_str() == payee).ok_or("no such call")?;
        let request = StartRequest {
            request_id: RequestId::generate(),
            call_id: call.call_id,
            layout: None,
            preset: Some(OutputPreset::P480),
            mode: None,
            title: Some(title.to_owned()),
            targets: vec![TargetSpec { name: TargetName::new("web")?, kind: TargetKind::Hls, url: None }],
            reason: None,
            dry_run: false,
        };
        let id = self.admin.call::<Start>(&request).await?.programme.programme.programme_id;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let row = self.programme(id).await?;
            if row.state == ProgrammeState::OnAir {
                return Ok(id);
            }
            if row.state.is_over() || Instant::now() > deadline {
                return Err(format!("waited in vain until it is on air: {row:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn programme(&self, programme_id: ProgrammeId) -> Result<ProgrammeRow, Box<dyn Error>> {
        Ok(self.admin.call::<Show>(&ProgrammeRef { programme_id }).await?.programme)
    }

    pub(crate) async fn down(self) {
        self.stop.cancel();
        self.stack.stop().await;
    }
}
