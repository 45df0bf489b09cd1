use callboard_contract::adm::people::{Sessions, WhoRequest};
use clap::Args;

use super::rows::sessions;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;

/// Shows a user's devices, masked, and his live connections (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let uid = named_one(&options.uid)?;
    context.print(&sessions(&context.house().await?.call::<Sessions>(&WhoRequest { uid }).await?))
}
