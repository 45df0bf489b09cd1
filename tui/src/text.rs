//! Texts for people: amounts, spans, times, and the cleaning of whatever others wrote.
//!
//! Nothing that a user or a colleague typed is drawn without going through [`clean`].

use callboard_domain::{At, Coins, Share, terminal_safe};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A text that others wrote, in one line, in which nothing is left that could steer the terminal or turn the direction of reading.
pub(crate) fn clean(text: &str) -> String {
    terminal_safe(text).into_owned()
}

/// A count with its word: `1 call`, `2 calls`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    format!("{} {word}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// An amount with two decimals, thousands apart. For tables; dialogs use [`exact`].
pub(crate) fn coins(amount: Coins) -> String {
    let sign = if amount.is_negative() { "-" } else { "" };
    let units = amount.units().unsigned_abs();
    format!("{sign}{}.{:02}", grouped(units / 10_000), units % 10_000 / 100)
}

/// An amount with every decimal that counts, at least two.
pub(crate) fn exact(amount: Coins) -> String {
    let text = amount.to_string();
    let cut = text.strip_suffix("00").unwrap_or_else(|| text.strip_suffix('0').unwrap_or(&text));
    cut.to_owned()
}

/// An amount with its sign written out.
pub(crate) fn signed(amount: Coins) -> String {
    if amount.is_positive() { format!("+{}", exact(amount)) } else { exact(amount).replace('-', "−") }
}

/// A share as a percentage.
pub(crate) fn percent(share: Share) -> String {
    let text = share.floor_of(Coins::whole(100)).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number of coins, thousands apart.
pub(crate) fn rounded(amount: Coins) -> String {
    let sign = if amount.is_negative() { "-" } else { "" };
    format!("{sign}{}", grouped((amount.units().unsigned_abs() + 5_000) / 10_000))
}

/// A number with thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A number in at most five characters, for graphs.
pub(crate) fn compact(amount: Coins) -> String {
    let units = amount.units().max(0);
    match units / 10_000 {
        0..=99 => format!("{}.{:02}", units / 10_000, units % 10_000 / 100),
        coins @ 100..=9_999 => coins.to_string(),
        coins @ 10_000..=999_999 => format!("{}.{}k", coins / 1000, coins % 1000 / 100),
        coins => format!("{}.{}M", coins / 1_000_000, coins % 1_000_000 / 100_000),
    }
}

/// A span of time as `m:ss` or `h:mm:ss`.
pub(crate) fn span(ms: i64) -> String {
    let secs = ms.max(0) / 1000;
    let (h, m, s) = (secs / 3600, secs / 60 % 60, secs % 60);
    if h >= 100 {
        format!("{}d {:02}h", h / 24, h % 24)
    } else if h > 0 {
        format!("{h}:{m:02}:{s:02}")
    } else {
        format!("{m}:{s:02}")
    }
}

/// How old something is.
pub(crate) fn age(ms: i64) -> String {
    match ms.max(0) {
        ms @ 0..=9_999 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        ms => span(ms),
    }
}

/// The time of day.
pub(crate) fn clock(at: At, tz: &TimeZone) -> String {
    Timestamp::from_millisecond(at.as_ms())
        .map_or_else(|_| "--:--:--".to_owned(), |stamp| stamp.to_zoned(tz.clone()).strftime("%H:%M:%S").to_string())
}

/// The first part of an id, enough to tell rows apart on a screen: the random end of it, as ids of one moment begin alike.
pub(crate) fn short_id(id: &str) -> &str {
    id.rsplit('-').next().unwrap_or(id)
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:/=".contains(&b));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_reaches_the_screen() {
        assert_eq!(clean("a\x1b[31mred\u{202e}evil\u{200b}\u{9b}\n!"), "a\u{fffd}[31mred\u{fffd}evil\u{fffd} !");
        assert_eq!(clean("ok ✓ é 日本"), "ok ✓ é 日本");
    }

    #[test]
    fn amounts_and_spans_read_well() {
        let amount: Coins = "1234567.5000".parse().unwrap();
        assert_eq!(coins(amount), "1 234 567.50");
        assert_eq!(exact("55.0000".parse().unwrap()), "55.00");
        assert_eq!(exact("55.1234".parse().unwrap()), "55.1234");
        assert_eq!(exact("55.1230".parse().unwrap()), "55.123");
        assert_eq!(signed("-44".parse().unwrap()), "−44.00");
        assert_eq!(span(3_725_000), "1:02:05");
        assert_eq!(span(48_900), "0:48");
        assert_eq!(span(400_000_000), "4d 15h");
        assert_eq!(age(420), "0.4s");
        assert_eq!(compact(Coins::whole(9_412)), "9412");
        assert_eq!((counted(1, "call"), counted(1_002, "call")), ("1 call".to_owned(), "1 002 calls".to_owned()));
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
