//! What those concerned learn of gifts, reports and sanctions, what a report of an encrypted message proves, the picture that is kept with one,
//! and moderators who work for some creators alone.

#[path = "moderation/still.rs"]
mod still;
#[path = "moderation/tenants.rs"]
mod tenants;

use callboard_client::Staff;
use callboard_contract::adm::cases::{
    Claim, Decide, DecideAppeal, DecideAppealRequest, DecideRequest, Evidence, Ls as LsCases,
    LsRequest as CasesRequest, OnCaseRequest, ReportRef,
};
use callboard_contract::adm::moderation::{DeleteMessages, DeleteMessagesRequest, Impose, ImposeRequest};
use callboard_contract::api::chat::{Receipt, ReceiptRequest, Send, SendRequest};
use callboard_contract::api::gifts::{Send as Give, SendRequest as GiveRequest};
use callboard_contract::api::notices::{
    Ls, LsRequest, NewNotice, Notice, NoticeKind, NoticeLevel, Set as SetNotices, SetRequest,
};
use callboard_contract::api::reports::{Appeal, AppealRequest, Create, CreateRequest, Proof, ReportOn};
use callboard_contract::api::rooms::{
    AnswerDirect, AnswerDirectRequest, Create as CreateRoom, Direct, DirectRequest, Join,
};
use callboard_contract::room::{MessageKind, MessageView};
use callboard_contract::{Endpoint, ErrorCode, Push};
use callboard_domain::{
    CaseId, CaseOutcome, MessageId, Millis, ReportCategory, RequestId, Role, RoomId, SanctionKind, Scope,
};
use callboard_tests::{House, Options, Person, why};
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;

fn id() -> RequestId {
    RequestId::generate()
}

/// Asks as a member of staff.
async fn ask<E: Endpoint>(staff: &Staff, request: &E::Request) -> E::Reply {
    match staff.call::<E>(request).await {
        Ok(reply) => reply,
        Err(error) => panic!("{:?}: {error}", E::SPEC),
    }
}

/// A room of somebody's that others are in.
async fn lounge(host: &Person, others: &[&Person]) -> RoomId {
    let body = json!({ "request_id": id(), "kind": "sub", "name": "Lounge", "access": "public" });
    let room_id = host.ask::<CreateRoom>(&serde_json::from_value(body).expect("a request")).await.room.room_id;
    for other in others {
        other.ask::<Join>(&callboard_tests::entering(room_id, None)).await;
    }
    room_id
}

async fn says(who: &Person, room_id: RoomId, body: &str, kind: MessageKind, commitment: Option<String>) -> MessageView {
    let (reply_to, mentions, attachment) = (None, Vec::new(), None);
    let body = body.to_owned();
    let request = SendRequest { request_id: id(), room_id, kind, body, reply_to, mentions, attachment, commitment };
    who.ask::<Send>(&request).await
}

fn reporting(on: ReportOn, proof: Option<Proof>) -> CreateRequest {
    CreateRequest { request_id: id(), on, category: ReportCategory::Harassment, text: String::new(), proof }
}

async fn claimed(staff: &Staff) -> CaseId {
    let case_id = ask::<LsCases>(staff, &CasesRequest::default()).await.items.pop().expect("a case").case_id;
    ask::<Claim>(staff, &OnCaseRequest { request_id: id(), case_id }).await;
    case_id
}

fn deciding(case_id: CaseId, outcome: CaseOutcome) -> DecideRequest {
    let (sanction_ids, message_ids) = (Vec::new(), Vec::new());
    DecideRequest { request_id: id(), case_id, outcome, sanction_ids, message_ids, reason: why(), dry_run: false }
}

/// Waits for a notice of a kind that has these words in it.
async fn notice(who: &Person, kind: NoticeKind, words: &str) -> Notice {
    let read = |push: &Push| serde_json::from_value::<NewNotice>(push.data.clone()).ok();
    let fits = |push: &Push| {
        push.event == "notices.new"
            && read(push).is_some_and(|n| n.notice.kind == kind && n.notice.text.contains(words))
    };
    read(&who.hears(&format!("a notice: {words}"), fits).await).expect("a notice").notice
}

fn giving(to: &Person, room_id: Option<RoomId>, gift: &str) -> GiveRequest {
    let (call_id, amount, count, expect_price) = (None, None, None, None);
    let (to, gift) = (to.uid().clone(), gift.to_owned());
    GiveRequest { request_id: id(), to, room_id, call_id, gift, amount, count, expect_price }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_concerned_find_gifts_outcomes_and_sanctions_among_their_notices() {
    let house = House::start(Options::default()).await;
    let ((ines, _), (otto, _)) = (house.hire(Role::Moderator).await, house.hire(Role::Moderator).await);
    let (maya, leo, felix) = (house.person("maya").await, house.person("leo").await, house.fan("felix", "100").await);
    let room = lounge(&maya, &[&leo, &felix]).await;

    // A gift in a room names its message, and is read with it.
    let rose = felix.ask::<Give>(&giving(&maya, Some(room), "rose")).await;
    let told = notice(&maya, NoticeKind::Gift, "1 × rose, 5.0000 coins").await;
    assert_eq!((told.from.as_ref(), told.room_id, told.message_id), (Some(felix.uid()), Some(room), rose.message_id));
    let read = ReceiptRequest { room_id: room, delivered_seq: None, read_seq: told.seq };
    maya.ask::<Receipt>(&read).await;
    assert_eq!(maya.ask::<Ls>(&LsRequest::default()).await.unread, 0);
    // Of a room that is to tell nothing she hears nothing; of a gift outside of it she does.
    let set = SetRequest { request_id: id(), room_id: room, level: NoticeLevel::None, quiet: false };
    maya.ask::<SetNotices>(&set).await;
    felix.ask::<Give>(&giving(&maya, Some(room), "coffee")).await;
    felix.ask::<Give>(&giving(&maya, None, "heart")).await;
    assert_eq!(notice(&maya, NoticeKind::Gift, "1 × heart").await.room_id, None);
    let kept = maya.ask::<Ls>(&LsRequest::default()).await;
    let texts: Vec<&str> = kept.items.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["1 × heart, 1.0000 coins", "1 × rose, 5.0000 coins"]);

    // Who misbehaved learns what is imposed on him and why, and not by whom; who reported him, that something was done.
    let threat = says(&leo, room, "I will find you", MessageKind::Text, None).await.message_id;
    felix.ask::<Create>(&reporting(ReportOn::Message { room_id: room, message_id: threat }, None)).await;
    let case_id = claimed(&ines).await;
    let mute = ImposeRequest {
        request_id: id(),
        uid: leo.uid().clone(),
        kind: SanctionKind::Mute,
        scope: Scope::Room(room),
        length: Some(Millis::from_secs(600)),
        device: None,
        case_id: Some(case_id),
        reason: why(),
        dry_run: false,
    };
    let mute = ask::<Impose>(&ines, &mute).await.sanction;
    let told = notice(&leo, NoticeKind::Sanction, "you are muted in this room until").await;
    assert!(told.text.ends_with("; reason: test") && told.from.is_none() && told.room_id == Some(room), "{told:?}");

    // A decision that names messages is taken once they are gone.
    let deleted = |ids: &[MessageId]| DecideRequest {
        message_ids: ids.to_vec(),
        ..deciding(case_id, CaseOutcome::MessagesDeleted)
    };
    let early = ines.call::<Decide>(&deleted(&[threat])).await.expect_err("it is still there").to_string();
    assert!(early.contains(&format!("message {threat} is not deleted; delete it first")), "{early}");
    let strange = MessageId::generate();
    ines.call::<Decide>(&deleted(&[strange])).await.expect_err("there is no such message");
    let delete = DeleteMessagesRequest {
        request_id: id(),
        room_id: room,
        message_ids: vec![threat],
        reason: why(),
        dry_run: false,
    };
    ask::<DeleteMessages>(&ines, &delete).await;
    ask::<Decide>(&ines, &deleted(&[threat])).await;
    notice(&felix, NoticeKind::Outcome, "messages were deleted").await;

    // What became of his appeal.
    let sanction_id = mute.sanction_id;
    leo.ask::<Appeal>(&AppealRequest { request_id: id(), sanction_id, text: "it was a quotation".to_owned() }).await;
    let grant = DecideAppealRequest { request_id: id(), sanction_id, grant: true, reason: why(), dry_run: false };
    ask::<DecideAppeal>(&otto, &grant).await;
    notice(&leo, NoticeKind::Outcome, "your appeal was granted: the mute is taken back").await;
    notice(&leo, NoticeKind::Sanction, "the mute in this room was taken back").await;
    assert_eq!(leo.ask::<Ls>(&LsRequest::default()).await.unread, 3);
    house.balanced().await;
    house.down();
}

/// An encrypted message as an app makes it: what it says, the key of its commitment, and the message as the house has it.
struct Secret {
    plain_text: &'static str,
    key: [u8; 32],
    body: String,
    sent: MessageView,
}

impl Secret {
    async fn send(who: &Person, room: RoomId, plain_text: &'static str, key: u8) -> Self {
        let key = [key; 32];
        let mac: Hmac<Sha256> = Hmac::new_from_slice(&key).expect("a key");
        let commitment = BASE64.encode(&mac.chain_update(plain_text).finalize().into_bytes());
        let body = BASE64.encode(format!("what nobody else can read {key:?}").as_bytes());
        let sent = says(who, room, &body, MessageKind::Encrypted, Some(commitment)).await;
        Self { plain_text, key, body, sent }
    }

    fn opening(&self) -> Proof {
        Proof { key: BASE64.encode(&self.key), plain_text: self.plain_text.to_owned() }
    }

    fn reported(&self, proof: Option<Proof>) -> CreateRequest {
        reporting(ReportOn::Message { room_id: self.sent.room_id, message_id: self.sent.message_id }, proof)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_proves_what_one_encrypted_message_said_and_nothing_else() {
    let house = House::start(Options::default()).await;
    let (ines, _) = house.hire(Role::Moderator).await;
    let (maya, leo) = (house.person("maya").await, house.person("leo").await);
    let direct = DirectRequest { request_id: id(), uid: leo.uid().clone() };
    let room = maya.ask::<Direct>(&direct).await.room.room_id;
    leo.ask::<AnswerDirect>(&AnswerDirectRequest { request_id: id(), room_id: room, accept: true }).await;
    let greeting = Secret::send(&maya, room, "how was your day", 7).await;
    let threat = Secret::send(&maya, room, "I know where you live", 9).await;
    let own = Secret::send(&leo, room, "leave me alone", 11).await;
    let plain = says(&maya, room, "hello", MessageKind::Text, None).await;

    // Other words, another key, the opening of another message of hers, or of one of his: none of them is what she said here.
    let words = Proof { plain_text: "I will kill you".to_owned(), ..threat.opening() };
    let key = Proof { key: BASE64.encode(&[8; 32]), ..threat.opening() };
    let short = Proof { key: "AAAA".to_owned(), ..threat.opening() };
    for forged in [words, key, short, greeting.opening(), own.opening()] {
        assert_eq!(leo.refused::<Create>(&threat.reported(Some(forged))).await, ErrorCode::BadRequest);
    }
    // Nor can he pass his own words off as hers, or prove what nobody committed himself to.
    assert_eq!(leo.refused::<Create>(&own.reported(Some(own.opening()))).await, ErrorCode::BadRequest);
    let on = ReportOn::Message { room_id: room, message_id: plain.message_id };
    assert_eq!(leo.refused::<Create>(&reporting(on, Some(threat.opening()))).await, ErrorCode::BadRequest);
    // And who is not of the two proves nothing, whatever he holds.
    let ann = house.person("ann").await;
    assert_eq!(ann.refused::<Create>(&threat.reported(Some(threat.opening()))).await, ErrorCode::NotFound);
    assert!(ask::<LsCases>(&ines, &CasesRequest::default()).await.items.is_empty(), "what is refused leaves no case");

    let report = leo.ask::<Create>(&threat.reported(Some(threat.opening()))).await;
    let view = ask::<Evidence>(&ines, &ReportRef { report_id: report.report_id }).await;
    let proof = &view.evidence["proof"];
    assert_eq!((proof["plain_text"].as_str(), proof["author"].as_str()), (Some(threat.plain_text), Some("maya")));
    assert!(view.intact);
    let bodies: Vec<&str> =
        view.evidence["messages"].as_array().expect("messages").iter().filter_map(|m| m["body"].as_str()).collect();
    assert_eq!(bodies, [greeting.body.as_str(), &threat.body, &own.body, "hello"], "the others stay sealed");
    let all = view.evidence.to_string();
    for other in [&greeting, &own] {
        assert!(!all.contains(other.plain_text) && !all.contains(&BASE64.encode(&other.key)));
    }
    house.down();
}
