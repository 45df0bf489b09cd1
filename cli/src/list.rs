//! Lists: page after page until enough, within a period, and again every so often if asked to.

use std::time::Duration;

use callboard_contract::limits::MAX_PAGE;
use callboard_contract::{Page, PageQuery};

use crate::context::Context;
use crate::fail::{Outcome, Result};
use crate::flags::{PageFlags, PeriodFlags, WatchFlags};
use crate::out;
use crate::report::{Report, Row};

/// Reads as many items as the flags ask for. Lists that know of no period are newest first: an item before `since` ends them.
pub(crate) async fn read<T: Row>(
    flags: &PageFlags,
    period: PeriodFlags,
    mut fetch: impl AsyncFnMut(PageQuery) -> Result<Page<T>>,
) -> Result<Page<T>> {
    let wanted =
        if flags.all { usize::MAX } else { flags.limit.unwrap_or(callboard_contract::limits::DEFAULT_PAGE) as usize };
    let mut items: Vec<T> = Vec::new();
    let mut cursor = flags.cursor.clone();
    loop {
        let missing = u32::try_from(wanted - items.len()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let page = fetch(PageQuery { limit: Some(missing), cursor: cursor.take() }).await?;
        let mut over = false;
        for item in page.items {
            over |= item.at().is_some_and(|at| period.since.is_some_and(|since| at < since));
            if !over && item.at().is_none_or(|at| period.until.is_none_or(|until| at < until)) {
                items.push(item);
            }
        }
        cursor = page.cursor.filter(|_| !over);
        if cursor.is_none() || items.len() >= wanted {
            return Ok(Page { items, cursor });
        }
    }
}

/// Prints a report once, or again every so often.
pub(crate) async fn show(
    context: &Context,
    watch: WatchFlags,
    mut look: impl AsyncFnMut() -> Result<Report>,
) -> Result<Outcome> {
    let Some(seconds) = watch.watch else { return context.print(&look().await?) };
    let mut tick = tokio::time::interval(Duration::from_secs(seconds.into()));
    let mut first = true;
    loop {
        tick.tick().await;
        let report = look().await?;
        if context.is_for_people() {
            // Home, print, and clear what the last look left below: no flicker.
            out::data("\x1b[H\x1b[2J")?;
            context.print(&report)?;
        } else {
            context.print_next(&report, first)?;
        }
        first = false;
    }
}

/// Prints a list, with a word to people if there is more of it.
pub(crate) fn print<T: Row>(context: &Context, schema: &'static str, page: &Page<T>) -> Result<Outcome> {
    let outcome = context.print(&Report::list(schema, &page.items, page.cursor.as_deref()))?;
    if let (Some(cursor), true) = (&page.cursor, context.is_for_people()) {
        context.note(format!("there are more: --all, or --cursor {cursor}"));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use callboard_contract::adm::money::TransferView;
    use callboard_domain::{At, TransferId};

    use super::*;

    fn transfer(second: i64) -> TransferView {
        TransferView {
            transfer_id: TransferId::generate(),
            at: At::from_ms(second * 1000),
            kind: "settle".into(),
            reference: String::new(),
            actor: "house".into(),
            reason: None,
            postings: Vec::new(),
        }
    }

    /// A house with 1200 transfers, newest first; the cursor is the number of the next one.
    fn serve(query: &PageQuery) -> Page<TransferView> {
        let from: i64 = query.cursor.as_deref().map_or(0, |c| c.parse().unwrap());
        let to = (from + i64::from(query.limit().unwrap())).min(1200);
        Page { items: (from..to).map(|n| transfer(10_000 - n)).collect(), cursor: (to < 1200).then(|| to.to_string()) }
    }

    async fn count(flags: PageFlags, period: PeriodFlags) -> (usize, Option<String>) {
        let page = read(&flags, period, async |query| Ok(serve(&query))).await.unwrap();
        (page.items.len(), page.cursor)
    }

    #[tokio::test]
    async fn as_many_as_asked_for_however_long_the_pages_are() {
        let none = PeriodFlags::default();
        assert_eq!(count(PageFlags::default(), none).await, (50, Some("50".into())));
        assert_eq!(
            count(PageFlags { limit: Some(700), ..PageFlags::default() }, none).await,
            (700, Some("700".into()))
        );
        assert_eq!(count(PageFlags { all: true, ..PageFlags::default() }, none).await, (1200, None));
        let from = PageFlags { cursor: Some("1190".into()), ..PageFlags::default() };
        assert_eq!(count(from, none).await, (10, None));
    }

    #[tokio::test]
    async fn a_period_ends_the_reading() {
        let all = PageFlags { all: true, ..PageFlags::default() };
        let period = PeriodFlags { since: Some(At::from_ms(9_991_000)), until: Some(At::from_ms(9_999_000)) };
        assert_eq!(count(all, period).await, (8, None));
    }
}
