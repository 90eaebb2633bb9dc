//! The FMEA table of a machine: the failure modes of its template, with what the site wrote of them.

use gemba_act::work::{Part, Repair};
use gemba_plant::{ActionPriority, Asset, BEARING, Effect, FailureMode, NEVER_SEEN, Ranks, Symptom, Template};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::{ModeEntry, is_known};

/// How the numbers of the table are made, for people.
pub const FORMULA: &str = "RPN = severity × occurrence × detection, 1 to 1000 (IEC 60812); the action priority weighs severity \
                           first, then occurrence, then detection (AIAG & VDA 2019). Where no symptom is measured, detection is 10.";

/// A failure mode of a machine.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mode {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) effect: Option<Effect>,
    pub(crate) symptoms: &'static [Symptom],
    pub(crate) prescription: Vec<String>,
    pub(crate) ranks: Written,
    pub(crate) repair: Repair,
}

/// Ranks as far as somebody gave them, and who.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    severity: Option<u8>,
    occurrence: Option<u8>,
    detection: Option<u8>,
    /// Whether the site gave the detection: then it knows of ways to see it that Gemba does not.
    own_detection: bool,
    /// Whether the site gave any of them.
    by_site: bool,
}

/// Who ranked a failure mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RankedBy {
    /// The template: what holds for such machines as a rule.
    Template,
    /// The site, in its plant files.
    Site,
}

/// What a failure mode matters on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ranking {
    /// Severity, occurrence and detection, 1–10.
    #[serde(flatten)]
    pub ranks: Ranks,
    /// Severity × occurrence × detection.
    pub rpn: u16,
    /// What is to be done about it.
    pub priority: ActionPriority,
    /// Who gave the ranks.
    pub ranked_by: RankedBy,
}

impl Written {
    /// The ranking on a machine that measures some of the mode's symptoms, or none; none while a rank is missing.
    pub(crate) fn ranking(self, seen: bool) -> Option<Ranking> {
        let detection = if seen || self.own_detection { self.detection } else { Some(NEVER_SEEN) };
        let ranks = Ranks { severity: self.severity?, occurrence: self.occurrence?, detection: detection? };
        let ranked_by = if self.by_site { RankedBy::Site } else { RankedBy::Template };
        Some(Ranking { ranks, rpn: ranks.rpn(), priority: ranks.priority(), ranked_by })
    }
}

/// The failure modes of a machine. The first that are written hold for more machines, so the later go over them.
pub(crate) fn modes(asset: &Asset, entries: &[ModeEntry]) -> Vec<Mode> {
    let template = asset.template.as_deref().and_then(Template::named);
    let of_template = template.map(|t| t.failure_modes).unwrap_or_default();
    let mut modes: Vec<Mode> = of_template.iter().map(|mode| Mode::of_template(mode, asset)).collect();
    for entry in fitting(asset, entries) {
        let at = modes.iter().position(|mode| mode.id == entry.id);
        // what another template knows is no mode of this machine
        let new = at.is_none() && (entry.template.is_some() || entry.asset.is_some() || !is_known(&entry.id));
        if new {
            modes.push(Mode::of_site(entry));
        }
        let place = at.unwrap_or_else(|| modes.len().saturating_sub(1));
        if let Some(mode) = modes.get_mut(place).filter(|mode| mode.id == entry.id) {
            mode.takes(entry);
        }
    }
    modes
}

/// Those of the site's entries that are about a machine, the nearest last: it goes over those before it.
pub(crate) fn fitting<'a>(asset: &Asset, entries: &'a [ModeEntry]) -> Vec<&'a ModeEntry> {
    let fits = |entry: &&ModeEntry| {
        let here = entry.asset.as_ref().is_none_or(|place| asset.path.within(place));
        here && entry.template.as_ref().is_none_or(|own| Some(own) == asset.template.as_ref())
    };
    let mut fitting: Vec<&ModeEntry> = entries.iter().filter(fits).collect();
    let depth = |entry: &ModeEntry| entry.asset.as_ref().map_or(0, |place| place.as_str().len());
    fitting.sort_by_key(|entry| (depth(entry), entry.template.is_some()));
    fitting
}

/// What the machine's template says of a failure mode.
pub(crate) fn of_template(asset: &Asset, mode: &str) -> Option<Ranks> {
    let template = asset.template.as_deref().and_then(Template::named)?;
    template.failure_modes.iter().find(|known| known.id == mode).map(|known| known.ranks)
}

impl Mode {
    fn of_template(mode: &FailureMode, asset: &Asset) -> Self {
        let part = |spare: &gemba_plant::Spare| {
            let plate = asset.nameplate.bearing.as_deref().filter(|_| *spare == BEARING);
            let number = plate.unwrap_or_default().trim().to_owned();
            Part { number, name: spare.name.to_owned(), quantity: f64::from(spare.quantity) }
        };
        Self {
            id: mode.id.to_owned(),
            name: mode.name.to_owned(),
            effect: Some(mode.effect),
            symptoms: mode.symptoms,
            prescription: mode.prescription.iter().map(|step| (*step).to_owned()).collect(),
            ranks: Written {
                severity: Some(mode.ranks.severity),
                occurrence: Some(mode.ranks.occurrence),
                detection: Some(mode.ranks.detection),
                ..Written::default()
            },
            repair: Repair {
                hours: Some(f64::from(mode.repair.hours)),
                people: Some(u32::from(mode.repair.people)),
                skill: mode.repair.skill.to_owned(),
                parts: mode.repair.spares.iter().map(part).collect(),
                ..Repair::default()
            },
        }
    }

    fn of_site(entry: &ModeEntry) -> Self {
        let known = Template::all().iter().flat_map(|t| t.failure_modes).find(|mode| mode.id == entry.id);
        Self {
            id: entry.id.clone(),
            name: known.map_or_else(|| entry.id.clone(), |mode| mode.name.to_owned()),
            effect: known.map(|mode| mode.effect),
            symptoms: known.map(|mode| mode.symptoms).unwrap_or_default(),
            prescription: Vec::new(),
            ranks: Written::default(),
            repair: Repair::default(),
        }
    }

    /// Takes over what an entry says; what it leaves out stays.
    fn takes(&mut self, entry: &ModeEntry) {
        let over = |own: &mut Option<u8>, said: Option<u8>| *own = said.or(*own);
        over(&mut self.ranks.severity, entry.severity);
        over(&mut self.ranks.occurrence, entry.occurrence);
        over(&mut self.ranks.detection, entry.detection);
        self.ranks.own_detection |= entry.detection.is_some();
        self.ranks.by_site |= [entry.severity, entry.occurrence, entry.detection].iter().any(Option::is_some);
        if !entry.name.is_empty() {
            entry.name.clone_into(&mut self.name);
        }
        if !entry.prescription.is_empty() {
            entry.prescription.clone_into(&mut self.prescription);
        }
        let repair = &mut self.repair;
        repair.hours = entry.hours.or(repair.hours);
        repair.people = entry.people.or(repair.people);
        repair.cost = entry.cost.or(repair.cost);
        repair.failure_cost = entry.failure_cost.or(repair.failure_cost);
        if let Some(skill) = &entry.skill {
            skill.clone_into(&mut repair.skill);
        }
        if let Some(parts) = &entry.parts {
            parts.clone_into(&mut repair.parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use gemba_plant::{AssetId, AssetPath, Level, Nameplate};

    use super::*;

    fn pump(bearing: Option<&str>) -> Asset {
        Asset {
            id: AssetId::new(1),
            path: AssetPath::new("acme/north/pump-1").unwrap(),
            level: Level::Asset,
            name: String::new(),
            template: Some("pump".into()),
            nameplate: Nameplate { bearing: bearing.map(str::to_owned), ..Nameplate::default() },
            learning: None,
        }
    }

    fn entry(id: &str, change: impl FnOnce(&mut ModeEntry)) -> ModeEntry {
        let mut entry = ModeEntry { id: id.into(), ..ModeEntry::default() };
        change(&mut entry);
        entry
    }

    fn find<'a>(modes: &'a [Mode], id: &str) -> &'a Mode {
        modes.iter().find(|mode| mode.id == id).unwrap()
    }

    #[test]
    fn the_nameplate_says_which_bearing_it_is() {
        let with = modes(&pump(Some("6205-2RS")), &[]);
        let wear = find(&with, "bearing_wear");
        assert_eq!(wear.repair.parts, [Part { number: "6205-2RS".into(), name: "bearing".into(), quantity: 1.0 }]);
        let without = modes(&pump(None), &[]);
        assert_eq!(find(&without, "bearing_wear").repair.parts[0].number, "", "nobody has said which");
    }

    #[test]
    fn the_nearest_entry_of_the_site_goes_before_the_template() {
        let place = |text: &str| Some(AssetPath::new(text).unwrap());
        let entries = [
            entry("cavitation", |e| (e.asset, e.severity) = (place("acme/north/pump-1"), Some(9))),
            entry("cavitation", |e| (e.severity, e.occurrence, e.hours) = (Some(2), Some(7), Some(5.0))),
            entry("cavitation", |e| (e.template, e.occurrence) = (Some("pump".into()), Some(8))),
            entry("cavitation", |e| (e.asset, e.severity) = (place("acme/south"), Some(1))),
            entry("tool_wear", |e| e.severity = Some(1)),
            entry("scale", |e| (e.name, e.severity) = ("Scale".into(), Some(4))),
        ];
        let all = modes(&pump(None), &entries);
        let here = find(&all, "cavitation");
        let ranking = here.ranks.ranking(true).unwrap();
        assert_eq!(
            (ranking.ranks, ranking.ranked_by),
            (Ranks { severity: 9, occurrence: 8, detection: 4 }, RankedBy::Site)
        );
        assert_eq!((ranking.rpn, ranking.priority, here.repair.hours), (288, ActionPriority::High, Some(5.0)));
        assert!(all.iter().all(|mode| mode.id != "tool_wear"), "a pump has no tool");
        assert_eq!((find(&all, "scale").name.as_str(), find(&all, "scale").ranks.ranking(true)), ("Scale", None));
    }

    #[test]
    fn what_is_not_measured_is_not_seen_unless_the_site_says_how() {
        let wear = |entries: &[ModeEntry]| find(&modes(&pump(None), entries), "impeller_wear").ranks;
        let blind = wear(&[]).ranking(false).unwrap();
        assert_eq!((blind.ranks.detection, blind.ranked_by), (NEVER_SEEN, RankedBy::Template));
        let rounds = wear(&[entry("impeller_wear", |e| e.detection = Some(6))]).ranking(false).unwrap();
        assert_eq!((rounds.ranks.detection, rounds.ranked_by), (6, RankedBy::Site));
    }
}
