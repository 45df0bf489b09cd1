//! Runs worked money cases: tariffs over timelines and predictions, in the format of `tests/vectors`.
//!
//! For zero latency: a grant grows the instant it is needed, so the funds of a leg are the whole wallet. A field that is unknown or
//! impossible is an error that names the case and the field, never a guess.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{
    At, Bet, By, Coins, EndReason, EndRule, LegClock, LegEvent, LegEventKind, LegPhase, Millis, Share, Side, Tariff,
    payout,
};

/// Why a file of cases cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{case}: {field}: {problem}")]
pub struct SimulateError {
    /// The case, by kind, number and name.
    pub case: String,
    /// The field, as a path from the case.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tariff_cases: Vec<Value>,
    #[serde(default)]
    prediction_cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TariffCase {
    name: String,
    tariff: Tariff,
    wallet: Coins,
    timeline: Vec<Event>,
    #[serde(default, rename = "expect")]
    _expect: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    #[serde(deserialize_with = "seconds")]
    at: Millis,
    #[serde(rename = "event")]
    word: Word,
    side: Option<Side>,
    by: Option<By>,
    amount: Option<Coins>,
}

/// What happens in a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Start,
    Suspend,
    Resume,
    Topup,
    /// Called off before it started.
    Cancel,
    End,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PredictionCase {
    #[serde(default)]
    name: Option<String>,
    bets: Vec<Bet>,
    winner: Option<String>,
    fee: Share,
    #[serde(default, rename = "expect")]
    _expect: Option<Value>,
}

/// Runs a whole file and gives a result for each of its cases, in order.
pub fn simulate(input: &Value) -> Result<Value, SimulateError> {
    let file: File = read("the file", input)?;
    let mut tariffs = Vec::new();
    for (index, value) in file.tariff_cases.iter().enumerate() {
        let label = label("tariff case", index, value);
        let case: TariffCase = read(&label, value)?;
        let result = case.run().map_err(|(field, problem)| SimulateError { case: label, field, problem })?;
        tariffs.push(json!({"name": case.name, "result": result}));
    }
    let mut predictions = Vec::new();
    for (index, value) in file.prediction_cases.iter().enumerate() {
        let label = label("prediction case", index, value);
        let case: PredictionCase = read(&label, value)?;
        let result = case.run().map_err(|(field, problem)| SimulateError { case: label, field, problem })?;
        let mut answer = json!({"result": result});
        if let Some(name) = case.name {
            answer["name"] = name.into();
        }
        predictions.push(answer);
    }
    Ok(json!({"tariff_cases": tariffs, "prediction_cases": predictions}))
}

fn label(kind: &str, index: usize, value: &Value) -> String {
    match value.get("name").and_then(Value::as_str) {
        Some(name) => format!("{kind} {} \"{name}\"", index + 1),
        None => format!("{kind} {}", index + 1),
    }
}

fn read<T: DeserializeOwned>(case: &str, value: &Value) -> Result<T, SimulateError> {
    serde_path_to_error::deserialize(value).map_err(|error| SimulateError {
        case: case.to_owned(),
        field: error.path().to_string(),
        problem: error.inner().to_string(),
    })
}

fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

type Misfit = (String, String);

fn misfit(index: usize, field: &str, problem: impl std::fmt::Display) -> Misfit {
    (format!("timeline[{index}].{field}"), problem.to_string())
}

/// A leg in the middle of its timeline.
struct Run<'a> {
    tariff: &'a Tariff,
    clock: LegClock,
    funds: Coins,
    hold: Option<Coins>,
}

impl TariffCase {
    fn run(&self) -> Result<Value, Misfit> {
        if self.wallet.is_negative() {
            return Err(("wallet".to_owned(), "must not be negative".to_owned()));
        }
        self.check()?;
        let mut run = Run { tariff: &self.tariff, clock: LegClock::new(), funds: self.wallet, hold: None };
        for (index, event) in self.timeline.iter().enumerate() {
            let at = At::from_ms(event.at.as_ms());
            if run.clock.due(&self.tariff, &[]).is_some_and(|due| due.at < at) {
                break;
            }
            if let Some(result) = run.step(index, event, at)? {
                return Ok(result);
            }
        }
        Ok(run.run_on(self.timeline.last().map_or(Millis::ZERO, |event| event.at)))
    }

    fn check(&self) -> Result<(), Misfit> {
        let mut previous = Millis::ZERO;
        for (index, event) in self.timeline.iter().enumerate() {
            if event.at < previous {
                return Err(misfit(index, "at", "is before the event above it"));
            }
            previous = event.at;
            let given = [
                ("side", event.side.is_some(), Word::Suspend),
                ("by", event.by.is_some(), Word::End),
                ("amount", event.amount.is_some(), Word::Topup),
            ];
            if let Some((field, _, word)) = given.into_iter().find(|(_, given, word)| *given && event.word != *word) {
                return Err(misfit(
                    index,
                    field,
                    format_args!("goes only with the event {}", format!("{word:?}").to_lowercase()),
                ));
            }
            if event.word == Word::Topup && !event.amount.is_some_and(Coins::is_positive) {
                return Err(misfit(index, "amount", "a topup needs an amount above 0"));
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// One event; gives the result if the case is over with it.
    fn step(&mut self, index: usize, event: &Event, at: At) -> Result<Option<Value>, Misfit> {
        let wrong = |problem| misfit(index, "event", problem);
        match event.word {
            Word::Topup => {
                let amount = event.amount.unwrap_or_default();
                self.funds = self.funds.checked_add(amount).map_err(|e| misfit(index, "amount", e))?;
                if self.hold.is_some() {
                    self.apply(At::default(), LegEventKind::Grant { amount }).map_err(wrong)?;
                }
            }
            Word::Start | Word::Cancel if self.hold.is_some() => {
                return Err(wrong(crate::LegClockError::Started));
            }
            Word::Start | Word::Cancel => {
                let hold = self.tariff.first_hold();
                if hold > self.funds {
                    return Ok(Some(self.refused()));
                }
                self.hold = Some(hold);
                if event.word == Word::Cancel {
                    return Ok(Some(self.result("cancelled", Some(at), Millis::ZERO, Coins::ZERO)));
                }
                self.apply(at, LegEventKind::Grant { amount: self.funds }).map_err(wrong)?;
                self.apply(at, LegEventKind::Start).map_err(wrong)?;
            }
            Word::Suspend => {
                self.apply(at, LegEventKind::Suspend { side: event.side.unwrap_or(Side::Payer) }).map_err(wrong)?;
            }
            Word::Resume => self.apply(at, LegEventKind::Resume).map_err(wrong)?,
            Word::End if self.clock.phase() == LegPhase::Idle => {
                return Err(wrong(crate::LegClockError::NotStarted));
            }
            Word::End => {
                let (by, reason) = match event.by.unwrap_or(By::Payer) {
                    By::Payer => (By::Payer, EndReason::PayerHungUp),
                    By::Payee => (By::Payee, EndReason::PayeeHungUp),
                    By::House => (By::House, EndReason::Staff),
                };
                return self.end(at, by, reason).map(Some).map_err(wrong);
            }
        }
        Ok(None)
    }

    fn apply(&mut self, at: At, kind: LegEventKind) -> Result<(), crate::LegClockError> {
        self.clock.apply(&LegEvent { at, kind }, &[])
    }

    /// What becomes of it after its last event.
    fn run_on(&mut self, last: Millis) -> Value {
        if self.hold.is_none() && self.tariff.first_hold() > self.funds {
            return self.refused();
        }
        let due = self.clock.due(self.tariff, &[]);
        if let Some(ended) = due.and_then(|due| self.end(due.at, By::House, due.reason).ok()) {
            return ended;
        }
        let connected = self.clock.connected_at(At::from_ms(last.as_ms()), &[]);
        self.hold.get_or_insert(self.tariff.first_hold());
        self.result("open", None, connected, self.tariff.charge(connected, EndRule::Full))
    }

    fn end(&mut self, at: At, by: By, reason: EndReason) -> Result<Value, crate::LegClockError> {
        let end = self.clock.end(self.tariff, at, by, reason, &[])?;
        let outcome = match end.reason {
            Some(EndReason::CutOff) => "exhausted",
            Some(EndReason::LineLost) => "line_lost",
            Some(EndReason::MinutesUp) => "completed",
            _ => "ended",
        };
        Ok(self.result(outcome, end.ended_at, end.connected, end.charge))
    }

    fn refused(&self) -> Value {
        let mut result = self.result("refused", None, Millis::ZERO, Coins::ZERO);
        result["error"] = "insufficient_funds".into();
        result
    }

    fn result(&self, outcome: &str, ended_at: Option<At>, connected: Millis, charge: Coins) -> Value {
        let parts = self.tariff.split().divide(charge);
        let split: Map<String, Value> =
            parts.into_iter().map(|(party, part)| (party.to_string(), json!(part))).collect();
        json!({
            "outcome": outcome,
            "error": null,
            "hold": self.hold,
            "ended_at": ended_at.map(|at| Millis::from_ms(at.as_ms()).to_string()),
            "connected_s": connected.to_string(),
            "charge": charge,
            "split": split,
            "returned": self.hold.unwrap_or_default().saturating_sub(charge),
            "wallet_after": self.funds.saturating_sub(charge),
        })
    }
}

impl PredictionCase {
    fn run(&self) -> Result<Value, Misfit> {
        if let Some(index) = self.bets.iter().position(|bet| bet.amount == 0) {
            return Err((format!("bets[{index}].amount"), "must be above 0".to_owned()));
        }
        let paid = payout(&self.bets, self.winner.as_deref(), self.fee);
        Ok(json!({"fee": paid.fee, "payouts": paid.by_user(&self.bets), "refunded": paid.refunded}))
    }
}
