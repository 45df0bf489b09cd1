//! Figures, as a table for people and as JSON for comparing runs.

use serde::Serialize;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub group: &'static str,
    /// Which figure of it.
    pub name: String,
    /// What came out.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// What it is held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// What is aimed at, and whether it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
}

/// A limit that was measured in the same run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Limit {
    /// What it is.
    pub of: &'static str,
    /// In the figure's unit.
    pub value: f64,
    /// Figure by limit.
    pub ratio: f64,
}

/// What is aimed at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Aim {
    /// As text.
    pub text: String,
    /// Whether it was met.
    pub met: bool,
}

impl Figure {
    pub(crate) fn new(group: &'static str, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { group, name: name.into(), value, unit, limit: None, aim: None }
    }

    /// Holds it against a limit.
    pub(crate) fn against(mut self, of: &'static str, value: f64) -> Self {
        self.limit = Some(Limit { of, value, ratio: self.value / value });
        self
    }

    /// Aims at a ratio of at least so much.
    pub(crate) fn ratio_at_least(mut self, least: f64) -> Self {
        let met = self.limit.as_ref().is_some_and(|l| l.ratio >= least);
        self.aim = Some(Aim { text: format!("ratio >= {least}"), met });
        self
    }

    /// Aims at a ratio of at most so much.
    pub(crate) fn ratio_at_most(mut self, most: f64) -> Self {
        let met = self.limit.as_ref().is_some_and(|l| l.ratio <= most);
        self.aim = Some(Aim { text: format!("ratio <= {most}"), met });
        self
    }

    /// Aims at so much or more.
    pub(crate) fn at_least(mut self, least: f64) -> Self {
        self.aim = Some(Aim { text: format!(">= {least}"), met: self.value >= least });
        self
    }

    /// Aims at less than so much.
    pub(crate) fn below(mut self, most: f64) -> Self {
        self.aim = Some(Aim { text: format!("< {most}"), met: self.value < most });
        self
    }
}

/// The table.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["what", "figure", "value", "unit", "limit", "ratio", "aim", "met"]);
    for f in figures {
        let limit = f.limit.as_ref();
        table.add_row([
            f.group.to_owned(),
            f.name.clone(),
            number(f.value),
            f.unit.to_owned(),
            limit.map(|l| format!("{} ({})", number(l.value), l.of)).unwrap_or_default(),
            limit.map(|l| format!("{:.2}", l.ratio)).unwrap_or_default(),
            f.aim.as_ref().map(|a| a.text.clone()).unwrap_or_default(),
            f.aim.as_ref().map(|a| if a.met { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
