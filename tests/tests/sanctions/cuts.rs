//! What a ban says of connections: what is gone counts, whoever cut it; what could not be cut is named, kept in mind, and tried again.

use callboard_contract::adm::moderation::{Impose, ImposeRequest, Sanctions, SanctionsRequest};
use callboard_domain::{SanctionKind, Scope};
use callboard_tests::{PATIENCE, eventually};

use crate::stand::Stand;

/// A server that nobody can reach: to its subject nobody may publish, so no answer comes.
const OUT_OF_REACH: &str = "out.of.reach";
/// A server that is no more: nobody listens to its subject.
const DEAD: &str = "DEAD";
/// A number that no server gave out.
const NO_SUCH: i64 = 987_654_321;

pub(crate) async fn only_what_is_gone_is_forgotten(stand: &Stand) {
    let nora = stand.house.person("nora").await;
    let server: String = sqlx::query_scalar("select server_id from people.connections where name = 'nora'")
        .fetch_one(&stand.base.owner)
        .await
        .expect("she is connected");
    for (server, cid) in [(server.as_str(), NO_SUCH), (DEAD, 7), (OUT_OF_REACH, 7)] {
        let insert = "insert into people.connections (server_id, cid, kind, name, at_ms) values ($1, $2, 'user', 'nora', store.now_ms())";
        sqlx::query(insert).bind(server).bind(cid).execute(&stand.base.owner).await.expect("inserted");
    }
    let against = stand.against_leo(SanctionKind::Ban, Scope::Platform, None);
    let request = ImposeRequest { uid: nora.uid().clone(), ..against };
    let reply = stand.ask::<Impose>(&request).await;
    assert_eq!(reply.effect.connections, 3, "her own, and two that were gone: {reply:?}");
    assert_eq!(reply.effect.left, ["1 of his connections are still open"]);
    assert_eq!(reply.sanction.enforced_at, None);
    let kept: Vec<String> = sqlx::query_scalar("select server_id from people.connections where name = 'nora'")
        .fetch_all(&stand.base.owner)
        .await
        .expect("read");
    assert_eq!(kept, [OUT_OF_REACH], "what was not cut is not forgotten");
    let state = nora.app().connection();
    eventually("her connection to be cut", PATIENCE, || async { (!state.borrow().is_connected()).then_some(()) }).await;

    let gone = sqlx::query("delete from people.connections where server_id = $1").bind(OUT_OF_REACH);
    gone.execute(&stand.base.owner).await.expect("the server is known to be gone");
    let standing = SanctionsRequest { uid: Some(nora.uid().clone()), standing: true, ..SanctionsRequest::default() };
    eventually("the ban to be carried out", PATIENCE, || async {
        stand.ask::<Sanctions>(&standing).await.items.into_iter().find_map(|sanction| sanction.enforced_at)
    })
    .await;
}
