//! Screens full of texts that chance made of what terminals obey, hide, turn round and disagree about.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::state::room::RoomLook;

/// Fields in which people write what they like.
const WORDS: [&str; 10] = ["body", "name", "topic", "category", "text", "note", "reason", "emoji", "matter", "device"];
const PIECES: [&str; 24] = [
    "\u{1b}[2J",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}_Gf=100;AAAA\u{1b}\\",
    "\u{9b}31m",
    "\u{90}q\u{9c}",
    "\r",
    "\n",
    "\t",
    "\u{8}",
    "\0",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200d}",
    "\u{fe0f}",
    "\u{feff}",
    "e\u{301}\u{327}\u{323}\u{489}",
    "日本",
    "👩\u{200d}👩\u{200d}👧",
    "\u{1f1e9}\u{1f1ea}",
    "plain words ",
    "\u{e0041}",
];
const SCREENS: u64 = 60;

struct Chance(StdRng);

impl Chance {
    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.0.random_range(0..40) {
            if self.0.random_ratio(1, 4) {
                let ranges = [0..0x300, 0x300..0x3000, 0x3000..0xd800, 0xe000..0x11_0000];
                let range = ranges.choose(&mut self.0).unwrap().clone();
                text.push(char::from_u32(self.0.random_range(range)).unwrap());
            } else {
                text.push_str(PIECES.choose(&mut self.0).unwrap());
            }
        }
        text
    }

    /// The same with all that people write in it written anew. A field of such a name that takes certain words alone stays.
    fn anew<T: Serialize + DeserializeOwned>(&mut self, of: &T) -> T {
        let mut value = serde_json::to_value(of).unwrap();
        for word in WORDS {
            let mut other = value.clone();
            self.write(&mut other, word, "");
            if T::deserialize(&other).is_ok() {
                value = other;
            }
        }
        serde_json::from_value(value).unwrap()
    }

    fn write(&mut self, value: &mut Value, word: &str, field: &str) {
        match value {
            Value::String(text) if field == word => *text = self.text(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.write(item, word, field)),
            Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| self.write(value, word, name)),
            _ => {}
        }
    }
}

#[test]
fn whatever_chance_writes_drives_no_terminal() {
    for seed in 0..SCREENS {
        let mut chance = Chance(StdRng::seed_from_u64(seed));
        let mut screens = Vec::new();
        let mut show = |name, set: &mut dyn FnMut(&mut State)| {
            let mut state = sample::state();
            set(&mut state);
            screens.push((name, state));
        };
        show("rooms", &mut |s| {
            list(s);
            s.apply(Update::Rooms(chance.anew(&rooms::rooms(5))), NOW);
            s.say(chance.text(), false, NOW);
        });
        show("room", &mut |s| {
            room(s);
            let look = rooms::look(1);
            let (detail, messages) = (chance.anew(&look.detail), chance.anew(&look.messages));
            let look = RoomLook { detail, messages, members: chance.anew(&look.members), more: true };
            s.apply(Update::Room(Box::new(look)), NOW);
            for _ in 0..seed % 40 {
                press(s, "<up>", NOW);
            }
        });
        show("case", &mut |s| {
            cases(s);
            press(s, "<down><enter>", NOW);
            s.apply(Update::Case(Box::new(chance.anew(&rooms::case_detail(true)))), NOW);
            s.apply(Update::Evidence(Box::new(chance.anew(&rooms::evidence(1, true)))), NOW);
        });
        show("person", &mut |s| {
            person(s);
            let (detail, sessions) = (chance.anew(&rooms::person_detail()), chance.anew(&rooms::sessions(true)));
            s.apply(Update::Person(Box::new(detail), Box::new(sessions)), NOW);
        });
        show("audit", &mut |s| {
            audit(s);
            s.apply(Update::Audit(chance.anew(&rooms::acts())), NOW);
            s.apply(Update::Trouble(chance.text()), NOW);
        });
        for (name, state) in &screens {
            for size in [SMALL, LARGE, (81, 24), (41, 9), (139, 40)] {
                tame(&buffer(state, NOW, size), &format!("{name}, seed {seed}"));
            }
        }
    }
}
