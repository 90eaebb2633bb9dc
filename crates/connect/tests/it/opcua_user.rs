//! OPC UA with a user's certificate under an Aes policy, against a server that is not ours.

use std::path::Path;

use gemba_connect::opcua::{Config, Identity, Place, Security, certificates, trust};
use gemba_connect::{ConnectionConfig, Setting};
use opcua::crypto::{CertificateStore, X509Data};

use crate::support::{Peer, Seen, free_port, gauges, node_peer, python_peer, setting, until};

const STILL: &str = "nsu=http://gemba.test/plant;s=Plant.Still";

/// A certificate and its key in `folder`, as a person gets them from whoever runs the server.
fn made(folder: &Path, name: &str) -> Identity {
    let (certificate, key) = (folder.join(format!("certs/{name}.der")), folder.join(format!("private/{name}.pem")));
    for file in [&certificate, &key] {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    }
    let uri = format!("urn:gemba:{name}");
    let data = X509Data {
        key_size: 2048,
        common_name: name.into(),
        organization: "Gemba".into(),
        organizational_unit: "Tests".into(),
        country: "DE".into(),
        state: "-".into(),
        alt_host_names: X509Data::alt_host_names(&uri, None, false, true, false),
        certificate_duration_days: 30,
    };
    CertificateStore::create_certificate_and_key(&data, true, &certificate, &key).unwrap();
    Identity::Certificate { certificate: certificate.display().to_string(), private_key: key.display().to_string() }
}

#[tokio::test(flavor = "multi_thread")]
async fn asyncua_lets_the_holder_of_a_certificate_in_and_nobody_else() {
    only_the_holder(&|args| python_peer("opcua_server.py", args)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_opcua_lets_the_holder_of_a_certificate_in_and_nobody_else() {
    only_the_holder(&|args| node_peer("nodeopcua/server.cjs", args)).await;
}

async fn only_the_holder(start: &dyn Fn(&[&str]) -> Option<Peer>) {
    let folder = tempfile::tempdir().unwrap();
    let (port, at) = (free_port(), folder.path().display().to_string());
    let (user, stranger) = (made(&folder.path().join("user"), "user"), made(&folder.path().join("other"), "other"));
    let Some(peer) = start(&[&port.to_string(), &at, "certificate"]) else { return };
    let pki = folder.path().join("pki");
    let config = |identity| Config {
        security: Security::Aes256Sha256RsaPss,
        identity,
        timeout_ms: 10_000,
        ..Config::new(format!("opc.tcp://127.0.0.1:{port}"))
    };
    let probe = |identity| ConnectionConfig::Opcua(config(identity)).probe(&pki).unwrap();
    let report = probe(user.clone()).test().await;
    assert_eq!(report.steps.last().map(|step| step.name.as_str()), Some("trust"), "{report:?}");
    let rejected = certificates(&pki).unwrap().into_iter().find(|c| c.place == Place::Rejected).unwrap();
    trust(&pki, &rejected.fingerprint).unwrap();
    let report = probe(user.clone()).test().await;
    assert!(report.ok && report.steps.iter().any(|step| step.detail.contains("Aes256")), "{report:?}");
    let report = probe(stranger).test().await;
    assert_eq!(report.steps.last().map(|step| step.name.as_str()), Some("sign in"), "{report:?}");
    let bound = Setting { pki: pki.clone(), ..setting(gauges(&[STILL])) };
    let mut source = ConnectionConfig::Opcua(config(user)).open(bound).unwrap();
    let mut seen = Seen::default();
    until(&mut *source, &mut seen, |seen| seen.last(1).is_some_and(|row| row.value == 42.0)).await;
    drop((source, peer));
}
