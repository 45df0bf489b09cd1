//! Rooms: what one room of very many listeners and very many small rooms carry, how long reading takes where there are many messages, and
//! what a client app costs that does nothing.
//!
//! Everything is real: the workers, nats-server and PostgreSQL as a stack starts them, and every listener is a WebSocket connection of his
//! own. The limit of what goes over the wire is nats-server alone, with as many connections, as much fan-out and the same bytes.

mod arrivals;
mod delivery;
mod house;
mod idle;
mod library;
mod reading;
mod rooms_of;
mod ways;

use crate::report::Figure;

/// How much of everything there is. Nothing of it: that part is left out.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Scale {
    /// Who listens in the big room.
    #[arg(long, default_value_t = 10_000)]
    listeners: u32,
    /// Rooms of 20.
    #[arg(long, default_value_t = 1_000)]
    rooms: u32,
    /// Messages in the database that is searched.
    #[arg(long, default_value_t = 10_000_000)]
    messages: u32,
    /// Client apps that do nothing.
    #[arg(long, default_value_t = 5_000)]
    idle: u32,
}

/// Measures all of it in one stack.
pub(crate) async fn run(scale: &Scale) -> anyhow::Result<Vec<Figure>> {
    let most = scale.listeners.max(scale.rooms * rooms_of::PEOPLE_PER_ROOM).max(scale.idle * 2);
    house::allow_files(most)?;
    let house = house::House::up().await?;
    let measured = measure(&house, scale).await;
    house.down().await;
    measured
}

async fn measure(house: &house::House, scale: &Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if scale.idle > 0 {
        figures.extend(idle::run(house, scale.idle).await?);
    }
    if scale.listeners > 0 {
        figures.extend(delivery::one_room(house, scale.listeners).await?);
    }
    if scale.rooms > 0 {
        figures.extend(delivery::many_rooms(house, scale.rooms).await?);
    }
    if scale.messages > 0 {
        figures.extend(reading::run(house, scale.messages).await?);
    }
    Ok(figures)
}

/// Thousandths of some times, in milliseconds.
fn millis(times: &mut [std::time::Duration], permille: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * permille / 1000).map_or(0.0, |t| t.as_secs_f64() * 1e3)
}
