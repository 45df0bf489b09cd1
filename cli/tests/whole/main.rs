//! Every command against a running stack, in every output format; a call that staff watch, mute and end, and refund.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod air;
mod automod;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod gifts;
mod house;
mod order;
mod person;
mod policy;
mod rooms;
mod sanctions;
mod terminal;
mod users;

use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use air::a_call_goes_on_air;
use callboard_domain::Coins;
use house::{House, PATIENCE, in_every_format};
use serde_json::Value;

const NOBODY: &str = "01930000-0000-7000-8000-000000000000";

#[test]
fn staff_run_the_house_from_the_command_line() {
    let house = House::up();
    status_and_second_up(&house);
    staff_members(&house);
    wallets_and_tariffs(&house);
    let call = a_call_is_muted_ended_and_refunded(&house);
    every_reading_command(&house, &call);
    roles_are_refused(&house, &call);
    contexts_and_completions(&house);
    books_are_right(&house);
    let pids = pids(&house);
    house.run(&["down"]).exits(0);
    for pid in pids {
        let begun = Instant::now();
        while runs(pid) {
            assert!(begun.elapsed() < PATIENCE, "process {pid} is left");
        }
    }
    house.run(&["status"]).exits(3);
    house.run(&["calls", "ls"]).exits(6);
}

fn status_and_second_up(house: &House) {
    let status = house.json(&["status"]);
    for field in ["nats", "websocket", "data", "database"] {
        assert!(status[field].is_string(), "{field} in {status}");
    }
    assert!(!status["database"].as_str().unwrap().contains(":@"), "{status}");
    let workers = status["workers"].as_array().unwrap();
    let named = |name: &str| workers.iter().any(|worker| worker["name"] == name);
    assert!(named("signaling") && named("billing"), "{status}");
    for worker in workers {
        assert_eq!(worker["healthy"], true, "{worker}");
        assert!(worker["pid"].is_u64() && worker["version"].is_string() && worker["name"].is_string(), "{worker}");
    }
    house.run(&["up", "-o", "json"]).exits(5);
}

fn pids(house: &House) -> Vec<u64> {
    let status = house.json(&["status"]);
    let of = |value: &Value| value["pid"].as_u64();
    let all = status["workers"].as_array().unwrap();
    let workers = all.iter().filter_map(of);
    let servers = ["nats", "database"].iter().filter_map(|name| of(&status["servers"][name]));
    let pids: Vec<u64> = workers.chain(servers).chain(status["supervisor_pid"].as_u64()).collect();
    assert_eq!(pids.len(), 3 + all.len(), "{status}");
    pids
}

/// Whether a process runs; one that nobody has buried yet does not.
fn runs(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

fn staff_members(house: &House) {
    for (name, role) in [("ines", "finance"), ("vic", "viewer"), ("oskar", "operator"), ("mona", "moderator")] {
        house.run(&["staff", "add", name, "--role", role, "--yes"]).exits(0);
        let mode = std::fs::metadata(house.place.path(&format!("{name}.cred"))).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The file of somebody else is not written over, and the same name is not given out twice.
    house.run(&["staff", "add", "ines", "--role", "admin", "--yes"]).exits(5);
    house.run(&["staff", "add", "ines", "--role", "admin", "--yes", "--out", "again.cred"]).exits(5);
    assert!(!house.place.path("again.cred").exists());
    assert_eq!(house.json(&["staff", "me", "--creds", "ines.cred"])["role"], "finance");
    assert_eq!(house.run(&["staff", "ls", "-q"]).exits(0).stdout.lines().count(), 5);
}

fn wallets_and_tariffs(house: &House) {
    let topup = |amount: &str, more: &[&str]| {
        house.run(&[&["wallet", "topup", "maya", amount, "--reason", "test:for the test", "-o", "json"], more].concat())
    };
    let would = topup("100", &["--dry-run"]).exits(0).json();
    assert_eq!(would["dry_run"], true);
    assert_eq!(house.json(&["wallet", "show", "maya"])["posted"], "0.0000");
    let first = topup("100", &["--yes", "--request-id", "once"]).exits(0).json();
    let again = topup("100", &["--yes", "--request-id", "once"]).exits(0).json();
    assert_eq!(first["transfer_id"], again["transfer_id"]);
    assert_eq!(house.json(&["wallet", "show", "maya"])["available"], "100.0000");
    let other = topup("200", &["--yes", "--request-id", "once"]).exits(5).error();
    assert_eq!((other["code"].as_str(), other["request_id"].as_str()), (Some("conflict"), Some("once")));

    let set = ["tariff", "set", "quick", "--like", "coin-burn", "--rate", "60", "--rolling", "20s", "--reason", "test"];
    house.run(&[&set[..], &["--dry-run"]].concat()).exits(0);
    house.run(&["tariff", "show", "quick"]).exits(3);
    house.run(&[&set[..], &["--yes"]].concat()).exits(0);
    let quick = house.json(&["tariff", "show", "quick"]);
    assert_eq!((quick["tariff"]["rate"].as_str(), quick["version"].as_i64()), (Some("60.0000"), Some(1)));
    let stale = [&set[..], &["--yes", "--expect-version", "7", "-o", "json"]].concat();
    assert_eq!(house.run(&stale).exits(5).error()["code"], "stale");
    house
        .run(&["tariff", "set", "bad", "--like", "coin-burn", "--rolling", "5s", "--reason", "test", "--yes"])
        .exits(2);
    // What was shown can be set again from a file.
    let file = serde_json::to_string(&quick["tariff"]).unwrap();
    let from_file = ["tariff", "set", "copy", "--file", "-", "--reason", "test", "--yes", "-o", "json"];
    let copy = house.place.run_with(&from_file, &file).exits(0).json();
    assert_eq!(copy["tariff"], quick["tariff"]);
}

fn a_call_is_muted_ended_and_refunded(house: &House) -> String {
    let talk = house.talk("maya", "noor", "quick");
    let call = house.first(&["calls", "ls", "-q", "--state", "active", "--uid", "maya"]);
    let live = house.json(&["calls", "ls", "--sort", "burn"]);
    assert_eq!(live["items"][0]["burn_per_minute"], "60.0000");
    house
        .run(&["calls", "mute", &call, "noor", "--reason", "abuse:shouted", "--yes", "--creds", "oskar.cred"])
        .exits(0);
    let detail = house.json(&["calls", "show", &call]);
    let muted = |m: &Value| m["uid"] == "noor" && m["device_state"]["muted_by_staff"] == true;
    assert!(detail["members"].as_array().unwrap().iter().any(muted), "{detail}");
    house.run(&["calls", "mute", &call, "noor", "--off", "--reason", "abuse", "--yes"]).exits(0);
    a_call_goes_on_air(house, &call);
    house.run(&["calls", "end", &call, "--reason", "fault", "--dry-run"]).exits(0);
    assert_eq!(house.json(&["calls", "show", &call])["call"]["state"], "active");
    let end = ["calls", "end", "-", "--reason", "content:a test", "--yes", "-o", "json"];
    let ended = house.place.run_with(&end, &call).exits(0).json();
    assert_eq!(
        (ended["call"]["state"].as_str(), ended["call"]["end_reason"].as_str()),
        (Some("completed"), Some("staff"))
    );
    talk.over();
    house.run(&["calls", "end", &call, "--reason", "fault", "--yes"]).exits(5);
    house.run(&["calls", "end", NOBODY, "--reason", "fault", "--yes"]).exits(3);

    let charge = house.json(&["calls", "show", &call])["call"]["charge"].as_str().unwrap().to_owned();
    assert_ne!(charge, "0.0000");
    let preview = house.json(&["refund", "preview", &call]);
    assert_eq!(preview["amount"].as_str(), Some(charge.as_str()));
    let refund = |amount: &str| {
        let args = ["refund", "create", &call, "--amount", amount, "--reason", "quality_loss:it froze", "--yes"];
        house.run(&[&args[..], &["--creds", "ines.cred", "-o", "json"]].concat())
    };
    let half = Coins::from_units(charge.parse::<Coins>().unwrap().units() / 2).to_string();
    assert_eq!(refund(&half).exits(0).json()["amount"].as_str(), Some(half.as_str()));
    let too_much = refund(&charge);
    assert_ne!(too_much.code, 0, "{}", too_much.stdout);
    assert_eq!(house.json(&["refund", "ls"])["items"].as_array().unwrap().len(), 1);
    call
}

fn every_reading_command(house: &House, call: &str) {
    for args in [
        &["status"][..],
        &["calls", "ls"],
        &["calls", "show", call],
        &["calls", "history"],
        &["calls", "history", "--uid", "maya", "--state", "completed", "--since", "1h", "--limit", "1"],
        &["calls", "timeline", call],
        &["calls", "timeline", call, "--track", "money"],
        &["wallet", "ls"],
        &["wallet", "show", "noor"],
        &["wallet", "history", "maya", "--all"],
        &["refund", "preview", call],
        &["refund", "ls", "--since", "1h"],
        &["holds", "ls"],
        &["tariff", "ls"],
        &["tariff", "show", "coin-burn"],
        &["staff", "ls"],
        &["staff", "me"],
        &["ledger", "transfers", "--all"],
        &["ledger", "verify"],
        &["reconcile"],
        &["workers"],
        &["events", "ls", "--limit", "5"],
        &["events", "ls", "--entity", call],
        &["events", "tail", "--since", "1h", "--entity", call, "--count", "1"],
        &["context", "ls"],
        &["context", "show"],
        &["doctor"],
        &["users", "token", "maya"],
    ] {
        in_every_format(house, args);
    }
    let timeline = house.json(&["calls", "timeline", call]);
    let tracks: Vec<&str> = timeline["items"].as_array().unwrap().iter().filter_map(|i| i["track"].as_str()).collect();
    for track in ["call", "money", "staff"] {
        assert!(tracks.contains(&track), "{track} in {tracks:?}");
    }
    let page = house.json(&["ledger", "transfers", "--limit", "1"]);
    let cursor = page["cursor"].as_str().unwrap();
    let next = house.json(&["ledger", "transfers", "--limit", "1", "--cursor", cursor]);
    assert_ne!(page["items"][0]["transfer_id"], next["items"][0]["transfer_id"]);
}

fn roles_are_refused(house: &House, call: &str) {
    for (who, args) in [
        ("vic", &["calls", "end", call, "--reason", "fault", "--yes"][..]),
        ("vic", &["wallet", "show", "maya"]),
        ("oskar", &["refund", "create", call, "--amount", "0.1", "--reason", "fault", "--yes"]),
        ("mona", &["wallet", "topup", "maya", "5", "--reason", "test", "--yes"]),
        ("mona", &["tariff", "set", "quick", "--rate", "1", "--reason", "test", "--yes"]),
        ("ines", &["staff", "add", "evil", "--role", "admin", "--yes"]),
    ] {
        let creds = format!("{who}.cred");
        let answer = house.run(&[args, &["--creds", &creds, "-o", "json"]].concat()).exits(4);
        assert_eq!(answer.error()["category"], "not_allowed", "{who} {args:?}");
    }
    house.run(&["calls", "ls", "--creds", "vic.cred"]).exits(0);
    house.run(&["staff", "revoke", "vic", "--reason", "request", "--yes"]).exits(0);
    house.run(&["calls", "ls", "--creds", "vic.cred"]).exits(4);
}

fn contexts_and_completions(house: &House) {
    let server = house.json(&["status"])["nats"].as_str().unwrap().to_owned();
    // Elsewhere than beside the stack: no data folder says which house is meant.
    let away = |args: &[&str]| {
        let output = house.place.command(args).env_remove("CALLBOARD_DATA").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let add = ["context", "add", "prod", "--server", &server, "--creds", "ines.cred", "--environment", "production"];
    assert_eq!(away(&[&add[..], &["--select"]].concat()).0, Some(0));
    assert_eq!(away(&add).0, Some(1), "a context is not replaced without a word");
    assert_eq!(away(&["staff", "me", "-q"]).1, "ines\n");
    let topup = ["wallet", "topup", "maya", "1", "--reason", "test"];
    let (code, _, said) = away(&[&topup[..], &["--yes"]].concat());
    assert!(code == Some(4) && said.contains("read-only"), "{said}");
    assert_eq!(away(&[&topup[..], &["--dry-run"]].concat()).0, Some(0));
    // Naming the server of the context by hand does not make it a playground.
    assert_eq!(away(&[&topup[..], &["--yes", "--context", "prod", "--server", &server]].concat()).0, Some(4));
    assert_eq!(away(&["context", "rm", "prod"]).0, Some(2));
    assert_eq!(away(&["context", "rm", "prod", "--yes"]).0, Some(0));
    assert_eq!(away(&["context", "show", "prod"]).0, Some(3));

    let tab = |words: &[&str]| {
        let mut line = vec!["--", "callboard"];
        line.extend(words);
        let output = house.place.command(&line).env("COMPLETE", "fish").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(tab(&["staff", "revoke", "os"]).starts_with("oskar"), "{}", tab(&["staff", "revoke", "os"]));
    assert!(tab(&["tariff", "show", "qui"]).starts_with("quick"));
}

fn books_are_right(house: &House) {
    house.run(&["holds", "sweep", "--dry-run"]).exits(0);
    let swept = house.json(&["holds", "sweep", "--yes"]);
    assert_eq!(swept["released"], serde_json::json!([]));
    assert_eq!(house.json(&["reconcile", "--since", "1h"])["balanced"], true);
    assert_eq!(house.json(&["ledger", "verify"])["balanced"], true);
}
