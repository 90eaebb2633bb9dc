//! Publish requests of our own: a message is acknowledged to the server only once what it brought is on disk.
//!
//! The stack's own loop acknowledges whatever has arrived with its next request. Here the server keeps a message until
//! the store has synced it (OPC 10000-4 §5.14.5: it is kept for `Republish` until it is acknowledged).

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gemba_plant::Timestamp;
use gemba_plant::port::Position;
use opcua::client::services::Publish;
use opcua::client::{Session, UARequest};
use opcua::types::{NotificationMessage, PublishResponse, StatusCode, SubscriptionAcknowledgement};

/// Requests under way beyond one for each subscription: one waits at the server while an answer is handed over.
const SPARE: usize = 1;
/// Requests under way at most.
const UNDER_WAY_MAX: usize = 10;
/// Acknowledgements in one request at most.
const ACKS_MAX: usize = 1_000;
/// Messages waiting for their sync at most; beyond it the oldest is acknowledged by nobody, and the server lets it go.
const UNSYNCED_MAX: usize = 10_000;
/// The pause after a request that failed.
const REST: Duration = Duration::from_millis(200);

type Acks = Vec<SubscriptionAcknowledgement>;
type Asked = Pin<Box<dyn Future<Output = (Result<PublishResponse, opcua::types::Error>, Acks)> + Send>>;

/// Numbers for what was handed over, so that a receipt finds its message again, and only in the run that gave it.
#[derive(Debug)]
pub(super) struct Receipts {
    run: i64,
    last: u64,
}

impl Receipts {
    /// Begins a run.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { run: now.micros(), last: 0 }
    }

    /// The next number, and how the store is told it.
    fn issue(&mut self) -> (u64, Position) {
        self.last += 1;
        (self.last, Position([self.run.to_le_bytes(), self.last.to_le_bytes()].concat()))
    }

    /// The number behind a position; none when it is of another run, or no receipt.
    fn read(&self, position: &Position) -> Option<u64> {
        let (run, number) = position.0.split_first_chunk::<8>()?;
        let number = u64::from_le_bytes(number.try_into().ok()?);
        (i64::from_le_bytes(*run) == self.run).then_some(number)
    }
}

/// What a message is acknowledged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    number: u64,
    subscription: u32,
    sequence: u32,
}

/// What came, and what waits for its sync, of the subscriptions of one session.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// By subscription, the number that its next message must have.
    expected: BTreeMap<u32, u32>,
    unsynced: VecDeque<Held>,
    acks: VecDeque<SubscriptionAcknowledgement>,
}

impl Books {
    /// Notes the number of a message; whether messages before it are missing. Signs of life do not count: they
    /// should tell the number of the message to come (OPC 10000-4 §5.14.1.1), but not every server does.
    fn note(&mut self, subscription: u32, message: &NotificationMessage) -> bool {
        if message.notification_data.as_ref().is_none_or(Vec::is_empty) {
            return false;
        }
        let number = message.sequence_number;
        let expected = self.expected.insert(subscription, number.checked_add(1).unwrap_or(1));
        expected.is_some_and(|expected| number > expected)
    }

    /// A message is handed over; the position under which it is.
    pub(super) fn hold(&mut self, receipts: &mut Receipts, subscription: u32, sequence: u32) -> Position {
        let (number, position) = receipts.issue();
        self.unsynced.push_back(Held { number, subscription, sequence });
        if self.unsynced.len() > UNSYNCED_MAX {
            self.unsynced.pop_front();
        }
        position
    }

    /// Nothing of a message is to be stored: it can go.
    pub(super) fn let_go(&mut self, subscription: u32, sequence: u32) {
        self.acks.push_back(SubscriptionAcknowledgement { subscription_id: subscription, sequence_number: sequence });
    }

    /// Everything up to a position is on disk.
    pub(super) fn synced(&mut self, receipts: &Receipts, position: &Position) {
        let Some(upto) = receipts.read(position) else { return };
        while let Some(held) = self.unsynced.pop_front() {
            if held.number > upto {
                self.unsynced.push_front(held);
                break;
            }
            self.let_go(held.subscription, held.sequence);
        }
    }

    fn take_acks(&mut self) -> Acks {
        let count = self.acks.len().min(ACKS_MAX);
        self.acks.drain(..count).collect()
    }
}

/// A message of a subscription.
pub(super) struct Message {
    /// Which.
    pub(super) subscription: u32,
    /// What it says.
    pub(super) body: NotificationMessage,
    /// Whether messages before it are missing.
    pub(super) skipped: bool,
}

/// Keeps publish requests at the server.
pub(super) struct Publisher {
    session: Arc<Session>,
    under_way: FuturesUnordered<Asked>,
    /// The server takes no more requests at once.
    most: usize,
    pub(super) books: Books,
}

impl Publisher {
    /// Nothing asked yet.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, under_way: FuturesUnordered::new(), most: UNDER_WAY_MAX, books: Books::default() }
    }

    /// Asks as often as these many subscriptions need.
    pub(super) fn fill(&mut self, subscriptions: usize) {
        let wanted = if subscriptions == 0 { 0 } else { (subscriptions + SPARE).min(self.most) };
        while self.under_way.len() < wanted {
            self.ask(Duration::ZERO);
        }
    }

    fn ask(&mut self, pause: Duration) {
        let (session, acks) = (Arc::clone(&self.session), self.books.take_acks());
        self.under_way.push(Box::pin(async move {
            tokio::time::sleep(pause).await;
            let answer = Publish::new(&session).acks(acks.clone()).send(session.channel()).await;
            (answer, acks)
        }));
    }

    /// The next message; none for an answer without one. Never ends while nothing is asked. Cancel-safe.
    ///
    /// # Errors
    /// The server's code when the subscriptions are gone.
    pub(super) async fn next(&mut self) -> Result<Option<Message>, StatusCode> {
        let Some((answer, acks)) = self.under_way.next().await else { return std::future::pending().await };
        match answer {
            Ok(answer) => {
                let (subscription, body) = (answer.subscription_id, answer.notification_message);
                let skipped = self.books.note(subscription, &body);
                Ok(Some(Message { subscription, body, skipped }))
            }
            Err(error) if is_end(error.status()) => Err(error.status()),
            Err(error) => {
                self.books.acks.extend(acks);
                if error.status() == StatusCode::BadTooManyPublishRequests {
                    self.most = self.under_way.len().max(1);
                }
                if self.under_way.len() < self.most {
                    self.ask(REST);
                }
                Ok(None)
            }
        }
    }
}

/// Whether a failed publish means that the subscription is gone.
const fn is_end(code: StatusCode) -> bool {
    matches!(
        code,
        StatusCode::BadNoSubscription
            | StatusCode::BadSubscriptionIdInvalid
            | StatusCode::BadSessionIdInvalid
            | StatusCode::BadSessionClosed
            | StatusCode::BadSecureChannelClosed
            | StatusCode::BadConnectionClosed
    )
}

#[cfg(test)]
mod tests {
    use opcua::types::{DateTime, ExtensionObject};

    use super::*;

    #[test]
    fn a_missing_message_is_noticed_and_a_sign_of_life_is_none() {
        let mut books = Books::default();
        let message = |number, says: bool| NotificationMessage {
            sequence_number: number,
            publish_time: DateTime::null(),
            notification_data: says.then(|| vec![ExtensionObject::null()]),
        };
        for (subscription, number, says, want) in [
            (1, 1, true, false),
            (1, 2, true, false),
            (2, 7, true, false),
            (1, 3, false, false),
            (1, 3, true, false),
            (1, 6, true, true),
            (2, 8, true, false),
            (1, 7, true, false),
            (1, 9, false, false),
            (1, 9, true, true),
        ] {
            assert_eq!(books.note(subscription, &message(number, says)), want, "{subscription} {number}");
        }
    }

    #[test]
    fn a_message_is_acknowledged_when_it_is_on_disk_and_not_before() {
        let (mut books, mut receipts) = (Books::default(), Receipts::new(Timestamp::from_secs(5)));
        let sent = |books: &mut Books| {
            books.take_acks().iter().map(|a| (a.subscription_id, a.sequence_number)).collect::<Vec<_>>()
        };
        let first = books.hold(&mut receipts, 1, 10);
        let second = books.hold(&mut receipts, 2, 20);
        let third = books.hold(&mut receipts, 1, 11);
        assert_eq!(sent(&mut books), []);
        books.synced(&receipts, &Position::default());
        books.synced(&Receipts::new(Timestamp::from_secs(6)), &third);
        assert_eq!(sent(&mut books), [], "no receipt, or one of another run");
        books.synced(&receipts, &second);
        assert_eq!(sent(&mut books), [(1, 10), (2, 20)], "up to here");
        books.synced(&receipts, &first);
        assert_eq!(sent(&mut books), []);
        books.let_go(3, 30);
        books.synced(&receipts, &third);
        assert_eq!(sent(&mut books), [(3, 30), (1, 11)]);
    }
}
