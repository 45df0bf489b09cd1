//! Who floods the house: noted once for each flood, kept out for a while, in the log.

use callboard_contract::svc::Flood;
use callboard_domain::Uid;
use callboard_people::{floods, users};

#[tokio::test]
async fn a_flood_is_noted_once_and_each_further_one_keeps_out_for_longer() {
    let base = callboard_testbase::fresh().await;
    let uid = Uid::new("leo").expect("a name");
    users::ensure(&base.store, &uid).await.expect("known");
    let flood = Flood { worker: "rooms".to_owned() };
    assert_eq!(floods::pause_left(&base.store, &uid).await.expect("read"), None);
    assert_eq!(floods::note(&base.store, &uid, &flood).await.expect("noted"), 2_000);
    // Another worker tells of the same flood.
    let again = floods::note(&base.store, &uid, &Flood { worker: "signaling".to_owned() }).await.expect("noted");
    assert!((1..=2_000).contains(&again), "{again}");
    let left = floods::pause_left(&base.store, &uid).await.expect("read").expect("he may not sign in");
    assert!((1..=2_000).contains(&left), "{left}");

    let over = "update people.floods set until_ms = store.now_ms() - 1 where uid = $1";
    sqlx::query(over).bind(uid.as_str()).execute(&base.owner).await.expect("the pause is over");
    assert_eq!(floods::pause_left(&base.store, &uid).await.expect("read"), None);
    assert_eq!(floods::note(&base.store, &uid, &flood).await.expect("noted"), 4_000);
    let long_ago = "update people.floods set until_ms = 0, at_ms = store.now_ms() - 3600000 where uid = $1";
    sqlx::query(long_ago).bind(uid.as_str()).execute(&base.owner).await.expect("long ago");
    assert_eq!(floods::note(&base.store, &uid, &flood).await.expect("noted"), 2_000, "it is forgotten after a while");

    let log = "select after->>'worker' from store.actions where act = 'connections.flood' and target = 'user:leo' order by no";
    let workers: Vec<String> = sqlx::query_scalar(log).fetch_all(&base.owner).await.expect("the log");
    assert_eq!(workers, ["rooms", "rooms", "rooms"]);
    base.finish().await;
}
