//! The lists themselves.

use std::collections::BTreeMap;

use callboard_contract::adm::policy::{
    ImportReply, ImportRequest, PolicyView, ShowRequest, SubscribeRequest, Subscription,
};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, ListName, PolicyEntry, Scope, StaffName, check_policy};
use callboard_store::{Action, Store, StoreError, log_action, now};
use serde_json::json;
use sqlx::PgConnection;

use super::{EntryRow, list_name, mode};
use crate::automod::{read_scope, sets_run as run};
use crate::check::{self, bad, missing};

/// Entries that one request may add, and that it may take out.
const MAX_AT_ONCE: usize = 500;

struct Row {
    name: String,
    version: i64,
    entries: i32,
    set_ms: i64,
    set_by: String,
}

/// The lists with who follows them, by name.
pub async fn ls(conn: &mut PgConnection, query: &PageQuery) -> Result<Page<PolicyView>, StoreError> {
    let limit = query.limit()?;
    let rows = sqlx::query_as!(
        Row,
        "select name, version, entries, set_ms, set_by from moderation.policy_lists where $1::text is null or name > $1 order by name limit $2",
        query.cursor,
        i64::from(limit)
    )
    .fetch_all(&mut *conn)
    .await?;
    let cursor = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.name.clone());
    Ok(Page { items: views(conn, rows).await?, cursor })
}

/// The entries of a list, by kind and entity.
pub async fn show(conn: &mut PgConnection, request: &ShowRequest) -> Result<Page<PolicyEntry>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    one(&mut *conn, &request.name).await?;
    let (kind, entity) = match request.cursor.as_deref().map(|c| c.split_once(':')) {
        None => (None, None),
        Some(Some((kind, entity))) => (Some(kind), Some(entity)),
        Some(None) => return Err(bad("cursor", "cursor is not one of ours")),
    };
    let rows = sqlx::query_as!(
        EntryRow,
        "select kind, entity, recommendation, reason from moderation.policy_entries
         where list = $1 and ($2::text is null or (kind, entity) > ($2, $3::text)) order by kind, entity limit $4",
        request.name.as_str(),
        kind,
        entity,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    let cursor = rows.last().filter(|_| rows.len() == limit as usize).map(|row| format!("{}:{}", row.kind, row.entity));
    Ok(Page { items: rows.into_iter().map(PolicyEntry::try_from).collect::<Result<_, _>>()?, cursor })
}

/// Adds entries, changes them and takes them out.
pub async fn import(store: &Store, staff: &StaffName, request: &ImportRequest) -> Result<ImportReply, StoreError> {
    run(store, staff, "policy.import", &request.request_id, request.dry_run, request, async |conn, actor| {
        let reason = check::reason(&request.reason)?;
        if request.entries.len() > MAX_AT_ONCE || request.remove.len() > MAX_AT_ONCE {
            let text = format!("at most {MAX_AT_ONCE} entries come and go at once; send them in parts");
            return Err(ApiError::new(ErrorCode::TooLarge, text).on_field("entries").into());
        }
        let mut all: BTreeMap<_, PolicyEntry> = BTreeMap::new();
        for entry in super::entries(&mut *conn, &request.name).await? {
            all.insert((entry.kind, entry.entity.clone()), entry);
        }
        let (mut added, mut changed, mut removed) = (0, 0, 0);
        for key in &request.remove {
            removed += u32::from(all.remove(&(key.kind, key.entity.clone())).is_some());
        }
        for entry in &request.entries {
            match all.insert((entry.kind, entry.entity.clone()), entry.clone()) {
                None => added += 1,
                Some(before) if before != *entry => changed += 1,
                Some(_) => {}
            }
        }
        check_policy(&request.name, &request.entries).map_err(|e| bad("entries", e))?;
        let all: Vec<PolicyEntry> = all.into_values().collect();
        check_policy(&request.name, &all).map_err(|e| bad("entries", e))?;
        let at = now(&mut *conn).await?;
        write(&mut *conn, request, &actor, at, all.len()).await?;
        let action = Action {
            actor: &actor,
            act: "policy.import",
            target: format!("policy:{}", request.name),
            reason: Some(reason),
            before: None,
            after: Some(json!({ "added": added, "changed": changed, "removed": removed, "entries": all.len() })),
        };
        let list = one(&mut *conn, &request.name).await?;
        log_action(conn, &action).await?;
        Ok(ImportReply { list, added, changed, removed })
    })
    .await
}

async fn write(
    conn: &mut PgConnection,
    request: &ImportRequest,
    actor: &str,
    at: At,
    entries: usize,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into moderation.policy_lists as l (name, version, entries, set_ms, set_by) values ($1, 1, $2, $3, $4)
         on conflict (name) do update set version = l.version + 1, entries = $2, set_ms = $3, set_by = $4",
        request.name.as_str(),
        i32::try_from(entries).unwrap_or(i32::MAX),
        at.as_ms(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    let (kinds, entities): (Vec<String>, Vec<String>) =
        request.remove.iter().map(|key| (key.kind.to_string(), key.entity.clone())).unzip();
    sqlx::query!(
        "delete from moderation.policy_entries e using unnest($2::text[], $3::text[]) n (kind, entity)
         where e.list = $1 and e.kind = n.kind and e.entity = n.entity",
        request.name.as_str(),
        &kinds,
        &entities
    )
    .execute(&mut *conn)
    .await?;
    let of = |f: fn(&PolicyEntry) -> String| request.entries.iter().map(f).collect::<Vec<String>>();
    sqlx::query!(
        "insert into moderation.policy_entries (list, kind, entity, recommendation, reason)
         select $1, n.kind, n.entity, n.recommendation, n.reason from unnest($2::text[], $3::text[], $4::text[], $5::text[])
             n (kind, entity, recommendation, reason)
         on conflict (list, kind, entity) do update set recommendation = excluded.recommendation, reason = excluded.reason",
        request.name.as_str(),
        &of(|e| e.kind.to_string()),
        &of(|e| e.entity.clone()),
        &of(|e| e.recommendation.to_string()),
        &of(|e| e.reason.clone())
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a scope follow a list, or not any more.
pub async fn subscribe(store: &Store, staff: &StaffName, request: &SubscribeRequest) -> Result<PolicyView, StoreError> {
    run(store, staff, "policy.subscribe", &request.request_id, request.dry_run, request, async |conn, actor| {
        let reason = check::reason(&request.reason)?;
        let before = one(&mut *conn, &request.name).await?;
        let scope = request.scope.to_string();
        match request.mode {
            Some(mode) => {
                sqlx::query!(
                    "insert into moderation.policy_subscriptions (scope, list, mode, at_ms, by) values ($1, $2, $3, store.now_ms(), $4)
                     on conflict (scope, list) do update set mode = excluded.mode, at_ms = excluded.at_ms, by = excluded.by",
                    scope,
                    request.name.as_str(),
                    mode.as_str(),
                    actor
                )
                .execute(&mut *conn)
                .await?
            }
            None => {
                sqlx::query!(
                    "delete from moderation.policy_subscriptions where scope = $1 and list = $2",
                    scope,
                    request.name.as_str()
                )
                .execute(&mut *conn)
                .await?
            }
        };
        let was = before.subscriptions.iter().find(|s| s.scope == request.scope).map(|s| s.mode);
        let action = Action {
            actor: &actor,
            act: "policy.subscribe",
            target: scope,
            reason: Some(reason),
            before: Some(json!({ "list": request.name, "mode": was })),
            after: Some(json!({ "list": request.name, "mode": request.mode })),
        };
        let view = one(&mut *conn, &request.name).await?;
        log_action(conn, &action).await?;
        Ok(view)
    })
    .await
}

/// One list, or a refusal.
async fn one(conn: &mut PgConnection, name: &ListName) -> Result<PolicyView, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select name, version, entries, set_ms, set_by from moderation.policy_lists where name = $1",
        name.as_str()
    )
    .fetch_optional(&mut *conn)
    .await?;
    let row = row.ok_or_else(|| missing("name", format!("there is no policy list {name}")))?;
    views(conn, vec![row]).await?.pop().ok_or_else(|| StoreError::corrupt("a policy list", "it was read and is gone"))
}

async fn views(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<PolicyView>, StoreError> {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let follow = sqlx::query!(
        "select list, scope, mode from moderation.policy_subscriptions where list = any($1) order by scope",
        &names
    )
    .fetch_all(conn)
    .await?;
    let mut of: BTreeMap<String, Vec<Subscription>> = BTreeMap::new();
    for r in follow {
        let scope: Scope = read_scope(&r.scope)?;
        of.entry(r.list).or_default().push(Subscription { scope, mode: mode(&r.mode)? });
    }
    rows.into_iter()
        .map(|row| {
            Ok(PolicyView {
                subscriptions: of.remove(&row.name).unwrap_or_default(),
                name: list_name(row.name)?,
                version: row.version,
                entries: u32::try_from(row.entries).unwrap_or_default(),
                set_at: At::from_ms(row.set_ms),
                set_by: row.set_by,
            })
        })
        .collect()
}
