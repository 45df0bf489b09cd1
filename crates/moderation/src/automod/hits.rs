//! What rules hit. A row is written once and never changed.

use callboard_contract::adm::automod::{HitView, HitsRequest};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, Hit, MessageId, RoomId, RuleName, Scope, Uid};
use callboard_store::StoreError;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::read_scope;

/// A message that rules hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHit<'a> {
    /// Where.
    pub room: RoomId,
    /// Who wrote it.
    pub author: &'a Uid,
    /// The message, where it was taken.
    pub message: Option<MessageId>,
    /// Its text.
    pub body: &'a str,
    /// The rules.
    pub hits: &'a [Hit],
}

/// Notes what a message hit.
pub async fn write(conn: &mut PgConnection, new: &NewHit<'_>) -> Result<(), StoreError> {
    for hit in new.hits {
        let found: Vec<String> = hit.spans.iter().map(|span| span.of(new.body)).collect();
        sqlx::query!(
            "insert into moderation.hits (at_ms, room_id, author, message_id, scope, rule, action, found)
             values (store.now_ms(), $1, $2, $3, $4, $5, $6, $7)",
            new.room.as_uuid(),
            new.author.as_str(),
            new.message.map(MessageId::as_uuid),
            hit.scope.to_string(),
            hit.rule.as_str(),
            json!(hit.action),
            &found
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// What rules hit, newest first.
pub async fn ls(conn: &mut PgConnection, request: &HitsRequest) -> Result<Page<HitView>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    let before = request.cursor.as_deref().map(str::parse::<i64>).transpose();
    let before =
        before.map_err(|_| ApiError::new(ErrorCode::BadRequest, "cursor is not one of ours").on_field("cursor"))?;
    let rows = sqlx::query_as!(
        Row,
        "select id, at_ms, room_id, author, message_id, scope, rule, action, found from moderation.hits
         where ($1::text is null or scope = $1) and ($2::uuid is null or room_id = $2) and ($3::text is null or author = $3)
             and ($4::bigint is null or id < $4)
         order by id desc limit $5",
        request.scope.as_ref().map(Scope::to_string),
        request.room_id.map(RoomId::as_uuid),
        request.author.as_ref().map(Uid::as_str),
        before,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    let cursor = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.id.to_string());
    Ok(Page { items: rows.into_iter().map(HitView::try_from).collect::<Result<_, _>>()?, cursor })
}

struct Row {
    id: i64,
    at_ms: i64,
    room_id: Uuid,
    author: String,
    message_id: Option<Uuid>,
    scope: String,
    rule: String,
    action: Value,
    found: Vec<String>,
}

impl TryFrom<Row> for HitView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            at: At::from_ms(row.at_ms),
            room_id: RoomId::from_uuid(row.room_id),
            author: Uid::new(row.author).map_err(|e| StoreError::corrupt("a hit's author", e))?,
            message_id: row.message_id.map(MessageId::from_uuid),
            scope: read_scope(&row.scope)?,
            rule: RuleName::new(row.rule).map_err(|e| StoreError::corrupt("a hit's rule", e))?,
            action: serde_json::from_value(row.action).map_err(|e| StoreError::corrupt("a hit's action", e))?,
            found: row.found,
        })
    }
}
