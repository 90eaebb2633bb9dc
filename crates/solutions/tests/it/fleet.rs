//! How long a machine lasts, learned from machines that ran to failure.

use gemba_learn::fleet::Record;
use gemba_learn::random::Random;
use gemba_plant::{AssetId, Finding, FindingState, Signal, SignalId, Timestamp, Unit};
use gemba_solutions::maintenance::fleet::{FleetModel, Run, Runs, Unlearned};

const HOUR_US: i64 = 3_600_000_000;

/// A run of `life` hours, of which `steps` are known: two signals that wear in the last 60 hours where `wears`, and a third
/// that only swings.
fn run(asset: u32, seed: u64, (life, steps): (u32, u32), wears: bool) -> Run {
    let mut random = Random::new(seed);
    let mut signals = vec![Vec::new(), Vec::new(), Vec::new()];
    for hour in 0..steps {
        let left = f64::from(life - hour);
        let wear = if wears { (-left / 25.0).exp() } else { 0.0 };
        signals[0].push(50.0 + 12.0 * wear + random.normal());
        signals[1].push(3.0 - wear + 0.1 * random.normal());
        signals[2].push(10.0 + (f64::from(hour) / 4.0).sin() + 0.2 * random.normal());
    }
    Run {
        asset: AssetId::new(asset),
        until: Timestamp::from_micros(HOUR_US * i64::from(steps)),
        score: signals[0].iter().map(|v| (v - 50.0).abs() / 3.0).collect(),
        record: Record { settings: Vec::new(), signals },
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hours of a made-up life")]
fn fleet(runs: u32, wears: bool) -> Vec<Run> {
    let mut random = Random::new(4);
    let mut life = || 80 + (160.0 * random.unit()) as u32;
    let lives: Vec<u32> = (0..runs).map(|_| life()).collect();
    lives.iter().zip(0..).map(|(life, i)| run(i % 6, u64::from(i) + 10, (*life, *life), wears)).collect()
}

fn of(runs: &[Run]) -> Runs<'_> {
    Runs { runs, step_us: HOUR_US, level: 0.9 }
}

fn score() -> Signal {
    Signal { unit: Unit::new("1"), ..Signal::gauge(SignalId::new(7), AssetId::new(99), "monitor/score") }
}

#[test]
fn wear_that_others_showed_is_told_as_a_range_and_its_proof_says_how_good_it_is() {
    let runs = fleet(12, true);
    let model = FleetModel::learn(&of(&runs), &|_| true).unwrap();
    let proof = &model.proof;
    assert!(proof.speaks && proof.error_days < 0.8 * proof.naive_days, "{proof:?}");
    assert_eq!((proof.runs, proof.machines, proof.asked), (12, 6, 120));
    assert!(proof.held_widened >= 0.85 && proof.why.contains("mean life less age"), "{proof:?}");
    let near = run(99, 77, (150, 130), true);
    let life = model.tell(&near).unwrap();
    let left = life.left;
    assert!(left.lo <= 20.0 / 24.0 && left.hi.is_some_and(|hi| 20.0 / 24.0 <= hi) && left.lo <= left.days, "{left:?}");
    let finding = model.finding(&score(), (&near, &life), (None, 30.0)).unwrap();
    assert!(finding.key == "life:health" && finding.model == "fleet-life/2" && finding.rul == Some(left));
    assert!(
        finding.explanation.contains("12 runs to failure") && finding.explanation.contains("ranges held"),
        "{finding:?}"
    );
    let sound = run(99, 78, (400, 60), true);
    let told = model.tell(&sound).unwrap();
    assert!(told.left.hi.is_none() && told.says.contains("look alike"), "{told:?}");
    assert!(model.finding(&score(), (&sound, &told), (None, 30.0)).is_none());
    let over = model.finding(&score(), (&sound, &told), (Some(&finding), 30.0)).unwrap();
    assert_eq!(over.state, FindingState::Cleared);
    assert!(model.tell(&run(99, 79, (100, 10), true)).is_none(), "too short");
    let text = serde_json::to_vec(&model).unwrap();
    assert_eq!(serde_json::from_slice::<FleetModel>(&text).unwrap().tell(&near), Some(life));
}

/// A machine that wears like the others did.
pub(crate) fn worn() -> Vec<Finding> {
    let model = FleetModel::learn(&of(&fleet(6, true)), &|_| true).unwrap();
    let near = run(99, 77, (150, 130), true);
    let life = model.tell(&near).unwrap();
    model.finding(&score(), (&near, &life), (None, 30.0)).into_iter().collect()
}

#[test]
fn what_shows_nothing_does_not_speak() {
    let model = FleetModel::learn(&of(&fleet(9, false)), &|_| true).unwrap();
    assert!(!model.proof.speaks && model.proof.why.contains("too little"), "{:?}", model.proof);
}

#[test]
fn too_few_runs_are_said_and_a_stop_is_heard() {
    let few = FleetModel::learn(&of(&fleet(5, true)), &|_| true).unwrap_err();
    assert!(
        matches!(&few, Unlearned::Missing(why) if why.contains("5 runs") && why.contains("from 6 runs")),
        "{few:?}"
    );
    assert_eq!(FleetModel::learn(&of(&fleet(6, true)), &|_| false), Err(Unlearned::Stopped));
}
