use callboard_domain::ListName;
use clap::Args;

use super::file::{self, Format};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::out;

/// Writes a policy list to stdout as a file that `import` reads (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The list
    #[arg(value_name = "LIST", value_parser = super::list_name)]
    name: ListName,
    /// The format of the file
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let entries = super::entries(&context.house().await?, &options.name).await?;
    out::data(&file::write(&options.name, &entries, options.format))?;
    Ok(Outcome::Done)
}
