//! From a finding to a repaired machine.

use std::collections::BTreeMap;

use gemba_act::LabelKind;
use gemba_act::work::{
    Asked, Case, CaseFact, CaseState, Check, Done, EventKind, Failure, Job, Life, Obstacle, OrderState, Outcome, Part,
    PartFact, Plan, Repair, SupplyState, Validation, Verdict, Watch, Window, WorkOrder, WorkTerms, compared, figures,
    fingerprint, plan, similarity, supply,
};
use gemba_plant::{
    ActionPriority, AssetId, AssetPath, Comparison, Contribution, Evidence, Finding, FindingKind, FindingState,
    SignalId, TimeRange, Timestamp,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const HOUR: i64 = 3600;

fn hour(h: i64) -> Timestamp {
    Timestamp::from_secs(h * HOUR)
}

fn window(name: &str, from: i64, hours: i64, loss: f64) -> Window {
    let range = TimeRange::new(hour(from), hour(from + hours));
    Window { name: name.into(), scope: None, range, loss_per_hour: loss, crew_hours: BTreeMap::new() }
}

fn job(id: u64, asset: &str, hours: f64, life: Option<Life>) -> Job {
    Job {
        id,
        asset: AssetPath::new(asset).unwrap(),
        title: format!("job {id}"),
        hours,
        skill: "mechanic".into(),
        people: 1,
        parts: Vec::new(),
        cost: 500.0,
        failure_cost: 20_000.0,
        life,
        age_h: 0.0,
        due: None,
    }
}

fn life(median_h: f64) -> Life {
    Life { lo_h: median_h / 2.0, median_h, hi_h: median_h * 2.0, level: 0.9 }
}

/// A finding with contributions by signal, and what was measured where 2 was expected.
fn finding(shares: &[(u32, f64)], measured: &[(u32, f64)]) -> Finding {
    let comparison = |(signal, measured): &(u32, f64)| {
        Evidence::Comparison(Comparison {
            signal: SignalId::new(*signal),
            measured: *measured,
            expected: 2.0,
            band: (1.5, 2.5),
        })
    };
    let share = |(signal, share): &(u32, f64)| Contribution { signal: SignalId::new(*signal), share: *share };
    Finding {
        asset: AssetId::new(1),
        key: "normal-behaviour".into(),
        kind: FindingKind::Anomaly,
        state: FindingState::Cleared,
        since: hour(10),
        until: hour(12),
        title: "Vibration rises".into(),
        explanation: String::new(),
        p_value: None,
        probability: 0.9,
        severity: 0.5,
        contributions: shares.iter().map(share).collect(),
        evidence: measured.iter().map(comparison).collect(),
        failure_mode: None,
        prescription: Vec::new(),
        rul: None,
        model: "normal-behaviour/1".into(),
    }
}

#[test]
fn money_is_told_in_full_in_a_currency_of_many_units_and_of_a_late_job() {
    let now = hour(0);
    let dear = Job { cost: 2e9, failure_cost: 5e9, ..job(1, "acme/pump-1", 4.0, None) };
    let windows = [window("sunday", 24, 12, 1e8)];
    let costs = |job: Job| {
        let plan = plan(now, &[job], &windows, &BTreeMap::new(), "VND");
        (windows_of(&plan), plan.cost, plan.cost_of_haste)
    };
    assert_eq!(costs(Job { due: Some(hour(30)), ..dear.clone() }), (vec![Some(0)], 2.4e9, 2.4e9));
    assert_eq!(costs(Job { due: Some(hour(12)), ..dear }), (vec![None], 2e9, 2.4e9), "late either way");
}

#[test]
fn a_due_date_is_kept_whatever_a_unit_of_the_currency_buys() {
    let windows = [window("tomorrow", 24, 8, 5e12), window("planned stop", 168, 8, 0.0)];
    let due = Job { cost: 1e12, failure_cost: 0.0, due: Some(hour(48)), ..job(1, "acme/a", 4.0, None) };
    assert_eq!(windows_of(&plan(hour(0), &[due], &windows, &BTreeMap::new(), "IRR")), [Some(0)]);
}

fn windows_of(plan: &Plan) -> Vec<Option<usize>> {
    plan.placements.iter().map(|p| p.window).collect()
}

#[test]
fn a_planned_stop_is_waited_for_when_the_risk_is_small_and_not_when_it_is_large() {
    let windows = [window("tomorrow", 24, 8, 1000.0), window("planned stop", 168, 8, 0.0)];
    let calm = plan(hour(0), &[job(1, "acme/a", 4.0, Some(life(2000.0)))], &windows, &BTreeMap::new(), "EUR");
    assert_eq!(windows_of(&calm), [Some(1)]);
    assert!(calm.placements[0].why.contains("Next best is tomorrow"), "{}", calm.placements[0].why);
    let close = plan(hour(0), &[job(1, "acme/a", 4.0, Some(life(150.0)))], &windows, &BTreeMap::new(), "EUR");
    assert_eq!(windows_of(&close), [Some(0)]);
    assert!(close.cost < close.cost_of_waiting && close.cost <= close.cost_of_haste, "{close:?}");
}

#[test]
fn of_windows_that_cost_the_same_the_earliest_is_taken_and_none_is_said_to_cost_nothing_more() {
    let windows = [window("stop", 168, 8, 0.0), window("night", 24, 8, 120.0), window("saturday", 72, 8, 0.0)];
    let made = plan(hour(0), &[job(1, "acme/a", 4.0, None)], &windows, &BTreeMap::new(), "EUR");
    assert_eq!(windows_of(&made), [Some(2)]);
    assert!(made.placements[0].why.ends_with("Next best is stop, which costs as much."), "{}", made.placements[0].why);
}

#[test]
fn crews_parts_scope_and_standing_time_are_kept() {
    let mut windows = [window("one", 24, 8, 0.0), window("two", 48, 8, 0.0), window("other line", 24, 8, 0.0)];
    windows[0].crew_hours.insert("mechanic".into(), 6.0);
    windows[2].scope = Some(AssetPath::new("acme/line-2").unwrap());
    let mut with_part = job(3, "acme/line-1/c", 1.0, Some(life(100.0)));
    with_part.parts.push(Part { number: "6205".into(), name: "bearing".into(), quantity: 2.0 });
    let jobs =
        [job(1, "acme/line-1/a", 5.0, Some(life(60.0))), job(2, "acme/line-1/b", 4.0, Some(life(300.0))), with_part];
    let stock = BTreeMap::from([("6205".to_owned(), vec![(hour(30), 2.0)])]);
    let made = plan(hour(0), &jobs, &windows, &stock, "EUR");
    // 1 is urgent and takes most of the crew; 2 goes into the second window, as does 3, whose part comes at 30 h
    assert_eq!(windows_of(&made), [Some(0), Some(1), Some(1)]);
    let obstacles = |p: usize| made.placements[p].considered.iter().map(|c| c.obstacle.clone()).collect::<Vec<_>>();
    assert_eq!(obstacles(1)[0], Some(Obstacle::CrewFull { skill: "mechanic".into() }));
    assert_eq!(obstacles(2)[0], Some(Obstacle::PartMissing { number: "6205".into() }));
    assert_eq!(obstacles(0)[2], Some(Obstacle::OtherMachines));
}

#[test]
fn each_job_gets_its_own_hours_beside_the_others() {
    let mut windows = [window("night", 24, 8, 0.0)];
    windows[0].crew_hours.insert("mechanic".into(), 8.0);
    let alone =
        |id, asset, hours, median| Job { skill: "electrician".into(), ..job(id, asset, hours, Some(life(median))) };
    let jobs = [
        job(1, "acme/a", 2.0, Some(life(300.0))),
        job(2, "acme/b", 3.0, Some(life(60.0))),
        alone(3, "acme/a", 1.5, 200.0),
        alone(4, "acme/c", 4.0, 200.0),
    ];
    let made = plan(hour(0), &jobs, &windows, &BTreeMap::new(), "EUR");
    let hours: Vec<(f64, f64)> = made
        .placements
        .iter()
        .map(|p| p.hours.unwrap())
        .map(|r| (r.from.since(hour(24)).as_secs_f64() / 3600.0, r.to.since(hour(24)).as_secs_f64() / 3600.0))
        .collect();
    // one mechanic: the riskier job first; machine a: one after another; electricians without a limit start at once
    assert_eq!(hours, [(3.0, 5.0), (0.0, 3.0), (0.0, 1.5), (0.0, 4.0)]);
}

#[test]
fn what_can_wait_waits_and_says_so() {
    let made = plan(
        hour(0),
        &[job(1, "acme/a", 4.0, Some(life(50_000.0)))],
        &[window("w", 24, 8, 1000.0)],
        &BTreeMap::new(),
        "EUR",
    );
    assert_eq!((windows_of(&made), made.placements[0].hours), (vec![None], None));
    assert!(made.placements[0].why.contains("can wait"), "{}", made.placements[0].why);
    let due = Job { due: Some(hour(25)), ..job(1, "acme/a", 4.0, None) };
    let made = plan(hour(0), &[due], &[window("w", 24, 8, 1000.0)], &BTreeMap::new(), "EUR");
    assert_eq!(windows_of(&made), [Some(0)]);
}

#[test]
fn a_case_is_closed_by_a_check_alone() {
    let mut case = Case::new(7);
    case.inspect(hour(1)).unwrap();
    let check = |outcome, resolved, note: &str| Check {
        by: "ann".into(),
        at: hour(2),
        outcome,
        failure_mode: "bearing_outer_race".into(),
        component: "DE bearing".into(),
        resolved,
        note: note.into(),
    };
    assert!(case.check(check(Outcome::PotentialFailure, false, " ")).is_err(), "a check without words");
    assert!(case.check(check(Outcome::NoFault, true, "nothing")).is_err(), "nothing cannot be mended");
    assert!(case.validate(Validation::weigh((2.0, 0.5), 0.001, false, hour(3))).is_err(), "nothing was mended yet");
    assert_eq!(case.was_right(), None);
    case.check(check(Outcome::PotentialFailure, false, "pitting seen")).unwrap();
    assert_eq!((case.state, case.was_right()), (CaseState::Confirmed, Some(true)));
    case.check(check(Outcome::AssetReplacement, true, "bearing replaced")).unwrap();
    case.validate(Validation::weigh((2.0, 0.5), 0.001, false, hour(9))).unwrap();
    assert!(case.validation.as_ref().is_some_and(|v| v.verdict == Verdict::Improved && v.healthy));
    let weighed = |before, after, holds| {
        let weighed = Validation::weigh((before, after), 0.001, holds, hour(9));
        (weighed.verdict, weighed.healthy)
    };
    assert_eq!(weighed(3.0, 1.5, false), (Verdict::Improved, false), "better is not yet well");
    assert_eq!(weighed(3.0, 0.5, true), (Verdict::Improved, false), "what was found still holds");
    assert_eq!(weighed(1.0, 3.0, false), (Verdict::Worse, false));
    let refused = case.inspect(hour(10)).unwrap_err().to_string();
    assert!(refused.contains("validated"), "{refused}");
}

#[test]
fn a_check_becomes_a_label_and_can_be_taken_back() {
    let finding = finding(&[(1, 0.6)], &[]);
    let mut case = Case::new(7);
    assert!(case.reopen(hour(1)).is_err() && case.says(&finding).is_none(), "nobody has checked it");
    let check = |outcome, resolved| Check {
        by: "ann".into(),
        at: hour(2),
        outcome,
        failure_mode: " bearing_wear ".into(),
        component: String::new(),
        resolved,
        note: "seen".into(),
    };
    case.check(check(Outcome::PotentialFailure, false)).unwrap();
    case.check(check(Outcome::AssetReplacement, true)).unwrap();
    let label = case.says(&finding).unwrap();
    assert_eq!(
        (label.label, label.range),
        (LabelKind::Fault, TimeRange::new(hour(10), hour(12))),
        "mending undoes nothing"
    );
    assert_eq!((label.failure_mode.as_deref(), label.component), (Some("bearing_wear"), None));
    case.reopen(hour(3)).unwrap();
    assert_eq!((case.state, case.checks.len()), (CaseState::Confirmed, 1));
    case.reopen(hour(4)).unwrap();
    assert_eq!((case.state, case.was_right()), (CaseState::Inspecting, None));
    case.check(check(Outcome::NoFault, false)).unwrap();
    assert_eq!(case.says(&finding).unwrap().label, LabelKind::Normal);
}

#[test]
fn cases_are_alike_when_the_same_roles_moved_the_same_way() {
    let name = |id: SignalId| Some(["vibration", "flow", "vibration"][id.get() as usize % 3].to_owned());
    let rises = finding(&[(0, 0.7), (1, 0.3)], &[(0, 5.0), (1, 1.0)]);
    let same = finding(&[(2, 0.6), (1, 0.4)], &[(2, 9.0), (1, 0.5)]);
    let falls = finding(&[(0, 0.7), (1, 0.3)], &[(0, 1.0), (1, 9.0)]);
    let print = |f: &Finding| fingerprint(f, name);
    let alike = |a: &Finding, b: &Finding| similarity((a, &print(a)), (b, &print(b)));
    assert!((alike(&rises, &rises) - 1.0).abs() < 1e-12);
    assert!(alike(&rises, &same) > 0.9 && alike(&rises, &falls) < -0.9);
    let stuck = Finding { kind: FindingKind::SensorFault, ..rises.clone() };
    assert!(alike(&rises, &stuck).abs() < 1e-12, "a sensor is no machine");
    let bare = finding(&[], &[]);
    assert!(alike(&rises, &bare).abs() < 1e-12);
    let beside = compared(&print(&rises), &print(&same));
    assert_eq!((beside[0].what.as_str(), beside[0].here, beside[0].there), ("vibration", 0.7, 0.6));
    let without = finding(&[], &[(0, 5.0), (1, 1.0)]);
    assert!((print(&without)["vibration"] - 0.5).abs() < 1e-12 && (print(&without)["flow"] + 0.5).abs() < 1e-12);
}

#[test]
fn a_work_order_goes_its_way_and_no_other() {
    let mut order = WorkOrder { id: 3, ..WorkOrder::blank(AssetId::new(1), &WorkTerms::default(), hour(0)) };
    order.schedule(TimeRange::new(hour(1), hour(2))).unwrap();
    order.begin().unwrap();
    assert!(order.schedule(TimeRange::new(hour(3), hour(4))).is_err());
    let done = |from, to| Done { worked: TimeRange::new(hour(from), hour(to)), by: "ann".into(), note: String::new() };
    assert!(order.finish(done(5, 5)).is_err(), "no time was worked");
    order.finish(done(5, 7)).unwrap();
    assert_eq!(order.state, OrderState::Done);
    assert!(order.cancel().unwrap_err().to_string().contains("while it is done"));
}

fn failure(asset: u32, at: i64, repaired: Option<i64>, finding: Option<u64>) -> Failure {
    Failure {
        id: 0,
        kind: EventKind::Failure,
        asset: AssetId::new(asset),
        at: hour(at),
        repaired: repaired.map(hour),
        failure_mode: String::new(),
        finding,
        note: String::new(),
    }
}

fn watch(asset: u32, since: Option<i64>, gaps_h: f64) -> Watch {
    Watch { asset: AssetId::new(asset), since: since.map(hour), gaps_h }
}

#[test]
fn figures_count_what_is_known_and_leave_out_what_is_not() {
    let range = TimeRange::new(hour(0), hour(720));
    let fact = |finding, since, was_right| CaseFact { finding, asset: AssetId::new(1), since: hour(since), was_right };
    let cases = [fact(1, 10, Some(true)), fact(2, 20, Some(false)), fact(3, 30, None)];
    let machines = [watch(1, Some(-5), 0.0), watch(2, Some(0), 6.0)];
    let replaced = Failure { kind: EventKind::Replacement, ..failure(1, 200, Some(201), None) };
    let failures = [failure(1, 110, Some(114), Some(1)), replaced, failure(2, 300, Some(302), None)];
    let told = figures(range, &machines, &cases, &failures);
    assert_eq!((told.precision, told.lead_time_h, told.missed), (Some(0.5), Some(100.0), 1));
    assert_eq!((told.mttr_h, told.mtbf_h), (Some(3.0), Some((1440.0 - 6.0) / 2.0)));
    assert_eq!((told.watched_h, told.gaps_h, told.downtime_h), (1440.0, 6.0, 6.0));
    assert_eq!(told.availability, Some(717.0 / 720.0));
    assert_eq!(told.false_alarms_per_machine_month, Some(0.5));
    let none = figures(range, &machines, &[], &[]);
    assert_eq!((none.precision, none.mtbf_h, none.mttr_h, none.availability), (None, None, None, None));
}

#[test]
fn a_machine_counts_from_its_first_data_on() {
    let range = TimeRange::new(hour(0), hour(720));
    // known for a tenth of the span, with a history of failures from before
    let machines = [watch(1, Some(648), 0.0), watch(2, None, 0.0), watch(3, Some(900), 2.0)];
    let failures = [
        failure(1, 100, Some(110), None),
        failure(1, 660, Some(662), None),
        failure(2, 700, None, None),
        failure(9, 700, Some(701), None),
    ];
    let told = figures(range, &machines, &[], &failures);
    assert_eq!((told.machines, told.watched_h, told.gaps_h), (3, 72.0, 0.0));
    assert_eq!((told.failures, told.unwatched, told.missed), (3, 2, 1), "machine 9 was not asked for");
    assert_eq!((told.mtbf_h, told.mttr_h), (Some(70.0), Some(6.0)));
}

fn order(parts: Vec<Part>) -> WorkOrder {
    WorkOrder { id: 1, parts, ..WorkOrder::blank(AssetId::new(1), &WorkTerms::default(), hour(0)) }
}

fn part(number: &str, quantity: f64) -> Part {
    Part { number: number.into(), name: "bearing".into(), quantity }
}

#[test]
fn a_draft_carries_what_its_failure_mode_takes() {
    let finding = finding(&[], &[]);
    let terms = WorkTerms { failure_cost: Some(9000.0), ..WorkTerms::default() };
    let repair = Repair {
        hours: Some(6.0),
        people: Some(2),
        skill: "mechanic".into(),
        parts: vec![part("6205", 1.0)],
        failure_cost: Some(20_000.0),
        priority: Some(ActionPriority::High),
        ..Repair::default()
    };
    let asked = |repair| Asked { finding: &finding, number: 7, life: None, repair };
    let draft = WorkOrder::draft(&asked(&repair), &terms, hour(0));
    assert_eq!((draft.hours, draft.people, draft.skill.as_str(), draft.parts.len()), (6.0, 2, "mechanic", 1));
    assert_eq!((draft.failure_cost, draft.priority), (Some(20_000.0), Some(ActionPriority::High)));
    assert_eq!(draft.due, Some(hour(7 * 24)), "high action priority is due as early as a severe finding");
    let bare = WorkOrder::draft(&asked(&Repair::default()), &terms, hour(0));
    assert_eq!((bare.hours, bare.people, bare.failure_cost, bare.due), (4.0, 1, Some(9000.0), Some(hour(30 * 24))));
}

#[test]
fn a_part_is_there_comes_or_is_missing() {
    use SupplyState::{Coming, Missing, NotKept, OnHand, Unnumbered};
    let parts = vec![part("a", 2.0), part("b", 2.0), part("c", 2.0), part("d", 1.0), part("", 1.0)];
    let other = WorkOrder { id: 2, ..order(vec![part("b", 1.0), part("c", 1.0)]) };
    let stock = BTreeMap::from([
        ("a".to_owned(), vec![(hour(-9), 2.0)]),
        ("b".to_owned(), vec![(hour(-9), 2.0), (hour(50), 1.0)]),
        ("c".to_owned(), vec![(hour(-9), 1.0), (hour(50), 1.0)]),
    ]);
    let facts =
        BTreeMap::from([("c".to_owned(), PartFact { lead_days: Some(2.0), price: Some(35.0), ..PartFact::default() })]);
    let this = order(parts);
    let told = supply(&this, &[this.clone(), other], &stock, &facts, hour(0));
    let states: Vec<SupplyState> = told.iter().map(|s| s.state).collect();
    assert_eq!(states, [OnHand, Coming, Missing, NotKept, Unnumbered]);
    assert_eq!((told[1].on_hand, told[1].others, told[1].there_by), (2.0, 1.0, Some(hour(50))));
    assert_eq!((told[2].short, told[2].there_by, told[2].price), (1.0, Some(hour(48)), Some(35.0)));
}

#[test]
fn doing_and_waiting_are_told_with_their_formulas_and_only_from_given_costs() {
    let terms = WorkTerms { hour_cost: Some(60.0), ..WorkTerms::default() };
    let facts = BTreeMap::from([("6205".to_owned(), PartFact { price: Some(35.0), ..PartFact::default() })]);
    let this = WorkOrder { failure_cost: Some(20_000.0), life: Some(life(720.0)), ..order(vec![part("6205", 2.0)]) };
    let told = this.worth(&terms, &facts, "EUR", hour(0));
    assert_eq!(
        (told.doing, told.doing_words.as_str()),
        (Some(310.0), "4 h × 1 person × 60 EUR an hour + 2 6205 × 35 EUR = 310 EUR")
    );
    assert_eq!(told.waiting_words, "50.0 % within 30 days × 20000 EUR = 10000 EUR");
    assert!(told.waiting.is_some_and(|w| (w - 10_000.0).abs() < 1e-6) && told.missing.is_empty(), "{told:?}");
    // a price, an hour's cost, a life and a failure's cost that nobody gave are not made up
    let bare = WorkOrder { failure_cost: None, life: None, ..this.clone() };
    let told = bare.worth(&WorkTerms::default(), &BTreeMap::new(), "EUR", hour(0));
    assert_eq!((told.doing, told.waiting, told.chance, told.missing.len()), (None, None, None, 4));
    assert_eq!(told.doing_words, "4 h × 1 person × an hour's cost + 2 6205 × its price");
    let said = WorkOrder { cost: Some(500.0), ..this };
    assert_eq!(said.worth(&terms, &facts, "EUR", hour(0)).doing_words, "500 EUR, as the order says");
}

#[test]
fn the_reason_names_its_currency_and_no_small_chance_is_nothing() {
    let windows = [window("night", 24, 8, 0.0)];
    let made = plan(hour(0), &[job(1, "acme/a", 4.0, Some(life(900.0)))], &windows, &BTreeMap::new(), "EUR");
    let why = &made.placements[0].why;
    assert!(
        why.contains("doing costs 500 EUR; the chance of failing before it is less than 0.1 %, an expected loss of"),
        "{why}"
    );
    assert!(why.contains(" EUR. No other window can take it."), "{why}");
    let free = Job { cost: 0.0, failure_cost: 0.0, ..job(1, "acme/a", 4.0, None) };
    let made = plan(hour(0), &[Job { due: Some(hour(25)), ..free }], &windows, &BTreeMap::new(), "EUR");
    assert_eq!(made.placements[0].why, "night: what doing costs is not known. No other window can take it.");
}

/// Expected cost of a full assignment, by the same rules as the plan's, or none when it breaks a bound.
fn brute(jobs: &[Job], windows: &[Window], at: &[Option<usize>]) -> Option<f64> {
    for (w, window) in windows.iter().enumerate() {
        let here = || jobs.iter().zip(at).filter(move |(_, a)| **a == Some(w)).map(|(j, _)| j);
        let length = window.range.to.since(window.range.from).as_secs_f64() / 3600.0;
        let crew: f64 = here().map(|j| j.hours).sum();
        let stands = |j: &Job| here().filter(|o| o.asset == j.asset).map(|o| o.hours).sum::<f64>();
        if crew > window.crew_hours["mechanic"] || here().any(|j| stands(j) > length) {
            return None;
        }
    }
    let end = windows.iter().map(|w| w.range.to).max()?;
    let cost = |(job, at): (&Job, &Option<usize>)| {
        let begin = at.map_or(end, |w| windows[w].range.from);
        let chance = job.life.unwrap().chance_within(begin.since(hour(0)).as_secs_f64() / 3600.0);
        job.cost + at.map_or(0.0, |w| windows[w].loss_per_hour * job.hours) + chance * job.failure_cost
    };
    Some(jobs.iter().zip(at).map(cost).sum())
}

proptest! {
    // a search that is near the best as a rule is no invariant: always the same cases, or a rare one fails somebody's day
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Five jobs, three windows, 4^5 ways: the plan keeps every bound and is close to the best of them.
    #[test]
    fn a_plan_keeps_its_bounds_and_is_near_the_best(
        lives in proptest::collection::vec(20.0..2000.0_f64, 5),
        hours in proptest::collection::vec(1.0..6.0_f64, 5),
        losses in proptest::collection::vec(0.0..2000.0_f64, 3),
        crew in 4.0..12.0_f64,
    ) {
        let jobs: Vec<Job> = (0..5_usize)
            .map(|i| job(i as u64, ["acme/a", "acme/b"][i % 2], hours[i], Some(life(lives[i]))))
            .collect();
        let mut windows: Vec<Window> =
            (0..3_i64).map(|w| window("w", 24 + 60 * w, 8, losses[usize::try_from(w).unwrap()])).collect();
        for window in &mut windows {
            window.crew_hours.insert("mechanic".into(), crew);
        }
        let made = plan(hour(0), &jobs, &windows, &BTreeMap::new(), "EUR");
        let ours = brute(&jobs, &windows, &windows_of(&made)).expect("a bound is broken");
        prop_assert!((ours - made.cost).abs() < 1e-6);
        let ways = (0..1024_usize).map(|n| (0..5).map(|j| (n >> (2 * j)) & 3).map(|w| (w < 3).then_some(w)).collect::<Vec<_>>());
        let best = ways.filter_map(|at| brute(&jobs, &windows, &at)).fold(f64::INFINITY, f64::min);
        prop_assert!(ours <= best * 1.1 + 1.0, "ours {ours}, best {best}");
    }
}
