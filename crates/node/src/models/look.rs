//! A look from outside, while Gemba runs or not: whether `gemba.toml` asks for what is in service.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Release, SettingChange, changes, view};
use crate::{Error, Plan};

/// How long to wait for a Gemba that is just writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// How what `gemba.toml` asks for stands to what is in service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Standing {
    /// The version in service.
    pub in_service: Release,
    /// What `gemba.toml` asks for and is not in service.
    pub waiting: Vec<SettingChange>,
    /// Why what it was proved with is no longer what runs; none while it is.
    pub unproved: Option<String>,
}

/// Looks into the data folder without changing anything; none before the first start.
///
/// # Errors
/// When the state is there and cannot be read.
pub fn standing(plan: &Plan) -> Result<Option<Standing>, Error> {
    let path = plan.data_dir.join("state.sqlite");
    if !path.exists() {
        return Ok(None);
    }
    let fail =
        |source| Error::State { doing: "looking at what is in service", path: path.display().to_string(), source };
    // not read-only: SQLite wants to make the files of its log beside a state that nobody has open
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
    connection.busy_timeout(PATIENCE).map_err(fail)?;
    let Some(in_service) = crate::state::in_service(&connection).map_err(fail)? else { return Ok(None) };
    let waiting = changes(&in_service.version.settings, &plan.file.maintenance);
    Ok(Some(Standing { unproved: view::unproved(&in_service), waiting, in_service }))
}
