//! Instants on the command line: `24h`, `7d`, `1d12h` ago, or RFC 3339.

use callboard_domain::At;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Reads an instant; spans count back from now.
pub(crate) fn parse(text: &str) -> Result<At, String> {
    parse_at(text, Timestamp::now())
}

fn parse_at(text: &str, now: Timestamp) -> Result<At, String> {
    if text == "now" {
        return Ok(At::from_ms(now.as_millisecond()));
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(At::from_ms(stamp.as_millisecond()));
    }
    let wrong =
        || format!("`{text}` is no time: write a span before now (24h, 7d, 90s) or RFC 3339 (2026-01-31T12:00:00Z)");
    let span: Span = text.parse().map_err(|_| wrong())?;
    if span.is_negative() {
        return Err(format!("`{text}` lies ahead: write the span without a sign, it counts back from now"));
    }
    let then = now.to_zoned(TimeZone::UTC).checked_sub(span).map_err(|_| wrong())?;
    Ok(At::from_ms(then.timestamp().as_millisecond()))
}

/// Reads a span of seconds: `90s`, `2h`, or a bare number of seconds.
pub(crate) fn parse_seconds(text: &str) -> Result<u32, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let wrong = || format!("`{text}` is no span: write 90s, 15m, 2h, 1d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let seconds = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?.as_secs();
    u32::try_from(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_back_and_instants_stand() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let at = |text: &str| parse_at(text, now).map(|at| at.to_string());
        assert_eq!(at("24h").unwrap(), "2026-11-20T12:00:00.000Z");
        assert_eq!(at("7d").unwrap(), "2026-11-14T12:00:00.000Z");
        assert_eq!(at("1d12h").unwrap(), "2026-11-20T00:00:00.000Z");
        assert_eq!(at("90s").unwrap(), "2026-11-21T11:58:30.000Z");
        assert_eq!(at("now").unwrap(), "2026-11-21T12:00:00.000Z");
        assert_eq!(at("2026-01-31T13:00:00+01:00").unwrap(), "2026-01-31T12:00:00.000Z");
        for wrong in ["", "yesterday", "-1h", "7", "2026-13-01T00:00:00Z", "99999999999999999h"] {
            assert!(at(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn seconds_have_units_or_none() {
        assert_eq!(parse_seconds("90"), Ok(90));
        assert_eq!(parse_seconds("2h"), Ok(7_200));
        assert_eq!(parse_seconds("1d"), Ok(86_400));
        assert!(parse_seconds("soon").is_err());
        assert!(parse_seconds("-5m").is_err());
    }
}
