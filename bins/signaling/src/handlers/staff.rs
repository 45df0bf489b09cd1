//! `staff` and `users`: credentials come and go; tokens for development.

use std::sync::Arc;

use callboard_bus::Host;
use callboard_contract::adm::staff::{
    Add, AddRequest, Link, Ls, Me, Revoke, RevokeReply, RevokeRequest, StaffList, StaffMe, StaffMember,
};
use callboard_contract::adm::users::{Token, TokenReply, TokenRequest};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{At, HOUSE_PREFIX, Millis, Power, StaffName};
use callboard_people::connections::Holder;
use callboard_people::{staff, users};
use callboard_store::{StoreError, now};
use callboard_worker::{answer, attempt};
use nkeys::{KeyPair, KeyPairType};

use super::{Rooms, on};
use crate::connections::Cut;
use crate::unix;

const TOKEN_TTL_S: u32 = 3600;
const MAX_TOKEN_TTL_S: u32 = 24 * 3600;

pub(super) fn host(host: Host, rooms: &Arc<Rooms>) -> Host {
    let host = on!(host, rooms, Me, |r, caller, _request| me(&r, caller.staff()?).await);
    let host = on!(host, rooms, Ls, |r, _caller, _request| Ok(StaffList { items: answer(staff::ls(&r.store).await)? }));
    let host = on!(host, rooms, Add, |r, caller, request| add(&r, caller.staff()?, &request).await);
    let host = on!(host, rooms, Revoke, |r, caller, request| revoke(&r, caller.staff()?, &request).await);
    let host = on!(host, rooms, Link, |r, caller, request| {
        let name = caller.staff()?;
        attempt(|| staff::link(&r.store, name, &request)).await
    });
    on!(host, rooms, Token, |r, _caller, request| token(&r, &request).await)
}

async fn me(rooms: &Rooms, name: &StaffName) -> Result<StaffMe, ApiError> {
    let member = answer(staff::find(&rooms.store, name).await)?;
    let member = member.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "you are no member of staff"))?;
    Ok(StaffMe {
        name: member.name,
        role: member.role,
        powers: Power::ALL.iter().copied().filter(|power| member.role.may(*power)).collect(),
        refund_limits: member.refund_limits,
        tenants: member.tenants,
        environment: rooms.settings.worker.environment.clone(),
        server_time: answer(clock(rooms).await)?,
    })
}

async fn add(rooms: &Rooms, by: &StaffName, request: &AddRequest) -> Result<StaffMember, ApiError> {
    let key = KeyPair::from_public_key(&request.public_key).ok();
    if !key.is_some_and(|key| matches!(key.key_pair_type(), KeyPairType::User)) {
        let text = "this is no public nkey of a user (U…)";
        return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("public_key"));
    }
    let alone = rooms.settings.worker.is_development();
    attempt(|| staff::add(&rooms.store, by, alone, request)).await
}

/// Commands are refused from the commit on; the cut only ends what the connection hears.
async fn revoke(rooms: &Rooms, by: &StaffName, request: &RevokeRequest) -> Result<RevokeReply, ApiError> {
    let reply = attempt(|| staff::revoke(&rooms.store, by, request)).await?;
    if !request.dry_run {
        let connections = rooms.connections.clone();
        let holder = Holder::Staff(request.name.clone());
        // Who takes back his own credential still gets the answer first.
        if by == &request.name {
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                log_cut(connections.cut(&holder).await);
            });
        } else {
            log_cut(connections.cut(&holder).await);
        }
    }
    Ok(reply)
}

fn log_cut(cut: Result<Cut, StoreError>) {
    match cut {
        Ok(Cut { left: 0, .. }) => {}
        Ok(Cut { left, .. }) => {
            tracing::error!(left, "connections of a revoked credential could not be cut; they end within the hour");
        }
        Err(error) => {
            tracing::error!(%error, "connections of a revoked credential could not be cut; they end within the hour");
        }
    }
}

async fn token(rooms: &Rooms, request: &TokenRequest) -> Result<TokenReply, ApiError> {
    let ttl = request.ttl_s.unwrap_or(TOKEN_TTL_S);
    if !(1..=MAX_TOKEN_TTL_S).contains(&ttl) {
        let text = format!("a token holds for 1 to {MAX_TOKEN_TTL_S} seconds, not {ttl}");
        return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("ttl_s"));
    }
    if request.uid.as_str().starts_with(HOUSE_PREFIX) {
        let text = format!("names that begin with {HOUSE_PREFIX} are the house's");
        return Err(ApiError::new(ErrorCode::BadRequest, text).on_field("uid"));
    }
    let expires = unix::seconds() + u64::from(ttl);
    let Some(token) = rooms.login.development_token(&request.uid, expires) else {
        let text = "tokens are made on development stacks only; elsewhere the platform's identity provider makes them";
        return Err(ApiError::new(ErrorCode::Forbidden, text));
    };
    answer(users::ensure(&rooms.store, &request.uid).await)?;
    let expires_at = At::from_ms(0).plus(Millis::from_secs(i64::try_from(expires).unwrap_or(i64::MAX)));
    Ok(TokenReply { uid: request.uid.clone(), token, expires_at })
}

async fn clock(rooms: &Rooms) -> Result<At, StoreError> {
    now(&mut *rooms.store.pool().acquire().await?).await
}
