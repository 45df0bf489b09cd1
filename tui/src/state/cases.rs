//! Cases as rows: what is most urgent, how soon it must be decided, and who has it.

use callboard_contract::adm::cases::CaseView;
use callboard_domain::{At, CasePriority, CaseState};

use super::State;
use super::alarms::Cause;
use super::columns::{col, num, sorted};
use super::table::{Cell, Column, Ctx, Listed, Tone};
use crate::text;

/// Less time than this left is marked.
const SOON_MS: i64 = 10 * 60_000;

/// The word and the sign of how urgent a case is.
pub(crate) fn priority_cell(priority: CasePriority) -> Cell {
    let (sign, tone) = match priority {
        CasePriority::Urgent => ("‼", Tone::Bad),
        CasePriority::High => ("!", Tone::Warn),
        CasePriority::Normal => ("·", Tone::Plain),
        CasePriority::Low => (" ", Tone::Dim),
    };
    Cell::new(format!("{sign} {priority}"), tone)
}

/// How long there still is to decide it, in words: `in 8:41`, or how late it is.
pub(crate) fn due_cell(case: &CaseView, server: At) -> Cell {
    if case.state == CaseState::Decided {
        return Cell::new("decided", Tone::Dim);
    }
    let left = case.due_at.as_ms() - server.as_ms();
    if left < 0 {
        Cell::new(format!("! late {}", text::span(-left)), Tone::Bad)
    } else if left < SOON_MS {
        Cell::new(format!("▲ in {}", text::span(left)), Tone::Warn)
    } else {
        Cell::new(format!("  in {}", text::span(left)), Tone::Plain)
    }
}

/// Who has it, and for how long still.
pub(crate) fn claim_cell(case: &CaseView, server: At) -> Cell {
    let held = case.claimed_until.is_none_or(|until| until > server);
    match &case.claimed_by {
        Some(who) if held => {
            let who = text::clean(who);
            Cell::plain(who.strip_prefix("staff:").unwrap_or(&who))
        }
        _ if case.state == CaseState::Decided => Cell::new("—", Tone::Dim),
        _ => Cell::new("nobody", Tone::Dim),
    }
}

/// `room:ID` or `tenant:UID` as people read it: of an id only its end, as ids of one time begin alike.
pub(crate) fn named(what: &str) -> String {
    let what = text::clean(what);
    match what.split_once(':') {
        Some((kind, id)) if id.len() >= 36 => format!("{kind} …{}", text::short_id(id)),
        Some((kind, name)) => format!("{kind} {name}"),
        None => what,
    }
}

/// What a case is about.
pub(crate) fn matter(case: &CaseView) -> String {
    named(&case.matter)
}

impl Listed for CaseView {
    const NAME: &'static str = "cases";
    const COLUMNS: &'static [Column<Self>] = &[
        sorted(
            col("PRIORITY", (9, 9), 0, |r, _| priority_cell(r.priority), "‼ urgent, ! high, normal, low"),
            |a, b, _| a.priority.cmp(&b.priority),
        ),
        sorted(
            col(
                "DUE",
                (13, 13),
                1,
                |r, c| due_cell(r, c.server),
                "how soon it must be decided; ! late where it is not",
            ),
            |a, b, _| b.due_at.cmp(&a.due_at),
        ),
        sorted(
            col("CLAIMED BY", (10, 18), 2, |r, c| claim_cell(r, c.server), "who has claimed it; the claim runs out"),
            |a, b, _| a.claimed_by.cmp(&b.claimed_by),
        ),
        sorted(
            col(
                "ABOUT",
                (10, 24),
                3,
                |r, _| Cell::plain(r.about.as_ref().map_or_else(|| "—".to_owned(), |uid| text::clean(uid.as_str()))),
                "whom it is about",
            ),
            |a, b, _| a.about.cmp(&b.about),
        ),
        sorted(
            col("CATEGORY", (10, 11), 4, |r, _| Cell::plain(r.category.as_str()), "the gravest of its reports"),
            |a, b, _| a.category.as_str().cmp(b.category.as_str()),
        ),
        sorted(num("AGE", (7, 8), 5, age, "since it was first reported"), |a, b, _| b.opened_at.cmp(&a.opened_at)),
        sorted(
            num("BY", (3, 4), 6, |r, _| Cell::plain(r.reporters.to_string()), "how many people reported it"),
            |a, b, _| a.reporters.cmp(&b.reporters),
        ),
        col("MATTER", (10, 40), 7, |r, _| Cell::plain(matter(r)), "the message, user, room or call"),
        col(
            "OUTCOME",
            (10, 16),
            8,
            |r, _| r.outcome.map_or_else(|| Cell::new("—", Tone::Dim), |o| Cell::plain(o.as_str())),
            "what it came to",
        ),
        col(
            "ID",
            (12, 12),
            9,
            |r, _| Cell::new(text::short_id(&r.case_id.to_string()).to_owned(), Tone::Dim),
            "the end of its id",
        ),
    ];
    fn key(&self) -> String {
        self.case_id.to_string()
    }
}

fn age(case: &CaseView, ctx: &Ctx<'_>) -> Cell {
    Cell::plain(text::span(ctx.server.since(case.opened_at).as_ms()))
}

impl State {
    /// Looks at the open cases, on whatever screen: the most urgent ones that nobody has, and those that are late, are alarms.
    pub(super) fn watch_cases(&mut self, open: &[CaseView], now: i64) {
        let server = self.server(now).unwrap_or_default();
        self.house.busy.count(open);
        self.alarms.settle_cases(|id| open.iter().any(|case| case.case_id == id));
        for case in open {
            let late = case.due_at < server;
            let untouched = case.priority == CasePriority::Urgent && case.claimed_by.is_none();
            let about =
                case.about.as_ref().map_or_else(String::new, |uid| format!(" about {}", text::clean(uid.as_str())));
            let says = || {
                let why = if late { "is late" } else { "nobody has it" };
                format!("case …{} ({}){about}: {why}", text::short_id(&case.case_id.to_string()), case.category)
            };
            self.alarms.set(Cause::Case(case.case_id), late || untouched, server, says);
        }
    }
}

#[cfg(test)]
mod tests {
    use callboard_domain::Millis;

    use super::*;
    use crate::{sample, sample_rooms};

    #[test]
    fn what_is_due_is_a_word_and_a_sign() {
        let mut case = sample_rooms::cases().remove(0);
        for (seconds, says) in [(7_200, "  in 2:00:00"), (59, "▲ in 0:59"), (0, "▲ in 0:00"), (-61, "! late 1:01")]
        {
            case.due_at = sample::at(0).plus(Millis::from_secs(seconds));
            assert_eq!(due_cell(&case, sample::at(0)).text, says);
        }
        case.state = CaseState::Decided;
        assert_eq!(due_cell(&case, sample::at(0)).text, "decided");
    }

    #[test]
    fn of_ids_the_end_is_shown_and_of_people_the_name() {
        let room = "room:019c14f0-5555-7000-8000-000000000001";
        let read = [room, "tenant:maya", "user:zoe", "platform"].map(named);
        assert_eq!(read, ["room …000000000001", "tenant maya", "user zoe", "platform"]);
    }

    #[test]
    fn a_claim_that_ran_out_is_nobodys() {
        let mut case = sample_rooms::cases().remove(0);
        case.claimed_by = Some("staff:ines".to_owned());
        case.claimed_until = Some(sample::at(1));
        assert_eq!(claim_cell(&case, sample::at(0)).text, "ines");
        assert_eq!(claim_cell(&case, sample::at(1)).text, "nobody");
    }
}
