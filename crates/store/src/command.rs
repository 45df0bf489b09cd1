//! Commands that can arrive twice (ARCHITECTURE, invariant 5).
//!
//! A command's key (principal, command, request id) is inserted first; its change and its answer are committed together.
//! A repeat waits for the first, then gets the same answer. A refusal takes the change back, but its answer is kept too.
//! A failure of the database keeps nothing: the caller may try again.

use std::ops::{Deref, DerefMut};

use callboard_contract::{Answer, ErrorCode};
use callboard_domain::RequestId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{Store, StoreError, refuse};

/// A command under way: a transaction that knows how to store its answer. Dereferences to the connection.
#[derive(Debug)]
pub struct Command {
    store: Store,
    tx: Transaction<'static, Postgres>,
    key: (String, &'static str, RequestId),
    dry_run: bool,
}

/// Whether a command is new.
#[derive(Debug)]
pub enum Begun<T> {
    /// It ran before: this is what it answered.
    Before(T),
    /// It is new: run it, then call [`Command::finish`].
    New(Box<Command>),
}

impl Command {
    /// Begins a command. `principal` says who asks (`user:maya`), `name` which command it is, `body` what exactly is asked.
    ///
    /// Refuses with `conflict` where the request id was used for another body.
    pub async fn begin<T: DeserializeOwned>(
        store: &Store,
        principal: &str,
        name: &'static str,
        request_id: &RequestId,
        dry_run: bool,
        body: &(impl Serialize + Sync),
    ) -> Result<Begun<T>, StoreError> {
        let body = serde_json::to_vec(body).map_err(|e| StoreError::corrupt("a request", e))?;
        let hash = Sha256::digest(&body).to_vec();
        let mut tx = store.begin().await?;
        let inserted = sqlx::query!(
            "insert into store.requests (principal, command, request_id, body_hash, at_ms)
             values ($1, $2, $3, $4, store.now_ms()) on conflict do nothing",
            principal,
            name,
            request_id.as_str(),
            hash,
        )
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 1 {
            sqlx::query("savepoint command").execute(&mut *tx).await?;
            let key = (principal.to_owned(), name, request_id.clone());
            return Ok(Begun::New(Box::new(Self { store: store.clone(), tx, key, dry_run })));
        }
        let row = sqlx::query!(
            "select body_hash, answer from store.requests where principal = $1 and command = $2 and request_id = $3",
            principal,
            name,
            request_id.as_str(),
        )
        .fetch_one(&mut *tx)
        .await?;
        if row.body_hash != hash {
            return refuse(
                ErrorCode::Conflict,
                format!("request id {request_id} was used for another request; take a new one"),
            );
        }
        let answer = row.answer.ok_or_else(|| StoreError::corrupt("a request without an answer", request_id))?;
        let answer: Answer<T> = serde_json::from_value(answer).map_err(|e| StoreError::corrupt("an answer", e))?;
        Ok(Begun::Before(Result::from(answer)?))
    }

    /// Ends the command with its result: stores the answer and commits, or takes everything back.
    ///
    /// A dry run takes everything back, its key too, and still gives the answer.
    pub async fn finish<T: Serialize>(mut self: Box<Self>, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.dry_run {
            self.tx.rollback().await?;
            return result;
        }
        let answer = match &result {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(StoreError::Refused(error)) => {
                sqlx::query("rollback to savepoint command").execute(&mut *self.tx).await?;
                serde_json::json!({ "error": error })
            }
            Err(_) => {
                self.tx.rollback().await?;
                return result;
            }
        };
        let (principal, name, request_id) = &self.key;
        sqlx::query!(
            "update store.requests set answer = $4 where principal = $1 and command = $2 and request_id = $3",
            principal,
            *name,
            request_id.as_str(),
            answer,
        )
        .execute(&mut *self.tx)
        .await?;
        self.tx.commit().await?;
        self.store.ring();
        result
    }
}

impl Deref for Command {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Command {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}
