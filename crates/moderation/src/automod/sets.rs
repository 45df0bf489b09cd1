//! The rules of each scope, in versions.

use callboard_contract::adm::automod::{LsRequest, RuleSetView, SetRequest, SwitchRequest};
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, RequestId, RuleSet, Scope, StaffName};
use callboard_store::{Action, Begun, Command, Store, StoreError, log_action, now};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{count, read_scope};
use crate::check::{self, bad, missing};

struct Row {
    scope: String,
    version: i64,
    rules: Value,
    set_ms: i64,
    set_by: String,
}

impl TryFrom<Row> for RuleSetView {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            scope: read_scope(&row.scope)?,
            version: row.version,
            rules: serde_json::from_value(row.rules).map_err(|e| StoreError::corrupt("rules of automod", e))?,
            set_at: Some(At::from_ms(row.set_ms)),
            set_by: Some(row.set_by),
        })
    }
}

/// The rules of all scopes, or of one, by scope.
pub async fn ls(conn: &mut PgConnection, request: &LsRequest) -> Result<Page<RuleSetView>, StoreError> {
    let limit = PageQuery { limit: request.limit, cursor: None }.limit()?;
    // A set may be long, and a page is one message.
    let limit = limit.min(MAX_SETS_SHOWN);
    let rows = sqlx::query_as!(
        Row,
        "select distinct on (scope) scope, version, rules, set_ms, set_by from moderation.rule_sets
         where ($1::text is null or scope = $1) and ($2::text is null or scope > $2) order by scope, version desc limit $3",
        request.scope.as_ref().map(Scope::to_string),
        request.cursor,
        i64::from(limit)
    )
    .fetch_all(conn)
    .await?;
    let cursor = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.scope.clone());
    Ok(Page { items: rows.into_iter().map(RuleSetView::try_from).collect::<Result<_, _>>()?, cursor })
}

/// Sets of rules in one page.
const MAX_SETS_SHOWN: u32 = 10;

/// The rules of one scope; none where none were ever set.
pub async fn one(conn: &mut PgConnection, scope: &Scope) -> Result<RuleSetView, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select scope, version, rules, set_ms, set_by from moderation.rule_sets where scope = $1 order by version desc limit 1",
        scope.to_string()
    )
    .fetch_optional(conn)
    .await?;
    let none = RuleSetView { scope: scope.clone(), version: 0, rules: RuleSet::default(), set_at: None, set_by: None };
    row.map_or(Ok(none), RuleSetView::try_from)
}

/// The rules of some scopes that hold now.
pub(super) async fn last(conn: &mut PgConnection, scopes: &[Scope]) -> Result<Vec<(Scope, RuleSet)>, StoreError> {
    let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    let rows = sqlx::query_as!(
        Row,
        "select distinct on (scope) scope, version, rules, set_ms, set_by from moderation.rule_sets where scope = any($1) order by scope, version desc",
        &names
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| RuleSetView::try_from(row).map(|view| (view.scope, view.rules))).collect()
}

/// Sets the rules of a scope.
pub async fn set(store: &Store, staff: &StaffName, request: &SetRequest) -> Result<RuleSetView, StoreError> {
    run(store, staff, "automod.set", &request.request_id, request.dry_run, request, async |conn, actor| {
        let reason = check::reason(&request.reason)?;
        request.rules.check().map_err(|e| bad("rules", e.to_string()))?;
        let before = one(&mut *conn, &request.scope).await?;
        if request.expect_version.is_some_and(|expected| expected != before.version) {
            let text =
                format!("the rules of {} are at version {} by now; look at them again", request.scope, before.version);
            return Err(ApiError::new(ErrorCode::Stale, text).into());
        }
        write(conn, actor, "automod.set", reason, before, request.rules.clone()).await
    })
    .await
}

/// Switches a rule on or off.
pub async fn switch(store: &Store, staff: &StaffName, request: &SwitchRequest) -> Result<RuleSetView, StoreError> {
    run(store, staff, "automod.switch", &request.request_id, request.dry_run, request, async |conn, actor| {
        let reason = check::reason(&request.reason)?;
        let before = one(&mut *conn, &request.scope).await?;
        let mut rules = before.rules.clone();
        let Some(rule) = rules.rules.iter_mut().find(|rule| rule.name == request.rule) else {
            return Err(missing("rule", format!("{} has no rule {}", request.scope, request.rule)));
        };
        if rule.enabled == request.on {
            return Ok(before);
        }
        rule.enabled = request.on;
        write(conn, actor, "automod.switch", reason, before, rules).await
    })
    .await
}

async fn write(
    conn: &mut PgConnection,
    actor: String,
    act: &str,
    reason: String,
    before: RuleSetView,
    rules: RuleSet,
) -> Result<RuleSetView, StoreError> {
    let at = now(&mut *conn).await?;
    let view = RuleSetView {
        scope: before.scope.clone(),
        version: before.version + 1,
        rules,
        set_at: Some(at),
        set_by: Some(actor.clone()),
    };
    let stored = serde_json::to_value(&view.rules).map_err(|e| StoreError::corrupt("rules of automod", e))?;
    sqlx::query!(
        "insert into moderation.rule_sets (scope, version, rules, set_ms, set_by) values ($1, $2, $3, $4, $5)",
        view.scope.to_string(),
        view.version,
        stored,
        at.as_ms(),
        actor
    )
    .execute(&mut *conn)
    .await?;
    // The versions hold the rules themselves; the log says which became which.
    let shown = |view: &RuleSetView| {
        let names =
            |on| view.rules.rules.iter().filter(|r| r.enabled == on).map(|r| r.name.to_string()).collect::<Vec<_>>();
        json!({ "version": view.version, "on": names(true), "off": names(false) })
    };
    let action = Action {
        actor: &actor,
        act,
        target: view.scope.to_string(),
        reason: Some(reason),
        before: Some(shown(&before)),
        after: Some(shown(&view)),
    };
    log_action(conn, &action).await?;
    Ok(view)
}

/// Runs a change of rules: those wait for each other.
pub(crate) async fn run<T: Serialize + serde::de::DeserializeOwned>(
    store: &Store,
    staff: &StaffName,
    name: &'static str,
    request_id: &RequestId,
    dry_run: bool,
    request: &(impl Serialize + Sync),
    act: impl AsyncFnOnce(&mut PgConnection, String) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let actor = format!("staff:{staff}");
    match Command::begin(store, &actor, name, request_id, dry_run, request).await? {
        Begun::Before(reply) => Ok(reply),
        Begun::New(mut command) => {
            let result = match count(&mut command).await {
                Ok(()) => act(&mut command, actor).await,
                Err(error) => Err(error),
            };
            command.finish(result).await
        }
    }
}
