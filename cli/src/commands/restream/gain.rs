use callboard_contract::adm::restream::{ChangeGain, GainRequest, ProgrammeReply};
use callboard_domain::Uid;
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{ChangeFlags, named_one};

/// Makes one guest louder or softer in the mix (changes)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The programme; `-` takes it from stdin
    #[arg(value_name = "PROGRAMME", add = complete::programmes())]
    programme: String,
    /// Who
    #[arg(value_name = "UID")]
    uid: Uid,
    /// How loud, in thousandths: 1000 leaves it as it comes in, 500 is half, 0 is silence, 4000 is the most
    #[arg(value_name = "PERMILLE")]
    gain_permille: u32,
    #[command(flatten)]
    change: ChangeFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let programme_id = named_one(&options.programme)?;
    let house = context.house().await?;
    change::carry_out(
        context,
        &options.change,
        |reply: &ProgrammeReply| {
            let title = &reply.programme.programme.title;
            Consent::yes(format!("Set the gain of {} in {title} to {}?", options.uid, options.gain_permille))
        },
        async |request_id, dry_run| {
            let (uid, gain_permille) = (options.uid.clone(), options.gain_permille);
            house.call::<ChangeGain>(&GainRequest { request_id, programme_id, uid, gain_permille, dry_run }).await
        },
        super::acted,
    )
    .await
}
