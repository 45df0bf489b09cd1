//! Who may come in, and as what.

use callboard_contract::{permissions, subject};
use callboard_domain::{HOUSE_PREFIX, RoomId, Uid};
use callboard_people::connections::{self, Holder};
use callboard_people::{bans, floods, staff, tickets, users};
use callboard_rooms::listening;
use callboard_store::{Store, StoreError};

use super::answer::Admission;
use super::login::LoginTokens;
use super::question::Question;
use super::{APP, EDGE, Refusal, staff_token};
use crate::unix;

/// Connections of staff are made anew after this long, with the permissions that their role has then.
const STAFF_SESSION_S: u64 = 3600;
/// Connections with a ticket end after this long; the app takes another ticket.
const LISTENER_SESSION_S: u64 = 6 * 3600;
/// The name of a connection with a ticket begins so. No user's name can: a colon stands in none.
const LISTENER: &str = "listener:";

/// Judges a question. A connection that is let in is remembered first, so that it can be cut.
pub(super) async fn decide(question: &Question, login: &LoginTokens, store: &Store) -> Result<Admission, Refusal> {
    if !question.client_info.kind.eq_ignore_ascii_case("client") {
        return Err(Refusal(format!(
            "a connection of kind `{}` has nothing to look for here",
            question.client_info.kind
        )));
    }
    let token = question.connect_opts.auth_token.as_str();
    if staff_token::looks_like_one(token) {
        staff_member(question, token, store).await
    } else if token.starts_with(tickets::PREFIX) {
        listener(question, token, store).await
    } else {
        user(question, token, login, store).await
    }
}

async fn user(question: &Question, token: &str, login: &LoginTokens, store: &Store) -> Result<Admission, Refusal> {
    if !came_by(question, &["websocket"]) {
        return Err(Refusal(format!("client apps come by websocket, not by `{}`", question.client_info.transport)));
    }
    let login = login.verify(token)?;
    let uid = login.uid;
    if uid.as_str().starts_with(HOUSE_PREFIX) {
        return Err(Refusal(format!("{uid} is a name of the house: none that begins with {HOUSE_PREFIX} may sign in")));
    }
    users::ensure(store, &uid).await?;
    if bans::is_banned(store, &uid).await? {
        return Err(Refusal(format!("{uid} is banned")));
    }
    waited(store, &uid).await?;
    connections::insert(store, &question.connection(), &Holder::User(uid.clone()), None).await?;
    Ok(Admission {
        account: EDGE,
        permissions: permissions::client(uid.as_str()),
        name: uid.to_string(),
        expires: login.expires,
    })
}

/// The second connection of a user, with a ticket for one room. It is remembered before he is looked at: whatever puts him out after that
/// finds it and cuts it.
async fn listener(question: &Question, token: &str, store: &Store) -> Result<Admission, Refusal> {
    if !came_by(question, &["websocket"]) {
        return Err(Refusal(format!("tickets are for websocket, not for `{}`", question.client_info.transport)));
    }
    let mut conn = store.pool().acquire().await.map_err(|e| Refusal::from(StoreError::from(e)))?;
    let Some((uid, room)) = tickets::redeem(&mut conn, token).await? else {
        return Err(Refusal::new("this ticket is not known, was used, or is over"));
    };
    drop(conn);
    waited(store, &uid).await?;
    let connection = question.connection();
    connections::insert(store, &connection, &Holder::User(uid.clone()), Some(room)).await?;
    if !may_hear(store, &uid, room).await? {
        connections::delete(store, &[connection]).await?;
        return Err(Refusal(format!("{uid} may not hear room {room} any more")));
    }
    Ok(Admission {
        account: EDGE,
        permissions: permissions::listener(room),
        name: format!("{LISTENER}{room}:{uid}"),
        expires: unix::seconds() + LISTENER_SESSION_S,
    })
}

/// Who flooded the house stays out for a while.
async fn waited(store: &Store, uid: &Uid) -> Result<(), Refusal> {
    match floods::pause_left(store, uid).await? {
        None => Ok(()),
        Some(ms) => Err(Refusal(format!("{uid} flooded the house: retry_after_ms {ms}"))),
    }
}

/// Whose ticket a connection came with, and for which room; nothing if the name is another's.
pub(crate) fn listener_named(name: &str) -> Option<(Uid, RoomId)> {
    let (room, uid) = name.strip_prefix(LISTENER)?.split_once(':')?;
    Some((uid.parse().ok()?, room.parse().ok()?))
}

/// Whether somebody may hear a room now.
pub(crate) async fn may_hear(store: &Store, uid: &Uid, room: RoomId) -> Result<bool, StoreError> {
    if bans::is_banned(store, uid).await? {
        return Ok(false);
    }
    listening::may_hear(&mut *store.pool().acquire().await?, uid, room).await
}

async fn staff_member(question: &Question, token: &str, store: &Store) -> Result<Admission, Refusal> {
    if !came_by(question, &["nats", "websocket"]) {
        return Err(Refusal(format!("staff come by nats or websocket, not by `{}`", question.client_info.transport)));
    }
    let now = unix::seconds();
    let claims = staff_token::verify(token, now)?;
    let member = staff::by_key(store, &claims.iss).await?;
    let Some(member) = member else {
        return Err(Refusal::new("this staff credential is not known, or was taken back"));
    };
    if member.name.as_str() != claims.sub {
        return Err(Refusal::new("the staff token names somebody else than the credential's holder"));
    }
    connections::insert(store, &question.connection(), &Holder::Staff(member.name.clone()), None).await?;
    let mut permissions = permissions::staff(member.role, member.name.as_str());
    if !member.tenants.is_empty() {
        // Events tell of the cases of all creators; he asks for those of his.
        permissions.subscribe.retain(|heard| heard != subject::CASE_EVENTS);
    }
    Ok(Admission { account: APP, permissions, name: member.name.to_string(), expires: now + STAFF_SESSION_S })
}

fn came_by(question: &Question, ways: &[&str]) -> bool {
    ways.iter().any(|way| question.client_info.transport.eq_ignore_ascii_case(way))
}
