//! A small house on a fresh database: people with coins and prices, and a way to let time pass without waiting.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;

use callboard_calls::{Beat, Calls, Membership, TariffCache, Times};
use callboard_contract::adm::calls::Quality;
use callboard_contract::adm::wallet::TopupRequest;
use callboard_contract::api::calls::{
    CreatorSettings, InitiateRequest, Invitee, Line, OnCallRequest, OnDeviceRequest, SettingsSetRequest,
};
use callboard_contract::view::CallView;
use callboard_contract::{Reason, ReasonCode};
use callboard_domain::{CallId, CallKind, CallState, Coins, DeviceId, RequestId, StaffName, TariffSpec, Uid};
use callboard_ledger::{history, topup};
use callboard_store::StoreError;
use callboard_testbase::{Base, fresh};
use serde_json::json;

// The house's only clock is a function of the database: here it stands still until the test puts it forward.
const CLOCK: [&str; 3] = [
    "create table store.test_clock as select store.now_ms() as now_ms",
    "grant select on store.test_clock to callboard_app",
    "create or replace function store.now_ms() returns bigint language sql volatile as
     $$ select now_ms from store.test_clock $$",
];

pub struct House {
    pub base: Base,
    pub calls: Calls,
    pub cache: TariffCache,
}

pub fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

pub fn device(name: &str) -> DeviceId {
    DeviceId::new(format!("{name}-phone")).expect("a name")
}

pub fn coins(text: &str) -> Coins {
    text.parse().expect("an amount")
}

pub fn reason() -> Reason {
    Reason { code: ReasonCode::Test, note: None }
}

pub fn per_second() -> serde_json::Value {
    json!({"rate": "60", "increment": "1/1", "reserve": {"mode": "rolling", "ahead_s": 20}, "reconnect_s": 30, "split": [["astrologer", "0.9"], ["admin", "0.1"]]})
}

impl House {
    pub async fn new() -> Self {
        let base = fresh().await;
        for statement in CLOCK {
            sqlx::query(statement).execute(&base.owner).await.expect("the owner may set the clock");
        }
        let calls = Calls::new(base.store.clone(), Times::default(), Vec::new());
        Self { base, calls, cache: TariffCache::default() }
    }

    /// Somebody with coins.
    pub async fn fan(&self, name: &str, amount: &str) -> Uid {
        let uid = uid(name);
        self.topup(&uid, amount).await;
        uid
    }

    pub async fn topup(&self, uid: &Uid, amount: &str) {
        if coins(amount).is_zero() {
            return;
        }
        let request = TopupRequest {
            request_id: RequestId::generate(),
            uid: uid.clone(),
            amount: coins(amount),
            reason: reason(),
            dry_run: false,
        };
        let staff = StaffName::new("fay").expect("a name");
        topup::topup(&self.base.store, &staff, true, &request).await.expect("coins are added");
    }

    /// Somebody who can be called under a tariff of his own.
    pub async fn creator(&self, name: &str, tariff: serde_json::Value) -> Uid {
        let uid = uid(name);
        let spec: TariffSpec = serde_json::from_value(tariff).expect("a tariff");
        let rate = spec.flat.as_ref().map_or(spec.rate, |f| f.price);
        let tariff_name = format!("t-{name}");
        let spec = serde_json::to_value(&spec).expect("json");
        sqlx::query("insert into calls.tariffs (name, spec, version, set_ms, set_by) values ($1, $2, 1, 0, 'test') on conflict (name) do nothing")
            .bind(&tariff_name)
            .bind(spec)
            .execute(&self.base.owner)
            .await
            .expect("a tariff is set");
        let rates: BTreeMap<CallKind, Coins> = CallKind::ALL.iter().map(|k| (*k, rate)).collect();
        let settings = CreatorSettings {
            available: true,
            auto_accept: false,
            tariff: Some(tariff_name),
            rates,
            minimum_minutes: 0,
        };
        let request = SettingsSetRequest { request_id: RequestId::generate(), settings };
        callboard_people::settings::set(&self.base.store, &uid, &request).await.expect("settings are kept");
        uid
    }

    pub fn initiate_request(fan: &Uid, callee: &Uid, minutes: Option<u32>) -> InitiateRequest {
        InitiateRequest {
            request_id: RequestId::generate(),
            kind: CallKind::Video,
            callee: Some(callee.clone()),
            device: device(fan.as_str()),
            minutes,
            invite: Vec::new(),
        }
    }

    pub async fn initiate(&self, fan: &Uid, callee: &Uid, minutes: Option<u32>) -> Result<CallView, StoreError> {
        self.calls.initiate(fan, &Self::initiate_request(fan, callee, minutes)).await
    }

    pub async fn group(&self, host: &Uid, guests: &[(&Uid, bool)]) -> CallId {
        let request = InitiateRequest {
            request_id: RequestId::generate(),
            kind: CallKind::Group,
            callee: None,
            device: device(host.as_str()),
            minutes: None,
            invite: guests.iter().map(|(uid, pays)| Invitee { uid: (*uid).clone(), pays: *pays }).collect(),
        };
        self.calls.initiate(host, &request).await.expect("the group opens").call_id
    }

    pub fn on(call_id: CallId) -> OnCallRequest {
        OnCallRequest { request_id: RequestId::generate(), call_id }
    }

    pub fn on_device(call_id: CallId, uid: &Uid) -> OnDeviceRequest {
        OnDeviceRequest { request_id: RequestId::generate(), call_id, device: device(uid.as_str()) }
    }

    pub async fn accept(&self, call: CallId, uid: &Uid) {
        self.calls.accept(uid, &Self::on_device(call, uid)).await.expect("the call is accepted");
    }

    pub async fn join(&self, call: CallId, uid: &Uid) {
        self.calls.join(uid, &Self::on_device(call, uid)).await.expect("the call is joined");
    }

    /// Everybody but the first, who made it, accepts; all join.
    pub async fn join_all(&self, call: CallId, everybody: &[&Uid]) {
        for guest in &everybody[1..] {
            self.accept(call, guest).await;
        }
        for member in everybody {
            self.join(call, member).await;
        }
    }

    /// A call on which time counts.
    pub async fn running(&self, fan: &Uid, callee: &Uid, minutes: Option<u32>) -> CallId {
        let call = self.initiate(fan, callee, minutes).await.expect("the call is made").call_id;
        self.accept(call, callee).await;
        self.join(call, fan).await;
        self.join(call, callee).await;
        self.beat(call, &[fan, callee]).await;
        assert_eq!(self.state(call).await, CallState::Active);
        call
    }

    /// Signs of life of some members, now.
    pub async fn beat(&self, call: CallId, who: &[&Uid]) {
        self.beat_aged(call, who, 0).await;
    }

    pub async fn beat_aged(&self, call: CallId, who: &[&Uid], age_ms: i64) {
        let Membership { peers, .. } = self.calls.membership(call).await.expect("the call is there");
        if self.state(call).await.is_over() {
            return;
        }
        let beats: Vec<Beat> = peers
            .iter()
            .filter(|p| who.contains(&&p.uid))
            .map(|p| Beat { no: p.no, age_ms, line: Line::Connected, media: true, quality: Quality::default() })
            .collect();
        assert_eq!(beats.len(), who.len(), "everybody has joined");
        self.calls.flush(&beats).await.expect("the flush is written");
    }

    /// Time passes, and the house listens all the while; nobody is heard of.
    pub async fn pass(&self, ms: i64) {
        self.outage(ms).await;
        sqlx::query("update store.house set alive_ms = store.now_ms()")
            .execute(&self.base.owner)
            .await
            .expect("the owner may");
    }

    /// Time passes, and the house hears nothing of it.
    pub async fn outage(&self, ms: i64) {
        sqlx::query("update store.test_clock set now_ms = now_ms + $1")
            .bind(ms)
            .execute(&self.base.owner)
            .await
            .expect("the owner may");
    }

    /// Sweeps all shards once, due or not.
    pub async fn sweep(&self) -> usize {
        sqlx::query("update ledger.shards set due_ms = 0").execute(&self.base.owner).await.expect("the owner may");
        let mut ended = 0;
        while let Some(swept) = self.calls.sweep(&self.cache).await.expect("the sweep runs") {
            ended += swept.ended;
        }
        ended
    }

    pub async fn end(&self, call: CallId, who: &Uid) {
        self.calls.end(who, &Self::on(call)).await.expect("the call is ended");
    }

    pub async fn state(&self, call: CallId) -> CallState {
        self.calls.detail(call).await.expect("the call is there").call.state
    }

    /// Posted and held of a wallet.
    pub async fn wallet(&self, uid: &Uid) -> (Coins, Coins) {
        let b = history::balance(&self.base.store, uid).await.expect("a wallet");
        (b.posted, b.held)
    }

    pub async fn earned(&self, uid: &Uid) -> Coins {
        history::earnings(&self.base.store, uid).await.expect("earnings").posted
    }

    pub async fn revenue(&self) -> Coins {
        let sum: i64 = sqlx::query_scalar(
            "select coalesce(sum(posted), 0)::bigint from ledger.accounts where owner = 'house' and kind = 'revenue'",
        )
        .fetch_one(&self.base.owner)
        .await
        .expect("revenue");
        Coins::from_units(sum)
    }

    /// The books must balance: checked at the end of every test.
    pub async fn balanced(self) {
        let report =
            callboard_calls::books::reconcile(&self.base.store, None, None).await.expect("the books are read").close();
        assert!(report.balanced, "{:#?}", report.differences);
        self.base.finish().await;
    }
}
