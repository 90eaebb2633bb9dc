//! Operators that have fallen behind read from the store what passed them by; what arrives is stored meanwhile as ever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gemba_flow::Runner;
use gemba_plant::AssetId;

use super::{Recipe, past};
use crate::Error;
use crate::clockwork::every;
use crate::node::Core;

/// Between two looks at who has fallen behind.
const LOOK: Duration = Duration::from_millis(500);

/// Brings those who have fallen behind up to the present, until the node stops.
pub(crate) async fn follow(core: Arc<Core>) {
    every(core, LOOK, "giving operators what passed them by", |core| catch_up(core)).await;
}

fn catch_up(core: &Core) -> Result<(), Error> {
    let Some(runner) = core.flow() else { return Ok(()) };
    let behind = runner.behind();
    if behind.is_empty() {
        return Ok(());
    }
    tracing::warn!("operators do not keep up: what arrives is stored and given to them from there");
    loop {
        let begun = core.clock.now();
        pass(core, (&runner, &behind), &core.models.lanes_turn())?;
        if core.is_stopping() {
            return Ok(());
        }
        if core.clock.now().since(begun) <= past::BRIEF {
            break;
        }
    }
    let built = core.models.lanes_turn();
    let _closed = core.models.gate.blocking_write();
    // first this, then the last look: what was stored before has passed by, what is delivered after waits for the gate
    runner.caught_up(&behind);
    past::settled(core)?;
    pass(core, (&runner, &behind), &built)?;
    tracing::info!("operators have caught up");
    Ok(())
}

/// Gives the lanes of these workers what is stored beyond where they stand; waits while they have no room.
fn pass(
    core: &Core,
    (runner, behind): (&Runner, &BTreeSet<usize>),
    built: &BTreeMap<AssetId, Recipe>,
) -> Result<(), Error> {
    let theirs = built.values().filter(|(asset, _)| behind.contains(&runner.place_of(asset.id)));
    let recipes: Vec<Recipe> = theirs.cloned().collect();
    let stand = runner.watermarks().map_err(|e| Error::part("flow", &e))?;
    past::feed(core, runner, &past::starts(&recipes, &stand, |recipe| past::look_back(core, recipe)))
}

#[cfg(test)]
mod tests {
    use gemba_connect::influx::Precision;
    use gemba_connect::{ConnectionConfig, influx};
    use gemba_plant::Timestamp;

    use super::*;
    use crate::config::{GembaFile, PlantFile};
    use crate::{Node, Plan};

    const RIG: &str = "[[asset]]\npath = \"acme/rig\"\n[[asset.signal]]\nname = \"flow\"\nconnection = \"line\"\naddress = \"rig flow\"\n";

    fn plan(dir: &std::path::Path) -> Plan {
        let mut file = GembaFile::default();
        file.http.listen = "127.0.0.1:0".into();
        file.connections.insert("line".into(), ConnectionConfig::Influx(influx::Config::default()));
        let plant: PlantFile = toml_edit::de::from_str(RIG).unwrap();
        Plan::unwritten(dir, file, BTreeMap::from([("rig.toml".to_owned(), plant)])).unwrap()
    }

    async fn until(done: impl Fn() -> bool) -> bool {
        for _ in 0..400 {
            if done() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn lanes_that_change_hands_for_long_hold_nothing_back_and_miss_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let node = Node::start(plan(dir.path())).await.unwrap();
        let (core, inlet) = (node.core(), node.writes().inlet("line").unwrap());
        let rig = core.registry.catalogue().signal_named("acme/rig/flow").unwrap().clone();
        inlet.write(b"rig flow=0", Precision::default()).await.unwrap();
        let closed = core.models.gate.write().await;
        // what is answered is stored
        let writes = async {
            for n in 1..=20 {
                inlet.write(format!("rig flow={n}").as_bytes(), Precision::default()).await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(5), writes).await.expect("storing waits for operators");
        let (flow, last) = (core.flow().unwrap(), core.store.last(rig.id).unwrap());
        assert!((last.value - 20.0).abs() < 1e-9 && !flow.behind().is_empty());
        drop(closed);
        assert!(until(|| flow.behind().is_empty()).await, "they catch up");
        let stands = |at: Timestamp| flow.watermarks().unwrap().get(&rig.asset).is_some_and(|stand| *stand >= at);
        assert!(until(|| stands(last.time)).await, "and have seen the last of it");
        let (counters, _) = flow.report().unwrap();
        assert_eq!((counters.delivered, counters.ahead), (21, 0), "each row once: {counters:?}");
        drop(flow);
        node.stop().await.unwrap();
    }
}
