//! People who may sign in.

use gemba_node::access::{NewUser, Role, User, UserChange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{ADMIN, Resource, Route};

pub(super) fn resource() -> Resource {
    Resource {
        name: "users",
        about: "People who may sign in.",
        routes: vec![
            Route::get("/api/v1/users", ADMIN, "All users", list),
            Route::post("/api/v1/users", ADMIN, "Add a user", add),
            Route::put("/api/v1/users/{name}", ADMIN, "Change a user's role or password", change),
            Route::delete("/api/v1/users/{name}", ADMIN, "Remove a user with their sessions and tokens", remove),
        ],
    }
}

/// A user.
#[derive(Debug, Serialize, JsonSchema)]
struct UserView {
    /// The name to sign in with.
    name: String,
    /// What they may do.
    role: Role,
    /// Whether they can sign in with a password.
    has_password: bool,
    /// When the user was made.
    created: Moment,
    /// When a session of theirs was last used; none when not since the program started.
    last_seen: Option<Moment>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            role: user.role,
            has_password: user.has_password,
            created: user.created.into(),
            last_seen: user.last_seen.map(Moment),
        }
    }
}

async fn list(call: Call, (): ()) -> Result<Reply<List<UserView>>, Problem> {
    Ok(Reply(List::whole(call.app.access().users().into_iter().map(UserView::from).collect())))
}

fn view(call: &Call, name: &str) -> Result<UserView, Problem> {
    let user = call.app.access().users().into_iter().find(|user| user.name == name);
    user.map(UserView::from).ok_or_else(|| Problem::missing("user", name))
}

/// A user to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddUser {
    /// The name to sign in with: 1 to 64 of a-z, 0-9, `.`, `_` and `-`.
    name: String,
    /// What they may do.
    role: Role,
    /// The password: 12 characters or more.
    password: String,
}

async fn add(call: Call, Sent(new): Sent<AddUser>) -> Result<Made<UserView>, Problem> {
    let AddUser { name, role, password } = new;
    call.app.access().add_user(NewUser { name: name.clone(), role, password: Some(password) }).await?;
    Ok(Made(view(&call, &name)?))
}

/// What changes about a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    /// What they may do from now on.
    role: Role,
    /// The password from now on; it stays when left out. A new one ends their sessions.
    #[serde(default)]
    password: Option<String>,
}

async fn change(
    call: Call,
    (At(name), Sent(change)): (At<String>, Sent<ChangeUser>),
) -> Result<Reply<UserView>, Problem> {
    let ChangeUser { role, password } = change;
    let password = password.filter(|password| !password.is_empty());
    call.app.access().change_user(&name, UserChange { role, password }).await?;
    Ok(Reply(view(&call, &name)?))
}

async fn remove(call: Call, At(name): At<String>) -> Result<Done, Problem> {
    call.app.access().remove_user(&name).await?;
    Ok(Done)
}
