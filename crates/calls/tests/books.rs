//! The books of calls, tariffs, refunds and the broom for holds, on real calls.

mod support;

use callboard_calls::{books, holds, refunds, tariffs};
use callboard_contract::adm::books::BooksReport;
use callboard_contract::adm::holds::SweepRequest;
use callboard_contract::adm::refund::{CreateRequest, PreviewRequest, RefundFrom};
use callboard_contract::adm::tariff::SetRequest;
use callboard_contract::{ErrorCode, PageQuery};
use callboard_domain::{CallId, Coins, Preset, RequestId, Role, StaffName, Tariff, TariffSpec};
use callboard_ledger::refund::Refunder;
use callboard_store::{StoreError, now};
use support::{House, coins, per_second, reason};

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn fay() -> Refunder {
    Refunder { actor: "staff:fay".to_owned(), limits: Role::Finance.refund_limits() }
}

fn refund(call: CallId, amount: Option<&str>) -> CreateRequest {
    CreateRequest {
        request_id: RequestId::generate(),
        call_id: Some(call),
        leg_id: None,
        transfer_id: None,
        amount: amount.map(coins),
        from: RefundFrom::Receivers,
        reason: reason(),
        expect_refunded_before: None,
        dry_run: false,
    }
}

async fn reconciled(house: &House) -> BooksReport {
    books::reconcile(&house.base.store, None, None).await.expect("the books can be read").close()
}

/// What only the owner can do; `CALL` stands for a call's id.
async fn owner(house: &House, call: CallId, sql: &str) {
    let sql = sql.replace("CALL", &format!("'{call}'"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&house.base.owner).await.expect("the owner may");
}

/// Calls of every kind of end: hung up by either, cut off while beats go on, line lost, rejected, missed, suspended in between.
async fn busy() -> (House, CallId) {
    let house = House::new().await;
    let noor = house.creator("noor", per_second()).await;
    let maya = house.fan("maya", "10000").await;
    let call = house.running(&maya, &noor, None).await;
    for _ in 0..15 {
        house.pass(5_000).await;
        house.beat(call, &[&maya, &noor]).await;
        house.sweep().await;
    }
    house.pass(2_000).await;
    house.end(call, &maya).await;

    let whole = serde_json::json!({"rate": "60", "increment": "60/60", "minimum": "3", "connect_fee": "0.5", "free_s": 3,
        "reserve": {"mode": "rolling", "ahead_s": 60}, "split": [["reader", "0.7"], ["agency", "0.07"], ["platform", "0.23"]]});
    let rhea = house.creator("rhea", whole).await;
    let second = house.running(&maya, &rhea, None).await;
    house.pass(7_000).await;
    house.beat(second, &[&maya, &rhea]).await;
    house.sweep().await;
    house.end(second, &rhea).await;

    let poor = house.fan("poor", "25.5").await;
    let dry = house.running(&poor, &noor, None).await;
    for _ in 0..8 {
        house.pass(4_300).await;
        if house.state(dry).await.is_over() {
            break;
        }
        house.beat(dry, &[&poor, &noor]).await;
        house.sweep().await;
    }
    assert!(house.state(dry).await.is_over(), "he has run dry");

    let lost = house.running(&maya, &noor, None).await;
    house.pass(5_000).await;
    house.beat(lost, &[&maya, &noor]).await;
    for _ in 0..12 {
        house.pass(5_000).await;
        if !house.state(lost).await.is_over() {
            house.beat(lost, &[&noor]).await;
        }
        house.sweep().await;
    }
    assert!(house.state(lost).await.is_over(), "the line is lost");

    let no = house.initiate(&maya, &noor, None).await.expect("it rings").call_id;
    house.calls.reject(&noor, &House::on(no)).await.expect("it is declined");
    (house, call)
}

#[tokio::test]
async fn real_calls_reconcile_and_refunds_too() {
    let (house, call) = busy().await;
    let report = reconciled(&house).await;
    assert!(report.balanced, "{report:#?}");
    let meter = report.checks.iter().find(|c| c.name == "meter").expect("the meter was run again");
    assert_eq!(meter.looked_at, 5);

    let store = &house.base.store;
    let preview = PreviewRequest {
        call_id: Some(call),
        leg_id: None,
        transfer_id: None,
        amount: Some(coins("7")),
        from: RefundFrom::Receivers,
    };
    let preview = refunds::preview(store, &fay(), &preview).await.expect("a preview");
    assert!(preview.charged >= coins("77"), "{preview:?}");
    assert_eq!((preview.amount, preview.within_limits), (coins("7"), true));
    let rest = preview.charged.checked_sub(coins("7")).expect("less");
    let request = refund(call, Some("7"));
    let view = refunds::create(store, &fay(), &request).await.expect("a refund");
    assert_eq!(view.postings, preview.postings);
    assert_eq!(refunds::create(store, &fay(), &request).await.expect("the same answer"), view);
    let dry = CreateRequest { dry_run: true, ..refund(call, None) };
    assert_eq!(refunds::create(store, &fay(), &dry).await.expect("a dry run").amount, rest);
    refunds::create(store, &fay(), &refund(call, None)).await.expect("the rest");
    assert_eq!(code(refunds::create(store, &fay(), &refund(call, None)).await), ErrorCode::Conflict);
    let report = reconciled(&house).await;
    assert!(report.balanced, "{report:#?}");
    house.base.finish().await;
}

#[tokio::test]
async fn only_legs_of_calls_that_are_over_are_refunded() {
    let house = House::new().await;
    let noor = house.creator("noor", per_second()).await;
    let (maya, ada) = (house.fan("maya", "100").await, house.fan("ada", "100").await);
    let store = &house.base.store;
    let live = house.running(&maya, &noor, None).await;
    assert_eq!(code(refunds::create(store, &fay(), &refund(live, None)).await), ErrorCode::Conflict);
    house.end(live, &maya).await;
    assert_eq!(code(refunds::create(store, &fay(), &refund(CallId::generate(), None)).await), ErrorCode::NotFound);

    let group = house.group(&noor, &[(&maya, true), (&ada, true)]).await;
    house.join_all(group, &[&noor, &maya, &ada]).await;
    house.beat(group, &[&noor, &maya, &ada]).await;
    house.pass(5_000).await;
    house.beat(group, &[&noor, &maya, &ada]).await;
    house.end(group, &noor).await;
    // Two legs: which one must be said.
    assert_eq!(code(refunds::create(store, &fay(), &refund(group, None)).await), ErrorCode::BadRequest);
    let legs = house.calls.detail(group).await.expect("the call").legs;
    let request = CreateRequest { leg_id: Some(legs[0].leg_id), ..refund(group, Some("1")) };
    assert_eq!(refunds::create(store, &fay(), &request).await.expect("a refund").leg_id, Some(legs[0].leg_id));
    let report = reconciled(&house).await;
    assert!(report.balanced, "{report:#?}");
    house.base.finish().await;
}

#[tokio::test]
async fn a_charge_that_the_meter_does_not_confirm_is_found() {
    let (house, call) = busy().await;
    // (what the owner does, what undoes it, the amount that differs)
    let planted = [
        (
            "update calls.legs set final_charge = final_charge + 10000 where call_id = CALL",
            "update calls.legs set final_charge = final_charge - 10000 where call_id = CALL",
            Some("1"),
        ),
        (
            "alter table calls.leg_events disable trigger append_only; create table kept as select * from calls.leg_events where event->>'kind' = 'suspend';
             delete from calls.leg_events where event->>'kind' = 'suspend'",
            "insert into calls.leg_events select * from kept",
            None,
        ),
        (
            "update calls.leg_events set event = jsonb_set(event, '{at}', '\"2020-01-01T00:00:00.000Z\"') where event->>'kind' = 'end' and seq = 2",
            "update calls.leg_events set event = jsonb_set(event, '{at}', to_jsonb(to_char(to_timestamp(at_ms / 1000.0) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))) where event->>'kind' = 'end' and seq = 2",
            None,
        ),
    ];
    for (act, undo, amount) in planted {
        owner(&house, call, act).await;
        let report = reconciled(&house).await;
        let found =
            report.differences.iter().find(|d| d.check == "meter").unwrap_or_else(|| panic!("{act}: {report:#?}"));
        assert!(found.mend.contains("callboard "), "{found:#?}");
        if let Some(amount) = amount {
            assert_eq!(found.amount, Some(coins(amount)));
            assert!(found.on.contains(&call.to_string()) && found.mend.contains("refund create"), "{found:#?}");
        }
        owner(&house, call, undo).await;
        let report = reconciled(&house).await;
        assert!(report.balanced, "{undo}: {report:#?}");
    }
    house.base.finish().await;
}

#[tokio::test]
async fn a_hold_left_behind_is_found_shown_and_released() {
    let (house, call) = busy().await;
    let store = &house.base.store;
    let noor = support::uid("noor");
    let ada = house.fan("ada", "100").await;
    let live = house.running(&ada, &noor, None).await;
    let none = holds::sweep_house(store).await.expect("a sweep");
    assert_eq!((none.looked_at, none.released.len()), (1, 0));

    owner(
        &house,
        call,
        "update ledger.holds set released_ms = null, final_charge = null, granted = settled + 50000 where call_id = CALL;
         update ledger.accounts set held = held + 50000 where owner = 'user:maya' and kind = 'wallet'",
    )
    .await;
    let report = reconciled(&house).await;
    let found = report.differences.iter().find(|d| d.check == "holds").unwrap_or_else(|| panic!("{report:#?}"));
    assert_eq!((found.amount, found.mend.as_str()), (Some(coins("5")), "callboard holds sweep"));

    let staff = StaffName::new("oskar").expect("a name");
    let request = SweepRequest { request_id: RequestId::generate(), dry_run: true };
    let dry = holds::sweep(store, &staff, &request).await.expect("a dry run");
    assert_eq!((dry.looked_at, dry.released.len(), dry.released[0].held), (2, 1, coins("5")));
    assert_eq!(holds::ls(store, &PageQuery::default()).await.expect("a list").items.len(), 2);
    let request = SweepRequest { dry_run: false, ..request };
    let done = holds::sweep(store, &staff, &request).await.expect("a sweep");
    assert_eq!(done.released.iter().map(|h| h.payer.as_str()).collect::<Vec<_>>(), ["maya"]);
    let page = PageQuery { limit: Some(1), cursor: None };
    let open = holds::ls(store, &page).await.expect("a list");
    assert_eq!(open.items.iter().map(|h| h.call_id).collect::<Vec<_>>(), [live]);
    let (_, held) = house.wallet(&support::uid("maya")).await;
    assert_eq!(held, Coins::ZERO);
    house.base.finish().await;
}

#[tokio::test]
async fn tariffs_are_set_beside_presets_or_in_their_place() {
    let house = House::new().await;
    let store = &house.base.store;
    let fay = StaffName::new("fay").expect("a name");
    let set = |name: &str, spec: TariffSpec, expect_version| SetRequest {
        request_id: RequestId::generate(),
        name: name.to_owned(),
        tariff: spec,
        reason: reason(),
        expect_version,
        dry_run: false,
    };
    let names: Vec<String> = tariffs::ls(store).await.expect("a list").items.into_iter().map(|t| t.name).collect();
    assert_eq!(names, Preset::ALL.iter().map(ToString::to_string).collect::<Vec<_>>());

    let spec = Preset::CoinBurn.spec(Some(coins("12")), None);
    let request = set("coin-burn", spec.clone(), Some(0));
    let view = tariffs::set(store, &fay, &request).await.expect("it is set");
    assert_eq!((view.version, view.preset), (1, false));
    assert_eq!(tariffs::set(store, &fay, &request).await.expect("the same answer"), view);
    assert_eq!(code(tariffs::set(store, &fay, &set("coin-burn", spec.clone(), Some(0))).await), ErrorCode::Stale);
    tariffs::set(store, &fay, &set("evening", spec.clone(), None)).await.expect("it is set");
    let list = tariffs::ls(store).await.expect("a list").items;
    assert_eq!(list.len(), Preset::ALL.len() + 1);
    assert_eq!(list.iter().find(|t| t.name == "coin-burn").map(|t| t.tariff.rate), Some(coins("12")));

    let dry = SetRequest { dry_run: true, ..set("never", spec.clone(), None) };
    tariffs::set(store, &fay, &dry).await.expect("a dry run");
    assert_eq!(code(tariffs::show(store, "never").await), ErrorCode::NotFound);
    assert_eq!(code(tariffs::set(store, &fay, &set("a.b", spec.clone(), None)).await), ErrorCode::BadRequest);
    let bad = TariffSpec { reserve: None, ..spec };
    assert_eq!(code(tariffs::set(store, &fay, &set("bad", bad, None)).await), ErrorCode::BadRequest);

    let mut conn = store.pool().acquire().await.expect("a connection");
    let resolved =
        async |conn: &mut sqlx::PgConnection, name: &str, rate: Option<&str>| -> Result<Tariff, StoreError> {
            tariffs::resolve(conn, name, rate.map(coins), None).await
        };
    assert_eq!(resolved(&mut conn, "evening", None).await.expect("a tariff").rate(), coins("12"));
    assert_eq!(resolved(&mut conn, "evening", Some("3")).await.expect("a tariff").rate(), coins("3"));
    assert_eq!(resolved(&mut conn, "reader", None).await.expect("a tariff").rate(), coins("3.99"));
    assert_eq!(code(resolved(&mut conn, "nothing", None).await), ErrorCode::NotFound);
    now(&mut conn).await.expect("the connection is sound");
    drop(conn);
    let told: i64 = sqlx::query_scalar("select count(*) from store.outbox where event = 'tariff.set'")
        .fetch_one(&house.base.owner)
        .await
        .expect("a count");
    assert_eq!(told, 2);
    house.base.finish().await;
}
