//! Texts as they are compared: evasions of spelling are folded away.
//!
//! Letters lose case, accents and their look-alikes of other scripts; figures and signs that stand for letters become these; repeated
//! letters become one; letters that stand alone are drawn together. What was a word stays one, so that a word is found only where it
//! stands alone: Scunthorpe is safe.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// From so many letters on, a word is also found where one of its single letters is doubled: `fuuck`, but not `good` for `god`.
const DOUBLED_FROM: usize = 4;

/// A text as it is compared.
pub fn skeleton(text: &str) -> String {
    Reading::new(text, Mode::Signs).text
}

/// The ways in which a text is read: its words as they stand; with signs as letters; without what stands between letters of a word.
pub(crate) fn readings(text: &str) -> Vec<Reading> {
    let mut readings = vec![Reading::new(text, Mode::Plain)];
    for mode in [Mode::Signs, Mode::Compact] {
        let reading = Reading::new(text, mode);
        if readings.iter().all(|r| r.text != reading.text) {
            readings.push(reading);
        }
    }
    readings
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Signs,
    Compact,
}

/// A text in one way of reading it: words with single spaces between them, and where each letter came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The folded words.
    pub(crate) text: String,
    /// One for each byte of `text`.
    letters: Vec<Letter>,
}

/// A letter, or the space before a word.
#[derive(Clone, Debug)]
struct Letter {
    /// How often it stood there in a row.
    run: usize,
    /// Where it stood, in bytes of the text.
    from: usize,
    to: usize,
    /// Whether a word of the text begins with it, and ends with it.
    begins: bool,
    ends: bool,
}

impl Reading {
    fn new(text: &str, mode: Mode) -> Self {
        let mut reading = Self::default();
        let mut alone = false;
        for chunk in chunks(text, mode) {
            let folded = fold(&chunk, mode);
            if folded.is_empty() {
                continue;
            }
            let single = chunk.iter().filter(|(_, c)| c.is_alphanumeric() || is_sign(*c)).count() == 1;
            let joined = alone && single;
            if !joined && !reading.text.is_empty() {
                reading.push(' ', folded[0].1.start..folded[0].1.start, true);
            }
            let first = reading.text.len();
            let mut begins = true;
            for (c, span) in folded {
                reading.push(c, span, begins);
                begins = false;
            }
            if reading.text.len() == first
                && let Some(last) = reading.letters.last_mut()
            {
                last.begins = true;
            }
            if let Some(last) = reading.letters.last_mut() {
                last.ends = true;
            }
            alone = single;
        }
        reading
    }

    /// Adds a letter; the same one again only lengthens its run.
    fn push(&mut self, c: char, span: Range<usize>, begins: bool) {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).len();
        if c != ' ' && self.text.ends_with(c) {
            let known = self.letters.len();
            let run = self.letters[known - 1].run + 1;
            for letter in &mut self.letters[known - bytes..] {
                (letter.run, letter.to) = (run, span.end.max(letter.to));
                letter.ends = false;
            }
            return;
        }
        self.text.push(c);
        let letter = Letter { run: 1, from: span.start, to: span.end, begins, ends: false };
        self.letters.extend(std::iter::repeat_n(letter, bytes));
    }

    /// How many letters there are, repeated ones too.
    pub(crate) fn length(&self) -> usize {
        let runs = self.text.char_indices().map(|(at, _)| self.letters[at].run);
        runs.sum()
    }

    /// Whether what was found between two places is this word, with its repeated letters: a letter that is single in it may stand
    /// three times and more, or twice in a longer word; one that is double must stand twice at least.
    pub(crate) fn is_word(&self, found: Range<usize>, word: &Self) -> bool {
        let long = word.letters.len() >= DOUBLED_FROM;
        self.letters[found]
            .iter()
            .zip(&word.letters)
            .all(|(here, wanted)| here.run == wanted.run || (here.run > wanted.run && (long || here.run > 2)))
    }

    /// Whether what was found is whole words of the text.
    pub(crate) fn is_whole(&self, found: &Range<usize>) -> bool {
        self.letters[found.start].begins && self.letters[found.end - 1].ends
    }

    /// Where what was found stood, in bytes of the text.
    pub(crate) fn span(&self, found: Range<usize>) -> Range<usize> {
        let letters = &self.letters[found];
        let from = letters.iter().map(|l| l.from).min().unwrap_or_default();
        from..letters.iter().map(|l| l.to).max().unwrap_or(from)
    }
}

/// The words of a text as characters with their places. Marks belong to the word that they stand in.
fn chunks(text: &str, mode: Mode) -> Vec<Vec<(usize, char)>> {
    let mut chunks: Vec<Vec<(usize, char)>> = vec![Vec::new()];
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let in_word = chunks.last().is_some_and(|chunk| !chunk.is_empty());
        let next = chars.peek().map(|(_, c)| *c);
        let letter = match c {
            c if c.is_alphanumeric() || is_badge(c) => true,
            // Accents and what is hidden stand for nothing, and part nothing.
            c if is_accent(c) || (c.is_control() && !c.is_whitespace()) => continue,
            c if super::turns(c) || super::joins(c) || super::selects(c) || super::is_hidden(c) => continue,
            c if is_combining_mark(c) => in_word,
            '@' | '$' | '€' if mode != Mode::Plain => {
                in_word || next.is_some_and(|n| n.is_alphanumeric() || is_sign(n))
            }
            '!' | '|' | '+' if mode != Mode::Plain => in_word && next.is_some_and(char::is_alphanumeric),
            // Apostrophes part words in every reading: `he'll` is none of its parts.
            '\'' | '’' => false,
            c if mode == Mode::Compact && !c.is_whitespace() => continue,
            _ => false,
        };
        if letter {
            chunks.last_mut().expect("there is always one").push((at, c));
        } else if in_word {
            chunks.push(Vec::new());
        }
    }
    chunks
}

/// Signs that are read as letters.
const fn is_sign(c: char) -> bool {
    matches!(c, '@' | '$' | '€' | '!' | '|' | '+')
}

/// Marks that say how a letter sounds and not which one it is: the same word is written with them and without. The marks of Indian and
/// other scripts are letters.
const fn is_accent(c: char) -> bool {
    matches!(
        c as u32,
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5C7 | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6ED | 0x1AB0..=0x1AFF
            | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F
    )
}

/// Letters on badges and the halves of flags.
const fn is_badge(c: char) -> bool {
    matches!(c, '\u{1f130}'..='\u{1f149}' | '\u{1f150}'..='\u{1f169}' | '\u{1f170}'..='\u{1f189}' | '\u{1f1e6}'..='\u{1f1ff}')
}

/// A word folded, each letter with where it came from. Figures stand for letters only in a word that has letters.
fn fold(word: &[(usize, char)], mode: Mode) -> Vec<(char, Range<usize>)> {
    let has_letters = word.iter().any(|(_, c)| c.is_alphabetic());
    let mut out = Vec::with_capacity(word.len());
    for (at, c) in word {
        let span = *at..at + c.len_utf8();
        for c in std::iter::once(unbadged(*c)).nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase) {
            let stands_for = match c {
                '0'..='9' if !has_letters => Some(c),
                '@' | '$' | '€' | '!' | '|' | '+' if mode == Mode::Plain => None,
                c => stands_for(c),
            };
            if let Some(c) = stands_for {
                out.push((c, span.clone()));
            } else {
                look_alike(c, |c| out.push((c, span.clone())));
            }
        }
    }
    out
}

fn unbadged(c: char) -> char {
    let offset = match c {
        '\u{1f130}'..='\u{1f149}' => c as u32 - 0x1_F130,
        '\u{1f150}'..='\u{1f169}' => c as u32 - 0x1_F150,
        '\u{1f170}'..='\u{1f189}' => c as u32 - 0x1_F170,
        '\u{1f1e6}'..='\u{1f1ff}' => c as u32 - 0x1_F1E6,
        _ => return c,
    };
    u8::try_from(offset).map_or(c, |offset| char::from(b'a' + offset))
}

/// What a figure or a sign stands for. `i`, `l` and `1` are one letter.
const fn stands_for(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' | 'i' | 'l' | 'ı' => 'l',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        'm' | 'n' | 'r' | 'a'..='h' | 'j' | 'k' | 'o'..='q' | 's'..='z' => c,
        _ => return None,
    })
}

/// The Latin letters that a letter looks like in lower or in upper case (Unicode Technical Standard 39), or the letter itself.
fn look_alike(c: char, mut push: impl FnMut(char)) {
    let mut buffer = [0; 4];
    let latin = |c: char, buffer: &mut [u8; 4]| -> Option<String> {
        let text: String = unicode_security::skeleton(c.encode_utf8(buffer)).collect();
        text.is_ascii().then_some(text).filter(|t| !t.is_empty())
    };
    let mut upper = c.to_uppercase();
    let found = latin(c, &mut buffer).or_else(|| {
        let upper = upper.next().filter(|_| upper.len() == 0)?;
        latin(upper, &mut buffer)
    });
    match found.as_deref() {
        // What looks like `rn` is an `m`.
        Some("rn" | "RN") => push('m'),
        Some(text) => {
            for c in text.chars().map(|c| c.to_ascii_lowercase()).filter(char::is_ascii_alphanumeric) {
                push(stands_for(c).unwrap_or(c));
            }
        }
        None => push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evasions_have_the_skeleton_of_the_word() {
        for (evasion, word) in [
            ("SHIT", "shit"),
            ("sh1t", "shit"),
            ("$h!t", "shit"),
            ("ѕhіt", "shit"),
            ("ＳＨＩＴ", "shit"),
            ("s.h.i.t", "shit"),
            ("s h i t", "shit"),
            ("shiiiiit", "shit"),
            ("s\u{200b}h\u{ad}i\u{2060}t", "shit"),
            ("s̴h̷i̶t̵", "shit"),
            ("𝓼𝓱𝓲𝓽", "shit"),
            ("ⓢⓗⓘⓣ", "shit"),
            ("🅂🄷🄸🅃", "shit"),
            ("🆂🅷🅸🆃", "shit"),
            ("🇸🇭🇮🇹", "shit"),
            ("ЅНІТ", "shit"),
            ("ꓢꓧꓲꓔ", "shit"),
            ("śhít", "shit"),
            ("idi0t", "idiot"),
            ("ΙDΙΟΤ", "idiot"),
            ("@sshole", "asshole"),
            ("a$$hole", "asshole"),
            ("Сволочь", "сволочь"),
            ("с в о л о ч ь", "сволочь"),
            ("cволoчь", "сволочь"),
            ("м", "М"),
            ("çöp", "cop"),
            ("ｶﾊﾞ", "カバ"),
            ("𝕜𝕪𝕤", "kys"),
            ("ma\u{303}ricon", "maricon"),
            ("s_h_i_t", "shit"),
        ] {
            assert_eq!(skeleton(evasion), skeleton(word), "{evasion}");
        }
        assert_ne!(skeleton("class"), skeleton("glass"));
        assert_eq!(skeleton("room 101 at 8"), "rom 101 at 8");
    }

    #[test]
    fn places_lead_back_into_the_text() {
        let text = "oh ＳＨ1Т !";
        let reading = Reading::new(text, Mode::Plain);
        let at = reading.text.find(&skeleton("shit")).expect("it is there");
        let found = at..at + 4;
        assert!(reading.is_whole(&found));
        assert_eq!(&text[reading.span(found)], "ＳＨ1Т");
    }
}
