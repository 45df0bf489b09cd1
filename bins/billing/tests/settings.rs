//! Wrong settings end the program at once, with exit code 2 and one line that names what is wrong.

use std::process::Command;

/// Arguments, environment, and what the line names.
type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str);

#[test]
fn wrong_settings_end_it_with_one_line() {
    let cases: [Case; 6] = [
        (&[], &[], "--nats-seed-file"),
        (&["--sweeps", "0"], &[], "sweeps"),
        (&[], &[("CALLBOARD_NATS_SEED_FILE", "/nowhere"), ("CALLBOARD_DATABASE_URL", "postgres://x/y")], "/nowhere"),
        (&["migrate"], &[], "--database-owner-url"),
        (&["migrate"], &[("CALLBOARD_DATABASE_OWNER_URL", "nonsense")], "the database's address"),
        (&["bootstrap", "--admin", "a.b", "--credential-out", "x"], &[], "--admin"),
    ];
    for (args, env, names) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_callboard-billing"))
            .args(args)
            .env_clear()
            .envs(env.iter().copied())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert!(said.contains(names), "{args:?}: {said}");
    }
}
