//! The clock jumps forth and back under load: everything that was acknowledged is there, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemba_node::{Node, Plan, SystemClock};
use gemba_plant::port::Clock;
use gemba_plant::{TimeRange, Timestamp};
use gemba_query::Limits;

use crate::device::Device;
use crate::house::{free_port, plant};

/// The machine's clock, set forward or back by hand, in s.
#[derive(Debug, Default)]
struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().micros() + self.0.load(Ordering::SeqCst) * 1_000_000)
    }
}

async fn count(node: &Node, sql: &str) -> u64 {
    let answer = node.query().sql(sql, &Limits::default()).await.unwrap();
    serde_json::to_value(&answer.rows().unwrap()[0][0]).unwrap().as_u64().unwrap()
}

fn plan(folder: &std::path::Path, port: u16) -> Plan {
    std::fs::create_dir_all(folder.join("plant")).unwrap();
    let gemba = format!(
        "checkpoint_s = 1\n[http]\nlisten = \"127.0.0.1:0\"\n[broker]\nlisten = \"127.0.0.1:{port}\"\n[store]\nretention_days = 30\n\
         [connections.line]\nprotocol = \"mqtt\"\nbroker = \"embedded\"\ntopics = [\"rig/#\"]\n"
    );
    std::fs::write(folder.join("gemba.toml"), gemba).unwrap();
    std::fs::write(folder.join("plant/rig.toml"), plant("line", &[("a", "rig/a".into())])).unwrap();
    Plan::load(&folder.join("gemba.toml")).unwrap()
}

#[test]
fn a_clock_that_jumps_forth_and_back_costs_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let clock = Arc::new(Jumping::default());
    let by: Arc<dyn Clock> = Arc::<Jumping>::clone(&clock);
    let node = runtime.block_on(Node::start_by(plan(folder.path(), port), by)).unwrap();
    let mut device = Device::new("rig", port);
    let day = 86_400;
    // values without a time of their own get ours
    for (round, offset) in [0, day, -2 * day, 400 * day, 0, -1, 1].into_iter().enumerate() {
        clock.0.store(offset, Ordering::SeqCst);
        for n in 0..40 {
            device.insist("rig/a", &(round * 40 + n).to_string());
        }
        node.store().maintain().unwrap();
        node.store().flush().unwrap();
        // alarms and their figures go on
        runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(150)).await });
        node.alarms().rates().unwrap();
        assert!(node.status().checks.iter().all(|check| check.ok), "{:?}", node.status().checks);
    }
    clock.0.store(0, Ordering::SeqCst);
    node.store().maintain().unwrap();
    let whole = "select count(distinct value) from samples where signal = 'acme/rig/a' and quality <> 'stale'";
    assert_eq!(runtime.block_on(count(&node, whole)), 280, "gaps: {:?}", node.store().gaps(TimeRange::ALL));
    assert_eq!(runtime.block_on(count(&node, &whole.replace("distinct value", "*"))), 280, "none twice");
    runtime.block_on(node.stop()).unwrap();
    drop(node);
    let node = runtime.block_on(Node::start(plan(folder.path(), port))).unwrap();
    node.store().maintain().unwrap();
    assert_eq!(runtime.block_on(count(&node, whole)), 280, "also after a restart, with the clock as it should be");
    runtime.block_on(node.stop()).unwrap();
}
