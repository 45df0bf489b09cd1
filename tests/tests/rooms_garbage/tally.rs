//! What was asked and answered, and what the workers took for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use callboard_contract::EndpointSpec;
use serde_json::Value;

/// A worker may grow by so much while it is asked; what it keeps for each user and each room is bounded.
const GROWTH_KB: u64 = 64 * 1024;

/// What an answer is.
pub(crate) enum Verdict {
    Accepted,
    Refused,
    Wrong(String),
}

#[derive(Default)]
pub(crate) struct Tally {
    answers: BTreeMap<String, u64>,
    uploads: BTreeMap<u16, u64>,
    asked: BTreeSet<(&'static str, &'static str)>,
    taken: BTreeSet<(&'static str, &'static str)>,
}

impl Tally {
    pub(crate) fn count(&mut self, spec: &EndpointSpec, answer: &Value) {
        let code = answer["error"]["code"].as_str().unwrap_or("ok");
        *self.answers.entry(code.to_owned()).or_default() += 1;
        self.asked.insert((spec.service, spec.verb));
        if code == "ok" {
            self.taken.insert((spec.service, spec.verb));
        }
    }

    pub(crate) fn count_upload(&mut self, status: u16) {
        *self.uploads.entry(status).or_default() += 1;
    }

    /// Fails unless every subject was asked, and requests got through to what is behind the first look at them.
    pub(crate) fn is_enough(&self, targets: usize) {
        assert!(self.asked.len() * 10 > targets * 9, "only {} of {targets} subjects were asked", self.asked.len());
        assert!(self.taken.len() * 4 > targets, "only {} of {targets} subjects took anything", self.taken.len());
        for code in ["ok", "bad_request", "not_found", "forbidden"] {
            assert!(self.answers.contains_key(code), "nothing was answered with {code}: {self}");
        }
        assert!(self.uploads.keys().any(|status| *status == 400) && self.uploads.contains_key(&413), "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum: u64 = self.answers.values().sum();
        write!(
            f,
            "{sum} requests on {} subjects, {} of which took some; answers:",
            self.asked.len(),
            self.taken.len()
        )?;
        for (code, count) in &self.answers {
            write!(f, " {code} {count}")?;
        }
        write!(f, "; uploads:")?;
        for (status, count) in &self.uploads {
            write!(f, " {status} {count}")?;
        }
        Ok(())
    }
}

/// What each worker holds, in KB.
pub(crate) struct Memory(BTreeMap<&'static str, u64>);

impl Memory {
    pub(crate) fn of(pids: &BTreeMap<&'static str, u32>) -> Self {
        let resident = |pid: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let ours = pids.iter().filter(|(name, _)| matches!(**name, "rooms" | "moderation"));
        Self(ours.map(|(name, pid)| (*name, resident(pid))).collect())
    }

    pub(crate) fn since(&self, before: &Self) -> String {
        let line =
            |(name, now): (&&str, &u64)| format!("{name}: {} KB after the first round, {now} KB now", before.0[*name]);
        self.0.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// Fails if a worker grew.
    pub(crate) fn is_level(&self, before: &Self) {
        for (name, now) in &self.0 {
            assert!(*now < before.0[name] + GROWTH_KB, "{name} grew from {} to {now} KB", before.0[name]);
        }
    }
}
