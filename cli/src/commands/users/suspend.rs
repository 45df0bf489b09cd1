use callboard_domain::{DeviceId, SanctionKind, Scope};
use clap::Args;

use crate::commands::moderation::impose::{self, Common, Wanted};
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::when;

/// Suspends a user for a while: he cannot sign in, live sessions are cut, his calls end (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    /// How long: 2h, 7d
    #[arg(long = "for", value_name = "SPAN", value_parser = when::parse_seconds)]
    length: u32,
    /// A device that is kept out too, whoever uses it
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceId>,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let wanted = Wanted {
        uid: named_one(&options.uid)?,
        kind: SanctionKind::Suspend,
        scope: Scope::Platform,
        seconds: Some(options.length),
        device: options.device,
    };
    impose::run(context, &wanted, &options.common).await
}
