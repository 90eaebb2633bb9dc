//! Configuration files on disk.

use gemba_node::config::{Schema, Site, schema};
use gemba_node::{Error, Node, Plan};
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
        "[[asset]]\npath = \"acme/Pump 1\"\n\n[[asset]]\npath = \"acme/pump-2\"\n\n[[asset.signal]]\nname = \"flow\"\nconnection = \"plcc\"\naddress = \"holding:1:u16\"\ndecimals = 12\n",
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
