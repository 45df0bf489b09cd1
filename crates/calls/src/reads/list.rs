//! Lists of calls for staff.

use callboard_contract::adm::calls::{CallRow, LsRequest};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, CallId, Uid};
use callboard_store::StoreError;

use super::burn::{clock, conn};
use super::detail::row;
use crate::{Calls, load};

impl Calls {
    /// Lists calls, newest first.
    pub async fn list(&self, request: &LsRequest) -> Result<Page<CallRow>, StoreError> {
        let page = PageQuery { limit: request.limit, cursor: request.cursor.clone() };
        let limit = page.limit()?;
        let before = cursor(page.cursor.as_deref())?;
        let mut conn = conn(self.store()).await?;
        let ids = sqlx::query_scalar!(
            "select c.id from calls.calls c
             where c.id < $1 and ($2::text is null or c.state = $2) and ($3::bigint is null or c.created_ms >= $3)
               and ($4::bigint is null or c.created_ms < $4)
               and ($5::text is null or exists (select 1 from calls.members m where m.call_id = c.id and m.uid = $5))
             order by c.id desc limit $6",
            before,
            request.state.map(callboard_domain::CallState::as_str),
            request.since.map(At::as_ms),
            request.until.map(At::as_ms),
            request.uid.as_ref().map(Uid::as_str),
            i64::from(limit)
        )
        .fetch_all(&mut *conn)
        .await?;
        let next = (ids.len() == limit as usize).then(|| ids.last().map(ToString::to_string)).flatten();
        let ids: Vec<CallId> = ids.into_iter().map(CallId::from_uuid).collect();
        let mut calls = load::calls(&mut conn, &ids).await?;
        calls.sort_by_key(|c| std::cmp::Reverse(c.id));
        let (_, outages) = clock(&mut conn, &calls).await?;
        Ok(Page { items: calls.iter().map(|c| row(c, &outages)).collect(), cursor: next })
    }
}

/// Where a list of calls goes on: ids sort by time.
pub(super) fn cursor(text: Option<&str>) -> Result<uuid::Uuid, StoreError> {
    match text {
        None => Ok(uuid::Uuid::max()),
        Some(text) => {
            let id: Result<CallId, _> = text.parse();
            id.map(CallId::as_uuid).map_err(|_| {
                ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor").into()
            })
        }
    }
}
