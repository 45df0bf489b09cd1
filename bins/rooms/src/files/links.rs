//! Links to files, signed so that any copy of this worker can tell without asking anybody whether a link is the house's and still good.

use callboard_contract::limits::{FILE_LINK_MS, NEWS_LINK_MS};
use callboard_contract::room::AttachmentView;
use callboard_domain::{AttachmentId, Uid};
use callboard_rooms::attachments::path;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Makes and reads links.
#[derive(Clone)]
pub(super) struct Links {
    key: Vec<u8>,
    base: String,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Links {
    pub(super) fn new(secret: &str, base: &str) -> Self {
        Self { key: secret.as_bytes().to_vec(), base: base.trim_end_matches('/').to_owned() }
    }

    /// Where a file is put, until an instant in seconds.
    pub(super) fn upload(&self, id: AttachmentId, until: i64) -> String {
        let signature = BASE64URL_NOPAD.encode(&self.put(id, until).finalize().into_bytes());
        format!("{}/{}?until={until}&sig={signature}", self.base, path(id))
    }

    /// Whether a link is one for this upload and still good.
    pub(super) fn opens_upload(&self, id: AttachmentId, query: Option<&str>, now: i64) -> bool {
        let Some(asked) = Asked::read(query) else { return false };
        asked.until > now && asked.viewer.is_none() && self.put(id, asked.until).verify_slice(&asked.signature).is_ok()
    }

    /// Makes links of the paths in a view: for one viewer, or for all who hear a room's news, which are good for a shorter time.
    pub(super) fn sign(&self, view: &mut AttachmentView, viewer: Option<&Uid>, now: i64) {
        let until = now + if viewer.is_some() { FILE_LINK_MS } else { NEWS_LINK_MS } / 1000;
        let signature = BASE64URL_NOPAD.encode(&self.get(view.attachment_id, until, viewer).finalize().into_bytes());
        let viewer = viewer.map(|viewer| format!("&for={viewer}")).unwrap_or_default();
        let query = format!("?until={until}{viewer}&sig={signature}");
        let path = path(view.attachment_id);
        view.thumbnail_url = view.thumbnail_url.take().map(|_| format!("{}/{path}/thumbnail{query}", self.base));
        view.url = format!("{}/{path}{query}", self.base);
    }

    /// What a link to this file opens, if it is still good.
    pub(super) fn opens(&self, id: AttachmentId, query: Option<&str>, now: i64) -> Option<Opened> {
        let asked = Asked::read(query)?;
        let mac = self.get(id, asked.until, asked.viewer.as_ref());
        (asked.until > now && mac.verify_slice(&asked.signature).is_ok()).then_some(Opened { viewer: asked.viewer })
    }

    fn put(&self, id: AttachmentId, until: i64) -> Hmac<Sha256> {
        self.mac().chain_update(format!("put\n{id}\n{until}"))
    }

    fn get(&self, id: AttachmentId, until: i64, viewer: Option<&Uid>) -> Hmac<Sha256> {
        self.mac().chain_update(format!("get\n{id}\n{until}\n{}", viewer.map_or("", Uid::as_str)))
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.key).expect("HMAC takes keys of any length")
    }
}

/// A link that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// For whom it is; for nobody in particular where it came with a room's news.
    pub(super) viewer: Option<Uid>,
}

/// What a link says.
struct Asked {
    until: i64,
    viewer: Option<Uid>,
    signature: Vec<u8>,
}

impl Asked {
    fn read(query: Option<&str>) -> Option<Self> {
        let (mut until, mut viewer, mut signature) = (None, None, None);
        for (name, value) in query?.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "until" => until = Some(value.parse().ok()?),
                "for" => viewer = Some(Uid::new(value).ok()?),
                "sig" => signature = Some(BASE64URL_NOPAD.decode(value.as_bytes()).ok()?),
                _ => {}
            }
        }
        Some(Self { until: until?, viewer, signature: signature? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(url: &str) -> Option<&str> {
        url.split_once('?').map(|(_, query)| query)
    }

    #[test]
    fn a_link_is_good_for_its_file_its_viewer_its_time_and_its_secret() {
        let links = Links::new("secret", "http://files.example/");
        let (id, other) = (AttachmentId::generate(), AttachmentId::generate());
        let maya = Uid::new("maya").expect("a name");
        let mut view = AttachmentView {
            attachment_id: id,
            content_type: "image/png".to_owned(),
            bytes: 1,
            width: None,
            height: None,
            length: None,
            url: path(id),
            thumbnail_url: Some(format!("{}/thumbnail", path(id))),
            expires_at: None,
        };
        links.sign(&mut view, Some(&maya), 1000);
        let asked = query(&view.url);
        assert!(view.url.starts_with(&format!("http://files.example/files/{id}?")), "{}", view.url);
        let small = view.thumbnail_url.clone().expect("a thumbnail");
        assert!(small.starts_with(&format!("http://files.example/files/{id}/thumbnail?")) && query(&small) == asked);
        assert_eq!(links.opens(id, asked, 1000), Some(Opened { viewer: Some(maya) }));
        assert_eq!(links.opens(other, asked, 1000), None);
        assert_eq!(links.opens(id, asked, 1000 + FILE_LINK_MS / 1000), None);
        assert_eq!(Links::new("other", "").opens(id, asked, 1000), None);
        let forged = asked.expect("a query").replace("maya", "leo");
        assert_eq!(links.opens(id, Some(&forged), 1000), None);
        let nobody = asked.expect("a query").replace("&for=maya", "");
        assert_eq!(links.opens(id, Some(&nobody), 1000), None);
        assert!(!links.opens_upload(id, asked, 1000), "who may read may not write");

        links.sign(&mut view, None, 1000);
        assert_eq!(links.opens(id, query(&view.url), 1000), Some(Opened { viewer: None }));
        assert_eq!(links.opens(id, query(&view.url), 1000 + NEWS_LINK_MS / 1000), None);

        let upload = links.upload(id, 2000);
        assert!(links.opens_upload(id, query(&upload), 1999) && !links.opens_upload(id, query(&upload), 2000));
        assert!(!links.opens_upload(other, query(&upload), 1000) && links.opens(id, query(&upload), 1000).is_none());
        let later = upload.replace("until=2000", "until=9000");
        assert!(!links.opens_upload(id, query(&later), 1000));
        for bad in [None, Some(""), Some("until=x&sig=AAAA"), Some("until=9000"), Some("until=9000&sig=%")] {
            assert!(!links.opens_upload(id, bad, 1000) && links.opens(id, bad, 1000).is_none(), "{bad:?}");
        }
    }
}
