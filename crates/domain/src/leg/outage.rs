//! Time in which the house itself was not listening: it is neither connected nor lost, on any leg.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{At, Millis};

/// A span in which the house was not listening. Several may overlap and stand in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The first instant without a listener.
    pub from: At,
    /// The instant at which it was back.
    pub to: At,
}

/// How long the house listened between two instants.
pub(super) fn listened(from: At, to: At, outages: &[Outage]) -> Millis {
    let mut heard = to.since(from);
    let mut cursor = from;
    for outage in in_order(outages) {
        let start = cursor.max(outage.from);
        let end = to.min(outage.to);
        heard = heard.minus(end.since(start));
        cursor = cursor.max(end);
    }
    heard
}

/// The instant at which the house has listened for a span since `from`.
pub(super) fn advance(from: At, span: Millis, outages: &[Outage]) -> At {
    let mut cursor = from;
    let mut left = span;
    for outage in in_order(outages).into_iter().filter(|outage| outage.to > outage.from) {
        let gap = outage.from.since(cursor);
        if left <= gap {
            break;
        }
        if outage.to > cursor {
            left = left.minus(gap);
            cursor = outage.to;
        }
    }
    cursor.plus(left)
}

fn in_order(outages: &[Outage]) -> Vec<Outage> {
    let mut sorted = outages.to_vec(); // Almost always empty, which allocates nothing.
    sorted.sort_unstable_by_key(|outage| outage.from);
    sorted
}
