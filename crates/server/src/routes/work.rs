//! Work orders, and the steps they go.

use gemba_act::work::{Life, OrderState, Part, Supply, WorkOrder, Worth};
use gemba_node::{OrderChange, OrderStep};
use gemba_plant::{ActionPriority, AssetId, AssetPath, Catalogue, TimeRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{imports, planning, ranks};
use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{List, Made, Reply};
use crate::problem::Problem;
use crate::table::{OPERATOR, Resource, Route, VIEWER};

pub(super) fn resource() -> Resource {
    let mut routes = vec![
        Route::get("/api/v1/maintenance/orders", VIEWER, "Work orders, newest first", orders),
        Route::post("/api/v1/maintenance/orders", OPERATOR, "Write a work order, for a finding or by hand", add),
        Route::get(
            "/api/v1/maintenance/orders/{id}",
            VIEWER,
            "A work order, where its parts are, what doing costs and waiting risks",
            order,
        ),
        Route::put("/api/v1/maintenance/orders/{id}", OPERATOR, "Change a work order; what is left out stays", change),
        Route::post("/api/v1/maintenance/orders/{id}/step", OPERATOR, "Take a work order one step on its way", step),
    ];
    routes.extend(planning::routes());
    routes.extend(imports::routes());
    routes.extend(ranks::routes());
    Resource { name: "maintenance", about: "Work orders and when they are done.", routes }
}

/// From when to when.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// From when, RFC 3339 or microseconds since the epoch.
    pub(super) from: Moment,
    /// Until when.
    pub(super) to: Moment,
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
    /// Labour and parts; null when nobody has said: then it is made of hours and prices.
    cost: Option<f64>,
    /// What a failure costs; null when nobody has said.
    failure_cost: Option<f64>,
    /// What the FMEA wants done about the failure mode; null when it has none.
    priority: Option<ActionPriority>,
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
            priority: order.priority,
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

/// Where a part of an order is.
#[derive(Debug, Serialize, JsonSchema)]
struct SupplyView {
    /// Where it is.
    #[serde(flatten)]
    supply: Supply,
    /// When there is enough for all open orders; null when it is there, or nobody knows.
    there_by: Option<Moment>,
}

/// A work order with where its parts are, and what doing costs beside what waiting risks.
#[derive(Debug, Serialize, JsonSchema)]
struct OrderDetailView {
    /// The order.
    #[serde(flatten)]
    order: OrderView,
    /// A line for each of its parts.
    supply: Vec<SupplyView>,
    /// What doing costs and what waiting risks, from given costs alone.
    worth: Worth,
}

async fn order(call: Call, At(id): At<u64>) -> Result<Reply<OrderDetailView>, Problem> {
    let found = call.app.blocking(move |node| node.work().detail(id)).await?;
    let line = |supply: Supply| SupplyView { there_by: supply.there_by.map(Moment), supply };
    Ok(Reply(OrderDetailView {
        order: OrderView::of(found.order, &call.node().catalogue()),
        supply: found.supply.into_iter().map(line).collect(),
        worth: found.worth,
    }))
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
