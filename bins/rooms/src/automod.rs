//! What rules and policy lists say of those who send and come in. Rules are held compiled, and looked at anew at most a second later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_contract::api::chat::EditRequest;
use callboard_contract::room::{MessageKind, MessageView};
use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::{
    Facts, Hit, MessageId, Millis, RequestId, RoomId, RoomKind, RuleAction, SanctionKind, Scope, Uid, clean,
};
use callboard_moderation::automod::{self, NewHit, Rules};
use callboard_moderation::policy::People;
use callboard_people::sanctions::{self, NewSanction};
use callboard_people::users;
use callboard_rooms::chat::{Draft, Verdict};
use callboard_rooms::{judged, row};
use callboard_store::{Store, StoreError, now};
use callboard_worker::{answer, attempt};

/// Rules are not older than this.
const FRESH: Duration = Duration::from_millis(800);
/// Rooms whose rules are held; when there are more, all are read anew.
const MAX_ROOMS: usize = 20_000;
/// As whom rules act.
const ACTOR: &str = "house:automod";

/// The rules of the rooms in which something is said.
#[derive(Debug)]
pub(crate) struct Watch {
    store: Store,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    looked: Option<Instant>,
    version: i64,
    rooms: HashMap<RoomId, Arc<InRoom>>,
    /// Most rooms have no rules of their own: those of the same scopes are held once.
    rules: HashMap<Vec<Scope>, Arc<Rules>>,
}

#[derive(Debug)]
struct InRoom {
    direct: bool,
    rules: Arc<Rules>,
}

/// What rules said of a draft: to be noted once it is known what became of it.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    hits: Vec<Hit>,
    body: String,
    mute: Option<Millis>,
    /// With what a message is refused.
    refusal: Option<ApiError>,
}

impl Watch {
    pub(crate) fn new(store: &Store) -> Self {
        Self { store: store.clone(), held: Mutex::default() }
    }

    /// Judges a message before it is sent, and says so in the draft.
    pub(crate) async fn judge(&self, draft: &mut Draft) -> Result<Judged, ApiError> {
        let mentions = draft.mentions.len();
        let text = Text {
            room: draft.room,
            author: &draft.author,
            new: Some(&draft.client_id),
            kind: draft.kind,
            body: &draft.body,
            mentions,
        };
        let (verdict, judged) = self.judge_text(&text).await?;
        draft.verdict = verdict;
        Ok(judged)
    }

    /// Judges the new text of a message.
    pub(crate) async fn judge_edit(&self, author: &Uid, request: &EditRequest) -> Result<(Verdict, Judged), ApiError> {
        let (room, id) = (request.room_id, request.message_id);
        // Why something cannot be a text, and that there is no such message, is for the edit itself to say.
        let Ok(body) = clean(&request.body) else { return Ok((Verdict::Pass, Judged::default())) };
        let encrypted = answer(self.is_encrypted(id).await)?;
        let kind = if encrypted { MessageKind::Encrypted } else { MessageKind::Text };
        match self.judge_text(&Text { room, author, new: None, kind, body: &body, mentions: 0 }).await {
            Err(error) if error.code == ErrorCode::NotFound => Ok((Verdict::Pass, Judged::default())),
            judged => judged,
        }
    }

    async fn is_encrypted(&self, id: MessageId) -> Result<bool, StoreError> {
        judged::is_encrypted(&mut *self.store.pool().acquire().await?, id).await
    }

    async fn judge_text(&self, text: &Text<'_>) -> Result<(Verdict, Judged), ApiError> {
        let here = answer(self.rules(text.room).await)?;
        if let Some(kept) = here.rules.people.about(text.author).filter(|_| here.rules.people.keeps_silent(text.author))
        {
            let why = if kept.reason.is_empty() { String::new() } else { format!(": {}", kept.reason) };
            let no = ApiError::new(
                ErrorCode::Forbidden,
                format!("a policy of {} keeps you from speaking here{why}", kept.scope),
            );
            return Ok((Verdict::Refuse(no.on_field("room_id")), Judged::default()));
        }
        // What nobody but the two can read is not looked at.
        if here.rules.automod.is_empty() || matches!(text.kind, MessageKind::Encrypted | MessageKind::Sticker) {
            return Ok((Verdict::Pass, Judged::default()));
        }
        let mut hits = answer(self.hits(text, &here.rules).await)?;
        if here.direct {
            // Nobody reviews what two say to each other, and nobody is to see what of it was only noticed.
            hits.retain(|hit| hit.action >= RuleAction::Delete);
        }
        let verdict = match hits.first().map(|hit| hit.action) {
            None | Some(RuleAction::Flag) => Verdict::Pass,
            Some(RuleAction::Hold) => Verdict::Hold,
            Some(RuleAction::Delete | RuleAction::Mute(_)) => {
                let rule = &hits[0].rule;
                let text = format!("this message is against the rule `{rule}` of this place and was not sent");
                Verdict::Refuse(ApiError::new(ErrorCode::Forbidden, text).on_field("body"))
            }
        };
        let mute = match hits.first().map(|hit| hit.action) {
            Some(RuleAction::Mute(length)) => Some(length),
            _ => None,
        };
        let refusal = match &verdict {
            Verdict::Refuse(error) => Some(error.clone()),
            Verdict::Pass | Verdict::Hold => None,
        };
        Ok((verdict, Judged { hits, body: text.body.to_owned(), mute, refusal }))
    }

    /// Notes what was hit, and mutes where a rule says so, if the message was taken or refused for it. What was refused for another reason
    /// was not said.
    pub(crate) async fn note(&self, room: RoomId, author: &Uid, judged: &Judged, sent: &Result<MessageView, ApiError>) {
        let message = match sent {
            _ if judged.hits.is_empty() => return,
            Ok(message) => Some(message),
            Err(error) if judged.refusal.as_ref() == Some(error) => None,
            Err(_) => return,
        };
        if let Err(error) = attempt(|| self.write(room, author, judged, message)).await {
            tracing::error!(%error, room.id = %room, "what a rule hit could not be noted");
        }
    }

    /// With what somebody is refused whom enforced policy lists keep out of a room. `told` hears of it: he himself, or who would let him in.
    pub(crate) async fn against(&self, room: RoomId, uid: &Uid, told: &Uid) -> Result<Option<ApiError>, ApiError> {
        match self.rules(room).await {
            // That there is no such room is for the act itself to say.
            Err(StoreError::Refused(_)) => Ok(None),
            here => Ok(kept_out(&answer(here)?.rules.people, uid, told)),
        }
    }

    /// The same where there is no room yet: what the lists of the platform say.
    pub(crate) async fn against_anywhere(&self, uid: &Uid) -> Result<Option<ApiError>, ApiError> {
        Ok(kept_out(&answer(self.platform().await)?.people, uid, uid))
    }

    async fn write(
        &self,
        room: RoomId,
        author: &Uid,
        judged: &Judged,
        message: Option<&MessageView>,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let new =
            NewHit { room, author, message: message.map(|m| m.message_id), body: &judged.body, hits: &judged.hits };
        automod::write_hits(&mut tx, &new).await?;
        if let Some(length) = judged.mute {
            let rule = judged.hits.first().map(|hit| hit.rule.to_string()).unwrap_or_default();
            let mute = NewSanction {
                uid: author.clone(),
                kind: SanctionKind::Mute,
                scope: Scope::Room(room),
                length: Some(length),
                actor: ACTOR.to_owned(),
                reason: format!("content:automod rule {rule}"),
            };
            sanctions::impose(&mut tx, &mute).await?;
        }
        tx.commit().await?;
        self.store.ring();
        Ok(())
    }

    async fn hits(&self, text: &Text<'_>, rules: &Rules) -> Result<Vec<Hit>, StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let look_back = rules.automod.looks_back() && text.new.is_some();
        let author = judged::author(&mut conn, text.room, text.author, text.new, look_back).await?;
        if author.sent_before {
            return Ok(Vec::new());
        }
        let known = users::known_since(&mut conn, std::slice::from_ref(text.author)).await?;
        let facts = Facts {
            at: now(&mut conn).await?,
            role: author.role,
            known_since: known.get(text.author).copied(),
            mentions: text.mentions,
            recent: &author.recent,
        };
        Ok(rules.automod.judge(text.body, &facts))
    }

    async fn rules(&self, room: RoomId) -> Result<Arc<InRoom>, StoreError> {
        let fresh = |held: &Held| held.looked.is_some_and(|at| at.elapsed() < FRESH);
        {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(here) = held.rooms.get(&room).filter(|_| fresh(&held)) {
                return Ok(Arc::clone(here));
            }
        }
        let version = self.renew().await?;
        if let Some(here) = self.held.lock().unwrap_or_else(PoisonError::into_inner).rooms.get(&room) {
            return Ok(Arc::clone(here));
        }
        let it = row::read_one(&mut *self.store.pool().acquire().await?, room).await?;
        let mut scopes = vec![Scope::Platform, Scope::Room(room)];
        scopes.extend(it.tenant.clone().map(Scope::Tenant));
        let rules = self.of_scopes(version, &scopes).await?;
        let here = Arc::new(InRoom { direct: it.kind == RoomKind::Direct, rules });
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.version == version {
            held.rooms.insert(room, Arc::clone(&here));
        }
        Ok(here)
    }

    async fn platform(&self) -> Result<Arc<Rules>, StoreError> {
        let version = self.renew().await?;
        self.of_scopes(version, &[Scope::Platform]).await
    }

    /// The rules of some scopes, held for others that have the same.
    async fn of_scopes(&self, version: i64, scopes: &[Scope]) -> Result<Arc<Rules>, StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let scopes = automod::scopes_with_rules(&mut conn, scopes).await?;
        let known = self.held.lock().unwrap_or_else(PoisonError::into_inner).rules.get(&scopes).cloned();
        let rules = match known {
            Some(rules) => rules,
            None => Arc::new(automod::load(&mut conn, &scopes).await?),
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.version == version {
            if held.rooms.len() >= MAX_ROOMS {
                held.rooms.clear();
                held.rules.clear();
            }
            held.rules.insert(scopes, Arc::clone(&rules));
        }
        Ok(rules)
    }

    /// Reads the number of the last change; where it is another, all that is held is old. It is read before any rules: what changes in
    /// between is read anew the next time.
    async fn renew(&self) -> Result<i64, StoreError> {
        let looking = Instant::now();
        let version = automod::version(&mut *self.store.pool().acquire().await?).await?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Who looked before others did may know an older number.
        if version > held.version {
            *held = Held { version, ..Held::default() };
        }
        if version == held.version {
            held.looked = held.looked.max(Some(looking));
        }
        Ok(version)
    }
}

/// With what who is told is refused because policy lists keep somebody out.
fn kept_out(people: &People, uid: &Uid, told: &Uid) -> Option<ApiError> {
    let kept = people.about(uid).filter(|_| people.keeps_out(uid))?;
    let why = if kept.reason.is_empty() { String::new() } else { format!(": {}", kept.reason) };
    Some(if uid == told {
        let text = format!("a policy of {} keeps you out{why}", kept.scope);
        ApiError::new(ErrorCode::Forbidden, text)
    } else {
        let text = format!("a policy of {} keeps {uid} out{why}", kept.scope);
        ApiError::new(ErrorCode::Conflict, text).on_field("uid")
    })
}

/// A text that is to be judged.
struct Text<'a> {
    room: RoomId,
    author: &'a Uid,
    /// The id of a new message in its author's app.
    new: Option<&'a RequestId>,
    kind: MessageKind,
    /// Cleaned.
    body: &'a str,
    mentions: usize,
}
