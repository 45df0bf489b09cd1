//! The ledger on a real database, as the workers' role; the owner's role is used to tamper.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod books;
mod gifts;
mod house;
mod lists;
mod payments;
mod payments_random;
mod refunds;
mod rights;
mod topups;
