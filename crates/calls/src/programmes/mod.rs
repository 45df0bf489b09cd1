//! Calls on air: what staff want of a programme, who agreed to be in it, and what its worker needs to know and says.
//!
//! A call has at most one programme that is not over, and a programme ends with its call. Only a member who agreed, is joined and
//! was not taken out is in it, as far as the mode and the stage let him. Addresses of targets hold keys: they leave here whole only for the worker ([`Wanted`]), and what is
//! over keeps none.

mod acts;
mod check;
mod end;
mod hands;
mod reads;
mod scene;
mod stage;
mod staging;
mod stored;
mod told;
mod viewers;
mod work;

pub use acts::{layout, slate, start, stop, target_add, target_remove};
pub use end::end_with_calls;
pub use hands::{answer, invite, lower_hand, raise_hand, set_mode, step_down, tell_who_left};
pub use reads::{ls, show};
pub use stage::{consent, of_call};
pub use staging::{gain, mode, send_back};
pub use stored::live_of;
pub use viewers::{end_viewer, ended_viewers};
pub use work::{Mark, Wanted, WantedGuest, for_worker, keep_last_report, mark, unfinished, waits};

pub(crate) use hands::left;
pub(crate) use stored::of_membership;
