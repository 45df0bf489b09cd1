//! A bare connection that does what no app would do, and hears what the server says to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Message};
use bytes::Bytes;
use serde_json::Value;

use crate::wait::{PATIENCE, eventually};

const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 32;

/// A bare connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Probe {
    client: Client,
    said: Arc<Mutex<Vec<String>>>,
}

impl Probe {
    /// Connects, or says what the server said.
    pub async fn connect(url: &str, token: &str, name: &str) -> Result<Self, String> {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let options = ConnectOptions::with_token(token.to_owned())
            .custom_inbox_prefix(format!("_INBOX.{name}"))
            .skip_subject_validation(true)
            .request_timeout(Some(ANSWER_WITHIN))
            .event_callback(move |event| {
                if let Event::ServerError(_) | Event::ClientError(_) | Event::Disconnected = event {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).push(event.to_string().to_lowercase());
                }
                std::future::ready(())
            });
        let client = options.connect(url).await.map_err(|e| e.to_string())?;
        Ok(Self { client, said })
    }

    /// The connection.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks on a subject with any body, and gives the answer as JSON.
    pub async fn ask(&self, subject: &str, body: impl Into<Bytes>) -> Result<Value, String> {
        let answer = self.client.request(subject.to_owned(), body.into()).await.map_err(|e| e.to_string())?;
        read(&answer)
    }

    /// Publishes to each of these, and fails the test unless the server says of every one that it may not.
    pub async fn may_not_publish(&self, subjects: impl IntoIterator<Item: Into<String>>) {
        let subjects: Vec<String> = subjects.into_iter().map(Into::into).collect();
        // A few at a time: the library holds only so many of the server's words, and drops the rest.
        for few in subjects.chunks(AT_ONCE) {
            for subject in few {
                self.client.publish(subject.clone(), Bytes::from_static(b"{}")).await.expect("sent");
            }
            for subject in few {
                self.hears("publish", subject).await;
            }
        }
    }

    /// Subscribes to each of these, in a queue too, and fails the test unless the server says of every one that it may not.
    pub async fn may_not_subscribe(&self, subjects: impl IntoIterator<Item: Into<String>>) {
        let subjects: Vec<String> = subjects.into_iter().map(Into::into).collect();
        let mut tried = Vec::new();
        for subject in &subjects {
            tried.push(self.client.subscribe(subject.clone()).await.expect("sent"));
        }
        for subject in &subjects {
            self.hears("subscription", subject).await;
        }
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for subject in &subjects {
            tried.push(self.client.queue_subscribe(subject.clone(), "q".to_owned()).await.expect("sent"));
        }
        for subject in &subjects {
            self.hears("subscription", subject).await;
        }
    }

    /// Waits until the server or the library has said something that holds these words (in lower case).
    pub async fn is_told(&self, words: &str) {
        eventually(words, PATIENCE, || async { self.said(words).then_some(()) }).await;
    }

    async fn hears(&self, what: &str, subject: &str) {
        self.is_told(&format!("permissions violation for {what} to \"{}\"", subject.to_lowercase())).await;
    }

    fn said(&self, words: &str) -> bool {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|line| line.contains(words))
    }
}

fn read(answer: &Message) -> Result<Value, String> {
    serde_json::from_slice(&answer.payload).map_err(|e| format!("the answer is no json: {e}"))
}
