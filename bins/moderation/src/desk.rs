//! The desk: answers staff and users about sanctions, reports, cases, people and the log. Each handler reads the caller and asks the
//! libraries; what a sanction cuts off is cut off by [`crate::hand`].

mod automod;
mod cases;
mod evidence;
mod log;
mod people;
mod policy;
mod reports;
mod sanctions;
mod still;
mod tenants;

use callboard_bus::{Bus, Host};
use callboard_calls::Calls;
use callboard_contract::adm::{
    audit, automod as automod_adm, cases as cases_adm, moderation, people as people_adm, policy as policy_adm,
};
use callboard_contract::api::reports as reports_api;
use callboard_store::Store;
use callboard_worker::{House, hosted};

use crate::hand::Hand;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Desk {
    bus: Bus,
    store: Store,
    calls: Calls,
    hand: Hand,
}

/// The host with the endpoints of the desk.
pub(crate) fn host(host: Host, house: &House, calls: &Calls, hand: &Hand) -> Host {
    let desk = Desk { bus: house.bus.clone(), store: house.store.clone(), calls: calls.clone(), hand: hand.clone() };
    hosted!(
        host,
        desk,
        moderation::Impose => impose,
        moderation::Lift => lift,
        moderation::LiftOf => lift_of,
        moderation::DeleteMessages => delete_messages,
        moderation::Sanctions => sanctions,
        cases_adm::Ls => cases,
        cases_adm::Show => case,
        cases_adm::Evidence => evidence,
        cases_adm::Still => still,
        cases_adm::Claim => claim,
        cases_adm::Release => release,
        cases_adm::Note => note,
        cases_adm::Decide => decide,
        cases_adm::Appeals => appeals,
        cases_adm::FileAppeal => file_appeal,
        cases_adm::DecideAppeal => decide_appeal,
        people_adm::Ls => people,
        people_adm::Show => person,
        people_adm::Sessions => sessions,
        people_adm::Reveal => reveal,
        automod_adm::Ls => rules,
        automod_adm::Set => set_rules,
        automod_adm::Switch => switch_rule,
        automod_adm::Test => test_rules,
        automod_adm::Held => held,
        automod_adm::Review => review,
        automod_adm::Hits => rule_hits,
        policy_adm::Ls => policies,
        policy_adm::Show => policy,
        policy_adm::Import => import_policy,
        policy_adm::Subscribe => subscribe,
        policy_adm::Simulate => simulate_policy,
        audit::Ls => acts,
        audit::Verify => verify,
        audit::Export => export,
        reports_api::Create => report,
        reports_api::Mine => my_reports,
        reports_api::Sanctions => my_sanctions,
        reports_api::Appeal => appeal,
    )
}
