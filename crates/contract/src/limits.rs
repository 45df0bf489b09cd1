//! The limits of the wire, each with its name in this one place.

/// The largest body that a worker reads. Client connections are cut to `MAX_CLIENT_PAYLOAD_BYTES` by the server before that.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest message of a client connection (the account's limit on the server).
pub const MAX_CLIENT_PAYLOAD_BYTES: usize = 16 * 1024;
/// Subscriptions of one client connection.
pub const MAX_CLIENT_SUBSCRIPTIONS: usize = 32;
/// The largest SDP or candidate that is relayed.
pub const MAX_SIGNAL_BYTES: usize = 14 * 1024;
/// The largest page of a list.
pub const MAX_PAGE: u32 = 500;
/// The page of a list where nothing is said.
pub const DEFAULT_PAGE: u32 = 50;
/// People in one mesh call, host included.
pub const MAX_MEMBERS: usize = 6;
/// Targets of one programme.
pub const MAX_TARGETS: usize = 8;
/// How loud a guest can be made in the mix, in thousandths of how he comes in.
pub const MAX_GAIN_PERMILLE: u32 = 4000;
/// The narrowest and the widest still, in pixels.
pub const STILL_WIDTHS: std::ops::RangeInclusive<u32> = 32..=640;
/// The width of a still where nothing is said.
pub const DEFAULT_STILL_WIDTH: u32 = 320;
/// The largest still as a JPEG: in base64 it fits into a reply.
pub const MAX_STILL_BYTES: usize = 40 * 1024;
/// A worker's report on a programme counts for so long, in milliseconds.
pub const STATUS_MS: i64 = 10_000;
/// Missed pushes handed out by one `session.sync`.
pub const MAX_SYNC: u32 = 200;
/// Users in one presence question.
pub const MAX_PRESENCE: usize = 200;
/// The longest note of a reason, in characters.
pub const MAX_NOTE_CHARS: usize = 500;
/// The longest display name, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// How often apps beat, in milliseconds.
pub const BEAT_MS: i64 = 5_000;
/// Silence that suspends a leg, in milliseconds.
pub const GRACE_MS: i64 = 10_000;
/// How long a call rings, in milliseconds.
pub const RING_MS: i64 = 45_000;
/// How long an accepted call may take to start, in milliseconds.
pub const JOIN_MS: i64 = 60_000;
/// The house counts as not listening after this long without a liveness row, in milliseconds.
pub const HOUSE_SILENCE_MS: i64 = 3_000;
/// The longest text of a message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 4000;
/// People mentioned in one message.
pub const MAX_MENTIONS: usize = 20;
/// Messages deleted by one request.
pub const MAX_DELETE: usize = 100;
/// Messages of one page of a room's history.
pub const MAX_MESSAGES: u32 = 100;
/// Different reactions of one user to a message.
pub const MAX_REACTIONS: usize = 10;
/// Pinned messages of a room.
pub const MAX_PINS: usize = 50;
/// The longest topic of a room, in characters.
pub const MAX_TOPIC_CHARS: usize = 300;
/// The most people in a room.
pub const MAX_ROOM_CAPACITY: u32 = 100_000;
/// Up to so many members hear of a room's news on the connection that they have.
pub const MAX_DIRECT_FAN_OUT: u32 = 200;
/// Rooms that a tenant may have open.
pub const MAX_ROOMS_OF_TENANT: i64 = 100;
/// What entering a room may cost, in coins.
pub const ENTRY_FEE_COINS: std::ops::RangeInclusive<i64> = 10..=50;
/// A ticket can be used for so long, in milliseconds.
pub const TICKET_MS: i64 = 30_000;
/// Typing shows for so long, in milliseconds.
pub const TYPING_MS: i64 = 6_000;
/// Requests per second that one user may make, on average; twice as many at once.
pub const REQUESTS_PER_SECOND: u32 = 50;
