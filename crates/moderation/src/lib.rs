//! Reports, cases, automod rules and policy lists. All `moderation.*` tables. What is imposed on people stands in `people.sanctions`.

pub mod acts;
pub mod appeals;
pub mod automod;
pub mod case_lists;
mod case_rows;
pub mod cases;
mod check;
pub mod evidence;
pub mod policy;
pub mod reports;
pub mod stills;
mod told;
