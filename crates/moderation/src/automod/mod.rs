//! Rules about messages: kept in versions per scope, read by the workers that judge messages, tested before they are switched on.
//!
//! Every change of rules, policy lists and subscriptions counts up one number ([`version`]): who holds compiled rules looks at it alone.

mod hits;
mod sets;
mod tally;

use callboard_domain::{Automod, ListName, PolicyMode, RuleAction, RuleSet, Scope, policy_rules};
use callboard_store::StoreError;
use sqlx::PgConnection;

pub use hits::{NewHit, ls as hits, write as write_hits};
pub(crate) use sets::run as sets_run;
pub use sets::{ls, one, set, switch};
pub use tally::{Said, Tally};

use crate::policy::{self, People};

/// What holds in some scopes together.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The rules about messages, those of enforced policy lists among them; of simulated lists they only flag.
    pub automod: Automod,
    /// Whom enforced policy lists keep out or keep silent.
    pub people: People,
}

/// The number of the last change of any rules.
pub async fn version(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!("select version from moderation.rules_head").fetch_one(conn).await?)
}

/// Counts a change. It is the first lock of whoever makes one: changes wait for each other.
pub(crate) async fn count(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("update moderation.rules_head set version = version + 1").execute(conn).await?;
    Ok(())
}

/// The scopes of some that have rules or follow lists.
pub async fn scopes_with_rules(conn: &mut PgConnection, scopes: &[Scope]) -> Result<Vec<Scope>, StoreError> {
    let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    let rows = sqlx::query_scalar!(
        "select scope as \"scope!\" from moderation.rule_sets where scope = any($1)
         union select scope from moderation.policy_subscriptions where scope = any($1) order by 1",
        &names
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|scope| read_scope(scope)).collect()
}

/// What holds in some scopes together: where a message is sent to, platform, tenant and room.
pub async fn load(conn: &mut PgConnection, scopes: &[Scope]) -> Result<Rules, StoreError> {
    let mut sets = sets::last(&mut *conn, scopes).await?;
    let mut people = People::default();
    for (scope, list, mode) in policy::followed(&mut *conn, scopes).await? {
        let entries = policy::entries(&mut *conn, &list).await?;
        sets.push((scope.clone(), of_list(&list, &entries, mode)));
        if mode == PolicyMode::Enforce {
            people.add(&scope, &list, entries);
        }
    }
    let automod = Automod::compile(&sets).map_err(|e| StoreError::corrupt("rules of automod", e))?;
    Ok(Rules { automod, people })
}

fn of_list(list: &ListName, entries: &[callboard_domain::PolicyEntry], mode: PolicyMode) -> RuleSet {
    let mut set = policy_rules(list, entries);
    if mode == PolicyMode::Simulate {
        for rule in &mut set.rules {
            rule.action = RuleAction::Flag;
        }
    }
    set
}

pub(crate) fn read_scope(text: &str) -> Result<Scope, StoreError> {
    text.parse().map_err(|e| StoreError::corrupt("a scope", e))
}
