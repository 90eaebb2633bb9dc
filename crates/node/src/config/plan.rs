//! The configuration, checked: what a node is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::check::{check_files, check_node, check_plant, unwritten};
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
        check_files(&source, &file, &base, &mut faults);
        let warnings = check_plant(&sources, &plant, &file, &mut faults);
        if !faults.is_empty() {
            faults.sort_by_key(|fault| (fault.file != source.file, fault.file.clone(), fault.line));
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

    /// The folder of the configuration: what it names relatively stands there.
    pub fn base(&self) -> &Path {
        self.origin.parent().filter(|base| !base.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// A plan that was never written: for the demo and for tests. Data goes below `dir`.
    ///
    /// # Errors
    /// All faults at once.
    pub fn unwritten(dir: &Path, file: GembaFile, plant: BTreeMap<String, PlantFile>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let source = Source::new("gemba.toml", String::new());
        let listen = check_node(&source, &file, &mut faults);
        let warnings = check_plant(&unwritten(&plant), &plant, &file, &mut faults);
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
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                odd(path, "it is no text in UTF-8".into(), "save it as UTF-8");
            }
            Err(error) => odd(path, format!("it cannot be read: {error}"), "give this user the right to read it"),
        }
    }
    Ok(sources)
}

pub(super) fn file_name(file: &str) -> String {
    Path::new(file).file_name().map_or_else(|| file.to_owned(), |n| n.to_string_lossy().into_owned())
}
