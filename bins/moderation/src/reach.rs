//! How far a sanction reaches: the calls, rooms and connections in which somebody is and may not be.

use std::collections::BTreeSet;

use callboard_contract::adm::moderation::Effect;
use callboard_contract::sanction::SanctionView;
use callboard_domain::{CallId, RoomId, SanctionKind, Scope, Uid};
use callboard_people::connections::Connection;

/// Against whom a sanction is, and what decides how far it reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aim<'a> {
    pub(crate) uid: &'a Uid,
    pub(crate) kind: SanctionKind,
    pub(crate) scope: &'a Scope,
}

impl<'a> From<&'a SanctionView> for Aim<'a> {
    fn from(sanction: &'a SanctionView) -> Self {
        Self { uid: &sanction.uid, kind: sanction.kind, scope: &sanction.scope }
    }
}

/// What a sanction reaches: where he still is, and may not be.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Calls that he is taken out of.
    pub(crate) out: BTreeSet<CallId>,
    /// Calls in which he is not heard any more.
    pub(crate) hushed: BTreeSet<CallId>,
    pub(crate) rooms: BTreeSet<RoomId>,
    /// Connections that are cut.
    pub(crate) connections: BTreeSet<Connection>,
}

impl Reach {
    /// What either of two reaches.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        self.out.append(&mut other.out);
        self.hushed.append(&mut other.hushed);
        self.rooms.append(&mut other.rooms);
        self.connections.append(&mut other.connections);
        self
    }

    /// All of it, as what a sanction would cut off.
    pub(crate) fn effect(&self) -> Effect {
        self.without(&Self::default())
    }

    /// What of it is gone, whoever did it: another worker may have been quicker.
    pub(crate) fn without(&self, still: &Self) -> Effect {
        let calls = self.out.difference(&still.out).chain(self.hushed.difference(&still.hushed));
        Effect {
            connections: number(self.connections.difference(&still.connections).count()),
            calls: calls.copied().collect(),
            rooms: self.rooms.difference(&still.rooms).copied().collect(),
            left: Vec::new(),
        }
    }

    /// What is left of a sanction that reaches this still.
    pub(crate) fn in_words(&self) -> Vec<String> {
        let mut left: Vec<String> = Vec::new();
        left.extend(self.out.iter().map(|call| format!("he is still in call {call}")));
        left.extend(self.hushed.iter().map(|call| format!("he is still heard in call {call}")));
        left.extend(self.rooms.iter().map(|room| format!("he is still in room {room}")));
        left.extend(match self.connections.len() {
            0 => None,
            n => Some(format!("{n} of his connections are still open")),
        });
        left
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(cid: u64) -> Connection {
        Connection { server_id: "A".to_owned(), cid }
    }

    #[test]
    fn what_another_was_quicker_to_cut_counts_and_what_is_still_open_does_not() {
        let (call, room) = (CallId::generate(), RoomId::generate());
        let before = Reach {
            out: [call].into(),
            rooms: [room].into(),
            connections: [connection(1), connection(2)].into(),
            ..Reach::default()
        };
        // The sweep took him out of the call and cut one connection before the hand looked; one came meanwhile.
        let seen =
            Reach { rooms: [room].into(), connections: [connection(2), connection(3)].into(), ..Reach::default() };
        let still = Reach { connections: [connection(3)].into(), ..Reach::default() };
        let effect = before.and(seen).without(&still);
        assert_eq!((effect.connections, effect.calls, effect.rooms), (2, vec![call], vec![room]));
        assert_eq!(still.in_words(), ["1 of his connections are still open"]);
        assert_eq!(Reach::default().in_words(), Vec::<String>::new());
    }
}
