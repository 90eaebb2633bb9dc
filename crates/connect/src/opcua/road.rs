//! The way to a server: TCP. The stack's own connector keeps of what the operating system says only a text; this one keeps
//! the error.

use opcua::client::transport::{Connector, StreamConnection, StreamConnector};
use opcua::core::comms::tcp_codec::TcpCodec;
use opcua::types::{DecodingOptions, Error, StatusCode};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_util::codec::FramedRead;

use super::probe::target;

type Way = StreamConnection<ReadHalf<TcpStream>, WriteHalf<TcpStream>>;

/// The way to an endpoint's address.
pub(super) fn road(endpoint: &str) -> impl Connector + 'static {
    StreamConnector::new(tcp, endpoint.to_owned())
}

async fn tcp(endpoint: String, options: DecodingOptions) -> Result<Way, Error> {
    let unreadable = || Error::new(StatusCode::BadTcpEndpointUrlInvalid, "the endpoint cannot be read");
    let target = target(&endpoint).ok_or_else(unreadable)?;
    let refused = |error: std::io::Error| Error::new(StatusCode::BadCommunicationError, error);
    let (reader, writer) = tokio::io::split(TcpStream::connect(target).await.map_err(refused)?);
    Ok(StreamConnection::new(FramedRead::new(reader, TcpCodec::new(options)), writer, endpoint))
}
