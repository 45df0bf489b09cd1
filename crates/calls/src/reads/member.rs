//! What a member may see: his calls, and who can be called.

use std::collections::HashSet;

use callboard_contract::api::calls::{AvailableRequest, CallList, Creator};
use callboard_contract::view::CallView;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{CallId, Uid};
use callboard_store::StoreError;

use super::burn::conn;
use super::list::cursor;
use crate::{Calls, load};

impl Calls {
    /// Shows a call to one of its members; to others it does not exist.
    pub async fn show(&self, uid: &Uid, id: CallId) -> Result<CallView, StoreError> {
        let call = load::call(&mut *conn(self.store()).await?, id).await?;
        if call.member(uid).is_none() {
            return Err(ApiError::new(ErrorCode::NotFound, format!("there is no call {id}"))
                .on_field("call_id")
                .into());
        }
        Ok(call.view())
    }

    /// Calls that ring for a user.
    pub async fn pending(&self, uid: &Uid) -> Result<CallList, StoreError> {
        let mut conn = conn(self.store()).await?;
        let ids = sqlx::query_scalar!(
            "select m.call_id from calls.members m join calls.calls c on c.id = m.call_id
             where m.uid = $1 and m.state = 'invited' and c.state in ('pending', 'accepted', 'active') order by m.call_id desc limit 50",
            uid.as_str()
        )
        .fetch_all(&mut *conn)
        .await?;
        self.list_of(&mut conn, ids).await
    }

    /// A user's live call: made, accepted or running.
    pub async fn active(&self, uid: &Uid) -> Result<CallList, StoreError> {
        let mut conn = conn(self.store()).await?;
        let ids = sqlx::query_scalar!(
            "select call_id from calls.members where uid = $1 and live and state <> 'invited'",
            uid.as_str()
        )
        .fetch_all(&mut *conn)
        .await?;
        self.list_of(&mut conn, ids).await
    }

    /// A user's past calls, newest first.
    pub async fn history(&self, uid: &Uid, page: &PageQuery) -> Result<Page<CallView>, StoreError> {
        let limit = page.limit()?;
        let before = cursor(page.cursor.as_deref())?;
        let mut conn = conn(self.store()).await?;
        let ids = sqlx::query_scalar!(
            "select m.call_id from calls.members m join calls.calls c on c.id = m.call_id
             where m.uid = $1 and m.call_id < $2 and c.state not in ('pending', 'accepted', 'active') order by m.call_id desc limit $3",
            uid.as_str(),
            before,
            i64::from(limit)
        )
        .fetch_all(&mut *conn)
        .await?;
        let next = (ids.len() == limit as usize).then(|| ids.last().map(ToString::to_string)).flatten();
        Ok(Page { items: self.list_of(&mut conn, ids).await?.calls, cursor: next })
    }

    /// People who can be called, by name.
    pub async fn available(&self, request: &AvailableRequest) -> Result<Page<Creator>, StoreError> {
        let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
        let bad = |_| ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor");
        let after = request.cursor.clone().map(Uid::new).transpose().map_err(bad)?;
        let mut conn = conn(self.store()).await?;
        let found = callboard_people::settings::available(&mut conn, request.kind, after.as_ref(), limit).await?;
        let uids: Vec<String> = found.iter().map(|(uid, _)| uid.to_string()).collect();
        let busy: HashSet<String> =
            sqlx::query_scalar!("select uid from calls.members where uid = any($1) and live", &uids)
                .fetch_all(&mut *conn)
                .await?
                .into_iter()
                .collect();
        let cursor = (found.len() == limit as usize).then(|| uids.last().cloned()).flatten();
        let items = found
            .into_iter()
            .map(|(uid, settings)| Creator {
                name: uid.to_string(),
                tariff: settings.tariff_name().to_owned(),
                in_call: busy.contains(uid.as_str()),
                rates: settings.rates,
                uid,
            })
            .collect();
        Ok(Page { items, cursor })
    }

    async fn list_of(&self, conn: &mut sqlx::PgConnection, ids: Vec<uuid::Uuid>) -> Result<CallList, StoreError> {
        let ids: Vec<CallId> = ids.into_iter().map(CallId::from_uuid).collect();
        let mut calls = load::calls(conn, &ids).await?;
        calls.sort_by_key(|c| std::cmp::Reverse(c.id));
        Ok(CallList { calls: calls.iter().map(crate::model::Call::view).collect() })
    }
}
