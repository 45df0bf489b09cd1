//! A test of rules on messages that were sent: how many each would hit, and a few of them.

use std::collections::{BTreeMap, VecDeque};

use callboard_contract::adm::automod::{RuleTally, Sample, TestReply, found};
use callboard_domain::{At, Automod, Facts, MAX_RECENT, MessageId, Recent, RoomId, RoomRole, RuleSet, Uid};

/// Samples of one rule.
const MAX_SAMPLES: usize = 5;
/// Characters of a sample.
const MAX_SAMPLE_CHARS: usize = 200;

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message.
    pub id: MessageId,
    /// Its room.
    pub room: RoomId,
    /// Its author.
    pub author: Uid,
    /// His role in the room now.
    pub role: RoomRole,
    /// Since when he is known.
    pub known_since: Option<At>,
    /// When it was sent.
    pub at: At,
    /// Its text.
    pub body: String,
    /// How many people it mentions.
    pub mentions: usize,
}

/// What rules would do to messages, which are given in the order in which they were sent.
#[derive(Debug)]
pub struct Tally {
    automod: Automod,
    recent: BTreeMap<(RoomId, Uid), VecDeque<Recent>>,
    looked_at: u32,
    hit: u32,
    rules: Vec<RuleTally>,
}

impl Tally {
    /// A test of compiled rules; those of the set that hit nothing are told of too.
    pub fn new(automod: Automod, set: &RuleSet) -> Self {
        let nothing = |rule: &callboard_domain::Rule| RuleTally {
            rule: rule.name.clone(),
            action: rule.action,
            hits: 0,
            samples: Vec::new(),
        };
        let rules = set.rules.iter().map(nothing).collect();
        Self { automod, recent: BTreeMap::new(), looked_at: 0, hit: 0, rules }
    }

    /// Looks at a message.
    pub fn look(&mut self, said: &Said) {
        let key = (said.room, said.author.clone());
        let recent = self.recent.entry(key).or_default();
        let facts = Facts {
            at: said.at,
            role: said.role,
            known_since: said.known_since,
            mentions: said.mentions,
            recent: recent.make_contiguous(),
        };
        let hits = self.automod.judge(&said.body, &facts);
        if self.automod.looks_back() {
            recent.push_front(Recent { at: said.at, body: said.body.clone() });
            recent.truncate(MAX_RECENT);
        }
        let sample = |found| Sample {
            message_id: Some(said.id),
            room_id: Some(said.room),
            author: Some(said.author.clone()),
            at: Some(said.at),
            body: said.body.chars().take(MAX_SAMPLE_CHARS).collect(),
            found,
        };
        self.note(&hits, &said.body, sample);
    }

    /// Looks at a text alone, as written by a member who has long been known.
    pub fn look_at_text(&mut self, text: &str) {
        let facts = Facts {
            at: At::from_ms(i64::MAX),
            role: RoomRole::Member,
            known_since: Some(At::from_ms(0)),
            mentions: 0,
            recent: &[],
        };
        let hits = self.automod.judge(text, &facts);
        let body: String = text.chars().take(MAX_SAMPLE_CHARS).collect();
        let sample =
            |found| Sample { message_id: None, room_id: None, author: None, at: None, body: body.clone(), found };
        self.note(&hits, text, sample);
    }

    fn note(&mut self, hits: &[callboard_domain::Hit], text: &str, sample: impl Fn(Vec<String>) -> Sample) {
        self.looked_at += 1;
        self.hit += u32::from(!hits.is_empty());
        for hit in hits {
            let Some(tally) = self.rules.iter_mut().find(|tally| tally.rule == hit.rule) else { continue };
            tally.hits += 1;
            // The last ones are the newest.
            if tally.samples.len() == MAX_SAMPLES {
                tally.samples.remove(0);
            }
            tally.samples.push(sample(found(hit, text)));
        }
    }

    /// What came of it. `more` says whether there were messages that were not looked at.
    pub fn reply(self, more: bool) -> TestReply {
        TestReply { looked_at: self.looked_at, more, hit: self.hit, rules: self.rules }
    }
}
