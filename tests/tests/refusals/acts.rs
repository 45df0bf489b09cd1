//! What those who are in may not do: to calls of others, twice, above their limits, too often.

use std::sync::Arc;

use callboard_client::{ClientError, Staff};
use callboard_contract::adm::calls::{ActRequest, End as StaffEnd, MemberActRequest, Mute};
use callboard_contract::adm::refund::{Create, CreateRequest, RefundFrom};
use callboard_contract::adm::wallet::{Topup, TopupRequest};
use callboard_contract::api::Nothing;
use callboard_contract::api::calls::{
    Accept, Beat, BeatRequest, Cancel, DeviceChange, DeviceRequest, End, Extend, ExtendRequest, Initiate, Invite,
    InviteRequest, Invitee, Join, Leave, Line, Reject, SettingsGet, Signal, SignalKind, SignalRequest,
};
use callboard_contract::{Endpoint, ErrorCode};
use callboard_domain::{CallId, CallKind, CallState, Coins, RequestId, Role};
use callboard_tests::{House, coins, uid, why};
use serde_json::json;

async fn tariff(house: &House, name: &str, fee: &str) {
    house
        .tariff(
            name,
            json!({ "rate": "60", "connect_fee": fee, "reserve": { "mode": "rolling", "ahead_s": 20 },
                "split": [["creator", "0.8"], ["platform", "0.2"]] }),
        )
        .await;
}

async fn refused<E: Endpoint>(staff: &Staff, request: &E::Request) -> String {
    match staff.call::<E>(request).await {
        Err(ClientError::Call(error)) => ClientError::Call(error).code(),
        Err(error) => panic!("{:?}: {error}", E::SPEC),
        Ok(_) => panic!("{}: {:?} was not refused", staff.name(), E::SPEC),
    }
}

pub(crate) async fn calls_of_others(house: Arc<House>) {
    tariff(&house, "others", "0").await;
    let (fan, creator) = (house.fan("oth-fan", "100").await, house.person("oth-creator").await);
    let (mallory, host) = (house.fan("oth-mallory", "100").await, house.person("oth-host").await);
    creator.offers("others", CallKind::Video, "60").await;
    host.offers("others", CallKind::Group, "60").await;
    let call_id = fan.initiate(creator.uid(), CallKind::Video).await.call_id;
    let (on, on_device) = (|| mallory.on(call_id), || mallory.on_device(call_id));
    let device = mallory.app().device().clone();
    let signal = SignalRequest {
        call_id,
        device: device.clone(),
        to: creator.uid().clone(),
        to_device: creator.app().device().clone(),
        kind: SignalKind::Offer,
        payload: "v=0".to_owned(),
    };
    let beat = BeatRequest {
        call_id,
        device: device.clone(),
        line: Line::Connected,
        packets_received: 9,
        rtt_ms: None,
        loss_permille: None,
        jitter_ms: None,
        bitrate_kbps: None,
    };
    let request_id = RequestId::generate;
    let codes = [
        mallory.refused::<Accept>(&on_device()).await,
        mallory.refused::<Join>(&on_device()).await,
        mallory.refused::<Reject>(&on()).await,
        mallory.refused::<Cancel>(&on()).await,
        mallory.refused::<Leave>(&on()).await,
        mallory.refused::<End>(&on()).await,
        mallory.refused::<Signal>(&signal).await,
        mallory.refused::<Beat>(&beat).await,
        mallory
            .refused::<DeviceChange>(&DeviceRequest {
                request_id: request_id(),
                call_id,
                device,
                muted: true,
                camera: false,
            })
            .await,
        mallory.refused::<Extend>(&ExtendRequest { request_id: request_id(), call_id, minutes: 1 }).await,
        mallory
            .refused::<Invite>(&InviteRequest {
                request_id: request_id(),
                call_id,
                invitee: Invitee { uid: mallory.uid().clone(), pays: false },
            })
            .await,
    ];
    assert!(codes.iter().all(|c| matches!(c, ErrorCode::NotFound | ErrorCode::Forbidden)), "{codes:?}");
    // Members too may do only what is theirs.
    assert!(is_refusal(fan.refused::<Accept>(&fan.on_device(call_id)).await));
    assert!(is_refusal(creator.refused::<Cancel>(&creator.on(call_id)).await));
    assert!(is_refusal(fan.refused::<Join>(&fan.on_device(call_id)).await), "before it is taken");
    // A guest of a group invites nobody; an app that has not joined signals nothing.
    let group = host.open_group(&[(mallory.uid(), true)]).await.call_id;
    let invitee = Invitee { uid: uid("oth-friend"), pays: false };
    let invite = InviteRequest { request_id: request_id(), call_id: group, invitee };
    assert_eq!(mallory.refused::<Invite>(&invite).await, ErrorCode::Forbidden);
    let early = SignalRequest { call_id, device: fan.app().device().clone(), ..signal };
    assert!(is_refusal(fan.refused::<Signal>(&early).await));
    assert_eq!(fan.ask::<Cancel>(&fan.on(call_id)).await.state, CallState::Cancelled);
    host.end(group).await;
}

fn is_refusal(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Conflict | ErrorCode::Forbidden | ErrorCode::NotFound)
}

pub(crate) async fn request_ids(house: Arc<House>) {
    tariff(&house, "ids", "0").await;
    let (one, two) = (house.fan("ids-one", "100").await, house.fan("ids-two", "100").await);
    let (leo, ana) = (house.person("ids-leo").await, house.person("ids-ana").await);
    leo.offers("ids", CallKind::Audio, "60").await;
    ana.offers("ids", CallKind::Audio, "60").await;
    let first = one.calling(leo.uid(), CallKind::Audio);
    let call = one.ask::<Initiate>(&first).await;
    // The same id for something else is refused, from another user it is another id.
    let mut other = one.calling(ana.uid(), CallKind::Audio);
    other.request_id = first.request_id.clone();
    assert_eq!(one.refused::<Initiate>(&other).await, ErrorCode::Conflict);
    let mut same = two.calling(ana.uid(), CallKind::Audio);
    same.request_id = first.request_id.clone();
    let second = two.ask::<Initiate>(&same).await;
    assert_ne!(second.call_id, call.call_id);
    // A refusal is an answer too: it stays, even when what stood against it is gone.
    let mut poor = one.calling(ana.uid(), CallKind::Video);
    poor.request_id = RequestId::generate();
    let refusal = one.app().call::<Initiate>(&poor).await.map_err(|e| e.to_string());
    one.ask::<Cancel>(&one.on(call.call_id)).await;
    two.ask::<Cancel>(&two.on(second.call_id)).await;
    ana.offers("ids", CallKind::Video, "60").await;
    assert_eq!(one.app().call::<Initiate>(&poor).await.map_err(|e| e.to_string()), refusal);
    assert_eq!(one.ask::<Initiate>(&first).await, call, "the answer of then");
    // So it is with coins.
    let give = |amount: &str, id: &RequestId| TopupRequest {
        request_id: id.clone(),
        uid: uid("ids-one"),
        amount: coins(amount),
        reason: why(),
        dry_run: false,
    };
    let id = RequestId::generate();
    let before = house.wallet(one.uid()).await.posted;
    let given = house.ask::<Topup>(&give("5", &id)).await;
    assert_eq!(house.ask::<Topup>(&give("5", &id)).await, given);
    assert_eq!(refused::<Topup>(house.admin(), &give("6", &id)).await, "conflict");
    let (finance, _) = house.hire(Role::Finance).await;
    finance.call::<Topup>(&give("5", &id)).await.expect("another person's id is another id");
    let after = house.wallet(one.uid()).await.posted;
    assert_eq!(after, before.checked_add(coins("10")).expect("small"));
}

fn refund(call_id: CallId, amount: &str) -> CreateRequest {
    CreateRequest {
        request_id: RequestId::generate(),
        call_id: Some(call_id),
        leg_id: None,
        transfer_id: None,
        amount: Some(coins(amount)),
        from: RefundFrom::Receivers,
        reason: why(),
        expect_refunded_before: None,
        dry_run: false,
    }
}

pub(crate) async fn limits_of_roles(house: Arc<House>) {
    tariff(&house, "dear", "400").await;
    let (fan, creator) = (house.fan("lim-fan", "1000").await, house.person("lim-creator").await);
    creator.offers("dear", CallKind::Audio, "60").await;
    let talk = fan.talk(&creator, CallKind::Audio).await;
    let (viewer, _) = house.hire(Role::Viewer).await;
    let (operator, _) = house.hire(Role::Operator).await;
    let (moderator, _) = house.hire(Role::Moderator).await;
    let (finance, _) = house.hire(Role::Finance).await;
    let (auditor, _) = house.hire(Role::Auditor).await;
    let end = || ActRequest {
        request_id: RequestId::generate(),
        call_id: talk.call_id,
        reason: why(),
        expect_version: None,
        dry_run: false,
    };
    let mute = MemberActRequest {
        request_id: RequestId::generate(),
        call_id: talk.call_id,
        uid: fan.uid().clone(),
        on: true,
        reason: why(),
        dry_run: false,
    };
    for (staff, what) in [(&viewer, "a viewer"), (&finance, "finance"), (&auditor, "an auditor")] {
        assert_eq!(refused::<StaffEnd>(staff, &end()).await, "forbidden", "{what} ends a call");
        assert_eq!(refused::<Mute>(staff, &mute).await, "forbidden", "{what} mutes");
    }
    let stale = ActRequest { expect_version: Some(1), ..end() };
    assert_eq!(refused::<StaffEnd>(&operator, &stale).await, "stale");
    assert_eq!(house.call(talk.call_id).await.call.state, CallState::Active);
    assert!(refused::<Create>(&finance, &refund(talk.call_id, "1")).await != "internal", "the call runs still");
    operator.call::<StaffEnd>(&end()).await.expect("an operator may end a call");
    assert_eq!(refused::<StaffEnd>(&operator, &end()).await, "conflict", "it is over");
    let had = house.wallet(fan.uid()).await.posted;
    for (staff, what) in [(&viewer, "a viewer"), (&operator, "an operator"), (&auditor, "an auditor")] {
        assert_eq!(refused::<Create>(staff, &refund(talk.call_id, "1")).await, "forbidden", "{what} refunds");
    }
    assert_eq!(refused::<Create>(&moderator, &refund(talk.call_id, "50.0001")).await, "limit");
    assert_eq!(refused::<Create>(&moderator, &refund(CallId::generate(), "1")).await, "not_found");
    for amount in ["0", "-1"] {
        assert_eq!(refused::<Create>(&moderator, &refund(talk.call_id, amount)).await, "bad_request");
    }
    assert_eq!(house.wallet(fan.uid()).await.posted, had);
    for _ in 0..4 {
        moderator.call::<Create>(&refund(talk.call_id, "50")).await.expect("within the limits");
    }
    assert_eq!(refused::<Create>(&moderator, &refund(talk.call_id, "0.0001")).await, "limit", "the day's");
    let charged = house.call(talk.call_id).await.legs[0].charge;
    let all = charged.to_string();
    let too_much = refused::<Create>(&finance, &refund(talk.call_id, &all)).await;
    assert!(too_much == "conflict" || too_much == "bad_request" || too_much == "limit", "{too_much}");
    let rest = charged.checked_sub(coins("200")).expect("small").to_string();
    finance.call::<Create>(&refund(talk.call_id, &rest)).await.expect("all that is left");
    assert_ne!(refused::<Create>(&finance, &refund(talk.call_id, "0.0001")).await, "internal");
    assert_eq!(house.wallet(fan.uid()).await.posted, coins("1000"));
    assert_eq!(house.wallet(creator.uid()).await.earnings, Coins::ZERO);
    // Coins are given by those who may give them, and in a reasonable amount.
    let give = |amount: &str| TopupRequest {
        request_id: RequestId::generate(),
        uid: fan.uid().clone(),
        amount: coins(amount),
        reason: why(),
        dry_run: false,
    };
    for (staff, what) in [(&viewer, "a viewer"), (&operator, "an operator"), (&moderator, "a moderator")] {
        assert_eq!(refused::<Topup>(staff, &give("1")).await, "forbidden", "{what} gives coins");
    }
    for amount in ["0", "-5"] {
        assert_eq!(refused::<Topup>(&finance, &give(amount)).await, "bad_request");
    }
    assert_ne!(refused::<Topup>(&finance, &give("1000000000000")).await, "internal", "beyond the cap of a wallet");
    assert_eq!(house.wallet(fan.uid()).await.posted, coins("1000"));
}

pub(crate) async fn too_many(house: Arc<House>) {
    let person = house.person("many").await;
    let asked = (0..400).map(|_| person.app().call::<SettingsGet>(&Nothing {}));
    let answers = futures::future::join_all(asked).await;
    let limited = answers.iter().filter_map(|a| a.as_ref().err()).map(ToString::to_string);
    let limited: Vec<String> = limited.collect();
    assert!(limited.len() >= 100, "{} of 400 at once were refused", limited.len());
    assert!(limited.iter().all(|text| text.starts_with("rate_limited")), "{limited:?}");
    // Others are not touched by it.
    house.person("calm").await.ask::<SettingsGet>(&Nothing {}).await;
}
