//! What a room may be called, hold and cost.

use callboard_contract::limits::{
    ENTRY_FEE_COINS, LONGEST_MEMBERS_ONLY_MS, LONGEST_PROMISE_MS, LONGEST_SLOW_MODE_MS, MAX_NAME_CHARS,
    MAX_ROOM_CAPACITY, MAX_TOPIC_CHARS,
};
use callboard_domain::{At, Coins, Millis, RoomAccess, clean_line};
use callboard_store::StoreError;

use crate::refusal::bad;

/// The longest category, in characters.
const MAX_CATEGORY_CHARS: usize = 32;

/// A name, as it is kept.
pub(crate) fn name(text: &str) -> Result<String, StoreError> {
    line("name", text, MAX_NAME_CHARS)
}

/// A topic, as it is kept; it may be empty.
pub(crate) fn topic(text: &str) -> Result<String, StoreError> {
    if text.trim().is_empty() { Ok(String::new()) } else { line("topic", text, MAX_TOPIC_CHARS) }
}

fn line(field: &str, text: &str, most: usize) -> Result<String, StoreError> {
    let long = || bad(field, format!("{field} has more than {most} characters"));
    // What is cleaned is bounded, whatever is sent.
    if text.chars().count() > 2 * most {
        return Err(long());
    }
    let clean = clean_line(text).map_err(|e| bad(field, format!("{field}: {e}")))?;
    if clean.chars().count() > most { Err(long()) } else { Ok(clean) }
}

/// A category: a word of the platform. An empty one is none.
pub(crate) fn category(text: &str) -> Result<Option<String>, StoreError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if text.chars().count() > MAX_CATEGORY_CHARS || !text.chars().all(fits) {
        let text = format!("category is a word of at most {MAX_CATEGORY_CHARS} of a to z, 0 to 9, - and _");
        return Err(bad("category", text));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// How many may be in a room.
pub(crate) fn capacity(capacity: u32) -> Result<i32, StoreError> {
    if !(2..=MAX_ROOM_CAPACITY).contains(&capacity) {
        return Err(bad("capacity", format!("capacity must be 2 to {MAX_ROOM_CAPACITY}, not {capacity}")));
    }
    Ok(i32::try_from(capacity).expect("the largest capacity fits"))
}

/// What entering costs.
pub(crate) fn fee(access: RoomAccess, fee: Option<Coins>) -> Result<(), StoreError> {
    let (least, most) = (Coins::whole(*ENTRY_FEE_COINS.start()), Coins::whole(*ENTRY_FEE_COINS.end()));
    match (access, fee) {
        (RoomAccess::Paid, Some(fee)) if (least..=most).contains(&fee) => Ok(()),
        (RoomAccess::Paid, _) => {
            Err(bad("entry_fee", format!("entering a paid room costs {least} to {most} coins; say how many")))
        }
        (RoomAccess::Public | RoomAccess::Private, None) => Ok(()),
        (access, Some(_)) => {
            Err(bad("entry_fee", format!("entering a {access} room costs nothing; leave the fee out")))
        }
    }
}

/// Until when a host may promise to keep a room open.
pub(crate) fn promise(now: At, until: Option<At>) -> Result<(), StoreError> {
    match until {
        Some(until) if until <= now || until > now.plus(Millis::from_ms(LONGEST_PROMISE_MS)) => {
            let days = LONGEST_PROMISE_MS / (24 * 3600 * 1000);
            Err(bad("promised_until", format!("promised_until must lie ahead, at most {days} days")))
        }
        _ => Ok(()),
    }
}

/// How long members wait between two messages; nothing switches it off.
pub(crate) fn slow_mode(span: Millis) -> Result<Option<Millis>, StoreError> {
    self::span("slow_mode", span, LONGEST_SLOW_MODE_MS)
}

/// How long one must have been a member to speak; nothing switches it off.
pub(crate) fn members_only(span: Millis) -> Result<Option<Millis>, StoreError> {
    self::span("members_only", span, LONGEST_MEMBERS_ONLY_MS)
}

fn span(field: &str, span: Millis, most: i64) -> Result<Option<Millis>, StoreError> {
    if !(0..=most).contains(&span.as_ms()) {
        return Err(bad(field, format!("{field} must be 0 to {} seconds; 0 switches it off", most / 1000)));
    }
    Ok((span > Millis::ZERO).then_some(span))
}
