//! The refusal matrix: what nobody may do, tried by those who would. Each row is tried on a house with the platform's own keys, so
//! that the confusion of algorithms can be tried too.

#[path = "refusals/acts.rs"]
mod acts;
#[path = "refusals/sign_in.rs"]
mod sign_in;
#[path = "refusals/subjects.rs"]
mod subjects;

use std::sync::Arc;

use callboard_tests::{House, Options, Rows};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_may_do() {
    let platform = sign_in::Platform::new();
    let options = Options::quick().env("CALLBOARD_JWKS_FILE", platform.jwks_file());
    let house = Arc::new(House::start(options).await);
    let mut rows = Rows::default();
    rows.add("tokens that nobody should take", sign_in::tokens(Arc::clone(&house), platform));
    rows.add("staff tokens that nobody should take", sign_in::staff_tokens(Arc::clone(&house)));
    rows.add("a revoked credential is cut and stays out", sign_in::revoked(Arc::clone(&house)));
    rows.add("subjects that are not a client's", subjects::of_clients(Arc::clone(&house)));
    rows.add("subjects that are not of a role", subjects::of_staff(Arc::clone(&house)));
    rows.add("replies aimed at others", subjects::aimed_replies(Arc::clone(&house)));
    rows.add("a forged Nats-Request-Info", subjects::forged_request_info(Arc::clone(&house)));
    rows.add("calls of others", acts::calls_of_others(Arc::clone(&house)));
    rows.add("request ids used again", acts::request_ids(Arc::clone(&house)));
    rows.add("refunds above the limit, ends by viewers", acts::limits_of_roles(Arc::clone(&house)));
    rows.add("too many requests", acts::too_many(Arc::clone(&house)));
    rows.all_hold().await;
    house.balanced().await;
    house.is_well().await;
    Arc::into_inner(house).expect("all rows are done").down();
}
