//! The directory of keys: one-time keys go out once each, however many ask at once, and nobody can use them up for the others.

use std::collections::BTreeSet;

use callboard_contract::ErrorCode;
use callboard_contract::api::keys::{DropRequest, GetRequest, KeyBundles, OneTimeKey, SetRequest, SignedKey};
use callboard_contract::limits::{MAX_KEY_DEVICES, MAX_ONE_TIME_KEYS, MAX_ONE_TIME_KEYS_TAKEN};
use callboard_domain::{DeviceId, RequestId, Uid};
use callboard_people::keys;
use callboard_store::{Store, StoreError};
use data_encoding::BASE64;

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn key(n: u8) -> String {
    BASE64.encode(&[n; 32])
}

fn publishing(device: &str, identity: u8, ids: std::ops::Range<u32>) -> SetRequest {
    let one_time = |id: u32| OneTimeKey { id, key: key(u8::try_from(id % 256).expect("a byte")) };
    SetRequest {
        request_id: RequestId::generate(),
        device: DeviceId::new(device).expect("a name"),
        identity_key: key(identity),
        signed_pre_key: SignedKey { id: 1, key: key(2), signature: BASE64.encode(&[3; 64]) },
        one_time_keys: ids.map(one_time).collect(),
    }
}

fn asking(of: &str) -> GetRequest {
    GetRequest { request_id: RequestId::generate(), uid: uid(of), device: None }
}

async fn ask(store: &Store, who: &str, of: &str) -> KeyBundles {
    keys::get(store, &uid(who), &asking(of)).await.expect("keys")
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_one_time_key_is_handed_out_once() {
    let base = callboard_testbase::fresh().await;
    let (store, maya) = (&base.store, uid("maya"));
    let first = keys::set(store, &maya, &publishing("phone", 1, 0..20)).await.expect("published");
    assert_eq!((first.one_time_keys, first.signed_pre_key_id), (20, 1));
    keys::set(store, &maya, &publishing("tablet", 9, 0..1)).await.expect("published");

    let askers = (0..20).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { ask(&store, &format!("fan{n}"), "maya").await })
    });
    let mut given = BTreeSet::new();
    let mut tablets = 0;
    for asked in askers.collect::<Vec<_>>() {
        let bundles = asked.await.expect("asked").devices;
        assert_eq!(bundles.iter().map(|b| b.device.as_str()).collect::<Vec<_>>(), ["phone", "tablet"]);
        let one_time = bundles[0].one_time_key.clone().expect("enough for all");
        assert_eq!(one_time.key, key(u8::try_from(one_time.id).expect("few")));
        assert!(given.insert(one_time.id), "{} came twice", one_time.id);
        tablets += usize::from(bundles[1].one_time_key.is_some());
    }
    assert_eq!((given.len(), tablets), (20, 1));
    assert!(ask(store, "late", "maya").await.devices[0].one_time_key.is_none(), "without one, but with the others");

    // The same request gives the same keys; a number never comes again.
    keys::set(store, &maya, &publishing("phone", 1, 20..22)).await.expect("added");
    let request = asking("maya");
    let taken = keys::get(store, &uid("leo"), &request).await.expect("keys");
    assert_eq!(keys::get(store, &uid("leo"), &request).await.expect("keys"), taken);
    assert_eq!(code(keys::set(store, &maya, &publishing("phone", 1, 5..6)).await), ErrorCode::Conflict);
    let mine = keys::mine(store, &maya).await.expect("mine").devices;
    assert_eq!(mine.iter().map(|d| d.one_time_keys).collect::<Vec<_>>(), [1, 0]);
    base.finish().await;
}

#[tokio::test]
async fn nobody_uses_up_what_lies_ready_for_others_and_who_is_blocked_gets_nothing() {
    let base = callboard_testbase::fresh().await;
    let (store, maya) = (&base.store, uid("maya"));
    keys::set(store, &maya, &publishing("phone", 1, 0..50)).await.expect("published");
    let mut got = 0;
    for _ in 0..MAX_ONE_TIME_KEYS_TAKEN + 5 {
        got += i64::from(ask(store, "greedy", "maya").await.devices[0].one_time_key.is_some());
    }
    assert_eq!(got, MAX_ONE_TIME_KEYS_TAKEN);
    assert!(ask(store, "leo", "maya").await.devices[0].one_time_key.is_some());

    sqlx::query("insert into people.blocks (uid, blocked, at_ms) values ('maya', 'leo', 1)")
        .execute(&base.owner)
        .await
        .expect("blocked");
    assert_eq!(code(keys::get(store, &uid("leo"), &asking("maya")).await), ErrorCode::NotFound);
    assert_eq!(code(keys::get(store, &uid("leo"), &asking("nobody")).await), ErrorCode::NotFound);

    // Another identity is another device: what was left of the old one is gone.
    let anew = keys::set(store, &maya, &publishing("phone", 7, 0..3)).await.expect("published");
    assert_eq!((anew.one_time_keys, anew.identity_key), (3, key(7)));
    let drop = DropRequest { request_id: RequestId::generate(), device: DeviceId::new("phone").expect("a name") };
    keys::drop_device(store, &maya, &drop).await.expect("dropped");
    assert_eq!(code(keys::get(store, &uid("ann"), &asking("maya")).await), ErrorCode::NotFound);
    base.finish().await;
}

#[tokio::test]
async fn keys_of_another_form_and_too_many_are_refused() {
    let base = callboard_testbase::fresh().await;
    let (store, maya) = (&base.store, uid("maya"));
    let many = u32::try_from(MAX_ONE_TIME_KEYS).expect("few");
    let short = SetRequest { identity_key: BASE64.encode(&[0; 31]), ..publishing("phone", 1, 0..0) };
    assert_eq!(code(keys::set(store, &maya, &short).await), ErrorCode::BadRequest);
    let text = SetRequest { identity_key: "key".to_owned(), ..publishing("phone", 1, 0..0) };
    assert_eq!(code(keys::set(store, &maya, &text).await), ErrorCode::BadRequest);
    assert_eq!(code(keys::set(store, &maya, &publishing("phone", 1, 0..many + 1)).await), ErrorCode::TooLarge);
    for from in [0, many] {
        keys::set(store, &maya, &publishing("phone", 1, from..from + many)).await.expect("published");
    }
    assert_eq!(code(keys::set(store, &maya, &publishing("phone", 1, 2 * many..2 * many + 1)).await), ErrorCode::Limit);
    for n in 1..MAX_KEY_DEVICES {
        keys::set(store, &maya, &publishing(&format!("device-{n}"), 1, 0..0)).await.expect("published");
    }
    assert_eq!(code(keys::set(store, &maya, &publishing("one-more", 1, 0..0)).await), ErrorCode::Limit);
    base.finish().await;
}
