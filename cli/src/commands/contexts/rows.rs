//! The columns of contexts.

use std::path::PathBuf;

use callboard_client::Context;
use serde::Serialize;

use crate::report::{Cell, Column, Row, column};

/// A context as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    name: String,
    selected: bool,
    environment: String,
    may_change: bool,
    server: String,
    credential: PathBuf,
}

impl Shown {
    pub(super) fn new(context: &Context, selected: bool) -> Self {
        Self {
            name: context.name.clone(),
            selected,
            environment: context.environment.clone(),
            may_change: context.may_change(),
            server: context.server.clone(),
            credential: context.credential.clone(),
        }
    }
}

impl Row for Shown {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "NAME", |c| Cell::text(&c.name)),
        column("selected", "SELECTED", |c| Cell::yes(c.selected)),
        column("environment", "ENVIRONMENT", |c| Cell::text(&c.environment)),
        column("may_change", "MAY CHANGE", |c| Cell::yes(c.may_change)),
        column("server", "SERVER", |c| Cell::text(&c.server)),
        column("credential", "CREDENTIAL", |c| Cell::text(c.credential.display())),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }
}
