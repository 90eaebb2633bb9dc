//! When work is done: windows, parts, and a plan that brings orders into them.

use std::collections::BTreeMap;

use gemba_act::work::{Considered, PartFact, Placement, Plan, Window};
use gemba_node::state::{NumberedWindow, Removable};
use gemba_node::work::PartRecord;
use gemba_plant::{AssetPath, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::work::Span;
use crate::app::Call;
use crate::input::{At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, OPERATOR, Route, VIEWER};

/// They belong to the resource of maintenance.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/maintenance/plan", VIEWER, "Open orders planned into the windows there are", plan),
        Route::post(
            "/api/v1/maintenance/plan",
            OPERATOR,
            "Plan, and give every order its own hours in its window",
            apply,
        ),
        Route::get("/api/v1/maintenance/windows", VIEWER, "Windows that are not over, soonest first", windows),
        Route::post(
            "/api/v1/maintenance/windows",
            ENGINEER,
            "Add a window in which machines may be worked on",
            add_window,
        ),
        Route::delete("/api/v1/maintenance/windows/{id}", ENGINEER, "Take a window away", remove_window),
        Route::get(
            "/api/v1/maintenance/parts",
            VIEWER,
            "Parts: what is known of them, and when how many come in",
            parts,
        ),
        Route::put(
            "/api/v1/maintenance/parts/{number}",
            ENGINEER,
            "Set what is known of a part and when how many come in",
            put_part,
        ),
        Route::delete(
            "/api/v1/maintenance/parts/{number}",
            ENGINEER,
            "Take a part away: it is never short then",
            remove_part,
        ),
    ]
}

/// What is known of a window.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WindowFacts {
    /// What people call it.
    name: String,
    /// Machines at or below this place; null for all.
    scope: Option<String>,
    /// From when.
    from: Moment,
    /// Until when.
    to: Moment,
    /// Production lost for each hour that a machine stands still.
    loss_per_hour: f64,
    /// Hours of work there are, by skill.
    crew_hours: BTreeMap<String, f64>,
}

impl From<Window> for WindowFacts {
    fn from(window: Window) -> Self {
        Self {
            name: window.name,
            scope: window.scope.map(|scope| scope.to_string()),
            from: window.range.from.into(),
            to: window.range.to.into(),
            loss_per_hour: window.loss_per_hour,
            crew_hours: window.crew_hours,
        }
    }
}

/// A window.
#[derive(Debug, Serialize, JsonSchema)]
struct WindowView {
    /// Its number.
    id: u64,
    /// What is known of it.
    #[serde(flatten)]
    facts: WindowFacts,
}

impl From<NumberedWindow> for WindowView {
    fn from((id, window): NumberedWindow) -> Self {
        Self { id, facts: window.into() }
    }
}

async fn windows(call: Call, (): ()) -> Result<Reply<List<WindowView>>, Problem> {
    let found = call.app.blocking(move |node| node.work().windows()).await?;
    Ok(Reply(List::whole(found.into_iter().map(WindowView::from).collect())))
}

/// A window to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WindowDraft {
    /// What people call it.
    name: String,
    /// Machines at or below this place; all when left out.
    #[serde(default)]
    scope: Option<AssetPath>,
    /// From when.
    from: Moment,
    /// Until when.
    to: Moment,
    /// Production lost for each hour that a machine stands still; 0 in a planned stop.
    #[serde(default)]
    loss_per_hour: f64,
    /// Hours of work there are, by skill; a skill that is not named has no limit.
    #[serde(default)]
    crew_hours: BTreeMap<String, f64>,
}

async fn add_window(call: Call, Sent(draft): Sent<WindowDraft>) -> Result<Made<WindowView>, Problem> {
    let window = Window {
        name: draft.name,
        scope: draft.scope,
        range: TimeRange::new(draft.from.0, draft.to.0),
        loss_per_hour: draft.loss_per_hour,
        crew_hours: draft.crew_hours,
    };
    let added = window.clone();
    let id = call.app.blocking(move |node| node.work().add_window(&added)).await?;
    Ok(Made((id, window).into()))
}

async fn remove_window(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.work().remove(Removable::Window, &id.to_string())).await?;
    Ok(Done)
}

/// Some of a part that come in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arrival {
    /// When; null for what is on hand.
    at: Option<Moment>,
    /// How many.
    quantity: f64,
}

/// A part.
#[derive(Debug, Serialize, JsonSchema)]
struct PartView {
    /// Its number.
    number: String,
    /// What people call it.
    name: String,
    /// What one costs, in the site's currency; null when nobody has said.
    price: Option<f64>,
    /// Days from the order to the delivery; null when nobody has said.
    lead_days: Option<f64>,
    /// What is on hand and what comes in, soonest first; empty when its stock is not kept here.
    arrivals: Vec<Arrival>,
}

async fn parts(call: Call, (): ()) -> Result<Reply<List<PartView>>, Problem> {
    let parts = call.app.blocking(move |node| node.work().parts()).await?;
    let arrival = |(at, quantity): (Timestamp, f64)| Arrival { at: Moment::known(at), quantity };
    let part = |(number, PartRecord { fact, arrivals }): (String, PartRecord)| PartView {
        number,
        name: fact.name,
        price: fact.price,
        lead_days: fact.lead_days,
        arrivals: arrivals.into_iter().map(arrival).collect(),
    };
    Ok(Reply(List::whole(parts.into_iter().map(part).collect())))
}

/// What is known of a part and when how many come in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartDraft {
    /// What is on hand and what comes in; empty when its stock is not kept here.
    arrivals: Vec<Arrival>,
    /// What people call it.
    #[serde(default)]
    name: String,
    /// What one costs, in the site's currency.
    #[serde(default)]
    price: Option<f64>,
    /// Days from the order to the delivery.
    #[serde(default)]
    lead_days: Option<f64>,
}

async fn put_part(call: Call, (At(number), Sent(sent)): (At<String>, Sent<PartDraft>)) -> Result<Done, Problem> {
    let arrivals: Vec<(Timestamp, f64)> =
        sent.arrivals.iter().map(|a| (a.at.map_or(Timestamp::MIN, |m| m.0), a.quantity)).collect();
    let fact = PartFact { name: sent.name, price: sent.price, lead_days: sent.lead_days };
    call.app.blocking(move |node| node.work().put_part(&number, &PartRecord { fact, arrivals })).await?;
    Ok(Done)
}

async fn remove_part(call: Call, At(number): At<String>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.work().remove(Removable::Part, &number)).await?;
    Ok(Done)
}

/// A plan and what it is worth.
#[derive(Debug, Serialize, JsonSchema)]
struct PlanView {
    /// Every open order.
    placements: Vec<PlacementView>,
    /// The windows that were weighed, soonest first; `window` and `considered` count from 0 in this list.
    windows: Vec<WindowView>,
    /// Expected cost of this plan.
    cost: f64,
    /// Expected cost of doing nothing until the last window ends.
    cost_of_waiting: f64,
    /// Expected cost of doing each order in the first window open to its machine.
    cost_of_haste: f64,
    /// The site's currency.
    currency: String,
}

/// An order with its window.
#[derive(Debug, Serialize, JsonSchema)]
struct PlacementView {
    /// The order's number.
    order: u64,
    /// The window; null when it stays out of the plan.
    window: Option<usize>,
    /// The order's own hours in that window.
    hours: Option<Span>,
    /// In words.
    why: String,
    /// Every window that was weighed.
    considered: Vec<Considered>,
}

type Planned = (Vec<NumberedWindow>, Plan);

async fn plan(call: Call, (): ()) -> Result<Reply<PlanView>, Problem> {
    let planned = call.app.blocking(move |node| node.work().plan()).await?;
    Ok(Reply(PlanView::of(planned, &call)))
}

async fn apply(call: Call, (): ()) -> Result<Reply<PlanView>, Problem> {
    let planned = call.app.blocking(move |node| node.work().apply_plan()).await?;
    Ok(Reply(PlanView::of(planned, &call)))
}

impl PlanView {
    fn of((windows, plan): Planned, call: &Call) -> Self {
        let placement = |p: Placement| PlacementView {
            order: p.job,
            window: p.window,
            hours: p.hours.map(Span::from),
            why: p.why,
            considered: p.considered,
        };
        Self {
            placements: plan.placements.into_iter().map(placement).collect(),
            windows: windows.into_iter().map(WindowView::from).collect(),
            cost: plan.cost,
            cost_of_waiting: plan.cost_of_waiting,
            cost_of_haste: plan.cost_of_haste,
            currency: call.node().site().currency,
        }
    }
}
