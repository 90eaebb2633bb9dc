//! A real PostgreSQL, started for the test on the loopback: what is read, and what cannot be done.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gemba_connect::SecretRef;
use gemba_connect::postgres::{Database, Rows, select};
use gemba_plant::port::told;

use crate::support::free_port;

/// The password of the test's own server.
const PASSWORD: &str = "only for this test";

/// A server in a folder that goes away.
struct Server {
    folder: tempfile::TempDir,
    port: u16,
    child: Child,
}

/// The folder of the server's programs: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let given = std::env::var_os("GEMBA_PEERS_POSTGRES").map(PathBuf::from);
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut usual: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    usual.sort();
    let found = given.into_iter().chain(usual.into_iter().rev()).find(|folder| folder.join("initdb").exists());
    if found.is_none() {
        println!("skipped: PostgreSQL is not installed (Debian: postgresql), and GEMBA_PEERS_POSTGRES names none");
    }
    found
}

/// A program of the server; root may not run it, so then the user that the package made does.
fn program(name: &str, folder: &std::path::Path) -> Command {
    let path = programs().unwrap().join(name);
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Server {
    fn start() -> Option<Self> {
        Self::with(|_| &[])
    }

    /// With more words for the server, once its folder is made.
    fn with(more: impl FnOnce(&std::path::Path) -> &'static [&'static str]) -> Option<Self> {
        programs()?;
        let folder = tempfile::tempdir().unwrap();
        // the server's user owns its data, whoever runs the test
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let made = program("initdb", folder.path())
            .args(["-D", "data", "-U", "cmms", "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8", "--no-sync"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb: {made}");
        let (port, more) = (free_port(), more(folder.path()));
        let child = program("postgres", folder.path())
            .args(["-D", "data", "-p", &port.to_string(), "-h", "127.0.0.1", "-k", "", "-F", "-c", "log_statement=all"])
            .args(["-c", "logging_collector=on", "-c", "log_directory=../log", "-c", "log_filename=said"])
            .args(more)
            .spawn()
            .unwrap();
        Some(Self { folder, port, child })
    }

    fn database(&self) -> Database {
        let password = self.folder.path().join("password");
        Database {
            url: format!("postgres://cmms@127.0.0.1:{}/postgres", self.port),
            password: Some(serde_json::from_value::<SecretRef>(format!("file:{}", password.display()).into()).unwrap()),
            ca_file: None,
        }
    }

    /// Once it lets us in.
    async fn ready(&self) {
        for _ in 0..200 {
            if select(&self.database(), "SELECT 1").await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not come up: {:?}", select(&self.database(), "SELECT 1").await);
    }

    /// What an administrator does to it.
    fn psql(&self, sql: &str) {
        let port = self.port.to_string();
        let done = program("psql", self.folder.path())
            .args(["-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port, "-U", "cmms", "-d", "postgres", "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .status()
            .unwrap();
        assert!(done.success(), "{sql}: {done}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = program("pg_ctl", self.folder.path()).args(["-D", "data", "-m", "immediate", "stop"]).status();
        if stopped.is_err() {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn a_select_is_read_as_texts_and_nothing_can_be_written() {
    let Some(server) = Server::start() else { return };
    server.ready().await;
    server.psql(
        "CREATE TABLE wo (machine text, failed timestamptz, plain timestamp, hours numeric, note text);
         INSERT INTO wo VALUES ('acme/pump-1', '2026-01-02 04:04:05+01', '2026-01-02 04:04:05', 2.50, E'seal\\tand \\\\ shaft\\nlater'),
                               ('acme/pump-2', '2026-02-02 00:00Z', NULL, NULL, NULL)",
    );
    let ask = |sql: &'static str| {
        let database = server.database();
        async move { select(&database, sql).await }
    };
    let sql = "SELECT machine AS asset, failed AS at, plain, hours, note FROM wo ORDER BY 1 -- all of them";
    let Rows { columns, rows } = ask(sql).await.unwrap();
    assert_eq!(columns, ["asset", "at", "plain", "hours", "note"]);
    let first = ["acme/pump-1", "2026-01-02 03:04:05+00", "2026-01-02 04:04:05", "2.50", "seal\tand \\ shaft\nlater"];
    assert_eq!(rows[0], first);
    assert_eq!(rows[1], ["acme/pump-2", "2026-02-02 00:00:00+00", "", "", ""]);

    for (wrong, told) in [
        ("DELETE FROM wo RETURNING machine", "read-only"),
        ("WITH gone AS (DELETE FROM wo RETURNING 1) SELECT * FROM gone", "read-only"),
        ("CREATE TABLE x (a int)", "no rows"),
        ("SELECT 1; COMMIT; DROP TABLE wo", "multiple commands"),
        ("SELECT 1) TO PROGRAM 'touch /tmp/written' --", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("", "no rows"),
    ] {
        let answer = ask(wrong).await.unwrap_err().to_string();
        assert!(answer.contains(told), "{wrong}: {answer}");
    }
    assert_eq!(ask("SELECT 1 FROM wo;").await.unwrap().rows.len(), 2, "nothing is gone");
    let said = std::fs::read_to_string(server.folder.path().join("log/said")).unwrap_or_default();
    assert!(!said.contains(PASSWORD), "a password in the server's log");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_what_to_do() {
    let Some(server) = Server::start() else { return };
    server.ready().await;
    let answered = |database: Database| async move { told(&select(&database, "SELECT 1").await.unwrap_err()) };
    let stranger = Database { url: format!("postgres://ann@127.0.0.1:{}/postgres", server.port), ..server.database() };
    let answer = answered(stranger).await;
    assert!(answer.contains("password authentication failed") && answer.contains("look at the user"), "{answer}");
    let silent = answered(Database { password: None, ..server.database() }).await;
    assert!(silent.contains("say where the password stands"), "{silent}");
    let elsewhere = Database { url: format!("postgres://cmms@127.0.0.1:{}/nowhere", server.port), ..server.database() };
    assert!(answered(elsewhere).await.contains("look at the name of the database"));
    // this server has no certificate: TLS that was asked for is not left out in silence
    let secure = Database { url: format!("{}?sslmode=require", server.database().url), ..server.database() };
    let answer = answered(secure).await;
    assert!(answer.contains("TLS") && answer.contains("sslmode=disable"), "{answer}");
    let nobody = Database { url: format!("postgres://cmms@127.0.0.1:{}/x", free_port()), ..server.database() };
    assert!(answered(nobody).await.contains("refused"));
}

#[tokio::test]
async fn a_certificate_is_asked_for_and_looked_at() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let secure = |folder: &std::path::Path| -> &'static [&'static str] {
        std::fs::write(folder.join("server.crt"), made.cert.pem()).unwrap();
        let key = folder.join("server.key");
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder.join("data")).unwrap());
        std::os::unix::fs::chown(&key, Some(owner), None).unwrap();
        &["-c", "ssl=on", "-c", "ssl_cert_file=../server.crt", "-c", "ssl_key_file=../server.key"]
    };
    let Some(server) = Server::with(secure) else { return };
    server.ready().await;
    let url = format!("postgres://cmms@localhost:{}/postgres?sslmode=require", server.port);
    let own = Database { url, ca_file: Some(server.folder.path().join("server.crt")), ..server.database() };
    let sql = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(select(&own, sql).await.unwrap().rows, [["t", "TLSv1.3"]]);
    let other = server.folder.path().join("other.crt");
    std::fs::write(&other, rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem())
        .unwrap();
    let answer = told(&select(&Database { ca_file: Some(other), ..own }, sql).await.unwrap_err());
    assert!(answer.contains("certificate") && answer.contains("name the authority"), "{answer}");
}
