//! The columns of gifts.

use callboard_contract::adm::gifts::{GiftKind, GivenGift};
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

impl Row for GiftKind {
    const COLUMNS: &'static [Column<Self>] = &[
        column("gift", "GIFT", |g| Cell::text(&g.gift)),
        column("name", "NAME", |g| Cell::text(&g.name)),
        column("price", "PRICE", |g| Cell::maybe_amount(g.price)),
        column("split", "SPLIT", |g| {
            Cell::words(g.split.parties().iter().map(|(party, share)| format!("{party}={share}")))
        }),
        column("retired_at", "RETIRED", |g| Cell::maybe_at(g.retired_at)),
        column("version", "VERSION", |g| Cell::number(g.version)),
        column("set_at", "SET", |g| Cell::at(g.set_at)),
        column("set_by", "BY", |g| Cell::text(&g.set_by)),
    ];

    fn id(&self) -> String {
        self.gift.clone()
    }
}

impl Row for GivenGift {
    const COLUMNS: &'static [Column<Self>] = &[
        column("gift_id", "ID", |g| Cell::text(g.gift_id)),
        column("at", "AT", |g| Cell::at(g.at)),
        column("gift", "GIFT", |g| Cell::text(&g.gift)),
        column("from", "FROM", |g| Cell::text(&g.from)),
        column("to", "TO", |g| Cell::text(&g.to)),
        column("count", "COUNT", |g| Cell::number(g.count)),
        column("amount", "AMOUNT", |g| Cell::amount(g.amount)),
        column("refunded", "REFUNDED", |g| Cell::amount(g.refunded)),
        column("room_id", "ROOM", |g| Cell::maybe(g.room_id)),
        column("call_id", "CALL", |g| Cell::maybe(g.call_id)),
        column("transfer_id", "TRANSFER", |g| Cell::text(g.transfer_id)),
    ];

    fn id(&self) -> String {
        self.gift_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}
