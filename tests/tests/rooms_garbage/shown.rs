//! What staff's command shows of what was stored: in no format anything that a terminal would obey.

use callboard_domain::drives_terminals;
use callboard_tests::House;

use crate::clients::{Clients, VICTIMS};
use crate::pool::Pool;

const FORMATS: [&str; 4] = ["table", "json", "yaml", "csv"];
/// So many rooms are looked into.
const ROOMS: usize = 12;

/// Runs every command that shows what people wrote, in every format.
pub(crate) async fn by_commands(house: &House, clients: &Clients, pool: &Pool) {
    let mut asked: Vec<Vec<String>> = Vec::new();
    let mut ask = |args: &[&str]| asked.push(args.iter().map(|arg| (*arg).to_owned()).collect());
    for args in [
        &["rooms", "ls", "--all"][..],
        &["mod", "sanctions", "--all"],
        &["mod", "reports", "ls", "--all"],
        &["mod", "appeals", "ls", "--all"],
        &["mod", "policy", "ls"],
        &["mod", "automod", "hits", "--all"],
        &["mod", "automod", "ls"],
        &["mod", "automod", "held"],
        &["audit", "ls", "--limit", "200"],
        &["users", "ls"],
        &["gifts", "given"],
        &["events", "ls", "--limit", "200"],
        &["audit", "export"],
    ] {
        ask(args);
    }
    for room in pool.all("room_id").into_iter().take(ROOMS) {
        for verb in ["show", "messages", "members", "history"] {
            ask(&["rooms", verb, &room]);
        }
    }
    for case in pool.all("case_id").into_iter().take(ROOMS) {
        ask(&["mod", "reports", "show", &case]);
    }
    for report in pool.all("report_id").into_iter().take(ROOMS) {
        ask(&["mod", "reports", "evidence", &report]);
    }
    for person in VICTIMS.into_iter().chain(clients.people().iter().map(|person| person.uid().as_str())) {
        ask(&["users", "show", person]);
    }
    let (mut shown, mut texts) = (0, 0);
    for args in &asked {
        for format in FORMATS {
            let words: Vec<&str> = args.iter().map(String::as_str).chain(["-o", format]).collect();
            let output = house.cli(&words).await;
            let (out, err) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
            let (out, err) = (out.expect("text"), err.expect("text"));
            for text in [&out, &err] {
                let driving = text.lines().find(|line| line.chars().any(drives_terminals));
                assert!(driving.is_none(), "callboard {} -o {format} shows {driving:?}", args.join(" "));
            }
            assert_ne!(output.status.code(), Some(2), "callboard {}: {err}", args.join(" "));
            shown += usize::from(output.status.success());
            texts += out.len();
        }
    }
    assert!(
        shown * 2 > asked.len() * FORMATS.len() && texts > 5_000,
        "{shown} of {} were answered: {texts} bytes",
        asked.len()
    );
}
