//! Subjects. The principal is always token 3 of a request, so that the server's permissions fix who is asking.

pub mod jobs;

use callboard_domain::{EventId, ProgrammeId, RoomId, StaffName, Uid};

use crate::catalogue::{EndpointSpec, Plane};

/// Who a request is made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user's client app.
    User(Uid),
    /// A member of staff.
    Staff(StaffName),
    /// A worker of the house.
    Worker,
}

impl Principal {
    /// The name that stands in the subject and in stored answers.
    pub fn name(&self) -> &str {
        match self {
            Self::User(uid) => uid.as_str(),
            Self::Staff(name) => name.as_str(),
            Self::Worker => "worker",
        }
    }
}

/// The subject on which an endpoint is asked by a principal.
pub fn request(endpoint: &EndpointSpec, principal: &str) -> String {
    match endpoint.plane {
        Plane::Api => format!("api.v1.{principal}.{}.{}", endpoint.service, endpoint.verb),
        Plane::Adm => format!("adm.v1.{principal}.{}.{}", endpoint.service, endpoint.verb),
        Plane::Svc => format!("svc.{}.{}", endpoint.service, endpoint.verb),
    }
}

/// The pattern on which a worker listens for all verbs of a service, known or not.
pub fn service_pattern(plane: Plane, service: &str) -> String {
    match plane {
        Plane::Api => format!("api.v1.*.{service}.*"),
        Plane::Adm => format!("adm.v1.*.{service}.*"),
        Plane::Svc => format!("svc.{service}.*"),
    }
}

/// The parts of a request's subject: plane, principal's name, service, verb.
pub fn parse(subject: &str) -> Option<(Plane, &str, &str, &str)> {
    let tokens: Vec<&str> = subject.split('.').collect();
    match tokens[..] {
        ["api", "v1", principal, service, verb] => Some((Plane::Api, principal, service, verb)),
        ["adm", "v1", principal, service, verb] => Some((Plane::Adm, principal, service, verb)),
        ["svc", service, verb] => Some((Plane::Svc, "worker", service, verb)),
        _ => None,
    }
}

/// The subject of a push to one user: `u.<uid>.<service>.<event>`; `event` is `service.event` as in [`crate::PUSHES`].
pub fn push(uid: &Uid, event: &str) -> String {
    format!("u.{uid}.{event}")
}

/// All pushes to one user.
pub fn pushes_of(uid: &str) -> String {
    format!("u.{uid}.>")
}

/// All that a big room tells those who hear it with a ticket.
pub fn room_pattern(room: RoomId) -> String {
    format!("room.{room}.>")
}

/// The subject of a push to all who hear a room with a ticket; `event` is `chat.news` and so on.
pub fn room_push(room: RoomId, event: &str) -> String {
    format!("room.{room}.{event}")
}

/// The subject of an event on the stream: `evt.<domain>.<event>.<id of the entity>`; `event` is `domain.event`.
pub fn event(event: &str, entity: &str) -> String {
    format!("evt.{event}.{entity}")
}

/// All events.
pub const ALL_EVENTS: &str = "evt.>";
/// All events about calls.
pub const CALL_EVENTS: &str = "evt.call.>";
/// All events about programmes.
pub const PROGRAMME_EVENTS: &str = "evt.programme.>";
/// All that programmes and their workers say to each other and to consoles.
pub const ALL_RESTREAM: &str = "live.restream.>";
/// Reports on all programmes.
pub const ALL_PROGRAMME_STATUS: &str = "live.restream.status.*";
/// A worker that wrote to the outbox says so here; the relay then need not wait for its next look.
pub const OUTBOX_WAKE: &str = "live.outbox.wake";
/// The worker that flushes liveness asks itself through the server here, once a second.
pub const HOUSE_PING: &str = "live.house.ping";
/// Who may not be here has changed: every worker reads the list anew at once.
pub const GUARD_REFRESH: &str = "live.guard.refresh";
/// All events about cases.
pub const CASE_EVENTS: &str = "evt.case.>";
/// The name of the event stream.
pub const EVENT_STREAM: &str = "EVT";
/// The name of the presence bucket.
pub const PRESENCE_BUCKET: &str = "presence";
/// The name of the bucket of files that are attached to messages.
pub const FILES_BUCKET: &str = "files";
/// The header of every push, with the id of its event. Replies never carry it.
pub const PUSH_HEADER: &str = "Ev";

/// Where members' signals to a programme go: [`crate::programme::ToProgramme`].
pub fn programme_signal(programme: ProgrammeId) -> String {
    format!("live.restream.signal.{programme}")
}

/// Where the worker of a programme reports once a second: [`crate::programme::ProgrammeStatus`].
pub fn programme_status(programme: ProgrammeId) -> String {
    format!("live.restream.status.{programme}")
}

/// Where the worker of a programme answers for its viewers: [`crate::adm::viewers::Question`].
pub fn programme_viewers(programme: ProgrammeId) -> String {
    format!("live.restream.viewers.{programme}")
}

/// Where the worker of a programme answers for stills: [`crate::programme::StillRequest`].
pub fn programme_still(programme: ProgrammeId) -> String {
    format!("live.restream.still.{programme}")
}

/// The inbox prefix of a connection: its own, so that nobody can listen to another's replies.
pub fn inbox(name: &str) -> String {
    format!("_INBOX.{name}")
}

/// The message id of an event, by which the stream drops repeats.
pub fn message_id(event: EventId) -> String {
    event.to_string()
}

/// Where a reply may go: an inbox, or what the server puts in its place between accounts. Anything else would let a caller aim
/// a worker's reply at somebody's request subject, so workers do not answer there. Staff get replies in their own inbox only.
pub fn may_reply_to(plane: Plane, principal: &str, reply: &str) -> bool {
    match plane {
        Plane::Api => reply.starts_with("_R_.") || reply.starts_with("_INBOX."),
        Plane::Adm => {
            reply.strip_prefix("_INBOX.").and_then(|r| r.strip_prefix(principal)).is_some_and(|r| r.starts_with('.'))
        }
        Plane::Svc => reply.starts_with("_INBOX."),
    }
}

/// The stream behind the presence bucket.
pub fn presence_stream() -> String {
    format!("KV_{PRESENCE_BUCKET}")
}

/// The stream behind the bucket of files.
pub fn files_stream() -> String {
    format!("OBJ_{FILES_BUCKET}")
}

/// The subjects of the bucket of files: pieces, and what each file is.
pub fn files_subjects() -> [String; 2] {
    [format!("$O.{FILES_BUCKET}.C.>"), format!("$O.{FILES_BUCKET}.M.>")]
}

/// The subjects of the presence bucket.
pub fn presence_subjects() -> String {
    format!("$KV.{PRESENCE_BUCKET}.>")
}

/// The subject of a user in the presence bucket.
pub fn presence(uid: &Uid) -> String {
    format!("$KV.{PRESENCE_BUCKET}.{uid}")
}

/// The subjects of micro discovery on which one instance of a service listens: for all, for the service, for the instance.
pub fn discovery(verb: &str, service: &str, id: &str) -> [String; 3] {
    [discovery_all(verb), format!("$SRV.{verb}.{service}"), format!("$SRV.{verb}.{service}.{id}")]
}

/// The subject on which every service answers: `PING`, `INFO` or `STATS`.
pub fn discovery_all(verb: &str) -> String {
    format!("$SRV.{verb}")
}

/// The key of a user in the presence bucket.
pub fn presence_key(uid: &Uid) -> String {
    uid.to_string()
}

/// Subjects of nats-server itself, asked and heard by the sign-in alone.
pub mod system {
    /// The server asks here who somebody is.
    pub const SIGN_IN: &str = "$SYS.REQ.USER.AUTH";
    /// Every server answers with its connections.
    pub const ALL_CONNECTIONS: &str = "$SYS.REQ.SERVER.PING.CONNZ";

    /// The server tells that a connection of an account came up.
    pub fn connected(account: &str) -> String {
        format!("$SYS.ACCOUNT.{account}.CONNECT")
    }

    /// The server tells that a connection of an account is gone.
    pub fn disconnected(account: &str) -> String {
        format!("$SYS.ACCOUNT.{account}.DISCONNECT")
    }

    /// Asks a server to cut a connection.
    pub fn kick(server_id: &str) -> String {
        format!("$SYS.REQ.SERVER.{server_id}.KICK")
    }
}
