//! One connection to a device: a request, its reply, checked.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_modbus::client::{Client, Context, tcp};
use tokio_modbus::{ProtocolError, Request, Response, Slave};

use super::address::Table;
use super::config::{Config, PORT};
use super::plan::Block;
use crate::Error;
use crate::error::said;

/// A connection that is up.
pub(super) struct Wire {
    context: Context,
    peer: String,
    timeout: Duration,
    pause: Duration,
    asked: bool,
}

/// What became of a request.
pub(super) enum Reply {
    /// One word a place; bits are 0 or 1.
    Words(Vec<u16>),
    /// The device said no, with its exception code.
    Refused(u8),
}

/// The device's name in messages.
pub(super) fn peer(config: &Config) -> String {
    match config.address.split(PORT) {
        Some((host, port)) => format!("Modbus device {host}:{port}"),
        None => "Modbus device".into(),
    }
}

impl Wire {
    /// Resolves the host, connects, and is ready to ask.
    pub(super) async fn open(config: &Config) -> Result<Self, Error> {
        let peer = peer(config);
        let fail = |why: String| Error::Connect { peer: peer.clone(), why };
        let target = config.address.split(PORT).ok_or_else(|| fail("its address cannot be read".into()))?;
        let limit = Duration::from_millis(config.timeout_ms).max(Duration::from_secs(1));
        let stream = timeout(limit, TcpStream::connect(target)).await;
        let stream = stream.map_err(|_elapsed| fail(format!("no answer within {} ms", limit.as_millis())))?;
        let stream = stream.map_err(|e| fail(said(&e)))?;
        stream.set_nodelay(true).map_err(|e| fail(said(&e)))?;
        Ok(Self {
            context: tcp::attach_slave(stream, Slave(config.unit_id)),
            timeout: Duration::from_millis(config.timeout_ms),
            pause: Duration::from_millis(config.pause_ms),
            asked: false,
            peer,
        })
    }

    /// Asks for a block. One request at a time; after an error the wire must not be used again, for a late
    /// reply would be taken for the next one's.
    pub(super) async fn ask(&mut self, block: &Block) -> Result<Reply, Error> {
        if std::mem::replace(&mut self.asked, true) && !self.pause.is_zero() {
            sleep(self.pause).await;
        }
        let (start, count) = (block.start, block.count);
        let request = match block.table {
            Table::Coil => Request::ReadCoils(start, count),
            Table::Discrete => Request::ReadDiscreteInputs(start, count),
            Table::Holding => Request::ReadHoldingRegisters(start, count),
            Table::Input => Request::ReadInputRegisters(start, count),
        };
        let doing = || format!("{}:{start} and the {count} places from there", block.table.as_str());
        let Ok(answer) = timeout(self.timeout, self.context.call(request)).await else {
            let secs = self.timeout.as_secs().max(1);
            return Err(Error::TimedOut { peer: self.peer.clone(), doing: doing(), secs });
        };
        match answer {
            Ok(Ok(response)) => words(response, count)
                .map(Reply::Words)
                .ok_or_else(|| self.malformed(&doing(), "holds another number of values than asked for".into())),
            Ok(Err(exception)) => Ok(Reply::Refused(exception.into())),
            Err(error) => Err(self.fault(&doing(), &error)),
        }
    }

    fn fault(&self, doing: &str, error: &tokio_modbus::Error) -> Error {
        match error {
            tokio_modbus::Error::Protocol(ProtocolError::HeaderMismatch { message, .. }) => {
                self.malformed(doing, message.clone())
            }
            tokio_modbus::Error::Protocol(error) => self.malformed(doing, error.to_string()),
            tokio_modbus::Error::Transport(e) => match e.kind() {
                std::io::ErrorKind::InvalidData
                | std::io::ErrorKind::InvalidInput
                | std::io::ErrorKind::UnexpectedEof => self.malformed(doing, e.to_string()),
                _ => Error::Connect { peer: self.peer.clone(), why: hung_up(e) },
            },
        }
    }

    fn malformed(&self, doing: &str, why: String) -> Error {
        Error::Malformed { peer: self.peer.clone(), what: format!("reply to {doing}"), why }
    }
}

/// The client tells a connection that was closed by whatever number the system had left over from the call before: none,
/// or that there was nothing to read yet.
fn hung_up(error: &std::io::Error) -> String {
    let closed = error.raw_os_error() == Some(0) || error.kind() == std::io::ErrorKind::WouldBlock;
    if closed { "it closed the connection".into() } else { said(error) }
}

fn words(response: Response, count: u16) -> Option<Vec<u16>> {
    let count = usize::from(count);
    match response {
        Response::ReadCoils(bits) | Response::ReadDiscreteInputs(bits) => {
            let whole = bits.len() == count.div_ceil(8) * 8;
            whole.then(|| bits.into_iter().take(count).map(u16::from).collect())
        }
        Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => {
            (words.len() == count).then_some(words)
        }
        _ => None,
    }
}

/// What an exception code means (V1.1b3 §7), and what to do.
pub(super) const fn explain(code: u8) -> (&'static str, &'static str) {
    match code {
        1 => ("illegal function: the device has no such table", ""),
        2 => ("illegal data address: the device has no such register", "check the number and zero_based"),
        3 => ("illegal data value: the device does not take this many registers at once", "lower max_block"),
        4 => ("device failure", ""),
        5 => ("acknowledge: the device needs longer", ""),
        6 => ("device busy", "lengthen poll_interval_ms or pause_ms"),
        8 => ("memory parity error", ""),
        10 => ("gateway path unavailable", "check the gateway's set-up"),
        11 => ("gateway target does not respond", "check unit_id and the line behind the gateway"),
        _ => ("an exception that the standard does not know", ""),
    }
}
