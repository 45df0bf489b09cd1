//! What a command has to say, apart from how it is printed: one form for all output formats.
//!
//! A thing that can stand in a list is a [`Row`]: its columns are data, and the same columns print a single one as lines of
//! name and value. The JSON and YAML forms are the contract's own types with a schema's name added; fields are only ever added.

mod cell;
mod csv;
pub(crate) mod json;
mod table;
mod yaml;

pub(crate) use cell::Cell;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One JSON document, with `schema`, and `items` for lists.
    Json,
    /// The same document as YAML.
    Yaml,
    /// A header and one line for each item.
    Csv,
}

/// A column of a list.
pub(crate) struct Column<T: ?Sized> {
    /// Its name for programs.
    pub(crate) key: &'static str,
    /// Its name for people.
    pub(crate) head: &'static str,
    /// What stands in it.
    pub(crate) cell: fn(&T) -> Cell,
}

/// A column, as a row of a table of columns.
pub(crate) const fn column<T: ?Sized>(key: &'static str, head: &'static str, cell: fn(&T) -> Cell) -> Column<T> {
    Column { key, head, cell }
}

/// Something that can stand in a list.
pub(crate) trait Row: Serialize + Sized + 'static {
    /// Its columns.
    const COLUMNS: &'static [Column<Self>];

    /// What `-q` prints.
    fn id(&self) -> String;

    /// When it happened, for `--since` and `--until`.
    fn at(&self) -> Option<callboard_domain::At> {
        None
    }
}

/// Columns with what stands in them.
#[derive(Clone, Debug)]
struct Grid {
    title: Option<&'static str>,
    keys: Vec<&'static str>,
    heads: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    fn of<T: Row>(title: Option<&'static str>, items: &[T]) -> Self {
        Self {
            title,
            keys: T::COLUMNS.iter().map(|c| c.key).collect(),
            heads: T::COLUMNS.iter().map(|c| c.head).collect(),
            rows: items.iter().map(|item| T::COLUMNS.iter().map(|c| (c.cell)(item)).collect()).collect(),
        }
    }
}

/// What a command has to say.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    raw: Map<String, Value>,
    main: Grid,
    /// Whether `main` is a single thing, which people read as lines of name and value.
    single: bool,
    more: Vec<Grid>,
    ids: Vec<String>,
}

impl Report {
    /// A list.
    pub(crate) fn list<T: Row>(schema: &'static str, items: &[T], cursor: Option<&str>) -> Self {
        let mut raw = Map::new();
        raw.insert("schema".to_owned(), json!(schema));
        raw.insert("items".to_owned(), value(&items));
        raw.insert("cursor".to_owned(), json!(cursor));
        Self {
            raw,
            main: Grid::of(None, items),
            single: false,
            more: Vec::new(),
            ids: items.iter().map(Row::id).collect(),
        }
    }

    /// A single thing.
    pub(crate) fn one<T: Row>(schema: &'static str, item: &T) -> Self {
        Self::one_as(schema, item, item)
    }

    /// A single thing whose JSON form is another, richer one.
    pub(crate) fn one_as<T: Row>(schema: &'static str, item: &T, raw: &impl Serialize) -> Self {
        let mut fields = match value(raw) {
            Value::Object(fields) => fields,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        fields.insert("schema".to_owned(), json!(schema));
        let main = Grid::of(None, std::slice::from_ref(item));
        Self { raw: fields, main, single: true, more: Vec::new(), ids: vec![item.id()] }
    }

    /// A list inside of a richer JSON form.
    pub(crate) fn list_as<T: Row>(schema: &'static str, items: &[T], raw: &impl Serialize) -> Self {
        Self {
            single: false,
            main: Grid::of(None, items),
            ids: items.iter().map(Row::id).collect(),
            ..Self::bare(schema, raw)
        }
    }

    fn bare(schema: &'static str, raw: &impl Serialize) -> Self {
        let mut fields = match value(raw) {
            Value::Object(fields) => fields,
            other => Map::from_iter([("items".to_owned(), other)]),
        };
        fields.insert("schema".to_owned(), json!(schema));
        let main = Grid { title: None, keys: Vec::new(), heads: Vec::new(), rows: Vec::new() };
        Self { raw: fields, main, single: false, more: Vec::new(), ids: Vec::new() }
    }

    /// The same with a further table, which only people see; its items are in the JSON form already.
    #[must_use]
    pub(crate) fn with<T: Row>(mut self, title: &'static str, items: &[T]) -> Self {
        if !items.is_empty() {
            self.more.push(Grid::of(Some(title), items));
        }
        self
    }

    /// The same with a further field of the JSON form.
    #[must_use]
    pub(crate) fn field(mut self, key: &str, content: &impl Serialize) -> Self {
        self.raw.insert(key.to_owned(), value(content));
        self
    }

    /// The text for stdout.
    pub(crate) fn render(&self, format: Format, quiet: bool, bold: bool) -> String {
        if quiet {
            return self.ids.iter().fold(String::new(), |text, id| text + id + "\n");
        }
        match format {
            Format::Table => table::render(self, bold),
            Format::Json => json::render(&self.raw),
            Format::Yaml => yaml::render(&self.raw),
            Format::Csv => csv::render(&self.main),
        }
    }

    /// The same on one line where the format has lines: for streams of reports.
    pub(crate) fn render_in_stream(&self, format: Format, quiet: bool, first: bool) -> String {
        match format {
            Format::Json if !quiet => json::render_line(&self.raw),
            Format::Yaml if !quiet => format!("---\n{}", yaml::render(&self.raw)),
            Format::Csv if !quiet && !first => csv::render_rows(&self.main),
            Format::Table if !quiet && !first => table::render_rows(&self.main),
            _ => self.render(format, quiet, false),
        }
    }
}

fn value(content: &impl Serialize) -> Value {
    serde_json::to_value(content).expect("types of the contract have text keys and always serialise")
}

#[cfg(test)]
mod tests {
    use callboard_contract::adm::wallet::WalletView;
    use callboard_domain::{Coins, Uid};

    use super::*;

    fn sample() -> Vec<WalletView> {
        let wallet = |uid: &str, posted: i64| WalletView {
            uid: Uid::new(uid).unwrap(),
            posted: Coins::whole(posted),
            held: Coins::whole(5),
            available: Coins::whole(posted - 5),
            earnings: Coins::ZERO,
            owed: Coins::ZERO,
            burn_per_minute: Coins::whole(10),
        };
        vec![wallet("maya", 1_250), wallet("li", 5)]
    }

    #[test]
    fn the_same_list_in_every_format() {
        let report = Report::list("callboard.wallets.v1", &sample(), Some("c2"));
        let table = report.render(Format::Table, false, false);
        assert_eq!(
            table,
            "UID   AVAILABLE    HELD     POSTED  EARNINGS    OWED  BURN/MIN\n\
             maya  1245.0000  5.0000  1250.0000    0.0000  0.0000   10.0000\n\
             li       0.0000  5.0000     5.0000    0.0000  0.0000   10.0000\n"
        );

        let json: Value = serde_json::from_str(&report.render(Format::Json, false, false)).unwrap();
        assert_eq!(json["schema"], "callboard.wallets.v1");
        assert_eq!(json["cursor"], "c2");
        assert_eq!(json["items"][0]["posted"], "1250.0000");
        let yaml: Value = serde_yaml_ng::from_str(&report.render(Format::Yaml, false, false)).unwrap();
        assert_eq!(yaml, json);

        let csv = report.render(Format::Csv, false, false);
        assert_eq!(
            csv,
            "uid,available,held,posted,earnings,owed,burn_per_minute\n\
             maya,1245.0000,5.0000,1250.0000,0.0000,0.0000,10.0000\n\
             li,0.0000,5.0000,5.0000,0.0000,0.0000,10.0000\n"
        );
        assert_eq!(report.render(Format::Json, true, false), "maya\nli\n");
        assert_eq!(report.render_in_stream(Format::Json, false, true).lines().count(), 1);
    }

    #[test]
    fn a_single_thing_is_lines_of_name_and_value() {
        let report = Report::one("callboard.wallet.v1", &sample()[0]);
        let table = report.render(Format::Table, false, false);
        assert_eq!(table.lines().count(), 7, "{table}");
        assert!(table.lines().nth(1).unwrap().starts_with("AVAILABLE "), "{table}");
        let json: Value = serde_json::from_str(&report.render(Format::Json, false, false)).unwrap();
        assert_eq!((json["schema"].as_str(), json["uid"].as_str()), (Some("callboard.wallet.v1"), Some("maya")));
        assert_eq!(report.render(Format::Csv, false, false).lines().count(), 2);
    }

    #[test]
    fn an_empty_list_is_a_document_all_the_same() {
        let report = Report::list::<WalletView>("callboard.wallets.v1", &[], None);
        let json: Value = serde_json::from_str(&report.render(Format::Json, false, false)).unwrap();
        assert_eq!(json["items"], json!([]));
        assert_eq!(report.render(Format::Csv, false, false).lines().count(), 1);
        assert_eq!(report.render(Format::Table, false, false).lines().count(), 1);
    }
}
