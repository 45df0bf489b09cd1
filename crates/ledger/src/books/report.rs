//! What the checks found, put together.

use callboard_contract::adm::books::{BooksReport, Check, Difference};
use callboard_domain::{At, Coins};

/// The most differences that a report lists; all are counted.
pub const MAX_DIFFERENCES: usize = 200;
/// What a check reads at most: one more than is listed.
pub(super) const ROWS: i64 = 201;

/// A report that is being written.
#[derive(Clone, Debug)]
pub struct Report {
    as_of: At,
    checks: Vec<Check>,
    differences: Vec<Difference>,
}

/// A difference that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The check.
    pub check: &'static str,
    /// On what.
    pub on: String,
    /// What one side says.
    pub expected: String,
    /// What the other says.
    pub found: String,
    /// By how much.
    pub amount: Option<Coins>,
    /// The command that mends or explains it.
    pub mend: String,
}

impl Report {
    /// A report of an instant, with no checks yet.
    pub const fn open(as_of: At) -> Self {
        Self { as_of, checks: Vec::new(), differences: Vec::new() }
    }

    /// When it was opened.
    pub const fn as_of(&self) -> At {
        self.as_of
    }

    /// Says that a check looked at so many things. The same check said again adds to it.
    pub fn check(&mut self, name: &'static str, what: &str, looked_at: u64) {
        if let Some(check) = self.checks.iter_mut().find(|c| c.name == name) {
            check.looked_at += looked_at;
            if !check.what.contains(what) {
                check.what = format!("{}; {what}", check.what);
            }
        } else {
            self.checks.push(Check { name: name.to_owned(), what: what.to_owned(), looked_at, differences: 0 });
        }
    }

    /// Adds a difference.
    pub fn differs(&mut self, found: Found) {
        if let Some(check) = self.checks.iter_mut().find(|c| c.name == found.check) {
            check.differences += 1;
        } else {
            let name = found.check.to_owned();
            self.checks.push(Check { name: name.clone(), what: name, looked_at: 0, differences: 1 });
        }
        if self.differences.len() < MAX_DIFFERENCES {
            let Found { check, on, expected, found, amount, mend } = found;
            self.differences.push(Difference { check: check.to_owned(), on, expected, found, amount, mend });
        }
    }

    /// Takes in what another report found.
    pub fn absorb(&mut self, other: Self) {
        for check in &other.checks {
            let place = self.checks.iter().position(|c| c.name == check.name);
            if let Some(place) = place {
                let mine = &mut self.checks[place];
                mine.looked_at += check.looked_at;
                mine.differences += check.differences;
            } else {
                self.checks.push(check.clone());
            }
        }
        let room = MAX_DIFFERENCES.saturating_sub(self.differences.len());
        self.differences.extend(other.differences.into_iter().take(room));
    }

    /// Whether nothing differs so far.
    pub fn is_balanced(&self) -> bool {
        self.checks.iter().all(|c| c.differences == 0)
    }

    /// The finished report.
    pub fn close(self) -> BooksReport {
        BooksReport {
            as_of: self.as_of,
            balanced: self.is_balanced(),
            checks: self.checks,
            differences: self.differences,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_differences_count_and_the_first_are_listed() {
        let mut report = Report::open(At::from_ms(0));
        report.check("holds", "held is what is open", 3);
        report.check("holds", "only live calls hold", 2);
        for n in 0..MAX_DIFFERENCES + 5 {
            let text = String::new();
            report.differs(Found {
                check: "holds",
                on: n.to_string(),
                expected: text.clone(),
                found: text.clone(),
                amount: None,
                mend: text,
            });
        }
        let report = report.close();
        assert!(!report.balanced);
        assert_eq!(report.differences.len(), MAX_DIFFERENCES);
        assert_eq!((report.checks.len(), report.checks[0].looked_at, report.checks[0].differences), (1, 5, 205));
        assert_eq!(report.checks[0].what, "held is what is open; only live calls hold");
    }
}
