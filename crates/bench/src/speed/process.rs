//! A server as a process of its own: started in a folder that goes away, measured from outside.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use tempfile::TempDir;

/// How long a server may take to come up or go down.
const PATIENCE: Duration = Duration::from_mins(1);
/// Clock ticks of /proc/PID/stat in a second; Linux has had no other value for user space.
const TICKS_PER_S: f64 = 100.0;

/// A running server.
pub(super) struct Server {
    child: Child,
    pub(super) folder: TempDir,
    /// From the start of the process to the first answer, s.
    pub(super) cold_start_s: f64,
}

impl Server {
    /// Starts a program and waits until it is `ready`.
    pub(super) fn start(folder: TempDir, mut command: Command, ready: impl Fn() -> bool) -> anyhow::Result<Self> {
        let log = std::fs::File::create(folder.path().join("log.txt"))?;
        let begun = Instant::now();
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let mut server = Self { child, folder, cold_start_s: 0.0 };
        while !ready() {
            anyhow::ensure!(server.child.try_wait()?.is_none(), "{name} ended: {}", server.log());
            anyhow::ensure!(begun.elapsed() < PATIENCE, "{name} does not come up: {}", server.log());
            std::thread::sleep(Duration::from_millis(1));
        }
        server.cold_start_s = begun.elapsed().as_secs_f64();
        Ok(server)
    }

    /// What it said last.
    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default();
        let from = text.char_indices().rev().nth(2_000).map_or(0, |(at, _)| at);
        text.get(from..).unwrap_or_default().to_owned()
    }

    /// The token that our program leaves once its port is known.
    pub(super) fn token(&self) -> anyhow::Result<String> {
        let path = self.folder.path().join("gemba-data/local-token");
        let begun = Instant::now();
        loop {
            let token = std::fs::read_to_string(&path).unwrap_or_default();
            if !token.is_empty() {
                return Ok(token.trim().to_owned());
            }
            anyhow::ensure!(begun.elapsed() < PATIENCE, "no token came in {}", path.display());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Seconds of processor it has used, user and system, all threads.
    pub(super) fn cpu_s(&self) -> f64 {
        cpu_s_of(self.child.id())
    }

    /// Memory it holds now, MB.
    pub(super) fn rss_mb(&self) -> f64 {
        self.memory_mb("VmRSS:")
    }

    /// The most memory it has held, MB.
    pub(super) fn peak_mb(&self) -> f64 {
        self.memory_mb("VmHWM:")
    }

    fn memory_mb(&self, field: &str) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0 / 1e6
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }

    /// Bytes of the files below a folder of it.
    pub(super) fn disk_bytes(&self, below: &str) -> u64 {
        bytes_below(&self.folder.path().join(below))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // a server that has ended already cannot be killed
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Seconds of processor that a process has used, user and system, all threads.
pub(super) fn cpu_s_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS_PER_S
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => bytes_below(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A port that is free now.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A program of this name, from the search path or where Debian puts servers.
pub(super) fn installed(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders.into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A folder on the disk that is measured, not in memory: below the build's own.
pub(super) fn folder() -> anyhow::Result<TempDir> {
    let above = std::env::current_dir()?.join("target").join("speed");
    std::fs::create_dir_all(&above)?;
    Ok(tempfile::Builder::new().prefix("run-").tempdir_in(above)?)
}
