//! The ways on which a message gets to its receivers: through the house, or through nats-server alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_bus::Bus;
use callboard_contract::api::chat::{Send, SendRequest};
use callboard_contract::room::MessageKind;
use callboard_domain::{RequestId, RoomId, Uid};
use futures::future::BoxFuture;
use futures::stream::{StreamExt as _, TryStreamExt as _};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::arrivals::{Arrivals, text};

const PATIENCE: Duration = Duration::from_mins(2);
/// Requests under way at the same time in a burst.
const AT_ONCE: usize = 64;

type Carry = Box<dyn Fn(u32) -> BoxFuture<'static, anyhow::Result<()>> + std::marker::Send + Sync>;

/// One way: sends the message with a number to all.
pub(super) struct Way {
    pub(super) arrivals: Arc<Arrivals>,
    carry: Carry,
}

/// What came of many messages at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    /// Messages a second that were taken.
    pub(super) taken: f64,
    /// Messages a second that came to everybody.
    pub(super) delivered: f64,
}

/// Who says something, and where.
#[derive(Clone, Debug)]
pub(super) struct Speaker {
    pub(super) bus: Bus,
    pub(super) uid: Uid,
    pub(super) room: RoomId,
}

impl Way {
    /// Through the house: people say it in turn.
    pub(super) fn through_house(arrivals: Arc<Arrivals>, speakers: Vec<Speaker>) -> Self {
        let carry = move |n: u32| -> BoxFuture<'static, anyhow::Result<()>> {
            let Speaker { bus, uid, room } = speakers[n as usize % speakers.len()].clone();
            Box::pin(async move {
                let request = SendRequest {
                    request_id: RequestId::generate(),
                    room_id: room,
                    kind: MessageKind::Text,
                    body: text(n),
                    reply_to: None,
                    mentions: Vec::new(),
                    attachment: None,
                    commitment: None,
                };
                bus.call::<Send>(uid.as_str(), &request).await?;
                Ok(())
            })
        };
        Self { arrivals, carry: Box::new(carry) }
    }

    /// Through nats-server alone: what came of a sample is published to the subjects of a message.
    pub(super) fn bare(
        arrivals: Arc<Arrivals>,
        bus: Bus,
        sample: &Arc<Arrivals>,
        subjects: impl Fn(u32) -> Vec<String> + std::marker::Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let sample = sample.sample()?.clone();
        let carry = move |n: u32| -> BoxFuture<'static, anyhow::Result<()>> {
            let (bus, headers, body, subjects) = (bus.clone(), sample.headers.clone(), sample.numbered(n), subjects(n));
            Box::pin(async move {
                for subject in subjects {
                    bus.client().publish_with_headers(subject, headers.clone(), body.clone()).await?;
                }
                Ok(())
            })
        };
        Ok(Self { arrivals, carry: Box::new(carry) })
    }

    fn send(&self) -> BoxFuture<'static, anyhow::Result<()>> {
        (self.carry)(self.arrivals.send())
    }

    /// So many messages as fast as they are taken.
    pub(super) async fn burst(&self, count: u32) -> anyhow::Result<Burst> {
        let (from, begun) = (self.arrivals.sent(), Instant::now());
        futures::stream::iter(0..count).map(|_| self.send()).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let taken = begun.elapsed();
        self.arrivals.whole(PATIENCE).await?;
        let per_second = |time: Duration| f64::from(count) / time.as_secs_f64();
        Ok(Burst { taken: per_second(taken), delivered: per_second(self.arrivals.span(from)) })
    }
}

/// Messages in an even pace on several ways in turn, and how long each took to its last receiver, by way.
pub(super) async fn paced(ways: &[&Way], pace: Duration, count: u32) -> anyhow::Result<Vec<Vec<Duration>>> {
    let from: Vec<u32> = ways.iter().map(|way| way.arrivals.sent()).collect();
    let mut every = tokio::time::interval(pace);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way = JoinSet::new();
    for _ in 0..count {
        for way in ways {
            every.tick().await;
            under_way.spawn(way.send());
        }
    }
    while let Some(sent) = under_way.join_next().await {
        sent??;
    }
    let mut delays = Vec::new();
    for (way, from) in ways.iter().zip(from) {
        way.arrivals.whole(PATIENCE).await?;
        delays.push(way.arrivals.delays(from));
    }
    Ok(delays)
}
