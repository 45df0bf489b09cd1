//! A terminal of its own for the console: a tmux server that nobody else uses, read until the screen says what is awaited.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::house::House;

/// How long a screen may take to say what is awaited.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How long a key may take to do something before it is pressed again, where it may be.
const AGAIN: Duration = Duration::from_secs(3);
const SIZE: (&str, &str) = ("124", "32");
/// What the shell prints after the console, so that its end and the state of the terminal can be seen.
const OVER: &str = "console-ended-with";

type Failure = Box<dyn Error>;

pub(crate) struct Terminal {
    folder: TempDir,
    /// What the console reads while it runs.
    settings: Option<TempDir>,
}

impl Terminal {
    /// Starts the console in a context of the house.
    pub(crate) async fn start(house: &House, context: &str) -> Result<Self, Failure> {
        Self::run(&house.config(), &house.state(), &["--context", context]).await
    }

    /// Starts the console in a context whose server is not there.
    pub(crate) async fn nowhere() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let credential = folder.path().join("nobody.credential");
        callboard_client::Credential::generate("nobody".parse()?).write(&credential)?;
        let file = callboard_client::ContextFile {
            // Nothing listens on the discard port.
            server: "nats://127.0.0.1:9".to_owned(),
            credential,
            environment: "development".to_owned(),
            allow_changes: None,
        };
        callboard_client::Contexts::at(folder.path().join("callboard")).add("nowhere", &file, true)?;
        let path = folder.path().to_owned();
        let mut terminal = Self::run(&path, &path, &["--context", "nowhere"]).await?;
        terminal.settings = Some(folder);
        Ok(terminal)
    }

    async fn run(config: &Path, state: &Path, args: &[&str]) -> Result<Self, Failure> {
        let terminal = Self { folder: tempfile::tempdir()?, settings: None };
        let program = env!("CARGO_BIN_EXE_callboard-console");
        let line = format!(
            "env -u CALLBOARD_DATA -u NO_COLOR XDG_CONFIG_HOME='{}' XDG_STATE_HOME='{}' TZ=UTC '{program}' {}; echo {OVER} $?; stty -a | grep -o ' -*echo '; cat",
            config.display(),
            state.display(),
            args.join(" ")
        );
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            SIZE.0,
            "-y",
            SIZE.1,
            "-s",
            "console",
            "sh",
            "-c",
            &line,
        ])?;
        terminal.until("the console draws", |s| s.contains("q:quit") || s.contains(OVER)).await?;
        Ok(terminal)
    }

    fn tmux(&self, args: &[&str]) -> Result<Output, Failure> {
        let socket = self.folder.path().join("tmux");
        let done = Command::new("tmux")
            .args(["-u", "-S"])
            .arg(socket)
            .args(args)
            .env_remove("TMUX")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .map_err(|e| format!("tmux cannot be started: {e}; scripts/setup installs it"))?;
        if done.status.success() {
            Ok(done)
        } else {
            Err(format!("tmux {}: {}", args.first().unwrap_or(&""), String::from_utf8_lossy(&done.stderr)).into())
        }
    }

    pub(crate) fn screen(&self) -> Result<String, Failure> {
        Ok(String::from_utf8(self.tmux(&["capture-pane", "-p", "-t", "console"])?.stdout)?)
    }

    /// Waits until the screen says what is awaited.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> Result<String, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen()?;
            if holds(&screen) {
                return Ok(screen);
            }
            if Instant::now() > deadline {
                return Err(format!("waited in vain until {what}; the screen says:\n{screen}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Presses keys by tmux's names; what is no name is typed as it stands.
    pub(crate) fn keys(&self, keys: &[&str]) -> Result<(), Failure> {
        for key in keys {
            let named = ["Enter", "Tab", "BTab", "Escape", "Up", "Down"].contains(key);
            let how: &[&str] = if named { &[] } else { &["-l"] };
            self.tmux(&[&["send-keys", "-t", "console"], how, &[key]].concat())?;
        }
        Ok(())
    }

    /// Moves the cursor down to the row that has this text, wherever it stands in the list.
    pub(crate) async fn choose(&self, what: &str, text: &str) -> Result<(), Failure> {
        let mut screen = self.until(what, |s| s.contains(text)).await?;
        while !chosen(&screen).contains(text) {
            let before = chosen(&screen).to_owned();
            self.keys(&["Down"])?;
            screen = self.until("the cursor moves", |s| chosen(s) != before).await?;
        }
        Ok(())
    }

    /// Presses a key that does nothing more once it has worked, again as long as it is refused because what is shown is old: on a busy
    /// machine that happens.
    pub(crate) async fn insist(&self, key: &str, what: &str, holds: impl Fn(&str) -> bool) -> Result<String, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.keys(&[key])?;
            let pressed = Instant::now();
            loop {
                let screen = self.screen()?;
                if holds(&screen) {
                    return Ok(screen);
                }
                if Instant::now() > deadline {
                    return Err(format!("pressed {key} in vain until {what}; the screen says:\n{screen}").into());
                }
                if pressed.elapsed() > AGAIN && screen.contains("acts are locked") {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Ends the console by a signal.
    pub(crate) fn terminate(&self) -> Result<(), Failure> {
        let pane = String::from_utf8(self.tmux(&["display-message", "-p", "-t", "console", "#{pane_pid}"])?.stdout)?;
        let ended = Command::new("pkill").args(["-TERM", "-P", pane.trim()]).status()?;
        if ended.success() { Ok(()) } else { Err("the console could not be signalled".into()) }
    }

    /// Waits until the console has ended well and the terminal is as before: the shell's line stands on the usual screen, and echo is on.
    pub(crate) async fn ended(&self) -> Result<(), Failure> {
        let screen = self.until("the console ends", |s| s.contains(OVER) && s.contains("echo")).await?;
        let well = screen.contains(&format!("{OVER} 0")) && !screen.contains("-echo") && !screen.contains("q:quit");
        if well { Ok(()) } else { Err(format!("the console ended badly:\n{screen}").into()) }
    }

    /// Writes the screen down, if that is wanted.
    pub(crate) fn capture(&self, name: &str) -> Result<(), Failure> {
        if let Some(folder) = std::env::var_os("CALLBOARD_CAPTURES").map(PathBuf::from) {
            std::fs::create_dir_all(&folder)?;
            let text: Vec<String> = self.screen()?.lines().map(|line| line.trim_end().to_owned()).collect();
            std::fs::write(folder.join(format!("console-{name}.txt")), text.join("\n").trim_end().to_owned() + "\n")?;
        }
        Ok(())
    }
}

/// The line with the cursor.
pub(crate) fn chosen(screen: &str) -> &str {
    screen.lines().find(|line| line.starts_with('▸')).unwrap_or_default()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]);
    }
}
