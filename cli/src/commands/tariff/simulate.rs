use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::fail::{Failure, Outcome, Result};
use crate::flags::read_text;
use crate::report::{Cell, Column, Report, Row, column};

/// Runs a file of worked cases through the meter; needs no stack; exit 7 if a result is not as expected (reads)
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The file: `{"tariff_cases": [...], "prediction_cases": [...]}`; `-` is stdin
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// A case and what became of it.
#[derive(Debug, Serialize)]
struct Case {
    kind: &'static str,
    name: String,
    outcome: String,
    charge: String,
    /// Whether the result is the expected one, if one was expected.
    as_expected: Option<bool>,
}

impl Row for Case {
    const COLUMNS: &'static [Column<Self>] = &[
        column("kind", "KIND", |c| Cell::text(c.kind)),
        column("name", "CASE", |c| Cell::text(&c.name)),
        column("outcome", "OUTCOME", |c| Cell::text(&c.outcome)),
        column("charge", "CHARGE", |c| Cell::number(&c.charge)),
        column("as_expected", "VERDICT", |c| Cell::maybe(c.as_expected.map(|good| if good { "pass" } else { "fail" }))),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }
}

pub(crate) fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let text = read_text(&options.file)?;
    let input: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is no JSON: {error}", options.file.display())))?;
    let (report, failed) = simulate(&input)?;
    context.print(&report)?;
    if failed > 0 {
        context.note(format!("{failed} results are not as expected"));
    }
    Ok(Outcome::equal(failed == 0))
}

/// The report, and how many results are not as expected.
fn simulate(input: &Value) -> Result<(Report, usize)> {
    let output = callboard_domain::simulate(input).map_err(|error| Failure::usage(error.to_string()))?;
    let mut cases = Vec::new();
    for (kind, list) in [("tariff", "tariff_cases"), ("prediction", "prediction_cases")] {
        let of = |from: &Value| from.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        for (number, (asked, answered)) in of(input).iter().zip(of(&output)).enumerate() {
            cases.push(judge(kind, number, asked, &answered["result"]));
        }
    }
    let failed = cases.iter().filter(|case| case.as_expected == Some(false)).count();
    Ok((Report::list_as("callboard.simulation.v1", &cases, &output), failed))
}

fn judge(kind: &'static str, number: usize, asked: &Value, result: &Value) -> Case {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let figure = if kind == "tariff" { &result["charge"] } else { &result["fee"] };
    let outcome = match result.get("refunded") {
        Some(Value::Bool(true)) => "refunded".to_owned(),
        Some(_) => "paid".to_owned(),
        None => word(&result["outcome"]),
    };
    Case {
        kind,
        name: asked.get("name").map_or_else(|| format!("{kind} {}", number + 1), word),
        outcome,
        charge: word(figure),
        as_expected: asked.get("expect").filter(|expect| !expect.is_null()).map(|expect| expect == result),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;

    fn vectors() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/money.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn every_worked_case_is_as_expected() {
        let input = vectors();
        let (report, failed) = simulate(&input).unwrap();
        assert_eq!(failed, 0, "{}", report.render(Format::Table, false, false));
        let output: Value = serde_json::from_str(&report.render(Format::Json, false, false)).unwrap();
        for list in ["tariff_cases", "prediction_cases"] {
            let (asked, answered) = (input[list].as_array().unwrap(), output[list].as_array().unwrap());
            assert_eq!(asked.len(), answered.len());
            for (asked, answered) in asked.iter().zip(answered) {
                assert_eq!(asked["expect"], answered["result"], "{}", asked["name"]);
            }
        }
    }

    #[test]
    fn another_result_is_a_difference_and_shown_as_one() {
        let mut input = vectors();
        input["tariff_cases"][0]["expect"]["charge"] = "1.0000".into();
        let (report, failed) = simulate(&input).unwrap();
        assert_eq!(failed, 1);
        assert_eq!(report.render(Format::Csv, false, false).matches(",fail\n").count(), 1);
    }

    #[test]
    fn an_impossible_case_names_case_and_field_and_is_a_usage_error() {
        let mut input = vectors();
        input["tariff_cases"][1]["tariff"]["rat"] = "1".into();
        let failure = simulate(&input).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.message.contains("five minute call") && failure.message.contains("rat"), "{}", failure.message);
    }
}
