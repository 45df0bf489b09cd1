//! What the command does without any house: usage, errors, simulation, completions, manual.

mod common;

use common::{Place, repository};

const CALL: &str = "01930000-0000-7000-8000-000000000000";

#[test]
fn the_worked_cases_are_as_expected_without_a_stack() {
    let place = Place::new();
    let file = repository("tests/vectors/money.json");
    let file = file.to_str().unwrap();
    let answer = place.run(&["tariff", "simulate", "--file", file, "-o", "json"]).exits(0);
    let (output, input) =
        (answer.json(), serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(file).unwrap()).unwrap());
    for list in ["tariff_cases", "prediction_cases"] {
        let expected: Vec<_> = input[list].as_array().unwrap().iter().map(|case| &case["expect"]).collect();
        let found: Vec<_> = output[list].as_array().unwrap().iter().map(|case| &case["result"]).collect();
        assert_eq!(expected, found);
    }
    let from_stdin =
        place.run_with(&["tariff", "simulate", "--file", "-", "-o", "json"], &std::fs::read_to_string(file).unwrap());
    assert_eq!(from_stdin.exits(0).stdout, answer.stdout);
    let table = place.run(&["tariff", "simulate", "--file", file]).exits(0).stdout;
    assert!(table.contains("pass") && !table.contains("fail") && !table.contains('\x1b'), "{table}");
}

#[test]
fn a_case_that_differs_ends_with_seven_and_an_impossible_one_with_two() {
    let place = Place::new();
    let mut cases: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(repository("tests/vectors/money.json")).unwrap()).unwrap();
    cases["tariff_cases"][0]["expect"]["charge"] = "0.0001".into();
    place.run_with(&["tariff", "simulate", "--file", "-"], &cases.to_string()).exits(7);
    cases["tariff_cases"][0]["wallet"] = "-1".into();
    let refused = place.run_with(&["tariff", "simulate", "--file", "-", "-o", "json"], &cases.to_string()).exits(2);
    assert_eq!(refused.error()["category"], "usage");
    assert_eq!(refused.stdout, "");
}

#[test]
fn a_wrong_command_line_is_an_error_object_where_json_was_asked_for() {
    let place = Place::new();
    for line in [
        &["calls", "nonsense", "-o", "json"][..],
        &["-o", "json", "calls", "end", CALL],
        &["wallet", "topup", "maya", "1.23456", "--reason", "test", "--output=json"],
        &["refund", "create", CALL, "--reason", "because", "-ojson"],
        &["calls", "history", "--since", "yesterday", "-o", "json"],
    ] {
        let answer = place.run(line).exits(2);
        assert_eq!(answer.error()["category"], "usage", "{line:?}");
        assert_eq!(answer.stdout, "", "{line:?}");
    }
    let for_people = place.run(&["calls", "nonsense"]).exits(2);
    assert!(for_people.stderr.starts_with("error:") && !for_people.stderr.contains('\x1b'), "{}", for_people.stderr);
}

#[test]
fn a_change_without_a_terminal_needs_yes_before_anything_is_asked() {
    let place = Place::new();
    for line in [
        &["calls", "end", CALL, "--reason", "fault"][..],
        &["calls", "mute", CALL, "maya", "--reason", "abuse"],
        &["calls", "remove", CALL, "maya", "--reason", "abuse:shouted"],
        &["wallet", "topup", "maya", "10", "--reason", "test"],
        &["refund", "create", CALL, "--reason", "goodwill"],
        &["holds", "sweep"],
        &["staff", "revoke", "ines", "--reason", "request"],
        &["restream", "start", CALL, "--target", "web=hls"],
        &["restream", "stop", CALL, "--reason", "content"],
        &["restream", "targets", "add", CALL, "web", "hls"],
        &["rooms", "create", "maya", "Salon", "--reason", "test"],
        &["rooms", "lock", CALL, "--reason", "test"],
        &["rooms", "unlock", CALL, "--reason", "test"],
        &["rooms", "slow", CALL, "5s", "--reason", "test"],
        &["rooms", "close", CALL, "--reason", "test"],
        &["mod", "warn", "leo", "--reason", "abuse"],
        &["mod", "mute", "leo", "--for", "1h", "--reason", "abuse"],
        &["mod", "kick", "leo", "--room", CALL, "--reason", "abuse"],
        &["mod", "ban", "leo", "--reason", "abuse"],
        &["mod", "restrict", "leo", "--reason", "fraud"],
        &["mod", "unmute", "leo", "--reason", "goodwill"],
        &["mod", "unban", "leo", "--reason", "goodwill"],
        &["mod", "unrestrict", "leo", "--reason", "goodwill"],
        &["mod", "undo", CALL, "--reason", "goodwill"],
        &["mod", "delete-message", CALL, "--room", CALL, "--reason", "content"],
        &["mod", "reports", "resolve", CALL, "--outcome", "no_action", "--reason", "test"],
        &["mod", "appeals", "grant", CALL, "--reason", "goodwill"],
        &["mod", "appeals", "deny", CALL, "--reason", "abuse"],
        &["mod", "automod", "set", "platform", "--file", "rules.yaml", "--reason", "content"],
        &["mod", "automod", "enable", "platform", "links", "--reason", "content"],
        &["mod", "automod", "disable", "platform", "links", "--reason", "content"],
        &["mod", "automod", "approve", CALL, CALL, "--reason", "content"],
        &["mod", "automod", "reject", CALL, CALL, "--reason", "content"],
        &["mod", "policy", "import", "spam", "spam.csv", "--reason", "content"],
        &["mod", "policy", "subscribe", "spam", "platform", "--reason", "content"],
        &["mod", "policy", "unsubscribe", "spam", "platform", "--reason", "content"],
        &["users", "suspend", "leo", "--for", "1d", "--reason", "abuse"],
        &["users", "restore", "leo", "--reason", "goodwill"],
        &["gifts", "set", "rose", "--price", "6", "--reason", "request"],
    ] {
        let line = [line, &["-o", "json"]].concat();
        let answer = place.run(&line).exits(2);
        let error = answer.error();
        assert!(error["hint"].as_str().unwrap().contains("--yes"), "{line:?}: {error}");
    }
}

#[test]
fn nothing_there_and_nobody_there_have_their_own_codes() {
    let place = Place::new();
    let status = place.run(&["status", "-o", "json"]).exits(3);
    assert_eq!(status.error()["category"], "not_found");
    place.run(&["down"]).exits(0);
    let answer = place.run(&["calls", "ls", "-o", "json"]).exits(6);
    assert_eq!(answer.error()["category"], "unreachable");
}

#[test]
fn completions_and_manual_are_generated() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(place.run(&["completions", shell]).exits(0).stdout.contains("callboard"), "{shell}");
    }
    assert!(place.run(&["man"]).exits(0).stdout.contains(".TH callboard"));
    place.run(&["man", "--dir", "pages"]).exits(0);
    assert!(place.path("pages/callboard-calls-end.1").is_file());
    // What the script asks when Tab is pressed; without a house there are no ids, and no error.
    let tab = place.command(&["--", "callboard", "calls", "t"]).env("COMPLETE", "fish").output().unwrap();
    assert_eq!(String::from_utf8(tab.stdout).unwrap().split('\t').next(), Some("timeline"));
    let tab = place.command(&["--", "callboard", "calls", "show", ""]).env("COMPLETE", "fish").output().unwrap();
    assert!(tab.status.success() && tab.stderr.is_empty());
}
