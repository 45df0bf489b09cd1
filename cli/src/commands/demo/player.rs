//! Asks for a programme as a player does: the address, the play list that it leads to, and what is new there.

use std::time::{Duration, Instant};

const ASK_EVERY: Duration = Duration::from_millis(500);

/// Watches until so many new segments were there and could be had; gives how many, or why there were not enough in time.
pub(super) async fn watch(address: &str, segments: u64, within: Duration) -> Result<u64, String> {
    let address = address.to_owned();
    let watching = tokio::task::spawn_blocking(move || watch_now(&address, segments, within));
    watching.await.map_err(|error| error.to_string())?
}

fn watch_now(address: &str, wanted: u64, within: Duration) -> Result<u64, String> {
    let until = Instant::now() + within;
    let (folder, _) = address.rsplit_once('/').ok_or("the address has no path")?;
    let lead = get(address)?;
    let list = files(&lead).last().ok_or("the address leads nowhere")?.to_owned();
    let (mut last, mut played) = (None, 0);
    while played < wanted {
        if Instant::now() > until {
            return Err(format!("{played} new segments in {} s", within.as_secs()));
        }
        let playlist = get(&format!("{folder}/{list}"))?;
        let newest = files(&playlist).last().map(str::to_owned);
        if let Some(newest) = newest.filter(|newest| last.as_ref() != Some(newest)) {
            if last.is_some() {
                get(&format!("{folder}/{newest}"))?;
                played += 1;
            }
            last = Some(newest);
        }
        pause();
    }
    Ok(played)
}

/// The lines of a play list that name something.
fn files(playlist: &[u8]) -> impl DoubleEndedIterator<Item = &str> {
    let text = std::str::from_utf8(playlist).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn get(url: &str) -> Result<Vec<u8>, String> {
    // The address holds a ticket: it is not repeated.
    let answer = ureq::get(url).config().timeout_global(Some(Duration::from_secs(10))).build().call();
    let mut answer = answer.map_err(|error| format!("asked for a file of it: {error}"))?;
    answer.body_mut().read_to_vec().map_err(|error| format!("a file of it broke off: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "a player asks once in a while, on a thread of its own")]
fn pause() {
    std::thread::sleep(ASK_EVERY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_play_list_names_its_files() {
        let list = b"#EXTM3U\n#EXTINF:1.0,\n7.ts?ticket=x\n\n#EXTINF:1.0,\n8.ts?ticket=x\n";
        assert_eq!(files(list).collect::<Vec<_>>(), ["7.ts?ticket=x", "8.ts?ticket=x"]);
    }
}
