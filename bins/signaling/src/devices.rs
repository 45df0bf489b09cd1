//! Which devices may not be used here, by policy lists that the platform enforces. What they say is held, and looked at anew at most a second
//! later.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callboard_contract::{ApiError, ErrorCode};
use callboard_domain::DeviceId;
use callboard_moderation::policy::Devices;
use callboard_moderation::{automod, policy};
use callboard_store::{Store, StoreError};

/// What is held is not older than this.
const FRESH: Duration = Duration::from_millis(800);

/// The devices that policy lists keep out.
#[derive(Debug)]
pub(crate) struct Listed {
    store: Store,
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Debug)]
struct Held {
    looked: Instant,
    version: i64,
    devices: Arc<Devices>,
}

impl Listed {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, held: Mutex::default() }
    }

    /// Refuses a device that is kept out, whoever uses it.
    pub(crate) async fn may_use(&self, device: &DeviceId) -> Result<(), StoreError> {
        match self.devices().await?.against(device) {
            None => Ok(()),
            Some(kept) => {
                let why = if kept.reason.is_empty() { String::new() } else { format!(": {}", kept.reason) };
                let text = format!("a policy of the platform keeps the device {device} out{why}; use another one");
                Err(ApiError::new(ErrorCode::Forbidden, text).on_field("device").into())
            }
        }
    }

    async fn devices(&self) -> Result<Arc<Devices>, StoreError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.as_ref().filter(|held| held.looked.elapsed() < FRESH) {
            return Ok(Arc::clone(&held.devices));
        }
        // The number is read before the lists: what changes in between is read anew the next time.
        let looked = Instant::now();
        let mut conn = self.store.pool().acquire().await?;
        let version = automod::version(&mut conn).await?;
        let devices = match held.filter(|held| held.version == version) {
            Some(held) => held.devices,
            None => Arc::new(policy::devices(&mut conn).await?),
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Who looked before another did may know an older number.
        if held.as_ref().is_none_or(|held| held.version <= version) {
            *held = Some(Held { looked, version, devices: Arc::clone(&devices) });
        }
        Ok(devices)
    }
}
