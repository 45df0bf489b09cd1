//! Gifts in rooms: who may give to whom there, the message that tells of it, and entry fees against the ledger's payments.

use callboard_contract::ErrorCode;
use callboard_contract::adm::books::BooksReport;
use callboard_contract::room::GiftView;
use callboard_domain::{Coins, GiftId, Party, RoomId, Share, Split, TransferId, Uid};
use callboard_ledger::accounts::{self, Kind, Name};
use callboard_ledger::books::Report;
use callboard_ledger::pay::{Payment, give_back, pay};
use callboard_ledger::transfer::{NewTransfer, TransferKind, post};
use callboard_rooms::{books, gift};
use callboard_store::{StoreError, now};
use callboard_testbase::Base;

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> ErrorCode {
    match result {
        Err(StoreError::Refused(error)) => error.code,
        other => panic!("not refused: {other:?}"),
    }
}

/// A room of maya's with some members, each with his state.
async fn room(base: &Base, members: &[(&str, &str)]) -> RoomId {
    let id = RoomId::generate();
    let count = i32::try_from(members.iter().filter(|(_, state)| *state == "joined").count()).expect("few");
    sqlx::query(
        "insert into rooms.rooms (id, tenant, kind, name, access, state, capacity, members, created_ms, touched_ms, empty_ms)
         values ($1, 'maya', 'sub', 'Lounge', 'public', 'open', 100, $2, 1, 1, case when $2 = 0 then 1 end)",
    )
    .bind(id.as_uuid())
    .bind(count)
    .execute(&base.owner)
    .await
    .expect("a room");
    for (uid, state) in members {
        sqlx::query(
            "insert into rooms.members (room_id, uid, role, state, since_ms, changed) values ($1, $2, case when $2 = 'maya' then 'host' else 'member' end, $3, 1, 0)",
        )
        .bind(id.as_uuid())
        .bind(uid)
        .bind(state)
        .execute(&base.owner)
        .await
        .expect("a member");
    }
    id
}

async fn sanction(base: &Base, who: &str, kind: &str, scope: String) {
    sqlx::query(
        "insert into people.sanctions (id, uid, kind, scope, from_ms, until_ms, actor, reason)
         values (gen_random_uuid(), $1, $2, $3, store.now_ms(), store.now_ms() + 600000, 'staff:ines', 'test')",
    )
    .bind(who)
    .bind(kind)
    .bind(scope)
    .execute(&base.owner)
    .await
    .expect("a sanction");
}

async fn try_lock(base: &Base, room: RoomId, giver: &str, receiver: &str) -> Result<(), StoreError> {
    let mut tx = base.store.pool().begin().await?;
    gift::lock(&mut tx, room, &uid(giver), &uid(receiver)).await.map(|_| ())
}

#[tokio::test]
async fn only_members_who_may_speak_give_to_members() {
    let base = callboard_testbase::fresh().await;
    let members = [
        ("maya", "joined"),
        ("felix", "joined"),
        ("ada", "joined"),
        ("ben", "joined"),
        ("zoe", "left"),
        ("kim", "lobby"),
        ("lu", "invited"),
    ];
    let id = room(&base, &members).await;
    sanction(&base, "ada", "mute", format!("room:{id}")).await;
    sanction(&base, "ben", "ban", "tenant:maya".to_owned()).await;
    try_lock(&base, id, "felix", "maya").await.expect("both are in it");
    try_lock(&base, id, "maya", "felix").await.expect("and the other way round");
    for (giver, receiver) in [
        ("zoe", "maya"),
        ("kim", "maya"),
        ("lu", "maya"),
        ("leo", "maya"),
        ("ada", "maya"),
        ("ben", "maya"),
        ("felix", "zoe"),
        ("felix", "kim"),
        ("felix", "leo"),
        ("felix", "ada"),
        ("felix", "ben"),
    ] {
        assert_eq!(code(try_lock(&base, id, giver, receiver).await), ErrorCode::Forbidden, "{giver} to {receiver}");
    }
    assert_eq!(code(try_lock(&base, RoomId::generate(), "felix", "maya").await), ErrorCode::NotFound);
    for (uid_, may) in [("felix", true), ("ada", true), ("ben", false), ("leo", false)] {
        let mut conn = base.store.pool().acquire().await.expect("a connection");
        assert_eq!(gift::may_see(&mut conn, id, &uid(uid_)).await.is_ok(), may, "{uid_}");
    }
    sqlx::query("update rooms.rooms set state = 'locked'").execute(&base.owner).await.expect("locked");
    assert_eq!(
        code(try_lock(&base, id, "felix", "maya").await),
        ErrorCode::Forbidden,
        "nobody speaks in a locked room"
    );
    try_lock(&base, id, "maya", "felix").await.expect("but its host");
    base.finish().await;
}

#[tokio::test]
async fn a_gift_is_the_next_message_of_its_room() {
    let base = callboard_testbase::fresh().await;
    let id = room(&base, &[("maya", "joined"), ("felix", "joined")]).await;
    for place in 1..=3_u32 {
        let mut tx = base.store.pool().begin().await.expect("a transaction");
        let mut room = gift::lock(&mut tx, id, &uid("felix"), &uid("maya")).await.expect("both are in it");
        let at = now(&mut tx).await.expect("a clock");
        let view = GiftView {
            gift_id: GiftId::generate(),
            gift: "rose".to_owned(),
            to: uid("maya"),
            count: 1,
            amount: Coins::whole(5),
            streak: place,
        };
        let message = gift::write(&mut tx, &mut room, at, &uid("felix"), &view).await.expect("a message");
        tx.commit().await.expect("committed");
        let (seq, changed, kind, author, written): (i64, i64, String, String, serde_json::Value) =
            sqlx::query_as("select seq, changed, kind, author, gift from rooms.messages where id = $1")
                .bind(message.as_uuid())
                .fetch_one(base.store.pool())
                .await
                .expect("the message");
        assert_eq!(
            (seq, changed, kind.as_str(), author.as_str()),
            (i64::from(place), i64::from(place), "gift", "felix")
        );
        assert_eq!(serde_json::from_value::<GiftView>(written).expect("a gift"), view);
        let head: i64 =
            sqlx::query_scalar("select head from rooms.rooms").fetch_one(base.store.pool()).await.expect("a room");
        assert_eq!(head, i64::from(place));
    }
    base.finish().await;
}

/// Gives somebody coins without the formalities of a top-up.
async fn fund(base: &Base, who: &str, amount: Coins) {
    let mut tx = base.store.pool().begin().await.expect("a transaction");
    let names = [Name::house(Kind::Issuer, 0), Name::user(&uid(who), Kind::Wallet)];
    let ids = accounts::ensure(&mut tx, &names).await.expect("accounts");
    accounts::lock(&mut tx, &ids).await.expect("locked");
    let transfer = NewTransfer {
        id: TransferId::generate(),
        kind: TransferKind::Topup,
        reference: "a test".to_owned(),
        leg: None,
        actor: "house".to_owned(),
        reason: None,
        reverses: None,
        entries: vec![(ids[0], amount.negated()), (ids[1], amount)],
    };
    let at = now(&mut tx).await.expect("a clock");
    post(&mut tx, at, &[transfer]).await.expect("posted");
    tx.commit().await.expect("committed");
}

async fn pay_fee(base: &Base, who: &str, room: RoomId) -> TransferId {
    let party = |name: &str| Party::new(name).expect("a party");
    let split = Split::new(vec![(party("host"), Share::percent(80)), (party("platform"), Share::percent(20))]);
    let mut tx = base.store.pool().begin().await.expect("a transaction");
    let at = now(&mut tx).await.expect("a clock");
    let payment = Payment {
        kind: TransferKind::EntryFee,
        payer: &uid(who),
        payee: &uid("maya"),
        amount: Coins::whole(50),
        split: &split.expect("a split"),
        reference: format!("room {room}"),
        actor: format!("user:{who}"),
    };
    let paid = pay(&mut tx, at, &payment).await.expect("paid");
    sqlx::query("update rooms.members set fee_transfer = $3 where room_id = $1 and uid = $2")
        .bind(room.as_uuid())
        .bind(who)
        .bind(paid.transfer_id.as_uuid())
        .execute(&mut *tx)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
    paid.transfer_id
}

async fn checked(base: &Base) -> BooksReport {
    let mut conn = base.store.pool().acquire().await.expect("a connection");
    let mut report = Report::open(now(&mut conn).await.expect("a clock"));
    books::reconcile(&mut conn, &mut report).await.expect("checked");
    report.close()
}

#[tokio::test]
async fn entry_fees_and_members_are_compared_both_ways() {
    let base = callboard_testbase::fresh().await;
    let id = room(&base, &[("maya", "joined"), ("felix", "joined"), ("ada", "joined")]).await;
    for who in ["felix", "ada"] {
        fund(&base, who, Coins::whole(100)).await;
    }
    let (first, second) = (pay_fee(&base, "felix", id).await, pay_fee(&base, "ada", id).await);
    let report = checked(&base).await;
    assert!(report.balanced && report.checks[0].looked_at == 4, "{report:#?}");
    // (what the owner does, what undoes it, on what it is found)
    let planted = [
        ("update rooms.members set fee_transfer = null where uid = 'felix'", Some(first), format!("entry fee {first}")),
        ("update rooms.members set fee_refunded = true where uid = 'ada'", None, format!("ada in room {id}")),
        (
            "update rooms.members set fee_transfer = gen_random_uuid() where uid = 'felix'",
            Some(first),
            format!("felix in room {id}"),
        ),
    ];
    for (act, transfer, on) in planted {
        sqlx::raw_sql(act).execute(&base.owner).await.expect("planted");
        let report = checked(&base).await;
        assert!(report.differences.iter().any(|d| d.on == on), "{act}: {report:#?}");
        sqlx::query("update rooms.members set fee_transfer = coalesce($1, fee_transfer), fee_refunded = false where uid = case when $1 is null then 'ada' else 'felix' end")
            .bind(transfer.map(TransferId::as_uuid))
            .execute(&base.owner)
            .await
            .expect("undone");
        let report = checked(&base).await;
        assert!(report.balanced, "{act}: {report:#?}");
    }
    // What was given back needs nobody any more, and whose row says so is right.
    let mut tx = base.store.pool().begin().await.expect("a transaction");
    let at = now(&mut tx).await.expect("a clock");
    give_back(&mut tx, at, second, "user:maya", "closed").await.expect("given back");
    tx.commit().await.expect("committed");
    sqlx::raw_sql("update rooms.members set fee_refunded = true where uid = 'ada'")
        .execute(&base.owner)
        .await
        .expect("written");
    assert!(checked(&base).await.balanced);
    sqlx::raw_sql("update rooms.members set fee_transfer = null, fee_refunded = false where uid = 'ada'")
        .execute(&base.owner)
        .await
        .expect("written");
    assert!(checked(&base).await.balanced);
    base.finish().await;
}
