//! Races, with the interleaving forced: the test itself holds a lock, lets both sides run into it, and lets go.

mod support;

use std::time::Duration;

use callboard_domain::{CallState, Coins, LegState, RequestId};
use support::{House, coins};

/// Waits until so many sessions of this database wait for a lock.
async fn waiting(house: &House, sessions: i64) {
    let wait = async {
        loop {
            let n: i64 = sqlx::query_scalar("select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid where a.datname = current_database() and not l.granted")
                .fetch_one(&house.base.owner)
                .await
                .expect("sessions can be listed");
            if n >= sessions {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the other side runs into the lock");
}

async fn settles(house: &House) -> i64 {
    sqlx::query_scalar("select count(*) from ledger.transfers where kind = 'settle'")
        .fetch_one(&house.base.owner)
        .await
        .expect("transfers")
}

#[tokio::test(flavor = "multi_thread")]
async fn end_against_sweep_settles_once() {
    let house = House::new().await;
    let maya = house.fan("maya", "500").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    house.pass(30_000).await;
    house.beat(call, &[&maya, &leo]).await;
    // A lock on the shard stands for a sweep that is under way; the end waits for it, a second sweep passes by.
    let mut sweeping = house.base.owner.begin().await.expect("a transaction");
    sqlx::query("update ledger.shards set due_ms = 0").execute(&mut *sweeping).await.expect("the shards are locked");
    let (calls, fan) = (house.calls.clone(), maya.clone());
    let end = tokio::spawn(async move { calls.end(&fan, &House::on(call)).await });
    waiting(&house, 1).await;
    assert!(house.calls.sweep(&house.cache).await.expect("the sweep runs").is_none(), "a locked shard is skipped");
    sweeping.commit().await.expect("the first sweep is done");
    end.await.expect("no panic").expect("the call is ended");
    house.sweep().await;
    assert_eq!(settles(&house).await, 1);
    assert_eq!(house.wallet(&maya).await.1, Coins::ZERO);
    house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_cannot_use_coins_that_another_hold_takes() {
    let house = House::new().await;
    let maya = house.fan("maya", "30").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    house.pass(15_000).await;
    // Another hold on the same wallet is under way: the sweep neither waits for it nor counts its coins.
    let mut other = house.base.owner.begin().await.expect("a transaction");
    sqlx::query("update ledger.accounts set held = held where owner = 'user:maya' and kind = 'wallet'")
        .execute(&mut *other)
        .await
        .expect("the wallet is locked");
    house.beat(call, &[&maya, &leo]).await;
    sqlx::query("update ledger.shards set due_ms = 0").execute(&house.base.owner).await.expect("due");
    let mut aside = 0;
    while let Some(swept) = house.calls.sweep(&house.cache).await.expect("the sweep runs") {
        assert_eq!(swept.extended, 0);
        aside += swept.set_aside;
    }
    assert_eq!(aside, 1, "a locked wallet waits for the next round");
    sqlx::query(
        "insert into ledger.holds (id, leg_id, call_id, account_id, granted, placed_ms)
         select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), id, 100000, 0 from ledger.accounts where owner = 'user:maya' and kind = 'wallet'",
    )
    .execute(&mut *other)
    .await
    .expect("the other hold");
    sqlx::query("update ledger.accounts set held = held + 100000 where owner = 'user:maya' and kind = 'wallet'")
        .execute(&mut *other)
        .await
        .expect("held");
    other.commit().await.expect("the other hold is placed");
    house.sweep().await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert_eq!((leg.granted, leg.available), (coins("20"), Coins::ZERO), "nothing was left to grant");
    house.pass(10_000).await;
    house.beat(call, &[&maya, &leo]).await;
    house.sweep().await;
    let leg = house.calls.detail(call).await.expect("there").legs.remove(0);
    assert_eq!((leg.state, leg.charge, leg.connected_ms), (LegState::Settled, coins("20"), 20_000));
    sqlx::query("update ledger.accounts set held = 0 where owner = 'user:maya' and kind = 'wallet'")
        .execute(&house.base.owner)
        .await
        .expect("undone");
    sqlx::query("delete from ledger.holds where call_id not in (select id from calls.calls)")
        .execute(&house.base.owner)
        .await
        .expect("undone");
    house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_legs_on_one_wallet_never_count_the_same_coin() {
    let house = House::new().await;
    // The house lets nobody be in two calls; the ledger must hold even without that rule.
    sqlx::query("drop index calls.one_live_call").execute(&house.base.owner).await.expect("the rule is lifted");
    let maya = house.fan("maya", "70").await;
    let (leo, ana) =
        (house.creator("leo", support::per_second()).await, house.creator("ana", support::per_second()).await);
    let first = house.running(&maya, &leo, None).await;
    let second = house.running(&maya, &ana, None).await;
    for _ in 0..9 {
        house.pass(5_000).await;
        house.beat(first, &[&maya, &leo]).await;
        house.beat(second, &[&maya, &ana]).await;
        sqlx::query("update ledger.shards set due_ms = 0").execute(&house.base.owner).await.expect("due");
        let sweeps: Vec<_> = (0..4)
            .map(|_| {
                let (calls, cache) = (house.calls.clone(), house.cache.clone());
                tokio::spawn(async move { while calls.sweep(&cache).await.expect("the sweep runs").is_some() {} })
            })
            .collect();
        for sweep in sweeps {
            sweep.await.expect("no panic");
        }
    }
    house.sweep().await;
    let (posted, held) = house.wallet(&maya).await;
    assert_eq!((posted, held), (Coins::ZERO, Coins::ZERO));
    assert_eq!((house.state(first).await, house.state(second).await), (CallState::Completed, CallState::Completed));
    assert_eq!(
        house.earned(&leo).await.units() + house.earned(&ana).await.units() + house.revenue().await.units(),
        coins("70").units()
    );
    house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_top_up_at_the_cut_off_counts_only_if_it_came_in_time() {
    for (in_time, ends) in [(true, false), (false, true)] {
        let house = House::new().await;
        let maya = house.fan("maya", "20").await;
        let leo = house.creator("leo", support::per_second()).await;
        let call = house.running(&maya, &leo, None).await;
        house.pass(19_000).await;
        house.beat(call, &[&maya, &leo]).await;
        if in_time {
            house.topup(&maya, "20").await;
        }
        // The cut-off is past before any sweep looks; what was credited after it does not count.
        house.pass(3_000).await;
        if !in_time {
            house.topup(&maya, "20").await;
        }
        house.beat(call, &[&maya, &leo]).await;
        house.sweep().await;
        assert_eq!(house.state(call).await == CallState::Completed, ends, "in time: {in_time}");
        if ends {
            assert_eq!(house.wallet(&maya).await, (coins("20"), Coins::ZERO));
        } else {
            house.end(call, &maya).await;
        }
        house.balanced().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_id_from_two_users_is_two_requests_and_from_one_is_one() {
    let house = House::new().await;
    let (maya, ken) = (house.fan("maya", "100").await, house.fan("ken", "100").await);
    let (leo, ana) =
        (house.creator("leo", support::per_second()).await, house.creator("ana", support::per_second()).await);
    let id = RequestId::new("one-and-the-same").expect("an id");
    let mut first = House::initiate_request(&maya, &leo, None);
    first.request_id = id.clone();
    let mut second = House::initiate_request(&ken, &ana, None);
    second.request_id = id;
    let twice: Vec<_> = (0..2)
        .map(|_| {
            let (calls, maya, first) = (house.calls.clone(), maya.clone(), first.clone());
            tokio::spawn(async move { calls.initiate(&maya, &first).await.expect("the same answer").call_id })
        })
        .collect();
    let mut ids = Vec::new();
    for call in twice {
        ids.push(call.await.expect("no panic"));
    }
    assert_eq!(ids[0], ids[1], "the same request is done once");
    let other = house.calls.initiate(&ken, &second).await.expect("another user's request is another").call_id;
    assert_ne!(ids[0], other);
    assert_eq!(house.wallet(&maya).await.1, coins("20"));
    // The same id with another body is refused, and changes nothing.
    first.minutes = Some(3);
    assert!(house.calls.initiate(&maya, &first).await.is_err());
    house.balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_handled_stops_neither_its_shard_nor_the_others() {
    let house = House::new().await;
    let (maya, ken) = (house.fan("maya", "500").await, house.fan("ken", "500").await);
    let (leo, ana) =
        (house.creator("leo", support::per_second()).await, house.creator("ana", support::per_second()).await);
    let bad = house.running(&maya, &leo, None).await;
    let good = house.running(&ken, &ana, None).await;
    // Both in one shard, the first with a hold that contradicts its leg: whatever extends it breaks a rule of the database.
    for table in ["calls.legs", "calls.calls", "calls.seen"] {
        let same = format!("update {table} set shard = 0");
        sqlx::query(sqlx::AssertSqlSafe(same)).execute(&house.base.owner).await.expect("the owner may");
    }
    sqlx::query("update ledger.holds set released_ms = 1, final_charge = settled where call_id = $1")
        .bind(bad.as_uuid())
        .execute(&house.base.owner)
        .await
        .expect("the owner may");
    house.pass(8_000).await;
    house.beat(good, &[&ken, &ana]).await;
    house.beat(bad, &[&maya, &leo]).await;
    sqlx::query("update ledger.shards set due_ms = case id when 0 then 0 else store.now_ms() + 60000 end")
        .execute(&house.base.owner)
        .await
        .expect("due");
    let swept = house.calls.sweep(&house.cache).await.expect("the round goes on").expect("a shard is due");
    assert_eq!((swept.extended, swept.set_aside), (1, 1));
    assert_eq!(house.calls.detail(good).await.expect("there").legs[0].granted, coins("40"));
    house.base.finish().await;
}
