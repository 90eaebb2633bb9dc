//! One session with a server: from the address to a signed-in session, and its end.

use std::error::Error as _;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use opcua::client::{Client, ClientBuilder, IdentityToken, Session, SessionPollResult};
use opcua::crypto::{SecurityPolicy, X509};
use opcua::types::{EndpointDescription, StatusCode};
use tokio::time::timeout;

use super::choose::{choose, policy};
use super::config::{Config, Identity};
use super::decode::{Skew, named};
use super::pki::{self, Verdict};
use super::road::road;
use crate::Error;
use crate::error::said;

/// How long the server keeps a session that has fallen silent, in ms.
const SESSION_TIMEOUT_MS: u32 = 60_000;
/// How often the session is checked for life.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// How long a polite goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// The largest message that is taken, in bytes: a block of fast samples is some 100 kB.
const MESSAGE_MAX: usize = 64 << 20;
/// The longest array that is taken: a vibration block of a minute at 25 kHz.
const ARRAY_MAX: usize = 2_000_000;

type Events = Pin<Box<dyn Stream<Item = Result<SessionPollResult, StatusCode>> + Send>>;

/// A session that is up, and what drives it. Says goodbye when dropped.
pub(super) struct Line {
    pub(super) session: Arc<Session>,
    events: Option<Events>,
    peer: String,
}

impl Drop for Line {
    fn drop(&mut self) {
        let (Some(events), Ok(runtime)) = (self.events.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        let session = Arc::clone(&self.session);
        runtime.spawn(async move { drop(timeout(GOODBYE, goodbye(session, events)).await) });
    }
}

async fn goodbye(session: Arc<Session>, mut events: Events) {
    let drive = async { while let Some(Ok(_)) = events.next().await {} };
    drop(tokio::join!(session.disconnect(), drive));
}

impl Line {
    /// What the stack takes away from every time that it reads but those of samples: the server's clock against ours. Kept by
    /// it so that a server whose clock is off is spoken to at all.
    pub(super) fn skew(&self) -> Skew {
        Skew(self.session.encoding_context().read().options().client_offset.num_nanoseconds().unwrap_or(0))
    }

    /// Runs a request while the session is driven.
    ///
    /// # Errors
    /// When the server answers with an error or the session is lost.
    pub(super) async fn ask<T>(
        &mut self,
        doing: &str,
        request: impl Future<Output = Result<T, opcua::types::Error>>,
    ) -> Result<T, Error> {
        let answer = self.try_ask(request).await?;
        answer.map_err(|e| self.refused(doing, &e))
    }

    /// The server's refusal as an error.
    pub(super) fn refused(&self, doing: &str, error: &opcua::types::Error) -> Error {
        failed(&self.peer, doing, error)
    }

    /// Runs a request while the session is driven; what the server answers, good or bad.
    ///
    /// # Errors
    /// When the session is lost.
    pub(super) async fn try_ask<T, E>(
        &mut self,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<Result<T, E>, Error> {
        tokio::pin!(request);
        loop {
            tokio::select! {
                answer = &mut request => return Ok(answer),
                event = self.next() => event?,
            };
        }
    }

    /// The next thing the session does.
    ///
    /// # Errors
    /// When the session is lost.
    pub(super) async fn next(&mut self) -> Result<(), Error> {
        let event = match &mut self.events {
            Some(events) => events.next().await,
            None => None,
        };
        let lost = |code: StatusCode| Err(fault(&self.peer, "the session", code, code.sub_code().description()));
        match event {
            None => lost(StatusCode::BadConnectionClosed),
            Some(
                Err(code) | Ok(SessionPollResult::ConnectionLost(code) | SessionPollResult::ReconnectFailed(code)),
            ) => lost(code),
            Some(Ok(_)) => Ok(()),
        }
    }
}

/// What a test of a connection is told step by step.
pub(super) trait Steps: Send {
    /// A step that worked.
    fn pass(&mut self, name: &str, detail: String);
}

/// Nobody wants to know.
pub(super) struct Quiet;

impl Steps for Quiet {
    fn pass(&mut self, _name: &str, _detail: String) {}
}

/// Connects, chooses an endpoint, judges its certificate and signs in.
///
/// # Errors
/// When any of it fails; the text says what to do.
pub(super) async fn dial(
    config: &Config,
    pki: &Path,
    patience: Duration,
    steps: &mut impl Steps,
) -> Result<Line, Error> {
    let limit = Duration::from_millis(config.timeout_ms);
    let client = client(config, pki.to_owned(), patience).await?;
    let endpoints = timeout(limit, client.get_server_endpoints_from_url(road(&config.endpoint))).await;
    let endpoints = endpoints.map_err(|_elapsed| late(config, "for its endpoints"))?;
    let endpoints = endpoints.map_err(|e| failed(&config.endpoint, "the list of its endpoints", &e))?;
    let plural = if endpoints.len() == 1 { "" } else { "s" };
    steps.pass("connect", format!("the server offers {} endpoint{plural}", endpoints.len()));
    let endpoint = choose(config, &endpoints)?;
    steps.pass("choose security", super::choose::tell(&endpoint));
    if policy(&endpoint) != SecurityPolicy::None {
        steps.pass("trust", trusted(config, pki, &endpoint)?);
    }
    sign_in(config, client, endpoint).await
}

async fn sign_in(config: &Config, mut client: Client, endpoint: EndpointDescription) -> Result<Line, Error> {
    let peer = config.endpoint.clone();
    let identity = identity(&config.identity)?;
    let (session, events) =
        client.connect_to_endpoint_directly(endpoint, identity).map_err(|e| failed(&peer, "the session", &e))?;
    session.disable_reconnects();
    let mut line = Line { session, events: Some(Box::pin(events.enter())), peer };
    // secure channel, session and activation: three answers
    let up = async {
        while let Some(events) = &mut line.events {
            match events.next().await {
                Some(Ok(SessionPollResult::Reconnected(_))) => return Ok(()),
                Some(Ok(SessionPollResult::ReconnectFailed(code)) | Err(code)) => {
                    return Err(fault(&line.peer, "signing in", code, code.sub_code().description()));
                }
                Some(Ok(_)) => {}
                None => break,
            }
        }
        Err(fault(&line.peer, "signing in", StatusCode::BadConnectionClosed, "it hung up"))
    };
    let limit = Duration::from_millis(config.timeout_ms.saturating_mul(3));
    timeout(limit, up).await.map_err(|_elapsed| late(config, "signing in"))??;
    Ok(line)
}

/// The protocol stack's client. Our certificate is made on the first call, off the runtime.
async fn client(config: &Config, pki: PathBuf, patience: Duration) -> Result<Client, Error> {
    let limit = Duration::from_millis(config.timeout_ms);
    let peer = config.endpoint.clone();
    let build = move || {
        let own = pki::own(&pki)?;
        let builder = ClientBuilder::new()
            .application_name("Gemba")
            .application_uri(own.application_uri)
            .product_uri("urn:gemba")
            .session_name("Gemba")
            .certificate_path(own.certificate)
            .private_key_path(own.private_key)
            // the stack keeps copies here; who is trusted was judged before (see `pki`)
            .pki_dir(pki.join("own").join("stack"))
            .create_sample_keypair(false)
            .trust_server_certs(true)
            .verify_server_certs(false)
            .session_retry_limit(0)
            .recreate_subscriptions(false)
            .request_timeout(limit)
            .publish_timeout(patience)
            .keep_alive_interval(KEEP_ALIVE)
            .max_failed_keep_alive_count(2)
            .session_timeout(SESSION_TIMEOUT_MS)
            .ignore_clock_skew(true)
            .max_message_size(MESSAGE_MAX)
            .max_chunk_count(0)
            .max_array_length(ARRAY_MAX);
        builder.client().map_err(|faults| Error::Connect { peer, why: faults.join(", ") })
    };
    let done = tokio::task::spawn_blocking(build).await;
    done.map_err(|_panicked| late(config, "while our certificate was made"))?
}

/// Whether a person trusts the server; in words when so.
fn trusted(config: &Config, pki: &Path, endpoint: &EndpointDescription) -> Result<String, Error> {
    let peer = config.endpoint.clone();
    let certificate = X509::from_byte_string(&endpoint.server_certificate).map_err(|e| Error::Malformed {
        peer: peer.clone(),
        what: "certificate".into(),
        why: e.to_string(),
    })?;
    let now_s = jiff::Timestamp::now().as_second();
    match pki::judge(pki, &certificate, now_s)? {
        Verdict::Trusted { expired: false } => Ok(format!("its certificate {} is trusted", certificate.subject_name())),
        Verdict::Trusted { expired: true } => {
            tracing::warn!(%peer, "the server's certificate has expired; it is used because exactly it was trusted");
            Ok("its certificate has expired; it is used because exactly it was trusted".into())
        }
        Verdict::Unknown(told) => Err(Error::Untrusted {
            peer,
            why: format!("{}, fingerprint {}, valid until {}", told.subject, told.fingerprint, told.valid_until),
            cure: format!(
                "compare the fingerprint with the server's own, then trust it on the page Admin, or move {} to trusted/certs",
                told.file
            ),
        }),
    }
}

fn identity(identity: &Identity) -> Result<IdentityToken, Error> {
    match identity {
        Identity::Anonymous => Ok(IdentityToken::new_anonymous()),
        Identity::User { user, password } => Ok(IdentityToken::new_user_name(user.clone(), password.read()?)),
        Identity::Certificate { certificate, private_key } => IdentityToken::new_x509_path(certificate, private_key)
            .map_err(|e| Error::File { path: format!("{certificate}, {private_key}"), why: e.to_string() }),
    }
}

fn late(config: &Config, doing: &str) -> Error {
    let secs = config.timeout_ms.div_ceil(1000);
    Error::TimedOut { peer: config.endpoint.clone(), doing: doing.into(), secs }
}

/// The stack's error as ours: what the operating system said of the way there, else the status.
fn failed(peer: &str, doing: &str, error: &opcua::types::Error) -> Error {
    match error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>()) {
        Some(cause) => Error::Connect { peer: peer.to_owned(), why: said(cause) },
        None => fault(peer, doing, error.status(), &error.to_string()),
    }
}

/// A status as an error, with what to do where that is known.
pub(super) fn fault(peer: &str, doing: &str, code: StatusCode, why: &str) -> Error {
    let peer = peer.to_owned();
    let cure = match code {
        StatusCode::BadUserAccessDenied
        | StatusCode::BadIdentityTokenRejected
        | StatusCode::BadIdentityTokenInvalid => {
            "check user, password or certificate, and that the server lets this user read"
        }
        StatusCode::BadUserSignatureInvalid => {
            "check that private_key is the key of the certificate, and that the server knows the certificate"
        }
        StatusCode::BadSecurityChecksFailed
        | StatusCode::BadCertificateUntrusted
        | StatusCode::BadCertificateInvalid => {
            "let the server trust our certificate: own/certs/gemba.der in the folder of certificates"
        }
        StatusCode::BadTooManySessions => "raise the server's limit of sessions, or close other clients",
        _ => {
            let why = format!("{doing}: {} ({why})", named(code));
            return Error::Connect { peer, why };
        }
    };
    Error::Refused { peer, why: format!("{doing}: {}", named(code)), cure: cure.into() }
}
