//! Work orders: what to do, with what, by when, and what it cost.

use gemba_plant::{ActionPriority, AssetId, Finding, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Life, Repair};
use crate::Error;

/// Microseconds in an hour.
pub(super) const HOUR_US: f64 = 3.6e9;

/// Where a work order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Written; nobody has said when.
    #[default]
    Open,
    /// It has a window.
    Planned,
    /// Somebody is at it.
    InProgress,
    /// Done.
    Done,
    /// Not to be done.
    Cancelled,
}

/// A part and how many of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its number; empty when nobody has said which one it is.
    #[serde(default)]
    pub number: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// How many.
    pub quantity: f64,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// From when to when the machine was worked on.
    pub worked: TimeRange,
    /// Who says so.
    pub by: String,
    /// What was done.
    pub note: String,
}

/// A job on a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkOrder {
    /// Its number; 0 until it is stored.
    pub id: u64,
    /// The machine.
    pub asset: AssetId,
    /// The finding that asks for it.
    pub finding: Option<u64>,
    /// The failure mode that it is against.
    pub failure_mode: Option<String>,
    /// One line.
    pub title: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What it needs.
    pub parts: Vec<Part>,
    /// How long the machine stands still for it, hours.
    pub hours: f64,
    /// Whose work it is: `mechanic`; empty for anybody.
    pub skill: String,
    /// How many people.
    pub people: u32,
    /// Labour and parts, in the site's currency; none when nobody has said: then it is made of hours and prices.
    pub cost: Option<f64>,
    /// What a failure costs, lost production included, in the site's currency; none when nobody has said.
    pub failure_cost: Option<f64>,
    /// What the FMEA wants done about the failure mode; none when it has none.
    #[serde(default)]
    pub priority: Option<ActionPriority>,
    /// Remaining life as told at `created`.
    pub life: Option<Life>,
    /// By when.
    pub due: Option<Timestamp>,
    /// Where it stands.
    pub state: OrderState,
    /// When it is to be done.
    pub planned: Option<TimeRange>,
    /// What was done.
    pub done: Option<Done>,
    /// When it was written.
    pub created: Timestamp,
    /// Who wrote it.
    pub by: String,
}

/// What holds for all work of a plant. Costs have no default: a number that nobody gave is not made up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkTerms {
    /// Hours that the machine stands still for an unplanned job. Above 0. Default 4.
    pub hours: f64,
    /// People for a job. At least 1. Default 1.
    pub people: u32,
    /// Cost of one person's hour, in the site's currency. Default: not known.
    pub hour_cost: Option<f64>,
    /// Cost of a failure with its lost production, in the site's currency. Default: not known.
    pub failure_cost: Option<f64>,
    /// With a remaining life, a job is due when the chance of failing reaches this, inside 0–1. Default 0.1.
    pub risk_max: f64,
    /// Without a remaining life, a job for a finding of severity 0.8 and more, or against a failure mode of high action
    /// priority, is due in so many days. Default 7.
    pub due_severe_days: f64,
    /// The same for less severe findings. Default 30.
    pub due_days: f64,
}

impl Default for WorkTerms {
    fn default() -> Self {
        Self {
            hours: 4.0,
            people: 1,
            hour_cost: None,
            failure_cost: None,
            risk_max: 0.1,
            due_severe_days: 7.0,
            due_days: 30.0,
        }
    }
}

/// A finding from this severity on is due early, as is a failure mode of high action priority: as an alarm it has high
/// priority.
const SEVERE: f64 = 0.8;

/// What asks for an order.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Its number.
    pub number: u64,
    /// What is known of the remaining life now.
    pub life: Option<Life>,
    /// What mending its failure mode takes.
    pub repair: &'a Repair,
}

impl WorkOrder {
    /// The order that a finding asks for, with what its failure mode takes.
    pub fn draft(asked: &Asked<'_>, terms: &WorkTerms, now: Timestamp) -> Self {
        let (finding, repair) = (asked.finding, asked.repair);
        let severe = finding.severity >= SEVERE || repair.priority == Some(ActionPriority::High);
        let days = if severe { terms.due_severe_days } else { terms.due_days };
        let life = asked.life.filter(Life::is_valid);
        let due_h = life.map_or(days * 24.0, |life| life.hours_until(terms.risk_max.clamp(1e-3, 0.999)));
        let blank = Self::blank(finding.asset, terms, now);
        Self {
            finding: Some(asked.number),
            failure_mode: finding.failure_mode.clone(),
            title: finding.title.clone(),
            steps: finding.prescription.clone(),
            parts: repair.parts.clone(),
            hours: repair.hours.unwrap_or(blank.hours),
            skill: repair.skill.clone(),
            people: repair.people.unwrap_or(blank.people),
            cost: repair.cost,
            failure_cost: repair.failure_cost.or(blank.failure_cost),
            priority: repair.priority,
            life,
            due: Some(later(now, due_h)),
            ..blank
        }
    }

    /// An order of nothing yet, for a machine.
    pub fn blank(asset: AssetId, terms: &WorkTerms, now: Timestamp) -> Self {
        Self {
            id: 0,
            asset,
            finding: None,
            failure_mode: None,
            title: String::new(),
            steps: Vec::new(),
            parts: Vec::new(),
            hours: terms.hours,
            skill: String::new(),
            people: terms.people,
            cost: None,
            failure_cost: terms.failure_cost,
            priority: None,
            life: None,
            due: None,
            state: OrderState::Open,
            planned: None,
            done: None,
            created: now,
            by: String::new(),
        }
    }

    /// Gives it a window, or another one.
    ///
    /// # Errors
    /// When it is under way or over, or the window ends before it begins.
    pub fn schedule(&mut self, window: TimeRange) -> Result<(), Error> {
        if window.to <= window.from {
            return Err(Error::WorkBackwards { order: self.id });
        }
        self.step(&[OrderState::Open, OrderState::Planned], OrderState::Planned, "be planned")?;
        self.planned = Some(window);
        Ok(())
    }

    /// Takes its window away.
    ///
    /// # Errors
    /// When it has none.
    pub fn unschedule(&mut self) -> Result<(), Error> {
        self.step(&[OrderState::Planned], OrderState::Open, "be taken off the plan")?;
        self.planned = None;
        Ok(())
    }

    /// Somebody begins.
    ///
    /// # Errors
    /// When it is under way or over.
    pub fn begin(&mut self) -> Result<(), Error> {
        self.step(&[OrderState::Open, OrderState::Planned], OrderState::InProgress, "be begun")
    }

    /// It is done.
    ///
    /// # Errors
    /// When it is over, or the work ends before it begins.
    pub fn finish(&mut self, done: Done) -> Result<(), Error> {
        if done.worked.to <= done.worked.from {
            return Err(Error::WorkBackwards { order: self.id });
        }
        let from = [OrderState::Open, OrderState::Planned, OrderState::InProgress];
        self.step(&from, OrderState::Done, "be finished")?;
        self.done = Some(done);
        Ok(())
    }

    /// It is not to be done.
    ///
    /// # Errors
    /// When it is over.
    pub fn cancel(&mut self) -> Result<(), Error> {
        let from = [OrderState::Open, OrderState::Planned, OrderState::InProgress];
        self.step(&from, OrderState::Cancelled, "be cancelled")
    }

    fn step(&mut self, from: &[OrderState], to: OrderState, wish: &'static str) -> Result<(), Error> {
        if !from.contains(&self.state) {
            return Err(Error::OrderNotNow { order: self.id, wish, state: self.state });
        }
        self.state = to;
        Ok(())
    }
}

/// The time `hours` later; saturates.
pub(super) fn later(from: Timestamp, hours: f64) -> Timestamp {
    #[allow(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
    let micros = (hours * HOUR_US) as i64;
    Timestamp::from_micros(from.micros().saturating_add(micros))
}

/// Hours from `from` to `to`; negative when `to` is earlier.
pub(super) fn hours_between(from: Timestamp, to: Timestamp) -> f64 {
    to.micros().saturating_sub(from.micros()) as f64 / HOUR_US
}
