//! Everything wrong with a configuration, at once, each with file, line and cure.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml_edit::{Document, Item, Table, Value};

use super::near::nearest;

/// One fault of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; 0 when the fault has no place in the file.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub cure: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)?;
        if self.cure.is_empty() { Ok(()) } else { write!(f, " ({})", self.cure) }
    }
}

/// A file's text with its places, for faults that are found after reading.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as it is named to people.
    pub file: String,
    text: String,
}

/// So many known words are listed beside the nearest one.
const FEW: usize = 8;
/// A file with more faults than this is not the file somebody meant.
const FAULTS_MAX: usize = 100;

impl Source {
    /// A file that was read.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// Reads the text as `T`. What cannot be read is listed and left out, so that one mistake does not
    /// hide the next; the value is complete only when the list is empty. The places of later faults are those of
    /// what was left in.
    pub fn read<T: DeserializeOwned>(&mut self) -> (Option<T>, Vec<Fault>) {
        let (mut faults, mut left_out) = (Vec::new(), Vec::new());
        while faults.len() < FAULTS_MAX {
            let error = match toml_edit::de::from_str::<T>(&self.text) {
                Ok(value) => return (Some(value), faults),
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let extent = extent_around(&self.text, &span);
            // what was told as wrong and left out is not told as missing too
            let missing = missing_field(error.message());
            let told = |(key, at): &(String, usize)| {
                missing == Some(key.as_str())
                    && extent.as_ref().is_some_and(|all| one_table(&self.text, all.start..*at))
            };
            if !left_out.iter().any(told) {
                faults.push(self.fault_at(span.start, error.message()));
            }
            let Some(extent) = extent else { break };
            let written = self.text.get(extent.clone()).unwrap_or_default();
            let key = written.split('=').next().unwrap_or_default().trim().trim_matches('"').to_owned();
            left_out.push((key, extent.start));
            blank(&mut self.text, extent);
        }
        (None, faults)
    }

    /// A fault found after reading, at the value named by `path` (keys and list positions).
    pub fn fault(&self, path: &[&str], what: impl Into<String>, cure: impl Into<String>) -> Fault {
        let offset = place_of(&self.text, path).unwrap_or(0);
        Fault { file: self.file.clone(), line: self.line_of(offset), what: what.into(), cure: cure.into() }
    }

    fn fault_at(&self, offset: usize, message: &str) -> Fault {
        let mut lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
        let (what, cure) = in_words(lines.next().unwrap_or("cannot be read"));
        Fault { file: self.file.clone(), line: self.line_of(offset), what, cure }
    }

    fn line_of(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|b| *b == b'\n').count()
    }
}

/// Whether a place belongs to the table that begins before it: no other one begins between.
fn one_table(text: &str, between: Range<usize>) -> bool {
    text.get(between).is_some_and(|between| !between.contains("\n["))
}

/// The field that a reader of TOML misses, if that is what it says.
fn missing_field(said: &str) -> Option<&str> {
    Some(said.strip_prefix("missing field ")?.trim_matches('`'))
}

/// What a reader of TOML says, as a person would, with the cure.
fn in_words(said: &str) -> (String, String) {
    if let Some(field) = missing_field(said) {
        return (said.to_owned(), format!("add {field} = …"));
    }
    let Some((what, expected)) = said.split_once(", expected ") else {
        let cure =
            if said.contains("unknown field") { "take it out" } else { "`gemba schema` says what can be written" };
        return (said.to_owned(), cure.to_owned());
    };
    let field = what.strip_prefix("unknown field `");
    if let Some(written) = field.or_else(|| what.strip_prefix("unknown variant `")) {
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let near = nearest(written.trim_end_matches('`'), known.iter().copied());
        let cure = match near {
            None => format!("write {expected}"),
            Some(near) if field.is_some() || known.len() > FEW => format!("write {near}"),
            Some(near) => format!("write {near}; known are {}", known.join(", ")),
        };
        return (what.to_owned(), cure);
    }
    let meant = match expected.trim_end_matches('.') {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "string" => "text in quotes",
        "a sequence" => "a list in [ ]",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        "nothing" | "newline, `#`" => "one key = value on a line",
        other => other,
    };
    (what.to_owned(), format!("write {meant}"))
}

/// The smallest key-value pair or table that holds `span`; none when the text is no TOML at all.
fn extent_around(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let document = Document::parse(text).ok()?;
    let extent = find_in_table(document.as_table(), span)?;
    let already_blank = text.get(extent.clone()).unwrap_or_default().trim().is_empty();
    (!already_blank).then_some(extent)
}

fn find_in_table(table: &Table, span: &Range<usize>) -> Option<Range<usize>> {
    let holds = |extent: &Range<usize>| extent.start <= span.start && span.end <= extent.end;
    let (extent, item) =
        table.iter().find_map(|(key, item)| entry_span(table, key, item).filter(holds).map(|e| (e, item)))?;
    let inner = match item {
        Item::Table(table) => find_in_table(table, span),
        Item::ArrayOfTables(tables) => tables.iter().find_map(|table| {
            let extent = whole_table(table).filter(holds)?;
            find_in_table(table, span).or(Some(extent))
        }),
        Item::Value(_) | Item::None => None,
    };
    inner.or(Some(extent))
}

fn entry_span(table: &Table, key: &str, item: &Item) -> Option<Range<usize>> {
    join(table.key(key).and_then(toml_edit::Key::span), item_span(item))
}

fn item_span(item: &Item) -> Option<Range<usize>> {
    match item {
        Item::Value(value) => Value::span(value),
        Item::Table(table) => whole_table(table),
        Item::ArrayOfTables(tables) => {
            tables.iter().filter_map(whole_table).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
        }
        Item::None => None,
    }
}

/// A table's header and everything below it.
fn whole_table(table: &Table) -> Option<Range<usize>> {
    let inner = table.iter().filter_map(|(key, item)| entry_span(table, key, item));
    inner.chain(table.span()).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
}

fn join(a: Option<Range<usize>>, b: Option<Range<usize>>) -> Option<Range<usize>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.start.min(b.start)..a.end.max(b.end)),
        (one, other) => one.or(other),
    }
}

/// Overwrites a stretch with spaces, keeping line breaks so that later lines keep their numbers.
fn blank(text: &mut String, extent: Range<usize>) {
    let blanked: String =
        text.get(extent.clone()).unwrap_or_default().bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(extent, &blanked);
}

/// Where the value named by `path` begins; the nearest thing around it when it is not written.
fn place_of(text: &str, path: &[&str]) -> Option<usize> {
    let document = Document::parse(text).ok()?;
    place_in_table(document.as_table(), path)
}

fn place_in_table(table: &Table, path: &[&str]) -> Option<usize> {
    let (key, rest) = path.split_first()?;
    let item = table.get(key)?;
    let deeper = match (item, rest.split_first()) {
        (Item::Table(table), Some(_)) => place_in_table(table, rest),
        (Item::ArrayOfTables(tables), Some((index, rest))) => {
            let table = index.parse().ok().and_then(|index: usize| tables.get(index));
            table.and_then(|table| place_in_table(table, rest).or_else(|| table.span().map(|s| s.start)))
        }
        _ => None,
    };
    deeper.or_else(|| item_span(item).map(|s| s.start))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        port: u16,
        #[serde(rename = "machine")]
        machines: Vec<Machine>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Machine {
        name: String,
        #[serde(default)]
        power: f64,
    }

    fn faults(text: &str) -> Vec<String> {
        let (_, faults) = Source::new("gemba.toml", text).read::<Sample>();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_mistake_is_listed_with_its_line() {
        let text = "port = \"eighty\"\ncolour = 3\n\n[[machine]]\nname = \"a\"\npower = true\n\n[[machine]]\npower = 1.0\n\n[[machine]]\nname = \"c\"\nspeed = 9\n";
        let found = faults(text);
        assert_eq!(found.len(), 5, "{found:#?}");
        for (line, word) in [(1, "string"), (2, "colour"), (6, "boolean"), (8, "name"), (13, "speed")] {
            let hit = found.iter().any(|f| f.starts_with(&format!("gemba.toml:{line}:")) && f.contains(word));
            assert!(hit, "line {line} ({word}) in {found:#?}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "protocol", rename_all = "lowercase")]
    enum Link {
        Mqtt {},
        Modbus {},
    }

    #[test]
    fn what_was_written_wrong_is_not_told_as_missing_too() {
        let links = |text: &str| {
            let (_, faults) = Source::new("gemba.toml", text).read::<std::collections::BTreeMap<String, Link>>();
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let found = links("[a]\nprotocol = \"modbuss\"\n[b]\nprotocol = \"profinet\"\n[c]\nport = 1\n");
        assert_eq!(
            found,
            [
                "gemba.toml:2: unknown variant `modbuss` (write modbus; known are mqtt, modbus)",
                "gemba.toml:4: unknown variant `profinet` (write `mqtt` or `modbus`)",
                "gemba.toml:5: missing field `protocol` (add protocol = …)",
            ]
        );
        assert_eq!(faults("[[machine]]\nname = 3\n[[machine]]\npower = 1.0\n").len(), 2, "one each");
    }

    #[test]
    fn text_that_is_no_toml_gives_one_fault() {
        let found = faults("port = = 3");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn every_fault_has_a_cure_in_words() {
        for (text, cure) in [
            ("port = \"eighty\"", "(write a whole number from 0 to 65535)"),
            ("port = -1", "(write a whole number from 0 to 65535)"),
            ("prot = 80", "(write port)"),
            ("[[machine]]\npower = 1.0", "(add name = …)"),
            ("[[machine]]\nname = \"a\"\npower = true", "(write a number)"),
            ("machine = 3", "(write a list in [ ])"),
        ] {
            let found = faults(text);
            assert!(found.len() == 1 && found[0].contains(cure), "{cure} in {found:?}");
        }
        for text in ["port = = 3", "port", "[site", "port = 1 2", "a = 'x"] {
            let (_, found) = Source::new("gemba.toml", text).read::<Sample>();
            assert!(found.iter().all(|fault| !fault.cure.is_empty()), "{found:?}");
        }
    }

    #[test]
    fn what_is_right_is_read() {
        let (value, faults) = Source::new("x", "port = 80\n[[machine]]\nname = \"a\"\npower = 2.5\n").read::<Sample>();
        let value = value.unwrap();
        assert!(faults.is_empty());
        assert_eq!((value.port, value.machines[0].name.as_str(), value.machines[0].power), (80, "a", 2.5));
    }

    #[test]
    fn a_later_fault_finds_its_line() {
        let source = Source::new("x", "port = 80\n\n[[machine]]\nname = \"a\"\n\n[[machine]]\nname = \"b\"\n");
        assert_eq!(source.fault(&["machine", "1", "name"], "is taken", "").line, 7);
        assert_eq!(source.fault(&["port"], "is taken", "").line, 1);
    }
}
