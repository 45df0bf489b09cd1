//! Settings from flags, environment and a TOML file, in this order of precedence.
//!
//! The file's keys are the names of the flags; `--print-config` writes an example from the same definitions, so that the
//! three can never differ. Whatever is wrong ends the program with exit code 2 and one line, before any port is opened.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches, ValueEnum};

use crate::house::SetupError;

const BAD_CONFIGURATION: i32 = 2;
/// Flags that mean something to the reading of settings only.
const NOT_SETTINGS: [&str; 4] = ["config", "print-config", "help", "version"];

/// The settings that all workers share.
#[derive(Clone, Debug, clap::Args)]
pub struct WorkerConfig {
    /// Address of nats-server; several of a cluster separated by commas.
    #[arg(long, env = "CALLBOARD_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// File with the seed of this worker's nkey.
    #[arg(long, env = "CALLBOARD_NATS_SEED_FILE")]
    pub nats_seed_file: PathBuf,
    /// Address of the database, as the workers' role.
    #[arg(long, env = "CALLBOARD_DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// The most connections to the database.
    #[arg(long, env = "CALLBOARD_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(4..=500))]
    pub database_connections: u32,
    /// Where health and metrics are served.
    #[arg(long, env = "CALLBOARD_HTTP_LISTEN", default_value = "127.0.0.1:8081")]
    pub http_listen: SocketAddr,
    /// Name of the environment; `development` allows tokens and coins made by one person.
    #[arg(long, env = "CALLBOARD_ENVIRONMENT", default_value = "production", value_parser = environment)]
    pub environment: String,
    /// What is logged: a level, or a filter such as `info,callboard_calls=debug`.
    #[arg(long, env = "CALLBOARD_LOG", default_value = "info")]
    pub log: String,
    /// How it is logged.
    #[arg(long, env = "CALLBOARD_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

impl WorkerConfig {
    /// Whether this is a development stack.
    pub fn is_development(&self) -> bool {
        self.environment == "development"
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Reads the settings of a program: its flags, the environment, and the file named by `--config` or `CALLBOARD_CONFIG`.
///
/// Ends the program for `--help`, `--version` and `--print-config`, and with exit code 2 and one line if anything is wrong.
pub fn parse<C: CommandFactory + FromArgMatches>() -> C {
    let args: Vec<OsString> = std::env::args_os().collect();
    let named = std::env::var_os("CALLBOARD_CONFIG").filter(|file| !file.is_empty()).map(PathBuf::from);
    let command = with_config_flags(C::command());
    if args.iter().skip(1).any(|a| a == "--print-config") {
        // Nothing can be done about a closed pipe.
        let _ = std::io::stdout().write_all(example(&command).as_bytes());
        process::exit(0);
    }
    let name = command.get_name().to_owned();
    match read(command, args, named) {
        Ok(config) => config,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => error.exit(),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{name}: {}", one_line(&error));
            process::exit(BAD_CONFIGURATION);
        }
    }
}

/// The trimmed text of a file that holds a key.
pub fn read_secret(path: &Path) -> Result<String, SetupError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| SetupError(format!("cannot read the key file {}: {e}", path.display())))?;
    match text.trim() {
        "" => Err(SetupError(format!("the key file {} is empty", path.display()))),
        text => Ok(text.to_owned()),
    }
}

fn read<C: FromArgMatches>(
    command: Command,
    args: Vec<OsString>,
    file_in_env: Option<PathBuf>,
) -> Result<C, clap::Error> {
    let command = match config_flag(&args).or(file_in_env) {
        Some(path) => with_file(command, &path)?,
        None => command,
    };
    C::from_arg_matches(&command.try_get_matches_from(args)?)
}

fn with_config_flags(command: Command) -> Command {
    command
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .env("CALLBOARD_CONFIG")
                .help("TOML file with settings; flags and the environment stand above it"),
        )
        .arg(
            Arg::new("print-config")
                .long("print-config")
                .action(ArgAction::SetTrue)
                .help("Print an example of the file and exit"),
        )
}

/// The file must be known before the flags are read, because it changes their defaults.
fn config_flag(args: &[OsString]) -> Option<PathBuf> {
    let mut args = args.iter().skip(1).map(|a| a.to_string_lossy());
    while let Some(arg) = args.next() {
        if arg == "--config" {
            return args.next().map(|file| PathBuf::from(file.into_owned()));
        }
        if let Some(file) = arg.strip_prefix("--config=") {
            return Some(PathBuf::from(file));
        }
    }
    None
}

/// Makes the file's values the defaults of the flags.
fn with_file(command: Command, path: &Path) -> Result<Command, clap::Error> {
    let bad = |text: String| clap::Error::raw(ErrorKind::ValueValidation, text);
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| bad(format!("cannot read the settings in {shown}: {e}")))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        bad(format!("{shown}, line {line}: {}", e.message()))
    })?;
    table.into_iter().try_fold(command, |command, (key, value)| {
        let id = settings(&command).find(|a| a.get_long() == Some(key.as_str())).map(|a| a.get_id().clone());
        let id = id.ok_or_else(|| bad(format!("{shown}: there is no setting `{key}`; see --print-config")))?;
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(_) | toml::Value::Boolean(_) => value.to_string(),
            _ => return Err(bad(format!("{shown}: `{key}` must be a text, a whole number or true or false"))),
        };
        Ok(command.mut_arg(id, |arg| arg.default_value(value).required(false)))
    })
}

fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !NOT_SETTINGS.contains(&arg.get_id().as_str()))
}

fn example(command: &Command) -> String {
    let mut text =
        format!("# Settings of {}. Flags and environment variables stand above this file.\n", command.get_name());
    for arg in settings(command) {
        let Some(long) = arg.get_long() else { continue };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let env = arg.get_env().map(|e| format!(" ({})", e.to_string_lossy())).unwrap_or_default();
        let default = arg.get_default_values().first().map(|v| v.to_string_lossy().into_owned());
        let number = default.as_ref().is_some_and(|d| d.parse::<i64>().is_ok());
        let value = default.clone().unwrap_or_default();
        let value = if number { value } else { toml::Value::String(value).to_string() };
        let comment = if arg.is_required_set() { "" } else { "#" };
        text.extend(["\n# ", &help, &env, "\n", comment, long, " = ", &value, "\n"]);
    }
    text
}

/// The message of an error without the usage and the hints that follow it.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nUsage").next().unwrap_or_default();
    let text = text.split("\n\nFor more").next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    line.strip_prefix("error: ").map_or(line.clone(), str::to_owned)
}

fn environment(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits { Ok(text.to_owned()) } else { Err("must be 1 to 32 letters, digits or '-'".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "sample")]
    struct Sample {
        #[command(flatten)]
        worker: WorkerConfig,
    }

    fn sample(args: &[&str], file: Option<&str>) -> Result<Sample, String> {
        let path = file.map(|text| {
            let path =
                std::env::temp_dir().join(format!("callboard-config-{}.toml", callboard_domain::EventId::generate()));
            std::fs::write(&path, text).unwrap();
            path
        });
        let args = std::iter::once("sample").chain(args.iter().copied()).map(OsString::from).collect();
        let read = read(with_config_flags(Sample::command()), args, path.clone()).map_err(|e| one_line(&e));
        path.inspect(|p| std::fs::remove_file(p).unwrap());
        read
    }

    const FILE: &str = "nats-seed-file = \"seed\"\ndatabase-url = \"postgres://x\"\ndatabase-connections = 8\n";

    #[test]
    fn a_file_gives_defaults_and_flags_stand_above_it() {
        let read = sample(&["--database-connections", "9"], Some(FILE)).unwrap();
        assert_eq!((read.worker.database_connections, read.worker.database_url.as_str()), (9, "postgres://x"));
        assert!(!read.worker.is_development());
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for (args, file, says) in [
            (&[][..], None, "required"),
            (&["--http-listen", "here"], Some(FILE), "http-listen"),
            (&[], Some("speed = 1"), "there is no setting `speed`"),
            (&[], Some("log = ["), "line 1"),
            (&[], Some("database-connections = 1"), "4..=500"),
            (&["--config", "/nowhere.toml"], None, "cannot read the settings in /nowhere.toml"),
        ] {
            let error = sample(args, file).unwrap_err();
            assert!(error.contains(says) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn the_example_names_every_setting_and_can_be_read() {
        let text = example(&with_config_flags(Sample::command()));
        assert!(text.contains("CALLBOARD_NATS_URL") && text.contains("#log = \"info\""), "{text}");
        let filled = text
            .replace("nats-seed-file = \"\"", "nats-seed-file = \"s\"")
            .replace("database-url = \"\"", "database-url = \"p\"");
        sample(&[], Some(&filled.replace("\n#", "\n").replace("\n ", "\n# "))).unwrap();
    }
}
