//! The streams of the house: made if absent, brought up to date if not. Deleting is nobody's right; what is purged are files, by the worker
//! that keeps them.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use callboard_contract::subject;

use crate::connection::Bus;
use crate::error::BusError;

const DAY: Duration = Duration::from_hours(24);
const EVENTS_AGE: Duration = DAY.saturating_mul(90);
const EVENTS_BYTES: i64 = 2 * 1024 * 1024 * 1024;
const EVENTS_MESSAGE_BYTES: i32 = 256 * 1024;
const DUPLICATE_WINDOW: Duration = Duration::from_hours(1);
const JOBS_BYTES: i64 = 64 * 1024 * 1024;
const JOBS_MESSAGE_BYTES: i32 = 64 * 1024;
/// Only for a publisher that did not hear the answer: the same work may well be asked for again later.
const JOBS_DUPLICATE_WINDOW: Duration = Duration::from_secs(5);
const PRESENCE_BYTES: i64 = 64 * 1024 * 1024;
const PRESENCE_VALUE_BYTES: i32 = 4 * 1024;
/// How long the trace of an expired presence stays, so that watchers learn of it.
const PRESENCE_MARKER: Duration = Duration::from_mins(1);
const PRESENCE_AGE: Duration = DAY;
const FILES_BYTES: i64 = 6 * 1024 * 1024 * 1024;
const FILES_MESSAGE_BYTES: i32 = 256 * 1024;
/// Far beyond the time for which files are kept: only what a killed worker left of an upload gets so old.
const FILES_AGE: Duration = DAY.saturating_mul(400);

impl Bus {
    /// Makes the streams of events and jobs and the presence bucket, or brings them up to date. Repeating it changes nothing.
    pub async fn apply_streams(&self) -> Result<(), BusError> {
        self.apply(events()).await?;
        self.apply_jobs().await?;
        self.apply_presence().await
    }

    pub(crate) async fn apply_jobs(&self) -> Result<(), BusError> {
        self.apply(jobs()).await
    }

    pub(crate) async fn apply_presence(&self) -> Result<(), BusError> {
        self.apply(presence()).await
    }

    /// Makes the bucket of files, or brings it up to date. It is the business of the worker that keeps files alone, because a server whose
    /// room for it is not enough must not keep the others from working.
    pub async fn apply_files(&self) -> Result<(), BusError> {
        self.apply(files()).await
    }

    async fn apply(&self, config: Config) -> Result<(), BusError> {
        let name = config.name.clone();
        let applied = self.jetstream.create_or_update_stream(config).await;
        applied.map(|_| ()).map_err(|e| BusError::failed(format!("applying the stream {name}"), e))
    }
}

fn events() -> Config {
    Config {
        name: subject::EVENT_STREAM.to_owned(),
        description: Some("what happened, in order per entity; can be rebuilt from the outbox".to_owned()),
        subjects: vec![subject::ALL_EVENTS.to_owned()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::Old,
        max_age: EVENTS_AGE,
        max_bytes: EVENTS_BYTES,
        max_message_size: EVENTS_MESSAGE_BYTES,
        duplicate_window: DUPLICATE_WINDOW,
        num_replicas: 1,
        allow_direct: true,
        deny_delete: true,
        allow_atomic_publish: true,
        ..Config::default()
    }
}

/// One job per subject: whoever asks for the same work again, asks in vain until it is done. Nothing runs out by age, because an
/// unfinished job may be a programme that has been on air for days.
fn jobs() -> Config {
    Config {
        name: subject::jobs::STREAM.to_owned(),
        description: Some("work that one worker takes; done work is gone".to_owned()),
        subjects: vec![subject::jobs::ALL.to_owned()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_messages_per_subject: 1,
        max_bytes: JOBS_BYTES,
        max_message_size: JOBS_MESSAGE_BYTES,
        duplicate_window: JOBS_DUPLICATE_WINDOW,
        num_replicas: 1,
        allow_direct: true,
        deny_delete: true,
        ..Config::default()
    }
}

/// The stream of a key-value bucket, as clients of nats make it; made by hand because theirs asks for the account's figures first.
fn presence() -> Config {
    Config {
        name: subject::presence_stream(),
        description: Some("who is here; in memory, forgotten by itself".to_owned()),
        subjects: vec![subject::presence_subjects()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::Memory,
        discard: DiscardPolicy::New,
        max_messages_per_subject: 1,
        max_age: PRESENCE_AGE,
        max_bytes: PRESENCE_BYTES,
        max_message_size: PRESENCE_VALUE_BYTES,
        duplicate_window: Duration::from_mins(2),
        num_replicas: 1,
        allow_rollup: true,
        allow_direct: true,
        deny_delete: true,
        allow_message_ttl: true,
        subject_delete_marker_ttl: Some(PRESENCE_MARKER),
        ..Config::default()
    }
}

/// The stream of an object store, as clients of nats make it.
fn files() -> Config {
    Config {
        name: subject::files_stream(),
        description: Some("files that are attached to messages".to_owned()),
        subjects: subject::files_subjects().into(),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        // Full is full: an old file is not given up for a new one.
        discard: DiscardPolicy::New,
        max_age: FILES_AGE,
        max_bytes: FILES_BYTES,
        max_message_size: FILES_MESSAGE_BYTES,
        duplicate_window: Duration::from_mins(2),
        num_replicas: 1,
        allow_rollup: true,
        allow_direct: true,
        ..Config::default()
    }
}
