//! What is changed in the tables that these workers write, told by the database itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use callboard_domain::drives_terminals;
use serde_json::Value;
use sqlx::PgPool;

/// Whose rows change without anything being taken: what rules of automod refused, who is connected, what is to be told, answers that are kept.
const PASSING: [&str; 11] = [
    "moderation.hits",
    "people.connections",
    "people.users",
    "people.tickets",
    "store.house",
    "store.outages",
    "store.outbox",
    "store.push_seq",
    "store.pushes",
    "store.requests",
    "store.action_head",
];
/// How far members were told is written after the answer.
const LATE: &str = "told";

pub(crate) struct Watch {
    owner: PgPool,
    tables: Vec<String>,
}

impl Watch {
    /// Lets the database note each change that is committed.
    pub(crate) async fn begin(owner: &PgPool) -> Self {
        let tables: Vec<String> = sqlx::query_scalar(
            "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname in ('rooms', 'moderation', 'people', 'ledger', 'store') and c.relkind in ('r', 'p') and not c.relispartition",
        )
        .fetch_all(owner)
        .await
        .expect("tables");
        let mut sql = format!(
            "create schema watch;
             create unlogged table watch.changes (tab text not null, op text not null);
             create function watch.note() returns trigger language plpgsql security definer as $$
             begin
                 if tg_op = 'UPDATE' then
                     if to_jsonb(old) - '{LATE}' = to_jsonb(new) - '{LATE}' then return null; end if;
                 end if;
                 insert into watch.changes values (tg_table_schema || '.' || tg_table_name, tg_op);
                 return null;
             end $$;"
        );
        for table in tables.iter().filter(|table| !PASSING.contains(&table.as_str())) {
            write!(
                sql,
                "create trigger watched after insert or update or delete on {table} for each row execute function watch.note();"
            )
            .expect("a String takes everything");
        }
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(owner).await.expect("triggers");
        Self { owner: owner.clone(), tables }
    }

    /// What was changed since it was last asked.
    pub(crate) async fn changed(&self) -> BTreeSet<String> {
        let changed: Vec<(String, String)> = sqlx::query_as("delete from watch.changes returning tab, op")
            .fetch_all(&self.owner)
            .await
            .expect("what was changed");
        changed.into_iter().map(|(table, act)| format!("{table} ({act})")).collect()
    }

    /// Waits until nothing changes any more.
    pub(crate) async fn settle(&self, calm: Duration) {
        let mut since = Instant::now();
        while since.elapsed() < calm {
            tokio::time::sleep(calm / 20).await;
            if !self.changed().await.is_empty() {
                since = Instant::now();
            }
        }
    }

    /// Fails unless no text that is stored drives a terminal.
    pub(crate) async fn holds_nothing_hostile(&self) {
        let (mut texts, mut hostile) = (0_u64, Vec::new());
        for table in &self.tables {
            let sql = format!("select to_jsonb(t) from {table} t");
            let rows: Vec<Value> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&self.owner).await.expect("rows");
            for row in &rows {
                each_text(row, &mut |text| {
                    texts += 1;
                    if text.chars().any(|c| c != '\n' && drives_terminals(c)) {
                        hostile.push(format!("{table}: {text:?} in {row}"));
                    }
                });
            }
        }
        assert!(texts > 100, "only {texts} texts are stored");
        hostile.truncate(5);
        assert!(hostile.is_empty(), "stored: {hostile:#?}");
    }
}

/// Every text in a value, the names of fields too.
pub(crate) fn each_text(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, look)),
        Value::Object(fields) => {
            for (name, value) in fields {
                look(name);
                each_text(value, look);
            }
        }
        _ => {}
    }
}
