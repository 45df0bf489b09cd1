//! The columns of wallets and their postings.

use callboard_contract::adm::wallet::WalletView;
use callboard_contract::api::wallet::WalletLine;
use callboard_domain::At;

use crate::report::{Cell, Column, Row, column};

impl Row for WalletView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("uid", "UID", |w| Cell::text(&w.uid)),
        column("available", "AVAILABLE", |w| Cell::amount(w.available)),
        column("held", "HELD", |w| Cell::amount(w.held)),
        column("posted", "POSTED", |w| Cell::amount(w.posted)),
        column("earnings", "EARNINGS", |w| Cell::amount(w.earnings)),
        column("owed", "OWED", |w| Cell::amount(w.owed)),
        column("burn_per_minute", "BURN/MIN", |w| Cell::amount(w.burn_per_minute)),
    ];

    fn id(&self) -> String {
        self.uid.to_string()
    }
}

impl Row for WalletLine {
    const COLUMNS: &'static [Column<Self>] = &[
        column("at", "AT", |l| Cell::at(l.at)),
        column("kind", "KIND", |l| Cell::text(&l.kind)),
        column("account", "ACCOUNT", |l| Cell::text(&l.account)),
        column("amount", "AMOUNT", |l| Cell::amount(l.amount)),
        column("call_id", "CALL", |l| Cell::maybe(l.call_id)),
        column("reason", "REASON", |l| Cell::maybe(l.reason.as_ref())),
        column("transfer_id", "TRANSFER", |l| Cell::text(l.transfer_id)),
    ];

    fn id(&self) -> String {
        self.transfer_id.to_string()
    }

    fn at(&self) -> Option<At> {
        Some(self.at)
    }
}
