//! Who sees whether somebody is here, and when he last was.

use std::collections::BTreeMap;

use callboard_contract::api::presence::{Audience, PresencePrivacy, SetPrivacyRequest};
use callboard_domain::Uid;
use callboard_store::{Begun, Command, Store, StoreError};
use sqlx::PgConnection;

/// What some people set. Who set nothing is left out: everybody sees him.
pub async fn of(conn: &mut PgConnection, uids: &[Uid]) -> Result<BTreeMap<Uid, PresencePrivacy>, StoreError> {
    let uids: Vec<String> = uids.iter().map(Uid::to_string).collect();
    let rows = sqlx::query!("select uid, online, last_seen from people.presence_privacy where uid = any($1)", &uids)
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|r| {
            let uid = Uid::new(r.uid).map_err(|e| StoreError::corrupt("a presence's user", e))?;
            Ok((uid, PresencePrivacy { online: audience(&r.online)?, last_seen: audience(&r.last_seen)? }))
        })
        .collect()
}

/// What somebody set.
pub async fn get(store: &Store, uid: &Uid) -> Result<PresencePrivacy, StoreError> {
    let mut all = of(&mut *store.pool().acquire().await?, std::slice::from_ref(uid)).await?;
    Ok(all.remove(uid).unwrap_or_default())
}

/// Sets who sees somebody. What is as if nothing were set is not kept.
pub async fn set(store: &Store, uid: &Uid, request: &SetPrivacyRequest) -> Result<PresencePrivacy, StoreError> {
    let principal = format!("user:{uid}");
    let begun = Command::begin(store, &principal, "presence.set_privacy", &request.request_id, false, request).await?;
    let mut command = match begun {
        Begun::Before(privacy) => return Ok(privacy),
        Begun::New(command) => command,
    };
    let privacy = PresencePrivacy { online: request.online, last_seen: request.last_seen };
    let result = write(&mut command, uid, privacy).await;
    command.finish(result).await
}

async fn write(conn: &mut PgConnection, uid: &Uid, privacy: PresencePrivacy) -> Result<PresencePrivacy, StoreError> {
    if privacy == PresencePrivacy::default() {
        sqlx::query!("delete from people.presence_privacy where uid = $1", uid.as_str()).execute(conn).await?;
    } else {
        sqlx::query!(
            "insert into people.presence_privacy (uid, online, last_seen) values ($1, $2, $3)
             on conflict (uid) do update set online = excluded.online, last_seen = excluded.last_seen",
            uid.as_str(),
            privacy.online.as_str(),
            privacy.last_seen.as_str()
        )
        .execute(conn)
        .await?;
    }
    Ok(privacy)
}

fn audience(word: &str) -> Result<Audience, StoreError> {
    let found = Audience::ALL.into_iter().find(|audience| audience.as_str() == word);
    found.ok_or_else(|| StoreError::corrupt("who sees a presence", word))
}
