//! What a stack is to be like, read from the environment and set by `callboard up`.

use std::path::PathBuf;

use crate::error::{Result, StackError};
use crate::nats::{NatsOptions, WorkerPermissions};

/// The environment in which development tokens and top-ups by one person are allowed.
pub(crate) const DEVELOPMENT: &str = "development";

/// An existing database that the stack uses instead of a private one.
#[derive(Clone)]
pub struct ExternalDatabase {
    /// What the workers sign in with.
    pub app_url: String,
    /// What the migrations are applied with.
    pub owner_url: String,
}

impl std::fmt::Debug for ExternalDatabase {
    /// Without the passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExternalDatabase").field("app_url", &without_password(&self.app_url)).finish_non_exhaustive()
    }
}

/// How to bring a stack up.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// The data folder.
    pub data: PathBuf,
    /// The environment's name.
    pub environment: String,
    /// What the workers log.
    pub log: String,
    /// Where the worker binaries are, if not beside this program.
    pub bin_dir: Option<PathBuf>,
    /// The private nats-server's settings.
    pub nats: NatsOptions,
    /// The address of an existing nats-server to use instead.
    pub external_nats: Option<String>,
    /// Where client apps reach that.
    pub external_websocket: Option<String>,
    /// An existing database to use instead of a private one.
    pub external_database: Option<ExternalDatabase>,
    /// The first admin's name.
    pub admin: String,
}

impl StackOptions {
    /// Options for a data folder, with what `CALLBOARD_*` says.
    pub fn from_env(data: PathBuf, permissions: WorkerPermissions) -> Result<Self> {
        Self::from_vars(data, permissions, &|name| std::env::var(name).ok())
    }

    fn from_vars(data: PathBuf, permissions: WorkerPermissions, var: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let external_database = match (var("CALLBOARD_DATABASE_URL"), var("CALLBOARD_DATABASE_OWNER_URL")) {
            (Some(app_url), owner_url) => {
                Some(ExternalDatabase { owner_url: owner_url.unwrap_or_else(|| app_url.clone()), app_url })
            }
            (None, None) => None,
            (None, Some(_)) => {
                return Err(StackError::Unusable(
                    "CALLBOARD_DATABASE_OWNER_URL is set but CALLBOARD_DATABASE_URL is not: set both, or neither for a private database".into(),
                ));
            }
        };
        let origins = var("CALLBOARD_ALLOWED_ORIGINS").unwrap_or_default();
        Ok(Self {
            data,
            environment: var("CALLBOARD_ENVIRONMENT").unwrap_or_else(|| DEVELOPMENT.to_owned()),
            log: var("CALLBOARD_LOG").unwrap_or_else(|| "info".to_owned()),
            bin_dir: var("CALLBOARD_BIN_DIR").map(PathBuf::from),
            nats: NatsOptions {
                permissions,
                allowed_origins: origins
                    .split(',')
                    .map(|origin| origin.trim().to_owned())
                    .filter(|origin| !origin.is_empty())
                    .collect(),
            },
            external_nats: var("CALLBOARD_NATS_URL"),
            external_websocket: var("CALLBOARD_WEBSOCKET_URL"),
            external_database,
            admin: var("CALLBOARD_ADMIN").unwrap_or_else(|| "admin".to_owned()),
        })
    }

    /// Whether this is a development stack.
    pub fn is_development(&self) -> bool {
        self.environment == DEVELOPMENT
    }
}

/// A database address as it may be shown.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(not an address)".to_owned() };
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (login.split(':').next(), place),
        None => (None, rest),
    };
    // Parameters may name a password too.
    let place = place.split('?').next().unwrap_or(place);
    match login {
        Some(user) => format!("{scheme}://{user}@{place}"),
        None => format!("{scheme}://{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(vars: &[(&str, &str)]) -> Result<StackOptions> {
        let find = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        StackOptions::from_vars("data".into(), WorkerPermissions::default(), &find)
    }

    #[test]
    fn nothing_set_is_a_private_development_stack() {
        let options = options(&[]).unwrap();
        assert!(options.is_development() && options.external_nats.is_none() && options.external_database.is_none());
    }

    #[test]
    fn one_database_address_serves_for_both_and_is_never_shown_whole() {
        let options =
            options(&[("CALLBOARD_DATABASE_URL", "postgres://app:geheim@db:5432/x?password=geheim")]).unwrap();
        let database = options.external_database.unwrap();
        assert_eq!(database.app_url, database.owner_url);
        assert!(!format!("{database:?}").contains("geheim"));
        assert_eq!(without_password(&database.app_url), "postgres://app@db:5432/x");
    }

    #[test]
    fn an_owner_without_a_database_is_refused() {
        assert!(options(&[("CALLBOARD_DATABASE_OWNER_URL", "postgres://x")]).is_err());
    }

    #[test]
    fn origins_are_a_list() {
        let options = options(&[("CALLBOARD_ALLOWED_ORIGINS", "http://a, http://b,")]).unwrap();
        assert_eq!(options.nats.allowed_origins, ["http://a", "http://b"]);
    }
}
