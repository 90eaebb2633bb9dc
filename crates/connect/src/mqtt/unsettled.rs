//! Messages that the broker still waits to hear about. Pure.

use std::collections::BTreeMap;

use super::link::Receipt;

/// What is known about the packet identifier of a message that just came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A new message, of this session.
    New(u64),
    /// It came before the link was lost and is on its way to the disk: its receipt will be sent then.
    OnItsWay,
    /// It came before the link was lost and is on disk: acknowledge it now.
    Stored,
}

/// Identifiers handed up and not yet acknowledged, across the loss of a link.
///
/// A broker that kept our session sends what it holds unacknowledged again under the same identifiers, and cannot
/// use one for another message before we acknowledge it. So an identifier that is still here and marked as sent
/// again is the same message.
/// At most 65 535 entries, because identifiers are 16 bits.
#[derive(Debug, Default)]
pub(crate) struct Unsettled {
    session: u64,
    /// Identifier to whether its message is on disk already.
    stored: BTreeMap<u16, bool>,
}

impl Unsettled {
    /// A link is up. When the broker did not keep our session, everything before is void.
    pub(crate) fn begin(&mut self, resumed: bool) {
        if !resumed {
            self.session += 1;
            self.stored.clear();
        }
    }

    /// A message came; `again` when the broker says that it was sent before.
    pub(crate) fn see(&mut self, packet_id: u16, again: bool) -> Seen {
        match self.stored.get(&packet_id).filter(|_| again) {
            None => {
                self.stored.insert(packet_id, false);
                Seen::New(self.session)
            }
            Some(false) => Seen::OnItsWay,
            Some(true) => {
                self.stored.remove(&packet_id);
                Seen::Stored
            }
        }
    }

    /// A message is on disk and the link is up: whether to acknowledge it now.
    pub(crate) fn settle(&mut self, receipt: &Receipt) -> bool {
        receipt.session == self.session && self.stored.remove(&receipt.packet_id).is_some()
    }

    /// A message is on disk while the link is away.
    pub(crate) fn settle_later(&mut self, receipt: &Receipt) {
        if receipt.session == self.session {
            self.stored.entry(receipt.packet_id).and_modify(|stored| *stored = true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(session: u64, packet_id: u16) -> Receipt {
        Receipt { session, packet_id, embedded: None }
    }

    #[test]
    fn a_message_is_acknowledged_once_and_its_identifier_is_free_again() {
        let mut open = Unsettled::default();
        open.begin(false);
        assert_eq!(open.see(7, false), Seen::New(1));
        assert!(open.settle(&receipt(1, 7)));
        assert!(!open.settle(&receipt(1, 7)));
        assert_eq!(open.see(7, false), Seen::New(1));
    }

    #[test]
    fn what_is_sent_again_after_a_loss_is_not_taken_twice() {
        let mut open = Unsettled::default();
        open.begin(false);
        assert_eq!((open.see(1, false), open.see(2, false)), (Seen::New(1), Seen::New(1)));
        open.settle_later(&receipt(1, 1));
        open.begin(true);
        assert_eq!(open.see(1, true), Seen::Stored);
        assert_eq!(open.see(2, true), Seen::OnItsWay);
        assert!(open.settle(&receipt(1, 2)));
    }

    #[test]
    fn receipts_of_a_session_that_the_broker_forgot_are_void() {
        let mut open = Unsettled::default();
        open.begin(false);
        open.see(1, false);
        open.begin(false);
        assert_eq!(open.see(1, false), Seen::New(2));
        open.settle_later(&receipt(1, 1));
        assert!(!open.settle(&receipt(1, 1)));
        assert!(open.settle(&receipt(2, 1)));
    }
}
