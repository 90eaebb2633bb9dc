//! Alarms of Gemba itself: a connection that is gone, a disk without room, operators that do not keep up. One each, not
//! one a signal; they come and go by themselves.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use gemba_act::{AlarmRequest, Behaviour};
use gemba_plant::{Alarm, AlarmClass, AssetId, AssetPath, Catalogue, Priority};
use gemba_store::Condition;

use crate::Error;
use crate::node::Core;

/// What keys of such alarms begin with.
const PREFIX: &str = "system:";
/// Operators are behind when a queue before them is so full.
const BEHIND: f64 = 0.5;
/// … for so long, ms; and no longer after so long.
const BEHIND_MS: u64 = 60_000;

/// Makes the alarm of a key; none while there is no asset to hang it on.
type Make = Box<dyn Fn(&Core, &str) -> Option<AlarmRequest>>;

/// What was reported to the alarm book as holding, by key.
#[derive(Debug, Default)]
pub(crate) struct SystemAlarms(Mutex<BTreeMap<String, AlarmRequest>>);

impl Core {
    /// Looks at Gemba itself and tells the alarm book what holds and what is over.
    pub(crate) fn look_at_itself(&self) -> Result<(), Error> {
        let mut told = self.system.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = BTreeMap::new();
        for (key, make) in self.holding() {
            // what goes on keeps the words it began with, and its place
            let request = told.remove(&key).map_or_else(|| make(self, &key), Some);
            now.extend(request.map(|request| (key, request)));
        }
        let mut each: Vec<(AlarmRequest, bool)> = now.values().map(|request| (request.clone(), true)).collect();
        each.extend(told.values().map(|request| (request.clone(), false)));
        // and those of a run before
        let own = |alarm: &Alarm| alarm.class == AlarmClass::System && alarm.key.starts_with(PREFIX);
        let before = self.alarms.open_now().into_iter().filter(own);
        let over = before.filter(|alarm| !now.contains_key(&alarm.key) && !told.contains_key(&alarm.key));
        each.extend(over.map(|alarm| {
            let Alarm { asset, key, message, class, .. } = alarm;
            (AlarmRequest { class, ..AlarmRequest::new(asset, key, message) }, false)
        }));
        self.alarms.conditions(&each)?;
        *told = now;
        Ok(())
    }

    /// The keys of what holds now, and what makes an alarm of each.
    fn holding(&self) -> Vec<(String, Make)> {
        let mut all: Vec<(String, Make)> = Vec::new();
        for (name, why, cure) in self.board.lost() {
            let key = format!("{PREFIX}connection:{name}");
            all.push((key, Box::new(move |core, key| core.connection_lost(key, &name, (&why, &cure)))));
        }
        for (asset, why) in self.aside.all() {
            let key = format!("{PREFIX}unwatched:{asset}");
            all.push((key, Box::new(move |core, key| core.unwatched(key, asset, &why))));
        }
        let condition = self.store.stats().state;
        if matches!(condition, Condition::DiskFull | Condition::Faulted) {
            all.push((format!("{PREFIX}disk"), Box::new(move |core, key| core.no_room(key, condition))));
        }
        if self.flow().is_some_and(|flow| flow.fullness() >= BEHIND || !flow.behind().is_empty()) {
            all.push((format!("{PREFIX}operators"), Box::new(Self::behind)));
        }
        all
    }

    fn connection_lost(&self, key: &str, name: &str, (why, cure): (&str, &str)) -> Option<AlarmRequest> {
        let catalogue = self.registry.catalogue();
        let bound = catalogue.signals().filter(|s| s.binding.as_ref().is_some_and(|b| b.connection == name));
        let bound: Vec<AssetId> = bound.map(|s| s.asset).collect();
        let asset = home(&catalogue, bound.iter().copied()).or_else(|| top(&catalogue))?;
        let after_ms = self.plan.file.bad_after_s.saturating_mul(1_000);
        let cure = if cure.is_empty() { "check the device, its network and its address" } else { cure };
        Some(self.ask(AlarmRequest {
            priority: Priority::Medium,
            cause: why.to_owned(),
            consequence: format!(
                "Values of {} signals are bad, what happens there is not seen, and nothing is concluded from them.",
                bound.len()
            ),
            response: format!("Under Connections: {cure}. Gemba goes on by itself when it is back."),
            behaviour: Behaviour { on_delay_ms: after_ms, ..Behaviour::default() },
            ..AlarmRequest::new(asset, key, format!("connection {name} is lost"))
        }))
    }

    fn unwatched(&self, key: &str, asset: AssetId, why: &str) -> Option<AlarmRequest> {
        let name = self.registry.catalogue().asset(asset)?.title().to_owned();
        Some(self.ask(AlarmRequest {
            priority: Priority::Medium,
            cause: format!("Its operators cannot be made: {why}"),
            consequence: "Its data is kept, but no limit and no model looks at it; all other assets are watched.".into(),
            response: "Look at what was changed last in its configuration, and send the log to whoever maintains Gemba; it is tried \
                       again when the configuration of the asset changes, and with the next start."
                .into(),
            ..AlarmRequest::new(asset, key, format!("{name} is not watched"))
        }))
    }

    fn no_room(&self, key: &str, condition: Condition) -> Option<AlarmRequest> {
        let (message, response) = if condition == Condition::DiskFull {
            (
                "the disk is full",
                "Free space on the disk of the data folder, or keep less (store.retain); Gemba goes on by itself.",
            )
        } else {
            (
                "the disk cannot be written",
                "Look at the disk of the data folder and at the log; Gemba tries again by itself.",
            )
        };
        Some(self.ask(AlarmRequest {
            priority: Priority::High,
            cause: format!("{} MB are free.", self.store.stats().disk_free / 1_000_000),
            consequence: "Nothing is accepted: sources wait, and those that cannot wait lose what they measure.".into(),
            response: response.into(),
            ..AlarmRequest::new(top(&self.registry.catalogue())?, key, message)
        }))
    }

    fn behind(&self, key: &str) -> Option<AlarmRequest> {
        Some(self.ask(AlarmRequest {
            priority: Priority::Medium,
            cause: "More arrives than is looked at: the queues before the operators fill up.".into(),
            consequence:
                "Findings and alarms come late. What arrives is stored all the same, and looked at from there.".into(),
            response: "Give the machine more processors, sample less often, or watch fewer assets on this node.".into(),
            behaviour: Behaviour { on_delay_ms: BEHIND_MS, off_delay_ms: BEHIND_MS, ..Behaviour::default() },
            ..AlarmRequest::new(top(&self.registry.catalogue())?, key, "what arrives is not looked at in time")
        }))
    }

    /// With the plant's rules for alarms of this class, but not sooner than it asks for.
    fn ask(&self, request: AlarmRequest) -> AlarmRequest {
        let own = request.behaviour.clone();
        let request = AlarmRequest { class: AlarmClass::System, ..request }.with_rules(self.alarms.config());
        let rules = request.behaviour.clone();
        let behaviour = Behaviour {
            on_delay_ms: own.on_delay_ms.max(rules.on_delay_ms),
            off_delay_ms: own.off_delay_ms.max(rules.off_delay_ms),
            ..rules
        };
        AlarmRequest { behaviour, ..request }
    }
}

/// The lowest asset that holds all of these; none when there is none.
fn home(catalogue: &Catalogue, assets: impl Iterator<Item = AssetId>) -> Option<AssetId> {
    let mut shared: Option<AssetPath> = None;
    let mut last = None;
    for id in assets {
        // signals of an asset follow each other
        if last.replace(id) == Some(id) {
            continue;
        }
        let path = &catalogue.asset(id)?.path;
        let mut up = shared.unwrap_or_else(|| path.clone());
        while !path.within(&up) {
            up = up.parent()?;
        }
        shared = Some(up);
    }
    catalogue.asset_at(&shared?).map(|asset| asset.id)
}

/// The highest asset, the first by path.
fn top(catalogue: &Catalogue) -> Option<AssetId> {
    catalogue.assets().min_by(|a, b| a.path.cmp(&b.path)).map(|asset| asset.id)
}
