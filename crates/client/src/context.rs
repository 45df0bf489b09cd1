//! Contexts: which house, under which name, and whether it may be changed. One file each, as users of natscli know it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ClientError;
use crate::local::{LocalStack, var};

/// The name of the context that goes with the stack on this machine.
pub const LOCAL: &str = "local";
/// The environment in which changes are allowed without a word.
const PLAYGROUND: &str = "development";

/// Where a context comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The stack on this machine with this data folder.
    Local(PathBuf),
}

/// Which house, and under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// nats-server.
    pub server: String,
    /// The credential file.
    pub credential: PathBuf,
    /// `development`, `production`, …
    pub environment: String,
    /// Whether changes are allowed, if that was said.
    pub allow_changes: Option<bool>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A context as its file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextFile {
    /// nats-server.
    pub server: String,
    /// The credential file; from the context's own folder, where it is relative.
    pub credential: PathBuf,
    /// `development`, `production`, …
    pub environment: String,
    /// Whether changes are allowed. If absent: only where the environment is `development`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_changes: Option<bool>,
}

impl Context {
    /// Whether requests that change something are let through.
    pub fn may_change(&self) -> bool {
        self.allow_changes.unwrap_or(self.environment == PLAYGROUND)
    }
}

/// All contexts of this user.
#[derive(Clone, Debug)]
pub struct Contexts {
    dir: PathBuf,
}

impl Contexts {
    /// Those in the user's configuration folder.
    pub fn open() -> Result<Self, ClientError> {
        let config = var("XDG_CONFIG_HOME").filter(|p| p.is_absolute());
        let config = config.or_else(|| var("HOME").map(|home| home.join(".config")));
        let config =
            config.ok_or_else(|| ClientError::Setting("no folder for contexts: HOME is not set".to_owned()))?;
        Ok(Self::at(config.join("callboard")))
    }

    /// Those in another folder.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// All of them, by name.
    pub fn list(&self) -> Result<Vec<Context>, ClientError> {
        let folder = self.folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(ClientError::file(folder, e)),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| is_name(name))
            .collect();
        names.sort();
        names.iter().map(|name| self.show(name)).collect()
    }

    /// One of them.
    pub fn show(&self, name: &str) -> Result<Context, ClientError> {
        let path = self.path(name)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(ClientError::NoContext(name.to_owned())),
            Err(e) => return Err(ClientError::file(path, e)),
        };
        let file: ContextFile = toml::from_str(&text).map_err(|e| ClientError::file(&path, e.message()))?;
        let credential = self.folder().join(file.credential);
        let ContextFile { server, environment, allow_changes, .. } = file;
        Ok(Context {
            name: name.to_owned(),
            server,
            credential,
            environment,
            allow_changes,
            origin: Origin::File(path),
        })
    }

    /// Adds one; an existing one only if `replace`.
    pub fn add(&self, name: &str, file: &ContextFile, replace: bool) -> Result<Context, ClientError> {
        let path = self.path(name)?;
        if name == LOCAL {
            return Err(ClientError::Setting(format!("the name `{LOCAL}` stands for the stack on this machine")));
        }
        if path.exists() && !replace {
            return Err(ClientError::file(path, "this context exists already"));
        }
        let text = toml::to_string(file).map_err(|e| ClientError::file(&path, e))?;
        write_whole(&path, &text)?;
        self.show(name)
    }

    /// Takes one away, and deselects it.
    pub fn remove(&self, name: &str) -> Result<(), ClientError> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(ClientError::NoContext(name.to_owned())),
            Err(e) => return Err(ClientError::file(path, e)),
        }
        if self.current()?.as_deref() == Some(name) {
            fs::remove_file(self.current_file()).map_err(|e| ClientError::file(self.current_file(), e))?;
        }
        Ok(())
    }

    /// Selects one for commands that name none.
    pub fn select(&self, name: &str) -> Result<(), ClientError> {
        if name != LOCAL {
            self.show(name)?;
        }
        write_whole(&self.current_file(), &format!("{name}\n"))
    }

    /// The selected one's name.
    pub fn current(&self) -> Result<Option<String>, ClientError> {
        let path = self.current_file();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| !name.is_empty())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(ClientError::file(path, e)),
        }
    }

    /// The context to work in: the one named, else `CALLBOARD_CONTEXT`, else the selected one, else the stack on this machine.
    /// A data folder that was named comes before the selected one.
    pub fn resolve(&self, name: Option<&str>, data: Option<&Path>) -> Result<Context, ClientError> {
        let named =
            name.map(str::to_owned).or_else(|| std::env::var("CALLBOARD_CONTEXT").ok().filter(|n| !n.is_empty()));
        self.resolve_named(named, data)
    }

    fn resolve_named(&self, named: Option<String>, data: Option<&Path>) -> Result<Context, ClientError> {
        let selected = if named.is_none() && data.is_none() { self.current()? } else { None };
        match named.or(selected) {
            Some(name) if name != LOCAL => self.show(&name),
            _ => {
                let data = data.map(Path::to_owned).or_else(LocalStack::default_data);
                let stack = data.as_deref().map(LocalStack::at).transpose()?.flatten();
                stack.map(|stack| stack.context()).ok_or(ClientError::NothingSelected)
            }
        }
    }

    fn folder(&self) -> PathBuf {
        self.dir.join("contexts")
    }

    fn current_file(&self) -> PathBuf {
        self.dir.join("current")
    }

    fn path(&self, name: &str) -> Result<PathBuf, ClientError> {
        if is_name(name) {
            Ok(self.folder().join(format!("{name}.toml")))
        } else {
            Err(ClientError::Setting(format!("`{name}` is no name for a context: 1 to 64 letters, digits, '_' or '-'")))
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn write_whole(path: &Path, text: &str) -> Result<(), ClientError> {
    let failed = |e: std::io::Error| ClientError::file(path, e);
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&draft, text).and_then(|()| fs::rename(&draft, path)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(environment: &str) -> ContextFile {
        let server = "nats://127.0.0.1:4222".to_owned();
        ContextFile { server, credential: "ines.cred".into(), environment: environment.to_owned(), allow_changes: None }
    }

    #[test]
    fn contexts_are_added_selected_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let contexts = Contexts::at(dir.path());
        assert_eq!(contexts.list().unwrap(), vec![]);
        let prod = contexts.add("prod", &file("production"), false).unwrap();
        contexts.add("dev", &file("development"), false).unwrap();
        assert_eq!(prod.credential, dir.path().join("contexts/ines.cred"));
        assert!(contexts.add("prod", &file("x"), false).is_err());
        assert!(contexts.add("local", &file("x"), false).is_err());
        assert!(contexts.add("../evil", &file("x"), false).is_err());
        assert_eq!(contexts.list().unwrap().iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["dev", "prod"]);
        contexts.select("prod").unwrap();
        assert!(matches!(contexts.select("nowhere"), Err(ClientError::NoContext(_))));
        assert_eq!(contexts.resolve_named(None, None).unwrap(), prod);
        assert_eq!(contexts.resolve_named(Some("dev".to_owned()), None).unwrap().name, "dev");
        contexts.remove("prod").unwrap();
        assert_eq!(contexts.current().unwrap(), None);
        assert_eq!(contexts.remove("prod").unwrap_err().exit_code(), 3);
    }

    #[test]
    fn only_playgrounds_may_be_changed_without_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let contexts = Contexts::at(dir.path());
        assert!(contexts.add("a", &file("development"), false).unwrap().may_change());
        assert!(!contexts.add("b", &file("production"), false).unwrap().may_change());
        assert!(!contexts.add("c", &file("anything"), false).unwrap().may_change());
        let allowed = ContextFile { allow_changes: Some(true), ..file("production") };
        assert!(contexts.add("d", &allowed, false).unwrap().may_change());
        let forbidden = ContextFile { allow_changes: Some(false), ..file("development") };
        assert!(!contexts.add("e", &forbidden, false).unwrap().may_change());
    }

    #[test]
    fn the_stack_on_this_machine_is_a_context() {
        let dir = tempfile::tempdir().unwrap();
        let contexts = Contexts::at(dir.path().join("config"));
        let data = dir.path().join("data");
        assert!(matches!(contexts.resolve_named(None, Some(&data)), Err(ClientError::NothingSelected)));
        fs::create_dir(&data).unwrap();
        let state = r#"{"schema": "callboard.stack.v1", "phase": "ready", "environment": "development", "extra": 1,
            "nats": {"url": "nats://127.0.0.1:20001", "websocket_url": "ws://127.0.0.1:20002"}, "admin_credential": "/d/admin.cred"}"#;
        fs::write(data.join("state.json"), state).unwrap();
        let local = contexts.resolve_named(None, Some(&data)).unwrap();
        assert_eq!((local.name.as_str(), local.server.as_str()), ("local", "nats://127.0.0.1:20001"));
        assert!(local.may_change());
        assert_eq!(contexts.resolve_named(Some("local".to_owned()), Some(&data)).unwrap(), local);
    }
}
