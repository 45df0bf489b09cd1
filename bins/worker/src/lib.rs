//! What every worker of the house has: configuration, logs, health and metrics, start and drain, the guard before its
//! handlers, and the relay that carries the outbox.
//!
//! A worker's `main` is: [`parse`] the configuration, [`House::open`], give loops to [`House::every`] and [`House::spawn`],
//! then [`House::serve`] a `Host`. It comes up without NATS or PostgreSQL, says so on `/readyz`, and goes on trying.

mod config;
mod figures;
mod guard;
mod house;
mod http;
mod log;
mod relay;
mod retry;
mod sentinel;
mod times;
mod waves;

pub use config::{LogFormat, WorkerConfig, parse, read_secret};
pub use guard::Guard;
pub use house::{House, SetupError, run};
pub use log::start_log_of_child;
pub use retry::{answer, attempt};
pub use times::CallTimes;

/// Gives a `Host` the endpoints of a desk: each endpoint's type with the method that answers it, on clones of the desk.
#[macro_export]
macro_rules! hosted {
    ($host:expr, $desk:expr, $($endpoint:ty => $method:ident),* $(,)?) => {
        $host$(.endpoint::<$endpoint, _, _>({
            let desk = $desk.clone();
            move |caller, request| {
                let desk = desk.clone();
                async move { desk.$method(caller, request).await }
            }
        }))*
    };
}
