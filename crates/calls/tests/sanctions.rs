//! Sanctions reach calls: who may not be in one is not let in and is taken out, who may not spend pays for none, who is muted is not heard.

mod support;

use callboard_contract::ErrorCode;
use callboard_contract::api::calls::{ExtendRequest, OnDeviceRequest};
use callboard_domain::{
    CallId, CallState, DeviceId, EndReason, Millis, RequestId, RoomId, SanctionId, SanctionKind, Scope, Uid,
};
use callboard_people::sanctions::{self, NewSanction};
use callboard_store::StoreError;
use support::{House, coins, uid};

async fn impose(house: &House, uid: &Uid, kind: SanctionKind, scope: Scope, device: Option<&DeviceId>) -> SanctionId {
    let new = NewSanction {
        uid: uid.clone(),
        kind,
        scope,
        length: matches!(kind, SanctionKind::Mute | SanctionKind::Suspend).then(|| Millis::from_secs(3600)),
        actor: "staff:ines".to_owned(),
        reason: "test".to_owned(),
    };
    let mut conn = house.base.store.pool().acquire().await.expect("a connection");
    sanctions::impose_on(&mut conn, &new, device, None).await.expect("imposed").0
}

async fn lift(house: &House, id: SanctionId) {
    let mut conn = house.base.store.pool().acquire().await.expect("a connection");
    assert!(sanctions::lift_one(&mut conn, id, "staff:ines").await.expect("lifted"));
}

fn forbidden<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Refused(e)) if e.code == ErrorCode::Forbidden)
}

async fn muted(house: &House, call: CallId, who: &Uid) -> bool {
    let detail = house.calls.detail(call).await.expect("the call is there");
    detail.members.iter().any(|m| m.uid == *who && m.device_state.muted_by_staff)
}

#[tokio::test]
async fn who_is_out_or_may_not_spend_cannot_call_and_nothing_is_held() {
    let house = House::new().await;
    let maya = house.fan("maya", "300").await;
    let leo = house.creator("leo", support::per_second()).await;
    let ana = house.creator("ana", support::per_second()).await;
    let platform = [SanctionKind::Ban, SanctionKind::Suspend, SanctionKind::RestrictPayments];
    for kind in platform {
        let id = impose(&house, &maya, kind, Scope::Platform, None).await;
        assert!(forbidden(house.initiate(&maya, &leo, None).await), "{kind}");
        lift(&house, id).await;
    }
    let by_leo = impose(&house, &maya, SanctionKind::Ban, Scope::Tenant(leo.clone()), None).await;
    assert!(forbidden(house.initiate(&maya, &leo, None).await));
    let with_ana = house.initiate(&maya, &ana, None).await.expect("another creator may be called").call_id;
    house.calls.cancel(&maya, &House::on(with_ana)).await.expect("taken back");
    lift(&house, by_leo).await;
    // A ban of one room, a mute and a warning keep nobody from calling.
    impose(&house, &maya, SanctionKind::Ban, Scope::Room(RoomId::generate()), None).await;
    impose(&house, &maya, SanctionKind::Mute, Scope::Platform, None).await;
    impose(&house, &maya, SanctionKind::Warn, Scope::Platform, None).await;
    let rings = house.initiate(&maya, &leo, None).await.expect("rings").call_id;
    house.calls.cancel(&maya, &House::on(rings)).await.expect("taken back");
    // Nobody reaches a creator who is out, even one who takes calls by himself.
    let out = impose(&house, &leo, SanctionKind::Suspend, Scope::Platform, None).await;
    let refused = house.initiate(&maya, &leo, None).await;
    assert!(matches!(refused, Err(StoreError::Refused(e)) if e.code == ErrorCode::Conflict));
    lift(&house, out).await;
    assert_eq!(house.wallet(&maya).await, (coins("300"), coins("0")));
    house.balanced().await;
}

#[tokio::test]
async fn a_banned_device_is_refused_whoever_uses_it() {
    let house = House::new().await;
    let (maya, pat) = (house.fan("maya", "100").await, house.fan("pat", "100").await);
    let leo = house.creator("leo", support::per_second()).await;
    let phone = support::device("maya");
    impose(&house, &maya, SanctionKind::Ban, Scope::Platform, Some(&phone)).await;
    let borrowed = callboard_contract::api::calls::InitiateRequest {
        device: phone.clone(),
        ..House::initiate_request(&pat, &leo, None)
    };
    assert!(forbidden(house.calls.initiate(&pat, &borrowed).await));
    let call = house.initiate(&pat, &leo, None).await.expect("his own phone").call_id;
    house.accept(call, &leo).await;
    let join = OnDeviceRequest { request_id: RequestId::generate(), call_id: call, device: phone };
    assert!(forbidden(house.calls.join(&pat, &join).await));
    house.join(call, &pat).await;
    house.balanced().await;
}

#[tokio::test]
async fn who_is_taken_out_pays_for_what_was_used_and_cannot_come_back() {
    let house = House::new().await;
    let maya = house.fan("maya", "300").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    house.pass(5_000).await;
    house.beat(call, &[&maya, &leo]).await;
    impose(&house, &maya, SanctionKind::Ban, Scope::Tenant(leo.clone()), None).await;
    let live = house.calls.live_of(std::slice::from_ref(&maya)).await.expect("read");
    assert_eq!(
        live.iter().map(|c| (c.call, c.pays, c.creator.clone())).collect::<Vec<_>>(),
        [(call, true, leo.clone())]
    );
    assert!(house.calls.sanction_remove(call, &maya, "staff:ines").await.expect("taken out"));
    let detail = house.calls.detail(call).await.expect("there");
    assert_eq!((detail.call.state, detail.call.end_reason), (CallState::Completed, Some(EndReason::Sanction)));
    assert_eq!(house.wallet(&maya).await, (coins("295"), coins("0")), "five seconds at one coin");
    assert!(!house.calls.sanction_remove(call, &maya, "staff:ines").await.expect("again"), "a repeat changes nothing");
    assert!(house.calls.join(&maya, &House::on_device(call, &maya)).await.is_err());
    assert!(forbidden(house.initiate(&maya, &leo, None).await));
    house.balanced().await;
}

#[tokio::test]
async fn a_guest_leaves_the_group_and_the_others_go_on() {
    let house = House::new().await;
    let host = house.creator("host", support::per_second()).await;
    let (pat, ann) = (house.fan("pat", "300").await, uid("ann"));
    let call = house.group(&host, &[(&pat, true), (&ann, false)]).await;
    house.join_all(call, &[&host, &pat, &ann]).await;
    house.beat(call, &[&host, &pat, &ann]).await;
    impose(&house, &ann, SanctionKind::Ban, Scope::Platform, None).await;
    assert!(house.calls.sanction_remove(call, &ann, "staff:ines").await.expect("taken out"));
    assert_eq!(house.state(call).await, CallState::Active);
    assert!(house.calls.live_of(&[ann]).await.expect("read").is_empty());
    impose(&house, &pat, SanctionKind::RestrictPayments, Scope::Platform, None).await;
    let more = ExtendRequest { request_id: RequestId::generate(), call_id: call, minutes: 5 };
    assert!(forbidden(house.calls.extend(&pat, &more).await));
    house.end(call, &host).await;
    house.balanced().await;
}

#[tokio::test]
async fn a_payer_who_may_not_spend_cannot_accept() {
    let house = House::new().await;
    let host = house.creator("host", support::per_second()).await;
    let pat = house.fan("pat", "300").await;
    let call = house.group(&host, &[(&pat, true)]).await;
    impose(&house, &pat, SanctionKind::RestrictPayments, Scope::Platform, None).await;
    assert!(forbidden(house.calls.accept(&pat, &House::on_device(call, &pat)).await));
    assert_eq!(house.wallet(&pat).await, (coins("300"), coins("0")));
    house.balanced().await;
}

#[tokio::test]
async fn a_mute_is_in_force_in_the_call_that_runs_and_in_the_next_one() {
    let house = House::new().await;
    let maya = house.fan("maya", "300").await;
    let leo = house.creator("leo", support::per_second()).await;
    let call = house.running(&maya, &leo, None).await;
    let mute = impose(&house, &maya, SanctionKind::Mute, Scope::Platform, None).await;
    assert!(house.calls.sanction_mute(call, &maya, true, "staff:ines").await.expect("muted"));
    assert!(!house.calls.sanction_mute(call, &maya, true, "staff:ines").await.expect("again"));
    assert!(muted(&house, call, &maya).await);
    // Joining anew, with whatever device, does not switch it on.
    house.join(call, &maya).await;
    assert!(muted(&house, call, &maya).await);
    house.end(call, &leo).await;
    let next = house.running(&maya, &leo, None).await;
    assert!(muted(&house, next, &maya).await && !muted(&house, next, &leo).await);
    lift(&house, mute).await;
    assert!(house.calls.sanction_mute(next, &maya, false, "staff:ines").await.expect("heard again"));
    house.end(next, &leo).await;
    let last = house.running(&maya, &leo, None).await;
    assert!(!muted(&house, last, &maya).await);
    house.balanced().await;
}
