//! Data that says how old it is.

use std::time::{Duration, Instant};

/// A value and when it came.
#[derive(Clone, Copy, Debug)]
pub struct Aged<T> {
    /// The value.
    pub value: T,
    got: Instant,
}

impl<T> Aged<T> {
    /// A value that came just now.
    pub fn now(value: T) -> Self {
        Self { value, got: Instant::now() }
    }

    /// How old it is.
    pub fn age(&self) -> Duration {
        self.got.elapsed()
    }

    /// Whether it is older than that.
    pub fn is_stale(&self, after: Duration) -> bool {
        self.age() > after
    }

    /// The same age, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Aged<U> {
        Aged { value: f(self.value), got: self.got }
    }
}
