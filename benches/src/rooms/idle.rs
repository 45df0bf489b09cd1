//! What a client app costs that is signed in and does nothing, next to a connection that nats-server alone knows.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use callboard_client::App;
use callboard_domain::DeviceId;

use super::house::{BARE, House, many};
use super::rooms_of::person;
use crate::report::Figure;
use crate::usage::{self, Cluster};

const OF: &str = "bare connection";
const SERVER: &str = "nats-server";
/// What was begun at sign-in comes to rest.
const SETTLE: Duration = Duration::from_secs(10);
const WATCH: Duration = Duration::from_secs(30);

/// What everything uses at one moment, and in a while from then on.
struct Use {
    server: u64,
    workers: u64,
    /// Percent of a core.
    server_cpu: f64,
    rest_cpu: f64,
}

/// Signs so many apps in, watches the house, and then the same with as many bare connections besides.
pub(super) async fn run(house: &House, clients: u32) -> anyhow::Result<Vec<Figure>> {
    let alone = watch(house).await?;
    let begun = Instant::now();
    let apps = many(clients, |n| app(house, n)).await?;
    let signed_in = begun.elapsed();
    tokio::time::sleep(SETTLE).await;
    let spoken = messages(&apps);
    let (with_apps, spoken, watched) = {
        let begun = Instant::now();
        let used = watch(house).await?;
        (used, messages(&apps) - spoken, begun.elapsed())
    };
    let begun = Instant::now();
    let bare = many(clients, |n| async move {
        let bus = house.bare().await?;
        let heard = bus.client().subscribe(format!("{BARE}.{n}.>")).await?;
        bus.flush().await?;
        Ok((bus, heard))
    });
    let bare = bare.await?;
    let connected = begun.elapsed();
    tokio::time::sleep(SETTLE).await;
    let with_bare = watch(house).await?;
    for (bus, _) in &bare {
        bus.drain().await?;
    }
    for app in apps {
        app.close().await;
    }

    let count = f64::from(clients);
    let each = |now: u64, before: u64| kib(now.saturating_sub(before)) / count;
    let name = |what: &str| format!("{clients} idle apps, {what}");
    let figure = |what: &str, value: f64, unit| Figure::new("idle", name(what), value, unit);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let a_minute = spoken as f64 / count * 60.0 / watched.as_secs_f64();
    Ok(vec![
        figure("nats-server for each", each(with_apps.server, alone.server), "KiB")
            .against(OF, each(with_bare.server, with_apps.server)),
        figure("workers for each", each(with_apps.workers, alone.workers), "KiB"),
        figure("nats-server", with_apps.server_cpu - alone.server_cpu, "% of a core")
            .against(OF, with_bare.server_cpu - with_apps.server_cpu),
        figure("workers and PostgreSQL", with_apps.rest_cpu - alone.rest_cpu, "% of a core"),
        figure("workers and PostgreSQL of a house that nobody is in", alone.rest_cpu, "% of a core"),
        figure("messages of each", a_minute, "a minute"),
        figure("signing in", count / signed_in.as_secs_f64(), "apps/s").against(OF, count / connected.as_secs_f64()),
    ])
}

async fn app(house: &House, n: u32) -> anyhow::Result<App> {
    let uid = person("idler", n)?;
    let token = house.token(&uid)?;
    let (app, mut pushes) =
        App::connect(house.websocket(), uid, DeviceId::new("phone")?, Arc::new(move || token.clone())).await?;
    tokio::spawn(async move { while pushes.next().await.is_some() {} });
    Ok(app)
}

fn messages(apps: &[App]) -> u64 {
    let both = apps.iter().map(|app| {
        let counts = app.bus().client().statistics();
        counts.in_messages.load(Ordering::Relaxed) + counts.out_messages.load(Ordering::Relaxed)
    });
    both.sum()
}

async fn watch(house: &House) -> anyhow::Result<Use> {
    let processes = house.processes()?;
    let cluster = Cluster::of(&house.base).await?;
    let of = |server: bool| processes.iter().filter(move |p| (p.name == SERVER) == server).map(|p| p.pid);
    let cpu = || (of(true).map(usage::cpu).sum::<Duration>(), of(false).map(usage::cpu).sum::<Duration>());
    let (before, begun) = ((cpu(), cluster.cpu().postgres), Instant::now());
    tokio::time::sleep(WATCH).await;
    let (after, took) = ((cpu(), cluster.cpu().postgres), begun.elapsed());
    let percent = |now: Duration, then: Duration| now.saturating_sub(then).as_secs_f64() / took.as_secs_f64() * 100.0;
    let memory = |server: bool| of(server).map(usage::memory).sum();
    Ok(Use {
        server: memory(true),
        workers: memory(false),
        server_cpu: percent(after.0.0, before.0.0),
        rest_cpu: percent(after.0.1, before.0.1) + percent(after.1, before.1),
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}
