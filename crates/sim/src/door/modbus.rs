//! The Modbus TCP door: values as registers, high word first; a bad value is NaN.
//!
//! Registers that hold nothing read as 0 up to the end of the tables; beyond it they are refused with exception 2.
//! Nothing can be written.

use std::future::{Ready, ready};
use std::sync::{Arc, PoisonError, RwLock};

use gemba_plant::Quality;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_modbus::prelude::{ExceptionCode, Request, Response, SlaveRequest};
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};

use super::Feed;
use crate::Reading;
use crate::layout::{COUNTER_SCALE, Layout, MODBUS_UNIT, Register, modbus_registers};

/// Registers in each table.
const REGISTERS: usize = 300;
/// Unit numbers that are answered besides [`MODBUS_UNIT`]: those of devices that are no gateway.
const UNITS: [u8; 3] = [MODBUS_UNIT, 0, 255];

/// Both tables of registers.
#[derive(Debug)]
struct Tables {
    input: Vec<u16>,
    holding: Vec<u16>,
}

impl Tables {
    fn write(&mut self, register: Register, reading: &Reading) {
        let table = if register.holding { &mut self.holding } else { &mut self.input };
        let words = words(register.layout, reading);
        let cells = table.iter_mut().skip(register.at.into());
        cells.zip(words.into_iter().flatten()).for_each(|(cell, word)| *cell = word);
    }

    fn read(&self, holding: bool, at: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
        let table = if holding { &self.holding } else { &self.input };
        let (from, to) = (usize::from(at), usize::from(at) + usize::from(count));
        table.get(from..to).map(<[u16]>::to_vec).ok_or(ExceptionCode::IllegalDataAddress)
    }
}

/// A value as one or two words, the high one first.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "that is what registers of these layouts hold; casts of floats saturate"
)]
fn words(layout: Layout, reading: &Reading) -> [Option<u16>; 2] {
    let value = if reading.quality == Quality::Bad { f64::NAN } else { reading.value };
    let two = |bits: u32| [Some((bits >> 16) as u16), Some(bits as u16)];
    match layout {
        Layout::F32 => two((value as f32).to_bits()),
        Layout::U32 => two((value * COUNTER_SCALE).round() as u32),
        Layout::U16 => [Some(value as u16), None],
    }
}

/// Answers one client.
#[derive(Clone, Debug)]
struct Answer(Arc<RwLock<Tables>>);

impl Service for Answer {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        if !UNITS.contains(&request.slave) {
            return ready(Err(ExceptionCode::GatewayTargetDevice));
        }
        let tables = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ready(match request.request {
            Request::ReadInputRegisters(at, count) => tables.read(false, at, count).map(Response::ReadInputRegisters),
            Request::ReadHoldingRegisters(at, count) => {
                tables.read(true, at, count).map(Response::ReadHoldingRegisters)
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

/// Serves the Modbus assets.
pub(super) fn serve(tasks: &mut JoinSet<()>, listener: TcpListener, (mut feed, first): (Feed, &[Reading])) {
    let registers = modbus_registers();
    let mut tables = Tables { input: vec![0; REGISTERS], holding: vec![0; REGISTERS] };
    let place = |signal: usize| registers.get(&signal).copied();
    first.iter().filter_map(|r| Some((place(r.signal)?, r))).for_each(|(at, r)| tables.write(at, r));
    let tables = Arc::new(RwLock::new(tables));
    let answer = Answer(Arc::clone(&tables));
    let stop = feed.stop.clone();
    tasks.spawn(async move {
        let accept = |stream, from| {
            let answer = answer.clone();
            async move { accept_tcp_connection(stream, from, |_| Ok(Some(answer.clone()))) }
        };
        let failed = |error| tracing::debug!(%error, "a Modbus client was dropped");
        let served = Server::new(listener).serve_until(&accept, failed, async move { stop.cancelled().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the Modbus door has closed");
        }
    });
    tasks.spawn(async move {
        while let Some(step) = feed.next().await {
            let mut tables = tables.write().unwrap_or_else(PoisonError::into_inner);
            for reading in &step.readings {
                if let Some(register) = registers.get(&reading.signal) {
                    tables.write(*register, reading);
                }
            }
        }
    });
}
