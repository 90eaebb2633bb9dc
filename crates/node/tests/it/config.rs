//! Configuration files on disk.

use gemba_node::config::{Schema, Site, schema};
use gemba_node::{AssetDraft, Error, ImportSignal, Node, Plan, SignalDraft};
use gemba_plant::{AssetPath, Band, BandQuantity, BandUnit, Level, Limits, Nameplate, Role, SignalKind};
use serde_json::Value;

fn write(dir: &std::path::Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn mistakes_of_all_files_are_listed_at_once_with_line_and_cure() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "gemba.toml",
        "nmae = \"x\"\n\n[site]\ntime_zone = \"Mars/Olympus\"\n\n[http]\nlisten = \"everywhere\"\n\n[connections.plc]\nprotocol = \"modbus\"\naddress = \"127.0.0.1:502\"\n",
    );
    write(
        dir.path(),
        "plant/line.toml",
        "[[asset]]\npath = \"acme/Pump 1\"\n\n[[asset]]\npath = \"acme/pump-2\"\n\n[[asset.signal]]\nname = \"flow\"\nconnection = \"plcc\"\naddress = \"holding:1:u16\"\ndecimals = 12\nquiet_in = [\"x\"]\n[asset.signal.limits]\nhigh = 1.0\nlow = 2.0\n[[asset.signal.band]]\nname = \"x\"\nfrom = 1.0\nto = 2.0\n\n\
         [[asset.signal]]\nname = \"wave\"\nkind = \"waveform\"\nunit = \"mm/s\"\n[[asset.signal.band]]\nname = \"Gear\"\nfrom = 9.0\nto = 8.0\n\
         of = \"velocity\"\n[[asset.signal.band]]\nname = \"Gear\"\nfrom = 1.0\nto = 2.0\n[asset.signal.band.limits]\nhigh = 3.0\nhigh_high = 2.0\n",
    );
    let Err(Error::Config { faults }) = Plan::load(&dir.path().join("gemba.toml")) else {
        panic!("the plan was taken")
    };
    let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for (place, word) in [
        ("gemba.toml:1", "nmae"),
        ("gemba.toml:4", "Mars/Olympus"),
        ("gemba.toml:7", "everywhere"),
        ("line.toml:2", "Pump 1"),
        ("line.toml:9", "plcc"),
        ("line.toml:11", "9 decimals"),
        ("line.toml:12", "only a state signal"),
        ("line.toml:13", "not in order"),
        ("line.toml:17", "only a waveform has bands"),
        ("line.toml:26", "character outside a-z"),
        ("line.toml:28", "to is 8"),
        ("line.toml:29", "only acceleration becomes velocity"),
        ("line.toml:31", "there twice"),
        ("line.toml:34", "not in order"),
    ] {
        assert!(told.lines().any(|l| l.contains(place) && l.contains(word)), "{place} {word} in\n{told}");
    }
}

#[test]
fn what_init_writes_is_well() {
    let template = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../gemba/templates");
    let dir = tempfile::tempdir().unwrap();
    for (from, to) in [("gemba.toml", "gemba.toml"), ("plant.toml", "plant/plant.toml")] {
        write(dir.path(), to, &std::fs::read_to_string(template.join(from)).unwrap());
    }
    Plan::load(&dir.path().join("gemba.toml")).unwrap();
}

/// Every field below `schema` that has no description.
fn undocumented(name: &str, schema: &Value, found: &mut Vec<String>) {
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else { return };
    for (field, value) in fields {
        // the word that tells a variant of an enum apart is explained at the variant
        if value.get("description").is_none() && value.get("const").is_none() {
            found.push(format!("{name}.{field}"));
        }
        undocumented(&format!("{name}.{field}"), value, found);
    }
}

#[test]
fn every_configuration_field_is_documented() {
    let mut found = Vec::new();
    for of in [Schema::Gemba, Schema::Plant] {
        let schema = schema(of);
        undocumented("file", &schema, &mut found);
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            undocumented(name, definition, &mut found);
            for variant in
                ["oneOf", "anyOf"].iter().filter_map(|k| definition.get(k)).flat_map(|v| v.as_array().unwrap())
            {
                // a variant with a value is explained at the variant
                if variant.get("description").is_none()
                    || variant["properties"].as_object().is_some_and(|p| p.len() > 1)
                {
                    undocumented(name, variant, &mut found);
                }
            }
        }
    }
    assert!(found.is_empty(), "give each a doc comment with unit and range: {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_starts_from_the_file_as_it_stands_now() {
    let dir = tempfile::tempdir().unwrap();
    let csv = |name: &str| {
        write(dir.path(), &format!("{name}.csv"), "time,x\n1700000000,1\n");
        let file = dir.path().join(format!("{name}.csv"));
        format!("[connections.{name}]\nprotocol = \"file\"\npaths = [\"{}\"]\nspeed = 0.0\n", file.display())
    };
    let text = format!(
        "name = \"first\"\nregister = [\"one\", \"two\"]\n[http]\nlisten = \"127.0.0.1:0\"\n{}{}",
        csv("one"),
        csv("two")
    );
    write(dir.path(), "gemba.toml", &text);
    let path = dir.path().join("gemba.toml");
    let node = Node::start(Plan::load(&path).unwrap()).await.unwrap();
    let connections = node.connections();
    let two = connections.config("two").unwrap();
    connections.remove("one").await.unwrap();
    // a person edits the file by hand meanwhile
    let by_hand = std::fs::read_to_string(&path).unwrap().replace("name = \"first\"", "name = \"second\"");
    std::fs::write(&path, by_hand).unwrap();
    connections.put("three", two).await.unwrap();
    node.set_site(Site { name: "North".into(), ..Site::default() }).await.unwrap();
    connections.remove("two").await.unwrap();
    let written = Plan::load(&path).unwrap().file;
    assert_eq!((written.name.as_str(), written.site.name.as_str()), ("second", "North"));
    assert_eq!(written.register, Vec::<String>::new(), "what was removed stays removed");
    assert_eq!(written.connections.keys().collect::<Vec<_>>(), ["three"]);
    // a file with mistakes is not written over
    std::fs::write(&path, "nmae = \"x\"\n").unwrap();
    assert!(matches!(connections.remove("three").await, Err(Error::Config { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "nmae = \"x\"\n");
    node.stop().await.unwrap();
}

#[test]
fn what_stands_in_the_plant_is_looked_at_word_by_word() {
    let dir = tempfile::tempdir().unwrap();
    let gemba = "[site]\ncurrency = \"euro\"\n[store]\nflush_rows = 0\n[alarms]\nflood_begins = 0\n[flow]\nworkers = 65\n\
                 [connections.plc]\nprotocol = \"modbus\"\naddress = \"127.0.0.1:502\"\n\
                 [connections.ua]\nprotocol = \"opcua\"\nendpoint = \"opc.tcp://plc:4840\"\n\
                 [connections.ua.identity]\nkind = \"certificate\"\ncertificate = \"no-such.der\"\nprivate_key = \"no-such.pem\"\n";
    write(dir.path(), "gemba.toml", gemba);
    let signal = |name: &str, connection: &str, address: &str| {
        format!("[[asset.signal]]\nname = \"{name}\"\nconnection = \"{connection}\"\naddress = \"{address}\"\n")
    };
    let plant = format!(
        "[[asset]]\npath = \"acme/pump\"\ntemplate = \"pumpe\"\n{}{}",
        signal("a", "plc", "holdng:1"),
        signal("b", "ua", "Pump1.Flow")
    );
    write(dir.path(), "plant/line.toml", &plant);
    std::fs::create_dir(dir.path().join("plant/folder.toml")).unwrap();
    let Err(Error::Config { faults }) = Plan::load(&dir.path().join("gemba.toml")) else {
        panic!("the plan was taken")
    };
    assert!(faults.iter().all(|fault| !fault.cure.is_empty()), "{faults:#?}");
    let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for (place, word) in [
        ("gemba.toml:2", "EUR"),
        ("gemba.toml:4", "write at least 1"),
        ("gemba.toml:6", "write 1 to 1000"),
        ("gemba.toml:8", "write 0 to 64"),
        ("gemba.toml:17", "no-such.der"),
        ("gemba.toml:18", "no-such.pem"),
        ("line.toml:3", "write pump"),
        ("line.toml:7", "holdng:1"),
        ("line.toml:11", "ns=2;s=Pump1.Flow"),
        ("folder.toml", "cannot be read"),
    ] {
        assert!(told.lines().any(|l| l.contains(place) && l.contains(word)), "{place} {word} in\n{told}");
    }
}

#[test]
fn an_odd_unit_is_a_warning_and_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "gemba.toml", "");
    let signal = |name: &str, role: &str, unit: &str| {
        format!("[[asset.signal]]\nname = \"{name}\"\nrole = \"{role}\"\nunit = \"{unit}\"\n")
    };
    let signals = [("a", "speed", "rpm"), ("b", "vibration", "m/s"), ("c", "vibration", "mm/s"), ("d", "other", "kW")];
    let signals: String = signals.map(|(name, role, unit)| signal(name, role, unit)).concat();
    write(dir.path(), "plant/line.toml", &format!("[[asset]]\npath = \"acme/pump\"\n{signals}"));
    let plan = Plan::load(&dir.path().join("gemba.toml")).unwrap();
    let told: Vec<String> = plan.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("line.toml:6") && told[0].contains("write /min"), "{told:?}");
    assert!(told[1].contains("line.toml:10") && told[1].contains("mm/s"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_cannot_be_opened_leaves_the_one_before_at_work() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "rows.csv", "time,x\n1700000000,1\n");
    let rows = dir.path().join("rows.csv");
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[connections.one]\nprotocol = \"file\"\npaths = [\"{}\"]\nspeed = 0.0\n",
        rows.display()
    );
    write(dir.path(), "gemba.toml", &text);
    let path = dir.path().join("gemba.toml");
    let node = Node::start(Plan::load(&path).unwrap()).await.unwrap();
    let connections = node.connections();
    let before = connections.config("one").unwrap();
    // legal to write down, but there is no broker inside and the secret is nowhere
    let secret = serde_json::json!({
        "protocol": "opcua", "endpoint": "opc.tcp://127.0.0.1:1",
        "identity": { "kind": "user", "user": "u", "password": "file:/no/such/secret" },
    });
    for bad in [serde_json::json!({ "protocol": "mqtt", "broker": "embedded", "topics": ["#"] }), secret] {
        let bad: gemba_connect::ConnectionConfig = serde_json::from_value(bad).unwrap();
        assert!(connections.put("one", bad.clone()).await.is_err());
        assert_eq!(connections.config("one"), Some(before.clone()), "the one before goes on");
        assert!(connections.put("new", bad).await.is_err());
        assert_eq!(connections.config("new"), None);
        let said = Plan::load(&path).unwrap().file.connections;
        assert_eq!(
            said.into_iter().collect::<Vec<_>>(),
            [("one".to_owned(), before.clone())],
            "the file says what it said"
        );
    }
    // changed many times at once, one of each name runs
    let changes = (0..8).map(|_| connections.put("one", before.clone()));
    assert!(futures_util::future::join_all(changes).await.iter().all(Result::is_ok));
    assert_eq!(connections.list().len(), 1);
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_the_next_start_would_refuse_is_refused_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = crate::files::plan(dir.path()).origin;
    let node = Node::start(Plan::load(&path).unwrap()).await.unwrap();
    let (plant, asset_path) = (node.plant(), AssetPath::new("acme/pump-9").unwrap());
    let draft = |template: &str| AssetDraft {
        path: asset_path.clone(),
        level: Level::Asset,
        name: String::new(),
        template: Some(template.to_owned()),
        nameplate: Nameplate::default(),
    };
    let refused = plant.put_asset(draft("pmup")).await.unwrap_err().to_string();
    assert!(refused.contains("template \"pmup\""), "{refused}");
    let signal = |unit: &str| ImportSignal {
        address: "torque".into(),
        asset_path: asset_path.clone(),
        name: "torque".into(),
        unit: unit.to_owned(),
        range: None,
        role: Role::Other,
        kind: SignalKind::Gauge,
        description: String::new(),
        rate_hz: None,
    };
    let long = "m".repeat(65);
    assert!(plant.import("recorder", vec![signal(&long)]).await.unwrap_err().to_string().contains("longer than 64"));
    plant.put_asset(draft("pump")).await.unwrap();
    assert_eq!(plant.import("recorder", vec![signal("N.m")]).await.unwrap(), 1);
    node.stop().await.unwrap();
    assert_eq!(Plan::load(&path).unwrap().plant.values().map(|file| file.assets.len()).sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bands_of_a_waveform_are_kept_in_its_plant_file_and_become_signals() {
    let dir = tempfile::tempdir().unwrap();
    let plc = "[http]\nlisten = \"127.0.0.1:0\"\n[connections.plc]\nprotocol = \"modbus\"\naddress = \"127.0.0.1:1\"\n";
    write(dir.path(), "gemba.toml", plc);
    let text = "# the gears\n[[asset]]\npath = \"acme/gear\"\n\n[[asset.signal]]\nname = \"wave\" # drive end\nkind = \"waveform\"\nunit = \"m/s2\"\n\
        connection = \"plc\"\naddress = \"holding:1:u16\"\n";
    write(dir.path(), "plant/gear.toml", text);
    let node = Node::start(Plan::load(&dir.path().join("gemba.toml")).unwrap()).await.unwrap();
    let signal = |name: &str| node.catalogue().signal_named(&format!("acme/gear/{name}")).cloned();
    let limits = Some(Limits { high: Some(4.0), on_delay_s: 30, ..Limits::default() });
    let band = |name: &str, to: f64, limits| {
        let (unit, of) = (BandUnit::Orders, BandQuantity::Velocity);
        Band { name: name.to_owned(), from: 16.0, to, unit, of, limits }
    };
    let wave = signal("wave").unwrap().id;
    let plant = node.plant();
    let put = |bands: Vec<Band>| plant.put_signal(wave, SignalDraft { bands: Some(bands), ..SignalDraft::default() });
    put(vec![band("mesh", 18.0, limits), band("side", 19.0, None)]).await.unwrap();
    let (mesh, side) = (signal("wave/band_mesh").unwrap(), signal("wave/band_side").unwrap());
    assert_eq!((mesh.unit.ucum(), mesh.limits.map(|l| l.on_delay_s), side.limits), ("mm/s", Some(30), None));
    let written = || std::fs::read_to_string(dir.path().join("plant/gear.toml")).unwrap();
    assert!(
        written().starts_with(text) && written().contains("[[asset.signal.band]]\nname = \"mesh\"\n"),
        "{}",
        written()
    );

    let Err(Error::Refused { what, cure }) = put(vec![band("mesh", 15.0, None)]).await else { panic!("it was taken") };
    assert_eq!((what.as_str(), cure.as_str()), ("signal wave: band mesh: to is 15, from is 16", "write to above from"));
    put(vec![band("side", 19.0, None)]).await.unwrap();
    assert!(signal("wave/band_mesh").is_none() && signal("wave/band_side").is_some_and(|s| s.id == side.id));
    put(Vec::new()).await.unwrap();
    assert_eq!(written(), text, "nothing of it is left");
    node.stop().await.unwrap();
}
