//! Where somebody stands with a room: his row, what stands against him, and what he may do there now.
//!
//! Read in the transaction that obeys it, after the room was locked where something changes.

use std::collections::{BTreeMap, BTreeSet};

use callboard_domain::{
    At, RoomId, RoomKind, RoomMemberState, RoomPower, RoomRole, RoomState, SanctionKind, Scope, Uid,
};
use callboard_people::{blocks, sanctions};
use callboard_store::StoreError;
use sqlx::PgConnection;

use crate::Room;
use crate::member::{self, MemberRow};

/// Where somebody stands with a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// His row; absent if he never had to do with the room.
    pub member: Option<MemberRow>,
    /// His role, while he is joined.
    pub role: Option<RoomRole>,
    /// What he may do now: by his role, the room's state and what stands against him.
    pub powers: BTreeSet<RoomPower>,
    /// Until when he is muted, by whatever scope.
    pub muted_until: Option<At>,
    /// Whether a ban or a suspension keeps him out.
    pub banned: bool,
    /// In a conversation of two: whether one of them blocked the other, or the other declined it. He is not to be told which.
    pub blocked: bool,
}

/// What is taken from who may not speak.
const SPEECH: [RoomPower; 3] = [RoomPower::Speak, RoomPower::SpeakAlways, RoomPower::Attach];

impl Standing {
    /// Where one person stands with one room.
    pub async fn of(conn: &mut PgConnection, room: &Room, uid: &Uid) -> Result<Self, StoreError> {
        let mut all = Self::of_many(conn, std::slice::from_ref(room), &[(room.id, uid.clone())]).await?;
        all.remove(&(room.id, uid.clone()))
            .ok_or_else(|| StoreError::corrupt("a standing", "it was asked for and is not there"))
    }

    /// Where each of some pairs stands, with three statements however many there are. Pairs whose room is not among `rooms` are left out.
    pub async fn of_many(
        conn: &mut PgConnection,
        rooms: &[Room],
        who: &[(RoomId, Uid)],
    ) -> Result<BTreeMap<(RoomId, Uid), Self>, StoreError> {
        let pairs: Vec<(Uid, Uid)> = rooms.iter().filter_map(|room| room.pair.clone()).collect();
        let mut wanted = who.to_vec();
        wanted.extend(
            rooms
                .iter()
                .flat_map(|room| room.pair.iter().flat_map(|(a, b)| [(room.id, a.clone()), (room.id, b.clone())])),
        );
        wanted.sort_unstable();
        wanted.dedup();
        let rows = member::read(&mut *conn, &wanted).await?;
        let members: BTreeMap<(RoomId, Uid), MemberRow> =
            rows.into_iter().map(|row| ((row.room, row.uid.clone()), row)).collect();
        let uids: Vec<Uid> = who.iter().map(|(_, uid)| uid.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let against = sanctions::standing(&mut *conn, &uids).await?;
        let blocked = if pairs.is_empty() { BTreeSet::new() } else { blocks::among(conn, &pairs).await? };
        let rooms: BTreeMap<RoomId, &Room> = rooms.iter().map(|room| (room.id, room)).collect();
        let mut all = BTreeMap::new();
        for pair in who {
            let Some(room) = rooms.get(&pair.0) else { continue };
            let against = against.iter().filter(|s| s.uid == pair.1);
            let peer = room.peer_of(&pair.1).and_then(|peer| members.get(&(room.id, peer.clone())));
            let declined =
                peer.is_some_and(|peer| !matches!(peer.state, RoomMemberState::Joined | RoomMemberState::Invited));
            let blocked = declined || room.pair.as_ref().is_some_and(|two| blocked.contains(two));
            all.insert(pair.clone(), Self::new(room, members.get(pair).cloned(), against, blocked));
        }
        Ok(all)
    }

    fn new<'a>(
        room: &Room,
        member: Option<MemberRow>,
        against: impl Iterator<Item = &'a sanctions::Standing>,
        blocked: bool,
    ) -> Self {
        let (mut muted_until, mut banned) = (None, false);
        for sanction in against.filter(|s| covers(&s.scope, room)) {
            match sanction.kind {
                SanctionKind::Ban | SanctionKind::Suspend => banned = true,
                SanctionKind::Mute => muted_until = muted_until.max(sanction.until),
                SanctionKind::Warn | SanctionKind::Kick | SanctionKind::RestrictPayments => {}
            }
        }
        let role = member.as_ref().filter(|m| m.is_joined()).map(|m| m.role);
        let mut powers = match role {
            Some(role) if !banned && room.state != RoomState::Closed => room.powers.of(role),
            _ => BTreeSet::new(),
        };
        if room.kind == RoomKind::Direct {
            powers.retain(|power| SPEECH.contains(power));
        }
        let shut = room.state == RoomState::Locked && !powers.contains(&RoomPower::Lock);
        if muted_until.is_some() || shut || blocked {
            powers.retain(|power| !SPEECH.contains(power));
        }
        Self { member, role, powers, muted_until, banned, blocked }
    }

    /// Whether he is a member now.
    pub fn is_joined(&self) -> bool {
        self.role.is_some()
    }

    /// Whether he may do something now.
    pub fn may(&self, power: RoomPower) -> bool {
        self.powers.contains(&power)
    }

    /// Where his row says that he stands.
    pub fn state(&self) -> Option<RoomMemberState> {
        self.member.as_ref().map(|m| m.state)
    }
}

/// Whether a sanction of a scope holds in a room. A conversation of two is nobody's: no tenant's sanction holds in it.
pub fn covers(scope: &Scope, room: &Room) -> bool {
    match (scope, &room.tenant) {
        (scope, Some(tenant)) => scope.covers(tenant, Some(room.id)),
        (Scope::Platform, None) => true,
        (Scope::Room(id), None) => *id == room.id,
        (Scope::Tenant(_), None) => false,
    }
}
