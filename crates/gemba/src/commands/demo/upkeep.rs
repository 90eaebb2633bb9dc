//! What the virtual plant's own crew does is noted as a crew would note it: parts that were put in anew.

use std::time::Duration;

use gemba_act::work::EventKind;
use gemba_node::{Error, FailureDraft, Node};
use gemba_plant::{AssetPath, Timestamp};
use gemba_sim::Running;

/// How often the plant is asked.
const EVERY: Duration = Duration::from_secs(1);
/// What wears out in the virtual plant and is replaced: the battery, by its failure mode.
const BATTERY: &str = "acme/north/machining/agv-1-battery";
const MODE: &str = "capacity_fade";

/// Notes each replacement as it comes, until it is dropped.
#[allow(clippy::infinite_loop, reason = "it ends when the demo does, which drops it")]
pub(super) async fn note(node: &Node, plant: &Running) {
    let mut known = 0;
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        for (replaced, at) in plant.replaced(known) {
            let noted = renewed(node, &replaced.asset, at, "A new battery was put in: the old one was worn out.");
            if let Err(error) = noted {
                tracing::warn!(%error, asset = replaced.asset, "its replacement could not be noted");
            }
            known += 1;
        }
    }
}

/// A plant that is started over the data of an earlier one has a new battery again.
///
/// # Errors
/// When it cannot be noted.
pub(super) fn began_anew(node: &Node) -> Result<(), Error> {
    renewed(node, BATTERY, node.now(), "The virtual plant was started anew, with a new battery.")
}

fn renewed(node: &Node, asset: &str, at: Timestamp, said: &str) -> Result<(), Error> {
    let asset = AssetPath::new(asset).map_err(|_no_path| Error::NotFound { what: "asset", name: asset.to_owned() })?;
    let draft = FailureDraft {
        kind: EventKind::Replacement,
        asset,
        at,
        repaired: Some(at),
        failure_mode: MODE.into(),
        finding: None,
        note: said.into(),
    };
    node.work().add_failures(&[draft]).map(|_new| ())
}
