//! Ours, and what it must beat.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_learn::survival::{Landmark, Posterior, Weibull};

use super::events::Fleet;
use super::{Question, components};

/// What is learned from: moments of some machines whose outcome was known at a time.
pub(super) struct Past<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) machines: Vec<usize>,
    /// Days: nothing later is known.
    pub(super) until: f64,
    pub(super) questions: Vec<&'a Question>,
    /// The time ahead, days.
    pub(super) ahead: f64,
}

/// From a question to the probability of a failure within the time ahead.
pub(super) type Model<'a> = Box<dyn Fn(&Question) -> f64 + 'a>;
/// Learns.
pub(super) type Method = for<'a> fn(&Past<'a>) -> Model<'a>;

/// Every method by name.
pub(super) const ALL: &[(&str, Method)] = &[
    ("gemba", landmark),
    ("as_shipped", super::shipped::method),
    ("gemba_age", by_age),
    ("weibull_age", weibull),
    ("error_of_last_day", |past| {
        let fleet = past.fleet;
        Box::new(move |q| f64::from(u8::from(q.since_error(fleet) <= 1.0)))
    }),
    ("base_rate", |past| {
        let rate = past.rate(None);
        Box::new(move |_| rate)
    }),
    ("always", |_| Box::new(|_| 1.0)),
    ("never", |_| Box::new(|_| 0.0)),
    ("random", |past| {
        let rate = past.rate(None);
        Box::new(move |q| draw(q) * 2.0 * rate)
    }),
];

/// The seed of all that is drawn here.
const SEED: u64 = 20_150_101;

fn draw(question: &Question) -> f64 {
    let place = (question.machine as u64) << 8 | question.component as u64;
    Random::new(SEED ^ place.rotate_left(40) ^ question.time.to_bits()).unit()
}

impl Past<'_> {
    /// The share of moments, of one component or of all, that a failure followed.
    fn rate(&self, component: Option<usize>) -> f64 {
        let own = self.questions.iter().filter(|q| component.is_none_or(|c| q.component == c));
        let (failed, all) = own
            .fold((0.0, 0.0), |(failed, all), q| (failed + f64::from(u8::from(q.fails_within(self.ahead))), all + 1.0));
        if all > 0.0 { failed / all } else { 0.0 }
    }
}

/// A model a component, of age, errors and other replacements; the base rate where it cannot be fitted.
fn landmark<'a>(past: &Past<'a>) -> Model<'a> {
    let mut models: BTreeMap<usize, (Option<Landmark>, f64)> = BTreeMap::new();
    for component in components(&past.questions) {
        let own: Vec<&Question> = past.questions.iter().copied().filter(|q| q.component == component).collect();
        let width = own.first().map_or(0, |q| q.known.len());
        let column = |c: usize| own.iter().map(|q| q.known.get(c).copied().unwrap_or(f64::NAN)).collect();
        let columns: Vec<Vec<f64>> = (0..width).map(column).collect();
        let failed: Vec<bool> = own.iter().map(|q| q.fails_within(past.ahead)).collect();
        models.insert(component, (Landmark::fit(&columns, &failed).ok(), past.rate(Some(component))));
    }
    Box::new(move |q| match models.get(&q.component) {
        Some((Some(model), _)) => model.fails(&q.known),
        Some((None, rate)) => *rate,
        None => 0.0,
    })
}

/// What the product tells by age: the middle of what the uses of a component leave open of Weibull's law, asked at whole days
/// and between them in a straight line; the base rate where it cannot be fitted or the age is not known.
pub(super) fn by_age<'a>(past: &Past<'a>) -> Model<'a> {
    let (from, until) = past.fleet.span;
    let mut models: BTreeMap<usize, (Option<Vec<f64>>, f64)> = BTreeMap::new();
    for component in components(&past.questions) {
        let law = Posterior::fit(&past.fleet.spells(&past.machines, component, past.until)).ok();
        let days =
            std::iter::successors(Some(0.0), |day| Some(day + 1.0)).take_while(|day| *day <= until - from + 400.0);
        let chances = |law: Posterior| {
            days.map(|age| law.range(0.9, |l| l.fails_within(age, past.ahead)).median).collect::<Vec<f64>>()
        };
        models.insert(component, (law.map(chances), past.rate(Some(component))));
    }
    Box::new(move |q| match models.get(&q.component) {
        Some((Some(chances), _)) if q.age().is_finite() => between(chances, q.age()),
        Some((_, rate)) => *rate,
        None => 0.0,
    })
}

/// A value between its neighbours; the last one beyond them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age in days, not negative")]
fn between(values: &[f64], at: f64) -> f64 {
    let place = at.max(0.0).floor() as usize;
    let last = values.last().copied().unwrap_or_default();
    let of = |place: usize| values.get(place).copied().unwrap_or(last);
    of(place) + (of(place + 1) - of(place)) * at.fract()
}

/// Weibull's law of each component's uses, by age alone; the base rate where it cannot be fitted or the age is not known.
fn weibull<'a>(past: &Past<'a>) -> Model<'a> {
    let mut models: BTreeMap<usize, (Option<Weibull>, f64)> = BTreeMap::new();
    for component in components(&past.questions) {
        let law = Weibull::fit(&past.fleet.spells(&past.machines, component, past.until)).ok();
        models.insert(component, (law, past.rate(Some(component))));
    }
    let ahead = past.ahead;
    Box::new(move |q| match models.get(&q.component) {
        Some((Some(law), _)) if q.age().is_finite() => law.fails_within(q.age(), ahead),
        Some((_, rate)) => *rate,
        None => 0.0,
    })
}
