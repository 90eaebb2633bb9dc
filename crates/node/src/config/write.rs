//! Writes a configuration back: changed where its meaning changed and nowhere else. Comments, order and what nobody wrote
//! stay as they are.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike};

use crate::Error;

/// Writes the file that said `before` so that it says `after`; whole or not at all: beside it, synced, then renamed over it.
/// A file that is not there yet, or that cannot be followed, is written anew.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn save<T>(path: &Path, before: Option<&T>, after: &T) -> Result<(), Error>
where
    T: Serialize + DeserializeOwned + PartialEq,
{
    let fail = |source: std::io::Error| Error::File { doing: "writing", path: path.display().to_string(), source };
    let plain = toml_edit::ser::to_string_pretty(after).map_err(|e| fail(std::io::Error::other(e)))?;
    let stands = before.and_then(|before| Some((std::fs::read_to_string(path).ok()?, before)));
    let text = stands.and_then(|(text, before)| edited(&text, before, after)).unwrap_or(plain);
    // a file that is named without its folder lies in this one
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let beside = path.with_extension("toml.new");
    let mut file = std::fs::File::create(&beside).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    std::fs::rename(&beside, path).map_err(fail)?;
    std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(fail)
}

/// `text` with what differs between `before` and `after`. What a person wrote into it meanwhile stays too. None when the
/// outcome would not be what it should.
fn edited<T: Serialize + DeserializeOwned + PartialEq>(text: &str, before: &T, after: &T) -> Option<String> {
    let parsed = |value: &T| -> Option<DocumentMut> { toml_edit::ser::to_string_pretty(value).ok()?.parse().ok() };
    let mut own: DocumentMut = text.parse().ok()?;
    change(own.as_table_mut(), parsed(before)?.as_table(), parsed(after)?.as_table());
    let made = own.to_string();
    let read: T = toml_edit::de::from_str(&made).ok()?;
    let touched = toml_edit::de::from_str::<T>(text).ok()? != *before;
    (touched || read == *after).then_some(made)
}

fn change(own: &mut dyn TableLike, before: &dyn TableLike, after: &dyn TableLike) {
    for (key, _) in before.iter().filter(|(key, _)| !after.contains_key(key)) {
        own.remove(key);
    }
    for (key, wanted) in after.iter() {
        match before.get(key) {
            Some(was) if same(was, wanted) => {}
            Some(was) if own.contains_key(key) => {
                own.get_mut(key).into_iter().for_each(|own| change_item(own, was, wanted));
            }
            _ => drop(own.insert(key, placeless(wanted))),
        }
    }
}

fn change_item(own: &mut Item, was: &Item, wanted: &Item) {
    if let (Some(was), Some(wanted)) = (was.as_table_like(), wanted.as_table_like())
        && let Some(own) = own.as_table_like_mut()
    {
        return change(own, was, wanted);
    }
    if let (Some(was), Some(wanted)) = (was.as_array_of_tables(), wanted.as_array_of_tables())
        && let Some(own) = own.as_array_of_tables_mut()
    {
        return change_list(own, was, wanted);
    }
    match (own.as_value_mut(), wanted.as_value()) {
        (Some(own), Some(wanted)) => {
            let decor = own.decor().clone();
            *own = wanted.clone();
            *own.decor_mut() = decor;
        }
        _ => *own = placeless(wanted),
    }
}

/// Entries are the same when the first thing that we write of them is: an asset's path, a signal's name; of a failure mode,
/// which has an id, also for which machines it is.
fn change_list(own: &mut ArrayOfTables, was: &ArrayOfTables, wanted: &ArrayOfTables) {
    let first = |list: &ArrayOfTables| list.iter().next()?.iter().next().map(|(key, _)| key.to_owned());
    let Some(key) = first(wanted).or_else(|| first(was)) else { return };
    let (stands, knew, wants) = (by_name(own, &key), by_name(was, &key), by_name(wanted, &key));
    let mut list = ArrayOfTables::new();
    for wanted in wanted {
        let name = name(wanted, &key);
        list.push(match stands.get(&name).zip(knew.get(&name)) {
            Some((own, was)) => {
                let mut own = Table::clone(own);
                change(&mut own, *was, wanted);
                own
            }
            None => placeless_table(wanted),
        });
    }
    let new = |own: &&Table| [&knew, &wants].iter().all(|known| !known.contains_key(&name(own, &key)));
    let by_hand = own.iter().filter(new);
    by_hand.for_each(|own| list.push(own.clone()));
    *own = list;
}

/// What makes an entry the same.
type Name<'a> = [Option<&'a str>; 3];

fn name<'a>(table: &'a Table, key: &str) -> Name<'a> {
    let text = |key: &str| table.get(key).and_then(Item::as_str);
    let scope = |scope: &str| text(scope).filter(|_| key == "id");
    [text(key), scope("template"), scope("asset")]
}

/// The first entry of each name.
fn by_name<'a>(list: &'a ArrayOfTables, key: &str) -> BTreeMap<Name<'a>, &'a Table> {
    let mut named = BTreeMap::new();
    for table in list {
        named.entry(name(table, key)).or_insert(table);
    }
    named
}

/// Whether two things that we wrote say the same.
fn same(one: &Item, other: &Item) -> bool {
    if let (Some(one), Some(other)) = (one.as_table_like(), other.as_table_like()) {
        return same_table(one, other);
    }
    if let (Some(one), Some(other)) = (one.as_array_of_tables(), other.as_array_of_tables()) {
        return one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same_table(one, other));
    }
    one.to_string().trim() == other.to_string().trim()
}

fn same_table(one: &dyn TableLike, other: &dyn TableLike) -> bool {
    let within = |key: &str, item: &Item| other.get(key).is_some_and(|other| same(item, other));
    one.len() == other.len() && one.iter().all(|(key, item)| within(key, item))
}

/// Something new: it stands behind what is there, not where it stood among our own words.
fn placeless(item: &Item) -> Item {
    match item {
        Item::Table(table) => Item::Table(placeless_table(table)),
        Item::ArrayOfTables(list) => Item::ArrayOfTables(list.iter().map(placeless_table).collect()),
        other => other.clone(),
    }
}

fn placeless_table(table: &Table) -> Table {
    let mut table = table.clone();
    table.set_position(None);
    table.iter_mut().for_each(|(_, item)| *item = placeless(item));
    table
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct File {
        name: String,
        every_s: u32,
        site: BTreeMap<String, String>,
        assets: Vec<Asset>,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Asset {
        path: String,
        #[serde(default)]
        signals: Vec<Signal>,
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Signal {
        name: String,
        #[serde(default)]
        unit: String,
    }

    const TEXT: &str = "# ours\nname = 'north' # the hall\n\n[site]\n# where\ncity = \"Ulm\"\n\n# the old one\n[[assets]]\npath = \"a\"\n\n[[assets.signals]]\nname = \"x\" # by the door\n\n# the new one\n[[assets]]\npath = \"b\"\n";

    fn after(change: impl FnOnce(&mut File)) -> (String, File) {
        let before: File = toml_edit::de::from_str(TEXT).unwrap();
        let mut after = before.clone();
        change(&mut after);
        (edited(TEXT, &before, &after).unwrap(), after)
    }

    #[test]
    fn nothing_moves_where_nothing_changed() {
        assert_eq!(after(|_| ()).0, TEXT);
        assert_eq!(after(|f| f.name = "south".into()).0, TEXT.replace("'north'", "\"south\""));
        let (text, _) = after(|f| f.every_s = 5);
        assert_eq!(text.replacen("every_s = 5\n", "", 1), TEXT);
    }

    #[test]
    fn entries_come_and_go_beside_their_neighbours() {
        let signal = |name: &str| Signal { name: name.into(), unit: "bar".into() };
        let (text, _) = after(|f| f.assets[0].signals.push(signal("y")));
        let place = |word: &str| text.find(word).unwrap();
        assert!(text.contains("# by the door") && place("\"y\"") < place("# the new one"), "{text}");
        let (text, _) = after(|f| f.assets[0].signals[0].unit = "mm/s".into());
        assert!(text.contains("name = \"x\" # by the door\nunit = \"mm/s\"\n"), "{text}");
        let (text, _) = after(|f| drop(f.assets.remove(0)));
        assert!(!text.contains("by the door") && text.contains("# the new one") && text.contains("# where"), "{text}");
        let (text, _) = after(|f| f.assets.push(Asset { path: "c".into(), signals: vec![signal("z")] }));
        assert!(text.starts_with(TEXT.trim_end()) && text.contains("path = \"c\""), "{text}");
    }

    #[test]
    fn a_failure_mode_is_told_from_the_same_one_of_other_machines() {
        #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
        struct Modes {
            modes: Vec<Mode>,
        }
        #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
        struct Mode {
            id: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            asset: Option<String>,
            severity: u8,
        }
        let text = "# all\n[[modes]]\nid = \"leak\"\nseverity = 4 # as ever\n\n# the old hall\n[[modes]]\nid = \"leak\"\nasset = \"a\"\nseverity = 7\n";
        let before: Modes = toml_edit::de::from_str(text).unwrap();
        let mut after = before.clone();
        after.modes[1].severity = 9;
        assert_eq!(edited(text, &before, &after).unwrap(), text.replace('7', "9"));
    }

    #[test]
    fn what_a_person_wrote_meanwhile_stays() {
        let before: File = toml_edit::de::from_str(TEXT).unwrap();
        let mut after = before.clone();
        after.assets[0].signals.clear();
        let text = edited(&format!("{TEXT}\n[[assets]]\npath = \"by hand\"\n"), &before, &after).unwrap();
        assert!(text.contains("by hand") && !text.contains("by the door"), "{text}");
    }

    #[test]
    fn what_cannot_be_followed_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/x.toml");
        let (_, mut file) = after(|_| ());
        save(&path, None, &file).unwrap();
        std::fs::write(&path, "name = 7 [").unwrap();
        let before = file.clone();
        file.every_s = 9;
        save(&path, Some(&before), &file).unwrap();
        assert_eq!(toml_edit::de::from_str::<File>(&std::fs::read_to_string(&path).unwrap()).unwrap(), file);
    }
}
