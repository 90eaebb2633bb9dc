//! Off the loopback everything is TLS.

use std::sync::Arc;

use axum::http::Request;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::client::{raw, read};
use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_that_leads_off_the_machine_speaks_tls_with_its_own_certificate() {
    let house = House::listening("0.0.0.0:0").await;
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], house.served.address().port()));
    assert!(house.served.url().starts_with("https://127.0.0.1:"));
    assert_eq!(house.served.fingerprint().unwrap().len(), 95);
    let plain = raw(address, format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await;
    let plain = plain.unwrap();
    assert_eq!((plain.status, plain.header("location")), (307, Some(format!("https://{address}/readyz").as_str())));
    let sent = raw(address, format!("POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await;
    assert_eq!(sent.unwrap().status, 400);
    for broken in broken_handshakes() {
        let answer = raw(address, &broken).await;
        assert!(answer.is_none(), "{answer:?}");
    }

    let mut tls = secured(&house, &[]).await;
    tls.write_all(b"GET /readyz HTTP/1.1\r\nHost: gemba.plant\r\nConnection: close\r\n\r\n").await.unwrap();
    let answer = read(&mut tls).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").is_some());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_signs_in_by_http_2_and_a_page_of_another_site_does_not() {
    let house = House::listening("0.0.0.0:0").await;
    let tls = secured(&house, &[b"h2"]).await;
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (asks, connection) = h2::client::handshake(tls).await.unwrap();
    tokio::spawn(connection);
    let mut asks = asks.ready().await.unwrap();
    let mut status = async |origin: &str| {
        let port = house.served.address().port();
        let request = Request::post(format!("https://localhost:{port}/api/v1/session"))
            .header("origin", format!("https://{origin}:{port}"))
            .header("content-type", "application/json");
        let (answer, mut body) = asks.send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data(r#"{"user": "nobody", "password": "none that is"}"#.into(), true).unwrap();
        answer.await.unwrap().status().as_u16()
    };
    assert_eq!((status("localhost").await, status("evil.example").await), (401, 403));
    house.close().await;
}

/// A way to the house by TLS, with the protocols that are offered.
async fn secured(house: &House, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
    let cert = house.node.plan().data_dir.join("tls/self-signed.crt");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], house.served.address().port()));
    let socket = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap()
}

/// Records that begin like TLS and are none.
fn broken_handshakes() -> Vec<Vec<u8>> {
    vec![
        vec![0x16],
        vec![0x16, 3, 1, 0, 0],
        vec![0x16, 3, 1, 0xff, 0xff],
        [&[0x16_u8, 3, 1, 0, 4, 1, 0, 0, 0][..], &[0xaa; 500]].concat(),
        [&[0x16_u8, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[0; 16_384]].concat(),
        vec![0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10],
        vec![0x15, 3, 3, 0, 2, 2, 40],
        vec![0; 4_000],
    ]
}
