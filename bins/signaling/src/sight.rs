//! What somebody sees of another's presence: what the other lets him see. Read at each answer and each push, so that nothing is seen any more
//! from the moment in which it was set.

use std::collections::{BTreeMap, BTreeSet};

use callboard_contract::api::presence::{Audience, Presence, PresencePrivacy, PresenceState};
use callboard_domain::Uid;
use callboard_people::{blocks, privacy};
use callboard_rooms::contacts;
use callboard_store::{Store, StoreError};

/// What one sees of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// How he is here.
    pub(crate) online: bool,
    last_seen: bool,
}

impl Sight {
    fn of(privacy: PresencePrivacy, himself: bool, contact: bool) -> Self {
        let sees = |audience| match audience {
            Audience::Everybody => true,
            Audience::Contacts => contact || himself,
            Audience::Nobody => himself,
        };
        let online = sees(privacy.online);
        Self { online, last_seen: online && sees(privacy.last_seen) }
    }

    /// A presence as it is seen: who is not seen is offline, as if he had never been here.
    pub(crate) fn of_presence(self, presence: &Presence) -> Presence {
        Presence {
            uid: presence.uid.clone(),
            state: if self.online { presence.state } else { PresenceState::Offline },
            last_seen: presence.last_seen.filter(|_| self.last_seen),
        }
    }
}

/// What somebody sees of some people.
pub(crate) async fn of_many(store: &Store, viewer: &Uid, uids: &[Uid]) -> Result<BTreeMap<Uid, Sight>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let set = privacy::of(&mut conn, uids).await?;
    let asked: Vec<Uid> = set.iter().filter(|(_, p)| needs_contacts(**p)).map(|(uid, _)| uid.clone()).collect();
    let contacts = contacts::among(&mut conn, viewer, &asked).await?;
    let pairs: Vec<(Uid, Uid)> = uids.iter().map(|uid| (uid.clone(), viewer.clone())).collect();
    let blocked = blocks::among(&mut conn, &pairs).await?;
    let sight = |uid: &Uid| {
        let privacy = privacy_of(set.get(uid).copied(), blocked.contains(&(uid.clone(), viewer.clone())));
        Sight::of(privacy, uid == viewer, contacts.contains(uid))
    };
    Ok(uids.iter().map(|uid| (uid.clone(), sight(uid))).collect())
}

/// What some people see of somebody.
pub(crate) async fn by_many(store: &Store, uid: &Uid, viewers: &[Uid]) -> Result<BTreeMap<Uid, Sight>, StoreError> {
    let mut conn = store.pool().acquire().await?;
    let set = privacy::of(&mut conn, std::slice::from_ref(uid)).await?.remove(uid);
    let contacts =
        if set.is_some_and(needs_contacts) { contacts::among(&mut conn, uid, viewers).await? } else { BTreeSet::new() };
    let pairs: Vec<(Uid, Uid)> = viewers.iter().map(|viewer| (uid.clone(), viewer.clone())).collect();
    let blocked = blocks::among(&mut conn, &pairs).await?;
    let sight = |viewer: &Uid| {
        let privacy = privacy_of(set, blocked.contains(&(uid.clone(), viewer.clone())));
        Sight::of(privacy, uid == viewer, contacts.contains(viewer))
    };
    Ok(viewers.iter().map(|viewer| (viewer.clone(), sight(viewer))).collect())
}

fn privacy_of(set: Option<PresencePrivacy>, blocked: bool) -> PresencePrivacy {
    if blocked {
        return PresencePrivacy { online: Audience::Nobody, last_seen: Audience::Nobody };
    }
    set.unwrap_or_default()
}

fn needs_contacts(privacy: PresencePrivacy) -> bool {
    [privacy.online, privacy.last_seen].contains(&Audience::Contacts)
}

#[cfg(test)]
mod tests {
    use callboard_domain::At;

    use super::*;

    #[test]
    fn who_does_not_see_that_somebody_is_here_does_not_see_when_he_was() {
        use Audience::{Contacts, Everybody, Nobody};
        let here = Presence {
            uid: Uid::new("maya").expect("a name"),
            state: PresenceState::Online,
            last_seen: Some(At::from_ms(5)),
        };
        let seen = |online, last_seen, himself, contact| {
            let seen = Sight::of(PresencePrivacy { online, last_seen }, himself, contact).of_presence(&here);
            (seen.state == PresenceState::Online, seen.last_seen.is_some())
        };
        for (online, last_seen, stranger, contact) in [
            (Everybody, Everybody, (true, true), (true, true)),
            (Everybody, Contacts, (true, false), (true, true)),
            (Everybody, Nobody, (true, false), (true, false)),
            (Contacts, Everybody, (false, false), (true, true)),
            (Contacts, Nobody, (false, false), (true, false)),
            (Nobody, Everybody, (false, false), (false, false)),
        ] {
            assert_eq!(seen(online, last_seen, false, false), stranger, "{online:?} {last_seen:?}");
            assert_eq!(seen(online, last_seen, false, true), contact, "{online:?} {last_seen:?}");
            assert_eq!(seen(online, last_seen, true, false), (true, true), "himself");
        }
    }
}
