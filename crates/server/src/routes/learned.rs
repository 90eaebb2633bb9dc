//! What was learned of kinds of machines: versions and how they did on machines that they had not seen.

use gemba_node::LearnedKind;

use crate::app::Call;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{Route, VIEWER};

/// The route of what was learned.
pub(super) fn route() -> Route {
    Route::get(
        "/api/v1/maintenance/learned",
        VIEWER,
        "What was learned of how long kinds of machines last, with versions and proofs",
        learned,
    )
}

async fn learned(call: Call, (): ()) -> Result<Reply<List<LearnedKind>>, Problem> {
    Ok(Reply(List::whole(call.node().learned())))
}
