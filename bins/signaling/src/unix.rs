//! The machine's clock, for tokens. Calls and money go by the database's.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch.
pub(crate) fn seconds() -> u64 {
    since().as_secs()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn millis() -> i64 {
    i64::try_from(since().as_millis()).unwrap_or(i64::MAX)
}

fn since() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
