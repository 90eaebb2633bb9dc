//! Ranks of failure modes as people change them: written into the plant files, with a history and the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_plant::{Asset, AssetId, AssetPath, Ranks, Template, Timestamp};
use gemba_solutions::maintenance::reliability::{SeenOccurrence, occurrences};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{ModeEntry, PlantFile, is_known};
use crate::node::blocking;
use crate::{Error, Moment, Node, Plant, fmea, reliability};

/// Ranks that pages and commands give go into this file of the plant folder, where no other file has them.
const RANKS_FILE: &str = "failure-modes.toml";

/// For which machines ranks hold: those that follow the template, at or below the place; all when neither is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RankScope {
    /// Machines that follow this template only.
    pub template: Option<String>,
    /// Machines at or below this place only.
    pub asset: Option<AssetPath>,
}

/// Ranks as far as a site gives them, 1–10 each; what is null is as it is for more machines, in the end as the template has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GivenRanks {
    /// How bad it is.
    pub severity: Option<u8>,
    /// How often.
    pub occurrence: Option<u8>,
    /// How surely it is seen before; 10 never.
    pub detection: Option<u8>,
}

/// A change of ranks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RankEdit {
    /// The failure mode.
    pub mode: String,
    /// For which machines.
    pub scope: RankScope,
    /// What was given for them.
    pub before: GivenRanks,
    /// What is given for them.
    pub after: GivenRanks,
    /// Why, in somebody's words.
    #[serde(default)]
    pub note: String,
}

/// A change of ranks, by whom and when.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RankChange {
    /// Its number; grows, never reused.
    pub id: u64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub edit: RankEdit,
    /// For which machines, in words.
    pub machines: String,
    /// The change that it takes back; none for one of its own.
    pub undoes: Option<u64>,
}

/// Ranks that are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RankDraft {
    /// The failure mode.
    pub mode: String,
    /// For which machines.
    pub scope: RankScope,
    /// What is given for them from now on; with none of the three they are as for more machines again.
    pub ranks: GivenRanks,
    /// Why, in somebody's words.
    pub note: String,
}

/// Ranks that the site gives for some machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GivenAt {
    /// For which.
    #[serde(flatten)]
    pub scope: RankScope,
    /// The same in words.
    pub machines: String,
    /// What.
    #[serde(flatten)]
    pub ranks: GivenRanks,
}

/// Where the ranks of a failure mode of a machine come from.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ModeRanks {
    /// The failure mode.
    pub mode: String,
    /// What the template says; none for a mode that is not of the template.
    pub template: Option<Ranks>,
    /// What the site gives, the nearest last: it goes before those before it.
    pub given: Vec<GivenAt>,
    /// How often machines of the kind failed so: a suggestion for the occurrence. None when it never happened within records.
    pub seen: Option<SeenOccurrence>,
}

impl GivenRanks {
    fn of(entry: &ModeEntry) -> Self {
        Self { severity: entry.severity, occurrence: entry.occurrence, detection: entry.detection }
    }

    fn any(self) -> bool {
        self != Self::default()
    }
}

impl RankScope {
    fn of(entry: &ModeEntry) -> Self {
        Self { template: entry.template.clone(), asset: entry.asset.clone() }
    }
}

impl Plant {
    /// Gives ranks for some machines, in the plant files, and notes it in the history.
    ///
    /// # Errors
    /// When a rank is not 1 to 10, the mode, template or place is not there, nothing would change, or the files cannot be written.
    pub async fn put_ranks(&self, draft: RankDraft, by: &str) -> Result<RankChange, Error> {
        self.change_ranks(draft, by, None).await
    }

    /// Takes a change of ranks back: what was given before is given again.
    ///
    /// # Errors
    /// When it is not there, the ranks have been changed since, or the files cannot be written.
    pub async fn undo_ranks(&self, id: u64, by: &str) -> Result<RankChange, Error> {
        let state = self.0.state.clone();
        let former = blocking(move || state.rank_change(id)).await?;
        let RankEdit { mode, scope, before, note, .. } = former.edit.clone();
        let draft = RankDraft { mode, scope, ranks: before, note };
        self.change_ranks(draft, by, Some(former)).await
    }

    /// Changes of ranks, newest first. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn rank_changes(&self, mode: Option<&str>, limit: usize) -> Result<Vec<RankChange>, Error> {
        self.0.state.rank_changes(mode, limit)
    }

    async fn change_ranks(&self, draft: RankDraft, by: &str, undoes: Option<RankChange>) -> Result<RankChange, Error> {
        let core = Arc::clone(&self.0);
        let there = |asset: &Asset| draft.scope.asset.as_ref().is_none_or(|place| asset.path.within(place));
        if !core.registry.catalogue().assets().any(there) {
            let name = draft.scope.asset.map(|place| place.to_string()).unwrap_or_default();
            return Err(Error::NotFound { what: "place", name });
        }
        let takes_back = undoes.as_ref().map(|change| change.id);
        let written = move |files: &mut BTreeMap<String, PlantFile>| {
            let before = give(files, &draft, undoes.as_ref())?;
            let RankDraft { mode, scope, ranks, note } = draft;
            Ok(RankEdit { mode, scope, before, after: ranks, note })
        };
        let edit = self.edit(written).await?;
        let (by, at) = (by.to_owned(), core.clock.now());
        blocking(move || {
            let id = core.state.put_rank_change(&edit, (&by, at), takes_back)?;
            Ok(RankChange { id, at: at.into(), by, machines: edit.scope.words(), edit, undoes: takes_back })
        })
        .await
    }
}

/// Writes the ranks into the entry of this mode and scope; what it said before.
fn give(
    files: &mut BTreeMap<String, PlantFile>,
    draft: &RankDraft,
    undoes: Option<&RankChange>,
) -> Result<GivenRanks, Error> {
    let own = |entry: &ModeEntry| entry.id == draft.mode && RankScope::of(entry) == draft.scope;
    let name = files.values().flat_map(|file| &file.failure_modes).find(|e| e.id == draft.mode && !e.name.is_empty());
    let blank = ModeEntry {
        id: draft.mode.clone(),
        name: name.map(|entry| entry.name.clone()).filter(|_| !is_known(&draft.mode)).unwrap_or_default(),
        template: draft.scope.template.clone(),
        asset: draft.scope.asset.clone(),
        ..ModeEntry::default()
    };
    // of two entries alike the later one holds
    let holds = |(name, file): (&String, &PlantFile)| file.failure_modes.iter().any(own).then(|| name.clone());
    let home = files.iter().rev().find_map(holds);
    let file = files.entry(home.unwrap_or_else(|| RANKS_FILE.to_owned())).or_default();
    let at = file.failure_modes.iter().rposition(own);
    let stands = at.and_then(|at| file.failure_modes.get(at)).unwrap_or(&blank);
    let before = GivenRanks::of(stands);
    if let Some(former) = undoes.filter(|former| former.edit.after != before) {
        return Err(Error::Refused {
            what: format!("the ranks of {} have been changed since change {}", draft.mode, former.id),
            cure: "take the later change back first, or give the ranks anew".into(),
        });
    }
    let GivenRanks { severity, occurrence, detection } = draft.ranks;
    let wanted = ModeEntry { severity, occurrence, detection, ..stands.clone() };
    if let Some((_, what, cure)) = wanted.faults().into_iter().next() {
        return Err(Error::Refused { what, cure });
    }
    if before == draft.ranks {
        return Err(Error::Refused { what: "nothing would change".into(), cure: "give other ranks".into() });
    }
    match at {
        // an entry that says nothing any more goes, unless it names a mode of the site's own
        Some(at) if wanted == blank && blank.name.is_empty() => drop(file.failure_modes.remove(at)),
        Some(at) => file.failure_modes.get_mut(at).into_iter().for_each(|entry| *entry = wanted.clone()),
        None => file.failure_modes.push(wanted),
    }
    Ok(before)
}

impl Node {
    /// Where the ranks of a machine's failure modes come from, and how often its kind failed in each way. Blocks for the state
    /// and, once a day, the store.
    ///
    /// # Errors
    /// When there is no such asset, or the state or the store cannot be read.
    pub fn ranks(&self, asset: AssetId) -> Result<Vec<ModeRanks>, Error> {
        let core = self.core();
        let catalogue = core.registry.catalogue();
        let found = catalogue.asset(asset);
        let asset = found.ok_or_else(|| Error::NotFound { what: "asset", name: asset.to_string() })?;
        let mut since: BTreeMap<AssetId, Timestamp> = BTreeMap::new();
        for machine in reliability::kind(&catalogue, asset) {
            since.insert(machine, self.work().since(&catalogue, machine)?.unwrap_or(Timestamp::MAX));
        }
        let seen = occurrences(&since, &core.ends_of_use()?, core.clock.now());
        let entries = core.registry.modes();
        let of = |mode: fmea::Mode| ModeRanks {
            template: fmea::of_template(asset, &mode.id),
            given: given(asset, &mode.id, &entries),
            seen: seen.iter().find(|seen| seen.failure_mode == mode.id).cloned(),
            mode: mode.id,
        };
        Ok(fmea::modes(asset, &entries).into_iter().map(of).collect())
    }
}

fn given(asset: &Asset, mode: &str, entries: &[ModeEntry]) -> Vec<GivenAt> {
    let ours = fmea::fitting(asset, entries).into_iter().filter(|entry| entry.id == mode);
    let at = |entry: &ModeEntry| {
        let scope = RankScope::of(entry);
        GivenAt { machines: scope.words(), scope, ranks: GivenRanks::of(entry) }
    };
    ours.map(at).filter(|given| given.ranks.any()).collect()
}

impl RankScope {
    /// For people: `every pump at or below acme/north`.
    pub fn words(&self) -> String {
        let kind = self.template.as_deref().and_then(Template::named).map_or("machine", |template| template.name);
        let place = self.asset.as_ref().map_or_else(String::new, |place| format!(" at or below {place}"));
        format!("every {}{place}", kind.replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(template: Option<&str>, asset: Option<&str>) -> RankScope {
        RankScope { template: template.map(str::to_owned), asset: asset.map(|path| AssetPath::new(path).unwrap()) }
    }

    fn draft(mode: &str, scope: RankScope, ranks: [Option<u8>; 3]) -> RankDraft {
        let [severity, occurrence, detection] = ranks;
        let ranks = GivenRanks { severity, occurrence, detection };
        RankDraft { mode: mode.into(), scope, ranks, note: String::new() }
    }

    fn files(text: &str) -> BTreeMap<String, PlantFile> {
        BTreeMap::from([("pumps.toml".to_owned(), toml_edit::de::from_str(text).unwrap())])
    }

    #[test]
    fn ranks_go_where_the_site_wrote_them_and_an_entry_that_says_nothing_goes() {
        let mut all = files(
            "[[failure_mode]]\nid = \"cavitation\"\nasset = \"acme\"\nhours = 3.0\n[[failure_mode]]\nid = \"cavitation\"\nseverity = 4\n",
        );
        let here = scope(None, Some("acme"));
        let before = give(&mut all, &draft("cavitation", here.clone(), [Some(9), None, None]), None).unwrap();
        assert_eq!(before, GivenRanks::default());
        let entry = &all["pumps.toml"].failure_modes[0];
        assert_eq!((entry.severity, entry.hours), (Some(9), Some(3.0)));
        give(&mut all, &draft("cavitation", here, [None; 3]), None).unwrap();
        assert_eq!(all["pumps.toml"].failure_modes.len(), 2, "it still says how long mending takes");
        give(&mut all, &draft("cavitation", scope(None, None), [None; 3]), None).unwrap();
        assert_eq!(all["pumps.toml"].failure_modes.len(), 1, "it says nothing any more");
        give(&mut all, &draft("bearing_wear", scope(Some("pump"), None), [None, Some(5), None]), None).unwrap();
        assert_eq!(all[RANKS_FILE].failure_modes[0].occurrence, Some(5));
    }

    #[test]
    fn ranks_that_cannot_be_are_refused_with_what_to_do() {
        let mut all =
            files("[[failure_mode]]\nid = \"scale\"\nname = \"Scale in the heater\"\nasset = \"acme/north\"\n");
        let mut told = |mode: &str, scope, ranks| {
            give(&mut all, &draft(mode, scope, ranks), None).map_err(|e| gemba_plant::port::told(&e))
        };
        assert!(told("cavitation", scope(None, None), [Some(11), None, None]).unwrap_err().contains("1 to 10"));
        assert!(told("cavitaton", scope(None, None), [Some(3), None, None]).unwrap_err().contains("write cavitation"));
        assert!(
            told("cavitation", scope(Some("pmup"), None), [Some(3), None, None]).unwrap_err().contains("write pump")
        );
        assert!(told("cavitation", scope(None, None), [None; 3]).unwrap_err().contains("nothing would change"));
        // a mode of the site's own keeps its name elsewhere
        told("scale", scope(None, None), [Some(3), None, None]).unwrap();
        assert_eq!(all[RANKS_FILE].failure_modes[0].name, "Scale in the heater");
        let north = scope(None, Some("acme/north"));
        give(&mut all, &draft("scale", north.clone(), [Some(3), None, None]), None).unwrap();
        give(&mut all, &draft("scale", north, [None; 3]), None).unwrap();
        assert_eq!(all["pumps.toml"].failure_modes.len(), 1, "it is the one that says what the mode is called");
    }

    #[test]
    fn scopes_are_told_in_words() {
        assert_eq!(scope(Some("pump"), Some("acme/north")).words(), "every pump at or below acme/north");
        assert_eq!(scope(None, None).words(), "every machine");
    }
}
