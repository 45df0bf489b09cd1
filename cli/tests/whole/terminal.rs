//! A person at a terminal, who is asked before anything is changed: in a tmux that nobody else uses.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use crate::house::{House, PATIENCE};
use crate::order::{Scene, each};

static SERVERS: AtomicU32 = AtomicU32::new(0);

/// Runs a command at a terminal, answers its question, and gives the exit code.
fn answered(house: &House, args: &[&str], question: &str, answer: &[&str]) -> i32 {
    // A server each: the one before may just be going.
    let socket = house.place.path(&format!("tmux-{}", SERVERS.fetch_add(1, Ordering::Relaxed)));
    let code = house.place.path("code");
    let _ = std::fs::remove_file(&code);
    let tmux = |args: &[&str]| {
        let mut tmux = Command::new("tmux");
        tmux.arg("-S").arg(&socket).args(["-f", "/dev/null"]).args(args);
        tmux.env_remove("TMUX")
            .env("CALLBOARD_DATA", house.place.data())
            .env("XDG_CONFIG_HOME", house.place.path("config"));
        String::from_utf8(tmux.current_dir(house.place.path(".")).output().unwrap().stdout).unwrap()
    };
    let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
    let line: Vec<String> = [env!("CARGO_BIN_EXE_callboard")].iter().chain(args).map(|word| quoted(word)).collect();
    let script = format!("{}; echo $? > code.new; mv code.new code", line.join(" "));
    tmux(&["new-session", "-d", "-x", "200", "-y", "50", &script]);
    let wait = |what: &str, there: &dyn Fn(&str) -> bool| {
        let begun = Instant::now();
        loop {
            let screen = tmux(&["capture-pane", "-p"]);
            if there(&screen) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{args:?}: no {what} on\n{screen}");
        }
    };
    wait(question, &|screen| screen.contains(question));
    tmux(&[&["send-keys"], answer].concat());
    wait("end", &|_| code.exists());
    std::fs::read_to_string(&code).unwrap().trim().parse().unwrap()
}

/// The answer is no unless it is said otherwise, and what is large wants a word.
pub(crate) fn who_is_at_a_terminal_is_asked(scene: &Scene) {
    let Scene { house, garden, .. } = scene;
    house.person("bert");
    let standing = || house.ids("mona", &["mod", "sanctions", "--uid", "bert", "--standing"]).len();
    let ban = ["mod", "ban", "bert", "--room", garden, "--reason", "abuse"];
    let asks = "on bert (room:";
    assert_eq!(answered(house, &ban, asks, &["y", "Enter"]), 1, "the name is wanted, not a letter");
    assert_eq!(answered(house, &ban, asks, &["C-c"]), 130);
    assert_eq!(standing(), 0, "nothing was changed");
    assert_eq!(answered(house, &ban, asks, &["bert", "Enter"]), 0);
    assert_eq!(standing(), 1);
    let unban = ["mod", "unban", "bert", "--room", garden, "--reason", "goodwill"];
    let asks = "Take one sanction of bert back?";
    for no in [&["Enter"][..], &["n", "Enter"], &["Escape"]] {
        assert_eq!(answered(house, &unban, asks, no), 1, "{no:?}");
    }
    assert_eq!(standing(), 1, "it stands");
    assert_eq!(answered(house, &unban, asks, &["y", "Enter"]), 0);
    assert_eq!(standing(), 0);
    let close = ["rooms", "close", garden, "--reason", "content"];
    assert_eq!(answered(house, &close, "Close Garden with", &["garden", "Enter"]), 1, "not its name");
    assert_eq!(each(&house.json(&["rooms", "ls", "--state", "closed"]), "room_id"), [""; 0]);
}
