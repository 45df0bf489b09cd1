//! Staff at the command line.

use std::process::{Output, Stdio};

use tokio::process::Command;

use crate::house::{House, program};

impl House {
    /// Runs a command as the first admin, as a script would: without a terminal.
    pub async fn cli(&self, args: &[&str]) -> Output {
        let mut command = Command::new(program("callboard"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CALLBOARD_")) {
            command.env_remove(name);
        }
        command.args(args).arg("--data").arg(self.dir().path()).env("XDG_CONFIG_HOME", self.dir().path());
        command.stdin(Stdio::null()).output().await.expect("callboard runs")
    }
}
