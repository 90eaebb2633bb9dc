//! `gemba export`: stored samples as a file for other programs; from the running Gemba when there is one, else straight
//! from the data folder.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use gemba_node::{Node, Plan};
use gemba_plant::port::Clock;
use gemba_plant::{SignalId, TimeRange, Timestamp};
use gemba_query::{Format, Formula};
use serde_json::Value;

use super::alarm::text;
use super::span::point;
use crate::cli::{Cli, Export};
use crate::client::{Client, Reach};
use crate::exit::{Exit, Kind};
use crate::output::spinner;

pub(crate) async fn run(cli: &Cli, wanted: &Export) -> Result<(), Exit> {
    let format = match wanted.output.extension().and_then(|e| e.to_str()) {
        Some("csv") => Format::Csv,
        Some("parquet") => Format::Parquet,
        _ => {
            let what = format!("{} is neither .csv nor .parquet", wanted.output.display());
            return Err(Exit::new(Kind::Usage, what).cure("end its name in one of them"));
        }
    };
    let now = gemba_node::SystemClock.now();
    let from = wanted.from.as_deref().map_or(Ok(Timestamp::MIN), |text| point(text, now))?;
    let to = wanted.to.as_deref().map_or(Ok(Timestamp::MAX), |text| point(text, now))?;
    let range = TimeRange::new(from, to);
    let waiting = spinner("writing");
    let mut part = Part::new(&wanted.output)?;
    let reach = Reach::of(cli)?;
    let done = match (reach, &wanted.formula) {
        (Reach::Running(client), Some(formula)) => remote_formula(&client, formula, (range, format), &mut part.file),
        (Reach::Running(client), None) => remote(&client, &wanted.signals, (range, format), &mut part.file),
        (Reach::Folder(plan), Some(formula)) => local_formula(*plan, formula, (range, format), &mut part).await,
        (Reach::Folder(plan), None) => local(*plan, &wanted.signals, (range, format), &mut part).await,
    };
    let signals = done?;
    let bytes = part.finish()?;
    waiting.finish_and_clear();
    if cli.json {
        say!("{}", serde_json::json!({ "signals": signals, "bytes": bytes, "file": wanted.output }));
    } else {
        note!(cli, "{signals} signals in {}, {bytes} bytes", wanted.output.display());
    }
    Ok(())
}

fn remote_formula(
    client: &Client,
    formula: &str,
    (range, format): (TimeRange, Format),
    to: &mut impl Write,
) -> Result<usize, Exit> {
    let (from, until) = (range.from.micros(), range.to.micros());
    let text = escaped(formula);
    client.download(&format!("/formula/export?text={text}&from={from}&to={until}&format={}", word(format)), to)?;
    let asked: Value = client.get(&format!("/formula?text={text}&from=0&to=1&width=1"))?;
    Ok(asked.get("signals").and_then(Value::as_array).map_or(0, Vec::len))
}

async fn local_formula(
    plan: Plan,
    formula: &str,
    (range, format): (TimeRange, Format),
    part: &mut Part,
) -> Result<usize, Exit> {
    let node = Node::offline(plan).await?;
    let read = Formula::read(formula, &node.catalogue()).map_err(|e| Exit::of(Kind::Failed, &e));
    let written = match &read {
        Ok(_) => {
            let file = BufWriter::new(part.file.get_ref().try_clone()?);
            let done = node.query().export_formula(formula, range, format, file).await;
            done.map_err(|e| Exit::of(Kind::Failed, &e)).and_then(|(_, mut file)| Ok(file.flush()?))
        }
        Err(_) => Ok(()),
    };
    node.stop().await?;
    written?;
    Ok(read?.signals.len())
}

/// A text as a part of an address.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

const fn word(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Parquet => "parquet",
    }
}

fn remote(
    client: &Client,
    names: &[String],
    (range, format): (TimeRange, Format),
    to: &mut impl Write,
) -> Result<usize, Exit> {
    let full_name =
        |signal: &Value| Some((u32::try_from(signal.get("id")?.as_u64()?).ok()?, text(signal, "full_name")));
    let all: Vec<(u32, String)> = client.all("/signals?limit=10000")?.iter().filter_map(full_name).collect();
    let found: Vec<String> = find(&all, names)?.iter().map(ToString::to_string).collect();
    let format = word(format);
    let (from, until) = (range.from.micros(), range.to.micros());
    client.download(&format!("/export?signals={}&from={from}&to={until}&format={format}", found.join(",")), to)?;
    Ok(found.len())
}

async fn local(
    plan: Plan,
    names: &[String],
    (range, format): (TimeRange, Format),
    part: &mut Part,
) -> Result<usize, Exit> {
    let node = Node::offline(plan).await?;
    let catalogue = node.catalogue();
    let full_name = |id: SignalId| Some((id.get(), catalogue.full_name(id)?));
    let all: Vec<(u32, String)> = catalogue.signals().filter_map(|s| full_name(s.id)).collect();
    let signals = find(&all, names).map(|found| found.into_iter().map(SignalId::new).collect::<Vec<_>>());
    let written = match &signals {
        Ok(signals) => {
            let file = BufWriter::new(part.file.get_ref().try_clone()?);
            let done = node.query().export(signals, range, format, file).await;
            done.map_err(|e| Exit::of(Kind::Failed, &e)).and_then(|(_, mut file)| Ok(file.flush()?))
        }
        Err(_) => Ok(()),
    };
    node.stop().await?;
    written?;
    Ok(signals?.len())
}

/// Numbers of signals by full name, or of all below an asset path.
fn find(all: &[(u32, String)], names: &[String]) -> Result<Vec<u32>, Exit> {
    let mut found = Vec::new();
    for name in names {
        let below = format!("{}/", name.trim_end_matches('/'));
        let before = found.len();
        found.extend(all.iter().filter(|(_, full)| full == name || full.starts_with(&below)).map(|(id, _)| *id));
        if found.len() == before {
            let why = format!("there is no signal and no asset with signals named {name}");
            return Err(Exit::new(Kind::NotFound, why));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A file that comes into being beside the one it will be, and takes its place when it is whole. What was there before
/// stays until then; half a file is taken away.
struct Part {
    file: BufWriter<File>,
    beside: PathBuf,
    becomes: PathBuf,
}

impl Part {
    fn new(becomes: &Path) -> Result<Self, Exit> {
        let name = becomes.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = becomes.with_file_name(format!(".{name}.{}", std::process::id()));
        let file = File::create(&beside).map_err(|e| {
            Exit::new(Kind::Failed, format!("{}: {e}", becomes.display())).cure("choose another --output")
        })?;
        Ok(Self { file: BufWriter::new(file), beside, becomes: becomes.to_owned() })
    }

    fn finish(mut self) -> Result<u64, Exit> {
        self.file.flush()?;
        let file = self.file.get_ref();
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        std::fs::rename(&self.beside, &self.becomes)?;
        Ok(bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // after it took its place nothing is left there
        drop(std::fs::remove_file(&self.beside));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_found_by_name_and_below_a_path() {
        let all: Vec<(u32, String)> =
            [(1, "acme/rig/x"), (2, "acme/rig/y"), (3, "acme/rig2/x")].map(|(id, name)| (id, name.to_owned())).into();
        let found = |names: &[&str]| find(&all, &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(found(&["acme/rig"]).unwrap(), [1, 2]);
        assert_eq!(found(&["acme/rig2/x", "acme/rig/", "acme/rig/x"]).unwrap(), [1, 2, 3]);
        assert!(found(&["acme/rig/x", "nobody"]).unwrap_err().is(Kind::NotFound));
    }

    #[test]
    fn a_formula_goes_whole_into_an_address() {
        assert_eq!(escaped("\"a/b-1\" + 2 & é"), "%22a%2Fb-1%22%20%2B%202%20%26%20%C3%A9");
    }

    #[test]
    fn what_was_there_stays_until_the_new_file_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "before").unwrap();
        let mut part = Part::new(&path).unwrap();
        part.file.write_all(b"half").unwrap();
        drop(part);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        let mut part = Part::new(&path).unwrap();
        part.file.write_all(b"whole").unwrap();
        assert_eq!(part.finish().unwrap(), 5);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
