//! Signing in and out, and the first set-up.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gemba_node::access::{Role, Secret, SignedIn};
use gemba_node::config::Site;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::{App, Call};
use crate::gate::COOKIE;
use crate::input::{Args, Sent};
use crate::openapi::Operation;
use crate::output::{Output, Reply};
use crate::problem::{Kind, Problem};
use crate::table::{Needs, Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "session",
        about: "Signing in and out, and the first set-up.",
        routes: vec![
            Route::post("/api/v1/session", Needs::Nobody, "Sign in", sign_in),
            Route::get("/api/v1/session", VIEWER, "Who is signed in", who),
            Route::delete("/api/v1/session", VIEWER, "Sign out", sign_out),
            Route::get("/api/v1/setup", Needs::Nobody, "Whether the first set-up is still to be done", needed),
            Route::post("/api/v1/setup", Needs::Nobody, "Make the administrator and name the site; once", set_up),
            Route::get("/auth/once", Needs::Nobody, "Sign in with a one-time link and go to the pages", once),
        ],
    }
}

/// Name and password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The user's name.
    user: String,
    /// The password.
    password: String,
}

/// Who has signed in.
#[derive(Debug, Serialize, JsonSchema)]
struct Who {
    /// The user.
    user: String,
    /// What they may do.
    role: Role,
}

/// An answer that sets or removes the session cookie.
struct WithCookie<T> {
    answer: T,
    cookie: String,
}

impl<T: Output> Output for WithCookie<T> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }

    fn answer(self) -> Response {
        let mut response = self.answer.answer();
        if let Ok(cookie) = HeaderValue::from_str(&self.cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Not readable by scripts, not sent by other sites' pages, over TLS only where there is TLS.
fn cookie(app: &App, value: &str, life_secs: u64) -> String {
    let secure = if app.door.tls { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={life_secs}; HttpOnly; SameSite=Strict{secure}")
}

fn welcome(app: &App, signed_in: SignedIn) -> WithCookie<Reply<Who>> {
    let cookie = cookie(app, signed_in.secret.reveal(), signed_in.life_secs);
    let who = Who { user: signed_in.identity.name, role: signed_in.identity.role };
    WithCookie { answer: Reply(who), cookie }
}

async fn sign_in(call: Call, Sent(given): Sent<SignIn>) -> Result<WithCookie<Reply<Who>>, Problem> {
    let signed_in = call.app.access().sign_in(&given.user, &given.password, call.from).await?;
    Ok(welcome(&call.app, signed_in))
}

/// Who is signed in, and where.
#[derive(Debug, Serialize, JsonSchema)]
struct Session {
    /// The user, or `token:name`.
    user: String,
    /// What they may do.
    role: Role,
    /// Whether the data is that of the virtual plant.
    demo: bool,
    /// The program's version.
    version: &'static str,
    /// What people call the site.
    site: String,
    /// IANA time zone of the site.
    time_zone: String,
    /// ISO 4217 currency of the site.
    currency: String,
}

async fn who(call: Call, (): ()) -> Result<Reply<Session>, Problem> {
    let Some(who) = &call.who else { return Err(Problem::internal("a route for viewers was passed by nobody")) };
    let site = call.node().site();
    Ok(Reply(Session {
        user: who.name.clone(),
        role: who.role,
        demo: call.node().plan().demo,
        version: env!("CARGO_PKG_VERSION"),
        site: site.name,
        time_zone: site.time_zone,
        currency: site.currency,
    }))
}

/// Done, and the cookie is gone.
struct Left;

impl Output for Left {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(StatusCode::NO_CONTENT, "Signed out.");
    }

    fn answer(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

async fn sign_out(call: Call, (): ()) -> Result<WithCookie<Left>, Problem> {
    if let Some(session) = &call.session {
        call.app.access().sign_out(session).await?;
    }
    Ok(WithCookie { answer: Left, cookie: cookie(&call.app, "", 0) })
}

/// Whether the first set-up is still to be done.
#[derive(Debug, Serialize, JsonSchema)]
struct SetupNeeded {
    /// True until there is an administrator.
    needed: bool,
    /// Whether it can be done from where the caller is: on the machine itself.
    here: bool,
    /// The site as `gemba.toml` names it, to begin with; none where it does not, and once the set-up is done.
    site: Option<NamedSite>,
}

/// A site as it is called already.
#[derive(Debug, Serialize, JsonSchema)]
struct NamedSite {
    /// What people call it.
    name: String,
    /// IANA time zone; none where it is not written.
    time_zone: Option<String>,
    /// ISO 4217 currency.
    currency: String,
}

async fn needed(call: Call, (): ()) -> Result<Reply<SetupNeeded>, Problem> {
    let (needed, here) = (call.app.access().needs_setup(), call.from.is_loopback());
    let (site, unnamed) = (call.node().site(), Site::default());
    let named = (needed && here && site.name != unnamed.name).then(|| NamedSite {
        name: site.name,
        time_zone: Some(site.time_zone).filter(|zone| *zone != unnamed.time_zone),
        currency: site.currency,
    });
    Ok(Reply(SetupNeeded { needed, here, site: named }))
}

/// The first administrator, and the site.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Setup {
    /// The administrator's name.
    user: String,
    /// The administrator's password: 12 characters or more.
    password: String,
    /// What people call the site.
    site: String,
    /// IANA time zone, such as `Europe/Berlin`.
    time_zone: String,
    /// ISO 4217 currency, such as `EUR`.
    currency: String,
}

async fn set_up(call: Call, Sent(given): Sent<Setup>) -> Result<WithCookie<Reply<Who>>, Problem> {
    if !call.app.access().needs_setup() {
        return Err(gemba_node::access::Error::SetUpAlready.into());
    }
    let site = Site { name: given.site, time_zone: given.time_zone, currency: given.currency };
    check_site(&site)?;
    let signed_in = call.app.access().set_up(&given.user, &given.password, call.from).await?;
    // the administrator comes first: whoever is not one must not name the site
    call.node().set_site(site).await?;
    Ok(welcome(&call.app, signed_in))
}

fn check_site(site: &Site) -> Result<(), Problem> {
    let bad = |detail: String, cure: &str| Err(Problem::new(Kind::INVALID, detail, cure));
    if site.name.trim().is_empty() || site.name.chars().count() > 80 || site.name.chars().any(char::is_control) {
        return bad(
            "the site's name is empty, longer than 80 characters or not plain text".into(),
            "choose a short name",
        );
    }
    if site.time_zone.len() > 64 || jiff::tz::TimeZone::get(&site.time_zone).is_err() {
        return bad(
            format!("\"{}\" is no time zone", site.time_zone.chars().take(64).collect::<String>()),
            "write an IANA name such as Europe/Berlin or UTC",
        );
    }
    if site.currency.len() != 3 || !site.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return bad("the currency is not three capital letters".into(), "write an ISO 4217 code such as EUR");
    }
    Ok(())
}

/// The key of a one-time link.
#[derive(Deserialize, JsonSchema)]
struct Once {
    /// The key, as the link has it.
    key: String,
}

/// To the first page, with the cookie.
struct Onward(String);

impl Output for Onward {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(StatusCode::SEE_OTHER, "Signed in; on to the pages.");
    }

    fn answer(self) -> Response {
        (StatusCode::SEE_OTHER, [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, self.0)]).into_response()
    }
}

async fn once(call: Call, Args(given): Args<Once>) -> Result<Onward, Problem> {
    let key = Secret::from_client(&given.key).ok_or(gemba_node::access::Error::BadLink)?;
    let signed_in = call.app.access().sign_in_once(&key, call.from).await?;
    Ok(Onward(cookie(&call.app, signed_in.secret.reveal(), signed_in.life_secs)))
}
