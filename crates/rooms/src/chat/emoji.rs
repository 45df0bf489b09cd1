//! What can stand as a reaction: an emoji of Unicode, or the name of one of the platform's own.

use callboard_contract::{ApiError, ErrorCode};

/// The longest name of one of the platform's own, and the longest sequence of Unicode, in characters.
const MAX_CHARS: usize = 32;

/// Whether a text is an emoji; letters, spaces and what turns the direction of text are none.
pub(super) fn check(text: &str) -> Result<(), ApiError> {
    let short = !text.is_empty() && text.chars().count() <= MAX_CHARS;
    let named = || text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    let drawn = || text.chars().all(|c| is_picture(c) || is_joint(c)) && text.chars().any(is_drawn);
    if short && (named() || drawn()) {
        return Ok(());
    }
    let text = format!("a reaction is one emoji, or a name of up to {MAX_CHARS} of a-z, 0-9, `_` and `-`");
    Err(ApiError::new(ErrorCode::BadRequest, text).on_field("emoji"))
}

/// A character that shows as a picture, alone or with the sign that makes it one.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2100}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}' | '0'..='9' | '#' | '*')
}

/// Joins pictures, colours them, or frames a digit: nothing by itself.
fn is_joint(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}')
}

/// What makes a sequence more than plain text: digits alone are not one.
fn is_drawn(c: char) -> bool {
    c == '\u{20e3}' || (is_picture(c) && !c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_and_names_are_reactions_and_text_is_none() {
        let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        for good in ["👍", "❤️", "👩‍👩‍👧", "🇮🇳", "1️⃣", "party_parrot", "👋🏽", "+1".trim_start_matches('+'), flag]
        {
            assert!(check(good).is_ok(), "{good:?}");
        }
        let long = "👍".repeat(MAX_CHARS + 1);
        for bad in ["", "Hello", "a b", "\u{202e}👍", "👍x", "\u{200d}", "<b>", "жа", "\u{2066}", &long] {
            assert_eq!(check(bad).expect_err(bad).code, ErrorCode::BadRequest, "{bad:?}");
        }
    }
}
