//! The two streams. Data goes to stdout, everything else to stderr. Whoever reads stdout may stop reading at any time.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use callboard_domain::terminal_safe;

use crate::fail::{Failure, Result};

/// Writes data.
pub(crate) fn data(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        // `callboard calls history --all | head`: that is not a failure, but nobody wants the rest.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::failed(format!("cannot write to stdout: {error}"))),
    }
}

/// Says something to people.
pub(crate) fn note(text: &str) {
    let mut stderr = std::io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(stderr, "{}", terminal_safe(line));
    }
}

/// Says why it failed.
pub(crate) fn complain(failure: &Failure, json: bool, colour: bool) {
    let text = if json { failure.for_programs() } else { failure.for_people(colour) };
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Whether there is a person to ask: one who sees stderr and types on stdin.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
