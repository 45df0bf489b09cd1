//! A running stack and people who talk in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callboard_client::synthetic::{CreatorPart, Crowd, FanPart, Pace, Summary};
use callboard_contract::api::calls::CreatorSettings;
use callboard_domain::{CallKind, Coins, Uid};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::common::{Answer, Place};
use crate::person::Person;

/// For whatever takes its time on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A stack of its own; it is taken down however the test ends.
pub(crate) struct House {
    pub(crate) place: Place,
    websocket: String,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.place.command(&["down"]).output();
    }
}

impl House {
    pub(crate) fn up() -> Self {
        let mut house = Self { place: Place::new(), websocket: String::new() };
        let state = house.run(&["up", "--detach", "-o", "json"]).exits(0).json();
        state["websocket"].as_str().unwrap().clone_into(&mut house.websocket);
        house
    }

    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        self.place.run(args)
    }

    /// The same as somebody else of the staff.
    pub(crate) fn run_as(&self, who: &str, args: &[&str]) -> Answer {
        let creds = format!("{who}.cred");
        self.run(&[args, &["--creds", &creds]].concat())
    }

    /// A change as somebody, done at once.
    pub(crate) fn done(&self, who: &str, args: &[&str]) -> Value {
        self.run_as(who, &[args, &["--yes", "-o", "json"]].concat()).exits(0).json()
    }

    /// What a change as somebody would come to.
    pub(crate) fn would(&self, who: &str, args: &[&str]) -> Value {
        let answer = self.run_as(who, &[args, &["--dry-run", "-o", "json"]].concat()).exits(0);
        assert!(answer.stderr.contains("nothing was changed"), "{}", answer.stderr);
        answer.json()
    }

    /// A change as somebody, which must fail with this code; gives what was said.
    #[track_caller]
    pub(crate) fn refused(&self, who: &str, args: &[&str], code: i32) -> Value {
        self.run_as(who, &[args, &["--yes", "-o", "json"]].concat()).exits(code).error()
    }

    /// The ids that a list gives, to somebody.
    pub(crate) fn ids(&self, who: &str, args: &[&str]) -> Vec<String> {
        let answer = self.run_as(who, &[args, &["-q"]].concat()).exits(0);
        answer.stdout.lines().map(str::to_owned).collect()
    }

    /// Somebody with an app.
    pub(crate) fn person(&self, name: &str) -> Person {
        let token = self.run(&["users", "token", name, "-q"]).exits(0).stdout.trim().to_owned();
        Person::connect(&self.websocket, name, token)
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["-o", "json"]].concat()).exits(0).json()
    }

    /// Waits until a command's first line is there.
    pub(crate) fn first(&self, args: &[&str]) -> String {
        let begun = Instant::now();
        loop {
            let answer = self.run(args).exits(0);
            if let Some(line) = answer.stdout.lines().next() {
                return line.to_owned();
            }
            assert!(begun.elapsed() < PATIENCE, "{args:?} gave nothing");
        }
    }

    /// Two people who talk, in the background, until told to stop.
    pub(crate) fn talk(&self, fan: &str, creator: &str, tariff: &str) -> Talk {
        let name = |name: &str| Uid::new(name).unwrap();
        let tokens: Vec<(Uid, String)> = [fan, creator]
            .map(|uid| (name(uid), self.run(&["users", "token", uid, "-q"]).exits(0).stdout.trim().to_owned()))
            .into();
        let tokens = Arc::new(move |uid: &Uid| tokens.iter().find(|(of, _)| of == uid).unwrap().1.clone());
        let mut crowd = Crowd::new(self.websocket.clone(), tokens, 1);
        let settings = CreatorSettings {
            available: true,
            tariff: Some(tariff.to_owned()),
            rates: [(CallKind::Video, Coins::whole(60))].into(),
            ..CreatorSettings::default()
        };
        crowd.creators.push(CreatorPart { uid: name(creator), settings, hosts: false });
        crowd.fans.push(FanPart { uid: name(fan), runs_dry: false });
        let hour = 3_600_000;
        crowd.pace = Pace {
            talk_ms: hour..hour + 1,
            answer_ms: 1..2,
            pause_ms: hour..hour + 1,
            away_ms: 1..2,
            trouble_permille: 0,
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(crowd.run(Duration::from_mins(10), stopped))
        });
        Talk { stop, thread }
    }
}

pub(crate) struct Talk {
    stop: CancellationToken,
    thread: std::thread::JoinHandle<Summary>,
}

impl Talk {
    /// Both hang up and leave; nothing may have gone wrong for them.
    pub(crate) fn over(self) {
        self.stop.cancel();
        let seen = self.thread.join().unwrap();
        assert!(seen.errors.is_empty(), "{:?}", seen.errors);
    }
}

/// Runs a reading command in every format and checks that each is one.
pub(crate) fn in_every_format(house: &House, args: &[&str]) {
    let with = |format: &str| house.run(&[args, &["-o", format]].concat()).exits(0).stdout;
    let json: Value = serde_json::from_str(&with("json")).unwrap_or_else(|e| panic!("{args:?}: {e}"));
    let schema = json["schema"].as_str().unwrap_or_else(|| panic!("{args:?} has no schema"));
    assert!(schema.starts_with("callboard.") && schema.rsplit('.').next() == Some("v1"), "{args:?}: {schema}");
    let yaml: Value = serde_yaml_ng::from_str(&with("yaml")).unwrap_or_else(|e| panic!("{args:?}: {e}"));
    assert_eq!(yaml["schema"], json["schema"], "{args:?}");
    let csv = with("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert!(reader.headers().unwrap().len() > 1, "{args:?}: {csv}");
    assert!(reader.records().all(|record| record.is_ok()), "{args:?}: {csv}");
    let table = with("table");
    assert!(!table.is_empty() && !table.contains('\x1b'), "{args:?}: {table}");
    let quiet = house.run(&[args, &["-q"]].concat()).exits(0);
    assert!(!quiet.stdout.contains("{\""), "{args:?}: {}", quiet.stdout);
}
