//! The broker of the Mosquitto project, on the loopback, in a folder of its own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gemba_plant::port::{Link, Source};

use crate::support::{Seen, free_port};

/// A running Mosquitto; killed when dropped.
pub(crate) struct Mosquitto {
    child: Child,
    folder: tempfile::TempDir,
    /// Where it listens.
    pub(crate) port: u16,
}

fn program(name: &str) -> Option<PathBuf> {
    let found =
        ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin"]
            .iter()
            .map(|folder| PathBuf::from(folder).join(name))
            .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: {name} is not installed (Debian: mosquitto mosquitto-clients)");
    }
    found
}

impl Mosquitto {
    /// Starts it. None, with one printed line, when it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = program("mosquitto")?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let place = folder.path().display();
        let lines = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n\
             persistence_location {place}/\nautosave_interval 1\nautosave_on_changes true\nlog_dest none\n"
        );
        let mut conf = std::fs::File::create(folder.path().join("conf")).unwrap();
        std::io::Write::write_all(&mut conf, lines.as_bytes()).unwrap();
        let child = Self::spawn(&program, &folder, port);
        Some(Self { child, folder, port })
    }

    fn spawn(program: &PathBuf, folder: &tempfile::TempDir, port: u16) -> Child {
        let child = Command::new(program)
            .arg("-c")
            .arg(folder.path().join("conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return child;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("mosquitto does not listen");
    }

    /// Where it is, as a configuration says it.
    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same place.
    pub(crate) fn again(&mut self) {
        self.child = Self::spawn(&program("mosquitto").unwrap(), &self.folder, self.port);
    }

    /// Publishes with `mosquitto_pub`; returns once the broker has it.
    pub(crate) fn publish(&self, topic: &str, message: &str, more: &[&str]) {
        let port = self.port.to_string();
        let status = Command::new(program("mosquitto_pub").unwrap())
            .args(["-h", "127.0.0.1", "-p", &port, "-t", topic, "-m", message, "-q", "1"])
            .args(more)
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Polls for a while; nothing must be expected to happen.
pub(crate) async fn linger(source: &mut dyn Source, seen: &mut Seen, time: Duration) {
    let until = tokio::time::Instant::now() + time;
    while let Ok(arrival) = tokio::time::timeout_at(until, source.next()).await {
        seen.take(arrival.unwrap().unwrap());
    }
}

/// Polls until the link is up.
pub(crate) async fn up(source: &mut dyn Source, seen: &mut Seen) {
    for _ in 0..200 {
        if source.link() == Link::Up {
            return;
        }
        linger(source, seen, Duration::from_millis(50)).await;
    }
    panic!("the link does not come up: {:?}", source.link());
}
