//! Labels: what is known to have happened.

use std::collections::BTreeMap;

use gemba_act::{Label, LabelKind, LabelSource};
use gemba_node::state::{LabelFilter, StoredLabel};
use gemba_node::{Error, Node, Patterns, PatternsWish, Similar, SimilarWish};
use gemba_plant::{AssetId, Catalogue, SignalId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::Call;
use crate::input::{Accept, Args, At, Sent};
use crate::lines::{self, LINES, Teller, Told};
use crate::moment::Moment;
use crate::output::{Done, List, Made, Reply};
use crate::problem::Problem;
use crate::table::{OPERATOR, Resource, Route, VIEWER};

/// Labels on a page when nothing else is asked.
const LIMIT: usize = 200;
/// Labels on a page at most.
const LIMIT_MAX: usize = 5_000;
/// Similar stretches when nothing else is asked, and at most.
const SIMILAR: usize = 20;
const SIMILAR_MAX: usize = 100;
/// Stretches of either kind when nobody says how many.
const PATTERNS: usize = 10;
/// The same at most.
const PATTERNS_MAX: usize = 50;
/// Labels that can be written at once.
const IMPORT_MAX: usize = 20_000;

pub(super) fn resource() -> Resource {
    Resource {
        name: "labels",
        about: "What is known to have happened: the truth that findings are judged by.",
        routes: vec![
            Route::get("/api/v1/labels", VIEWER, "Labels, newest first", list),
            Route::post("/api/v1/labels", OPERATOR, "Label a stretch of time of an asset", add),
            Route::post("/api/v1/labels/import", OPERATOR, "Write many labels, all or none", import).large(),
            Route::post(
                "/api/v1/labels/similar",
                VIEWER,
                "Stretches that look like a given one, to label many at once",
                similar,
            )
            .asks()
            .long(),
            Route::post(
                "/api/v1/labels/patterns",
                VIEWER,
                "What comes again and what stands alone in a range, by the matrix profile",
                patterns,
            )
            .asks()
            .long()
            .also(&[LINES]),
            Route::get("/api/v1/labels/{id}", VIEWER, "A label", one),
            Route::delete("/api/v1/labels/{id}", OPERATOR, "Remove a label", remove),
        ],
    }
}

/// Which labels.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// Of this asset only.
    asset: Option<u32>,
    /// Of what lies below the asset too.
    below: bool,
    /// Of this kind only.
    label: Option<LabelKind>,
    /// That touch the range from here on.
    from: Option<Moment>,
    /// That touch the range up to here.
    to: Option<Moment>,
    /// Where the page before ended.
    cursor: Option<u64>,
    /// Labels on the page, 1 to 5 000; 200 when left out.
    limit: Option<usize>,
}

/// A label.
#[derive(Debug, Serialize, JsonSchema)]
struct LabelView {
    /// Its number; grows, never reused.
    id: u64,
    /// The asset; what lies below it is meant too.
    asset: AssetId,
    /// Where the asset stands.
    asset_path: String,
    /// What people call the asset.
    asset_name: String,
    /// When it began.
    t_start: Moment,
    /// When it was over; the same for a single moment.
    t_end: Moment,
    /// What it was.
    label: LabelKind,
    /// The failure mode.
    failure_mode: Option<String>,
    /// The part concerned.
    component: Option<String>,
    /// How sure, 0–1.
    confidence: f64,
    /// Who says so.
    source: LabelSource,
    /// Their name.
    user: String,
    /// In their words.
    note: String,
    /// When it was written.
    created: Moment,
}

impl LabelView {
    fn of(stored: StoredLabel, catalogue: &Catalogue) -> Self {
        let StoredLabel { id, created, label } = stored;
        let asset = catalogue.asset(label.asset);
        Self {
            id,
            asset: label.asset,
            asset_path: asset.map(|a| a.path.to_string()).unwrap_or_default(),
            asset_name: asset.map(|a| a.title().to_owned()).unwrap_or_default(),
            t_start: label.range.from.into(),
            t_end: label.range.to.into(),
            label: label.label,
            failure_mode: label.failure_mode,
            component: label.component,
            confidence: label.confidence,
            source: label.source,
            user: label.user,
            note: label.note,
            created: created.into(),
        }
    }
}

/// A label to be written. The asset is given by number or by path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewLabel {
    /// The asset's number.
    #[serde(default)]
    asset: Option<u32>,
    /// The asset's path, instead of its number.
    #[serde(default)]
    asset_path: Option<String>,
    /// When it began.
    t_start: Moment,
    /// When it was over; the same moment when left out.
    #[serde(default)]
    t_end: Option<Moment>,
    /// What it was. Default `fault`.
    #[serde(default)]
    label: LabelKind,
    /// The failure mode, at most 200 characters.
    #[serde(default)]
    failure_mode: Option<String>,
    /// The part concerned, at most 200 characters.
    #[serde(default)]
    component: Option<String>,
    /// How sure, 0–1. Default 1.
    #[serde(default = "sure")]
    confidence: f64,
    /// Who says so. Default `human`.
    #[serde(default)]
    source: LabelSource,
    /// At most 2 000 characters.
    #[serde(default)]
    note: String,
}

const fn sure() -> f64 {
    1.0
}

impl NewLabel {
    fn named(self, user: &str, paths: &BTreeMap<&str, AssetId>) -> Result<Label, Problem> {
        let by_path = |path: String| paths.get(path.as_str()).copied().ok_or_else(|| Problem::missing("asset", path));
        let asset = match (self.asset, self.asset_path) {
            (Some(id), None) => AssetId::new(id),
            (None, Some(path)) => by_path(path)?,
            _ => return Err(Problem::argument("give either asset or asset_path")),
        };
        let word = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        Ok(Label {
            asset,
            range: TimeRange::new(self.t_start.0, self.t_end.unwrap_or(self.t_start).0),
            label: self.label,
            failure_mode: word(self.failure_mode),
            component: word(self.component),
            confidence: self.confidence,
            source: self.source,
            user: user.to_owned(),
            note: self.note,
        })
    }
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<LabelView>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let catalogue = call.node().catalogue();
    let bound = |given: Option<Moment>, otherwise| given.map_or(otherwise, |moment| moment.0);
    let wanted = LabelFilter {
        assets: filter.asset.map(|id| meant(&catalogue, AssetId::new(id), filter.below)),
        range: TimeRange::new(bound(filter.from, Timestamp::MIN), bound(filter.to, Timestamp::MAX)),
        label: filter.label,
        before: filter.cursor,
        limit: limit + 1,
    };
    let found = call.app.blocking(move |node| node.labels().list(&wanted)).await?;
    let items = found.into_iter().map(|stored| LabelView::of(stored, &catalogue)).collect();
    Ok(Reply(List::page(items, limit, |label: &LabelView| label.id.to_string())))
}

/// The asset, and what lies below it when that is wanted too.
pub(super) fn meant(catalogue: &Catalogue, id: AssetId, below: bool) -> Vec<AssetId> {
    let Some(top) = catalogue.asset(id).filter(|_| below) else { return vec![id] };
    catalogue.assets().filter(|asset| asset.path.within(&top.path)).map(|asset| asset.id).collect()
}

fn view(node: &Node, id: u64) -> Result<LabelView, Problem> {
    let stored = node.labels().get(id)?.ok_or_else(|| Problem::missing("label", id))?;
    Ok(LabelView::of(stored, &node.catalogue()))
}

async fn one(call: Call, At(id): At<u64>) -> Result<Reply<LabelView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| view(node, id)).await?))
}

/// Writes labels in the name of who asks; their numbers.
async fn write(call: &Call, new: Vec<NewLabel>) -> Result<Vec<u64>, Problem> {
    let user = call.name().to_owned();
    call.app
        .blocking(move |node| {
            let catalogue = node.catalogue();
            let paths = catalogue.assets().map(|asset| (asset.path.as_str(), asset.id)).collect();
            let labels: Vec<Label> =
                new.into_iter().map(|label| label.named(&user, &paths)).collect::<Result<_, _>>()?;
            Ok::<_, Problem>(node.labels().add(&labels)?)
        })
        .await
}

async fn add(call: Call, Sent(new): Sent<NewLabel>) -> Result<Made<LabelView>, Problem> {
    let ids = write(&call, vec![new]).await?;
    let id = ids.first().copied().unwrap_or_default();
    Ok(Made(call.app.blocking(move |node| view(node, id)).await?))
}

/// Labels to be written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ManyLabels")]
struct Many {
    /// At most 20 000.
    labels: Vec<NewLabel>,
}

/// What was written.
#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    /// The numbers of the labels, in the order given.
    ids: Vec<u64>,
}

async fn import(call: Call, Sent(many): Sent<Many>) -> Result<Made<Written>, Problem> {
    if many.labels.len() > IMPORT_MAX {
        return Err(Problem::argument(format!("labels: {} are given, {IMPORT_MAX} can be", many.labels.len())));
    }
    Ok(Made(Written { ids: write(&call, many.labels).await? }))
}

async fn remove(call: Call, At(id): At<u64>) -> Result<Done, Problem> {
    call.app.blocking(move |node| node.labels().remove(id)).await?;
    Ok(Done)
}

/// What to look for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Like {
    /// The asset.
    asset: AssetId,
    /// Numbers of its signals that are compared, at most 16; all that it measures when left out.
    #[serde(default)]
    signals: Vec<SignalId>,
    /// When the stretch began.
    from: Moment,
    /// When it was over.
    to: Moment,
    /// How many to find, 1 to 100; 20 when left out.
    #[serde(default)]
    limit: Option<usize>,
    /// Look from here on; from the first sample when left out.
    #[serde(default)]
    search_from: Option<Moment>,
    /// Look up to here; up to the last sample when left out.
    #[serde(default)]
    search_to: Option<Moment>,
}

async fn similar(call: Call, Sent(like): Sent<Like>) -> Result<Reply<Similar>, Problem> {
    let bound = |given: Option<Moment>, otherwise| given.map_or(otherwise, |moment| moment.0);
    let wish = SimilarWish {
        asset: like.asset,
        signals: like.signals,
        like: TimeRange::new(like.from.0, like.to.0),
        within: TimeRange::new(bound(like.search_from, Timestamp::MIN), bound(like.search_to, Timestamp::MAX)),
        count: like.limit.unwrap_or(SIMILAR).clamp(1, SIMILAR_MAX),
    };
    Ok(Reply(call.app.blocking(move |node| node.similar(&wish)).await?))
}

/// What comes again and what stands alone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PatternsOf {
    /// The asset.
    asset: AssetId,
    /// Its signals that are compared, at most 16; all gauges that it measures when left out.
    #[serde(default)]
    signals: Vec<SignalId>,
    /// From when on to look; from the first sample when left out.
    #[serde(default)]
    from: Option<Moment>,
    /// Until when; to the last sample when left out.
    #[serde(default)]
    to: Option<Moment>,
    /// How long a course is, s; a fiftieth of the range when left out.
    #[serde(default)]
    window_s: Option<f64>,
    /// How many of either kind at most, 1 to 50; 10 when left out.
    #[serde(default)]
    limit: Option<usize>,
}

async fn patterns(
    call: Call,
    (Accept(accept), Sent(asked)): (Accept, Sent<PatternsOf>),
) -> Result<Told<Reply<Patterns>>, Problem> {
    /// Microseconds of a second.
    const SECOND: f64 = 1e6;
    let bound = |given: Option<Moment>, otherwise| given.map_or(otherwise, |moment| moment.0);
    #[allow(clippy::cast_possible_truncation, reason = "what is beyond any range is cut off there")]
    let window = |seconds: f64| (seconds * SECOND) as i64;
    let wish = PatternsWish {
        asset: asked.asset,
        signals: asked.signals,
        within: TimeRange::new(bound(asked.from, Timestamp::MIN), bound(asked.to, Timestamp::MAX)),
        window_us: asked.window_s.map(window),
        count: asked.limit.unwrap_or(PATTERNS).clamp(1, PATTERNS_MAX),
    };
    let look = move |node: &Node, teller: &Teller| {
        node.patterns(&wish, &|share| teller.tell(|| json!({ "share": share }))).map(Reply)
    };
    let last = |found: Result<&Reply<Patterns>, &Error>| match found {
        Ok(Reply(found)) => json!({ "done": found }),
        Err(error) => lines::failed(error, "No patterns can be looked for"),
    };
    lines::told(&call, accept.contains(LINES), look, last).await
}
