use std::collections::BTreeMap;

use proptest::prelude::*;
use srad_types::payload::{DataType, PropertySet, PropertyValue, metric as wire, property_value};

use super::*;
use crate::sparkplug::encode;

const T0: i64 = 1_700_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(T0 + ms)
}

fn host() -> Host {
    Host::new(Rules {
        host_id: "gemba".into(),
        reorder_timeout: Duration::from_secs(2),
        rebirth_interval: Duration::from_secs(10),
    })
}

/// An edge node `g/e`, that says things at a time.
struct Edge {
    host: Host,
    now: i64,
}

impl Edge {
    fn unborn() -> Self {
        Self { host: host(), now: 0 }
    }

    /// Born with `t` (alias 1) and `mode` without alias, bdSeq 0.
    fn born() -> Self {
        let mut edge = Self::unborn();
        edge.birth(0);
        edge
    }

    fn say(&mut self, kind: &str, device: Option<&str>, payload: &[u8]) -> Vec<String> {
        let topic = super::super::topic::write(kind, "g", "e", device);
        shown(self.host.message(at(self.now), &topic, payload))
    }

    fn birth(&mut self, bd_seq: u8) -> Vec<String> {
        let mode = text("mode", "AUTO");
        let metrics = vec![encode::double(Some("t"), Some(1), at(self.now), 20.0), mode];
        let payload = encode::node_birth(at(self.now), bd_seq, metrics);
        self.say("NBIRTH", None, &payload)
    }

    fn device_birth(&mut self, seq: u8) -> Vec<String> {
        let metrics = vec![encode::double(Some("p"), Some(2), at(self.now), 4.0)];
        let payload = encode::message(at(self.now), Some(seq), metrics);
        self.say("DBIRTH", Some("d"), &payload)
    }

    fn data(&mut self, seq: u8, value: f64) -> Vec<String> {
        let payload =
            encode::message(at(self.now), Some(seq), vec![encode::double(None, Some(1), at(self.now), value)]);
        self.say("NDATA", None, &payload)
    }

    fn send(&mut self, seq: u8, metrics: Vec<Metric>) -> Vec<String> {
        let payload = encode::message(at(self.now), Some(seq), metrics);
        self.say("NDATA", None, &payload)
    }

    fn wait(&mut self, ms: i64) -> Vec<String> {
        self.now += ms;
        shown(self.host.tick(at(self.now)))
    }
}

fn text(name: &str, value: &str) -> Metric {
    let mut metric = Metric::new();
    metric.set_name(name.into()).set_datatype(DataType::String).set_value(wire::Value::StringValue(value.into()));
    metric
}

fn shown(effects: Vec<Effect>) -> Vec<String> {
    let line = |effect| match effect {
        Effect::Value(v) => {
            let datum = match v.datum {
                Datum::Number(number) => number.to_string(),
                Datum::Text(text) => text,
                Datum::Flag(flag) => flag.to_string(),
                other => format!("{other:?}"),
            };
            let quality = if v.quality == Quality::Good { String::new() } else { format!(" {}", v.quality.as_str()) };
            let time = v.time.map_or(" ?".into(), |t| format!(" @{}", t.millis() - T0));
            let kept = if v.historical { " kept" } else { "" };
            format!("{}={datum}{time}{quality}{kept}", v.address)
        }
        Effect::Rebirth(group, edge) => format!("rebirth {group}/{edge}"),
        Effect::SayOnline => "online".into(),
        Effect::Reject(what, why) => format!("reject {what}: {why}"),
        Effect::LeftOut(what, count) => format!("left out {count} of {what}"),
        Effect::Lost(node, count) => format!("lost {count} of {node}"),
        Effect::Gone(place, since) => format!("{place} gone @{}", since.millis() - T0),
        Effect::Back(place, since) => format!("{place} back, gone @{}", since.millis() - T0),
    };
    effects.into_iter().map(line).collect()
}

#[test]
fn a_birth_announces_and_carries_values() {
    let mut edge = Edge::unborn();
    assert_eq!(edge.birth(0), ["g/e/t=20 @0", "g/e/mode=AUTO @0"]);
    assert_eq!(edge.device_birth(1), ["g/e/d/p=4 @0"]);
}

#[test]
fn data_come_by_alias_alone() {
    let mut edge = Edge::born();
    edge.now = 5;
    assert_eq!(edge.data(1, 21.0), ["g/e/t=21 @5"]);
}

#[test]
fn data_before_a_birth_ask_for_one_and_are_not_taken() {
    let mut edge = Edge::unborn();
    assert_eq!(edge.data(7, 1.0), ["reject g/e: before its birth", "rebirth g/e"]);
}

#[test]
fn a_device_birth_before_the_node_birth_asks_for_one() {
    assert_eq!(Edge::unborn().device_birth(1), ["reject g/e/d: before its birth", "rebirth g/e"]);
}

#[test]
fn rebirth_requests_are_limited_and_the_last_is_not_forgotten() {
    let mut edge = Edge::unborn();
    assert_eq!(edge.data(7, 1.0).last().unwrap(), "rebirth g/e");
    edge.now = 100;
    assert_eq!(edge.data(8, 1.0), ["reject g/e: before its birth"]);
    assert!(edge.wait(9000).is_empty());
    assert_eq!(edge.wait(2000), ["rebirth g/e"]);
    assert!(edge.wait(20_000).is_empty(), "a node that is silent is not asked for ever");
}

#[test]
fn the_sequence_wraps_from_255_to_0() {
    let mut edge = Edge::born();
    for i in 1..600_u32 {
        let seq = u8::try_from(i % 256).unwrap();
        assert_eq!(edge.data(seq, f64::from(i)).len(), 1, "message {i}");
    }
}

#[test]
fn a_message_that_overtook_waits_for_its_predecessor() {
    let mut edge = Edge::born();
    assert!(edge.data(2, 2.0).is_empty());
    assert!(edge.data(3, 3.0).is_empty());
    assert!(edge.wait(1999).is_empty());
    assert_eq!(edge.data(1, 1.0), ["g/e/t=1 @1999", "g/e/t=2 @0", "g/e/t=3 @0"]);
    assert!(edge.wait(99_999).is_empty());
}

#[test]
fn after_the_reorder_timeout_a_rebirth_is_asked_for_and_values_are_uncertain_until_then() {
    let mut edge = Edge::born();
    assert!(edge.data(3, 3.0).is_empty());
    assert_eq!(edge.wait(2000), ["lost 2 of g/e", "g/e/t=3 @0 uncertain", "rebirth g/e"]);
    assert_eq!(edge.data(4, 4.0), ["g/e/t=4 @2000 uncertain"]);
    assert_eq!(edge.birth(0), ["g/e/t=20 @2000", "g/e/mode=AUTO @2000"]);
    assert_eq!(edge.data(1, 5.0), ["g/e/t=5 @2000"]);
}

#[test]
fn a_message_that_comes_twice_or_far_too_late_is_not_taken() {
    let mut edge = Edge::born();
    edge.data(1, 1.0);
    assert!(edge.data(1, 1.0).is_empty());
    assert!(edge.data(200, 1.0).is_empty());
}

#[test]
fn a_death_with_the_matching_bdseq_makes_everything_stale() {
    let mut edge = Edge::born();
    edge.device_birth(1);
    edge.now = 50;
    let death = encode::node_death(at(50), 0);
    assert_eq!(
        edge.say("NDEATH", None, &death),
        ["g/e/mode=AUTO @50 stale", "g/e/t=20 @50 stale", "g/e/d/p=4 @50 stale", "g/e gone @50"]
    );
    assert!(edge.say("NDEATH", None, &death).is_empty(), "told twice");
    assert_eq!(edge.data(2, 1.0), ["reject g/e: before its birth", "rebirth g/e"]);
    edge.host.lose(); // whoever was dead before the link was lost is not alive because of that
    edge.now = 90;
    assert_eq!(edge.birth(1), ["g/e back, gone @50", "g/e/t=20 @90", "g/e/mode=AUTO @90"]);
}

#[test]
fn a_death_with_another_bdseq_is_the_will_of_an_earlier_session() {
    let mut edge = Edge::born();
    edge.birth(1);
    assert!(edge.say("NDEATH", None, &encode::node_death(at(0), 0)).is_empty());
    assert_eq!(edge.data(1, 1.0), ["g/e/t=1 @0"]);
}

#[test]
fn a_device_death_makes_that_device_stale_at_its_time() {
    let mut edge = Edge::born();
    edge.device_birth(1);
    let death = encode::message(at(30), Some(2), Vec::new());
    edge.now = 40;
    assert_eq!(edge.say("DDEATH", Some("d"), &death), ["g/e/d/p=4 @30 stale", "g/e/d gone @30"]);
    assert_eq!(edge.data(3, 1.0), ["g/e/t=1 @40"]);
    let data = encode::message(at(40), Some(4), vec![encode::double(None, Some(2), at(40), 1.0)]);
    let answer = edge.say("DDATA", Some("d"), &data);
    assert_eq!(answer, ["reject g/e/d/alias Some(2): no birth announced it", "rebirth g/e"]);
}

#[test]
fn a_device_that_is_not_born_again_with_its_node_is_stale_after_the_timeout() {
    let mut edge = Edge::born();
    edge.device_birth(1);
    edge.birth(0);
    assert!(edge.wait(1999).is_empty());
    assert_eq!(edge.wait(1), ["g/e/d/p=4 @2000 stale", "g/e/d gone @2000"]);
    assert_eq!(edge.device_birth(1), ["g/e/d/p=4 @2000", "g/e/d back, gone @2000"]);
}

#[test]
fn what_no_birth_announced_asks_for_a_rebirth_and_the_rest_is_taken() {
    let mut edge = Edge::born();
    let known = encode::double(None, Some(1), at(0), 1.0);
    let nameless = Metric { datatype: None, ..text("bare", "x") };
    assert_eq!(
        edge.send(1, vec![encode::double(None, Some(77), at(0), 9.0), known, nameless]),
        [
            "reject g/e/alias Some(77): no birth announced it",
            "g/e/t=1 @0",
            "reject g/e/bare: no birth announced it",
            "rebirth g/e"
        ]
    );
}

#[test]
fn what_no_birth_announced_is_taken_when_it_says_itself_what_it_is() {
    let mut edge = Edge::born();
    assert_eq!(edge.send(1, vec![text("new", "x")]), ["g/e/new=x @0", "rebirth g/e"]);
    assert_eq!(edge.send(2, vec![text("new", "y")]), ["g/e/new=y @0"]);
}

#[test]
fn an_alias_belongs_to_one_metric_of_the_whole_node() {
    let mut edge = Edge::born();
    let birth = encode::message(at(0), Some(1), vec![encode::double(Some("p"), Some(1), at(0), 4.0)]);
    let answer = edge.say("DBIRTH", Some("d"), &birth);
    assert_eq!(answer, ["reject g/e/d/p: its alias belongs to another metric", "g/e/d/p=4 @0"]);
    let data = encode::message(at(0), Some(2), vec![encode::double(None, Some(1), at(0), 5.0)]);
    assert!(edge.say("DDATA", Some("d"), &data)[0].starts_with("reject"));
}

#[test]
fn a_malformed_payload_asks_for_a_rebirth() {
    let answer = Edge::born().say("NDATA", None, &[0xff, 0xff]);
    assert!(answer[0].starts_with("reject spBv1.0/g/NDATA/e"), "{answer:?}");
    assert_eq!(answer[1], "rebirth g/e");
}

#[test]
fn a_rebirth_may_keep_its_bdseq_and_begins_the_sequence_anew() {
    let mut edge = Edge::born();
    edge.data(1, 1.0);
    edge.birth(0);
    assert_eq!(edge.data(1, 2.0), ["g/e/t=2 @0"]);
}

#[test]
fn historical_values_are_stored_but_are_never_the_last_one() {
    let mut edge = Edge::born();
    let old = Metric { is_historical: Some(true), ..encode::double(None, Some(1), at(-90_000), 3.0) };
    assert_eq!(edge.send(1, vec![old]), ["g/e/t=3 @-90000 kept"]);
    let death = encode::node_death(at(0), 0);
    assert!(edge.say("NDEATH", None, &death).contains(&"g/e/t=20 @0 stale".to_owned()));
}

#[test]
fn transient_values_are_not_stored() {
    let mut edge = Edge::born();
    let fleeting = Metric { is_transient: Some(true), ..encode::double(None, Some(1), at(0), 3.0) };
    assert!(edge.send(1, vec![fleeting]).is_empty());
}

#[test]
fn null_is_no_value() {
    let mut edge = Edge::born();
    let mut null = encode::double(None, Some(1), at(0), 3.0);
    null.set_null();
    assert_eq!(edge.send(1, vec![null]), ["g/e/t=Nothing @0"]);
}

#[test]
fn the_quality_property_is_kept() {
    let mut edge = Edge::born();
    for (seq, code, want) in [(1, 192, "g/e/t=3 @0"), (2, 0, "g/e/t=3 @0 bad"), (3, 500, "g/e/t=3 @0 stale")] {
        let quality =
            PropertyValue { r#type: Some(3), is_null: None, value: Some(property_value::Value::IntValue(code)) };
        let set = PropertySet { keys: vec!["Quality".into()], values: vec![quality] };
        let metric = Metric { properties: Some(set), ..encode::double(None, Some(1), at(0), 3.0) };
        assert_eq!(edge.send(seq, vec![metric]), [want]);
    }
}

#[test]
fn a_metric_without_a_time_has_that_of_the_message_and_a_foolish_time_is_none() {
    let mut edge = Edge::born();
    edge.now = 9;
    let metric = Metric { timestamp: None, ..encode::double(None, Some(1), at(0), 3.0) };
    assert_eq!(edge.send(1, vec![metric]), ["g/e/t=3 @9"]);
    let foolish = Metric { timestamp: Some(u64::MAX), ..encode::double(None, Some(1), at(0), 3.0) };
    assert_eq!(edge.send(2, vec![foolish]), ["g/e/t=3 ?"]);
}

#[test]
fn arrays_and_data_sets_are_values_each_with_a_place_and_go_stale_with_their_device() {
    let mut edge = Edge::unborn();
    let mut array = Metric::new();
    array.set_name("zones".into()).set_datatype(DataType::UInt8Array).set_value(wire::Value::BytesValue(vec![7, 8]));
    let mut bytes = Metric::new();
    bytes.set_name("file".into()).set_datatype(DataType::Bytes).set_value(wire::Value::BytesValue(vec![1]));
    let mut empty = Metric::new();
    empty
        .set_name("table".into())
        .set_datatype(DataType::DataSet)
        .set_value(wire::Value::DatasetValue(srad_types::payload::DataSet::default()));
    let birth = encode::node_birth(at(0), 0, vec![array, bytes, empty]);
    let zones = ["g/e/zones[0]=7 @0", "g/e/zones[1]=8 @0"];
    let told = [&zones[..], &["reject g/e/file: bytes, files and templates are no values"]].concat();
    assert_eq!(edge.say("NBIRTH", None, &birth), told);
    let mut shorter = Metric::new();
    shorter.set_name("zones".into()).set_value(wire::Value::BytesValue(vec![9]));
    edge.now = 5;
    assert_eq!(edge.send(1, vec![shorter]), ["g/e/zones[0]=9 @5"], "no time of its own, so the message's");
    let mut many = Metric::new();
    many.set_name("zones".into()).set_value(wire::Value::BytesValue(vec![1; 5_000]));
    let told = edge.send(2, vec![many]);
    assert_eq!((told.len(), told.last().unwrap().as_str()), (4_097, "left out 904 of g/e/zones"));
    let death = encode::node_death(at(9), 0);
    edge.now = 9;
    let stale = edge.say("NDEATH", None, &death);
    assert_eq!((stale.len(), stale[0].as_str()), (4_097, "g/e/zones[0]=1 @9 stale"));
}

#[test]
fn an_offline_state_in_our_name_is_answered() {
    let mut host = host();
    let offline = br#"{"online":false,"timestamp":5}"#;
    assert_eq!(shown(host.message(at(0), "spBv1.0/STATE/gemba", offline)), ["online"]);
    assert!(host.message(at(0), "spBv1.0/STATE/gemba", br#"{"online":true,"timestamp":5}"#).is_empty());
    assert!(host.message(at(0), "spBv1.0/STATE/other", offline).is_empty());
}

#[test]
fn after_the_loss_of_the_broker_every_node_must_be_born_again() {
    let mut edge = Edge::born();
    edge.host.lose();
    assert_eq!(edge.data(1, 1.0), ["reject g/e: before its birth", "rebirth g/e"]);
}

proptest! {
    /// However the messages of one birth are shuffled within the window, every value comes out once and in order.
    #[test]
    fn any_order_gives_the_same_values(order in Just((1..=40_u8).collect::<Vec<_>>()).prop_shuffle()) {
        let mut edge = Edge::born();
        let mut values = Vec::new();
        for seq in order {
            values.extend(edge.data(seq, f64::from(seq)));
        }
        let want: Vec<String> = (1..=40).map(|seq| format!("g/e/t={seq} @0")).collect();
        prop_assert_eq!(values, want);
        prop_assert_eq!(edge.host.waiting_bytes, 0);
    }

    #[test]
    fn arbitrary_messages_never_panic_and_never_pile_up(
        messages in proptest::collection::vec((0..8_usize, proptest::collection::vec(any::<u8>(), 0..60)), 0..60)
    ) {
        let kinds = ["NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA", "STATE", "NCMD"];
        let mut edge = Edge::born();
        for (kind, bytes) in messages {
            let device = kinds[kind].starts_with('D').then_some("d");
            edge.say(kinds[kind], device, &bytes);
            edge.wait(100);
        }
        edge.wait(5000);
        prop_assert_eq!(edge.host.waiting_bytes, 0);
    }

    #[test]
    fn broken_payloads_of_real_messages_never_panic(cut in 0..200_usize, flip in 0..200_usize) {
        let mut edge = Edge::unborn();
        let mut birth = encode::node_birth(at(0), 0, vec![encode::double(Some("t"), Some(1), at(0), 1.0)]);
        let at = flip % birth.len();
        birth[at] ^= 0x55;
        birth.truncate(cut.max(1));
        edge.say("NBIRTH", None, &birth);
    }
}

#[test]
fn births_do_not_pile_up() {
    let mut host = host();
    for i in 0..3 {
        for node in 0..NODES_MAX + 10 {
            let birth = encode::node_birth(at(0), i, Vec::new());
            host.message(at(0), &format!("spBv1.0/g/NBIRTH/e{node}"), &birth);
        }
    }
    let names: BTreeMap<_, _> = host.nodes.iter().collect();
    assert_eq!(names.len(), NODES_MAX);
}
