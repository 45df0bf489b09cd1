//! Everything that happened in a call, on one line of time: the call, its lines, its money, and what staff did.

use callboard_contract::adm::calls::{CallTimeline, TimelineItem};
use callboard_contract::view::Receipt;
use callboard_contract::{Event, LegPush, LowBalance};
use callboard_domain::CallId;
use callboard_ledger::transfer;
use callboard_store::{StoreError, events_page};
use serde::de::DeserializeOwned;

use super::burn::conn;
use crate::{Calls, load};

/// The most events of one call that are shown.
const MOST: u32 = 500;

impl Calls {
    /// The line of time of a call.
    pub async fn timeline(&self, id: CallId) -> Result<CallTimeline, StoreError> {
        let mut conn = conn(self.store()).await?;
        let call = load::call(&mut conn, id).await?;
        let legs: Vec<_> = call.legs.iter().map(|l| l.id).collect();
        let posted = transfer::of_legs(&mut conn, &legs).await?;
        drop(conn);
        let events = events_page(self.store(), Some(&id.to_string()), MOST, None).await?.items;
        let mut items: Vec<TimelineItem> = events.into_iter().rev().map(item).collect();
        items.extend(posted.into_iter().map(|p| TimelineItem {
            at: p.at,
            track: "money".to_owned(),
            event: format!("ledger.{}", p.kind),
            text: match &p.reason {
                Some(reason) => format!("{} {} ({reason})", p.kind, p.amount),
                None => format!("{} {}", p.kind, p.amount),
            },
            actor: p.actor,
            amount: Some(p.amount),
        }));
        items.sort_by_key(|i| i.at);
        Ok(CallTimeline { call_id: id, items })
    }
}

fn item(event: Event) -> TimelineItem {
    let leg = data::<LegPush>(&event);
    let who = event.actor.split_once(':').map_or("the house", |(_, name)| name);
    let by_staff = event.actor.starts_with("staff:");
    let (track, text, amount) = match event.event.as_str() {
        "call.requested" => ("call", format!("{who} calls"), None),
        "call.accepted" => ("call", format!("{who} accepts"), None),
        "call.joined" => ("call", format!("{who} joins"), None),
        "call.invited" => ("call", format!("{who} invites one more"), None),
        "call.member_left" => ("call", format!("a member is out (by {who})"), None),
        "call.device" => ("call", format!("devices changed by {who}"), None),
        "call.active" => {
            ("call", leg.map_or_else(String::new, |l| format!("{} is connected; time counts", l.payer)), None)
        }
        "call.suspended" => (
            "line",
            leg.map_or_else(String::new, |l| format!("line of {}'s leg lost; time stopped at {}", l.payer, l.at)),
            None,
        ),
        "call.resumed" => ("line", leg.map_or_else(String::new, |l| format!("{}'s leg goes on", l.payer)), None),
        "call.granted" => {
            let until = leg.and_then(|l| l.grant_until).map_or_else(String::new, |at| format!(", paid until {at}"));
            ("money", format!("hold extended{until}"), None)
        }
        "call.low_balance" => match data::<LowBalance>(&event) {
            Some(low) => ("money", format!("low balance: {} s left", low.runway_ms / 1000), Some(low.available)),
            None => ("money", "low balance".to_owned(), None),
        },
        "call.leg_ended" => match data::<Receipt>(&event) {
            Some(r) => (
                "money",
                format!("{}'s leg ended ({}): charged {}, returned {}", r.payer, r.reason, r.charge, r.returned),
                Some(r.charge),
            ),
            None => ("money", "a leg ended".to_owned(), None),
        },
        other => ("call", format!("{} by {who}", other.trim_start_matches("call.")), None),
    };
    let track = if by_staff { "staff" } else { track };
    TimelineItem { at: event.at, track: track.to_owned(), event: event.event, text, actor: event.actor, amount }
}

fn data<T: DeserializeOwned>(event: &Event) -> Option<T> {
    serde_json::from_value(event.data.clone()).ok()
}
