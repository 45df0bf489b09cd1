//! Members of staff who work for some creators alone, and who sees a presence.

use callboard_contract::ErrorCode;
use callboard_contract::adm::staff::{AddRequest, StaffMember};
use callboard_contract::api::presence::{Audience, PresencePrivacy, SetPrivacyRequest};
use callboard_domain::{RequestId, Role, StaffName, Uid};
use callboard_people::{privacy, staff};
use callboard_store::{Store, StoreError};

fn uid(name: &str) -> Uid {
    Uid::new(name).expect("a name")
}

fn name(name: &str) -> StaffName {
    StaffName::new(name).expect("a name")
}

async fn hire(store: &Store, who: &str, role: Role, tenants: &[&str]) -> Result<StaffMember, StoreError> {
    let request = AddRequest {
        request_id: RequestId::generate(),
        name: name(who),
        role,
        public_key: format!("U{who}"),
        refund_limits: None,
        tenants: tenants.iter().map(|tenant| uid(tenant)).collect(),
        dry_run: false,
    };
    staff::add(store, &name("root"), true, &request).await
}

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> (ErrorCode, String) {
    match result {
        Err(StoreError::Refused(error)) => (error.code, error.message),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn who_works_for_some_creators_alone_may_nothing_elsewhere() {
    let base = callboard_testbase::fresh().await;
    let store = &base.store;
    staff::bootstrap(store, &name("root"), "UROOT").await.expect("an admin");
    assert_eq!(refusal(hire(store, "oskar", Role::Operator, &["maya"]).await).0, ErrorCode::BadRequest);
    let many: Vec<String> = (0..51).map(|n| format!("creator-{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refusal(hire(store, "mona", Role::Moderator, &many).await).0, ErrorCode::BadRequest);
    let mia = hire(store, "mia", Role::Moderator, &["maya", "ann"]).await.expect("hired");
    assert_eq!(mia.tenants, [uid("maya"), uid("ann")]);
    hire(store, "ines", Role::Moderator, &[]).await.expect("hired");
    assert_eq!(staff::ls(store).await.expect("listed").iter().filter(|s| !s.tenants.is_empty()).count(), 1);

    let mut conn = store.pool().acquire().await.expect("a connection");
    for tenant in [Some(uid("maya")), Some(uid("ann")), Some(uid("leo")), None] {
        staff::may_act_for(&mut conn, &name("ines"), tenant.as_ref()).await.expect("she works for all");
    }
    staff::may_act_for(&mut conn, &name("mia"), Some(&uid("ann"))).await.expect("one of hers");
    for (tenant, words) in [(Some(uid("leo")), "this is leo's"), (None, "this reaches further")] {
        let refused = refusal(staff::may_act_for(&mut conn, &name("mia"), tenant.as_ref()).await);
        let text = format!("you work in the rooms and calls of maya, ann alone; {words}");
        assert_eq!(refused, (ErrorCode::Forbidden, text));
    }
    let nobody = staff::may_act_for(&mut conn, &name("nobody"), Some(&uid("ann"))).await;
    assert_eq!(refusal(nobody).0, ErrorCode::Forbidden);
    drop(conn);
    base.finish().await;
}

#[tokio::test]
async fn who_set_nothing_is_seen_by_everybody() {
    let base = callboard_testbase::fresh().await;
    let (store, maya) = (&base.store, uid("maya"));
    assert_eq!(privacy::get(store, &maya).await.expect("read"), PresencePrivacy::default());
    let set = |online, last_seen| SetPrivacyRequest { request_id: RequestId::generate(), online, last_seen };
    let hidden = set(Audience::Contacts, Audience::Nobody);
    let first = privacy::set(store, &maya, &hidden).await.expect("set");
    assert_eq!(privacy::set(store, &maya, &hidden).await.expect("a repeat"), first);
    assert_eq!(privacy::get(store, &maya).await.expect("read"), first);
    let mut conn = store.pool().acquire().await.expect("a connection");
    let both = privacy::of(&mut conn, &[maya.clone(), uid("leo")]).await.expect("read");
    assert_eq!(both.into_iter().collect::<Vec<_>>(), [(maya.clone(), first)]);
    drop(conn);
    privacy::set(store, &maya, &set(Audience::Everybody, Audience::Everybody)).await.expect("set");
    let rows: i64 = sqlx::query_scalar("select count(*) from people.presence_privacy")
        .fetch_one(store.pool())
        .await
        .expect("counted");
    assert_eq!(rows, 0, "what is as if nothing were set is not kept");
    base.finish().await;
}
