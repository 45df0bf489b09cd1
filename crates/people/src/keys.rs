//! The directory of public keys: what devices publish, so that the apps of two people can agree on secrets of their own.
//!
//! What must always hold: a one-time key is handed out once; who takes many from one device is given the other keys only, so that nobody
//! can use up what lies ready for others; somebody who is blocked gets nothing.

use callboard_contract::api::Done;
use callboard_contract::api::keys::{
    DeviceKeys, DropRequest, GetRequest, KeyBundle, KeyBundles, MyKeys, OneTimeKey, SetRequest, SignedKey,
};
use callboard_contract::limits::{
    MAX_KEY_DEVICES, MAX_ONE_TIME_KEYS, MAX_ONE_TIME_KEYS_READY, MAX_ONE_TIME_KEYS_TAKEN,
};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, DeviceId, Uid};
use callboard_store::{Begun, Command, Store, StoreError};
use data_encoding::BASE64;
use sqlx::PgConnection;

const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// One-time keys that were handed out are remembered for so long, so that their numbers do not come again.
const REMEMBER_MS: i64 = 30 * DAY_MS;

/// Publishes the keys of a device.
pub async fn set(store: &Store, uid: &Uid, request: &SetRequest) -> Result<DeviceKeys, StoreError> {
    let keys = Published::read(request)?;
    let principal = format!("user:{uid}");
    let mut command = match Command::begin(store, &principal, "keys.set", &request.request_id, false, request).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::New(command) => command,
    };
    let result = publish(&mut command, uid, request, &keys).await;
    command.finish(result).await
}

/// Takes the keys of somebody's devices for a conversation.
pub async fn get(store: &Store, uid: &Uid, request: &GetRequest) -> Result<KeyBundles, StoreError> {
    let principal = format!("user:{uid}");
    let mut command = match Command::begin(store, &principal, "keys.get", &request.request_id, false, request).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::New(command) => command,
    };
    let result = hand_out(&mut command, uid, request).await;
    command.finish(result).await
}

/// Somebody's own devices with keys.
pub async fn mine(store: &Store, uid: &Uid) -> Result<MyKeys, StoreError> {
    let mut conn = store.pool().acquire().await?;
    Ok(MyKeys { devices: devices(&mut conn, uid, None).await? })
}

/// Takes the keys of a device out of the directory.
pub async fn drop_device(store: &Store, uid: &Uid, request: &DropRequest) -> Result<Done, StoreError> {
    let principal = format!("user:{uid}");
    let mut command = match Command::begin(store, &principal, "keys.drop", &request.request_id, false, request).await? {
        Begun::Before(answer) => return Ok(answer),
        Begun::New(command) => command,
    };
    let result = remove(&mut command, uid, &request.device).await.map(|()| Done {});
    command.finish(result).await
}

/// Forgets one-time keys that were handed out long ago; gives how many.
pub async fn prune(store: &Store) -> Result<u64, StoreError> {
    let done = sqlx::query!("delete from people.one_time_keys where given_ms < store.now_ms() - $1", REMEMBER_MS)
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected())
}

/// Keys whose form was checked.
struct Published {
    identity: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    one_time: Vec<Vec<u8>>,
}

impl Published {
    fn read(request: &SetRequest) -> Result<Self, ApiError> {
        if request.one_time_keys.len() > MAX_ONE_TIME_KEYS {
            let text = format!(
                "at most {MAX_ONE_TIME_KEYS} one-time keys in one request, not {}",
                request.one_time_keys.len()
            );
            return Err(ApiError::new(ErrorCode::TooLarge, text).on_field("one_time_keys"));
        }
        let signed = &request.signed_pre_key;
        let one_time = request.one_time_keys.iter().map(|k| bytes(&k.key, KEY_BYTES, "one_time_keys"));
        Ok(Self {
            identity: bytes(&request.identity_key, KEY_BYTES, "identity_key")?,
            signed: bytes(&signed.key, KEY_BYTES, "signed_pre_key.key")?,
            signature: bytes(&signed.signature, SIGNATURE_BYTES, "signed_pre_key.signature")?,
            one_time: one_time.collect::<Result<_, _>>()?,
        })
    }
}

fn bytes(text: &str, length: usize, field: &str) -> Result<Vec<u8>, ApiError> {
    let read = BASE64.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == length);
    read.ok_or_else(|| {
        ApiError::new(ErrorCode::BadRequest, format!("{field} must be {length} bytes in base64")).on_field(field)
    })
}

async fn publish(
    conn: &mut PgConnection,
    uid: &Uid,
    request: &SetRequest,
    keys: &Published,
) -> Result<DeviceKeys, StoreError> {
    let device = request.device.as_str();
    // Two devices of one user at once must not pass the limit together.
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('keys:' || $1, 0))", uid.as_str())
        .execute(&mut *conn)
        .await?;
    let before = sqlx::query!(
        r#"select (select identity_key from people.key_devices where uid = $1 and device = $2) as identity_key,
           (select count(*) from people.key_devices where uid = $1 and device <> $2) as "others!""#,
        uid.as_str(),
        device
    )
    .fetch_one(&mut *conn)
    .await?;
    if before.others >= MAX_KEY_DEVICES {
        let text = format!("{MAX_KEY_DEVICES} devices have keys already; drop one (keys.drop)");
        return Err(StoreError::Refused(ApiError::new(ErrorCode::Limit, text).on_field("device")));
    }
    if before.identity_key.is_some_and(|old| old != keys.identity) {
        remove(conn, uid, &request.device).await?;
    }
    sqlx::query!(
        "insert into people.key_devices (uid, device, identity_key, signed_id, signed_key, signed_signature, since_ms)
         values ($1, $2, $3, $4, $5, $6, store.now_ms())
         on conflict (uid, device) do update set signed_id = excluded.signed_id, signed_key = excluded.signed_key,
             signed_signature = excluded.signed_signature",
        uid.as_str(),
        device,
        keys.identity,
        i64::from(request.signed_pre_key.id),
        keys.signed,
        keys.signature
    )
    .execute(&mut *conn)
    .await?;
    let ids: Vec<i64> = request.one_time_keys.iter().map(|k| i64::from(k.id)).collect();
    let added = sqlx::query!(
        "insert into people.one_time_keys (uid, device, id, key, added_ms)
         select $1, $2, n.id, n.key, store.now_ms() from unnest($3::bigint[], $4::bytea[]) n (id, key) on conflict do nothing",
        uid.as_str(),
        device,
        &ids,
        &keys.one_time
    )
    .execute(&mut *conn)
    .await?;
    if added.rows_affected() < ids.len() as u64 {
        let text = "a one-time key's number was used before on this device; give each key a new one";
        return Err(StoreError::Refused(ApiError::new(ErrorCode::Conflict, text).on_field("one_time_keys")));
    }
    let keys = devices(conn, uid, Some(&request.device)).await?.pop();
    let keys = keys.ok_or_else(|| StoreError::corrupt("a device's keys", "they are not there"))?;
    if i64::from(keys.one_time_keys) > MAX_ONE_TIME_KEYS_READY {
        let text = format!("at most {MAX_ONE_TIME_KEYS_READY} one-time keys lie ready for a device");
        return Err(StoreError::Refused(ApiError::new(ErrorCode::Limit, text).on_field("one_time_keys")));
    }
    Ok(keys)
}

async fn hand_out(conn: &mut PgConnection, caller: &Uid, request: &GetRequest) -> Result<KeyBundles, StoreError> {
    let rows = sqlx::query!(
        "select device, identity_key, signed_id, signed_key, signed_signature, since_ms from people.key_devices
         where uid = $1 and ($2::text is null or device = $2)
           and not exists (select from people.blocks b where b.uid = $1 and b.blocked = $3)
         order by device",
        request.uid.as_str(),
        request.device.as_ref().map(DeviceId::as_str),
        caller.as_str()
    )
    .fetch_all(&mut *conn)
    .await?;
    if rows.is_empty() {
        let text = format!("{} has no keys in the directory: what is written to him cannot be encrypted", request.uid);
        return Err(StoreError::Refused(ApiError::new(ErrorCode::NotFound, text).on_field("uid")));
    }
    let names: Vec<String> = rows.iter().map(|r| r.device.clone()).collect();
    let given = sqlx::query!(
        "with next as (
           select k.uid, k.device, k.id from unnest($2::text[]) d (device)
           cross join lateral (
             select uid, device, id from people.one_time_keys o where o.uid = $1 and o.device = d.device and o.given_to is null
             order by o.id limit 1 for update skip locked) k
           where (select count(*) from people.one_time_keys t where t.uid = $1 and t.device = d.device and t.given_to = $3
                  and t.given_ms > store.now_ms() - $4) < $5)
         update people.one_time_keys o set given_to = $3, given_ms = store.now_ms() from next
         where o.uid = next.uid and o.device = next.device and o.id = next.id returning o.device, o.id, o.key",
        request.uid.as_str(),
        &names,
        caller.as_str(),
        DAY_MS,
        MAX_ONE_TIME_KEYS_TAKEN
    )
    .fetch_all(conn)
    .await?;
    let mut bundles = Vec::with_capacity(rows.len());
    for row in rows {
        let one_time_key = given.iter().find(|g| g.device == row.device);
        let one_time_key =
            one_time_key.map(|g| Ok::<_, StoreError>(OneTimeKey { id: number(g.id)?, key: BASE64.encode(&g.key) }));
        bundles.push(KeyBundle {
            device: device(row.device)?,
            identity_key: BASE64.encode(&row.identity_key),
            since: At::from_ms(row.since_ms),
            signed_pre_key: SignedKey {
                id: number(row.signed_id)?,
                key: BASE64.encode(&row.signed_key),
                signature: BASE64.encode(&row.signed_signature),
            },
            one_time_key: one_time_key.transpose()?,
        });
    }
    Ok(KeyBundles { uid: request.uid.clone(), devices: bundles })
}

async fn remove(conn: &mut PgConnection, uid: &Uid, device: &DeviceId) -> Result<(), StoreError> {
    sqlx::query!("delete from people.key_devices where uid = $1 and device = $2", uid.as_str(), device.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

async fn devices(conn: &mut PgConnection, uid: &Uid, only: Option<&DeviceId>) -> Result<Vec<DeviceKeys>, StoreError> {
    let rows = sqlx::query!(
        r#"select device, identity_key, signed_id, since_ms,
             (select count(*) from people.one_time_keys o where o.uid = d.uid and o.device = d.device and o.given_to is null) as "ready!"
           from people.key_devices d where uid = $1 and ($2::text is null or device = $2) order by device"#,
        uid.as_str(),
        only.map(DeviceId::as_str)
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|r| {
        Ok(DeviceKeys {
            device: device(r.device)?,
            identity_key: BASE64.encode(&r.identity_key),
            signed_pre_key_id: number(r.signed_id)?,
            one_time_keys: number(r.ready)?,
            since: At::from_ms(r.since_ms),
        })
    });
    read.collect()
}

fn number(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|e| StoreError::corrupt("a key's number", e))
}

fn device(text: String) -> Result<DeviceId, StoreError> {
    DeviceId::new(text).map_err(|e| StoreError::corrupt("a device with keys", e))
}
