use std::path::PathBuf;

use callboard_contract::adm::tariff::{Set, SetRequest, Show, ShowRequest};
use callboard_domain::{Coins, Increment, Party, Reserve, Share, Split, Tariff, TariffSpec};
use clap::Args;

use crate::change::{self, Consent};
use crate::complete;
use crate::connect::House;
use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::{ChangeFlags, ReasonFlag, part, read_text};
use crate::report::Report;
use crate::when;

/// Sets a tariff; calls that are under way keep theirs (changes)
///
/// It starts from a file, or from another tariff or preset with --like, or from the tariff of that name; flags then change it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name: 1 to 64 letters, digits, `_` or `-`
    #[arg(value_name = "NAME", add = complete::tariffs())]
    name: String,
    /// Take it from a JSON or YAML file; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "like")]
    file: Option<PathBuf>,
    /// Start from this tariff or preset
    #[arg(long, value_name = "TARIFF", add = complete::tariffs())]
    like: Option<String>,
    #[command(flatten)]
    fields: Fields,
    /// Refuse if its version is another by now
    #[arg(long, value_name = "N")]
    expect_version: Option<i64>,
    #[command(flatten)]
    reason: ReasonFlag,
    #[command(flatten)]
    change: ChangeFlags,
}

/// The fields of a tariff.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Tariff")]
struct Fields {
    /// Coins per minute
    #[arg(long, value_name = "COINS")]
    rate: Option<Coins>,
    /// First and further billing increments in seconds, such as 60/60
    #[arg(long, value_name = "I/A")]
    increment: Option<Increment>,
    /// What costs nothing, such as 60s
    #[arg(long, value_name = "SPAN", value_parser = when::parse_seconds)]
    free: Option<u32>,
    /// The least that is charged
    #[arg(long, value_name = "COINS")]
    minimum: Option<Coins>,
    /// Due at the first connected instant
    #[arg(long, value_name = "COINS")]
    connect_fee: Option<Coins>,
    /// Hold an estimate of so many minutes before the call
    #[arg(long, value_name = "MINUTES", conflicts_with = "rolling")]
    upfront: Option<u32>,
    /// Hold what the next span costs, such as 60s
    #[arg(long, value_name = "SPAN", value_parser = when::parse_seconds)]
    rolling: Option<u32>,
    /// Warn when less than this is left
    #[arg(long, value_name = "SPAN", value_parser = when::parse_seconds)]
    warn: Option<u32>,
    /// Lost time that one leg may have in sum
    #[arg(long, value_name = "SPAN", value_parser = when::parse_seconds)]
    reconnect: Option<u32>,
    /// Cut off where the leg would cost more
    #[arg(long, value_name = "COINS")]
    max_spend: Option<Coins>,
    /// Who gets which part, such as creator=0.8,platform=0.2
    #[arg(long, value_name = "PARTY=SHARE,…", value_delimiter = ',', value_parser = part)]
    split: Vec<(Party, Share)>,
}

impl Fields {
    fn apply(&self, spec: &mut TariffSpec) -> Result<()> {
        fn put<T: Clone>(from: Option<&T>, to: &mut T) {
            if let Some(value) = from {
                to.clone_from(value);
            }
        }
        put(self.rate.as_ref(), &mut spec.rate);
        put(self.increment.as_ref(), &mut spec.increment);
        put(self.free.as_ref(), &mut spec.free_s);
        put(self.minimum.as_ref(), &mut spec.minimum);
        put(self.connect_fee.as_ref(), &mut spec.connect_fee);
        put(self.warn.as_ref(), &mut spec.warn_s);
        let rolling = self.rolling.map(|ahead_s| Reserve::Rolling { ahead_s });
        spec.reserve = self.upfront.map(|minutes| Reserve::Upfront { minutes }).or(rolling).or(spec.reserve);
        spec.reconnect_s = self.reconnect.or(spec.reconnect_s);
        spec.max_spend = self.max_spend.or(spec.max_spend);
        if !self.split.is_empty() {
            spec.split = Split::new(self.split.clone()).map_err(|e| Failure::usage(format!("--split {e}")))?;
        }
        Ok(())
    }
}

async fn start_from(house: &House, options: &Options) -> Result<TariffSpec> {
    if let Some(file) = &options.file {
        // YAML takes JSON too.
        return serde_yaml_ng::from_str(&read_text(file)?)
            .map_err(|error| Failure::usage(format!("{} is no tariff: {error}", file.display())));
    }
    let name = options.like.as_ref().unwrap_or(&options.name).clone();
    match house.call::<Show>(&ShowRequest { name }).await {
        Ok(view) => Ok(view.tariff),
        Err(failure) if failure.code == "not_found" && options.like.is_none() => {
            Err(Failure::usage(format!("there is no tariff {} yet to start from", options.name))
                .hint("give --file FILE, or --like PRESET: creator-hold, coin-burn, astro, reader or reader-flat"))
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::check(&options.change)?;
    let house = context.house().await?;
    let mut spec = start_from(&house, &options).await?;
    options.fields.apply(&mut spec)?;
    // Told here, with the field's name, before anybody is asked anything.
    Tariff::try_from(spec.clone()).map_err(|error| Failure::usage(format!("not a tariff: {error}")))?;
    change::carry_out(
        context,
        &options.change,
        |_| Consent::yes(format!("Set tariff {}?", options.name)),
        async |request_id, dry_run| {
            let request = SetRequest {
                request_id,
                name: options.name.clone(),
                tariff: spec.clone(),
                reason: options.reason.reason.clone(),
                expect_version: options.expect_version,
                dry_run,
            };
            house.call::<Set>(&request).await
        },
        |view| Report::one("callboard.tariff.v1", view),
    )
    .await
}
