//! Gifts: what they cost, streaks, who gave most, the catalogue, and what a refund does to them.

use callboard_contract::ErrorCode;
use callboard_contract::adm::gifts::{GivenRequest, SetRequest};
use callboard_contract::adm::refund::RefundFrom;
use callboard_contract::api::gifts::{LeaderboardReply, LeaderboardRequest, SendRequest, Span};
use callboard_domain::{At, CallId, Coins, RequestId, Role, RoomId, StaffName, Uid};
use callboard_ledger::books::verify;
use callboard_ledger::gifts::{self, Given};
use callboard_store::{StoreError, now};

use crate::house::{House, code, coins, reason, refused, split, staff, uid};

fn gift(to: &str, gift: &str) -> SendRequest {
    SendRequest {
        request_id: RequestId::generate(),
        to: uid(to),
        room_id: None,
        call_id: None,
        gift: gift.to_owned(),
        amount: None,
        count: None,
        expect_price: None,
    }
}

impl House {
    async fn give(&self, from: &str, request: &SendRequest, at: Option<At>) -> Result<Given, StoreError> {
        let mut tx = self.base.store.pool().begin().await?;
        let at = match at {
            Some(at) => at,
            None => now(&mut tx).await?,
        };
        let given = gifts::give(&mut tx, at, &uid(from), request).await?;
        tx.commit().await?;
        Ok(given)
    }

    async fn board(&self, me: &str, request: LeaderboardRequest) -> LeaderboardReply {
        gifts::leaderboard(&mut self.base.store.pool().acquire().await.unwrap(), &uid(me), &request).await.unwrap()
    }

    async fn instant(&self) -> At {
        now(&mut self.base.store.pool().acquire().await.unwrap()).await.unwrap()
    }
}

fn set(gift: &str) -> SetRequest {
    SetRequest {
        request_id: RequestId::generate(),
        gift: gift.to_owned(),
        name: None,
        price: None,
        split: None,
        retired: None,
        reason: reason(),
        expect_version: None,
        dry_run: false,
    }
}

#[tokio::test]
async fn the_same_gift_to_the_same_person_in_the_same_place_goes_on_a_streak() {
    let house = House::open().await;
    house.top_up("maya", "1000").await;
    let (room, call) = (RoomId::generate(), CallId::generate());
    let start = house.instant().await;
    let at = |ms: i64| Some(At::from_ms(start.as_ms() + ms));
    let in_room = |gift: SendRequest| SendRequest { room_id: Some(room), ..gift };
    let streak = async |request: SendRequest, ms| house.give("maya", &request, at(ms)).await.unwrap().view.streak;
    assert_eq!(streak(in_room(gift("noor", "rose")), 0).await, 1);
    assert_eq!(streak(SendRequest { count: Some(5), ..in_room(gift("noor", "rose")) }, 30_000).await, 6);
    // Another gift, another person, another place: each a streak of its own.
    assert_eq!(streak(in_room(gift("noor", "heart")), 30_000).await, 1);
    assert_eq!(streak(in_room(gift("ada", "rose")), 30_000).await, 1);
    assert_eq!(streak(gift("noor", "rose"), 30_000).await, 1);
    assert_eq!(streak(SendRequest { call_id: Some(call), ..gift("noor", "rose") }, 30_000).await, 1);
    assert_eq!(streak(in_room(gift("noor", "rose")), 60_000).await, 7);
    // A millisecond too late.
    assert_eq!(streak(in_room(gift("noor", "rose")), 90_001).await, 1);
    house.base.finish().await;
}

#[tokio::test]
async fn what_is_given_is_paid_and_divided_and_comes_back_by_a_refund() {
    let house = House::open().await;
    house.top_up("maya", "600").await;
    let given = house.give("maya", &SendRequest { count: Some(3), ..gift("noor", "crown") }, None).await.unwrap();
    assert_eq!((given.view.amount, given.available), (coins("300"), coins("300")));
    assert_eq!(house.wallet("noor").await.earnings, coins("240"));
    let tip =
        house.give("maya", &SendRequest { amount: Some(coins("7.5")), ..gift("noor", "tip") }, None).await.unwrap();
    assert_eq!((tip.view.gift.as_str(), tip.view.amount), ("tip", coins("7.5")));
    assert_eq!(code(house.give("maya", &gift("noor", "castle"), None).await), ErrorCode::InsufficientFunds);
    assert_eq!(code(house.give("maya", &gift("noor", "yacht"), None).await), ErrorCode::NotFound);

    let fay = staff("fay", Role::Finance);
    let payment = house.payment(given.transfer_id).await;
    house.refund(&fay, &payment, Some("100"), RefundFrom::Receivers).await.unwrap();
    let ask = GivenRequest { to: Some(uid("noor")), ..GivenRequest::default() };
    let listed = gifts::given(&house.base.store, &ask).await.unwrap().items;
    let seen: Vec<(&str, Coins, Coins)> = listed.iter().map(|g| (g.gift.as_str(), g.amount, g.refunded)).collect();
    assert_eq!(seen, [("tip", coins("7.5"), Coins::ZERO), ("crown", coins("300"), coins("100"))]);
    assert_eq!(listed[1].transfer_id, given.transfer_id);
    let none = GivenRequest { from: Some(uid("noor")), ..GivenRequest::default() };
    assert!(gifts::given(&house.base.store, &none).await.unwrap().items.is_empty());

    let report = verify(&house.base.store).await.unwrap();
    assert!(report.balanced, "{report:#?}");
    sqlx::raw_sql("update ledger.gifts set kept = kept + 10000 where gift = 'crown'")
        .execute(&house.base.owner)
        .await
        .unwrap();
    let report = verify(&house.base.store).await.unwrap();
    let found: Vec<_> = report.differences.iter().map(|d| (d.check.as_str(), d.on.clone(), d.amount)).collect();
    assert_eq!(found, [("payments", format!("gift {}", given.view.gift_id), Some(coins("1")))]);
    house.base.finish().await;
}

#[tokio::test]
async fn who_gave_most_is_first_and_what_was_refunded_does_not_count() {
    let house = House::open().await;
    let room = RoomId::generate();
    for who in ["maya", "ada", "zoe", "kim"] {
        house.top_up(who, "1000").await;
    }
    let now = house.instant().await;
    let days_ago = |days: i64| Some(At::from_ms(now.as_ms() - days * 24 * 3600 * 1000 - 1000));
    let in_room = |gift: SendRequest| SendRequest { room_id: Some(room), ..gift };
    house.give("maya", &in_room(gift("noor", "crown")), None).await.unwrap();
    house.give("ada", &gift("noor", "crown"), None).await.unwrap();
    house.give("zoe", &in_room(gift("kim", "star")), None).await.unwrap();
    house.give("zoe", &gift("noor", "castle"), days_ago(8)).await.unwrap();
    let back = house.give("kim", &gift("noor", "castle"), None).await.unwrap();
    house
        .refund(&staff("fay", Role::Finance), &house.payment(back.transfer_id).await, None, RefundFrom::Receivers)
        .await
        .unwrap();

    let to_noor = |span, limit| LeaderboardRequest { to: Some(uid("noor")), room_id: None, span, limit };
    let shown = |reply: &LeaderboardReply| {
        reply.items.iter().map(|g| format!("{} {} {} {}", g.place, g.uid, g.amount, g.gifts)).collect::<Vec<_>>()
    };
    let week = house.board("zoe", to_noor(Span::Week, None)).await;
    assert_eq!(shown(&week), ["1 ada 100.0000 1", "1 maya 100.0000 1"]);
    assert_eq!(week.me, None);
    let all = house.board("maya", to_noor(Span::All, Some(1))).await;
    assert_eq!(shown(&all), ["1 zoe 500.0000 1"]);
    assert_eq!(all.me.map(|me| (me.place, me.uid)), Some((2, uid("maya"))), "his own place, however far down");
    assert_eq!(shown(&house.board("maya", to_noor(Span::Month, None)).await).len(), 3);
    assert_eq!(shown(&house.board("maya", to_noor(Span::Day, None)).await).len(), 2);
    let in_room = LeaderboardRequest { to: None, room_id: Some(room), span: Span::Day, limit: None };
    assert_eq!(shown(&house.board("maya", in_room.clone()).await), ["1 maya 100.0000 1", "2 zoe 50.0000 1"]);
    let mut conn = house.base.store.pool().acquire().await.unwrap();
    for (bad, field) in [
        (LeaderboardRequest { to: Some(uid("noor")), ..in_room.clone() }, "to"),
        (LeaderboardRequest { room_id: None, ..in_room.clone() }, "to"),
        (LeaderboardRequest { limit: Some(0), ..in_room.clone() }, "limit"),
        (LeaderboardRequest { limit: Some(101), ..in_room }, "limit"),
    ] {
        assert_eq!(refused(gifts::leaderboard(&mut conn, &uid("maya"), &bad).await).field.as_deref(), Some(field));
    }
    drop(conn);
    house.base.finish().await;
}

#[tokio::test]
async fn the_catalogue_begins_with_eight_gifts_and_staff_changes_it() {
    let house = House::open().await;
    let store = &house.base.store;
    let oskar = StaffName::new("oskar").unwrap();
    let offers = gifts::offers(store).await.unwrap().items;
    let prices: Vec<Option<Coins>> = offers.iter().map(|offer| offer.price).collect();
    let wanted = [1, 5, 10, 25, 50, 100, 250, 500].map(|coins| Some(Coins::whole(coins)));
    assert_eq!((offers[0].gift.as_str(), prices[0], &prices[1..]), ("tip", None, &wanted[..]));

    let new = SetRequest { name: Some("Fire\u{202e}works".to_owned()), price: Some(coins("75")), ..set("fireworks") };
    let kind = gifts::set(store, &oskar, &new).await.unwrap();
    assert_eq!((kind.version, kind.name.as_str(), kind.set_by.as_str()), (1, "Fireworks", "staff:oskar"));
    assert_eq!(kind.split, split(&[("creator", 80), ("platform", 20)]));
    assert_eq!(gifts::set(store, &oskar, &new).await.unwrap(), kind, "the same request again");
    let shares = split(&[("creator", 60), ("agency", 20), ("platform", 20)]);
    let dearer = SetRequest {
        price: Some(coins("80")),
        split: Some(shares.clone()),
        expect_version: Some(1),
        ..set("fireworks")
    };
    let kind = gifts::set(store, &oskar, &dearer).await.unwrap();
    assert_eq!((kind.version, kind.price, &kind.split), (2, Some(coins("80")), &shares));
    house.top_up("maya", "100").await;
    let expected = SendRequest { expect_price: Some(coins("75")), ..gift("noor", "fireworks") };
    assert_eq!(code(house.give("maya", &expected, None).await), ErrorCode::Stale);
    house.give("maya", &gift("noor", "fireworks"), None).await.unwrap();
    assert_eq!(house.wallet("noor").await.earnings, coins("48"));

    let retired = gifts::set(store, &oskar, &SetRequest { retired: Some(true), ..set("fireworks") }).await.unwrap();
    assert!(retired.retired_at.is_some());
    assert_eq!(code(house.give("maya", &gift("noor", "fireworks"), None).await), ErrorCode::NotFound);
    assert!(gifts::offers(store).await.unwrap().items.iter().all(|offer| offer.gift != "fireworks"));
    let back = gifts::set(store, &oskar, &SetRequest { retired: Some(false), ..set("fireworks") }).await.unwrap();
    assert_eq!((back.retired_at, back.version, back.name.as_str()), (None, 4, "Fireworks"));

    let named = |gift: &str| SetRequest { name: Some("X".to_owned()), price: Some(coins("5")), ..set(gift) };
    let house_only = split(&[("platform", 100)]);
    for (bad, field) in [
        (named("Rose"), "gift"),
        (named(""), "gift"),
        (SetRequest { name: None, ..named("new") }, "name"),
        (SetRequest { name: Some("\u{200b}".to_owned()), ..named("new") }, "name"),
        (SetRequest { price: None, ..named("new") }, "price"),
        (SetRequest { price: Some(coins("0.5")), ..named("new") }, "price"),
        (SetRequest { price: Some(coins("10001")), ..named("new") }, "price"),
        (named("tip"), "price"),
        (SetRequest { split: Some(house_only), ..named("new") }, "split"),
    ] {
        let error = refused(gifts::set(store, &oskar, &bad).await);
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadRequest, Some(field)), "{bad:?}");
    }
    let stale = SetRequest { expect_version: Some(1), ..named("rose") };
    assert_eq!(gifts::set(store, &oskar, &SetRequest { dry_run: true, ..stale.clone() }).await.unwrap().version, 2);
    gifts::set(store, &oskar, &stale).await.unwrap();
    let again = SetRequest { request_id: RequestId::generate(), ..stale };
    assert_eq!(code(gifts::set(store, &oskar, &again).await), ErrorCode::Stale);
    assert_eq!(house.wallet("maya").await.available, coins("20"));
    house.base.finish().await;
}

#[tokio::test]
async fn two_gifts_of_one_giver_at_once_are_both_counted() {
    let house = House::open().await;
    house.top_up("maya", "100").await;
    let (one, other) = (gift("noor", "rose"), gift("noor", "rose"));
    let (one, other) = tokio::join!(house.give("maya", &one, None), house.give("maya", &other, None));
    let mut streaks: Vec<u32> = [one, other].into_iter().map(|given| given.unwrap().view.streak).collect();
    streaks.sort_unstable();
    assert_eq!(streaks, [1, 2]);
    let givers: Vec<Uid> = house
        .board("maya", LeaderboardRequest { to: Some(uid("noor")), room_id: None, span: Span::Day, limit: None })
        .await
        .items
        .into_iter()
        .map(|giver| giver.uid)
        .collect();
    assert_eq!(givers, [uid("maya")]);
    house.base.finish().await;
}
