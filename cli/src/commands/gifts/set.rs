use callboard_contract::adm::gifts::{Set, SetRequest};
use callboard_domain::{Coins, Party, Share, Split};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, part};
use crate::report::Report;

/// Adds a gift, changes its name, price or split, retires it or brings it back (changes)
///
/// What is not said stays as it is. What was given before keeps what it cost.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Which one: 1 to 32 of a-z, 0-9 and `_`
    #[arg(value_name = "GIFT", add = complete::gifts())]
    gift: String,
    /// Its name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What one costs
    #[arg(long, value_name = "COINS")]
    price: Option<Coins>,
    /// Who gets which part, such as creator=0.8,platform=0.2
    #[arg(long, value_name = "PARTY=SHARE,…", value_delimiter = ',', value_parser = part)]
    split: Vec<(Party, Share)>,
    /// It can be given no more
    #[arg(long, conflicts_with = "back")]
    retire: bool,
    /// It can be given again
    #[arg(long)]
    back: bool,
    /// Refuse if its version is another by now
    #[arg(long, value_name = "N")]
    expect_version: Option<i64>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let split = if options.split.is_empty() {
        None
    } else {
        let split = Split::new(options.split.clone()).map_err(|e| Failure::usage(format!("--split {e}")))?;
        Some(split)
    };
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Set gift {}?", options.gift)),
        async |request_id, dry_run| {
            let request = SetRequest {
                request_id,
                gift: options.gift.clone(),
                name: options.name.clone(),
                price: options.price,
                split: split.clone(),
                retired: (options.retire || options.back).then_some(options.retire),
                reason: options.reason.reason.clone(),
                expect_version: options.expect_version,
                dry_run,
            };
            house.call::<Set>(&request).await
        },
        |kind| Report::one("callboard.gift.v1", kind),
    )
    .await
}
