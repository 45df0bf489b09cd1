//! The rules of Callboard without any I/O: ids, coins, tariffs and the meter, call and leg states, roles and their powers.
//!
//! Everything here is a pure function or a plain type. There is no clock, no database, no network and no float:
//! whoever calls says what time it is, and gets the same answer for the same question every time.

mod automod;
mod call;
mod case;
mod coins;
mod ids;
mod leg;
mod meter;
mod policy;
mod prediction;
mod preset;
mod programme;
mod roles;
mod room;
mod sanction;
mod simulate;
mod split;
mod stage;
mod tariff;
mod text;
mod time;

pub use automod::{
    Automod, Check, Facts, Hit, LONGEST_LOOK_BACK, MAX_ENTRY_CHARS, MAX_RECENT, MAX_RULES, MAX_WORDS, Recent, Rule,
    RuleAction, RuleError, RuleSet, Span,
};
pub use call::{CallKind, CallState, DeviceState, EndReason, LegState, MemberRole, Side};
pub use case::{AppealState, CASE_LEASE, CaseOutcome, CasePriority, CaseState, ReportCategory};
pub use coins::{Coins, CoinsError};
pub use ids::{
    AccountId, AttachmentId, CallId, CaseId, DeviceId, EventId, GiftId, HoldId, IdError, LegId, ListName, MessageId,
    NoticeId, ProgrammeId, ReportId, RequestId, RoomId, RuleName, SanctionId, StaffName, TransferId, Uid, ViewerId,
};
pub use leg::{
    By, Due, LegClock, LegClockError, LegEvent, LegEventKind, LegOutcome, LegPhase, Outage, Recorded, replay,
};
pub use meter::EndRule;
pub use policy::{MAX_POLICY_ENTRIES, PolicyEntry, PolicyKind, PolicyMode, Recommendation, check_policy, policy_rules};
pub use prediction::{Bet, Payout, payout};
pub use preset::Preset;
pub use programme::{
    Blame, Consent, HOUSE_PREFIX, Layout, MAX_SLATE_CHARS, OutputPreset, PROGRAMME_PEER, ProgrammeState, Slate,
    TargetKind, TargetName, TargetNameError, TargetSpec, TargetState,
};
pub use roles::{Power, RefundLimits, Role};
pub use room::{RoomAccess, RoomKind, RoomMemberState, RoomPower, RoomPowers, RoomPowersError, RoomRole, RoomState};
pub use sanction::{LONGEST_MUTE, SHORTEST_MUTE, SanctionError, SanctionKind, Scope};
pub use simulate::{SimulateError, simulate};
pub use split::{Party, Share, Split, SplitError};
pub use stage::{BroadcastMode, ProgrammePart, StageAct, StageError, StagePlace, Standing};
pub use tariff::{Flat, Increment, Minutes, Overrun, Reserve, Tariff, TariffError, TariffSpec};
pub use text::{MAX_BREAKS, MAX_MARKS, TextError, clean, clean_line, drives_terminals, skeleton, terminal_safe};
pub use time::{At, Millis, TimeError};
