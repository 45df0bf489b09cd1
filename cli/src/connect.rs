//! The way to the house: which context, which server, which credential, and a connection that fails as commands want it.

use std::path::Path;
use std::time::Duration;

use callboard_client::{ClientError, Context, Contexts, Credential, LocalStack, Origin, Staff, WorkerInfo};
use callboard_contract::adm::staff::Me;
use callboard_contract::api::Nothing;
use callboard_contract::{Endpoint, Event, subject};
use futures::Stream;

use crate::fail::{Category, Failure, Result};
use crate::flags::Global;

/// The books of a big house take a while.
const SLOW: Duration = Duration::from_mins(2);

/// A connection to the house, as a member of staff.
pub(crate) struct House {
    staff: Staff,
}

impl House {
    /// Asks.
    pub(crate) async fn call<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply> {
        Ok(self.staff.call::<E>(request).await?)
    }

    /// Asks something that may take long.
    pub(crate) async fn call_slow<E: Endpoint>(&self, request: &E::Request) -> Result<E::Reply> {
        Ok(self.staff.with_deadline(SLOW).call::<E>(request).await?)
    }

    /// Hears all events from now on.
    pub(crate) async fn events(&self) -> Result<impl Stream<Item = Event> + Send + Unpin + use<>> {
        Ok(self.staff.events(subject::ALL_EVENTS).await?)
    }

    /// The workers that answer now.
    pub(crate) async fn workers(&self) -> Result<Vec<WorkerInfo>> {
        Ok(self.staff.workers().await?)
    }

    /// The server's address.
    pub(crate) fn server(&self) -> &str {
        &self.staff.context().server
    }
}

/// The contexts of this user.
pub(crate) fn contexts() -> Result<Contexts> {
    Ok(Contexts::open()?)
}

/// Their names, for completions.
pub(crate) fn context_names() -> Result<Vec<String>> {
    let mut names: Vec<String> = contexts()?.list()?.into_iter().map(|context| context.name).collect();
    names.push(callboard_client::LOCAL.to_owned());
    Ok(names)
}

/// What the environment alone says: the shell's completions know no flags.
pub(crate) fn from_env() -> Global {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Global {
        context: var("CALLBOARD_CONTEXT"),
        server: var("CALLBOARD_SERVER"),
        creds: var("CALLBOARD_CREDS").map(Into::into),
        data: var("CALLBOARD_DATA").map(Into::into),
        ..Global::default()
    }
}

/// Where the flags lead, and whether the environment is known yet.
pub(crate) struct Target {
    /// Server, credential, environment.
    pub(crate) context: Context,
    /// Whether the house has to be asked what environment it is.
    pub(crate) unnamed: bool,
}

/// Where the flags lead: a flag before the context's word, and that before the credential file's.
pub(crate) fn target(global: &Global) -> Result<Target> {
    let contexts = contexts()?;
    let resolved = contexts.resolve(global.context.as_deref(), global.data.as_deref());
    let server_of_file = || global.creds.as_deref().and_then(|file| Credential::read(file).ok()?.server);
    let named = global.context.is_some() || global.data.is_some();
    let server = global.server.clone().or_else(|| if named { None } else { server_of_file() });
    match (resolved, server, &global.creds) {
        (Ok(mut context), server, creds) => {
            if let Some(creds) = creds {
                context.credential.clone_from(creds);
            }
            let unnamed = server.as_ref().is_some_and(|server| *server != context.server);
            if let Some(server) = server {
                context.server = server;
            }
            if unnamed {
                "server named by hand".clone_into(&mut context.name);
                context.environment.clear();
                context.allow_changes = None;
            }
            Ok(Target { context, unnamed })
        }
        (Err(ClientError::NothingSelected), Some(server), Some(creds)) => {
            Ok(Target { context: by_hand(server, creds), unnamed: true })
        }
        (Err(error), ..) => Err(error.into()),
    }
}

fn by_hand(server: String, credential: &Path) -> Context {
    Context {
        name: "server named by hand".to_owned(),
        server,
        credential: credential.to_owned(),
        environment: String::new(),
        allow_changes: None,
        origin: Origin::Local(LocalStack::default_data().unwrap_or_default()),
    }
}

/// Connects. A server that was named by hand is asked what environment it is, because that decides whether changes are let through.
pub(crate) async fn connect(global: &Global) -> Result<House> {
    let mut target = target(global)?;
    if target.unnamed {
        let staff = Staff::connect(&target.context).await.map_err(|error| unreachable(&target.context, error))?;
        target.context.environment = staff.call::<Me>(&Nothing {}).await?.environment;
    }
    let staff = Staff::connect(&target.context).await.map_err(|error| unreachable(&target.context, error))?;
    Ok(House { staff })
}

/// Says which server it was.
fn unreachable(context: &Context, error: ClientError) -> Failure {
    let failure = Failure::from(error);
    if failure.category != Category::Unreachable {
        return failure;
    }
    let message = format!("cannot reach {} (context {}): {}", context.server, context.name, failure.message);
    Failure { message, ..failure }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        if let ClientError::Call(callboard_client::CallError::Api(refusal)) = error {
            return refusal.into();
        }
        let category = match error.category() {
            callboard_client::Category::Failed => Category::Failed,
            callboard_client::Category::NotFound => Category::NotFound,
            callboard_client::Category::NotAllowed => Category::NotAllowed,
            callboard_client::Category::Conflict => Category::Conflict,
            callboard_client::Category::Unreachable => Category::Unreachable,
        };
        let failure = Self::new(category, error.code(), error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
