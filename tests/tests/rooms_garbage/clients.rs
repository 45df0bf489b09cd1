//! Who sends: users who sit in the same rooms, staff, and a worker.

use std::time::Duration;

use callboard_bus::{Auth, Bus, ConnectConfig};
use callboard_client::Credential;
use callboard_contract::api::rooms::{Create, Join};
use callboard_contract::{EndpointSpec, Plane, subject};
use callboard_domain::{Role, RoomId};
use callboard_tests::{House, Person, Probe, coins, entering, opening};
use serde_json::{Value, json};

use crate::pool::Pool;

/// Whom requests are about. None of them sends any, so that a ban stops nobody from going on.
pub(crate) const VICTIMS: [&str; 4] = ["victim-0", "victim-1", "victim-2", "victim-3"];
const SENDERS: usize = 8;
/// Who must wait longer than this is refused.
const PATIENCE_MS: u64 = 1_500;

pub(crate) struct Clients {
    people: Vec<Person>,
    victims: Vec<Person>,
    users: Vec<(String, Probe)>,
    staff: Vec<(String, Probe, Role)>,
    worker: Bus,
    turn: std::sync::atomic::AtomicUsize,
}

impl Clients {
    pub(crate) async fn new(house: &House) -> Self {
        let (mut people, mut victims, mut users, mut staff) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for n in 0..SENDERS {
            let name = format!("sender-{n}");
            people.push(house.fan(&name, "100000").await);
            users.push((name.clone(), Probe::connect(house.ws_url(), &house.token(&name), &name).await.expect("in")));
        }
        for victim in VICTIMS {
            victims.push(house.fan(victim, "1000").await);
        }
        for role in [Role::Admin, Role::Moderator, Role::Viewer] {
            let (member, path) = house.hire(role).await;
            let name = member.name().to_string();
            let token = Credential::read(&path).expect("there").login_token();
            let probe = Probe::connect(house.nats_url(), &token, &name).await.expect("in");
            staff.push((name, probe, role));
        }
        let seed = std::fs::read_to_string(house.dir().keys().join("moderation.nk")).expect("a seed");
        let config = ConnectConfig {
            url: house.nats_url().to_owned(),
            name: "hostile worker".to_owned(),
            auth: Auth::Nkey(seed),
            inbox: subject::inbox("worker_moderation"),
        };
        let worker = Bus::connect(config).await.expect("a connection");
        worker.wait_connected(Duration::from_secs(10)).await.expect("in");
        Self { people, victims, users, staff, worker, turn: 0.into() }
    }

    /// Those whom nobody sanctions.
    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// A new room with everybody in it who may still enter one.
    pub(crate) async fn settle_in(&self, pool: &mut Pool) {
        let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let host = &self.people[turn % self.people.len()];
        for fee in [Some(coins("10")), None] {
            let request = opening("Parlour", fee);
            // After many rounds he may have as many rooms as one may.
            let Ok(created) = host.app().call::<Create>(&request).await else { continue };
            let room_id: RoomId = created.room.room_id;
            pool.put("room_id", json!(room_id));
            for person in self.people.iter().chain(&self.victims) {
                let request = entering(room_id, Some(coins("10")));
                // Some are banned by now, some are in it already.
                let _ = person.app().call::<Join>(&request).await;
            }
        }
    }

    /// Sends a body as whoever may ask this; one who is told to wait a moment waits.
    pub(crate) async fn ask(&self, spec: &EndpointSpec, turn: usize, body: &[u8]) -> Value {
        loop {
            let answer = match spec.plane {
                Plane::Svc => {
                    let subject = subject::request(spec, "moderation");
                    let asked = self.worker.client().request(subject, body.to_vec().into()).await;
                    let asked = asked.map_err(|e| e.to_string());
                    asked.and_then(|m| serde_json::from_slice(&m.payload).map_err(|e| e.to_string()))
                }
                plane => {
                    let (name, probe) = self.sender(plane, spec, turn);
                    probe.ask(&subject::request(spec, name), body.to_vec()).await
                }
            };
            let answer: Value = answer
                .unwrap_or_else(|e| panic!("{spec:?} was not answered: {e}: {:?}", String::from_utf8_lossy(body)));
            match answer["error"]["retry_after_ms"].as_u64() {
                Some(ms) if answer["error"]["code"] == "rate_limited" && ms <= PATIENCE_MS => {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                _ => return answer,
            }
        }
    }

    /// A user in turn; of staff mostly the one who may everything, and others where the server lets them ask at all.
    fn sender(&self, plane: Plane, spec: &EndpointSpec, turn: usize) -> (&str, &Probe) {
        if plane == Plane::Api {
            let (name, probe) = &self.users[turn % self.users.len()];
            return (name, probe);
        }
        let may = |role: &Role| spec.power.is_some_and(|power| role.may(power));
        let other = self.staff.get(turn % 9).filter(|(_, _, role)| may(role));
        let (name, probe, _) = other.unwrap_or(&self.staff[0]);
        (name, probe)
    }
}
