//! Alarms: who must look, and what they do about it.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_act::{Digest, JournalEntry, Rates, Source};
use gemba_node::state::AlarmFilter;
use gemba_node::{AlarmAction, Node};
use gemba_plant::{AlarmClass, AlarmState, AssetId, Catalogue, Priority};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::input::{Args, At, Sent};
use crate::moment::Moment;
use crate::output::{List, Reply};
use crate::problem::Problem;
use crate::table::{OPERATOR, Resource, Route, VIEWER};
use crate::views::{AlarmView, Names};

/// Alarms on a page when nothing else is asked.
const LIMIT: usize = 200;
/// Alarms on a page at most.
const LIMIT_MAX: usize = 2_000;
/// Alarms that can be acknowledged at once.
const ACK_MAX: usize = 2_000;
/// The longest comment, in characters.
const COMMENT_MAX: usize = 1_000;

pub(super) fn resource() -> Resource {
    let act = |path, summary, act| Route::post(path, OPERATOR, summary, move |call, input| simple(call, act, input));
    Resource {
        name: "alarms",
        about: "What calls for a person (ISA-18.2).",
        routes: vec![
            Route::get("/api/v1/alarms", VIEWER, "Alarms, newest first", list),
            Route::get("/api/v1/alarms/rates", VIEWER, "Alarm figures of the last 24 hours", rates),
            Route::get(
                "/api/v1/alarms/digest",
                VIEWER,
                "Learned alarms that were counted instead of raised, 24 hours",
                digest,
            ),
            Route::post("/api/v1/alarms/ack", OPERATOR, "Acknowledge many alarms", ack_many),
            Route::get("/api/v1/alarms/{id}", VIEWER, "An alarm", one),
            Route::get("/api/v1/alarms/{id}/journal", VIEWER, "What happened to an alarm, oldest first", journal),
            act("/api/v1/alarms/{id}/ack", "Acknowledge an alarm", AlarmAction::Ack),
            Route::post("/api/v1/alarms/{id}/shelve", OPERATOR, "Set an alarm aside for a while", shelve),
            act("/api/v1/alarms/{id}/unshelve", "Take an alarm back from the shelf", AlarmAction::Unshelve),
            act("/api/v1/alarms/{id}/out-of-service", "Set an alarm aside for maintenance", AlarmAction::OutOfService),
            act(
                "/api/v1/alarms/{id}/return-to-service",
                "Take an alarm back from maintenance",
                AlarmAction::ReturnToService,
            ),
            act("/api/v1/alarms/{id}/reset", "Release an alarm that latches", AlarmAction::Reset),
        ],
    }
}

/// Which alarms.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Filter {
    /// `open`: not back to normal; `all`; or a state such as `shelved`. All when left out.
    state: Option<Wanted>,
    /// Of this priority only.
    priority: Option<Priority>,
    /// Of this class only.
    class: Option<AlarmClass>,
    /// Of this asset only.
    asset: Option<u32>,
    /// Where the page before ended.
    cursor: Option<u64>,
    /// Alarms on the page, 1 to 2 000; 200 when left out.
    limit: Option<usize>,
}

/// States to filter by.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// All that are not back to normal.
    Open,
    /// Whatever the state.
    All,
    /// One state.
    #[serde(untagged)]
    State(AlarmState),
}

impl Filter {
    fn to_node(&self, limit: usize) -> AlarmFilter {
        let state = match self.state {
            Some(Wanted::State(state)) => Some(state),
            Some(Wanted::Open | Wanted::All) | None => None,
        };
        AlarmFilter {
            open_only: matches!(self.state, Some(Wanted::Open)),
            state,
            priority: self.priority,
            class: self.class,
            asset: self.asset.map(AssetId::new),
            before: self.cursor,
            limit,
        }
    }
}

async fn list(call: Call, Args(filter): Args<Filter>) -> Result<Reply<List<AlarmView>>, Problem> {
    let limit = filter.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let wanted = filter.to_node(limit + 1);
    let found = call.app.blocking(move |node| node.alarms().list(&wanted)).await?;
    let catalogue = call.node().catalogue();
    let items = found.iter().map(|alarm| AlarmView::of(alarm, &Names(&catalogue))).collect();
    Ok(Reply(List::page(items, limit, |alarm: &AlarmView| alarm.id.to_string())))
}

fn view(node: &Node, id: u64) -> Result<AlarmView, Problem> {
    let alarm = node.alarms().get(id)?.ok_or_else(|| Problem::missing("alarm", id))?;
    Ok(AlarmView::of(&alarm, &Names(&node.catalogue())))
}

async fn one(call: Call, At(id): At<u64>) -> Result<Reply<AlarmView>, Problem> {
    Ok(Reply(call.app.blocking(move |node| view(node, id)).await?))
}

/// Something that happened to an alarm.
#[derive(Debug, Serialize, JsonSchema)]
struct Happening {
    /// When.
    time: Moment,
    /// What, in a word or two.
    event: &'static str,
    /// The state before.
    from: AlarmState,
    /// The state after.
    state: AlarmState,
    /// Who did it; none when it came by itself.
    by: Option<String>,
    /// What they wrote.
    comment: String,
    /// When a shelf ends.
    shelved_until: Option<Moment>,
}

impl From<JournalEntry> for Happening {
    fn from(entry: JournalEntry) -> Self {
        Self {
            time: entry.time.into(),
            event: event(entry.from, entry.to),
            from: entry.from,
            state: entry.to,
            by: entry.by,
            comment: entry.comment,
            shelved_until: entry.shelved_until.map(Moment),
        }
    }
}

/// The change of state in words.
const fn event(from: AlarmState, to: AlarmState) -> &'static str {
    use AlarmState as S;
    match (from, to) {
        (S::UnackActive, S::UnackActive) | (S::AckedActive, S::AckedActive) => "priority changed",
        (S::Shelved, S::Normal | S::UnackActive | S::AckedActive) => "back from the shelf",
        (S::OutOfService, S::Normal | S::UnackActive | S::AckedActive) => "back from maintenance",
        (S::SuppressedByDesign, S::Normal | S::UnackActive | S::AckedActive) => "no longer suppressed",
        (S::AckedActive, S::UnackActive) => "sounds again",
        (_, S::UnackActive) => "raised",
        (_, S::AckedActive) => "acknowledged",
        (_, S::RtnUnack) => "condition over",
        (_, S::LatchedUnack) => "condition over, latched",
        (_, S::LatchedAcked) => "latched and acknowledged",
        (_, S::Shelved) => "shelved",
        (_, S::SuppressedByDesign) => "suppressed",
        (_, S::OutOfService) => "out of service",
        (_, S::Normal) => "back to normal",
    }
}

async fn journal(call: Call, At(id): At<u64>) -> Result<Reply<List<Happening>>, Problem> {
    let entries = call
        .app
        .blocking(move |node| {
            node.alarms().get(id)?.ok_or_else(|| Problem::missing("alarm", id))?;
            Ok::<_, Problem>(node.alarms().journal(id)?)
        })
        .await?;
    Ok(Reply(List::whole(entries.into_iter().map(Happening::from).collect())))
}

/// What somebody says about what they do.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Words {
    /// At most 1 000 characters; some alarms want some.
    comment: String,
}

/// How long to set an alarm aside.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shelf {
    /// Minutes, at least 1; the configuration bounds them.
    minutes: u32,
    /// At most 1 000 characters.
    #[serde(default)]
    comment: String,
}

/// Many alarms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    /// Their numbers, at most 2 000.
    ids: Vec<u64>,
    /// At most 1 000 characters.
    #[serde(default)]
    comment: String,
}

async fn simple(
    call: Call,
    action: AlarmAction,
    (At(id), Sent(words)): (At<u64>, Sent<Words>),
) -> Result<Reply<AlarmView>, Problem> {
    act(&call, vec![id], action, words.comment).await?;
    one(call, At(id)).await
}

async fn shelve(call: Call, (At(id), Sent(shelf)): (At<u64>, Sent<Shelf>)) -> Result<Reply<AlarmView>, Problem> {
    let until = call.node().now().plus(Duration::from_mins(u64::from(shelf.minutes.max(1))));
    act(&call, vec![id], AlarmAction::Shelve { until }, shelf.comment).await?;
    one(call, At(id)).await
}

async fn ack_many(call: Call, Sent(many): Sent<Many>) -> Result<Reply<List<AlarmView>>, Problem> {
    if many.ids.len() > ACK_MAX {
        return Err(Problem::argument(format!("ids: {} alarms are given, {ACK_MAX} can be", many.ids.len())));
    }
    let changed = act(&call, many.ids, AlarmAction::Ack, many.comment).await?;
    Ok(Reply(List::whole(changed)))
}

/// Does it, in the name of who asks.
async fn act(call: &Call, ids: Vec<u64>, action: AlarmAction, comment: String) -> Result<Vec<AlarmView>, Problem> {
    if comment.chars().count() > COMMENT_MAX {
        return Err(Problem::argument(format!("comment: it is longer than {COMMENT_MAX} characters")));
    }
    let by = call.name().to_owned();
    call.app
        .blocking(move |node| {
            for id in &ids {
                node.alarms().get(*id)?.ok_or_else(|| Problem::missing("alarm", id))?;
            }
            let changed = node.alarms().act(&ids, action, &by, &comment)?;
            let catalogue = node.catalogue();
            Ok::<_, Problem>(changed.iter().map(|alarm| AlarmView::of(alarm, &Names(&catalogue))).collect())
        })
        .await
}

/// Alarm figures (ISA-18.2 §16).
#[derive(Debug, Serialize, JsonSchema)]
struct RatesView {
    /// New alarms in the last ten minutes. Target about 1.
    per_10min_now: usize,
    /// New alarms per hour. Target about 6.
    per_hour: f64,
    /// Most new alarms in any ten minutes.
    peak_10min: usize,
    /// Whether there is a flood now.
    flood_now: bool,
    /// Share of the time spent in floods, 0–1.
    flood_share: f64,
    /// Those that spoke most often.
    top: Vec<Speaker>,
    /// Those with three or more changes within a minute.
    chattering: Vec<Speaker>,
    /// Those that are active for more than a day.
    stale: Vec<Speaker>,
    /// New alarms by priority.
    by_priority: BTreeMap<String, usize>,
    /// New alarms in each ten minutes.
    histogram: Vec<Bar>,
}

/// An alarm that stands out.
#[derive(Debug, Serialize, JsonSchema)]
struct Speaker {
    /// What makes it the same alarm.
    key: String,
    /// The asset.
    asset: AssetId,
    /// What people call the asset.
    asset_name: String,
    /// How often.
    count: usize,
    /// Since when, for those that stay.
    since: Option<Moment>,
}

/// Ten minutes.
#[derive(Debug, Serialize, JsonSchema)]
struct Bar {
    /// When they begin.
    from: Moment,
    /// How many new alarms.
    count: usize,
}

impl Speaker {
    fn of(source: &Source, catalogue: &Catalogue) -> Self {
        Self {
            key: source.key.clone(),
            asset: source.asset,
            asset_name: title(catalogue, source.asset),
            count: source.count,
            since: None,
        }
    }
}

fn title(catalogue: &Catalogue, asset: AssetId) -> String {
    catalogue.asset(asset).map(|a| a.title().to_owned()).unwrap_or_default()
}

async fn rates(call: Call, (): ()) -> Result<Reply<RatesView>, Problem> {
    Ok(Reply(call.app.blocking(rates_of).await?))
}

fn rates_of(node: &Node) -> Result<RatesView, gemba_node::Error> {
    let catalogue = node.catalogue();
    let Rates {
        per_10min_now,
        per_hour,
        peak_10min,
        flood_now,
        flood_share,
        top,
        chattering,
        stale,
        by_priority,
        histogram,
    } = node.alarms().rates()?;
    let mut staying = Vec::with_capacity(stale.len());
    for alarm in stale {
        if let Some(alarm) = node.alarms().get(alarm)? {
            let (asset_name, since) = (title(&catalogue, alarm.asset), Some(alarm.since.into()));
            staying.push(Speaker { key: alarm.key, asset: alarm.asset, asset_name, count: 1, since });
        }
    }
    Ok(RatesView {
        per_10min_now,
        per_hour,
        peak_10min,
        flood_now,
        flood_share,
        top: top.iter().map(|source| Speaker::of(source, &catalogue)).collect(),
        chattering: chattering.iter().map(|source| Speaker::of(source, &catalogue)).collect(),
        stale: staying,
        by_priority,
        histogram: histogram.into_iter().map(|bin| Bar { from: bin.from.into(), count: bin.count }).collect(),
    })
}

/// What an asset wanted to say beyond its rate of learned alarms.
#[derive(Debug, Serialize, JsonSchema)]
struct DigestView {
    /// The asset.
    asset: AssetId,
    /// Where the asset stands.
    asset_path: String,
    /// What people call the asset.
    asset_name: String,
    /// How many.
    count: u64,
    /// Since when they are counted.
    since: Moment,
    /// When the last was counted.
    last: Moment,
    /// Which, the first met first; at most 50.
    withheld: Vec<WithheldView>,
}

/// An alarm that was counted instead of raised.
#[derive(Debug, Serialize, JsonSchema)]
struct WithheldView {
    /// What makes it the same alarm.
    key: String,
    /// One line.
    message: String,
    /// How urgent.
    priority: Priority,
    /// The finding behind it.
    finding: Option<u64>,
    /// How many times.
    count: u64,
    /// When it was first counted.
    first: Moment,
    /// When it was last counted.
    last: Moment,
}

impl DigestView {
    fn of(digest: Digest, catalogue: &Catalogue) -> Self {
        let told = digest.withheld.into_iter().map(|one| WithheldView {
            key: one.key,
            message: one.message,
            priority: one.priority,
            finding: one.finding,
            count: one.count,
            first: one.first.into(),
            last: one.last.into(),
        });
        Self {
            asset: digest.asset,
            asset_path: catalogue.asset(digest.asset).map(|a| a.path.to_string()).unwrap_or_default(),
            asset_name: title(catalogue, digest.asset),
            count: digest.count,
            since: digest.since.into(),
            last: digest.last.into(),
            withheld: told.collect(),
        }
    }
}

async fn digest(call: Call, (): ()) -> Result<Reply<List<DigestView>>, Problem> {
    let catalogue = call.node().catalogue();
    let digests = call.node().alarms().digests();
    Ok(Reply(List::whole(digests.into_iter().map(|digest| DigestView::of(digest, &catalogue)).collect())))
}
