use callboard_contract::adm::wallet::{Topup, TopupReply, TopupRequest};
use callboard_domain::{Coins, Uid};
use clap::Args;

use crate::change::{self, Consent};
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag};
use crate::report::Report;

/// From here on the amount has to be typed.
const LARGE: Coins = Coins::whole(1_000);

/// Adds coins to a wallet; one person may do it only on development stacks (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The person
    #[arg(value_name = "UID")]
    uid: Uid,
    /// How many coins, at most four decimals
    #[arg(value_name = "AMOUNT")]
    amount: Coins,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    if !options.amount.is_positive() {
        return Err(Failure::usage(format!("a top-up is of more than nothing, not {}", options.amount)));
    }
    change::check(&options.change)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &TopupReply| {
            let question = format!("Add {} coins to the wallet of {}", options.amount, reply.wallet.uid);
            if options.amount < LARGE {
                Consent::yes(question + "?")
            } else {
                Consent::typing(question + "? The amount:", &options.amount)
            }
        },
        async |request_id, dry_run| {
            let request = TopupRequest {
                request_id,
                uid: options.uid.clone(),
                amount: options.amount,
                reason: options.reason.reason.clone(),
                dry_run,
            };
            house.call::<Topup>(&request).await
        },
        |reply| Report::one_as("callboard.topup.v1", &reply.wallet, reply),
    )
    .await
}
