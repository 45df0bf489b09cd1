//! The verbs that impose something.

use callboard_domain::{DeviceId, SanctionKind, Uid};
use clap::Args;

use super::impose::{self, Common, Wanted, Where};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::named_one;
use crate::when;

/// Warns somebody: he is told, nothing is taken from him (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Warn {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    common: Common,
}

/// Mutes somebody for a while: he may read and listen, and not speak (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Mute {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    /// How long: 1s to 14d
    #[arg(long = "for", value_name = "SPAN", value_parser = when::parse_seconds)]
    length: u32,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    common: Common,
}

/// Takes somebody out of a room, or of a creator's rooms and calls; he may come back (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Kick {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    common: Common,
}

/// Keeps somebody out: of a room, of a creator's rooms and calls, or of the platform (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Ban {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    /// How long; without an end if absent
    #[arg(long = "for", value_name = "SPAN", value_parser = when::parse_seconds)]
    length: Option<u32>,
    /// A device that is kept out too, whoever uses it; with a ban of the platform
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceId>,
    #[command(flatten)]
    at: Where,
    #[command(flatten)]
    common: Common,
}

/// Keeps somebody from spending coins; calls that he pays for end (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Restrict {
    /// Whom; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    /// How long; without an end if absent
    #[arg(long = "for", value_name = "SPAN", value_parser = when::parse_seconds)]
    length: Option<u32>,
    #[command(flatten)]
    common: Common,
}

impl Warn {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        impose::run(context, &wanted(&self.uid, SanctionKind::Warn, &self.at, None)?, &self.common).await
    }
}

impl Mute {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        impose::run(context, &wanted(&self.uid, SanctionKind::Mute, &self.at, Some(self.length))?, &self.common).await
    }
}

impl Kick {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let wanted = wanted(&self.uid, SanctionKind::Kick, &self.at, None)?;
        if wanted.scope == callboard_domain::Scope::Platform {
            return Err(Failure::usage("say what he is taken out of: --room ROOM or --tenant UID"));
        }
        impose::run(context, &wanted, &self.common).await
    }
}

impl Ban {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let mut wanted = wanted(&self.uid, SanctionKind::Ban, &self.at, self.length)?;
        wanted.device = self.device;
        impose::run(context, &wanted, &self.common).await
    }
}

impl Restrict {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let scope = callboard_domain::Scope::Platform;
        let uid = named_one::<Uid>(&self.uid)?;
        let wanted = Wanted { uid, kind: SanctionKind::RestrictPayments, scope, seconds: self.length, device: None };
        impose::run(context, &wanted, &self.common).await
    }
}

fn wanted(uid: &str, kind: SanctionKind, at: &Where, seconds: Option<u32>) -> Result<Wanted> {
    Ok(Wanted { uid: named_one(uid)?, kind, scope: at.scope(), seconds, device: None })
}
