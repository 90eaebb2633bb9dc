//! Certificates of OPC UA servers: which are trusted is a person's decision.

use std::path::PathBuf;

use gemba_connect::opcua::{self, Certificate, Place};
use gemba_node::Node;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::Call;
use crate::input::At;
use crate::output::{Done, Reply};
use crate::problem::Problem;
use crate::table::{ADMIN, Resource, Route};

pub(super) fn resource() -> Resource {
    Resource {
        name: "certificates",
        about: "Certificates of servers that Gemba connects to, and its own.",
        routes: vec![
            Route::get("/api/v1/certificates", ADMIN, "Our own, trusted and rejected certificates", list),
            Route::post("/api/v1/certificates/{fingerprint}/trust", ADMIN, "Trust a rejected certificate", trust),
            Route::delete("/api/v1/certificates/{fingerprint}", ADMIN, "Take trust back", distrust),
        ],
    }
}

/// Certificates by what they are to us.
#[derive(Debug, Serialize, JsonSchema)]
struct Certificates {
    /// Our own.
    own: Vec<CertificateView>,
    /// Servers that are trusted.
    trusted: Vec<CertificateView>,
    /// Servers that somebody has to judge.
    rejected: Vec<CertificateView>,
}

/// A certificate.
#[derive(Debug, Serialize, JsonSchema)]
struct CertificateView {
    /// SHA-1 thumbprint in hexadecimal, as every OPC UA tool shows it.
    fingerprint: String,
    /// Whose it is.
    subject: String,
    /// First instant of validity.
    not_before: String,
    /// Last instant of validity.
    not_after: String,
}

impl From<Certificate> for CertificateView {
    fn from(certificate: Certificate) -> Self {
        let Certificate { fingerprint, subject, valid_from, valid_until, .. } = certificate;
        Self { fingerprint, subject, not_before: valid_from, not_after: valid_until }
    }
}

fn folder(node: &Node) -> PathBuf {
    node.plan().data_dir.join("pki")
}

fn known(node: &Node, place: Place, fingerprint: &str) -> Result<(), Problem> {
    let all = opcua::certificates(&folder(node))?;
    let found = all.iter().any(|c| c.place == place && c.fingerprint.eq_ignore_ascii_case(fingerprint));
    if found { Ok(()) } else { Err(Problem::missing("certificate", fingerprint)) }
}

async fn list(call: Call, (): ()) -> Result<Reply<Certificates>, Problem> {
    let all = call.app.blocking(|node| opcua::certificates(&folder(node))).await?;
    let at = |place| all.iter().filter(|c| c.place == place).cloned().map(CertificateView::from).collect();
    Ok(Reply(Certificates { own: at(Place::Own), trusted: at(Place::Trusted), rejected: at(Place::Rejected) }))
}

async fn trust(call: Call, At(fingerprint): At<String>) -> Result<Done, Problem> {
    call.app
        .blocking(move |node| {
            known(node, Place::Rejected, &fingerprint)?;
            Ok::<_, Problem>(opcua::trust(&folder(node), &fingerprint)?)
        })
        .await?;
    Ok(Done)
}

async fn distrust(call: Call, At(fingerprint): At<String>) -> Result<Done, Problem> {
    call.app
        .blocking(move |node| {
            known(node, Place::Trusted, &fingerprint)?;
            Ok::<_, Problem>(opcua::distrust(&folder(node), &fingerprint)?)
        })
        .await?;
    Ok(Done)
}
