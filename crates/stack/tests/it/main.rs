//! The stack against the real servers: nats-server and PostgreSQL are started, killed, stopped and looked for.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not test functions to clippy; a test may panic")]

mod nats;
mod postgres;
mod stack;
mod support;
