//! Other people's servers to test against: what is there, what is installed for the tests, what is missing.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{root, run, say, there};

/// Python packages with servers and edge nodes that we did not write, pinned.
const PYTHON: [&str; 4] = ["asyncua==2.1.0", "pymodbus==3.16.1", "mqtt-spb-wrapper==2.1.2", "pysparkplug==0.3.2"];

/// What stands beside ours in benchmarks, pinned; tests go on without it.
const LEARNING: &str = "scikit-learn==1.9.1";

/// What names another Python, which goes first.
const NAMED: &str = "GEMBA_PEERS_PYTHON";

/// Where the Node package with an OPC UA server stands, with its lock file.
const NODE_OPCUA: &str = "crates/connect/tests/it/peers/nodeopcua";

/// What the tests can talk to.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    /// A folder of Node modules with node-opcua.
    pub(crate) node_modules: Option<PathBuf>,
    /// A Python with the packages above.
    pub(crate) python: Option<PathBuf>,
    /// A Chromium to open the pages in.
    pub(crate) chromium: Option<String>,
    /// What was not found.
    pub(crate) missing: Vec<&'static str>,
}

impl Peers {
    /// Looks, installs what goes into `target/peers`, and says what is missing and how to get it.
    pub(crate) fn prepare() -> Self {
        let mut peers =
            Self { node_modules: node_modules(), python: python(), chromium: chromium(), missing: Vec::new() };
        say("other people's programs for the tests");
        let mut missing = Vec::new();
        let mut tell = |what, found, cure| missing.extend((!tell(what, found, cure)).then_some(what));
        tell(
            "Python with asyncua, pymodbus, mqtt-spb-wrapper",
            peers.python.is_some(),
            "install python3 with venv, and a network to its package registry",
        );
        tell(
            "node-opcua",
            peers.node_modules.is_some(),
            "install Node 20 or newer with npm, and a network to its package registry",
        );
        tell("mosquitto (MQTT broker and clients)", mosquitto(), "Debian: apt-get install mosquitto mosquitto-clients");
        tell("PostgreSQL (server)", postgres(), "Debian: apt-get install postgresql; or set GEMBA_PEERS_POSTGRES");
        tell("Chromium", peers.chromium.is_some(), "Debian: apt-get install chromium; or set CHROMIUM");
        tell("Node 20 or newer with npm", npm(), "install Node from nodejs.org or your distribution");
        peers.missing = missing;
        peers
    }

    /// What the tests read to find them.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let python = self.python.iter().map(|p| (NAMED, p.display().to_string()));
        let chromium = self.chromium.iter().map(|c| ("CHROMIUM", c.clone()));
        let modules = self.node_modules.iter().map(|m| ("GEMBA_PEERS_NODE_MODULES", m.display().to_string()));
        python.chain(chromium).chain(modules).collect()
    }
}

/// Says whether it was found, and passes it on.
fn tell(what: &str, found: bool, cure: &str) -> bool {
    if found {
        println!("   found    {what}");
    } else {
        println!("   MISSING  {what}: its tests are left out. {cure}");
    }
    found
}

/// Whether the pages can be built: npm, and a Node that is new enough.
pub(crate) fn npm() -> bool {
    let version = std::process::Command::new("node").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    there("npm", "--version") && major.is_some_and(|major| major >= 20)
}

fn mosquitto() -> bool {
    // Debian keeps the broker in sbin; `-h` prints its help and ends with an error of its own
    ["mosquitto", "/usr/sbin/mosquitto"].iter().any(|p| std::process::Command::new(p).arg("-h").output().is_ok())
}

/// Whether a server can be made and started: Debian keeps its programs out of the path. The tests look in the same places.
fn postgres() -> bool {
    let given = std::env::var_os("GEMBA_PEERS_POSTGRES").map(PathBuf::from);
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let usual = versions.map(|version| version.path().join("bin"));
    given.into_iter().chain(usual).any(|folder| folder.join("initdb").exists())
}

/// The Python that was installed for the tests, once it is whole; where, and what says so.
fn own_python() -> (PathBuf, PathBuf, bool) {
    let venv = root().join("target/peers");
    let stamp = venv.join("installed");
    let whole = std::fs::read_to_string(&stamp).is_ok_and(|text| text == PYTHON.join("\n"));
    (venv, stamp, whole)
}

/// For a benchmark: the Python that the tests installed, if it is there and no other is named.
pub(crate) fn for_benchmarks() -> Vec<(&'static str, String)> {
    let (venv, _, whole) = own_python();
    if !whole || std::env::var_os(NAMED).is_some() {
        return Vec::new();
    }
    vec![(NAMED, venv.join("bin/python").display().to_string())]
}

fn python() -> Option<PathBuf> {
    if let Ok(given) = std::env::var(NAMED) {
        return Some(PathBuf::from(given));
    }
    let (venv, stamp, whole) = own_python();
    let python = venv.join("bin/python");
    if whole {
        return Some(python);
    }
    let install = || -> Result<()> {
        run("python3", &["-m", "venv", &venv.display().to_string()], &root(), &[])?;
        let mut words = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        words.extend(PYTHON);
        run(&python.display().to_string(), &words, &root(), &[])?;
        let learning = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", LEARNING];
        if let Err(error) = run(&python.display().to_string(), &learning, &root(), &[]) {
            eprintln!("   {LEARNING} could not be installed, benchmarks stand without it: {error:#}");
        }
        Ok(std::fs::write(&stamp, PYTHON.join("\n"))?)
    };
    match install() {
        Ok(()) => Some(python),
        Err(error) => {
            eprintln!("   the Python peers could not be installed: {error:#}");
            None
        }
    }
}

/// Installs what the lock file says into `target/peers/nodeopcua`; scripts of packages do not run.
fn node_modules() -> Option<PathBuf> {
    if let Ok(given) = std::env::var("GEMBA_PEERS_NODE_MODULES") {
        return Some(PathBuf::from(given));
    }
    let (from, to) = (root().join(NODE_OPCUA), root().join("target/peers/nodeopcua"));
    let modules = to.join("node_modules");
    let install = || -> Result<()> {
        let lock = std::fs::read_to_string(from.join("package-lock.json"))?;
        let stamp = to.join("installed");
        if std::fs::read_to_string(&stamp).is_ok_and(|text| text == lock) {
            return Ok(());
        }
        std::fs::create_dir_all(&to)?;
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(from.join(name), to.join(name))?;
        }
        run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"], &to, &[])?;
        Ok(std::fs::write(&stamp, lock)?)
    };
    match install() {
        Ok(()) => Some(modules),
        Err(error) => {
            eprintln!("   node-opcua could not be installed: {error:#}");
            None
        }
    }
}

fn chromium() -> Option<String> {
    let given = std::env::var("CHROMIUM").ok();
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(str::to_owned);
    given.into_iter().chain(usual).find(|path| std::path::Path::new(path).exists())
}
