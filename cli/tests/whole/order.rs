//! Staff keep order from the command line: rooms, sanctions, cases, appeals, automod, policy lists, users, the log of acts and gifts, on one
//! stack on which real people talk.

use callboard_domain::Coins;
use serde_json::Value;

use crate::automod::rules_are_tested_before_they_hold;
use crate::cases::reports_become_cases_and_sanctions_are_appealed;
use crate::gifts::gifts_are_set_and_given;
use crate::house::House;
use crate::person::Person;
use crate::policy::lists_are_shared_simulated_and_followed;
use crate::rooms::{a_room_is_closed_and_its_fees_go_back, a_room_is_made_and_kept};
use crate::sanctions::people_are_sanctioned_and_pardoned;
use crate::terminal::who_is_at_a_terminal_is_asked;
use crate::users::{acts_are_found_by_any_id, users_are_masked_until_revealed};

/// Who is in the house, and where.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) felix: Person,
    pub(crate) leo: Person,
    /// Maya's room that costs twenty coins.
    pub(crate) salon: String,
    /// Maya's room that everybody may enter.
    pub(crate) garden: String,
}

/// A part of an answer, as text.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The values of one field of a list.
pub(crate) fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap_or_default()).collect()
}

#[test]
fn staff_keep_order_from_the_command_line() {
    let scene = scene();
    a_room_is_made_and_kept(&scene);
    people_are_sanctioned_and_pardoned(&scene);
    reports_become_cases_and_sanctions_are_appealed(&scene);
    rules_are_tested_before_they_hold(&scene);
    lists_are_shared_simulated_and_followed(&scene);
    users_are_masked_until_revealed(&scene);
    gifts_are_set_and_given(&scene);
    who_is_at_a_terminal_is_asked(&scene);
    a_room_is_closed_and_its_fees_go_back(&scene);
    acts_are_found_by_any_id(&scene);
    roles_have_what_is_theirs(&scene);
    a_context_that_only_reads_changes_nothing(&scene);
    assert_eq!(scene.house.json(&["ledger", "verify"])["balanced"], true);
    scene.house.run(&["down"]).exits(0);
}

fn scene() -> Scene {
    let house = House::up();
    for (name, role) in [
        ("mona", "moderator"),
        ("max", "moderator"),
        ("ines", "finance"),
        ("oskar", "operator"),
        ("aud", "auditor"),
        ("vic", "viewer"),
    ] {
        house.run(&["staff", "add", name, "--role", role, "--yes"]).exits(0);
    }
    // Two of them are users too.
    house.run(&["staff", "link", "mona", "monique", "--reason", "test", "--yes"]).exits(0);
    house.run(&["staff", "link", "max", "maxim", "--reason", "test", "--yes"]).exits(0);
    house.run(&["wallet", "topup", "felix", "100", "--reason", "test", "--yes"]).exits(0);
    let (felix, leo) = (house.person("felix"), house.person("leo"));
    let promised = (jiff::Timestamp::now() + jiff::Span::new().hours(1)).to_string();
    let create = ["rooms", "create", "maya", "Tea salon", "--topic", "Cards and tea", "--category", "tarot"];
    let create = [&create[..], &["--fee", "20", "--promised-until", &promised, "--reason", "request:by mail"]].concat();
    let would = house.would("mona", &create);
    assert_eq!((would["dry_run"].as_bool(), text(&would["room"]["entry_fee"])), (Some(true), "20.0000"));
    assert_eq!(house.ids("mona", &["rooms", "ls", "--kind", "sub"]), [""; 0], "nothing was made");
    let once = [&create[..], &["--request-id", "salon"]].concat();
    let made = house.done("mona", &once);
    assert_eq!(house.done("mona", &once), made, "the same request has the same answer");
    let other = ["rooms", "create", "maya", "Other", "--reason", "test", "--request-id", "salon"];
    assert_eq!(house.refused("mona", &other, 5)["request_id"], "salon");
    let garden = house.done("mona", &["rooms", "create", "maya", "Garden", "--capacity", "300", "--reason", "test"]);
    let (salon, garden) = (text(&made["room"]["room_id"]).to_owned(), text(&garden["room"]["room_id"]).to_owned());
    felix.join(&salon, Some(Coins::whole(20))).unwrap();
    for who in [&felix, &leo] {
        who.join(&garden, None).unwrap();
    }
    Scene { house, felix, leo, salon, garden }
}

/// Who may not do it is told so, whatever his role is.
fn roles_have_what_is_theirs(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    let set = &["mod", "automod", "disable", "platform", "shouting", "--reason", "test"][..];
    for (who, args) in [
        ("vic", &["rooms", "ls"][..]),
        ("vic", &["users", "ls"]),
        ("vic", &["mod", "sanctions"]),
        ("vic", &["mod", "reports", "ls"]),
        ("vic", &["audit", "ls"]),
        ("oskar", &["rooms", "show", garden]),
        ("oskar", &["mod", "appeals", "ls"]),
        ("oskar", &["audit", "verify"]),
        ("ines", &["rooms", "messages", garden]),
        ("ines", &["users", "sessions", "leo"]),
        ("ines", &["mod", "policy", "ls"]),
        ("aud", &["mod", "automod", "ls"]),
        ("aud", &["mod", "policy", "ls"]),
        ("aud", &["mod", "reports", "claim", garden]),
        ("aud", &["mod", "reports", "note", garden, "a note"]),
        ("aud", &["mod", "appeals", "file", garden, "a text"]),
        ("aud", &["users", "reveal", "leo", "--reason", "test"]),
        ("mona", &["users", "token", "leo"]),
    ] {
        let answer = house.run_as(who, &[args, &["-o", "json"]].concat()).exits(4);
        assert_eq!(answer.error()["category"], "not_allowed", "{who} {args:?}");
        assert_eq!(answer.stdout, "", "{who} {args:?}");
    }
    for (who, args) in [
        ("vic", &["rooms", "lock", garden, "--reason", "test"][..]),
        ("oskar", &["rooms", "close", garden, "--reason", "test"]),
        ("oskar", &["mod", "kick", "leo", "--room", garden, "--reason", "test"]),
        ("ines", &["mod", "ban", "leo", "--reason", "test"]),
        ("ines", &["mod", "restrict", "leo", "--reason", "test"]),
        ("aud", &["rooms", "slow", garden, "5s", "--reason", "test"]),
        ("aud", &["mod", "mute", "leo", "--for", "1h", "--reason", "test"]),
        ("aud", &["users", "suspend", "leo", "--for", "1h", "--reason", "test"]),
        ("aud", &["mod", "delete-message", garden, "--room", garden, "--reason", "test"]),
        ("aud", &["mod", "appeals", "grant", garden, "--reason", "test"]),
        ("oskar", set),
        ("aud", set),
        ("mona", &["gifts", "set", "rose", "--price", "1", "--reason", "test"]),
    ] {
        assert_eq!(house.refused(who, args, 4)["category"], "not_allowed", "{who} {args:?}");
    }
    for args in [&["rooms", "ls"][..], &["rooms", "messages", garden], &["mod", "sanctions"], &["audit", "verify"]] {
        house.run_as("aud", args).exits(0);
    }
}

/// Production is looked at, and not changed, unless its context says so.
fn a_context_that_only_reads_changes_nothing(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    let server = text(&house.json(&["status"])["nats"]).to_owned();
    let away = |args: &[&str]| {
        let output = house.place.command(args).env_remove("CALLBOARD_DATA").output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let add = ["context", "add", "prod", "--server", &server, "--creds", "mona.cred", "--environment", "production"];
    assert_eq!(away(&[&add[..], &["--select"]].concat()).0, Some(0));
    for args in [
        &["rooms", "create", "maya", "Cellar", "--reason", "test", "--yes"][..],
        &["rooms", "lock", garden, "--reason", "test", "--yes"],
        &["rooms", "unlock", garden, "--reason", "test", "--yes"],
        &["rooms", "slow", garden, "5s", "--reason", "test", "--yes"],
        &["rooms", "close", garden, "--reason", "test", "--yes"],
        &["mod", "warn", "leo", "--reason", "test", "--yes"],
        &["mod", "mute", "leo", "--for", "1h", "--reason", "test", "--yes"],
        &["mod", "kick", "leo", "--room", garden, "--reason", "test", "--yes"],
        &["mod", "ban", "leo", "--reason", "test", "--yes"],
        &["mod", "restrict", "leo", "--reason", "test", "--yes"],
        &["mod", "undo", garden, "--reason", "test", "--yes"],
        &["mod", "delete-message", garden, "--room", garden, "--reason", "test", "--yes"],
        &["mod", "reports", "claim", garden],
        &["mod", "reports", "release", garden],
        &["mod", "reports", "note", garden, "a note"],
        &["mod", "reports", "resolve", garden, "--outcome", "no_action", "--reason", "test", "--yes"],
        &["mod", "appeals", "file", garden, "a text"],
        &["mod", "appeals", "grant", garden, "--reason", "test", "--yes"],
        &["mod", "appeals", "deny", garden, "--reason", "test", "--yes"],
        &["mod", "automod", "set", "platform", "--file", "other.yaml", "--reason", "test", "--yes"],
        &["mod", "automod", "enable", "platform", "shouting", "--reason", "test", "--yes"],
        &["mod", "automod", "disable", "platform", "shouting", "--reason", "test", "--yes"],
        &["mod", "automod", "approve", garden, garden, "--reason", "test", "--yes"],
        &["mod", "automod", "reject", garden, garden, "--reason", "test", "--yes"],
        &["mod", "policy", "import", "spam", "spam.csv", "--reason", "test", "--yes"],
        &["mod", "policy", "subscribe", "spam", "platform", "--reason", "test", "--yes"],
        &["mod", "policy", "unsubscribe", "spam", "platform", "--reason", "test", "--yes"],
        &["users", "suspend", "leo", "--for", "1h", "--reason", "test", "--yes"],
        &["users", "reveal", "leo", "--reason", "test"],
        &["gifts", "set", "rose", "--price", "6", "--reason", "test", "--yes"],
    ] {
        let (code, shown, said) = away(args);
        assert!(code == Some(4) && said.contains("read-only") && shown.is_empty(), "{args:?}: {code:?} {shown} {said}");
    }
    let (code, shown, _) = away(&["rooms", "show", garden, "-q"]);
    assert_eq!((code, shown), (Some(0), format!("{garden}\n")));
    let dry = away(&["rooms", "lock", garden, "--reason", "test", "--dry-run"]);
    assert_eq!((dry.0, dry.1.contains("locked")), (Some(0), true), "{dry:?}");
    assert_eq!(away(&["context", "rm", "prod", "--yes"]).0, Some(0));
}
