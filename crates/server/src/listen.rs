//! Connections: how many there may be, and how long one may hold its place without taking what it asked for.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::plain::turned_away;

/// Connections at the same time: each costs at most some 100 KB.
pub(crate) const CONNECTIONS_MAX: usize = 512;
/// Connections of one address at the same time: one that holds all of its own leaves three quarters to others.
pub(crate) const PER_ADDRESS_MAX: usize = 128;
/// A client that takes nothing of an answer for this long is gone.
const WRITE_STALL_MAX: Duration = Duration::from_secs(30);

/// Lets connections in while there are places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    /// Whether TLS is spoken: plain HTTP is sent to it then.
    tls: bool,
}

impl Places {
    /// For a door that speaks TLS.
    pub(crate) fn before_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    fn take(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.lock();
        let all: usize = taken.values().sum();
        let own = taken.entry(address).or_insert(0);
        if all >= CONNECTIONS_MAX || *own >= PER_ADDRESS_MAX {
            metrics::counter!("gemba_http_connections_refused_total").increment(1);
            return None;
        }
        *own += 1;
        Some(Place { places: self.clone(), address })
    }

    /// Connections that are open now.
    pub(crate) fn open(&self) -> usize {
        self.lock().values().sum()
    }

    fn give_back(&self, address: IpAddr) {
        let mut taken = self.lock();
        if let Some(own) = taken.get_mut(&address) {
            *own = own.saturating_sub(1);
        }
        taken.retain(|_, own| *own > 0);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        // counts are changed in single steps: a panic elsewhere leaves them whole
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Places {
    type Stream = Guarded;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Guarded, S)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let placed = stream.set_nodelay(true).and_then(|()| stream.peer_addr()).and_then(|peer| {
            let place = self.take(peer.ip().to_canonical());
            place.ok_or_else(|| io::Error::other("all places for connections are taken"))
        });
        let tls = self.tls;
        Box::pin(async move {
            let place = placed?;
            let stream = if tls { turned_away(stream).await? } else { stream };
            Ok((Guarded { stream, stalled: None, _place: place }, service))
        })
    }
}

/// A place, given back when the connection ends.
#[derive(Debug)]
struct Place {
    places: Places,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.address);
    }
}

/// A connection with its place. Writing fails when the other side takes nothing for too long.
#[derive(Debug)]
pub(crate) struct Guarded {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Guarded {
    fn watch<T>(&mut self, wrote: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stalled = None;
            return wrote;
        }
        let sleep = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE_STALL_MAX)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(wrote, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch(wrote, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_take_all_places_and_gives_them_back() {
        let places = Places::default();
        let (greedy, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let held: Vec<_> = (0..CONNECTIONS_MAX).filter_map(|_| places.take(greedy)).collect();
        assert_eq!(held.len(), PER_ADDRESS_MAX);
        assert!(places.take(other).is_some());
        drop(held);
        assert_eq!(places.open(), 0);
        assert!(places.lock().is_empty());
    }

    #[test]
    fn all_places_together_are_bounded() {
        let places = Places::default();
        let held: Vec<_> = (0..2 * CONNECTIONS_MAX)
            .filter_map(|i| places.take(IpAddr::from([10, 0, 0, u8::try_from(i % 200).unwrap()])))
            .collect();
        assert_eq!(held.len(), CONNECTIONS_MAX);
    }
}
