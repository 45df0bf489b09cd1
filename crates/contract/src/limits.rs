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
/// The longest body of a message that only the two of a conversation can read, in characters of base64.
pub const MAX_ENCRYPTED_CHARS: usize = 12_000;
/// Messages that somebody may send to who has not answered his message request.
pub const MAX_REQUEST_MESSAGES: i64 = 3;
/// People mentioned in one message.
pub const MAX_MENTIONS: usize = 20;
/// Messages deleted by one request.
pub const MAX_DELETE: usize = 100;
/// Messages of one page of a room's history.
pub const MAX_MESSAGES: u32 = 100;
/// Different reactions of one user to a message.
pub const MAX_REACTIONS: usize = 10;
/// Different reactions to one message.
pub const MAX_EMOJI: usize = 50;
/// Pinned messages of a room.
pub const MAX_PINS: usize = 50;
/// The longest topic of a room, in characters.
pub const MAX_TOPIC_CHARS: usize = 300;
/// The most people in a room.
pub const MAX_ROOM_CAPACITY: u32 = 100_000;
/// Up to so many members hear of a room's news on the connection that they have.
pub const MAX_DIRECT_FAN_OUT: u32 = 200;
/// Up to so many members are told how far each of them read.
pub const MAX_RECEIPT_FAN_OUT: u32 = 50;
/// Unread messages of a room are counted up to so many.
pub const MAX_UNREAD_MESSAGES: i64 = 1000;
/// The longest question of a search, in characters.
pub const MAX_QUERY_CHARS: usize = 200;
/// Messages, members and changes of one answer take at most about so many bytes; the rest is for the next page.
pub const MAX_PAGE_BYTES: usize = 512 * 1024;
/// Typing is told at most so often of one user in one room, in milliseconds.
pub const TYPING_EVERY_MS: i64 = 2_000;
/// Rooms that a tenant may have open.
pub const MAX_ROOMS_OF_TENANT: i64 = 100;
/// What entering a room may cost, in coins.
pub const ENTRY_FEE_COINS: std::ops::RangeInclusive<i64> = 10..=50;
/// How many may be in a room where nothing is said.
pub const DEFAULT_ROOM_CAPACITY: u32 = 500;
/// The longest wait between two messages in slow mode, in milliseconds.
pub const LONGEST_SLOW_MODE_MS: i64 = 6 * 3600 * 1000;
/// The longest membership that speaking may ask for, in milliseconds.
pub const LONGEST_MEMBERS_ONLY_MS: i64 = 90 * 24 * 3600 * 1000;
/// How far ahead a host may promise to keep a room open, in milliseconds.
pub const LONGEST_PROMISE_MS: i64 = 366 * 24 * 3600 * 1000;
/// Invitations to one room that nobody has answered.
pub const MAX_INVITATIONS: i64 = 1000;
/// People whom one user may block.
pub const MAX_BLOCKS: i64 = 1000;
/// A temporary room closes after nobody was in it for so long, in milliseconds.
pub const EMPTY_ROOM_MS: i64 = 10 * 60 * 1000;
/// A ticket can be used for so long, in milliseconds.
pub const TICKET_MS: i64 = 30_000;
/// Typing shows for so long, in milliseconds.
pub const TYPING_MS: i64 = 6_000;
/// The longest text of a report, an appeal or a note on a case, in characters.
pub const MAX_REPORT_CHARS: usize = 2000;
/// Reports that one user may make in a day.
pub const MAX_REPORTS_PER_DAY: i64 = 30;
/// Messages that are frozen with a report: before the reported one, and after it.
pub const EVIDENCE_BEFORE: i64 = 20;
/// See [`EVIDENCE_BEFORE`].
pub const EVIDENCE_AFTER: i64 = 10;
/// The largest picture that can be attached, in bytes.
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// The largest voice note, in bytes.
pub const MAX_VOICE_BYTES: u64 = 5 * 1024 * 1024;
/// The largest video, in bytes.
pub const MAX_VIDEO_BYTES: u64 = 50 * 1024 * 1024;
/// The most pixels of a picture.
pub const MAX_PIXELS: u64 = 40_000_000;
/// The longer side of a thumbnail, in pixels.
pub const THUMBNAIL_PIXELS: u32 = 320;
/// The longest name of a file, in characters.
pub const MAX_FILE_NAME_CHARS: usize = 120;
/// An upload must begin within this time, in milliseconds.
pub const UPLOAD_MS: i64 = 10 * 60 * 1000;
/// Files of one user that were not sent yet.
pub const MAX_UNSENT_FILES: i64 = 20;
/// Bytes that one user may upload within a day.
pub const MAX_UPLOAD_BYTES_PER_DAY: i64 = 500 * 1024 * 1024;
/// A link to a file is good for so long for the one viewer whose it is, as long as he may read the message; in milliseconds.
pub const FILE_LINK_MS: i64 = 60 * 60 * 1000;
/// A link to a file in a room's news is good for so long, in milliseconds.
pub const NEWS_LINK_MS: i64 = 5 * 60 * 1000;
/// Devices of one user with keys in the directory.
pub const MAX_KEY_DEVICES: i64 = 20;
/// One-time keys in one request.
pub const MAX_ONE_TIME_KEYS: usize = 100;
/// One-time keys of one device that lie ready.
pub const MAX_ONE_TIME_KEYS_READY: i64 = 200;
/// One-time keys of one device that one user gets within a day; after that he gets the others only.
pub const MAX_ONE_TIME_KEYS_TAKEN: i64 = 10;
/// Up to so many unread notices are counted.
pub const MAX_UNREAD: u32 = 1000;
/// Requests per second that one user may make, on average; twice as many at once.
pub const REQUESTS_PER_SECOND: u32 = 50;
/// Requests per second of one user that may be refused for that, on average, before his connections are cut.
pub const REFUSALS_PER_SECOND: u32 = 50;
/// So many may be refused at once.
pub const MAX_REFUSALS_AT_ONCE: u32 = 500;
/// Who was cut for flooding may sign in again after so long, in milliseconds; twice as long each time that it happens again soon.
pub const FLOOD_PAUSE_MS: i64 = 2_000;
/// But not longer than this, in milliseconds.
pub const LONGEST_FLOOD_PAUSE_MS: i64 = 60_000;
/// It happens again soon if it is within this time, in milliseconds.
pub const FLOOD_REMEMBERED_MS: i64 = 10 * 60 * 1000;
/// Gifts that can be given at once.
pub const MAX_GIFT_COUNT: u32 = 99;
/// What a tip may come to, in coins.
pub const TIP_COINS: std::ops::RangeInclusive<i64> = 1..=10_000;
/// What one gift may cost, in coins.
pub const GIFT_COINS: std::ops::RangeInclusive<i64> = 1..=10_000;
/// The same gift again within so long goes on a streak, in milliseconds.
pub const STREAK_MS: i64 = 30_000;
/// Givers on one leaderboard.
pub const MAX_LEADERBOARD: u32 = 100;
/// Gifts of the catalogue, retired ones included.
pub const MAX_GIFTS: i64 = 200;
