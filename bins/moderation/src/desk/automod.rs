//! Rules about messages: what they are, what they would do, what they did, and what waits for review.

use std::collections::BTreeMap;

use callboard_bus::Caller;
use callboard_contract::adm::automod::{
    HeldRequest, HitView, HitsRequest, LsRequest, ReviewRequest, RuleSetView, SetRequest, SwitchRequest, TestReply,
    TestRequest,
};
use callboard_contract::api::chat::Reviewed;
use callboard_contract::limits::MAX_MESSAGE_CHARS;
use callboard_contract::room::MessageView;
use callboard_contract::{ApiError, ErrorCode, Page, PageQuery};
use callboard_domain::{At, Automod, MessageId, Millis, RuleSet, Scope};
use callboard_moderation::automod::{self, Said, Tally};
use callboard_people::users;
use callboard_rooms::{chat, judged};
use callboard_store::{StoreError, now};
use callboard_worker::{answer, attempt};

use super::Desk;

/// Messages that one test looks at.
const MOST: usize = 20_000;
/// Messages that are read at once.
const AT_ONCE: i64 = 1_000;
const DAY: Millis = Millis::from_secs(24 * 3600);
/// The longest that a test looks back, in days.
const MAX_DAYS: u32 = 30;

impl Desk {
    pub(super) async fn rules(&self, _: Caller, request: LsRequest) -> Result<Page<RuleSetView>, ApiError> {
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        answer(automod::ls(&mut conn, &request).await)
    }

    pub(super) async fn set_rules(&self, caller: Caller, request: SetRequest) -> Result<RuleSetView, ApiError> {
        let name = caller.staff()?;
        attempt(|| automod::set(&self.store, name, &request)).await
    }

    pub(super) async fn switch_rule(&self, caller: Caller, request: SwitchRequest) -> Result<RuleSetView, ApiError> {
        let name = caller.staff()?;
        attempt(|| automod::switch(&self.store, name, &request)).await
    }

    pub(super) async fn rule_hits(&self, _: Caller, request: HitsRequest) -> Result<Page<HitView>, ApiError> {
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        answer(automod::hits(&mut conn, &request).await)
    }

    pub(super) async fn held(&self, _: Caller, request: HeldRequest) -> Result<Page<MessageView>, ApiError> {
        let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
        let query = PageQuery { limit: request.limit, cursor: request.cursor };
        answer(chat::held(&mut conn, request.room_id, &query).await)
    }

    pub(super) async fn review(&self, caller: Caller, request: ReviewRequest) -> Result<Reviewed, ApiError> {
        let name = caller.staff()?;
        let did = attempt(|| chat::review_as_staff(&self.store, name, &request)).await?;
        if !did.told.is_empty() {
            self.hand.tell(vec![request.room_id]).await;
        }
        Ok(did.reply)
    }

    pub(super) async fn test_rules(&self, _: Caller, request: TestRequest) -> Result<TestReply, ApiError> {
        let set = if let Some(rules) = request.rules {
            rules
        } else {
            let mut conn = answer(self.store.pool().acquire().await.map_err(StoreError::from))?;
            answer(automod::one(&mut conn, &request.scope).await)?.rules
        };
        set.check().map_err(|e| ApiError::new(ErrorCode::BadRequest, e.to_string()).on_field("rules"))?;
        match (request.text, request.days) {
            (Some(text), None) => test_text(&request.scope, &set, &text),
            (None, Some(days)) => answer(self.test_days(&request.scope, &set, checked_days(days)?).await),
            _ => Err(ApiError::new(ErrorCode::BadRequest, "test either a text or so many days").on_field("text")),
        }
    }

    /// What rules would have done to the messages of the last days. Each rule counts by itself, on or off.
    pub(super) async fn test_days(&self, scope: &Scope, set: &RuleSet, days: u32) -> Result<TestReply, StoreError> {
        let automod = compiled(scope, set).map_err(StoreError::Refused)?;
        let (said, more) = self.said(scope, days).await?;
        let set = set.clone();
        // Many messages and many rules are work for a while: it must not keep other requests waiting.
        let tallied = tokio::task::spawn_blocking(move || {
            let mut tally = Tally::new(automod, &set);
            for said in &said {
                tally.look(said);
            }
            tally.reply(more)
        });
        tallied.await.map_err(|e| StoreError::corrupt("a test of rules", e))
    }

    /// The messages of the last days in the order in which they were sent, and whether there were more before them.
    async fn said(&self, scope: &Scope, days: u32) -> Result<(Vec<Said>, bool), StoreError> {
        let mut conn = self.store.pool().acquire().await?;
        let since = At::from_ms(now(&mut conn).await?.as_ms().saturating_sub(DAY.as_ms().saturating_mul(days.into())));
        let mut all: Vec<judged::Said> = Vec::new();
        let mut before: Option<MessageId> = None;
        let more = loop {
            let page = judged::newest(&mut conn, scope, since, before, AT_ONCE).await?;
            let last = page.len() < usize::try_from(AT_ONCE).unwrap_or_default();
            before = page.last().map(|said| said.id);
            all.extend(page);
            if last || all.len() >= MOST {
                break !last;
            }
        };
        let mut authors: Vec<_> = all.iter().map(|said| said.author.clone()).collect();
        authors.sort_unstable();
        authors.dedup();
        let known: BTreeMap<_, _> = users::known_since(&mut conn, &authors).await?;
        let read = |said: judged::Said| Said {
            known_since: known.get(&said.author).copied(),
            id: said.id,
            room: said.room,
            author: said.author,
            role: said.role,
            at: said.at,
            body: said.body,
            mentions: said.mentions,
        };
        Ok((all.into_iter().rev().map(read).collect(), more))
    }
}

pub(super) fn checked_days(days: u32) -> Result<u32, ApiError> {
    if (1..=MAX_DAYS).contains(&days) {
        return Ok(days);
    }
    Err(ApiError::new(ErrorCode::BadRequest, format!("a test looks at 1 to {MAX_DAYS} days, not {days}"))
        .on_field("days"))
}

fn test_text(scope: &Scope, set: &RuleSet, text: &str) -> Result<TestReply, ApiError> {
    if text.chars().count() > MAX_MESSAGE_CHARS {
        let no = format!("a message has at most {MAX_MESSAGE_CHARS} characters");
        return Err(ApiError::new(ErrorCode::TooLarge, no).on_field("text"));
    }
    // As it would be stored.
    let text = callboard_domain::clean(text)
        .map_err(|e| ApiError::new(ErrorCode::BadRequest, e.to_string()).on_field("text"))?;
    let mut tally = Tally::new(compiled(scope, set)?, set);
    tally.look_at_text(&text);
    Ok(tally.reply(false))
}

fn compiled(scope: &Scope, set: &RuleSet) -> Result<Automod, ApiError> {
    Automod::compile_all(&[(scope.clone(), set.clone())])
        .map_err(|e| ApiError::new(ErrorCode::BadRequest, e.to_string()))
}

#[cfg(test)]
mod tests {
    use callboard_domain::RoomId;

    use super::*;

    #[test]
    fn a_text_is_tested_as_it_would_be_stored() {
        let set = serde_json::json!({ "rules": [
            { "name": "swears", "check": { "words": { "list": ["fuck"] } }, "action": "delete" },
            { "name": "links", "check": { "links": {} }, "action": "hold" },
        ]});
        let set: RuleSet = serde_json::from_value(set).expect("rules");
        let scope = Scope::Room(RoomId::generate());
        let reply = test_text(&scope, &set, "oh f\u{200b}u\u{202e}ck").expect("tested");
        assert_eq!((reply.looked_at, reply.hit, reply.rules.len()), (1, 1, 2));
        assert_eq!(
            (reply.rules[0].hits, reply.rules[1].hits),
            (1, 0),
            "rules that are off are tested, and told of where they hit nothing"
        );
        assert_eq!(reply.rules[0].samples[0].found, ["fuck"]);
        assert_eq!(test_text(&scope, &set, "\u{200b}").expect_err("empty").code, ErrorCode::BadRequest);
        assert!(checked_days(0).is_err() && checked_days(31).is_err() && checked_days(30).is_ok());
    }
}
