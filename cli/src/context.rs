//! What a command runs in: the flags that hold everywhere, the two streams, and the way to the house.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use callboard_stack::DataDir;

use crate::connect::{self, House};
use crate::fail::{Failure, Outcome, Result};
use crate::flags::Global;
use crate::out;
use crate::report::{Format, Report};

/// What a command runs in.
pub(crate) struct Context {
    pub(crate) global: Global,
}

impl Context {
    /// With these flags.
    pub(crate) fn new(global: Global) -> Self {
        Self { global }
    }

    /// A connection to the house.
    pub(crate) async fn house(&self) -> Result<House> {
        connect::connect(&self.global).await
    }

    /// Prints a report.
    pub(crate) fn print(&self, report: &Report) -> Result<Outcome> {
        out::data(&report.render(self.global.output, self.global.quiet, self.bold()))?;
        Ok(Outcome::Done)
    }

    /// Prints one report of a stream.
    pub(crate) fn print_next(&self, report: &Report, first: bool) -> Result<()> {
        out::data(&report.render_in_stream(self.global.output, self.global.quiet, first))
    }

    /// Prints plain data, such as a script.
    #[expect(clippy::unused_self, reason = "beside `print`, so that commands need to know one thing only")]
    pub(crate) fn print_text(&self, text: &str) -> Result<Outcome> {
        out::data(text)?;
        Ok(Outcome::Done)
    }

    /// Says something to people; not to those who asked for silence.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.global.quiet {
            out::note(text.as_ref());
        }
    }

    /// Whether people look at stdout, as columns.
    pub(crate) fn is_for_people(&self) -> bool {
        self.global.output == Format::Table && !self.global.quiet && std::io::stdout().is_terminal()
    }

    fn bold(&self) -> bool {
        self.is_for_people() && self.may_colour()
    }

    /// Whether stderr may be coloured.
    pub(crate) fn colour_on_stderr(&self) -> bool {
        self.may_colour() && std::io::stderr().is_terminal()
    }

    fn may_colour(&self) -> bool {
        !self.global.no_color && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// The data folder of the stack on this machine.
    pub(crate) fn data(&self) -> Result<PathBuf> {
        data_path(&self.global)
    }
}

/// The data folder that the flags name, or the usual one.
pub(crate) fn data_path(global: &Global) -> Result<PathBuf> {
    match &global.data {
        Some(path) => Ok(path.clone()),
        None => DataDir::default_path().map_err(|error| Failure::usage(error.to_string())),
    }
}
