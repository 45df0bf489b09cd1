//! Links in a text, as people would follow them and as they hide them.

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::MAX_ENTRY_CHARS;
use crate::policy::glob_matches;

/// Endings that make a link of what has no `https://` before it. Others need that, or `www.`, or a path.
const ENDINGS: &[&str] = &[
    "app", "at", "au", "be", "biz", "br", "ca", "cc", "ch", "chat", "click", "club", "cn", "co", "com", "cz", "de",
    "dev", "dk", "es", "eu", "fi", "fr", "fun", "gg", "gl", "gle", "info", "in", "io", "ir", "it", "jp", "ke", "kr",
    "link", "live", "ly", "me", "mobi", "net", "ng", "nl", "no", "nu", "online", "org", "page", "ph", "pl", "pro",
    "pt", "pw", "ro", "ru", "se", "shop", "site", "space", "store", "su", "tk", "to", "top", "tv", "ua", "uk", "us",
    "vip", "ws", "xxx", "xyz", "za",
];

/// What stands around a link and is no part of its host.
const AROUND: &[char] = &[',', ';', '(', ')', '[', ']', '<', '>', '"', '\'', '|', '=', '!'];

/// Checks that a domain can be allowed.
pub(super) fn check_domain(domain: &str) -> Result<(), String> {
    let labels = domain.split('.').count();
    let plain = domain.len() <= MAX_ENTRY_CHARS
        && domain
            .split('.')
            .all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    if plain && labels >= 2 {
        Ok(())
    } else {
        Err(format!("`{domain}` is no domain; write it in lower case and without a path: example.com"))
    }
}

/// Links to other domains than those, by the words that they stand in.
pub(super) fn strangers(text: &str, allow: &BTreeSet<String>) -> Vec<Range<usize>> {
    words_with(text, |host| !is_allowed(host, allow))
}

/// Links to those domains, by the words that they stand in.
pub(super) fn denied(text: &str, deny: &BTreeSet<String>) -> Vec<Range<usize>> {
    words_with(text, |host| {
        let below = |domain: &String| host.match_indices('.').any(|(at, _)| glob_matches(domain, &host[at + 1..]));
        deny.iter().any(|domain| domain.strip_prefix("*.") == Some(host) || glob_matches(domain, host) || below(domain))
    })
}

fn words_with(text: &str, is_meant: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        let span = at..at + word.len();
        at = span.end + text[span.end..].chars().next().map_or(0, char::len_utf8);
        if hosts(word).iter().any(|host| is_meant(host)) {
            found.push(span);
        }
    }
    found
}

fn is_allowed(host: &str, allow: &BTreeSet<String>) -> bool {
    allow
        .iter()
        .any(|domain| host == domain || host.strip_suffix(domain.as_str()).is_some_and(|sub| sub.ends_with('.')))
}

/// The hosts that a word links to. More than one is a link within a link, or something that only looks like one.
fn hosts(word: &str) -> Vec<String> {
    // Full-width letters and dots of other scripts are what browsers take them for.
    let plain: String =
        word.nfkc().flat_map(char::to_lowercase).map(|c| if matches!(c, '。' | '｡') { '.' } else { c }).collect();
    let plain = ["(dot)", "[dot]", "{dot}", "[.]", "(.)", "{.}"].iter().fold(plain, |text, dot| text.replace(dot, "."));
    let plain = plain.replace("hxxp", "http").replace('\\', "/");
    let mut hosts = Vec::new();
    let parts: Vec<&str> = plain.split("://").collect();
    for (no, part) in parts.iter().enumerate() {
        let written_out = no > 0;
        let end = part.find(['/', '?', '#']).unwrap_or(part.len());
        let has_path = part.len() > end + 1 && !written_out && parts.len() == no + 1;
        for candidate in part[..end].split(AROUND) {
            let host = candidate.rsplit('@').next().unwrap_or(candidate);
            let is_mail = candidate.contains('@') && !written_out;
            let host = host.split(':').next().unwrap_or(host).trim_matches('.');
            if !is_mail && is_host(host, written_out, has_path) {
                hosts.push(host.strip_prefix("www.").unwrap_or(host).to_owned());
            }
        }
    }
    hosts
}

fn is_host(host: &str, written_out: bool, has_path: bool) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let well_formed = labels.iter().all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-'));
    let last = labels.last().copied().unwrap_or_default();
    if written_out {
        return !host.is_empty() && well_formed;
    }
    let is_name = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
    let is_address = labels.len() == 4 && labels.iter().all(|l| l.parse::<u8>().is_ok());
    labels.len() >= 2
        && well_formed
        && ((is_name && (ENDINGS.contains(&last) || labels[0] == "www" || has_path || last.starts_with("xn--")))
            || (is_address && has_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_as_people_write_and_hide_them() {
        let allow = BTreeSet::from(["callboard.example".to_owned(), "youtube.com".to_owned()]);
        for text in [
            "https://evil.example/x",
            "see http://1.2.3.4:8080",
            "evil.com",
            "(evil.com)",
            "EVIL.COM!",
            "ｅｖｉｌ．ｃｏｍ",
            "evil。com",
            "evil[.]com",
            "evil(dot)com",
            "www.evil.example",
            "evil.example/path",
            "hxxps://evil.test",
            "https://youtube.com@evil.test/",
            "https://youtube.com.evil.test",
            "notyoutube.com",
            "https://пример.рф/",
            "discord.gg/abc",
            "t.me/x",
            "https:\\\\evil.test",
            "https://youtube.com/https://evil.test",
            "[x](https://evil.test)",
        ] {
            assert!(!strangers(text, &allow).is_empty(), "{text}");
        }
        for text in [
            "hello.how are you",
            "3.14",
            "e.g. this",
            "https://youtube.com/watch?v=1",
            "m.youtube.com",
            "Hello...",
            "a@b",
            "me@mail.example",
            "12:30",
            "v1.2.3",
            "and/or",
            "ok.",
            "...",
            "://",
            "https://",
        ] {
            assert!(strangers(text, &allow).is_empty(), "{text}");
        }
        let text = "look: \u{3000}evil.com now";
        assert_eq!(strangers(text, &allow).into_iter().map(|s| &text[s]).collect::<Vec<_>>(), ["evil.com"]);
        assert!(check_domain("Example.com").is_err() && check_domain("com").is_err() && check_domain("a.b/c").is_err());
    }
}
