//! Reports become cases, which are claimed and decided; a second moderator looks at appeals.

use callboard_contract::ErrorCode;
use callboard_contract::PageQuery;
use callboard_contract::api::reports::{Create, CreateRequest, Mine, ReportOn};
use callboard_domain::{CaseOutcome, ReportCategory, RequestId, Uid};

use crate::NOBODY;
use crate::house::in_every_format;
use crate::order::{Scene, each, text};

pub(crate) fn reports_become_cases_and_sanctions_are_appealed(scene: &Scene) {
    what_is_not_there_is_not_found(scene);
    let sanction = a_case_is_claimed_and_decided(scene);
    nobody_looks_at_a_case_about_himself(scene);
    another_decides_the_appeal(scene, &sanction);
}

fn what_is_not_there_is_not_found(scene: &Scene) {
    let Scene { house, .. } = scene;
    for args in [
        &["mod", "reports", "show", NOBODY][..],
        &["mod", "reports", "evidence", NOBODY],
        &["mod", "reports", "claim", NOBODY],
        &["mod", "reports", "release", NOBODY],
        &["mod", "reports", "note", NOBODY, "a note"],
        &["mod", "appeals", "file", NOBODY, "a text"],
    ] {
        house.run_as("mona", args).exits(3);
    }
    let resolve = ["mod", "reports", "resolve", NOBODY, "--reason", "test", "--outcome"];
    house.refused("mona", &[&resolve[..], &["no_action"]].concat(), 3);
    house.refused("mona", &[&resolve[..], &["forgiven"]].concat(), 2);
    for verb in ["grant", "deny"] {
        house.refused("mona", &["mod", "appeals", verb, NOBODY, "--reason", "test"], 3);
        house.refused("mona", &["mod", "appeals", verb, NOBODY], 2);
    }
    assert_eq!(house.json(&["mod", "reports", "ls"])["items"], serde_json::json!([]));
}

fn a_case_is_claimed_and_decided(scene: &Scene) -> String {
    let Scene { house, felix, leo, garden, .. } = scene;
    let threat = leo.say(garden, "I will find you").unwrap();
    let room_id = garden.parse().unwrap();
    let report = felix.ask::<Create>(&CreateRequest {
        request_id: RequestId::generate(),
        on: ReportOn::Message { room_id, message_id: threat.message_id },
        category: ReportCategory::Violence,
        text: "he threatens me".to_owned(),
        proof: None,
    });
    let cases = house.ids("mona", &["mod", "reports", "ls"]);
    let [case] = &cases[..] else { panic!("{cases:?}") };
    let case = case.as_str();
    assert_eq!(house.ids("aud", &["mod", "cases", "ls", "--about", "leo"]), [case]);

    let claim = ["mod", "reports", "claim", case, "--request-id", "claim-1", "-o", "json"];
    let claimed = house.run_as("mona", &claim).exits(0).json();
    assert_eq!(text(&claimed["claimed_by"]), "staff:mona");
    assert_eq!(house.run_as("mona", &claim).exits(0).json(), claimed, "the same request has the same answer");
    let late = house.run_as("max", &["mod", "reports", "claim", case, "-o", "json"]).exits(5).error();
    assert!(text(&late["message"]).contains("staff:mona") && late["request_id"].is_string(), "{late}");
    house.run_as("max", &["mod", "reports", "release", case]).exits(5);
    let noted = house.run_as("max", &["mod", "reports", "note", case, "he did it before"]).exits(0);
    assert!(noted.stderr.contains("request id: ") && noted.stdout.contains("staff:mona"), "{}", noted.stderr);
    assert_eq!(house.ids("mona", &["mod", "reports", "ls", "--mine"]), [case]);
    assert_eq!(house.ids("max", &["mod", "reports", "ls", "--mine"]), [""; 0]);
    let evidence = report.report_id.to_string();
    let frozen = house.json(&["mod", "reports", "evidence", &evidence]);
    assert!(frozen["intact"] == true && frozen.to_string().contains("I will find you"), "{frozen}");
    let table = house.run(&["mod", "reports", "evidence", &evidence]).exits(0).stdout;
    assert!(table.contains("MESSAGES") && table.contains("I will find you"), "{table}");

    let mute = ["mod", "mute", "leo", "--for", "1d", "--room", garden, "--case", case, "--reason", "abuse:a threat"];
    house.refused("max", &mute, 5);
    let sanction = text(&house.done("mona", &mute)["sanction"]["sanction_id"]).to_owned();
    let detail = house.json(&["mod", "reports", "show", case]);
    assert_eq!(text(&detail["reports"][0]["reporter"]), "felix");
    assert_eq!(text(&detail["notes"][0]["text"]), "he did it before");
    assert_eq!(text(&detail["sanctions"][0]["sanction_id"]), sanction, "what was imposed in it so far");
    for args in [
        &["mod", "reports", "ls"][..],
        &["mod", "reports", "show", case],
        &["mod", "reports", "evidence", &evidence],
        &["mod", "reports", "ls", "--decided", "--limit", "1"],
    ] {
        in_every_format(house, args);
    }

    let resolve = |outcome| ["mod", "reports", "resolve", case, "--reason", "abuse", "--outcome", outcome];
    let with = |outcome, more: [&str; 2]| [&resolve(outcome)[..], &more].concat().join("\n");
    let refused = |who: &str, line: String, code| house.refused(who, &line.split('\n').collect::<Vec<_>>(), code);
    let named = ["--sanction", &sanction];
    refused("max", with("sanctioned", named), 5);
    refused("mona", resolve("sanctioned").join("\n"), 1);
    refused("mona", with("no_action", named), 1);
    refused("mona", with("messages_deleted", ["--message", &threat.message_id.to_string()]), 5);
    let line = [&resolve("sanctioned")[..], &named].concat();
    assert_eq!(text(&house.would("mona", &line)["outcome"]), "sanctioned");
    house.run_as("mona", &line).exits(2);
    assert_eq!(house.ids("mona", &["mod", "reports", "ls"]), [case], "still open");
    let decided = house.done("mona", &line);
    assert_eq!((text(&decided["decided_by"]), text(&decided["state"])), ("staff:mona", "decided"));
    house.refused("mona", &line, 5);
    assert_eq!(house.ids("mona", &["mod", "reports", "ls"]), [""; 0]);
    assert_eq!(house.ids("mona", &["mod", "reports", "ls", "--decided", "--mine"]), [case]);
    let mine = felix.ask::<Mine>(&PageQuery::default());
    assert_eq!(mine.items[0].outcome, Some(CaseOutcome::Sanctioned), "the reporter is told");
    assert_eq!(leo.say(garden, "hm"), Err(ErrorCode::Forbidden));
    sanction
}

/// Mona is the user monique; Max is not.
fn nobody_looks_at_a_case_about_himself(scene: &Scene) {
    let Scene { house, felix, .. } = scene;
    drop(house.person("monique"));
    felix.ask::<Create>(&CreateRequest {
        request_id: RequestId::generate(),
        on: ReportOn::User { uid: Uid::new("monique").unwrap() },
        category: ReportCategory::Other,
        text: "she is unfair".to_owned(),
        proof: None,
    });
    let cases = house.ids("mona", &["mod", "reports", "ls", "--about", "monique"]);
    let [case] = &cases[..] else { panic!("{cases:?}") };
    let case = case.as_str();
    for args in [&["mod", "reports", "claim", case][..], &["mod", "reports", "note", case, "nonsense"]] {
        let error = house.run_as("mona", &[args, &["-o", "json"]].concat()).exits(4).error();
        assert!(text(&error["message"]).contains("about yourself"), "{error}");
    }
    let resolve = ["mod", "reports", "resolve", case, "--outcome", "no_action", "--reason", "test"];
    house.refused("mona", &resolve, 4);
    house.refused("max", &resolve, 5);
    assert_eq!(house.place.run_with(&["mod", "reports", "claim", "-", "-q", "--creds", "max.cred"], case).code, 0);
    house.run_as("max", &["mod", "reports", "release", case]).exits(0);
    house.refused("max", &resolve, 5);
    house.run_as("max", &["mod", "reports", "claim", case]).exits(0);
    assert_eq!(text(&house.done("max", &resolve)["outcome"]), "no_action");
}

fn another_decides_the_appeal(scene: &Scene, sanction: &str) {
    let Scene { house, leo, garden, .. } = scene;
    let file = ["mod", "appeals", "file", sanction, "it was my brother", "-o", "json"];
    let filed = house.run_as("max", &file).exits(0).json();
    assert_eq!((text(&filed["filed_by"]), text(&filed["state"])), ("staff:max", "open"));
    house.run_as("max", &file).exits(5);
    let open = house.json(&["mod", "appeals", "ls"]);
    assert_eq!((each(&open, "text"), each(&open, "state")), (vec!["it was my brother"], vec!["open"]));
    in_every_format(house, &["mod", "appeals", "ls"]);
    in_every_format(house, &["mod", "appeals", "ls", "--limit", "1"]);
    let decide = |verb| ["mod", "appeals", verb, sanction, "--reason", "fault:his brother"];
    for verb in ["grant", "deny"] {
        let error = house.refused("mona", &decide(verb), 4);
        assert!(text(&error["message"]).contains("yourself"), "{error}");
        house.run_as("max", &decide(verb)).exits(2);
    }
    assert_eq!(text(&house.would("max", &decide("grant"))["state"]), "granted");
    assert_eq!(leo.say(garden, "hm"), Err(ErrorCode::Forbidden));
    let granted = house.done("max", &decide("grant"));
    assert_eq!((text(&granted["state"]), text(&granted["decided_by"])), ("granted", "staff:max"));
    leo.say(garden, "thank you").unwrap();
    house.refused("max", &decide("deny"), 5);
    assert_eq!(house.ids("max", &["mod", "appeals", "ls"]), [""; 0]);

    let mute = house.done("mona", &["mod", "mute", "leo", "--for", "1h", "--room", garden, "--reason", "abuse"]);
    let second = text(&mute["sanction"]["sanction_id"]);
    house.run_as("mona", &["mod", "appeals", "file", second, "please"]).exits(0);
    let deny = ["mod", "appeals", "deny", second, "--reason", "abuse"];
    assert_eq!(text(&house.would("max", &deny)["state"]), "denied");
    assert_eq!(text(&house.done("max", &deny)["state"]), "denied");
    assert_eq!(leo.say(garden, "hm"), Err(ErrorCode::Forbidden), "it stands");
    house.done("max", &["mod", "undo", second, "--reason", "goodwill"]);
}
