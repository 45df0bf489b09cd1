//! The columns of holds.

use callboard_contract::adm::holds::HoldView;

use crate::report::{Cell, Column, Row, column};

impl Row for HoldView {
    const COLUMNS: &'static [Column<Self>] = &[
        column("hold_id", "HOLD", |h| Cell::text(h.hold_id)),
        column("call_id", "CALL", |h| Cell::text(h.call_id)),
        column("call_state", "STATE", |h| Cell::text(h.call_state)),
        column("payer", "PAYER", |h| Cell::text(&h.payer)),
        column("granted", "GRANTED", |h| Cell::amount(h.granted)),
        column("settled", "SETTLED", |h| Cell::amount(h.settled)),
        column("held", "HELD", |h| Cell::amount(h.held)),
        column("placed_at", "PLACED", |h| Cell::at(h.placed_at)),
    ];

    fn id(&self) -> String {
        self.hold_id.to_string()
    }
}
