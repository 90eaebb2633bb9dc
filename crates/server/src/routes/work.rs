//! Work orders, the windows and parts they wait for, and a plan that brings them together.

use std::collections::BTreeMap;

use gemba_act::work::{Considered, Life, OrderState, Part, Window, WorkOrder};
use gemba_node::state::{NumberedWindow, Removable};
use gemba_node::{OrderChange, OrderStep};
use gemba_plant::{AssetId, AssetPath, Catalogue, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{ENGINEER, OPERATOR, Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    Resource {
        name: "maintenance",
        about: "Work orders and when they are done.",
        routes: vec![
            Route::get("/api/v1/maintenance/orders", VIEWER, "Work orders, newest first", orders),
            Route::post("/api/v1/maintenance/orders", OPERATOR, "Write a work order, for a finding or by hand", add),
            Route::get("/api/v1/maintenance/orders/{id}", VIEWER, "A work order", order),
            Route::put(
                "/api/v1/maintenance/orders/{id}",
                OPERATOR,
                "Change a work order; what is left out stays",
                change,
            ),
            Route::post(
                "/api/v1/maintenance/orders/{id}/step",
                OPERATOR,
                "Take a work order one step on its way",
                step,
            ),
            Route::get("/api/v1/maintenance/plan", VIEWER, "Open orders planned into the windows there are", plan),
            Route::get("/api/v1/maintenance/windows", VIEWER, "Windows that are not over, soonest first", windows),
            Route::post(
                "/api/v1/maintenance/windows",
                ENGINEER,
                "Add a window in which machines may be worked on",
                add_window,
            ),
            Route::delete("/api/v1/maintenance/windows/{id}", ENGINEER, "Take a window away", remove_window),
            Route::get("/api/v1/maintenance/parts", VIEWER, "When how many of each part come in", parts),
            Route::put("/api/v1/maintenance/parts/{number}", ENGINEER, "Set when how many of a part come in", put_part),
            Route::delete(
                "/api/v1/maintenance/parts/{number}",
                ENGINEER,
                "Take a part away: it is never short then",
                remove_part,
            ),
        ],
    }
}

/// From when to when.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Span {
    /// From when, RFC 3339 or microseconds since the epoch.
    from: Moment,
    /// Until when.
    to: Moment,
}

impl From<TimeRange> for Span {
    fn from(range: TimeRange) -> Self {
        Self { from: range.from.into(), to: range.to.into() }
    }
}

impl From<Span> for TimeRange {
    fn from(span: Span) -> Self {
        Self::new(span.from.0, span.to.0)
    }
}

/// A work order.
#[derive(Debug, Serialize, JsonSchema)]
struct OrderView {
    /// Its number.
    id: u64,
    /// The machine.
    asset: AssetId,
    /// Where the machine stands.
    asset_path: String,
    /// The finding that asks for it.
    finding: Option<u64>,
    /// The failure mode that it is against.
    failure_mode: Option<String>,
    /// One line.
    title: String,
    /// What to do, in order.
    steps: Vec<String>,
    /// What it needs.
    parts: Vec<Part>,
    /// How long the machine stands still, hours.
    hours: f64,
    /// Whose work it is; empty for anybody.
    skill: String,
    /// How many people.
    people: u32,
    /// Labour and parts; null when nobody has said.
    cost: Option<f64>,
    /// What a failure costs; null when nobody has said.
    failure_cost: Option<f64>,
    /// Remaining life as told at `created`.
    life: Option<Life>,
    /// By when.
    due: Option<Moment>,
    /// Where it stands.
    state: OrderState,
    /// When it is to be done.
    planned: Option<Span>,
    /// When it was worked on.
    worked: Option<Span>,
    /// What was done.
    done_note: Option<String>,
    /// When it was written.
    created: Moment,
    /// Who wrote it.
    by: String,
}

impl OrderView {
    fn of(order: WorkOrder, catalogue: &Catalogue) -> Self {
        Self {
            id: order.id,
            asset: order.asset,
            asset_path: catalogue.asset(order.asset).map(|a| a.path.to_string()).unwrap_or_default(),
            finding: order.finding,
            failure_mode: order.failure_mode,
            title: order.title,
            steps: order.steps,
            parts: order.parts,
            hours: order.hours,
            skill: order.skill,
            people: order.people,
            cost: order.cost,
            failure_cost: order.failure_cost,
            life: order.life,
            due: order.due.map(Moment),
            state: order.state,
            planned: order.planned.map(Span::from),
            worked: order.done.as_ref().map(|done| done.worked.into()),
            done_note: order.done.map(|done| done.note),
            created: order.created.into(),
            by: order.by,
        }
    }
}

/// Which orders.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Those that are over, too. False when left out.
    all: bool,
    /// Of this machine only.
    asset: Option<u32>,
}

async fn orders(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<OrderView>>, Problem> {
    let found = call.app.blocking(move |node| node.work().orders(filter.all, filter.asset.map(AssetId::new))).await?;
    let catalogue = call.node().catalogue();
    Ok(Reply(List::whole(found.into_iter().map(|order| OrderView::of(order, &catalogue)).collect())))
}

async fn order(call: Call, At(id): At<u64>) -> Result<Reply<OrderView>, Problem> {
    let found = call.app.blocking(move |node| node.work().order(id)).await?;
    Ok(Reply(OrderView::of(found, &call.node().catalogue())))
}

/// What people write of an order; what is left out stays, or comes from the finding.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct OrderDraft {
    /// The finding that asks for it; only when the order is new.
    finding: Option<u64>,
    /// The machine; needed for a new order without a finding.
    asset_path: Option<AssetPath>,
    /// One line.
    title: Option<String>,
    /// What to do, in order.
    steps: Option<Vec<String>>,
    /// What it needs.
    parts: Option<Vec<Part>>,
    /// How long the machine stands still, hours.
    hours: Option<f64>,
    /// Whose work it is.
    skill: Option<String>,
    /// How many people.
    people: Option<u32>,
    /// Labour and parts, in the site's currency.
    cost: Option<f64>,
    /// What a failure costs, in the site's currency.
    failure_cost: Option<f64>,
    /// By when.
    due: Option<Moment>,
}

impl From<OrderDraft> for OrderChange {
    fn from(draft: OrderDraft) -> Self {
        Self {
            asset: draft.asset_path,
            title: draft.title,
            steps: draft.steps,
            parts: draft.parts,
            hours: draft.hours,
            skill: draft.skill,
            people: draft.people,
            cost: draft.cost,
            failure_cost: draft.failure_cost,
            due: draft.due.map(|m| m.0),
        }
    }
}

async fn add(call: Call, Sent(draft): Sent<OrderDraft>) -> Result<Made<OrderView>, Problem> {
    let by = call.name().to_owned();
    let finding = draft.finding;
    let made = call.app.blocking(move |node| node.work().add_order(finding, draft.into(), &by)).await?;
    Ok(Made(OrderView::of(made, &call.node().catalogue())))
}

async fn change(call: Call, (At(id), Sent(draft)): (At<u64>, Sent<OrderDraft>)) -> Result<Reply<OrderView>, Problem> {
    let changed = call.app.blocking(move |node| node.work().change_order(id, draft.into())).await?;
    Ok(Reply(OrderView::of(changed, &call.node().catalogue())))
}

/// One step of an order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    /// It gets a window.
    Schedule {
        /// From when to when.
        window: Span,
    },
    /// Its window is taken away.
    Unschedule,
    /// Somebody begins.
    Begin,
    /// It is done.
    Finish {
        /// From when to when it was worked on.
        worked: Span,
        /// What was done.
        #[serde(default)]
        note: String,
    },
    /// It is not to be done.
    Cancel,
}

impl From<Step> for OrderStep {
    fn from(step: Step) -> Self {
        match step {
            Step::Schedule { window } => Self::Schedule { window: window.into() },
            Step::Unschedule => Self::Unschedule,
            Step::Begin => Self::Begin,
            Step::Finish { worked, note } => Self::Finish { worked: worked.into(), note },
            Step::Cancel => Self::Cancel,
        }
    }
}

async fn step(call: Call, (At(id), Sent(step)): (At<u64>, Sent<Step>)) -> Result<Reply<OrderView>, Problem> {
    let by = call.name().to_owned();
    let stepped = call.app.blocking(move |node| node.work().step_order(id, step.into(), &by)).await?;
    Ok(Reply(OrderView::of(stepped, &call.node().catalogue())))
}

/// A window.
#[derive(Debug, Serialize, JsonSchema)]
struct WindowView {
    /// Its number.
    id: u64,
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

impl From<NumberedWindow> for WindowView {
    fn from((id, window): NumberedWindow) -> Self {
        Self {
            id,
            name: window.name,
            scope: window.scope.map(|scope| scope.to_string()),
            from: window.range.from.into(),
            to: window.range.to.into(),
            loss_per_hour: window.loss_per_hour,
            crew_hours: window.crew_hours,
        }
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
    /// What is on hand and what comes in, soonest first.
    arrivals: Vec<Arrival>,
}

async fn parts(call: Call, (): ()) -> Result<Reply<List<PartView>>, Problem> {
    let stock = call.app.blocking(move |node| node.work().stock()).await?;
    let arrival = |(at, quantity): (Timestamp, f64)| Arrival { at: Moment::known(at), quantity };
    let part = |(number, arrivals): (String, Vec<(Timestamp, f64)>)| PartView {
        number,
        arrivals: arrivals.into_iter().map(arrival).collect(),
    };
    Ok(Reply(List::whole(stock.into_iter().map(part).collect())))
}

/// When how many come in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arrivals {
    /// What is on hand and what comes in.
    arrivals: Vec<Arrival>,
}

async fn put_part(call: Call, (At(number), Sent(sent)): (At<String>, Sent<Arrivals>)) -> Result<Done, Problem> {
    let arrivals: Vec<(Timestamp, f64)> =
        sent.arrivals.iter().map(|a| (a.at.map_or(Timestamp::MIN, |m| m.0), a.quantity)).collect();
    call.app.blocking(move |node| node.work().put_part(&number, &arrivals)).await?;
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
    /// In words.
    why: String,
    /// Every window that was weighed.
    considered: Vec<Considered>,
}

async fn plan(call: Call, (): ()) -> Result<Reply<PlanView>, Problem> {
    let (windows, plan) = call.app.blocking(move |node| node.work().plan()).await?;
    let placement = |p: gemba_act::work::Placement| PlacementView {
        order: p.job,
        window: p.window,
        why: p.why,
        considered: p.considered,
    };
    Ok(Reply(PlanView {
        placements: plan.placements.into_iter().map(placement).collect(),
        windows: windows.into_iter().map(WindowView::from).collect(),
        cost: plan.cost,
        cost_of_waiting: plan.cost_of_waiting,
        cost_of_haste: plan.cost_of_haste,
        currency: call.node().site().currency,
    }))
}
