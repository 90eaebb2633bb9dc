//! A Gemba of the test's own: a folder, ports, the program, and its API.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a configuration, and the program when it runs.
pub(crate) struct House {
    folder: tempfile::TempDir,
    http: u16,
    /// The port of the embedded broker.
    pub(crate) broker: u16,
    data: PathBuf,
    child: Option<Child>,
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Tries until it says yes; false when it never does.
pub(crate) fn until(mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    done()
}

/// A program's answer as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl House {
    /// Writes a configuration whose door is a free port; `gemba` is what stands in gemba.toml besides (`BROKER` becomes
    /// the port of the broker, `FOLDER` the folder), `plant` the plant.
    pub(crate) fn new(gemba: &str, plant: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("gemba-data");
        let house = Self { folder, http: free_port(), broker: free_port(), data, child: None };
        let gemba =
            gemba.replace("BROKER", &house.broker.to_string()).replace("FOLDER", &house.path().display().to_string());
        fs::create_dir_all(house.path().join("plant")).unwrap();
        fs::write(house.path().join("gemba.toml"), format!("{gemba}\n[http]\nlisten = \"127.0.0.1:{}\"\n", house.http))
            .unwrap();
        fs::write(house.path().join("plant/rig.toml"), plant).unwrap();
        house
    }

    /// One that devices publish to: each of `signals` is a signal `acme/rig/NAME` at the topic `rig/NAME`.
    pub(crate) fn with_broker(signals: &[&str], more: &str) -> Self {
        let gemba = format!(
            "{more}\n[broker]\nlisten = \"127.0.0.1:BROKER\"\npacket_bytes_max = 16777216\n\
             [connections.line]\nprotocol = \"mqtt\"\nbroker = \"embedded\"\ntopics = [\"rig/#\"]\npacket_bytes_max = 16777216\n"
        );
        Self::new(
            &gemba,
            &plant("line", &signals.iter().map(|name| (*name, format!("rig/{name}"))).collect::<Vec<_>>()),
        )
    }

    /// Listens elsewhere than on a port of the loopback.
    pub(crate) fn listen(&self, address: &str) {
        let file = self.path().join("gemba.toml");
        let text = fs::read_to_string(&file).unwrap().replace(&format!("127.0.0.1:{}", self.http), address);
        fs::write(file, text).unwrap();
    }

    /// Keeps the data elsewhere, as `data_dir` in the configuration says.
    pub(crate) fn keep_data_at(&mut self, data: PathBuf) {
        self.data = data;
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn http(&self) -> u16 {
        self.http
    }

    /// Starts the program and waits until it answers.
    pub(crate) fn start(&mut self) {
        self.launch(&["run"]);
        let answers = until(|| self.get("/api/v1/session").is_some());
        assert!(answers, "gemba does not answer:\n{}", self.log());
    }

    /// Starts the program and waits until it has left its token.
    pub(crate) fn start_anywhere(&mut self, words: &[&str]) {
        self.launch(words);
        assert!(until(|| self.data.join("local-token").exists()), "gemba does not run:\n{}", self.log());
    }

    fn launch(&mut self, words: &[&str]) {
        let log = File::options().create(true).append(true).open(self.path().join("log")).unwrap();
        // the token of a run that was killed must not be taken for the new one's
        drop(fs::remove_file(self.data.join("local-token")));
        let mut command = self.command(words);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Ends it at once, as a loss of power to this program alone would.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end; true when it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        let mut child = self.child.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        let ended = told.success() && until(|| child.try_wait().unwrap().is_some());
        if !ended {
            child.kill().unwrap();
        }
        child.wait().unwrap().success()
    }

    /// Whether it is still the process that was started.
    pub(crate) fn is_up(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Resident memory in bytes, in pages of 4 KiB.
    pub(crate) fn memory(&self) -> u64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.child.as_ref().unwrap().id())).unwrap();
        statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
    }

    /// A command of the program on this configuration, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.args(words).arg("--config").arg(self.path().join("gemba.toml")).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).current_dir(self.path()).output().unwrap()
    }

    /// Status and body of a request; none when nobody answers or it is refused for the token.
    pub(crate) fn get(&self, path: &str) -> Option<(u16, Value)> {
        let token = fs::read_to_string(self.data.join("local-token")).unwrap_or_default();
        let sent = agent()
            .get(format!("http://127.0.0.1:{}{path}", self.http))
            .header("Authorization", format!("Bearer {token}"))
            .call();
        let mut answer = sent.ok().filter(|answer| answer.status() != 401)?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.body_mut().read_to_string().ok()?).unwrap_or_default()))
    }

    /// Status and body of what is sent; none when nobody answers.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let token = fs::read_to_string(self.data.join("local-token")).unwrap_or_default();
        let request = agent()
            .post(format!("http://127.0.0.1:{}{path}", self.http))
            .header("Authorization", format!("Bearer {token}"));
        let mut answer = request.send_json(body).ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_str(&answer.body_mut().read_to_string().ok()?).unwrap_or_default()))
    }

    /// Posts bytes as line protocol; the status, none when nobody answers.
    pub(crate) fn write_lines(&self, query: &str, packed: bool, body: &[u8]) -> Option<u16> {
        let token = fs::read_to_string(self.data.join("local-token")).unwrap_or_default();
        let mut request = agent()
            .post(format!("http://127.0.0.1:{}/write?{query}", self.http))
            .header("Authorization", format!("Bearer {token}"));
        if packed {
            request = request.header("Content-Encoding", "gzip");
        }
        request.send(body).ok().map(|answer| answer.status().as_u16())
    }

    /// The rows of a question.
    pub(crate) fn sql(&self, sql: &str) -> Vec<Vec<Value>> {
        let token = fs::read_to_string(self.data.join("local-token")).unwrap();
        let request = agent()
            .post(format!("http://127.0.0.1:{}/api/v1/query", self.http))
            .header("Authorization", format!("Bearer {token}"));
        let mut answer = request.send_json(json!({ "sql": sql, "limit": 1_000_000 })).unwrap();
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let rows = body["rows"].as_array().unwrap_or_else(|| panic!("{sql}: {body}"));
        rows.iter().map(|row| row.as_array().unwrap().clone()).collect()
    }

    /// The one number that answers a question.
    pub(crate) fn number(&self, sql: &str) -> u64 {
        let rows = self.sql(sql);
        rows[0][0].as_u64().or_else(|| rows[0][0].as_f64().map(|n| n as u64)).unwrap_or_default()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
        if std::thread::panicking() {
            eprintln!("the log of gemba:\n{}", self.log());
        }
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build().new_agent()
}

/// A plant file with one asset `acme/rig`, its signals bound to addresses of a connection.
pub(crate) fn plant(connection: &str, signals: &[(&str, String)]) -> String {
    let signal = |(name, address): &(&str, String)| {
        format!("[[asset.signal]]\nname = \"{name}\"\nconnection = \"{connection}\"\naddress = \"{address}\"\n")
    };
    format!("[[asset]]\npath = \"acme/rig\"\n{}", signals.iter().map(signal).collect::<String>())
}
