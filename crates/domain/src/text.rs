//! What people write, made safe: for storing, for matching and for terminals.
//!
//! [`clean`] keeps every script, line breaks and emoji, and takes out what is not text: control characters, marks that turn the
//! direction of reading, hidden characters, private ones, and heaps of accents. What it gives is stable: cleaned again it is the same.
//! [`terminal_safe`] is for the last step before a terminal, whatever was stored and whoever stored it.

mod fold;

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub use fold::skeleton;
pub(crate) use fold::{Reading, readings};

/// Accents and other marks that one letter may carry.
pub const MAX_MARKS: usize = 4;
/// Line breaks that may follow each other.
pub const MAX_BREAKS: usize = 3;

/// How often a text is gone through before all that joins and selects is taken out.
const MAX_ROUNDS: usize = 4;

/// Why a text cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left that could be seen.
    #[error("there is nothing to read in it; write something")]
    Empty,
}

/// A text of several lines as it may be stored: what is not text is taken out, tabs become spaces, line breaks `\n`, the ends are trimmed.
///
/// Refuses what shows nothing afterwards.
pub fn clean(text: &str) -> Result<String, TextError> {
    let text = settled(text);
    let text = breaks_limited(text.trim_matches(is_blank));
    if text.chars().any(shows) { Ok(text) } else { Err(TextError::Empty) }
}

/// As [`clean`], for names and topics: one line, with single spaces between the words.
pub fn clean_line(text: &str) -> Result<String, TextError> {
    let text = clean(text)?;
    Ok(text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

/// A text as a terminal may get it, in one line: no control character reaches it and nothing that turns the direction of reading; both
/// show as U+FFFD. Hidden characters, whose width terminals do not agree on, are left out.
pub fn terminal_safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || turns(c) => Some(char::REPLACEMENT_CHARACTER),
        c if is_hidden(c) || joins(c) || selects(c) => None,
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(shown).collect())
}

/// Whether a character could drive a terminal or turn the direction of reading there: what [`terminal_safe`] replaces.
pub fn drives_terminals(c: char) -> bool {
    c.is_control() || turns(c)
}

/// A text from which nothing more would be taken. What joins and selects depends on its neighbours, so that taking one out can make another
/// pointless; a text made to go on like that loses them all.
fn settled(text: &str) -> String {
    let mut text = marks_limited(&filtered(text));
    for _ in 0..MAX_ROUNDS {
        let next = marks_limited(&filtered(&text));
        if next == text {
            return text;
        }
        text = next;
    }
    text.retain(|c| !joins(c) && !selects(c));
    marks_limited(&filtered(&text))
}

/// Only what is text, in its composed form.
fn filtered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.nfc().peekable();
    let mut last = None;
    while let Some(c) = chars.next() {
        let c = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            c => c,
        };
        let keep = if joins(c) {
            last.is_some_and(may_join) && chars.peek().copied().is_some_and(may_join)
        } else if selects(c) {
            last.is_some_and(|base| may_select(base, c))
        } else {
            c == '\n' || !(c.is_control() || turns(c) || is_hidden(c))
        };
        if keep {
            out.push(c);
            last = Some(c);
        }
    }
    out
}

/// At most [`MAX_MARKS`] marks on each letter.
fn marks_limited(text: &str) -> String {
    let mut marks = 0;
    let few = |c: &char| {
        marks = match *c {
            c if joins(c) || selects(c) => marks,
            c if is_combining_mark(c) => marks + 1,
            _ => 0,
        };
        marks <= MAX_MARKS || joins(*c) || selects(*c)
    };
    text.nfd().filter(few).nfc().collect()
}

fn breaks_limited(text: &str) -> String {
    let mut breaks = 0;
    let few = |c: &char| {
        breaks = match c {
            '\n' => breaks + 1,
            ' ' => breaks,
            _ => 0,
        };
        *c != '\n' || breaks <= MAX_BREAKS
    };
    text.chars().filter(few).collect()
}

/// Whether something can be seen of it.
fn shows(c: char) -> bool {
    !is_blank(c) && !joins(c) && !selects(c) && !is_combining_mark(c)
}

/// White space, and the pattern of Braille that is blank.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Marks that turn the direction of reading.
const fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What joins letters or emoji, or keeps letters apart.
const fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// What chooses a form of the character before it.
const fn selects(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Characters that show nothing, or nothing that others could see as it is meant: soft hyphens, fillers, marks of no width, annotations,
/// tags, private characters and those that Unicode will never assign.
const fn is_hidden(c: char) -> bool {
    matches!(
        c as u32,
        0xAD | 0x34F | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180E | 0x200B | 0x2060..=0x2065 | 0x206A..=0x206F | 0x3164
            | 0xFDD0..=0xFDEF | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFC | 0xE000..=0xF8FF | 0x1_BCA0..=0x1_BCA3
            | 0x1_D173..=0x1_D17A | 0xE_0000..=0xE_00FF | 0xE_01F0..=0x10_FFFF
    ) || (c as u32) & 0xFFFE == 0xFFFE
}

/// Scripts whose letters take different forms beside each other, and emoji.
const fn may_join(c: char) -> bool {
    matches!(
        c as u32,
        0x590..=0x109F | 0x1780..=0x18AF | 0x1B00..=0x1BFF | 0xA840..=0xABFF | 0xFB50..=0xFDCF | 0xFE70..=0xFEFC
            | 0x1_0A00..=0x1_1FFF
    ) || is_pictorial(c)
        || c == '\u{fe0f}'
}

const fn may_select(base: char, c: char) -> bool {
    match c {
        '\u{fe0e}' | '\u{fe0f}' => {
            is_pictorial(base)
                || matches!(base, '#' | '*' | '0'..='9' | '©' | '®' | '\u{203c}'..='\u{2049}' | '〰' | '〽' | '㊗' | '㊙')
        }
        '\u{fe00}'..='\u{fe0d}' => false,
        '\u{180b}'..='\u{180f}' => matches!(base, '\u{1820}'..='\u{18aa}'),
        _ => matches!(base as u32, 0x3400..=0x9FFF | 0x2_0000..=0x3_FFFF),
    }
}

/// Signs and emoji.
const fn is_pictorial(c: char) -> bool {
    matches!(c as u32, 0x2139 | 0x2190..=0x27FF | 0x2900..=0x2BFF | 0x1_F000..=0x1_FAFF) && c as u32 != 0x2800
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_scripts_and_emoji_stay_as_they_are() {
        for text in [
            "Hello, how are you?",
            "Grüße aus Köln",
            "Привет, как дела?",
            "γειά σου Κόσμε",
            "こんにちは世界",
            "你好，世界",
            "안녕하세요",
            "שלום עולם",
            "مرحبا بالعالم",
            "می\u{200c}خواهم",
            "नमस्ते दुनिया",
            "क\u{94d}\u{200d}ष",
            "สวัสดีชาวโลก",
            "வணக்கம்",
            "Xin chào thế giới",
            "ብዙሕ ሰላም",
            "ᠮᠣᠩᠭᠣᠯ",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f} 👍🏽 🇯🇵 1\u{fe0f}\u{20e3}",
            "葛\u{e0100}飾区",
            "two\nlines",
            "(╯°□°)╯︵ ┻━┻",
        ] {
            assert_eq!(clean(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_not_text_is_taken_out() {
        for (text, left) in [
            ("a\x1b[31mred", "a[31mred"),
            ("a\0b\u{7}c\u{9b}31m", "abc31m"),
            ("user\u{202e}gnp.exe", "usergnp.exe"),
            ("\u{2066}a\u{2069}\u{200f}b\u{200e}\u{61c}", "ab"),
            ("f\u{200b}u\u{200d}c\u{2060}k\u{ad}\u{feff}", "fuck"),
            ("a\u{e0061}\u{e007f}\u{fff9}b\u{fffb}\u{e000}\u{f0000}\u{10ffff}", "ab"),
            ("a\u{fe0f}b\u{fe01}\u{e0100}c\u{180b}", "abc"),
            ("  \t one\ttwo \r\n three\u{2028}four\u{85}  ", "one two \n three\nfour"),
            ("a\n\n\n\n\n\n\nb", "a\n\n\nb"),
            ("cafe\u{301}", "café"),
            ("Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}a", "Z\u{300}\u{301}\u{302}\u{303}a"),
            ("ㅤa\u{115f}\u{ffa0}", "a"),
        ] {
            assert_eq!(clean(text).as_deref(), Ok(left), "{text:?}");
        }
        let zalgo: String = "help".chars().flat_map(|c| std::iter::once(c).chain(['\u{315}'; 60])).collect();
        assert_eq!(clean(&zalgo).expect("readable").chars().count(), 4 * (1 + MAX_MARKS));
    }

    #[test]
    fn what_shows_nothing_is_refused() {
        for text in [
            "",
            " \n\t ",
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{301}\u{302}",
            "\u{2800} \u{2800}",
            "\u{fe0f}",
            "\u{202e}",
            "\x1b",
            "\u{a0}\u{3000}",
        ] {
            assert_eq!(clean(text), Err(TextError::Empty), "{text:?}");
            assert_eq!(clean_line(text), Err(TextError::Empty), "{text:?}");
        }
    }

    #[test]
    fn names_have_one_line() {
        assert_eq!(clean_line(" VIP\n\n lounge\u{3000} of\u{a0}Maya\u{202e} ").as_deref(), Ok("VIP lounge of Maya"));
    }

    #[test]
    fn a_terminal_is_never_driven() {
        assert!(matches!(terminal_safe("plain text"), Cow::Borrowed(_)));
        assert_eq!(terminal_safe("a\x1b]52;c;x\x07b\u{9b}2J"), "a\u{fffd}]52;c;x\u{fffd}b\u{fffd}2J");
        assert_eq!(terminal_safe("ab\u{202e}cd\u{2067}\nx\ty\u{200b}z\u{fe0f}"), "ab\u{fffd}cd\u{fffd} x yz");
        assert_eq!(terminal_safe("ok ✓ é 日本 م"), "ok ✓ é 日本 م");
    }

    /// Texts in which what is dangerous is frequent.
    fn hostile() -> impl Strategy<Value = String> {
        let nasty = prop::sample::select(vec![
            '\u{200d}',
            '\u{200c}',
            '\u{fe0f}',
            '\u{fe0e}',
            '\u{202e}',
            '\u{2066}',
            '\u{301}',
            '\u{338}',
            '\u{315}',
            '\u{327}',
            '=',
            '<',
            '❤',
            '👩',
            '\n',
            '\r',
            ' ',
            '\t',
            '\u{2028}',
            '\u{2329}',
            'क',
            '\u{94d}',
            '\u{1100}',
            '\u{1161}',
            '\u{11a8}',
            '가',
            '葛',
            '\u{e0100}',
            '\u{f900}',
            '\u{2800}',
            '5',
            '\u{20e3}',
            '\u{1b}',
            '\u{9b}',
            '\u{85}',
            '\u{3000}',
            '\u{e0041}',
            '\u{180b}',
            'ᠮ',
            '\u{feff}',
            'é',
            '\u{344}',
            '\u{f71}',
            '\u{f72}',
        ]);
        prop::collection::vec(prop_oneof![3 => nasty, 1 => any::<char>()], 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn cleaning_is_stable_and_leaves_nothing_forbidden(text in hostile()) {
            if let Ok(once) = clean(&text) {
                prop_assert_eq!(clean(&once), Ok(once.clone()), "{:?}", text);
                prop_assert!(once.chars().all(|c| c == '\n' || !(c.is_control() || turns(c) || is_hidden(c))));
                prop_assert!(once.chars().any(shows));
                let line = clean_line(&text).expect("it was readable");
                prop_assert!(!line.contains('\n') && !line.contains("  "));
                prop_assert_eq!(clean_line(&line), Ok(line.clone()));
            }
        }

        #[test]
        fn nothing_that_drives_a_terminal_passes(text in hostile()) {
            let safe = terminal_safe(&text);
            prop_assert!(!safe.chars().any(|c| drives_terminals(c) || is_hidden(c)));
            prop_assert_eq!(terminal_safe(&safe), safe.clone());
        }
    }
}
