use callboard_client::{ContextFile, Credential};
use clap::Args;

use super::rows::Shown;
use crate::connect;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::report::Report;

/// Adds a context for a server and a credential file, named by --server and --creds (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// `development`, `production`, …: shown wherever you work; anything but `development` is read-only until said otherwise
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// Let changes through, or not; by the environment if absent
    #[arg(long, value_name = "true|false")]
    allow_changes: Option<bool>,
    /// Replace one of this name
    #[arg(long)]
    replace: bool,
    /// Select it
    #[arg(long)]
    select: bool,
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let creds = context.global.creds.as_ref().ok_or_else(|| Failure::usage("a context needs --creds FILE"))?;
    // Read now, so that a wrong file is told when it is named, not when it is first used.
    let credential = Credential::read(creds)?;
    let server = context.global.server.clone().or(credential.server);
    let server = server.ok_or_else(|| Failure::usage("a context needs --server URL: the credential names none"))?;
    let creds = std::path::absolute(creds).map_err(|error| Failure::failed(format!("{}: {error}", creds.display())))?;
    let file = ContextFile {
        server,
        credential: creds,
        environment: options.environment.clone(),
        allow_changes: options.allow_changes,
    };
    let contexts = connect::contexts()?;
    let added = contexts.add(&options.name, &file, options.replace)?;
    if options.select {
        contexts.select(&options.name)?;
    }
    let selected = contexts.current()?.as_deref() == Some(options.name.as_str());
    context.print(&Report::one("callboard.context.v1", &Shown::new(&added, selected)))
}
