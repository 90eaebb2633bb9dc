//! The configuration, checked: what a node is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::check::{check_files, check_node, check_plant};
use super::fault::{Fault, Source};
use super::raw::{GembaFile, PlantFile};
use crate::Error;

/// A checked configuration with absolute paths.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Everything of `gemba.toml`.
    pub file: GembaFile,
    /// Where `gemba.toml` stands; its folder when it was not written yet.
    pub origin: PathBuf,
    /// The folder for everything that is stored.
    pub data_dir: PathBuf,
    /// The folder of plant files.
    pub plant_dir: PathBuf,
    /// The plant files by file name.
    pub plant: BTreeMap<String, PlantFile>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether the data is that of the virtual plant; pages say so.
    pub demo: bool,
    /// What is odd and no reason not to start: a unit that nobody knows, a vibration that cannot be graded.
    pub warnings: Vec<Fault>,
}

/// More plant files than this are not a plant but a mistake.
const PLANT_FILES_MAX: usize = 10_000;

impl Plan {
    /// Reads `gemba.toml` and the plant folder beside it and checks everything.
    ///
    /// # Errors
    /// All faults at once, with file, line and cure; or the file that cannot be read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let mut source = read(path)?;
        let (file, mut faults) = source.read::<GembaFile>();
        let file = file.unwrap_or_default();
        let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let plant_dir = base.join(&file.plant_dir);
        let mut sources = plant_sources(&plant_dir, &mut faults)?;
        let mut plant = BTreeMap::new();
        for source in &mut sources {
            let (entries, found) = source.read::<PlantFile>();
            faults.extend(found);
            plant.insert(file_name(&source.file), entries.unwrap_or_default());
        }
        let listen = check_node(&source, &file, &mut faults);
        check_files(&source, &file, &mut faults);
        let warnings = check_plant(&sources, &plant, &file, &mut faults);
        if !faults.is_empty() {
            return Err(Error::Config { faults });
        }
        let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8470)));
        Ok(Self {
            data_dir: base.join(&file.data_dir),
            plant_dir,
            plant,
            listen,
            file,
            origin: path.to_owned(),
            demo: false,
            warnings,
        })
    }

    /// A plan that was never written: for the demo and for tests. Data goes below `dir`.
    ///
    /// # Errors
    /// All faults at once.
    pub fn unwritten(dir: &Path, file: GembaFile, plant: BTreeMap<String, PlantFile>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let source = Source::new("gemba.toml", String::new());
        let listen = check_node(&source, &file, &mut faults);
        let sources: Vec<Source> = plant.keys().map(|name| Source::new(name.clone(), String::new())).collect();
        let warnings = check_plant(&sources, &plant, &file, &mut faults);
        match listen {
            Some(listen) if faults.is_empty() => {
                let (data_dir, plant_dir) = (dir.join(&file.data_dir), dir.join(&file.plant_dir));
                let origin = dir.join("gemba.toml");
                Ok(Self { data_dir, plant_dir, plant, listen, file, origin, demo: false, warnings })
            }
            _ => Err(Error::Config { faults }),
        }
    }
}

fn read(path: &Path) -> Result<Source, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        doing: "reading",
        path: path.display().to_string(),
        source,
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The files of the plant folder; those that cannot be read, or are too many, are faults.
fn plant_sources(dir: &Path, faults: &mut Vec<Fault>) -> Result<Vec<Source>, Error> {
    let unread = |source| Error::File { doing: "reading", path: dir.display().to_string(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(unread(source)),
    };
    let entries: Vec<_> = entries.collect::<Result<_, _>>().map_err(unread)?;
    let mut paths: Vec<PathBuf> =
        entries.iter().map(std::fs::DirEntry::path).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    let mut odd = |file: &Path, what: String, cure: &str| {
        faults.push(Fault { file: file.display().to_string(), line: 0, what, cure: cure.to_owned() });
    };
    if paths.len() > PLANT_FILES_MAX {
        let what = format!("it holds {} files, more than {PLANT_FILES_MAX}", paths.len());
        odd(dir, what, "put more assets into each file, or name another plant_dir");
    }
    let mut sources = Vec::new();
    for path in paths.iter().take(PLANT_FILES_MAX) {
        match std::fs::read_to_string(path) {
            Ok(text) => sources.push(Source::new(path.display().to_string(), text)),
            Err(error) => odd(path, format!("it cannot be read: {error}"), "give this user the right to read it"),
        }
    }
    Ok(sources)
}

pub(super) fn file_name(file: &str) -> String {
    Path::new(file).file_name().map_or_else(|| file.to_owned(), |n| n.to_string_lossy().into_owned())
}
<<<<<<< HEAD
=======

fn check_node(source: &Source, file: &GembaFile, faults: &mut Vec<Fault>) -> Option<SocketAddr> {
    let listen = file.http.listen.parse::<SocketAddr>();
    if listen.is_err() {
        faults.push(source.fault(
            &["http", "listen"],
            format!("\"{}\" is no address and port", file.http.listen),
            "write 127.0.0.1:8470",
        ));
    }
    if file.http.tls_cert.is_some() != file.http.tls_key.is_some() {
        faults.push(source.fault(&["http"], "tls_cert and tls_key go together", "give both or neither"));
    }
    for fault in file.broker.iter().flat_map(gemba_connect::broker::Config::check) {
        faults.push(source.fault(
            &["broker", &fault.field],
            format!("broker.{} {}", fault.field, fault.what),
            fault.cure,
        ));
    }
    for (field, text) in file.store.faults() {
        faults.push(source.fault(&["store", field], format!("store.{field} {text}"), ""));
    }
    for (field, text) in file.alarms.faults() {
        faults.push(source.fault(&["alarms", field], format!("alarms.{field} {text}"), ""));
    }
    for (name, connection) in &file.connections {
        if AssetPath::new(name).is_err() || name.contains('/') {
            faults.push(source.fault(
                &["connections", name],
                format!("connection name \"{name}\" has a character outside a-z, 0-9, _ and -"),
                "write it like press-line",
            ));
        }
        for fault in connection.check() {
            let what = format!("connections.{name}.{} {}", fault.field, fault.what);
            faults.push(source.fault(&["connections", name, &fault.field], what, fault.cure));
        }
    }
    for name in file.register.iter().filter(|name| !file.connections.contains_key(*name)) {
        faults.push(source.fault(
            &["register"],
            format!("register names \"{name}\", which is no connection"),
            "name one of [connections]",
        ));
    }
    if jiff::tz::TimeZone::get(&file.site.time_zone).is_err() {
        faults.push(source.fault(
            &["site", "time_zone"],
            format!("\"{}\" is no time zone", file.site.time_zone),
            "write an IANA name such as Europe/Berlin or UTC",
        ));
    }
    listen.ok()
}

fn check_plant(sources: &[Source], plant: &BTreeMap<String, PlantFile>, file: &GembaFile, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for source in sources {
        let Some(entries) = plant.get(&file_name(&source.file)) else { continue };
        for (index, asset) in entries.assets.iter().enumerate() {
            let at = index.to_string();
            if !seen.insert(asset.path.clone()) {
                faults.push(source.fault(
                    &["asset", &at, "path"],
                    format!("asset {} is there twice", asset.path),
                    "give each asset its own path",
                ));
            }
            check_signals(source, (&at, asset), file, faults);
        }
    }
}

fn check_signals(
    source: &Source,
    (at, asset): (&str, &super::raw::AssetEntry),
    file: &GembaFile,
    faults: &mut Vec<Fault>,
) {
    let mut names = BTreeSet::new();
    for (index, signal) in asset.signals.iter().enumerate() {
        let place = index.to_string();
        let mut fault = |field: &str, what: String, cure: &str| {
            faults.push(source.fault(&["asset", at, "signal", &place, field], what, cure));
        };
        if AssetPath::new(&signal.name).is_err() {
            fault(
                "name",
                format!("signal name \"{}\" has a character outside a-z, 0-9, _ and -", signal.name),
                "write it like discharge_pressure",
            );
        }
        if !names.insert(&signal.name) {
            fault(
                "name",
                format!("signal {} is there twice on {}", signal.name, asset.path),
                "give each signal of an asset its own name",
            );
        }
        if !signal.connection.is_empty() && !file.connections.contains_key(&signal.connection) {
            fault(
                "connection",
                format!("signal {} names connection \"{}\", which is not configured", signal.name, signal.connection),
                "add it under [connections] in gemba.toml or correct the name",
            );
        }
        if signal.connection.is_empty() != signal.address.is_empty() {
            fault(
                "address",
                format!("signal {} has a connection or an address, but not both", signal.name),
                "give both, or neither for a signal that is written by hand",
            );
        }
        for (field, what, cure) in signal.faults() {
            fault(field, format!("signal {}: {what}", signal.name), &cure);
        }
    }
}
>>>>>>> 4366ec8 (Limits of one's own, alarms as a plant uses them, remaining life that does not vanish at its limit)
