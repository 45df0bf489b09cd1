//! A whole population for a while: fans who call, creators who answer, some rude, some with bad lines, some soon out of coins.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use callboard_bus::CancellationToken;
use callboard_contract::api::calls::CreatorSettings;
use callboard_contract::view::CallView;
use callboard_domain::{CallKind, Uid};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::creator::{Answer, CreatorApp};
use super::fan::{Fan, FanScript};
use super::seat::{DropOff, Plan};
use super::{Summary, Tally, Tokens};

/// Creators go last, so that nobody is cut off by the crowd's own end before he has hung up.
const FANS_LEAVE: Duration = Duration::from_mins(2);

/// Somebody who calls.
#[derive(Clone, Debug)]
pub struct FanPart {
    /// Who.
    pub uid: Uid,
    /// Has few coins and stays until they are gone.
    pub runs_dry: bool,
}

/// Somebody who is called.
#[derive(Clone, Debug)]
pub struct CreatorPart {
    /// Who.
    pub uid: Uid,
    /// Prices and tariff; the kinds offered are those with a rate.
    pub settings: CreatorSettings,
    /// Opens groups now and then. Needs a rate for `group`.
    pub hosts: bool,
}

/// How fast things go, in milliseconds.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How long people talk.
    pub talk_ms: Range<u64>,
    /// How long it rings before it is answered.
    pub answer_ms: Range<u64>,
    /// How long fans wait between calls.
    pub pause_ms: Range<u64>,
    /// How long a lost line is lost.
    pub away_ms: Range<u64>,
    /// How many of a thousand calls go otherwise than well: for each kind of trouble (silence, vanishing, cancelling, declining,
    /// not answering, the creator hanging up first).
    pub trouble_permille: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            talk_ms: 8_000..45_000,
            answer_ms: 300..2_500,
            pause_ms: 500..4_000,
            away_ms: 11_000..20_000,
            trouble_permille: 60,
        }
    }
}

/// A population. The first call of each fan goes well (or until the coins are gone), and together the fans reach every creator;
/// after that chance decides, the same for the same seed.
#[derive(Clone)]
pub struct Crowd {
    /// nats-server for client apps.
    pub ws_url: String,
    /// Login tokens.
    pub tokens: Tokens,
    /// What chance begins with.
    pub seed: u64,
    /// Who calls.
    pub fans: Vec<FanPart>,
    /// Who is called.
    pub creators: Vec<CreatorPart>,
    /// How fast things go.
    pub pace: Pace,
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crowd")
            .field("fans", &self.fans.len())
            .field("creators", &self.creators.len())
            .finish_non_exhaustive()
    }
}

impl Crowd {
    /// An empty population.
    pub fn new(ws_url: impl Into<String>, tokens: Tokens, seed: u64) -> Self {
        Self { ws_url: ws_url.into(), tokens, seed, fans: Vec::new(), creators: Vec::new(), pace: Pace::default() }
    }

    /// Plays for so long, or until stopped; then everybody hangs up. Gives what they saw.
    pub async fn run(self, duration: Duration, stop: CancellationToken) -> Summary {
        self.run_with(duration, stop, Tally::default()).await
    }

    /// The same, writing into a tally that can be looked at meanwhile.
    pub async fn run_with(self, duration: Duration, stop: CancellationToken, tally: Tally) -> Summary {
        let (fans_stop, creators_stop) = (stop.child_token(), CancellationToken::new());
        let crowd = Arc::new(self);
        let mut creators = JoinSet::new();
        let mut ready = JoinSet::new();
        for part in crowd.creators.clone() {
            let (crowd, tally) = (Arc::clone(&crowd), tally.clone());
            ready.spawn(async move {
                let (rng, uid) = (crowd.rng(&part.uid), part.uid.clone());
                let app =
                    CreatorApp::connect(&crowd.ws_url, uid, part.settings.clone(), &crowd.tokens, rng, tally).await;
                (part, app)
            });
        }
        // Nobody calls before those who are called are there.
        while let Some(done) = ready.join_next().await {
            let Ok((part, app)) = done else { continue };
            match app {
                Ok(app) => {
                    let (crowd, fans_stop, stop) = (Arc::clone(&crowd), fans_stop.clone(), creators_stop.clone());
                    creators.spawn(async move { crowd.play_creator(app, &part, &fans_stop, &stop).await });
                }
                Err(error) => tally.error(&part.uid, &format!("signing in as creator: {error}")),
            }
        }
        let mut fans = JoinSet::new();
        for (n, part) in crowd.fans.iter().cloned().enumerate() {
            let (crowd, tally, stop) = (Arc::clone(&crowd), tally.clone(), fans_stop.clone());
            fans.spawn(async move {
                let rng = crowd.rng(&part.uid);
                match Fan::connect(&crowd.ws_url, part.uid.clone(), &crowd.tokens, rng, tally.clone()).await {
                    Ok(fan) => crowd.play_fan(fan, n, &part, &stop).await,
                    Err(error) => tally.error(&part.uid, &format!("signing in as fan: {error}")),
                }
            });
        }
        let _ = tokio::time::timeout(duration, fans_stop.cancelled()).await;
        fans_stop.cancel();
        if tokio::time::timeout(FANS_LEAVE, drain(&mut fans)).await.is_err() {
            tracing::warn!(left = fans.len(), "fans who do not leave");
        }
        creators_stop.cancel();
        if tokio::time::timeout(FANS_LEAVE, drain(&mut creators)).await.is_err() {
            tracing::warn!(left = creators.len(), "creators who do not leave");
        }
        tally.summary()
    }

    fn rng(&self, uid: &Uid) -> StdRng {
        let mut hasher = DefaultHasher::new();
        (self.seed, uid).hash(&mut hasher);
        StdRng::seed_from_u64(hasher.finish())
    }

    async fn play_fan(&self, mut fan: Fan, number: usize, part: &FanPart, stop: &CancellationToken) {
        for round in 0_usize.. {
            let creator = if round == 0 {
                self.creators.get(number % self.creators.len().max(1))
            } else {
                self.creators.choose(&mut fan.seat.rng)
            };
            let Some(creator) = creator else { return };
            let kinds: Vec<CallKind> =
                creator.settings.rates.keys().copied().filter(|k| *k != CallKind::Group).collect();
            let kind = kinds.choose(&mut fan.seat.rng).copied();
            let script = self.fan_script(part, round == 0, &mut fan.seat.rng);
            if let Some(kind) = kind {
                fan.call(&creator.uid, kind, None, script, stop).await;
            }
            let pause = pick(&self.pace.pause_ms, &mut fan.seat.rng);
            if !self.idle(&mut fan, pause, stop).await {
                break;
            }
        }
        fan.seat.app.close().await;
    }

    /// Waits for the next call and takes invitations meanwhile; false when it is time to leave.
    async fn idle(&self, fan: &mut Fan, pause: Duration, stop: &CancellationToken) -> bool {
        let until = tokio::time::Instant::now() + pause;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return true,
                () = stop.cancelled() => return false,
                push = fan.seat.push() => {
                    let Some(push) = push else { return false };
                    if push.event == "calls.requested" || push.event == "calls.invited" {
                        self.maybe_accept(fan, push.data, stop).await;
                    }
                }
            }
        }
    }

    async fn maybe_accept(&self, fan: &mut Fan, data: serde_json::Value, stop: &CancellationToken) {
        let Ok(call) = serde_json::from_value::<CallView>(data) else { return };
        let invited = call.members.iter().any(|m| m.uid == *fan.seat.app.uid() && m.state.is_in());
        if call.kind == CallKind::Group && call.caller != *fan.seat.app.uid() && invited && !call.state.is_over() {
            let plan = Plan { hang_up_after: Some(pick(&self.pace.talk_ms, &mut fan.seat.rng)), drop_off: None };
            fan.accept_invitation(&call, plan, stop).await;
        }
    }

    fn fan_script(&self, part: &FanPart, first: bool, rng: &mut StdRng) -> FanScript {
        let (talk, away) = (pick(&self.pace.talk_ms, rng), pick(&self.pace.away_ms, rng));
        let chance = rng.random_range(0..1000) / self.pace.trouble_permille.max(1);
        match chance {
            _ if part.runs_dry => FanScript::RunDry,
            _ if first || self.pace.trouble_permille == 0 => FanScript::Talk(talk),
            0 => FanScript::DropOff { after: talk / 2, away, total: talk + away },
            1 => FanScript::Vanish(talk),
            2 => FanScript::Cancel(pick(&self.pace.answer_ms, rng) / 2),
            _ => FanScript::Talk(talk),
        }
    }

    async fn play_creator(
        &self,
        mut app: CreatorApp,
        part: &CreatorPart,
        no_more: &CancellationToken,
        stop: &CancellationToken,
    ) {
        let mut first = true;
        loop {
            let patience = pick(&self.pace.talk_ms, &mut app.seat.rng);
            tokio::select! {
                call = app.ringing(stop) => {
                    let Some(call) = call else { break };
                    let answer = self.creator_answer(first, &mut app.seat.rng);
                    first = false;
                    app.answer(&call, answer, stop).await;
                }
                () = tokio::time::sleep(patience), if part.hosts && !no_more.is_cancelled() => {
                    let guests: Vec<Uid> = self.fans.choose_multiple(&mut app.seat.rng, 3).map(|f| f.uid.clone()).collect();
                    let plan = Plan { hang_up_after: Some(patience), drop_off: None };
                    app.host(&guests, plan, no_more).await;
                }
            }
        }
        app.seat.app.close().await;
    }

    fn creator_answer(&self, first: bool, rng: &mut StdRng) -> Answer {
        let (after, talk, away) =
            (pick(&self.pace.answer_ms, rng), pick(&self.pace.talk_ms, rng), pick(&self.pace.away_ms, rng));
        let chance = rng.random_range(0..1000) / self.pace.trouble_permille.max(1);
        let stays = Answer::Accept { after, plan: Plan::default() };
        match chance {
            _ if first || self.pace.trouble_permille == 0 => stays,
            0 => Answer::Reject { after },
            1 => Answer::Never,
            2 => Answer::Accept { after, plan: Plan { hang_up_after: Some(talk), drop_off: None } },
            3 => {
                let drop_off = Some(DropOff { after: talk / 2, back_after: Some(away) });
                Answer::Accept { after, plan: Plan { hang_up_after: None, drop_off } }
            }
            _ => stays,
        }
    }
}

fn pick(range: &Range<u64>, rng: &mut StdRng) -> Duration {
    Duration::from_millis(if range.is_empty() { range.start } else { rng.random_range(range.clone()) })
}

async fn drain(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_choices_and_every_trouble_comes_up() {
        let crowd = |seed| Crowd::new("ws://127.0.0.1:1", Arc::new(|_: &Uid| String::new()), seed);
        let maya = Uid::new("maya").unwrap();
        let part = FanPart { uid: maya.clone(), runs_dry: false };
        let scripts = |seed| {
            let crowd = crowd(seed);
            let mut rng = crowd.rng(&maya);
            (0..200).map(|n| crowd.fan_script(&part, n == 0, &mut rng)).collect::<Vec<_>>()
        };
        let answers = |seed| {
            let crowd = crowd(seed);
            let mut rng = crowd.rng(&maya);
            (0..200).map(|n| crowd.creator_answer(n == 0, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(scripts(1), scripts(1));
        assert_ne!(scripts(1), scripts(2));
        assert_eq!(answers(1), answers(1));
        let scripts = scripts(1);
        assert!(matches!(scripts[0], FanScript::Talk(_)));
        assert!(scripts.iter().any(|s| matches!(s, FanScript::DropOff { .. })));
        assert!(scripts.iter().any(|s| matches!(s, FanScript::Vanish(_))));
        assert!(scripts.iter().any(|s| matches!(s, FanScript::Cancel(_))));
        let answers = answers(1);
        assert!(answers.contains(&Answer::Never));
        assert!(answers.iter().any(|a| matches!(a, Answer::Reject { .. })));
    }
}
