//! The action log, read: found by who, what, on what and when, and handed out whole with its hashes.

use callboard_contract::adm::audit::{ActionView, ExportRequest, LsRequest};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::At;
use serde_json::Value;
use sqlx::PgConnection;

use crate::StoreError;

/// What staff did, newest first.
///
/// An id is found as a target (`call:<id>` too) and anywhere in what was before and after.
pub async fn actions_page(conn: &mut PgConnection, request: &LsRequest) -> Result<Page<ActionView>, StoreError> {
    let (limit, before) = page(request.limit, request.cursor.as_ref(), i64::MAX)?;
    let actor = request.actor.as_ref().map(|a| if a.contains(':') { a.clone() } else { format!("staff:{a}") });
    let rows = sqlx::query_as!(
        Row,
        "select no, at_ms, actor, act, target, reason, before, after, prev, hash from store.actions
         where no < $1 and ($2::text is null or actor = $2) and ($3::text is null or act = $3 or starts_with(act, $3 || '.'))
             and ($4::bigint is null or at_ms >= $4) and ($5::bigint is null or at_ms < $5)
             and ($6::text is null or target = $6 or target like '%:' || replace(replace($6, '_', '\\_'), '%', '\\%')
                 or position('\"' || $6 || '\"' in before::text) > 0 or position('\"' || $6 || '\"' in after::text) > 0)
         order by no desc limit $7",
        before,
        actor,
        request.act,
        request.since.map(At::as_ms),
        request.until.map(At::as_ms),
        request.id,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    Ok(handed_out(rows, limit))
}

/// The log in its order.
pub async fn actions_export(conn: &mut PgConnection, request: &ExportRequest) -> Result<Page<ActionView>, StoreError> {
    let (limit, after) = page(request.limit, request.cursor.as_ref(), 0)?;
    let rows = sqlx::query_as!(
        Row,
        "select no, at_ms, actor, act, target, reason, before, after, prev, hash from store.actions
         where no > $1 and ($2::bigint is null or at_ms >= $2) and ($3::bigint is null or at_ms < $3) order by no limit $4",
        after,
        request.since.map(At::as_ms),
        request.until.map(At::as_ms),
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    Ok(handed_out(rows, limit))
}

fn page(limit: Option<u32>, cursor: Option<&String>, first: i64) -> Result<(u32, i64), StoreError> {
    let limit = PageQuery { limit, cursor: None }.limit()?;
    let bad = || ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor");
    let place = cursor.map(|c| c.parse()).transpose().map_err(|_| bad())?;
    Ok((limit, place.unwrap_or(first)))
}

/// Rows with what they changed can be long: a page ends where it would not fit into a reply.
fn handed_out(rows: Vec<Row>, limit: u32) -> Page<ActionView> {
    const MOST_BYTES: usize = 400 * 1024;
    let full = rows.len() == limit as usize;
    let (mut items, mut bytes) = (Vec::new(), 0);
    let all = rows.len();
    for row in rows {
        let view = ActionView::from(row);
        bytes += serde_json::to_vec(&view).map_or(0, |text| text.len());
        if bytes > MOST_BYTES && !items.is_empty() {
            break;
        }
        items.push(view);
    }
    let cursor = (full || items.len() < all).then(|| items.last().map(|a: &ActionView| a.no.to_string())).flatten();
    Page { items, cursor }
}

struct Row {
    no: i64,
    at_ms: i64,
    actor: String,
    act: String,
    target: String,
    reason: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

impl From<Row> for ActionView {
    fn from(row: Row) -> Self {
        Self {
            no: row.no,
            at: At::from_ms(row.at_ms),
            actor: row.actor,
            act: row.act,
            target: row.target,
            reason: row.reason,
            before: row.before,
            after: row.after,
            prev: hex(&row.prev),
            hash: hex(&row.hash),
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
