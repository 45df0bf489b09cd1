use callboard_contract::adm::users::{Token, TokenReply, TokenRequest};
use callboard_domain::Uid;
use clap::Args;

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::named_one;
use crate::report::{Cell, Column, Report, Row, column};
use crate::when;

/// Makes a login token for a user; only on development stacks; -q prints the token alone (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Whose; `-` takes it from stdin
    #[arg(value_name = "UID")]
    uid: String,
    /// How long it holds: 15m, 2h, at most 1d
    #[arg(long, value_name = "SPAN", value_parser = when::parse_seconds, default_value = "1h")]
    ttl: u32,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let request = TokenRequest { uid: named_one::<Uid>(&options.uid)?, ttl_s: Some(options.ttl) };
    let reply = context.house().await?.call::<Token>(&request).await?;
    context.print(&Report::one("callboard.token.v1", &reply))
}

impl Row for TokenReply {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |t| Cell::text(&t.uid)),
        column("token", "TOKEN", |t| Cell::text(&t.token)),
        column("expires_at", "EXPIRES", |t| Cell::at(t.expires_at)),
    ];

    fn id(&self) -> String {
        self.token.clone()
    }
}
