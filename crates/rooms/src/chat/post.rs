//! Sending: many messages of many people in many rooms in one transaction.
//!
//! The rooms are locked in the order of their ids; then all that the rules need is read with a fixed number of statements, each message
//! is judged in the order in which it came, and those that are taken are written with one statement. A message that came before, by room,
//! author and the id of the author's app, is answered and not written again.

use std::collections::{BTreeMap, BTreeSet};

use callboard_contract::limits::MAX_REQUEST_MESSAGES;
use callboard_contract::room::{AttachmentView, MessageKind, MessageView, RoomChange};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{
    At, AttachmentId, MessageId, RequestId, RoomId, RoomKind, RoomMemberState, RoomPower, RoomState, Uid,
};
use callboard_store::{StoreError, now};
use sqlx::PgConnection;
use uuid::Uuid;

use super::draft::{Draft, Verdict, needs_attachment, no_reply};
use super::message::{self, Key, wire};
use super::notify;
use super::reader::no_reader;
use crate::attachments::{self, Ready};
use crate::franking::Commitment;
use crate::{Room, Standing, Told, row};

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The message; for one that came before, as it is now.
    pub message: MessageView,
    /// What members are to be told; nothing if it came before.
    pub told: Option<Told>,
}

/// Takes messages, each by itself: the result of each, in the order in which they came. To be committed whatever the results are.
pub async fn post(conn: &mut PgConnection, drafts: &[Draft]) -> Result<Vec<Result<Posted, ApiError>>, StoreError> {
    let mut batch = Batch::read(&mut *conn, drafts).await?;
    let results = drafts.iter().map(|draft| batch.take(draft)).collect();
    batch.write(conn).await?;
    Ok(results)
}

type Sent = (RoomId, Uid, RequestId);

struct Batch {
    now: At,
    rooms: BTreeMap<RoomId, Room>,
    standings: BTreeMap<(RoomId, Uid), Standing>,
    before: BTreeMap<Sent, (Vec<u8>, MessageView)>,
    answered: BTreeSet<Key>,
    /// Files that were uploaded and not yet sent.
    files: BTreeMap<AttachmentId, Ready>,
    /// How much who waits for an answer to his message request has sent.
    asked: BTreeMap<RoomId, i64>,
    new: Vec<New>,
}

struct New {
    hash: Vec<u8>,
    commitment: Option<Commitment>,
    message: MessageView,
}

impl Batch {
    async fn read(conn: &mut PgConnection, drafts: &[Draft]) -> Result<Self, StoreError> {
        let ids: Vec<RoomId> = drafts.iter().map(|d| d.room).collect::<BTreeSet<_>>().into_iter().collect();
        let rooms = row::lock(&mut *conn, &ids).await?;
        let mut who: BTreeSet<(RoomId, Uid)> = drafts.iter().map(|d| (d.room, d.author.clone())).collect();
        for (room, pair) in rooms.iter().filter_map(|room| Some((room.id, room.pair.as_ref()?))) {
            who.extend([(room, pair.0.clone()), (room, pair.1.clone())]);
        }
        let who: Vec<(RoomId, Uid)> = who.into_iter().collect();
        let standings = Standing::of_many(&mut *conn, &rooms, &who).await?;
        let before = sent_before(&mut *conn, drafts).await?;
        let answered = answered(&mut *conn, drafts).await?;
        let files: Vec<AttachmentId> = drafts.iter().filter_map(|d| d.attachment).collect();
        let files = attachments::ready(&mut *conn, &files).await?;
        let rooms: BTreeMap<RoomId, Room> = rooms.into_iter().map(|room| (room.id, room)).collect();
        let (asked, new) = (BTreeMap::new(), Vec::new());
        let mut batch = Self { now: At::from_ms(0), rooms, standings, before, answered, files, asked, new };
        batch.asked = batch.requests(&mut *conn).await?;
        batch.now = now(conn).await?;
        Ok(batch)
    }

    /// How much was sent in conversations that the other one has not answered.
    async fn requests(&self, conn: &mut PgConnection) -> Result<BTreeMap<RoomId, i64>, StoreError> {
        let waits = |((room, _), standing): (&(RoomId, Uid), &Standing)| {
            let direct = self.rooms.get(room).is_some_and(|r| r.kind == RoomKind::Direct);
            (direct && standing.state() == Some(RoomMemberState::Invited)).then(|| room.as_uuid())
        };
        let ids: Vec<Uuid> = self.standings.iter().filter_map(waits).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = sqlx::query!(
            "select room_id, count(*) as \"count!\" from rooms.messages where room_id = any($1) group by room_id",
            &ids
        )
        .fetch_all(conn)
        .await?;
        Ok(rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), r.count)).collect())
    }

    fn take(&mut self, draft: &Draft) -> Result<Posted, ApiError> {
        let sent = (draft.room, draft.author.clone(), draft.client_id.clone());
        if let Some((hash, message)) = self.before.get(&sent) {
            if *hash == draft.hash {
                return Ok(Posted { message: message.clone(), told: None });
            }
            let text = format!("request id {} was used for another message; take a new one", draft.client_id);
            return Err(ApiError::new(ErrorCode::Conflict, text).on_field("request_id"));
        }
        self.judge(draft)?;
        let attachment = self.file(draft)?;
        let room = self.rooms.get_mut(&draft.room).expect("a judged message has a room");
        let seq = wire(room.advance());
        let message = MessageView {
            room_id: draft.room,
            message_id: MessageId::generate(),
            seq,
            changed: seq,
            author: draft.author.clone(),
            client_id: draft.client_id.to_string(),
            at: self.now,
            kind: draft.kind,
            body: draft.body.clone(),
            reply_to: draft.reply_to.map(wire),
            mentions: draft.mentions.clone(),
            attachment,
            gift: None,
            franking: draft.commitment.map(message::franking),
            reactions: Vec::new(),
            edited_at: None,
            deleted_at: None,
            deleted_by_others: false,
            pinned: false,
            held: draft.verdict == Verdict::Hold,
        };
        let told = Told::of(room, RoomChange::Message { message: message.clone() });
        if let Some(member) =
            self.standings.get_mut(&(draft.room, draft.author.clone())).and_then(|s| s.member.as_mut())
        {
            member.last_sent = Some(self.now);
        }
        if let Some(asked) = self.asked.get_mut(&draft.room) {
            *asked += 1;
        }
        self.before.insert(sent, (draft.hash.clone(), message.clone()));
        self.new.push(New { hash: draft.hash.clone(), commitment: draft.commitment, message: message.clone() });
        Ok(Posted { message, told: Some(told) })
    }

    fn judge(&self, draft: &Draft) -> Result<(), ApiError> {
        let no = |code, text: String, field: &str| Err(ApiError::new(code, text).on_field(field));
        let missing = || {
            no(ErrorCode::NotFound, format!("there is no room {}, or it is not yours to see", draft.room), "room_id")
        };
        let Some(room) = self.rooms.get(&draft.room) else { return missing() };
        let Some(standing) = self.standings.get(&(draft.room, draft.author.clone())) else { return missing() };
        if !standing.is_joined() || standing.banned {
            if room.kind == RoomKind::Direct && standing.state() == Some(RoomMemberState::Invited) && !standing.banned {
                return no(
                    ErrorCode::Conflict,
                    "answer the message request first (rooms.answer_direct)".to_owned(),
                    "room_id",
                );
            }
            return Err(no_reader(room, standing));
        }
        if room.state == RoomState::Closed {
            return no(ErrorCode::Conflict, "this room is closed; it takes no messages".to_owned(), "room_id");
        }
        if room.kind == RoomKind::Direct {
            self.judge_direct(room, standing, draft)?;
        }
        self.judge_speech(room, standing, draft)?;
        if draft.kind == MessageKind::Encrypted && room.kind != RoomKind::Direct {
            return no(ErrorCode::BadRequest, "encrypted messages are for conversations of two".to_owned(), "kind");
        }
        if let Some(seq) = draft.reply_to.filter(|seq| !self.answered.contains(&(draft.room, *seq))) {
            return Err(no_reply(Some(wire(seq))));
        }
        match &draft.verdict {
            Verdict::Refuse(error) => Err(error.clone()),
            Verdict::Pass | Verdict::Hold => Ok(()),
        }
    }

    /// The file that goes with a message. It goes with one only.
    fn file(&mut self, draft: &Draft) -> Result<Option<AttachmentView>, ApiError> {
        let Some(id) = draft.attachment else { return Ok(None) };
        let ready = self.files.get(&id).ok_or_else(attachments::not_ready)?;
        let view = ready.for_message(&draft.author, draft.room, draft.kind)?;
        self.files.remove(&id);
        Ok(Some(view))
    }

    /// The other one is not to be told on: whether he blocked, declined or left looks the same.
    fn judge_direct(&self, room: &Room, standing: &Standing, draft: &Draft) -> Result<(), ApiError> {
        let no = |code, text: String| Err(ApiError::new(code, text).on_field("room_id"));
        let peer = room.peer_of(&draft.author).and_then(|peer| self.standings.get(&(room.id, peer.clone())));
        let state = peer.filter(|_| !standing.blocked).and_then(Standing::state);
        match state {
            Some(RoomMemberState::Joined) => Ok(()),
            Some(RoomMemberState::Invited)
                if self.asked.get(&room.id).copied().unwrap_or_default() < MAX_REQUEST_MESSAGES =>
            {
                Ok(())
            }
            Some(RoomMemberState::Invited) => {
                let text = format!(
                    "at most {MAX_REQUEST_MESSAGES} messages go to who has not answered yet; wait for his answer"
                );
                no(ErrorCode::Limit, text)
            }
            _ => no(ErrorCode::Forbidden, "this conversation takes no messages now".to_owned()),
        }
    }

    fn judge_speech(&self, room: &Room, standing: &Standing, draft: &Draft) -> Result<(), ApiError> {
        let no = |code, text: String| ApiError::new(code, text).on_field("room_id");
        let until = |at: At| u64::try_from(at.since(self.now).as_ms()).unwrap_or_default();
        if let Some(muted) = standing.muted_until {
            let text = format!("you are muted in this room until {muted}");
            return Err(no(ErrorCode::Forbidden, text).retry_after(until(muted)));
        }
        if !standing.may(RoomPower::Speak) {
            let locked = room.state == RoomState::Locked;
            let text = if locked { "this room is locked" } else { "your role may not speak in this room" };
            return Err(no(ErrorCode::Forbidden, text.to_owned()));
        }
        if (needs_attachment(draft.kind) || draft.attachment.is_some()) && !standing.may(RoomPower::Attach) {
            return Err(no(ErrorCode::Forbidden, "your role may send no attachments in this room".to_owned()));
        }
        if standing.may(RoomPower::SpeakAlways) {
            return Ok(());
        }
        let Some(member) = &standing.member else { return Ok(()) };
        if let Some(from) = room.members_only.map(|span| member.since.plus(span)).filter(|from| *from > self.now) {
            let text = "only who has been a member for longer may speak in this room".to_owned();
            return Err(no(ErrorCode::Forbidden, text).retry_after(until(from)));
        }
        let next = room.slow_mode.and_then(|span| Some(member.last_sent?.plus(span)));
        if let Some(next) = next.filter(|next| *next > self.now) {
            let text = "this room is in slow mode; wait before the next message".to_owned();
            return Err(no(ErrorCode::RateLimited, text).retry_after(until(next)));
        }
        Ok(())
    }

    async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.new.is_empty() {
            return Ok(());
        }
        self.insert(&mut *conn).await?;
        let files: Vec<&AttachmentView> = self.new.iter().filter_map(|n| n.message.attachment.as_ref()).collect();
        attachments::send(&mut *conn, &files).await?;
        let touched: BTreeSet<RoomId> = self.new.iter().map(|n| n.message.room_id).collect();
        let rooms: Vec<&Room> = touched.iter().filter_map(|id| self.rooms.get(id)).collect();
        let ids: Vec<Uuid> = rooms.iter().map(|r| r.id.as_uuid()).collect();
        let heads: Vec<i64> = rooms.iter().map(|r| r.head).collect();
        sqlx::query!(
            "update rooms.rooms r set head = n.head, touched_ms = $3 from unnest($1::uuid[], $2::bigint[]) n (id, head) where r.id = n.id",
            &ids,
            &heads,
            self.now.as_ms()
        )
        .execute(&mut *conn)
        .await?;
        self.note_senders(&mut *conn).await?;
        let messages: Vec<&MessageView> = self.new.iter().map(|n| &n.message).collect();
        notify::tell(conn, &self.rooms, &messages).await
    }

    async fn insert(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        let of = |f: &dyn Fn(&MessageView) -> String| self.new.iter().map(|n| f(&n.message)).collect::<Vec<String>>();
        let rooms: Vec<Uuid> = self.new.iter().map(|n| n.message.room_id.as_uuid()).collect();
        let seqs: Vec<i64> = self.new.iter().map(|n| stored(n.message.seq)).collect();
        let ids: Vec<Uuid> = self.new.iter().map(|n| n.message.message_id.as_uuid()).collect();
        let hashes: Vec<Vec<u8>> = self.new.iter().map(|n| n.hash.clone()).collect();
        let replies: Vec<Option<i64>> = self.new.iter().map(|n| n.message.reply_to.map(stored)).collect();
        let files: Vec<Option<Uuid>> =
            self.new.iter().map(|n| n.message.attachment.as_ref().map(|a| a.attachment_id.as_uuid())).collect();
        let commitments: Vec<Option<Vec<u8>>> =
            self.new.iter().map(|n| n.commitment.as_ref().map(|c| c.as_bytes().to_vec())).collect();
        let held: Vec<bool> = self.new.iter().map(|n| n.message.held).collect();
        // No name holds a comma.
        let mentions = of(&|m| m.mentions.iter().map(Uid::as_str).collect::<Vec<_>>().join(","));
        sqlx::query!(
            "insert into rooms.messages (room_id, seq, id, author, client_id, body_hash, at_ms, kind, body, reply_to, mentions, held,
                 attachment_id, commitment, changed)
             select n.room_id, n.seq, n.id, n.author, n.client_id, n.body_hash, $12, n.kind, n.body, n.reply_to,
                 string_to_array(n.mentions, ','), n.held, n.attachment_id, n.commitment, n.seq
             from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::bigint[],
                 $10::text[], $11::boolean[], $13::uuid[], $14::bytea[])
                 n (room_id, seq, id, author, client_id, body_hash, kind, body, reply_to, mentions, held, attachment_id, commitment)",
            &rooms,
            &seqs,
            &ids,
            &of(&|m| m.author.to_string()),
            &of(&|m| m.client_id.clone()),
            &hashes,
            &of(&|m| m.kind.as_str().to_owned()),
            &of(&|m| m.body.clone()),
            &replies as &[Option<i64>],
            &mentions,
            &held,
            self.now.as_ms(),
            &files as &[Option<Uuid>],
            &commitments as &[Option<Vec<u8>>]
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// When somebody last wrote is kept where it matters: in slow mode.
    async fn note_senders(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        let slow = |m: &&New| self.rooms.get(&m.message.room_id).is_some_and(|room| room.slow_mode.is_some());
        let who: BTreeSet<(Uuid, String)> =
            self.new.iter().filter(slow).map(|n| (n.message.room_id.as_uuid(), n.message.author.to_string())).collect();
        if who.is_empty() {
            return Ok(());
        }
        let (rooms, uids): (Vec<Uuid>, Vec<String>) = who.into_iter().unzip();
        sqlx::query!(
            "update rooms.members m set last_sent_ms = $3 from unnest($1::uuid[], $2::text[]) n (room_id, uid)
             where m.room_id = n.room_id and m.uid = n.uid",
            &rooms,
            &uids,
            self.now.as_ms()
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

pub(super) fn stored(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What came before, by room, author and the id of the author's app.
async fn sent_before(
    conn: &mut PgConnection,
    drafts: &[Draft],
) -> Result<BTreeMap<Sent, (Vec<u8>, MessageView)>, StoreError> {
    let rooms: Vec<Uuid> = drafts.iter().map(|d| d.room.as_uuid()).collect();
    let authors: Vec<String> = drafts.iter().map(|d| d.author.to_string()).collect();
    let clients: Vec<String> = drafts.iter().map(|d| d.client_id.to_string()).collect();
    let rows = sqlx::query!(
        "select distinct m.room_id, m.seq from unnest($1::uuid[], $2::text[], $3::text[]) n (room_id, author, client_id)
         join rooms.messages m using (room_id, author, client_id)",
        &rooms,
        &authors,
        &clients
    )
    .fetch_all(&mut *conn)
    .await?;
    let keys: Vec<Key> = rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), r.seq)).collect();
    let messages = message::read(conn, &keys).await?;
    let read = |m: message::Message| {
        let client =
            RequestId::new(m.view.client_id.clone()).map_err(|e| StoreError::corrupt("a message's request id", e))?;
        Ok(((m.view.room_id, m.author, client), (m.hash, m.view)))
    };
    messages.into_iter().map(read).collect()
}

/// Those messages that are answered, which are there and not held.
async fn answered(conn: &mut PgConnection, drafts: &[Draft]) -> Result<BTreeSet<Key>, StoreError> {
    let keys: Vec<Key> = drafts.iter().filter_map(|d| Some((d.room, d.reply_to?))).collect();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (rooms, seqs): (Vec<Uuid>, Vec<i64>) = keys.iter().map(|(room, seq)| (room.as_uuid(), *seq)).unzip();
    let rows = sqlx::query!(
        "select m.room_id as \"room_id!\", m.seq as \"seq!\" from unnest($1::uuid[], $2::bigint[]) n (room_id, seq)
         join rooms.messages m using (room_id, seq) where not m.held",
        &rooms,
        &seqs
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (RoomId::from_uuid(r.room_id), r.seq)).collect())
}
