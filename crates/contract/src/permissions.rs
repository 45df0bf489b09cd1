//! Who may publish and subscribe what, generated from the catalogue. The server enforces it at connect; nothing else does.

use std::collections::BTreeSet;

use callboard_domain::{Power, Role, RoomId};
use serde::Serialize;

use crate::catalogue::{CATALOGUE, Plane, Worker};
use crate::subject;

/// What a connection may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Permissions {
    /// Subjects that it may publish to.
    pub publish: Vec<String>,
    /// Subjects that it may subscribe to.
    pub subscribe: Vec<String>,
    /// Whether it may answer requests that it receives.
    pub allow_responses: bool,
}

impl Permissions {
    fn new(publish: BTreeSet<String>, subscribe: BTreeSet<String>, allow_responses: bool) -> Self {
        Self { publish: publish.into_iter().collect(), subscribe: subscribe.into_iter().collect(), allow_responses }
    }
}

/// A client app of one user: its own requests, its own pushes, its own inbox.
pub fn client(uid: &str) -> Permissions {
    let publish = services(Plane::Api).into_iter().map(|s| format!("api.v1.{uid}.{s}.*")).collect();
    let subscribe = [subject::pushes_of(uid), format!("{}.>", subject::inbox(uid))].into();
    Permissions::new(publish, subscribe, false)
}

/// The second connection of a user who hears a big room with a ticket: that room's news and nothing else.
pub fn listener(room: RoomId) -> Permissions {
    Permissions::new(BTreeSet::new(), [subject::room_pattern(room)].into(), false)
}

/// A member of staff: exactly the requests of the role, under the own name.
pub fn staff(role: Role, name: &str) -> Permissions {
    let mut publish: BTreeSet<String> = CATALOGUE
        .iter()
        .copied()
        .flatten()
        .filter(|spec| spec.plane == Plane::Adm && spec.power.is_some_and(|p| role.may(p)))
        .map(|spec| subject::request(spec, name))
        .collect();
    publish.extend(["$SRV.PING", "$SRV.INFO", "$SRV.STATS"].map(str::to_owned));
    let mut subscribe: BTreeSet<String> = [format!("{}.>", subject::inbox(name))].into();
    // Call events are what keeps a console current; money events need the power to read them.
    subscribe
        .extend([subject::CALL_EVENTS, subject::PROGRAMME_EVENTS, subject::ALL_PROGRAMME_STATUS].map(str::to_owned));
    if role.may(Power::SeeRooms) {
        subscribe.insert(subject::CASE_EVENTS.to_owned());
    }
    if role.may(Power::Events) {
        subscribe.insert(subject::ALL_EVENTS.to_owned());
    }
    Permissions::new(publish, subscribe, false)
}

/// A worker of the house.
pub fn worker(worker: Worker) -> Permissions {
    let name = worker.name();
    let mut subscribe: BTreeSet<String> = CATALOGUE
        .iter()
        .copied()
        .flatten()
        .filter(|spec| spec.worker == worker)
        .map(|spec| subject::service_pattern(spec.plane, spec.service))
        .collect();
    subscribe.insert(format!("{}.>", subject::inbox(&format!("worker_{name}"))));
    for verb in ["PING", "INFO", "STATS"] {
        subscribe.insert(format!("$SRV.{verb}"));
        subscribe.insert(format!("$SRV.{verb}.>"));
    }
    let heard = [subject::OUTBOX_WAKE, subject::HOUSE_PING, subject::GUARD_REFRESH, subject::ALL_EVENTS];
    subscribe.extend(heard.map(str::to_owned));
    let mut publish: BTreeSet<String> =
        ["u.>", subject::ALL_EVENTS, subject::OUTBOX_WAKE, subject::HOUSE_PING].map(str::to_owned).into();
    // Whoever is flooded has the flooder cut.
    publish.insert("svc.connection.*".to_owned());
    publish.insert(format!("$JS.API.STREAM.INFO.{}", subject::EVENT_STREAM));
    publish.insert(format!("$JS.API.DIRECT.GET.{}.>", subject::EVENT_STREAM));
    publish.insert(format!("$JS.API.DIRECT.GET.{}", subject::EVENT_STREAM));
    publish.insert(format!("$JS.API.STREAM.MSG.GET.{}", subject::EVENT_STREAM));
    // Whoever comes first makes the streams, and everybody brings them up to date; nobody may delete them.
    let mut streams =
        vec![subject::EVENT_STREAM.to_owned(), subject::jobs::STREAM.to_owned(), subject::presence_stream()];
    if worker == Worker::Rooms {
        streams.push(subject::files_stream());
    }
    for stream in streams {
        publish.insert(format!("$JS.API.STREAM.CREATE.{stream}"));
        publish.insert(format!("$JS.API.STREAM.UPDATE.{stream}"));
        publish.insert(format!("$JS.API.STREAM.INFO.{stream}"));
    }
    match worker {
        Worker::Signaling => {
            let bucket = subject::PRESENCE_BUCKET;
            publish.extend([
                format!("$KV.{bucket}.>"),
                format!("$JS.API.STREAM.INFO.KV_{bucket}"),
                format!("$JS.API.DIRECT.GET.KV_{bucket}.>"),
                format!("$JS.API.STREAM.MSG.GET.KV_{bucket}"),
                format!("$JS.API.CONSUMER.CREATE.KV_{bucket}.>"),
                format!("$JS.API.CONSUMER.CREATE.KV_{bucket}"),
                format!("$JS.API.CONSUMER.INFO.KV_{bucket}.>"),
                format!("$JS.API.CONSUMER.DELETE.KV_{bucket}.>"),
                "$JS.FC.>".to_owned(),
                "live.restream.signal.*".to_owned(),
            ]);
        }
        // The reconciliation reads the stream through a consumer of its own, made by name and deleted after.
        Worker::Billing => {
            let stream = subject::EVENT_STREAM;
            publish.extend([
                format!("$JS.API.CONSUMER.CREATE.{stream}"),
                format!("$JS.API.CONSUMER.CREATE.{stream}.>"),
                format!("$JS.API.CONSUMER.INFO.{stream}.>"),
                format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.>"),
                format!("$JS.API.CONSUMER.DELETE.{stream}.>"),
                format!("$JS.ACK.{stream}.>"),
                "$JS.FC.>".to_owned(),
                "svc.room.*".to_owned(),
            ]);
        }
        // It reads a file through a consumer that goes with the reading, and purges what a file was made of.
        Worker::Rooms => {
            let files = subject::files_stream();
            publish.extend(["room.>", "$JS.FC.>"].map(str::to_owned));
            publish.extend([
                format!("$O.{}.>", subject::FILES_BUCKET),
                format!("$JS.API.DIRECT.GET.{files}.>"),
                format!("$JS.API.STREAM.PURGE.{files}"),
                format!("$JS.API.CONSUMER.CREATE.{files}"),
                format!("$JS.API.CONSUMER.CREATE.{files}.>"),
                format!("$JS.API.CONSUMER.INFO.{files}.>"),
                format!("$JS.API.CONSUMER.DELETE.{files}.>"),
            ]);
        }
        Worker::Moderation => {
            publish.extend(["svc.room.*", subject::GUARD_REFRESH].map(str::to_owned));
            // Of what is on air where something is reported.
            publish.insert("live.restream.still.*".to_owned());
        }
        // Every copy asks for what is to be run and takes what it has room for.
        Worker::Restream => {
            publish.insert(subject::jobs::PROGRAMMES.to_owned());
            publish.extend(subject::jobs::consumer_requests(subject::jobs::RESTREAM));
            publish.extend([subject::ALL_RESTREAM.to_owned(), "svc.programme.*".to_owned()]);
            subscribe.insert(subject::ALL_RESTREAM.to_owned());
        }
    }
    Permissions::new(publish, subscribe, true)
}

fn services(plane: Plane) -> BTreeSet<&'static str> {
    CATALOGUE.iter().copied().flatten().filter(|spec| spec.plane == plane).map(|spec| spec.service).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_reaches_nothing_but_his_own() {
        let mine = client("maya");
        assert!(mine.publish.iter().all(|s| s.starts_with("api.v1.maya.")), "{mine:?}");
        assert_eq!(mine.subscribe, ["_INBOX.maya.>", "u.maya.>"]);
        assert!(!mine.allow_responses);
    }

    #[test]
    fn an_operator_cannot_even_ask_for_a_refund() {
        assert!(!staff(Role::Operator, "oskar").publish.iter().any(|s| s.contains("refund.create")));
        assert!(staff(Role::Finance, "fay").publish.contains(&"adm.v1.fay.refund.create".to_owned()));
    }
}
