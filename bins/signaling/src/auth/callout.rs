//! Takes nats-server's questions, opens them, answers them in time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Message;
use callboard_bus::{Bus, BusError, CancellationToken};
use callboard_contract::subject::system;
use callboard_store::Store;
use callboard_worker::House;
use futures::StreamExt as _;
use nkeys::{KeyPair, XKey};

use super::answer::{self, Admission};
use super::decide::decide;
use super::login::LoginTokens;
use super::question::Question;
use super::queue::Queue;
use super::{EDGE, Refusal};

/// The server gives up after two seconds.
const QUEUE: Queue = Queue { at_once: 128, most_waiting: 8_192, patience: Duration::from_millis(1_600) };
/// All copies of this worker share the questions.
const GROUP: &str = "callboard-signaling";
/// The server's curve key of this question.
const SERVER_KEY_HEADER: &str = "Nats-Server-Xkey";

/// The keys of the sign-in.
pub(crate) struct CalloutKeys {
    /// Signs the answers.
    pub(crate) issuer: KeyPair,
    /// Opens the questions and seals the answers.
    pub(crate) xkey: XKey,
}

/// The sign-in service.
pub(crate) struct Callout {
    bus: Bus,
    keys: CalloutKeys,
    login: Arc<LoginTokens>,
    store: Store,
}

impl Callout {
    pub(crate) fn new(bus: Bus, keys: CalloutKeys, login: Arc<LoginTokens>, store: Store) -> Self {
        Self { bus, keys, login, store }
    }

    /// Answers until the worker stops.
    pub(crate) fn start(self, house: &House) {
        let callout = Arc::new(self);
        house.spawn("sign-in", move |stop| {
            let callout = Arc::clone(&callout);
            async move { callout.serve(stop).await }
        });
    }

    async fn serve(&self, stop: CancellationToken) -> Result<(), BusError> {
        let group = GROUP.to_owned();
        let questions = self.bus.client().queue_subscribe(system::SIGN_IN, group).await.map_err(|e| {
            BusError::Failed { what: format!("subscribing to {}", system::SIGN_IN), cause: e.to_string() }
        })?;
        let questions = questions.take_until(stop.cancelled_owned());
        QUEUE.serve(questions, |message, left| self.answer(message, left), too_late).await;
        self.bus.flush().await
    }

    async fn answer(&self, message: Message, left: Duration) {
        let started = Instant::now();
        match self.reply(&message, left).await {
            Ok((reply, bytes)) => {
                if let Err(error) = self.bus.client().publish(reply, bytes.into()).await {
                    tracing::warn!(%error, "an answer to the server could not be sent");
                }
            }
            // Nobody is answered who cannot be read: it is not the server.
            Err(refusal) => tracing::warn!(%refusal, "a question about a sign-in cannot be read"),
        }
        metrics::histogram!("callboard_sign_in_seconds").record(started.elapsed().as_secs_f64());
    }

    async fn reply(&self, message: &Message, left: Duration) -> Result<(async_nats::Subject, Vec<u8>), Refusal> {
        let reply = message.reply.clone().ok_or_else(|| Refusal::new("it wants no answer"))?;
        let server = message.headers.as_ref().and_then(|h| h.get(SERVER_KEY_HEADER));
        let server = server.ok_or_else(|| Refusal::new("it is not sealed: set `xkey` in the server's auth_callout"))?;
        let server =
            XKey::from_public_key(server.as_str()).map_err(|_| Refusal::new("its curve key cannot be read"))?;
        let opened = self.keys.xkey.open(&message.payload, &server).map_err(|_| Refusal::new("it cannot be opened"))?;
        let opened = String::from_utf8(opened).map_err(|_| Refusal::new("it is no text"))?;
        let question = Question::read(&opened)?;
        let verdict = tokio::time::timeout(left, decide(&question, &self.login, &self.store))
            .await
            .unwrap_or_else(|_| Err(Refusal::new("the house could not check this sign-in in time")));
        note(&question, &verdict);
        let answer = answer::write(&question, &verdict, &self.keys.issuer)?;
        let sealed =
            self.keys.xkey.seal(answer.as_bytes(), &server).map_err(|_| Refusal::new("the answer cannot be sealed"))?;
        Ok((reply, sealed))
    }
}

fn too_late() {
    metrics::counter!("callboard_sign_ins_total", "outcome" => "too_late").increment(1);
}

fn note(question: &Question, verdict: &Result<Admission, Refusal>) {
    let (host, cid) = (&question.client_info.host, question.client_info.id);
    let outcome = match verdict {
        Ok(admission) => {
            tracing::debug!(name = admission.name, account = admission.account, host, cid, "let in");
            if admission.account == EDGE { "user" } else { "staff" }
        }
        Err(refusal) => {
            tracing::info!(%refusal, host, cid, "turned away");
            "refused"
        }
    };
    metrics::counter!("callboard_sign_ins_total", "outcome" => outcome).increment(1);
}
