//! Top-ups: coins from the issuer into a wallet. One person may do it on development stacks only; elsewhere it takes two.

use callboard_contract::adm::wallet::{TopupReply, TopupRequest};
use callboard_contract::{ApiError, ErrorCode, EventPush, WalletChanged};
use callboard_domain::{Coins, StaffName, TransferId, Uid};
use callboard_store::{Action, Begun, Command, NewEvent, Store, StoreError, emit, log_action, now, refuse};
use sqlx::PgConnection;

use crate::accounts::{self, Kind, Name};
use crate::history;
use crate::transfer::{NewTransfer, TransferKind, post};

/// Adds coins to a wallet, in the name of a member of staff. `alone` says whether one person may do it here.
pub async fn topup(
    store: &Store,
    staff: &StaffName,
    alone: bool,
    request: &TopupRequest,
) -> Result<TopupReply, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, "wallet.topup", &request.request_id, request.dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = run(&mut command, &actor, alone, request).await;
            command.finish(result).await
        }
    }
}

async fn run(
    conn: &mut PgConnection,
    actor: &str,
    alone: bool,
    request: &TopupRequest,
) -> Result<TopupReply, StoreError> {
    let bad =
        |field: &str, text: String| StoreError::Refused(ApiError::new(ErrorCode::BadRequest, text).on_field(field));
    if !request.amount.is_positive() {
        return Err(bad("amount", format!("amount must be more than nothing, not {}", request.amount)));
    }
    request.reason.check().map_err(|text| bad("reason", text))?;
    if !alone {
        return refuse(
            ErrorCode::Limit,
            "a top-up by staff needs two persons here; one alone may do it on development stacks only",
        );
    }
    let names = [Name::house(Kind::Issuer, 0), Name::user(&request.uid, Kind::Wallet)];
    let ids = accounts::ensure(&mut *conn, &names).await?;
    let [issuer, wallet] = ids[..] else { return Err(StoreError::corrupt("accounts", "not as many as asked for")) };
    let locked = accounts::lock(&mut *conn, &ids).await?;
    let before = locked.get(&wallet).copied().ok_or_else(|| StoreError::corrupt("a wallet", wallet.0))?;
    check_cap(&request.uid, before.posted, request.amount)?;
    let at = now(&mut *conn).await?;
    let id = TransferId::generate();
    let transfer = NewTransfer {
        id,
        kind: TransferKind::Topup,
        reference: format!("user {}", request.uid),
        leg: None,
        actor: actor.to_owned(),
        reason: Some(request.reason.to_string()),
        reverses: None,
        entries: vec![(issuer, request.amount.negated()), (wallet, request.amount)],
    };
    post(&mut *conn, at, &[transfer]).await?;
    let view = history::wallet(&mut *conn, &request.uid).await?;
    let changed = WalletChanged { kind: "topup".to_owned(), amount: request.amount, available: view.available };
    tell(&mut *conn, id, &request.uid, &changed).await?;
    let action = Action {
        actor,
        act: "wallet.topup",
        target: format!("user {}", request.uid),
        reason: Some(request.reason.to_string()),
        before: Some(serde_json::json!({ "posted": before.posted })),
        after: Some(serde_json::json!({ "posted": view.posted, "transfer_id": id })),
    };
    log_action(conn, &action).await?;
    Ok(TopupReply { transfer_id: id, wallet: view, dry_run: request.dry_run })
}

/// Refuses what would take a wallet above the cap; the database would refuse it too, but not in words.
pub(crate) fn check_cap(uid: &Uid, posted: Coins, amount: Coins) -> Result<(), StoreError> {
    match posted.checked_add(amount) {
        Ok(_) => Ok(()),
        Err(_) => refuse(ErrorCode::Limit, format!("the wallet of {uid} would hold more than {}", Coins::MAX)),
    }
}

/// Tells of a transfer that staff made, and pushes the change to the owner of the wallet.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    id: TransferId,
    uid: &Uid,
    changed: &WalletChanged,
) -> Result<(), StoreError> {
    let view = history::transfer(&mut *conn, id).await?;
    let unwritable = |e| StoreError::corrupt("a transfer", e);
    let push = EventPush {
        uids: vec![uid.clone()],
        event: "wallet.changed".to_owned(),
        data: Some(serde_json::to_value(changed).map_err(unwritable)?),
    };
    let event = NewEvent {
        event: "ledger.transfer",
        entity: id.to_string(),
        version: 1,
        at: view.at,
        actor: view.actor.clone(),
        data: serde_json::to_value(&view).map_err(unwritable)?,
        pushes: vec![push],
    };
    emit(conn, &event).await
}
