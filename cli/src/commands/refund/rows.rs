//! The columns of refunds and postings.

use callboard_contract::adm::refund::{Posting, RefundPreview, RefundView};
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

impl Row for RefundView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("transfer_id", "TRANSFER", |r| Cell::text(r.transfer_id)),
        column("at", "AT", |r| Cell::at(r.at)),
        column("call_id", "CALL", |r| Cell::maybe(r.call_id)),
        column("of_transfer", "OF TRANSFER", |r| Cell::maybe(r.of_transfer)),
        column("payer", "PAYER", |r| Cell::text(&r.payer)),
        column("amount", "AMOUNT", |r| Cell::amount(r.amount)),
        column("actor", "BY", |r| Cell::text(&r.actor)),
        column("reason", "REASON", |r| Cell::text(&r.reason)),
    ];

    fn id(&self) -> String {
        self.transfer_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}

impl Row for RefundPreview {
    const COLUMNS: &'static [Column<Self>] = &[
        column("call_id", "CALL", |r| Cell::maybe(r.call_id)),
        column("leg_id", "LEG", |r| Cell::maybe(r.leg_id)),
        column("of_transfer", "OF TRANSFER", |r| Cell::maybe(r.of_transfer)),
        column("payer", "PAYER", |r| Cell::text(&r.payer)),
        column("charged", "CHARGED", |r| Cell::amount(r.charged)),
        column("refunded_before", "REFUNDED BEFORE", |r| Cell::amount(r.refunded_before)),
        column("amount", "AMOUNT", |r| Cell::amount(r.amount)),
        column("limit_per_act", "LIMIT PER ACT", |r| Cell::amount(r.limit_per_act)),
        column("limit_per_day", "LIMIT PER DAY", |r| Cell::amount(r.limit_per_day)),
        column("used_today", "USED TODAY", |r| Cell::amount(r.used_today)),
        column("within_limits", "WITHIN LIMITS", |r| Cell::yes(r.within_limits)),
    ];

    fn id(&self) -> String {
        let transfer = || self.of_transfer.map(|transfer| transfer.to_string());
        self.leg_id.map(|leg| leg.to_string()).or_else(transfer).unwrap_or_default()
    }
}

impl Row for Posting {
    const COLUMNS: &'static [Column<Self>] = &[
        column("account", "ACCOUNT", |p| Cell::text(&p.account)),
        column("amount", "AMOUNT", |p| Cell::amount(p.amount)),
    ];

    fn id(&self) -> String {
        self.account.clone()
    }
}
