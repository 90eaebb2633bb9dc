//! One SELECT on another system's PostgreSQL: the history of a maintenance system. It is only read: in a transaction that
//! cannot write, for a bounded time, one statement.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::mqtt::{Access, dial};
use crate::{Error, SecretRef};

/// How long reaching the server may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the server may work on the statement.
const STATEMENT_LIMIT: Duration = Duration::from_mins(1);
/// How long the whole may take: a server that hangs does not end its statement.
const WHOLE_LIMIT: Duration = Duration::from_mins(5);
/// Rows that are taken at once: more than a plant has failures in its life, less than fills memory.
const ROWS_MAX: usize = 1_000_000;

/// Where the database is, and how to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `postgres://user@host:5432/name`, without a password. `?sslmode=disable` goes without TLS, which is what is done on this
    /// machine anyway; `?sslmode=require` asks for TLS there too.
    pub url: String,
    /// Where the password stands; none when the server wants none.
    pub password: Option<SecretRef>,
    /// PEM file with the authorities that may have signed the server's certificate; those of the system when none.
    pub ca_file: Option<PathBuf>,
}

/// Rows of texts: a value that is not there is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`. Times with a zone are in UTC.
    pub rows: Vec<Vec<String>>,
}

/// Whether a text is the address of a PostgreSQL and no file's name.
pub fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Runs one SELECT in a transaction that cannot write.
///
/// # Errors
/// When the address is none or holds a password, the server cannot be reached, does not let us in or refuses the statement, or
/// there are more rows than can be.
pub async fn select(database: &Database, sql: &str) -> Result<Rows, Error> {
    let config = config(database)?;
    let peer = peer(&config);
    let whole = async {
        let mut client = connect(&config, database, &peer).await?;
        let fail = |error: tokio_postgres::Error| answered(&peer, &error);
        let change = client.build_transaction().read_only(true).start().await.map_err(fail)?;
        read(&change, sql, &peer).await
    };
    let hung = |_| Error::TimedOut { peer: peer.clone(), doing: "the statement".into(), secs: WHOLE_LIMIT.as_secs() };
    timeout(WHOLE_LIMIT, whole).await.map_err(hung)?
}

fn config(database: &Database) -> Result<Config, Error> {
    let wrong = |why: String| Error::Address { address: shown(&database.url), why };
    let mut config: Config = database.url.parse().map_err(|error: tokio_postgres::Error| {
        wrong(format!("{}; write postgres://user@host:5432/name", chain(&error)))
    })?;
    if config.get_password().is_some() {
        let cure =
            "leave it out of the address, where others can read it, and say where it stands: file:/path or env:NAME";
        return Err(wrong(format!("it holds a password; {cure}")));
    }
    if let Some(password) = &database.password {
        config.password(password.read()?);
    }
    if !database.url.contains("sslmode=") {
        config.ssl_mode(if is_here(&config) { SslMode::Disable } else { SslMode::Require });
    }
    config.connect_timeout(CONNECT_LIMIT).application_name("gemba");
    Ok(config)
}

/// The address without a password that somebody wrote into it.
fn shown(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?))) {
        Some((scheme, (user, rest))) => format!("{scheme}://{}@{rest}", user.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// Whether every host is this machine: a socket of its file system or the loopback.
fn is_here(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn peer(config: &Config) -> String {
    let host = config.get_hosts().first().map_or_else(String::new, |host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("PostgreSQL at {host}:{port}")
}

async fn connect(config: &Config, database: &Database, peer: &str) -> Result<Client, Error> {
    let fail = |error: tokio_postgres::Error| refused(peer, &error);
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(fail)?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let trusted = dial::tls(&Access { ca_file: database.ca_file.clone(), ..Access::default() })?;
    let tls = MakeRustlsConnect::new(Arc::unwrap_or_clone(trusted));
    let (client, connection) = config.connect(tls).await.map_err(fail)?;
    tokio::spawn(connection);
    Ok(client)
}

async fn read(change: &Transaction<'_>, sql: &str, peer: &str) -> Result<Rows, Error> {
    let fail = |error: tokio_postgres::Error| answered(peer, &error);
    let set = format!(
        "SET LOCAL statement_timeout = {}; SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'",
        STATEMENT_LIMIT.as_millis()
    );
    change.batch_execute(&set).await.map_err(fail)?;
    let sql = sql.trim().trim_end_matches(';');
    // by itself first: one statement, and one that gives columns
    let statement = change.prepare(sql).await.map_err(fail)?;
    let columns: Vec<String> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    if columns.is_empty() {
        return Err(Error::Answer {
            peer: peer.into(),
            doing: "the statement".into(),
            why: "it gives no rows; give one SELECT".into(),
        });
    }
    // the server writes every type as text; on a line of its own a comment at the end hides nothing
    let copied = change.copy_out(&format!("COPY (\n{sql}\n) TO STDOUT")).await.map_err(fail)?;
    let mut copied = std::pin::pin!(copied);
    let (mut rows, mut rest) = (Vec::new(), Vec::new());
    while let Some(bytes) = copied.try_next().await.map_err(fail)? {
        rest.extend_from_slice(&bytes);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else { continue };
        let lines: Vec<u8> = rest.drain(..=end).collect();
        rows.extend(String::from_utf8_lossy(&lines).lines().map(row));
        if rows.len() > ROWS_MAX {
            let why = format!("it gives more than {ROWS_MAX} rows; take a part of them: WHERE …, or LIMIT and OFFSET");
            return Err(Error::Answer { peer: peer.into(), doing: "the statement".into(), why });
        }
    }
    Ok(Rows { columns, rows })
}

/// A line of COPY's text format: tabs between, `\N` for what is not there, a backslash before what would be taken for either.
fn row(line: &str) -> Vec<String> {
    line.split('\t').map(|cell| if cell == "\\N" { String::new() } else { unescaped(cell) }).collect()
}

fn unescaped(cell: &str) -> String {
    let (mut text, mut letters) = (String::with_capacity(cell.len()), cell.chars());
    while let Some(letter) = letters.next() {
        text.push(match (letter, letter == '\\') {
            (_, true) => match letters.next().unwrap_or('\\') {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'v' => '\u{b}',
                other => other,
            },
            (letter, false) => letter,
        });
    }
    text
}

/// Why the connection was not made.
fn refused(peer: &str, error: &tokio_postgres::Error) -> Error {
    let why = chain(error);
    let cure = match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "look at the user in the address and at the password that was named"
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            "look at the name of the database at the end of the address"
        }
        Some(_) => "look into the server's log",
        None if why.contains("password missing") => "say where the password stands: file:/path or env:NAME",
        None if why.contains("TLS") || why.contains("certificate") => {
            "name the authority of its certificate in a PEM file, or add ?sslmode=disable where nobody listens"
        }
        None => return Error::Connect { peer: peer.into(), why },
    };
    Error::Refused { peer: peer.into(), why, cure: cure.into() }
}

fn answered(peer: &str, error: &tokio_postgres::Error) -> Error {
    Error::Answer { peer: peer.into(), doing: "the statement".into(), why: chain(error) }
}

/// What the server said, else what went wrong, with its causes.
fn chain(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.hint().map_or_else(|| said.message().to_owned(), |hint| format!("{}; {hint}", said.message()));
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Database {
        Database { url: url.into(), password: None, ca_file: None }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_never_shown() {
        let told = config(&of("postgres://ann:s3cret@db.plant:5433/cmms")).unwrap_err().to_string();
        assert!(told.contains("postgres://ann@db.plant:5433/cmms") && told.contains("env:NAME"), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
        let told = config(&of("postgres://ann:s3cret@db.plant:x/cmms")).unwrap_err().to_string();
        assert!(!told.contains("s3cret"), "{told}");
        assert!(is_address("postgresql://db/cmms") && !is_address("cmms.db"));
    }

    #[test]
    fn off_this_machine_tls_is_asked_for_unless_somebody_says_otherwise() {
        let mode = |url: &str| config(&of(url)).unwrap().get_ssl_mode();
        assert_eq!(mode("postgres://ann@db.plant/cmms"), SslMode::Require);
        assert_eq!(mode("postgres://ann@db.plant/cmms?sslmode=disable"), SslMode::Disable);
        for here in
            ["postgres://ann@localhost/cmms", "postgres://ann@[::1]:5433/cmms", "postgres://ann@%2Frun%2Fpg/cmms"]
        {
            assert_eq!(mode(here), SslMode::Disable, "{here}");
        }
        assert_eq!(peer(&config(&of("postgres://ann@db.plant:5433/cmms")).unwrap()), "PostgreSQL at db.plant:5433");
    }

    #[test]
    fn rows_are_read_as_the_server_copies_them_out() {
        assert_eq!(row("a\\tb\t\\N\t\tc\\\\N\\n\tx\\\\"), ["a\tb", "", "", "c\\N\n", "x\\"]);
    }
}
