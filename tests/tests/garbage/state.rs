//! Everything in the house that a request could change, as staff see it.

use std::collections::BTreeMap;

use callboard_contract::adm::books::{Reconcile, ReconcileRequest};
use callboard_contract::adm::calls::{Ls as LsCalls, LsRequest};
use callboard_contract::adm::events::{Ls as LsEvents, LsRequest as EventsRequest};
use callboard_contract::adm::holds::Ls as LsHolds;
use callboard_contract::adm::money::Transfers;
use callboard_contract::adm::refund::Ls as LsRefunds;
use callboard_contract::adm::staff::Ls as LsStaff;
use callboard_contract::adm::tariff::Ls as LsTariffs;
use callboard_contract::adm::wallet::Ls as LsWallets;
use callboard_contract::api::Nothing;
use callboard_contract::limits::MAX_PAGE;
use callboard_contract::{Endpoint, PageQuery};
use callboard_tests::House;
use serde_json::{Value, json};

pub(crate) type State = BTreeMap<&'static str, Value>;

async fn all<E: Endpoint>(house: &House, request: E::Request) -> Value {
    serde_json::to_value(house.ask::<E>(&request).await).expect("wire types are json")
}

pub(crate) async fn of(house: &House) -> State {
    let page = || PageQuery { limit: Some(MAX_PAGE), ..PageQuery::default() };
    let books = house.ask::<Reconcile>(&ReconcileRequest::default()).await;
    let mut staff = all::<LsStaff>(house, Nothing {}).await;
    for member in staff["items"].as_array_mut().into_iter().flatten() {
        member["connections"] = Value::Null; // apps come and go
    }
    let counts: Vec<Value> = books.checks.iter().map(|c| json!([c.name, c.looked_at, c.differences])).collect();
    [
        ("books", json!(counts)),
        ("staff", staff),
        ("tariffs", all::<LsTariffs>(house, Nothing {}).await),
        ("wallets", all::<LsWallets>(house, page()).await),
        ("holds", all::<LsHolds>(house, page()).await),
        ("calls", all::<LsCalls>(house, LsRequest { limit: Some(MAX_PAGE), ..LsRequest::default() }).await),
        ("refunds", all::<LsRefunds>(house, page()).await),
        ("transfers", all::<Transfers>(house, page()).await),
        ("events", all::<LsEvents>(house, EventsRequest { limit: Some(MAX_PAGE), ..EventsRequest::default() }).await),
    ]
    .into()
}

/// Fails with what differs.
pub(crate) fn same(before: &State, after: &State) {
    for (name, value) in before {
        assert_eq!(Some(value), after.get(name), "{name} changed");
    }
}
