//! Texts in all scripts, and texts made to deceive people, filters and terminals.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// Texts that people write, in many scripts: they come out as they went in.
pub const HONEST: &[&str] = &[
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
    "สวัสดีชาวโลก",
    "வணக்கம்",
    "Xin chào thế giới",
    "ብዙሕ ሰላም",
    "👩\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈 👍🏽 🇯🇵",
    "two\nlines",
];

/// Pieces of which hostile texts are made.
const PIECES: &[&str] = &[
    "a",
    "pay",
    " ",
    "\n",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200f}",
    "\u{200b}",
    "\u{200d}",
    "\u{200c}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{1b}[2J",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{9b}31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{fff9}",
    "\u{e0041}",
    "\u{e007f}",
    "\u{e000}",
    "\u{fe0f}",
    "\u{fe00}",
    "\u{180e}",
    "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "\u{115f}",
    "\u{3164}",
    "\u{2800}",
    "é",
    "👩",
    "क\u{94d}",
    "ш",
    "م",
    "\r\n",
    "\t",
    "\u{10ffff}",
    "\u{1d173}",
];

/// Hostile texts without end; the same seed gives the same ones.
#[derive(Clone, Debug)]
pub struct Texts(StdRng);

impl Texts {
    /// The texts of a seed.
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    fn letter(&mut self) -> char {
        let range = [1..0x80, 0x80..0x800, 0x2000..0x2070, 0x800..0xd800, 0xe000..0x1_0000, 0x1_0000..0x11_0000];
        let range = range.choose(&mut self.0).expect("there are some").clone();
        char::from_u32(self.0.random_range(range)).expect("none of them is half a pair")
    }
}

impl Iterator for Texts {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let length = self.0.random_range(1..=12);
        let mut text = String::new();
        for _ in 0..length {
            match self.0.random_range(0..8) {
                0 => text.push(self.letter()),
                1 => text.push_str(HONEST.choose(&mut self.0).expect("there are some")),
                _ => text.push_str(PIECES.choose(&mut self.0).expect("there are some")),
            }
        }
        Some(text)
    }
}
