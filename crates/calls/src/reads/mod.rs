//! What is shown of calls, to members and to staff. Nothing here decides anything.

pub(crate) mod burn;
pub(crate) mod detail;
mod in_call;
mod list;
mod live;
mod member;
mod quality;
mod timeline;
