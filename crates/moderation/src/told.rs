//! What is told of sanctions, cases and appeals: events of the house, and stored pushes to those whom they concern.

use callboard_contract::EventPush;
use callboard_contract::sanction::SanctionView;
use callboard_domain::{CaseId, StaffName, Uid};
use callboard_store::{Action, NewEvent, StoreError, emit, log_action, now};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

/// The principal of a member of staff in stored answers and in the log.
pub(crate) fn staff(name: &StaffName) -> String {
    format!("staff:{name}")
}

/// Tells of an entity that it changed.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    event: &'static str,
    entity: String,
    version: i64,
    actor: &str,
    data: Value,
    pushes: Vec<EventPush>,
) -> Result<(), StoreError> {
    let at = now(&mut *conn).await?;
    emit(conn, &NewEvent { event, entity, version, at, actor: actor.to_owned(), data, pushes }).await
}

/// Tells that something was imposed on somebody, or taken back: the house whole, him without the names of those who did it.
pub(crate) async fn tell_sanction(
    conn: &mut PgConnection,
    event: &'static str,
    version: i64,
    actor: &str,
    sanction: &SanctionView,
) -> Result<(), StoreError> {
    let push = push_to(&sanction.uid, "reports.sanctioned", &sanction.of_mine())?;
    let entity = sanction.sanction_id.to_string();
    tell(conn, event, entity, version, actor, json(sanction)?, vec![push]).await
}

/// A stored push to one person.
pub(crate) fn push_to(uid: &Uid, event: &str, data: &impl Serialize) -> Result<EventPush, StoreError> {
    Ok(EventPush { uids: vec![uid.clone()], event: event.to_owned(), data: Some(json(data)?) })
}

/// What is written into the log of acts.
pub(crate) struct Logged<'a> {
    pub(crate) actor: &'a str,
    pub(crate) act: &'a str,
    pub(crate) target: String,
    pub(crate) reason: Option<String>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// Writes an act into the log.
pub(crate) async fn log(conn: &mut PgConnection, act: Logged<'_>) -> Result<(), StoreError> {
    let Logged { actor, act, target, reason, before, after } = act;
    log_action(conn, &Action { actor, act, target, reason, before, after }).await.map(|_| ())
}

/// How a case is named in the log.
pub(crate) fn case(id: CaseId) -> String {
    format!("case:{id}")
}

/// Something as it is stored and told.
pub(crate) fn json(thing: &impl Serialize) -> Result<Value, StoreError> {
    serde_json::to_value(thing).map_err(|e| StoreError::corrupt("something to be told", e))
}
