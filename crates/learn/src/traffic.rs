//! What is normal on a plant's network, and what was never there before.
//!
//! Machines talk like clockwork: the same few partners, the same requests, the same registers, day after day. So
//! what is normal is a list, and novelty against it needs no score. A message is judged from the general to the
//! special: do these two speak to each other by this service; does the client ask for such things; does it touch
//! such registers; does it write such values; as often as this? What a client does to one server it may do to
//! each server that it knows: an operator who has opened one valve may open the next.
//! Bounded: at most [`CONVERSATIONS_MAX`] conversations are learned.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The most conversations and clients' habits that are learned; what comes beyond stays unknown.
pub const CONVERSATIONS_MAX: usize = 100_000;
/// The length of the windows in which requests are counted, µs.
const RATE_WINDOW_US: i64 = 10_000_000;
/// A rate is unusual from this many times the busiest learned window …
const RATE_TIMES: usize = 2;
/// … and this many requests more.
const RATE_MORE: usize = 5;

/// Who asks whom by which service. Hosts are any numbers that stay the same: an address, a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conversation {
    /// The host that opened it.
    pub client: u64,
    /// The host that answers.
    pub server: u64,
    /// The service, as a number: a port, a protocol.
    pub service: u32,
}

/// What a message asks or answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// The protocol's number of what is wanted.
    pub function: u16,
    /// The first register or object touched.
    pub first: u32,
    /// How many of them.
    pub count: u32,
    /// What is written.
    pub value: Option<f64>,
}

/// What the protocol inside a message is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content {
    /// Nothing that is understood: handshakes, acknowledgements, other services.
    Opaque,
    /// A request of the client.
    Request(Request),
    /// An answer that the client's request was refused, with the function refused.
    Refused(u16),
    /// Bytes that the service's protocol does not allow.
    Malformed,
}

/// One message seen on the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message {
    /// When, µs.
    pub time: i64,
    /// Between whom.
    pub conversation: Conversation,
    /// What.
    pub content: Content,
}

/// Why a message is not normal, from the most general reason to the most special.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Novelty {
    /// These two never spoke by this service.
    Conversation,
    /// The bytes are not of the protocol.
    Malformed,
    /// The client never asked for such a thing.
    Function,
    /// The server never refused such a thing.
    Refusal,
    /// Registers beyond those ever touched.
    Registers,
    /// A value outside those ever written.
    Value,
    /// Far more requests than ever.
    Rate,
}

/// The habits of a client with one function, over all its servers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Habit {
    first: u32,
    last: u32,
    #[serde(with = "crate::bits::pair")]
    values: [f64; 2],
    busiest: usize,
}

/// A client, a service and a function.
type HabitKey = (u64, u32, u16);

/// What is normal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrafficNormal {
    /// Conversations, and whether malformed bytes were seen in them.
    conversations: BTreeMap<Conversation, bool>,
    /// What is refused in each conversation.
    refusals: BTreeSet<(Conversation, u16)>,
    habits: BTreeMap<HabitKey, Habit>,
    rates: Rates,
}

impl TrafficNormal {
    /// Nothing is normal yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many conversations are known.
    pub fn conversations(&self) -> usize {
        self.conversations.len()
    }

    /// Takes a message for normal. Messages of a recording come in order of time; after a recording a next one
    /// may begin at any time.
    pub fn learn(&mut self, message: &Message) {
        let conversation = message.conversation;
        if self.conversations.len() >= CONVERSATIONS_MAX || self.habits.len() >= CONVERSATIONS_MAX {
            return;
        }
        let malformed = self.conversations.entry(conversation).or_default();
        match message.content {
            Content::Opaque => {}
            Content::Malformed => *malformed = true,
            Content::Refused(function) => {
                self.refusals.insert((conversation, function));
            }
            Content::Request(request) => {
                let busy = self.rates.count(message.time, conversation, request.function);
                let key = (conversation.client, conversation.service, request.function);
                self.habits.entry(key).or_insert_with(|| Habit::new(&request)).widen(&request, busy);
            }
        }
    }
}

impl Habit {
    fn new(request: &Request) -> Self {
        Self { first: request.first, last: last(request), values: [f64::INFINITY, f64::NEG_INFINITY], busiest: 0 }
    }

    fn widen(&mut self, request: &Request, busy: usize) {
        self.first = self.first.min(request.first);
        self.last = self.last.max(last(request));
        self.busiest = self.busiest.max(busy);
        if let Some(value) = request.value {
            self.values = [self.values[0].min(value), self.values[1].max(value)];
        }
    }

    fn judge(&self, request: &Request, busy: usize) -> Option<Novelty> {
        let value = |v: f64| v < self.values[0] || v > self.values[1];
        if request.first < self.first || last(request) > self.last {
            Some(Novelty::Registers)
        } else if request.value.is_some_and(value) {
            Some(Novelty::Value)
        } else if busy > self.busiest * RATE_TIMES + RATE_MORE {
            Some(Novelty::Rate)
        } else {
            None
        }
    }
}

fn last(request: &Request) -> u32 {
    request.first.saturating_add(request.count.max(1) - 1)
}

/// Requests in the present window by conversation and function: the window's number, how many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rates {
    present: BTreeMap<(Conversation, u16), (i64, usize)>,
}

impl Rates {
    /// Counts a request and says how many of its kind the window holds so far.
    fn count(&mut self, time: i64, conversation: Conversation, function: u16) -> usize {
        let window = time.div_euclid(RATE_WINDOW_US);
        let (begun, count) = self.present.entry((conversation, function)).or_default();
        if *begun != window {
            (*begun, *count) = (window, 0);
        }
        *count += 1;
        *count
    }
}

/// Watches the network against what is normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrafficWatch {
    normal: TrafficNormal,
    rates: Rates,
}

impl TrafficWatch {
    /// Begins to watch.
    pub fn new(normal: TrafficNormal) -> Self {
        Self { normal, rates: Rates::default() }
    }

    /// Says what is new about a message; none when nothing is.
    pub fn step(&mut self, message: &Message) -> Option<Novelty> {
        let conversation = message.conversation;
        let Some(malformed) = self.normal.conversations.get(&conversation) else {
            return Some(Novelty::Conversation);
        };
        match message.content {
            Content::Opaque => None,
            Content::Malformed => (!malformed).then_some(Novelty::Malformed),
            Content::Refused(function) => {
                (!self.normal.refusals.contains(&(conversation, function))).then_some(Novelty::Refusal)
            }
            Content::Request(request) => {
                let key = (conversation.client, conversation.service, request.function);
                let Some(habit) = self.normal.habits.get(&key) else { return Some(Novelty::Function) };
                habit.judge(&request, self.rates.count(message.time, conversation, request.function))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: u16 = 3;
    const WRITE: u16 = 6;

    fn message(time: i64, server: u64, content: Content) -> Message {
        Message { time, conversation: Conversation { client: 1, server, service: 502 }, content }
    }

    fn request(function: u16, first: u32, value: Option<f64>) -> Content {
        Content::Request(Request { function, first, count: 4, value })
    }

    /// A master polls two stations each second and wrote a value between 10 and 20 to one of them.
    fn watch() -> TrafficWatch {
        let mut normal = TrafficNormal::new();
        for i in 0..100 {
            for server in [10, 11] {
                normal.learn(&message(i * 1_000_000, server, request(READ, 0, None)));
                normal.learn(&message(i * 1_000_000, server, Content::Opaque));
            }
        }
        for value in [10.0, 20.0] {
            normal.learn(&message(101_000_000, 10, request(WRITE, 8, Some(value))));
        }
        assert_eq!(normal.conversations(), 2);
        TrafficWatch::new(normal)
    }

    #[test]
    fn more_of_the_same_is_normal() {
        let mut watch = watch();
        for i in 0..1000 {
            assert_eq!(watch.step(&message(i * 1_000_000, 10, request(READ, 0, None))), None);
        }
        // the operator may do to a station what was done to its neighbour
        assert_eq!(watch.step(&message(2_000_000_000, 11, request(WRITE, 8, Some(15.0)))), None);
    }

    #[test]
    fn each_novelty_is_named() {
        for (server, content, want) in [
            (12, Content::Opaque, Novelty::Conversation),
            (10, Content::Malformed, Novelty::Malformed),
            (10, Content::Refused(READ), Novelty::Refusal),
            (10, request(43, 0, None), Novelty::Function),
            (10, request(READ, 1, None), Novelty::Registers),
            (10, request(WRITE, 8, Some(30.0)), Novelty::Value),
        ] {
            assert_eq!(watch().step(&message(0, server, content)), Some(want));
        }
    }

    #[test]
    fn a_flood_is_a_novelty_though_each_message_is_known() {
        let mut watch = watch();
        let flood: Vec<_> = (0..100).map(|i| watch.step(&message(i * 10_000, 10, request(READ, 0, None)))).collect();
        assert!(flood[..20].iter().all(Option::is_none) && flood[99] == Some(Novelty::Rate));
    }

    #[test]
    fn a_second_recording_may_begin_earlier() {
        let mut normal = TrafficNormal::new();
        normal.learn(&message(1_000_000_000, 10, request(READ, 0, None)));
        normal.learn(&message(0, 10, request(READ, 0, None)));
        let mut watch = TrafficWatch::new(normal);
        assert_eq!(watch.step(&message(0, 10, request(READ, 0, None))), None);
    }
}
