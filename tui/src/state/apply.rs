//! How updates change the state.

use callboard_contract::adm::calls::CallDetail;
use callboard_contract::{Event, Worker};
use callboard_domain::{At, CallId, Coins};

use super::alarms::Cause;
use super::columns::WorkerRow;
use super::msg::{Ask, Link, Update};
use super::opened::{Opened, who};
use super::{Effect, Mode, State, View};
use crate::text;

/// A refund from this amount on is an alarm.
const LARGE_REFUND: Coins = Coins::whole(100);
/// Older refunds are no news.
const NEWS_MS: i64 = 10 * 60_000;
/// The clock of the house is believed anew when it differs by more than this; smaller differences are the way of the message.
const CLOCK_SLACK_MS: i64 = 250;

impl State {
    /// Takes what the connection tells.
    pub(crate) fn apply(&mut self, update: Update, now: i64) {
        self.dirty = true;
        match update {
            Update::Link(link) => self.set_link(link, now),
            Update::Me(me) => {
                self.set_clock(me.server_time, now);
                self.house.me = Some(me);
            }
            Update::Outcome(id, result) => self.outcome(&id, result, now),
            // Whoever is on the screen stays so while it is held still; but there must be a word about what was asked for.
            Update::Verified(result) => self.verified(result, now),
            Update::Preview(number, answer) => {
                if let Mode::Dialog(dialog) = &mut self.mode
                    && dialog.preview.number == number
                {
                    dialog.preview.answer = Some(answer);
                }
            }
            // What is read once is kept, even where the picture is held still.
            Update::Evidence(view) => self.take_evidence(&view),
            // A held picture stays as it was: it ages, and that locks the acts.
            _ if self.paused() => {}
            Update::Live { page, round, first } => {
                self.set_clock(page.as_of, now);
                let change = self.house.live.take(page, round, first, now);
                self.look(&change.touched, &change.gone, now);
                self.arrange(now);
                self.trouble = None;
            }
            Update::Touched(detail) => {
                self.house.live.touch(&detail, now);
                let id = detail.call.call_id;
                self.look(&[id], &if detail.call.state.is_over() { vec![id] } else { Vec::new() }, now);
                self.arrange(now);
            }
            Update::Event(event) => self.event(&event, now),
            Update::Summary(summary) => {
                self.set_clock(summary.as_of, now);
                let sum = summary.ledger_sum;
                self.alarms.set(Cause::LedgerSum, !sum.is_zero(), summary.as_of, || {
                    format!("the ledger's balances add up to {}, not to nothing", text::exact(sum))
                });
                self.house.summary = Some(summary);
            }
            Update::Detail(detail, timeline) => {
                self.detail(*detail, now);
                if let (Some(timeline), Some(opened)) = (timeline, &mut self.house.opened)
                    && timeline.call_id == opened.detail.call.call_id
                {
                    opened.timeline = timeline.items;
                }
            }
            Update::NoDetail(id, problem) => {
                if self.watched == Some(id) && self.opened(id).is_none() {
                    self.mode = Mode::Normal;
                    if self.view() == View::Call(id) {
                        self.views.pop();
                    }
                    self.say(
                        format!("cannot open {}: {}", text::short_id(&id.to_string()), problem.message),
                        false,
                        now,
                    );
                }
            }
            Update::Workers(rows) => self.workers(rows, now),
            Update::Ended(rows) => self.house.ended.replace(rows, now),
            Update::Wallets(rows) => self.house.wallets.replace(rows, now),
            Update::Transfers(rows) => self.house.transfers.replace(rows, now),
            Update::Refunds(rows) => {
                let at = self.server(now).unwrap_or_default();
                for refund in rows.iter().filter(|r| r.amount >= LARGE_REFUND && at.since(r.at).as_ms() < NEWS_MS) {
                    self.alarms.set(Cause::Refund(refund.transfer_id.to_string()), true, refund.at, || {
                        format!(
                            "refund of {} to {} by {}",
                            text::exact(refund.amount),
                            refund.payer,
                            text::clean(&refund.actor)
                        )
                    });
                }
                self.house.refunds.replace(rows, now);
            }
            Update::Programmes(rows) => self.programmes(rows, now),
            Update::Programme(detail) => self.take_programme(*detail, now),
            Update::NoProgramme(id, problem) => self.no_programme(id, &problem, now),
            Update::Rooms(rooms) => self.rooms(rooms, now),
            Update::Cases(rows) => self.house.cases.replace(rows, now),
            Update::OpenCases(rows) => self.watch_cases(&rows, now),
            Update::Users(rows) => self.house.people.replace(rows, now),
            Update::Audit(rows) => self.house.audit.replace(rows, now),
            Update::Room(look) => self.take_room(*look, now),
            Update::Case(detail) => self.take_case(*detail, now),
            Update::Person(detail, sessions) => self.take_person(*detail, *sessions, now),
            Update::NoFollowed(followed, problem) => self.no_followed(&followed, &problem, now),
            Update::Picture(made) => self.picture(*made),
            Update::Trouble(text) => self.trouble = Some(text),
        }
        if self.alarms.take_ring() {
            self.effects.push(Effect::Bell);
        }
        self.follow();
    }

    fn set_link(&mut self, link: Link, now: i64) {
        match (&self.link, &link) {
            (_, Link::Up) => self.lost_at = None,
            (Link::Up, _) => self.lost_at = Some(now),
            _ => {}
        }
        self.link = link;
    }

    pub(super) fn set_clock(&mut self, as_of: At, now: i64) {
        let offset = as_of.as_ms() - now;
        if self.house.offset.is_none_or(|old| (old - offset).abs() > CLOCK_SLACK_MS) {
            self.house.offset = Some(offset);
        }
    }

    pub(super) fn look(&mut self, touched: &[CallId], gone: &[CallId], now: i64) {
        let at = self.server(now).unwrap_or_default();
        for row in touched.iter().filter_map(|id| self.house.live.get(*id)) {
            self.alarms.look(row, now, at);
        }
        for id in gone {
            self.alarms.forget(*id);
            self.calls.marks.remove(id);
        }
    }

    fn event(&mut self, event: &Event, now: i64) {
        if matches!(
            event.event.as_str(),
            "call.ended" | "call.rejected" | "call.cancelled" | "call.missed" | "call.expired"
        ) && let Ok(id) = event.entity.parse()
            && self.house.live.remove(id)
        {
            self.look(&[], &[id], now);
            self.arrange(now);
        }
    }

    pub(super) fn detail(&mut self, detail: CallDetail, now: i64) {
        if self.watched != Some(detail.call.call_id) {
            return;
        }
        self.set_clock(detail.as_of, now);
        let mut ask = None;
        if let Mode::Dialog(dialog) = &mut self.mode {
            let first = dialog.detail.is_none();
            let settled = |d: &CallDetail| d.legs.iter().map(|l| (l.settled, l.refunded)).collect::<Vec<_>>();
            let moved = dialog.detail.as_ref().is_some_and(|old| settled(old) != settled(&detail));
            dialog.refresh(&detail);
            if let Some(target) = dialog.targets.first_mut().filter(|t| t.who.is_empty()) {
                target.who = who(&detail);
            }
            if first || moved {
                ask = dialog.question();
            }
        }
        if let Some((number, question)) = ask {
            self.effects.push(Effect::Ask(Ask::Preview(number, question)));
        }
        match &mut self.house.opened {
            Some(opened) if opened.detail.call.call_id == detail.call.call_id => opened.take(detail, now),
            opened => *opened = Some(Opened::new(detail, now)),
        }
    }

    /// A worker that answered before and does not now is kept as missing; one that came back under a new id takes its place.
    fn workers(&mut self, rows: Vec<WorkerRow>, now: i64) {
        let at = self.server(now).unwrap_or_default();
        let mut all = rows;
        for worker in Worker::ALL {
            let name = format!("callboard-{}", worker.name());
            let missing = !all.iter().any(|row| row.name == name);
            if missing {
                let before = self.house.workers.rows.iter().find(|row| row.name == name).cloned();
                if worker.is_optional() && before.is_none() {
                    continue;
                }
                all.push(before.map_or_else(|| WorkerRow::absent(&name), |row| WorkerRow { missing: true, ..row }));
            }
            self.alarms.set(Cause::Worker(name.clone()), missing, at, || format!("{name} does not answer"));
        }
        all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        self.house.workers.replace(all, now);
    }
}

impl WorkerRow {
    fn absent(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: format!("{name}, never seen"),
            version: String::new(),
            endpoints: 0,
            requests: 0,
            errors: 0,
            average: String::new(),
            missing: true,
        }
    }
}
