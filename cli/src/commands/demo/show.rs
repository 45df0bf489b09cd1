//! A call on air in the demo: four guests with real pictures and sound, played by a program beside this one, and what an audience gets.
//!
//! What must always hold: the demo goes on without it where the machine has no `GStreamer`; what it starts ends with it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use callboard_client::synthetic::guests::{Cast, Guest, Told};
use callboard_contract::adm::restream::{
    ProgrammeDetail, ProgrammeRef, Show as ShowProgramme, Start, StartRequest, Stop, StopRequest,
};
use callboard_contract::adm::users::{Token, TokenRequest};
use callboard_domain::{
    CallId, Coins, OutputPreset, Preset, ProgrammeId, ProgrammeState, RequestId, TargetKind, TargetName, TargetSpec,
    Uid,
};
use callboard_stack::{RestreamCheck, StackState, check_restream};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::Instant;

use super::{LOOK, cast, player};
use crate::connect::House;
use crate::context::Context;
use crate::fail::{Failure, Result};

const PROGRAM: &str = "callboard-guests";
/// The host, and his guests: each with a colour and a tone of his own.
const PEOPLE: &[(&str, [u8; 3], u32)] = &[
    ("vera", [220, 40, 40], 660),
    ("otto", [40, 190, 60], 880),
    ("ines", [60, 90, 230], 1_320),
    ("paul", [230, 190, 40], 1_760),
];
/// The name of the show.
pub(super) const TITLE: &str = "The evening show";
const COINS: Coins = Coins::whole(10_000);
const RATE: Coins = Coins::whole(10);
const TOKEN_SECONDS: u32 = 24 * 60 * 60;
/// On a machine on which a crowd arrives at the same time.
const PATIENCE: Duration = Duration::from_mins(2);
const LEAVES_WITHIN: Duration = Duration::from_secs(30);
/// Seconds of programme that must come while it is looked at.
const ADVANCES: u64 = 5;

/// Whether a call is the show's, by whom it pays: its host.
pub(super) fn calls(uid: &Uid) -> bool {
    PEOPLE.first().is_some_and(|(host, ..)| *host == uid.as_str())
}

/// A running show.
pub(super) struct Show {
    /// Where players find it.
    pub(super) address: String,
    id: ProgrammeId,
    guests: Guests,
}

/// The program that plays the guests.
struct Guests {
    child: Child,
    stdin: Option<ChildStdin>,
    told: Lines<BufReader<ChildStdout>>,
}

/// Puts four guests on air; none, and in words why, where this machine cannot.
pub(super) async fn begin(
    context: &Context,
    house: &House,
    state: &StackState,
    websocket: &str,
) -> Result<Option<Show>> {
    let program = match program(state).await {
        Ok(program) => program,
        Err(why) => {
            context.note(format!("no call goes on air in this demo: {why}"));
            return Ok(None);
        }
    };
    context.note("four guests with real pictures and sound come together, and their call goes on air");
    let mut guests = Guests::start(program, &cast(house, websocket).await?).await?;
    let call_id = tokio::time::timeout(PATIENCE, guests.together()).await;
    let call_id = call_id.map_err(|_| Failure::failed("the guests of the show did not come together in time"))??;
    let request = StartRequest {
        request_id: RequestId::generate(),
        call_id,
        layout: None,
        mode: None,
        preset: Some(OutputPreset::P480),
        title: Some(TITLE.to_owned()),
        targets: vec![TargetSpec {
            name: TargetName::new("players").expect("a plain word is a name"),
            kind: TargetKind::Hls,
            url: None,
        }],
        reason: Some(cast::reason("a show")),
        dry_run: false,
    };
    let id = house.call::<Start>(&request).await?.programme.programme.programme_id;
    let address = eventually("the show on air", async || {
        let programme = detail(house, id).await?.programme;
        if programme.state.is_over() {
            let why = programme.said.unwrap_or_else(|| "nobody said why".to_owned());
            return Err(Failure::failed(format!("the show is {}: {why}", programme.state)));
        }
        Ok(programme.hls_url.filter(|_| programme.state == ProgrammeState::OnAir))
    })
    .await?;
    Ok(Some(Show { address, id, guests }))
}

impl Show {
    /// Looks at it as staff and as an audience do: what had to be so, and whether it is.
    pub(super) async fn judge(&self, house: &House) -> Result<Vec<(bool, String)>> {
        let mut there = 0;
        let until = Instant::now() + PATIENCE;
        while there < PEOPLE.len() && Instant::now() < until {
            let programme = detail(house, self.id).await?.programme;
            if programme.state.is_over() {
                break;
            }
            let guests = programme.status.map(|status| status.guests).unwrap_or_default();
            there = guests.iter().filter(|guest| guest.connected && guest.picture && guest.sound).count();
            tokio::time::sleep(LOOK).await;
        }
        let played = player::watch(&self.address, ADVANCES, PATIENCE).await;
        let programme = detail(house, self.id).await?.programme;
        let everybody = PEOPLE.len();
        let restarts = programme.status.as_ref().map(|status| status.restarts);
        Ok(vec![
            (
                programme.state == ProgrammeState::OnAir,
                format!("the show is {}", programme.state.as_str().replace('_', " ")),
            ),
            (there == everybody, format!("{there} of {everybody} guests are seen and heard in it")),
            match played {
                Ok(segments) => (true, format!("an audience got {segments} segments of it while it was looked at")),
                Err(why) => (false, format!("an audience gets nothing of it: {why}")),
            },
            (restarts == Some(0), format!("its process was started anew {} times", restarts.unwrap_or_default())),
        ])
    }

    /// Takes it off air; then the call ends and the guests leave. Says whether all of that went in order.
    pub(super) async fn end(self, house: &House) -> Result<(bool, String)> {
        let request = StopRequest {
            request_id: RequestId::generate(),
            programme_id: self.id,
            reason: cast::reason("the show is over"),
            dry_run: false,
        };
        let id = self.id;
        if !detail(house, id).await?.programme.state.is_over() {
            house.call::<Stop>(&request).await?;
        }
        let over = eventually("the end of the show", async || {
            Ok(Some(detail(house, id).await?.programme.state).filter(|state| state.is_over()))
        });
        let state = over.await?;
        let left = self.guests.end().await;
        let fine = state == ProgrammeState::Finished && left.is_ok();
        let how = left.err().unwrap_or_else(|| "its guests left".to_owned());
        Ok((fine, format!("the show ended as {state}, and {how}")))
    }
}

impl Guests {
    async fn start(program: PathBuf, cast: &Cast) -> Result<Self> {
        let cannot = |what: &str, e: &dyn std::fmt::Display| Failure::failed(format!("{PROGRAM} {what}: {e}"));
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // A terminal's Ctrl-C is for the demo, which then ends everything in order.
        command.process_group(0);
        let mut child = command.spawn().map_err(|e| cannot("does not start", &e))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (mut stdin, stdout) = stdin.zip(stdout).ok_or_else(|| Failure::failed("a process without pipes"))?;
        let mut line = serde_json::to_vec(cast).map_err(|e| cannot("cannot be told", &e))?;
        line.push(b'\n');
        stdin.write_all(&line).await.map_err(|e| cannot("does not listen", &e))?;
        stdin.flush().await.map_err(|e| cannot("does not listen", &e))?;
        Ok(Self { child, stdin: Some(stdin), told: BufReader::new(stdout).lines() })
    }

    /// The call in which all of them are.
    async fn together(&mut self) -> Result<CallId> {
        let line = self.told.next_line().await.ok().flatten();
        let line = line.ok_or_else(|| Failure::failed(format!("{PROGRAM} ended before its guests came together")))?;
        match serde_json::from_str::<Told>(&line) {
            Ok(Told::Together(call_id)) => Ok(call_id),
            Ok(Told::Trouble { uid, text }) => Err(Failure::failed(format!("{uid}, a guest of the show: {text}"))),
            Err(error) => Err(Failure::failed(format!("{PROGRAM} says something else: {error}"))),
        }
    }

    /// Lets them leave; says what went wrong.
    async fn end(mut self) -> std::result::Result<(), String> {
        drop(self.stdin.take());
        let mut troubles = Vec::new();
        let ended = tokio::time::timeout(LEAVES_WITHIN, async {
            while let Ok(Some(line)) = self.told.next_line().await {
                if let Ok(Told::Trouble { uid, text }) = serde_json::from_str(&line) {
                    troubles.push(format!("{uid}: {text}"));
                }
            }
            self.child.wait().await
        })
        .await;
        match ended {
            Ok(Ok(status)) if status.success() && troubles.is_empty() => Ok(()),
            Ok(Ok(status)) => Err(format!("its guests ended with {status}: {}", troubles.join("; "))),
            Ok(Err(error)) => Err(format!("its guests are lost: {error}")),
            Err(_) => Err("its guests do not leave".to_owned()),
        }
    }
}

/// Where the program that plays the guests lies, or why no call goes on air here.
async fn program(state: &StackState) -> std::result::Result<PathBuf, String> {
    let bin_dir = std::env::var_os("CALLBOARD_BIN_DIR").map(PathBuf::from);
    let worker = match check_restream(bin_dir.as_deref()).await {
        RestreamCheck::Fine(path) => path,
        RestreamCheck::NotBuilt => {
            return Err("callboard-restream is not built; `cargo build --workspace --bins` does".to_owned());
        }
        RestreamCheck::Unusable { reason, .. } => return Err(reason),
    };
    if !state.workers.iter().any(|worker| worker.name == "restream") {
        return Err("the stack that is used runs without callboard-restream; start it anew".to_owned());
    }
    let program = worker.with_file_name(PROGRAM);
    if program.is_file() {
        Ok(program)
    } else {
        Err(format!("{PROGRAM} is not built; `cargo build --workspace --bins` does"))
    }
}

/// The guests, with tokens and coins.
async fn cast(house: &House, websocket: &str) -> Result<Cast> {
    let mut people = Vec::new();
    for (name, colour, tone_hz) in PEOPLE {
        let uid = Uid::new(*name).expect("the names above keep the rules");
        cast::fund(house, &uid, COINS).await?;
        let request = TokenRequest { uid: uid.clone(), ttl_s: Some(TOKEN_SECONDS) };
        let token = house.call::<Token>(&request).await?.token;
        people.push(Guest { uid, token, colour: *colour, tone_hz: *tone_hz });
    }
    Ok(Cast { websocket: websocket.to_owned(), tariff: Preset::CoinBurn.to_string(), rate: RATE, people })
}

async fn detail(house: &House, programme_id: ProgrammeId) -> Result<ProgrammeDetail> {
    house.call::<ShowProgramme>(&ProgrammeRef { programme_id }).await
}

/// Looks again and again until there is something.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() > until {
            return Err(Failure::failed(format!("{what} does not come; see the log of restream in the data folder")));
        }
        tokio::time::sleep(LOOK).await;
    }
}
