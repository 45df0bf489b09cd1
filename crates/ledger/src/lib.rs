//! The books: accounts, transfers, holds, settlements, payments, the journal of ticks, refunds, verification. All `ledger.*` tables.
//!
//! What is posted never changes. Lock order everywhere: shard row, then leg, then accounts by id. The database itself refuses
//! what must not be (unbalanced transfers, negative available, settled above charge); this crate never relies on being right.

pub mod accounts;
pub mod books;
pub mod gifts;
pub mod history;
pub mod hold;
pub mod journal;
pub mod minutes;
pub mod open_holds;
pub mod pay;
pub mod refund;
pub mod settle;
pub mod summary;
pub mod topup;
pub mod transfer;
