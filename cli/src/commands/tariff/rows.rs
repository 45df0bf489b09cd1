//! The columns of tariffs.

use callboard_contract::adm::tariff::TariffView;
use callboard_domain::{Reserve, TariffSpec};

use crate::report::{Cell, Column, Row, column};

impl Row for TariffView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |t| Cell::text(&t.name)),
        column("rate", "RATE/MIN", |t| Cell::amount(t.tariff.rate)),
        column("increment", "INCREMENT", |t| Cell::text(t.tariff.increment)),
        column("reserve", "RESERVE", |t| Cell::text(reserve(&t.tariff))),
        column("free_s", "FREE S", |t| Cell::number(t.tariff.free_s)),
        column("minimum", "MINIMUM", |t| Cell::amount(t.tariff.minimum)),
        column("connect_fee", "CONNECT FEE", |t| Cell::amount(t.tariff.connect_fee)),
        column("max_spend", "MAX SPEND", |t| Cell::maybe_amount(t.tariff.max_spend)),
        column("split", "SPLIT", |t| {
            Cell::words(t.tariff.split.parties().iter().map(|(party, share)| format!("{party}={share}")))
        }),
        column("preset", "PRESET", |t| Cell::yes(t.preset)),
        column("version", "VERSION", |t| Cell::number(t.version)),
        column("set_at", "SET", |t| Cell::maybe_at(t.set_at)),
        column("set_by", "BY", |t| Cell::maybe(t.set_by.as_ref())),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }
}

fn reserve(spec: &TariffSpec) -> String {
    match (&spec.flat, spec.reserve) {
        (Some(flat), _) => format!("flat {} for {} min", flat.price, flat.minutes),
        (None, Some(Reserve::Upfront { minutes })) => format!("upfront {minutes} min"),
        (None, Some(Reserve::Rolling { ahead_s })) => format!("rolling {ahead_s} s"),
        (None, None) => String::new(),
    }
}
