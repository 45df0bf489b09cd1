//! Commands that can arrive twice, with what members are to be told of them. A repeat gets the same answer and tells nothing again.

use callboard_domain::{RequestId, StaffName, Uid};
use callboard_store::{Begun, Command, Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

use crate::Did;

/// Which command of whom.
pub(crate) struct Asked<'a> {
    pub(crate) actor: String,
    pub(crate) name: &'static str,
    pub(crate) request_id: &'a RequestId,
    pub(crate) dry_run: bool,
}

impl<'a> Asked<'a> {
    /// A command of a user.
    pub(crate) fn by(uid: &Uid, name: &'static str, request_id: &'a RequestId) -> Self {
        Self { actor: user(uid), name, request_id, dry_run: false }
    }

    /// A command of staff.
    pub(crate) fn by_staff(staff: &StaffName, name: &'static str, request_id: &'a RequestId, dry_run: bool) -> Self {
        Self { actor: format!("staff:{staff}"), name, request_id, dry_run }
    }
}

/// How a user stands in events and sanctions.
pub(crate) fn user(uid: &Uid) -> String {
    format!("user:{uid}")
}

/// Runs a command in its transaction.
pub(crate) async fn run<R: Serialize + Sync, T: Serialize + DeserializeOwned>(
    store: &Store,
    asked: Asked<'_>,
    request: &R,
    act: impl AsyncFnOnce(&mut PgConnection, String) -> Result<Did<T>, StoreError>,
) -> Result<Did<T>, StoreError> {
    let Asked { actor, name, request_id, dry_run } = asked;
    match Command::begin(store, &actor, name, request_id, dry_run, request).await? {
        Begun::Before(reply) => Ok(Did::quietly(reply)),
        Begun::New(mut command) => {
            let (result, told) = match act(&mut command, actor).await {
                Ok(did) => (Ok(did.reply), did.told),
                Err(error) => (Err(error), Vec::new()),
            };
            let reply = command.finish(result).await?;
            Ok(Did { reply, told: if dry_run { Vec::new() } else { told } })
        }
    }
}
