//! Settings of a house.

use std::collections::BTreeMap;

/// How a house is to be.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) without: Option<&'static str>,
}

impl Options {
    /// Ringing, joining, grace and settling so short that a test can wait for them.
    pub fn quick() -> Self {
        Self::default()
            .env("CALLBOARD_RING_SECONDS", "3")
            .env("CALLBOARD_JOIN_SECONDS", "4")
            .env("CALLBOARD_GRACE_SECONDS", "4")
            .env("CALLBOARD_SWEEP_SECONDS", "0.5")
            .env("CALLBOARD_SETTLE_SECONDS", "3")
    }

    /// In a database that is the test's own, so that it can be looked into: its addresses for the workers and for the owner.
    pub fn database(app_url: &str, owner_url: &str) -> Self {
        Self::default().env("CALLBOARD_DATABASE_URL", app_url).env("CALLBOARD_DATABASE_OWNER_URL", owner_url)
    }

    /// As if a program had not been built: for tests that do themselves what it does.
    #[must_use]
    pub fn without(mut self, program: &'static str) -> Self {
        self.without = Some(program);
        self
    }

    /// A setting of the workers.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }
}
