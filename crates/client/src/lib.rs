//! How the outside talks to the house: the staff client of CLI and console, and the client apps played by programs.
//!
//! What must always hold: no SQL and no rule of the house here; a credential's seed stays in its file and in memory; a context of
//! an environment that is not known to be a playground changes nothing until somebody has said that it may.

mod age;
mod app;
mod context;
pub mod credential;
mod error;
mod local;
mod staff;
pub mod synthetic;
mod workers;

pub use age::Aged;
pub use app::{App, Pushes};
pub use context::{Context, ContextFile, Contexts, LOCAL, Origin};
pub use credential::Credential;
pub use error::{Category, ClientError};
pub use local::LocalStack;
pub use staff::Staff;
pub use workers::WorkerInfo;

pub use callboard_bus::{CallError, CallErrorKind, ConnectionState};
