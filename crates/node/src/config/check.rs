//! Everything that can be wrong with a configuration that can be read, each with its place and cure; and what is only odd.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use gemba_connect::ConnectionConfig;
use gemba_plant::{AssetPath, Role, SignalKind, Template, Unit};

use super::bands;
use super::fault::{Fault, Source};
use super::modes;
use super::near::nearest;
use super::plan::file_name;
use super::ranges;
use super::raw::{AssetEntry, GembaFile, PlantFile, SignalEntry};
use crate::Error;

pub(super) fn check_node(source: &Source, file: &GembaFile, faults: &mut Vec<Fault>) -> Option<SocketAddr> {
    let listen = file.http.listen.parse::<SocketAddr>();
    if listen.is_err() {
        faults.push(source.fault(
            &["http", "listen"],
            format!("\"{}\" is no address and port", file.http.listen),
            "write 127.0.0.1:8470",
        ));
    }
    if file.http.tls_cert.is_some() != file.http.tls_key.is_some() {
        faults.push(source.fault(&["http"], "tls_cert and tls_key go together", "give both or neither"));
    }
    for fault in file.broker.iter().flat_map(gemba_connect::broker::Config::check) {
        faults.push(source.fault(
            &["broker", &fault.field],
            format!("broker.{} {}", fault.field, fault.what),
            fault.cure,
        ));
    }
    for (section, field, text) in (file.store.faults().into_iter().map(|(f, t)| ("store", f, t)))
        .chain(file.alarms.faults().into_iter().map(|(f, t)| ("alarms", f, t)))
    {
        // they say "is 0; write at least 1" or "is 0, outside 1 to 60"
        let (what, cure) = text.split_once("; ").map_or_else(
            || {
                (
                    text.as_str(),
                    text.rsplit_once("outside ").map_or(String::new(), |(_, range)| format!("write {range}")),
                )
            },
            |(what, cure)| (what, cure.to_owned()),
        );
        faults.push(source.fault(&[section, field], format!("{section}.{field} {what}"), cure));
    }
    if file.store.dir != gemba_store::Config::default().dir {
        let cure = "leave it out: what is stored lies in data_dir";
        faults.push(source.fault(&["store", "dir"], "store.dir says nothing here", cure));
    }
    faults.extend(ranges::faults(source, file));
    for (name, connection) in &file.connections {
        if AssetPath::new(name).is_err() || name.contains('/') {
            faults.push(source.fault(
                &["connections", name],
                format!("connection name \"{name}\" has a character outside a-z, 0-9, _ and -"),
                "write it like press-line",
            ));
        }
        for fault in connection.check() {
            let what = format!("connections.{name}.{} {}", fault.field, fault.what);
            faults.push(source.fault(&["connections", name, &fault.field], what, fault.cure));
        }
    }
    for (field, names) in [("register", &file.register), ("paused", &file.paused)] {
        for name in names.iter().filter(|name| !file.connections.contains_key(*name)) {
            let what = format!("{field} names \"{name}\", which is no connection");
            faults.push(source.fault(&[field], what, "name one of [connections]"));
        }
    }
    check_site(source, file, faults);
    listen.ok()
}

fn check_site(source: &Source, file: &GembaFile, faults: &mut Vec<Fault>) {
    let currency = &file.site.currency;
    if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
        faults.push(source.fault(
            &["site", "currency"],
            format!("\"{currency}\" is no currency"),
            "write its three capital letters of ISO 4217, such as EUR or USD",
        ));
    }
    if jiff::tz::TimeZone::get(&file.site.time_zone).is_err() {
        faults.push(source.fault(
            &["site", "time_zone"],
            format!("\"{}\" is no time zone", file.site.time_zone),
            "write an IANA name such as Europe/Berlin or UTC",
        ));
    }
}

/// Files that the configuration names: certificates, keys, secrets.
pub(super) fn check_files(source: &Source, file: &GembaFile, base: &Path, faults: &mut Vec<Fault>) {
    let mut want = |place: &[&str], path: &Path| {
        if let Err(error) = std::fs::File::open(base.join(path)) {
            let what = format!("{} {}: {error}", place.join("."), path.display());
            faults.push(source.fault(place, what, "name a file that this user can read"));
        }
    };
    let http = [("tls_cert", &file.http.tls_cert), ("tls_key", &file.http.tls_key)];
    for (field, path) in http.iter().filter_map(|(field, path)| Some((field, path.as_ref()?))) {
        want(&["http", field], Path::new(path));
    }
    if let Some(tls) = file.broker.as_ref().and_then(|broker| broker.tls.as_ref()) {
        let files = [
            ("cert_file", Some(&tls.cert_file)),
            ("key_file", Some(&tls.key_file)),
            ("client_ca_file", tls.client_ca_file.as_ref()),
        ];
        for (field, path) in files.iter().filter_map(|(field, path)| Some((field, (*path)?))) {
            want(&["broker", "tls", field], path);
        }
    }
    let users = file.broker.iter().flat_map(|broker| &broker.users).enumerate();
    for (index, secret) in users.filter_map(|(index, user)| Some((index, user.password.file()?))) {
        want(&["broker", "users", &index.to_string(), "password"], secret);
    }
    for (name, connection) in &file.connections {
        for (field, path) in connection.files() {
            let place: Vec<&str> = ["connections", name].into_iter().chain(field.split('.')).collect();
            want(&place, path);
        }
    }
}

/// Refuses a plant, as it is about to be written, that cannot be started with.
pub(crate) fn refuse_faults(plant: &BTreeMap<String, PlantFile>, file: &GembaFile) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_plant(&unwritten(plant), plant, file, &mut faults);
    match faults.into_iter().next() {
        Some(Fault { what, cure, .. }) => Err(Error::Refused { what, cure }),
        None => Ok(()),
    }
}

/// The files of a plant that was not read from any.
pub(super) fn unwritten(plant: &BTreeMap<String, PlantFile>) -> Vec<Source> {
    plant.keys().map(|name| Source::new(name.clone(), String::new())).collect()
}

/// Checks the plant; what is returned is only odd.
pub(super) fn check_plant(
    sources: &[Source],
    plant: &BTreeMap<String, PlantFile>,
    file: &GembaFile,
    faults: &mut Vec<Fault>,
) -> Vec<Fault> {
    let (mut seen, mut warnings) = (BTreeSet::new(), Vec::new());
    modes::check(sources, plant, faults);
    for source in sources {
        let Some(entries) = plant.get(&file_name(&source.file)) else { continue };
        for (index, asset) in entries.assets.iter().enumerate() {
            let at = index.to_string();
            if !seen.insert(asset.path.clone()) {
                faults.push(source.fault(
                    &["asset", &at, "path"],
                    format!("asset {} is there twice", asset.path),
                    "give each asset its own path",
                ));
            }
            if let Some(what) = asset.learning.as_ref().and_then(|learning| learning.of().fault()) {
                let cure = "leave hours out to learn from as much as maintenance.normal.learn_s says";
                faults.push(source.fault(&["asset", &at, "learning"], format!("{}: {what}", asset.path), cure));
            }
            for (what, cure) in asset.nameplate.faults() {
                faults.push(source.fault(&["asset", &at, "nameplate"], format!("{}: {what}", asset.path), cure));
            }
            if let Some(template) = asset.template.as_deref().filter(|name| Template::named(name).is_none()) {
                let near = nearest(template, Template::all().iter().map(|t| t.name));
                let cure =
                    near.map_or_else(|| "`gemba schema templates` lists them".into(), |near| format!("write {near}"));
                faults.push(source.fault(
                    &["asset", &at, "template"],
                    format!("asset {} follows template \"{template}\", which there is not", asset.path),
                    cure,
                ));
            }
            check_signals(source, (&at, asset), file, faults);
            warnings.extend(odd_units(source, (&at, asset)));
        }
    }
    warnings
}

/// Units that nobody knows, and vibration in a unit that no standard grades.
fn odd_units(source: &Source, (at, asset): (&str, &AssetEntry)) -> Vec<Fault> {
    let odd = |(index, signal): (usize, &SignalEntry)| {
        let unit = Unit::new(&signal.unit);
        let place = index.to_string();
        let tell = |what: String, cure: String| source.fault(&["asset", at, "signal", &place, "unit"], what, cure);
        if !unit.is_ucum() {
            let meant = Unit::guess(&signal.unit);
            let cure = if meant.is_ucum() {
                format!("write {}", meant.ucum())
            } else {
                "write it as UCUM, such as mm/s, Cel or kW".into()
            };
            return Some(tell(format!("unit \"{}\" of signal {} is not UCUM", signal.unit, signal.name), cure));
        }
        let velocity = signal.role == Role::Vibration && signal.kind == SignalKind::Gauge && unit.declared();
        let graded = unit.ucum() == "mm/s" || unit.ucum().contains("[g]") || unit.ucum().contains("s2");
        (velocity && !graded).then(|| {
            let what = format!("vibration {} in {} is not graded against ISO 10816-3", signal.name, signal.unit);
            tell(what, "deliver it in mm/s, by a scale at the source".into())
        })
    };
    asset.signals.iter().enumerate().filter_map(odd).collect()
}

fn check_signals(source: &Source, (at, asset): (&str, &AssetEntry), file: &GembaFile, faults: &mut Vec<Fault>) {
    let mut names = BTreeSet::new();
    for (index, signal) in asset.signals.iter().enumerate() {
        let place = index.to_string();
        let mut fault = |field: &str, what: String, cure: &str| {
            faults.push(source.fault(&["asset", at, "signal", &place, field], what, cure));
        };
        if AssetPath::new(&signal.name).is_err() {
            fault(
                "name",
                format!("signal name \"{}\" has a character outside a-z, 0-9, _ and -", signal.name),
                "write it like discharge_pressure",
            );
        }
        if !names.insert(&signal.name) {
            fault(
                "name",
                format!("signal {} is there twice on {}", signal.name, asset.path),
                "give each signal of an asset its own name",
            );
        }
        if !signal.connection.is_empty() && !file.connections.contains_key(&signal.connection) {
            fault(
                "connection",
                format!("signal {} names connection \"{}\", which is not configured", signal.name, signal.connection),
                "add it under [connections] in gemba.toml or correct the name",
            );
        }
        if signal.connection.is_empty() != signal.address.is_empty() {
            fault(
                "address",
                format!("signal {} has a connection or an address, but not both", signal.name),
                "give both, or neither for a signal that is written by hand",
            );
        }
        if let Some(wrong) =
            file.connections.get(&signal.connection).and_then(|c: &ConnectionConfig| c.check_address(&signal.address))
        {
            let what = format!("signal {}: address \"{}\" {}", signal.name, signal.address, wrong.what);
            fault("address", what, &wrong.cure);
        }
        for (field, what, cure) in signal.faults() {
            fault(field, format!("signal {}: {what}", signal.name), &cure);
        }
        bands::check(source, (at, &place), signal, faults);
    }
}
