//! Tokens for programs.

use std::time::Duration;

use gemba_node::access::{NewToken, Role, Scope, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::{Kind, Problem};
use crate::table::{ADMIN, Resource, Route};

/// How long a token lives when nothing else is asked.
const LIFE: Duration = Duration::from_hours(24 * 90);

pub(super) fn resource() -> Resource {
    Resource {
        name: "tokens",
        about: "Tokens for programs.",
        routes: vec![
            Route::get("/api/v1/tokens", ADMIN, "All tokens, without their secrets", list),
            Route::post("/api/v1/tokens", ADMIN, "Make a token; its secret is shown this once", add),
            Route::delete("/api/v1/tokens/{id}", ADMIN, "End a token", remove),
        ],
    }
}

/// A token.
#[derive(Debug, Serialize, JsonSchema)]
struct TokenView {
    /// Its number.
    id: u64,
    /// What it is for.
    name: String,
    /// What it may do at most.
    role: Role,
    /// The parts of the API it may use.
    scopes: Vec<Scope>,
    /// Who made it.
    by: String,
    /// When it was made.
    created: Moment,
    /// When it ends.
    expires: Moment,
    /// When it was last used; none when not since the program started.
    last_used: Option<Moment>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.role,
            scopes: token.scopes,
            by: token.by,
            created: token.created.into(),
            expires: token.expires.into(),
            last_used: token.last_used.map(Moment),
        }
    }
}

async fn list(call: Call, (): ()) -> Result<Reply<List<TokenView>>, Problem> {
    Ok(Reply(List::whole(call.app.access().tokens().into_iter().map(TokenView::from).collect())))
}

/// A token to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddToken {
    /// What it is for: 1 to 64 of a-z, 0-9, `.`, `_` and `-`.
    name: String,
    /// What it may do at most.
    role: Role,
    /// The parts of the API it may use, such as `alarms:write` or `*:read`.
    scopes: Vec<Scope>,
    /// When it ends, at most 366 days ahead; 90 days ahead when left out.
    #[serde(default)]
    expires: Option<Moment>,
}

/// A token with its secret.
#[derive(Serialize, JsonSchema)]
struct NewTokenView {
    /// The token.
    #[serde(flatten)]
    token: TokenView,
    /// What to send as `Authorization: Bearer …`. It is not kept and not shown again.
    secret: String,
}

async fn add(call: Call, Sent(new): Sent<AddToken>) -> Result<Made<NewTokenView>, Problem> {
    if call.session.is_none() {
        // a token that makes tokens would outlive its own end
        return Err(Problem::new(
            Kind::FORBIDDEN,
            "tokens are made by people, not by tokens",
            "sign in with name and password",
        ));
    }
    let expires = new.expires.map_or_else(|| call.node().now().plus(LIFE), |moment| moment.0);
    let wanted = NewToken { name: new.name, role: new.role, scopes: new.scopes, expires };
    let (secret, token) = call.app.access().add_token(call.name(), wanted).await?;
    Ok(Made(NewTokenView { token: token.into(), secret: secret.reveal().to_owned() }))
}

async fn remove(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.access().remove_token(id).await?;
    Ok(Done)
}
