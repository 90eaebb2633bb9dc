//! What people make of findings: inspections, checks, validations; and which past cases are like one.

use gemba_act::work::{Case, CaseState, Check, Compared, Outcome, Verdict};
use gemba_node::state::StoredFinding;
use gemba_node::{CheckRecord, PastCase};
use gemba_plant::{AssetId, Catalogue, FindingKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{failures, learned};
use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{OPERATOR, Resource, Route, VIEWER};

/// Cases that are like a finding, when nothing else is asked.
const SIMILAR: usize = 5;
/// The same at most.
const SIMILAR_MAX: usize = 200;

pub(super) fn resource() -> Resource {
    let mut routes = vec![
        Route::get("/api/v1/cases", VIEWER, "Findings that somebody has worked on, newest change first", list),
        Route::get("/api/v1/cases/{finding}", VIEWER, "What people made of a finding", one),
        Route::get("/api/v1/cases/{finding}/similar", VIEWER, "Checked cases that are like a finding", similar),
        Route::post("/api/v1/cases/{finding}/inspect", OPERATOR, "Say that somebody goes and looks", inspect),
        Route::post(
            "/api/v1/cases/{finding}/check",
            OPERATOR,
            "Record a look at the machine; it becomes a label",
            check,
        ),
        Route::post("/api/v1/cases/{finding}/reopen", OPERATOR, "Take the last check back, with its label", reopen),
        Route::post("/api/v1/cases/{finding}/validate", OPERATOR, "Compare before and after the repair", validate),
    ];
    routes.extend(failures::routes());
    routes.extend(learned::routes());
    Resource { name: "cases", about: "What people make of findings, and failures that happened.", routes }
}

/// What people made of a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct CaseView {
    /// The finding's number.
    finding: u64,
    /// Where it stands.
    state: CaseState,
    /// The checks, oldest first.
    checks: Vec<CheckView>,
    /// The comparison of before and after, once there is one.
    validation: Option<ValidationView>,
    /// The label that the checks became.
    label: Option<u64>,
    /// When it last changed; none while nobody has touched it.
    changed: Option<Moment>,
}

/// A look at the machine.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckView {
    /// Who looked.
    by: String,
    /// When.
    at: Moment,
    /// What was found.
    outcome: Outcome,
    /// The failure mode; empty when none.
    failure_mode: String,
    /// The part concerned; empty when none.
    component: String,
    /// Whether it was mended.
    resolved: bool,
    /// What was seen and done.
    note: String,
}

/// Before and after a repair.
#[derive(Debug, Serialize, JsonSchema)]
struct ValidationView {
    /// What it comes to.
    verdict: Verdict,
    /// Whether the machine is within its limit again, and what was found does not hold any more.
    healthy: bool,
    /// The signal that was compared: `monitor/score` is the deviation from normal; empty in older comparisons.
    signal: String,
    /// Its median before, in units of the alarm limit.
    before: f64,
    /// The same after.
    after: f64,
    /// How probable a difference like this is when nothing has changed.
    p_value: f64,
    /// When it was compared.
    at: Moment,
}

impl From<Case> for CaseView {
    fn from(case: Case) -> Self {
        let touched = case.state != CaseState::Pending;
        let validation = case.validation.map(|v| ValidationView {
            verdict: v.verdict,
            healthy: v.healthy,
            signal: v.signal,
            before: v.before,
            after: v.after,
            p_value: v.p_value,
            at: v.at.into(),
        });
        Self {
            finding: case.finding,
            state: case.state,
            checks: case.checks.into_iter().map(CheckView::from).collect(),
            validation,
            label: case.label,
            changed: touched.then(|| case.changed.into()),
        }
    }
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        let Check { by, at, outcome, failure_mode, component, resolved, note } = check;
        Self { by, at: at.into(), outcome, failure_mode, component, resolved, note }
    }
}

/// A case and what was found.
#[derive(Debug, Serialize, JsonSchema)]
struct CaseEntry {
    /// What people made of it.
    #[serde(flatten)]
    case: CaseView,
    /// The asset.
    asset: AssetId,
    /// Where the asset stands.
    asset_path: String,
    /// What people call the asset.
    asset_name: String,
    /// What sort of finding.
    kind: FindingKind,
    /// One line: what was wrong.
    title: String,
    /// The failure mode that the finding named.
    failure_mode: Option<String>,
    /// Since when it held.
    since: Moment,
    /// Until when it was last seen to hold.
    until: Moment,
}

impl CaseEntry {
    fn of(case: Case, stored: &StoredFinding, catalogue: &Catalogue) -> Self {
        let finding = &stored.finding;
        let asset = catalogue.asset(finding.asset);
        Self {
            case: case.into(),
            asset: finding.asset,
            asset_path: asset.map(|a| a.path.to_string()).unwrap_or_default(),
            asset_name: asset.map(|a| a.title().to_owned()).unwrap_or_default(),
            kind: finding.kind,
            title: finding.title.clone(),
            failure_mode: finding.failure_mode.clone(),
            since: finding.since.into(),
            until: finding.until.into(),
        }
    }
}

async fn list(call: Call, (): ()) -> Result<Reply<List<CaseEntry>>, Problem> {
    let cases = call.app.blocking(move |node| node.work().library()).await?;
    let catalogue = call.node().catalogue();
    Ok(Reply(List::whole(cases.into_iter().map(|(case, stored)| CaseEntry::of(case, &stored, &catalogue)).collect())))
}

/// How many.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Most {
    /// At most so many, 1 to 200; 5 when left out.
    limit: Option<usize>,
}

/// A case that is like a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct SimilarCase {
    /// The case.
    #[serde(flatten)]
    entry: CaseEntry,
    /// How alike: the cosine of the angle between what contributed to either, by role of the signal; 0.5–1.
    similarity: f64,
    /// What contributed to either, the largest share first.
    compared: Vec<Compared>,
}

async fn similar(
    call: Call,
    (At(finding), Args(most)): (At<u64>, Args<Most>),
) -> Result<Reply<List<SimilarCase>>, Problem> {
    let most = most.limit.unwrap_or(SIMILAR).clamp(1, SIMILAR_MAX);
    let found = call.app.blocking(move |node| node.work().similar(finding, most)).await?;
    let catalogue = call.node().catalogue();
    let view = |PastCase { case, finding, similarity, compared }: PastCase| SimilarCase {
        entry: CaseEntry::of(case, &finding, &catalogue),
        similarity,
        compared,
    };
    Ok(Reply(List::whole(found.into_iter().map(view).collect())))
}

async fn one(call: Call, At(finding): At<u64>) -> Result<Reply<CaseView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.work().case(finding)).await?.into()))
}

async fn inspect(call: Call, At(finding): At<u64>) -> Result<Reply<CaseView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.work().inspect(finding)).await?.into()))
}

async fn check(
    call: Call,
    (At(finding), Sent(record)): (At<u64>, Sent<CheckRecord>),
) -> Result<Reply<CaseView>, Problem> {
    let by = call.name().to_owned();
    Ok(Reply(call.app.blocking(move |node| node.work().check(finding, record, &by)).await?.into()))
}

async fn reopen(call: Call, At(finding): At<u64>) -> Result<Reply<CaseView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.work().reopen(finding)).await?.into()))
}

async fn validate(call: Call, At(finding): At<u64>) -> Result<Reply<CaseView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| node.work().validate(finding)).await?.into()))
}
