use callboard_stack::{DataDir, StackState};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::WatchFlags;
use crate::list;
use crate::report::{Cell, Column, Report, Row, column};

/// Shows the private stack on this machine: addresses, data folder, processes and their health (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    watch: WatchFlags,
}

pub(crate) async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let path = context.data()?;
    list::show(context, options.watch, async || {
        let none = || {
            Failure::not_found(format!("no stack is running with its data in {}", path.display()))
                .hint("`callboard up --detach` starts one; --data names another folder")
        };
        let data = DataDir::existing(&path).ok_or_else(none)?;
        let state =
            StackState::now(&data).await.map_err(|error| Failure::failed(error.to_string()))?.ok_or_else(none)?;
        Ok(report(&state))
    })
    .await
}

/// A stack, for people: where it is.
#[derive(Serialize)]
struct Place(StackState);

impl Row for Place {
    const COLUMNS: &'static [Column<Self>] = &[
        column("environment", "ENVIRONMENT", |p| Cell::text(&p.0.environment)),
        column("phase", "STATE", |p| Cell::text(format!("{:?}", p.0.phase).to_lowercase())),
        column("nats", "NATS", |p| Cell::text(&p.0.nats.url)),
        column("websocket", "WEBSOCKET", |p| Cell::maybe(p.0.nats.websocket_url.as_ref())),
        column("database", "DATABASE", |p| Cell::text(&p.0.database.url)),
        column("data", "DATA", |p| Cell::text(&p.0.data)),
        column("admin_credential", "CREDENTIAL", |p| Cell::text(&p.0.admin_credential)),
        column("supervisor_pid", "SUPERVISOR", |p| Cell::text(format!("pid {}", p.0.supervisor_pid))),
    ];

    fn id(&self) -> String {
        self.0.data.clone()
    }
}

/// A process of the stack.
#[derive(Serialize)]
struct Process {
    name: String,
    version: String,
    pid: Option<u32>,
    restarts: u32,
    healthy: bool,
}

impl Row for Process {
    const COLUMNS: &'static [Column<Self>] = &[
        column("name", "PROCESS", |p| Cell::text(&p.name)),
        column("version", "VERSION", |p| Cell::text(&p.version)),
        column("pid", "PID", |p| Cell::maybe(p.pid)),
        column("restarts", "RESTARTS", |p| Cell::number(p.restarts)),
        column("healthy", "HEALTH", |p| Cell::text(if p.healthy { "well" } else { "NOT WELL" })),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }
}

/// A stack as `up` and `status` print it. The plain addresses stand at the top of the JSON form, where scripts look for them.
pub(super) fn report(state: &StackState) -> Report {
    let servers = [("nats-server", &state.nats.server), ("postgresql", &state.database.server)];
    let servers = servers.into_iter().filter_map(|(name, server)| server.as_ref().map(|server| (name, server)));
    let mut processes: Vec<Process> = servers
        .map(|(name, server)| Process {
            name: name.to_owned(),
            version: String::new(),
            pid: server.pid,
            restarts: server.restarts,
            healthy: server.healthy,
        })
        .collect();
    processes.extend(state.workers.iter().map(|worker| Process {
        name: worker.name.clone(),
        version: worker.version.clone(),
        pid: worker.pid,
        restarts: worker.restarts,
        healthy: worker.healthy,
    }));
    let place = Place(state.clone());
    Report::one_as("callboard.stack.v1", &place, state)
        .field("nats", &state.nats.url)
        .field("websocket", &state.nats.websocket_url)
        .field("monitor", &state.nats.monitor_url)
        .field("database", &state.database.url)
        .field("servers", &serde_json::json!({"nats": state.nats.server, "database": state.database.server}))
        .field("well", &state.is_well())
        .with("PROCESSES", &processes)
}
