//! The views that are a list: the one place that knows which list stands where, what of a filter the house itself applies, and which
//! power it needs.

use callboard_contract::adm::{audit, cases, people, rooms};
use callboard_domain::{CallId, CaseState, Power};

use super::action::{Place, Tab};
use super::filter::Filter;
use super::msg::List;
use super::table::{Ctx, Listed, Listing};
use super::{House, State};

/// How many rows of a list are read.
pub(crate) const ROWS: u32 = 200;

/// A list, whatever its rows are.
pub(crate) trait AnyListing {
    fn seen(&self) -> Option<i64>;
    fn filter(&self) -> &Filter;
    fn set_filter(&mut self, filter: Filter);
    fn step(&mut self, by: isize, ctx: &Ctx<'_>);
    /// The id of the chosen row, and the call that it is about.
    fn chosen_ids(&self, ctx: &Ctx<'_>) -> Option<(String, Option<CallId>)>;
    fn sort_next(&mut self);
    fn sort_reverse(&mut self);
    fn sort_by(&mut self, title: &str) -> bool;
    fn sorted(&self) -> Option<(&'static str, bool)>;
    /// The columns' titles and what they mean.
    fn columns(&self) -> Vec<(&'static str, &'static str)>;
}

impl<R: Listed> AnyListing for Listing<R> {
    fn seen(&self) -> Option<i64> {
        self.seen
    }

    fn filter(&self) -> &Filter {
        &self.filter
    }

    fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
    }

    fn step(&mut self, by: isize, ctx: &Ctx<'_>) {
        Self::step(self, by, ctx);
    }

    fn chosen_ids(&self, ctx: &Ctx<'_>) -> Option<(String, Option<CallId>)> {
        self.chosen(ctx).map(|row| (row.key(), row.call()))
    }

    fn sort_next(&mut self) {
        Self::sort_next(self);
    }

    fn sort_reverse(&mut self) {
        Self::sort_reverse(self);
    }

    fn sort_by(&mut self, title: &str) -> bool {
        Self::sort_by(self, title)
    }

    fn sorted(&self) -> Option<(&'static str, bool)> {
        Self::sorted(self)
    }

    fn columns(&self) -> Vec<(&'static str, &'static str)> {
        R::COLUMNS.iter().map(|c| (c.title, c.help)).collect()
    }
}

impl House {
    /// The list of a place; the live calls are none.
    pub(crate) fn listing(&self, place: Place) -> Option<&dyn AnyListing> {
        Some(match place {
            Place::Calls => return None,
            Place::Ended => &self.ended,
            Place::Money(Tab::Wallets) => &self.wallets,
            Place::Money(Tab::Transfers) => &self.transfers,
            Place::Money(Tab::Refunds) => &self.refunds,
            Place::Workers => &self.workers,
            Place::Restreams => &self.programmes,
            Place::Rooms => &self.rooms,
            Place::Cases => &self.cases,
            Place::Users => &self.people,
            Place::Audit => &self.audit,
        })
    }

    pub(crate) fn listing_mut(&mut self, place: Place) -> Option<&mut dyn AnyListing> {
        Some(match place {
            Place::Calls => return None,
            Place::Ended => &mut self.ended,
            Place::Money(Tab::Wallets) => &mut self.wallets,
            Place::Money(Tab::Transfers) => &mut self.transfers,
            Place::Money(Tab::Refunds) => &mut self.refunds,
            Place::Workers => &mut self.workers,
            Place::Restreams => &mut self.programmes,
            Place::Rooms => &mut self.rooms,
            Place::Cases => &mut self.cases,
            Place::Users => &mut self.people,
            Place::Audit => &mut self.audit,
        })
    }
}

impl Place {
    /// The power without which there is nothing to see here.
    pub(crate) const fn power(self) -> Option<Power> {
        match self {
            Self::Money(_) => Some(Power::SeeMoney),
            Self::Rooms | Self::Cases | Self::Users => Some(Power::SeeRooms),
            Self::Audit => Some(Power::Audit),
            Self::Calls | Self::Ended | Self::Workers | Self::Restreams => None,
        }
    }

    /// What of a filter the house applies, before there is a page of rows: `actor=ines`, with a line for the help.
    pub(crate) const fn asks(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rooms => &[
                ("of", "rooms of one creator"),
                ("in", "rooms in which somebody is"),
                ("words", "rooms with a word in name or topic"),
            ],
            Self::Cases => &[("about", "cases about somebody"), ("is", "mine, open or decided")],
            Self::Users => &[("uid", "users whose name begins so; a bare word does too"), ("is", "out")],
            Self::Audit => &[
                ("id", "acts on this id or name, or that name it"),
                ("actor", "acts of somebody: ines, staff:ines"),
                ("act", "this act, or acts of this service: calls.end, calls"),
            ],
            _ => &[],
        }
    }

    /// The term that a bare word is, where it is one that the house applies.
    const fn bare(self) -> Option<&'static str> {
        if let Self::Users = self { Some("uid") } else { None }
    }

    /// Reads a filter for the list of this place.
    pub(crate) fn filter(self, text: &str) -> Result<Filter, String> {
        if self == Self::Calls {
            return text.parse();
        }
        let names: Vec<&'static str> = self.asks().iter().map(|(name, _)| *name).collect();
        let filter = Filter::words(text, &names, self.bare())?;
        self.list(&filter)?;
        Ok(filter)
    }

    /// The question for the list of this place; none where it is read anyway.
    pub(crate) fn list(self, filter: &Filter) -> Result<Option<List>, String> {
        let limit = Some(ROWS);
        let uid = |name: &str| {
            let wrong = |text: &str| format!("`{text}` is not the name of a user");
            filter.asked(name).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
        };
        Ok(Some(match self {
            Self::Calls | Self::Workers => return Ok(None),
            Self::Ended => List::Ended,
            Self::Money(Tab::Wallets) => List::Wallets,
            Self::Money(Tab::Transfers) => List::Transfers,
            Self::Money(Tab::Refunds) => List::Refunds,
            Self::Restreams => List::Programmes,
            Self::Rooms => List::Rooms(rooms::LsRequest {
                tenant: uid("of")?,
                uid: uid("in")?,
                query: filter.asked("words").map(str::to_owned),
                limit,
                ..rooms::LsRequest::default()
            }),
            Self::Cases => {
                let is = filter.asked("is");
                let state = match is {
                    None | Some("mine") => None,
                    Some("open") => Some(CaseState::Open),
                    Some("decided") => Some(CaseState::Decided),
                    Some(other) => return Err(format!("cases are mine, open or decided, not `{other}`")),
                };
                let (about, mine) = (uid("about")?, is == Some("mine"));
                List::Cases(cases::LsRequest { state, about, mine, limit, cursor: None })
            }
            Self::Users => {
                let out = match filter.asked("is") {
                    None => false,
                    Some("out") => true,
                    Some(other) => return Err(format!("users are asked for with is=out, not `{other}`")),
                };
                let prefix = filter.asked("uid").map(str::to_owned);
                List::Users(people::LsRequest { prefix, out, limit, cursor: None })
            }
            Self::Audit => {
                let asked = |name: &str| filter.asked(name).map(str::to_owned);
                let (id, actor, act) = (asked("id"), asked("actor"), asked("act"));
                List::Audit(audit::LsRequest { id, actor, act, limit, ..audit::LsRequest::default() })
            }
        }))
    }
}

impl State {
    /// The list on the screen, where a list is on it.
    pub(crate) fn listing(&self) -> Option<&dyn AnyListing> {
        if let super::View::At(place) = self.view() { self.house.listing(place) } else { None }
    }

    pub(super) fn listing_mut(&mut self) -> Option<&mut dyn AnyListing> {
        if let super::View::At(place) = self.view() { self.house.listing_mut(place) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_house_can_search_it_is_asked_for() {
        let list = |place: Place, text: &str| place.filter(text).and_then(|f| place.list(&f)).map(Option::unwrap);
        let List::Audit(ask) = list(Place::Audit, "actor=ines act=mod rude").unwrap() else { panic!() };
        assert_eq!((ask.actor.as_deref(), ask.act.as_deref(), ask.id), (Some("ines"), Some("mod"), None));
        let List::Users(ask) = list(Place::Users, "ma is=out").unwrap() else { panic!() };
        assert_eq!((ask.prefix.as_deref(), ask.out), (Some("ma"), true));
        let List::Cases(ask) = list(Place::Cases, "is=mine about=leo").unwrap() else { panic!() };
        assert!(ask.mine && ask.about.is_some() && ask.state.is_none());
        let List::Rooms(ask) = list(Place::Rooms, "of=maya lounge").unwrap() else { panic!() };
        assert_eq!(ask.tenant.map(|t| t.to_string()).as_deref(), Some("maya"));
        for (place, wrong) in
            [(Place::Cases, "is=new"), (Place::Rooms, "of=!!"), (Place::Users, "is=in"), (Place::Audit, "id=")]
        {
            assert!(list(place, wrong).is_err(), "{wrong}");
        }
    }
}
