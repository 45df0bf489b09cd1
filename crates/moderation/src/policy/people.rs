//! Whom policy lists keep out or keep silent, and which devices.

use std::collections::BTreeMap;

use callboard_domain::{DeviceId, ListName, PolicyEntry, PolicyKind, Recommendation, Scope, Uid};

/// The entries of enforced lists about people.
#[derive(Clone, Debug, Default)]
pub struct People(Listed);

/// The entries of enforced lists about devices. They hold where a device is known: when an app says hello and when it takes part in calls.
#[derive(Clone, Debug, Default)]
pub struct Devices(Listed);

/// Entries of one kind.
#[derive(Clone, Debug, Default)]
struct Listed {
    /// By their names.
    exact: BTreeMap<String, Kept>,
    /// Those with `*` and `?`.
    globs: Vec<(PolicyEntry, Kept)>,
}

/// What a list recommends about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Who follows the list.
    pub scope: Scope,
    /// The list.
    pub list: ListName,
    /// What it recommends.
    pub recommendation: Recommendation,
    /// The entry.
    pub entity: String,
    /// Why.
    pub reason: String,
}

impl Listed {
    fn add(&mut self, kind: PolicyKind, scope: &Scope, list: &ListName, entries: Vec<PolicyEntry>) {
        for entry in entries.into_iter().filter(|e| e.kind == kind) {
            let kept = Kept {
                scope: scope.clone(),
                list: list.clone(),
                recommendation: entry.recommendation,
                entity: entry.entity.clone(),
                reason: entry.reason.clone(),
            };
            if entry.entity.contains(['*', '?']) {
                self.globs.push((entry, kept));
            } else {
                let strictest = self.exact.entry(entry.entity.to_ascii_lowercase()).or_insert_with(|| kept.clone());
                if kept.recommendation > strictest.recommendation {
                    *strictest = kept;
                }
            }
        }
    }

    fn about(&self, kind: PolicyKind, name: &str) -> Option<&Kept> {
        let exact = self.exact.get(&name.to_ascii_lowercase());
        let globs = self.globs.iter().filter(|(entry, _)| entry.is_about(kind, name)).map(|(_, kept)| kept);
        exact.into_iter().chain(globs).max_by_key(|kept| kept.recommendation)
    }
}

impl People {
    /// Adds the entries of a list that a scope enforces.
    pub fn add(&mut self, scope: &Scope, list: &ListName, entries: Vec<PolicyEntry>) {
        self.0.add(PolicyKind::User, scope, list, entries);
    }

    /// Whether nobody is on the lists.
    pub fn is_empty(&self) -> bool {
        self.0.exact.is_empty() && self.0.globs.is_empty()
    }

    /// The strictest that lists say about somebody.
    pub fn about(&self, uid: &Uid) -> Option<&Kept> {
        self.0.about(PolicyKind::User, uid.as_str())
    }

    /// Whether somebody may not come in.
    pub fn keeps_out(&self, uid: &Uid) -> bool {
        self.about(uid).is_some_and(|kept| kept.recommendation == Recommendation::Ban)
    }

    /// Whether somebody may not speak.
    pub fn keeps_silent(&self, uid: &Uid) -> bool {
        self.about(uid).is_some_and(|kept| kept.recommendation >= Recommendation::Mute)
    }
}

impl Devices {
    /// Adds the entries of a list that the platform enforces.
    pub fn add(&mut self, list: &ListName, entries: Vec<PolicyEntry>) {
        self.0.add(PolicyKind::Device, &Scope::Platform, list, entries);
    }

    /// What keeps a device out, if anything does.
    pub fn against(&self, device: &DeviceId) -> Option<&Kept> {
        self.0.about(PolicyKind::Device, device.as_str()).filter(|kept| kept.recommendation == Recommendation::Ban)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_entry_counts() {
        let entry = |kind, entity: &str, recommendation| PolicyEntry {
            kind,
            entity: entity.into(),
            recommendation,
            reason: String::new(),
        };
        let mut people = People::default();
        let list = ListName::new("spam").expect("a name");
        let entries = vec![
            entry(PolicyKind::User, "spam-*", Recommendation::Mute),
            entry(PolicyKind::User, "spam-king", Recommendation::Ban),
            entry(PolicyKind::User, "odd", Recommendation::Flag),
            entry(PolicyKind::Device, "phone", Recommendation::Ban),
            entry(PolicyKind::Device, "farm-*", Recommendation::Ban),
            entry(PolicyKind::Device, "tablet", Recommendation::Flag),
        ];
        let mut devices = Devices::default();
        devices.add(&list, entries.clone());
        people.add(&Scope::Platform, &list, entries);
        people.add(&Scope::Platform, &list, vec![entry(PolicyKind::User, "Spam-King", Recommendation::Flag)]);
        let uid = |name: &str| Uid::new(name).expect("a name");
        let about = |name: &str| (people.keeps_out(&uid(name)), people.keeps_silent(&uid(name)));
        assert_eq!(about("spam-king"), (true, true));
        assert_eq!(about("SPAM-king"), (true, true), "names are compared without case");
        assert_eq!(about("spam-7"), (false, true));
        assert_eq!(about("odd"), (false, false));
        assert_eq!(about("phone"), (false, false));
        let device = |name: &str| devices.against(&DeviceId::new(name).expect("a name")).is_some();
        let out = ["phone", "Phone", "farm-7", "tablet", "spam-king"].map(device);
        assert_eq!(
            out,
            [true, true, true, false, false],
            "only a ban keeps a device out, and only an entry about devices"
        );
        assert!(people.about(&uid("odd")).is_some() && people.about(&uid("maya")).is_none());
    }
}
