//! Policy lists: their entries, who follows them, and whom they keep out.

mod lists;
mod people;

use callboard_domain::{ListName, PolicyEntry, PolicyMode, Scope};
use callboard_store::StoreError;
use sqlx::PgConnection;

pub use lists::{import, ls, show, subscribe};
pub use people::{Devices, Kept, People};

use crate::automod::read_scope;

/// The lists that some scopes follow.
pub(crate) async fn followed(
    conn: &mut PgConnection,
    scopes: &[Scope],
) -> Result<Vec<(Scope, ListName, PolicyMode)>, StoreError> {
    let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    let rows = sqlx::query!(
        "select scope, list, mode from moderation.policy_subscriptions where scope = any($1) order by scope, list",
        &names
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| Ok((read_scope(&r.scope)?, list_name(r.list)?, mode(&r.mode)?))).collect()
}

/// What lists that the platform enforces say of devices.
pub async fn devices(conn: &mut PgConnection) -> Result<Devices, StoreError> {
    let mut devices = Devices::default();
    for (_, list, mode) in followed(&mut *conn, &[Scope::Platform]).await? {
        if mode == PolicyMode::Enforce {
            devices.add(&list, entries(&mut *conn, &list).await?);
        }
    }
    Ok(devices)
}

/// All entries of a list, by kind and entity.
pub async fn entries(conn: &mut PgConnection, list: &ListName) -> Result<Vec<PolicyEntry>, StoreError> {
    let rows = sqlx::query_as!(
        EntryRow,
        "select kind, entity, recommendation, reason from moderation.policy_entries where list = $1 order by kind, entity",
        list.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(PolicyEntry::try_from).collect()
}

pub(crate) struct EntryRow {
    pub(crate) kind: String,
    pub(crate) entity: String,
    pub(crate) recommendation: String,
    pub(crate) reason: String,
}

impl TryFrom<EntryRow> for PolicyEntry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.kind.parse().map_err(|e| StoreError::corrupt("an entry's kind", e))?,
            entity: row.entity,
            recommendation: row
                .recommendation
                .parse()
                .map_err(|e| StoreError::corrupt("an entry's recommendation", e))?,
            reason: row.reason,
        })
    }
}

fn list_name(text: String) -> Result<ListName, StoreError> {
    ListName::new(text).map_err(|e| StoreError::corrupt("a list's name", e))
}

fn mode(text: &str) -> Result<PolicyMode, StoreError> {
    text.parse().map_err(|e| StoreError::corrupt("a subscription's mode", e))
}
