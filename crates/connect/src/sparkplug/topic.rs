//! Sparkplug topics (specification 3.0, chapter 4).

/// The first segment of every topic.
pub const NAMESPACE: &str = "spBv1.0";

/// What kind of message a topic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An edge node is born: everything it will ever publish.
    NBirth,
    /// An edge node is dead; said by the broker or by itself.
    NDeath,
    /// Data of an edge node.
    NData,
    /// A device is born.
    DBirth,
    /// A device is dead.
    DDeath,
    /// Data of a device.
    DData,
}

/// A topic that a host application listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// A message from an edge node.
    Message {
        /// The kind.
        kind: Kind,
        /// The group.
        group: &'a str,
        /// The edge node.
        edge: &'a str,
        /// The device; there for device messages and for them only.
        device: Option<&'a str>,
    },
    /// Whether a host application is online.
    State(&'a str),
    /// A command to an edge node or device: not for us.
    Command,
}

impl<'a> Topic<'a> {
    /// Reads a topic.
    ///
    /// # Errors
    /// When it is none of Sparkplug. Says why.
    pub fn read(topic: &'a str) -> Result<Self, &'static str> {
        let parts: Vec<&str> = topic.split('/').collect();
        match parts.as_slice() {
            [NAMESPACE, "STATE", host] if !host.is_empty() => Ok(Self::State(host)),
            [NAMESPACE, _, "NCMD" | "DCMD", ..] => Ok(Self::Command),
            [NAMESPACE, group, kind, edge] => Self::message(kind, (group, edge), None),
            [NAMESPACE, group, kind, edge, device] => Self::message(kind, (group, edge), Some(device)),
            _ => Err("no Sparkplug topic"),
        }
    }

    fn message(kind: &str, (group, edge): (&'a str, &'a str), device: Option<&'a str>) -> Result<Self, &'static str> {
        if group.is_empty() || edge.is_empty() || device.is_some_and(str::is_empty) {
            return Err("an empty id");
        }
        let kind = match (kind, device.is_some()) {
            ("NBIRTH", false) => Kind::NBirth,
            ("NDEATH", false) => Kind::NDeath,
            ("NDATA", false) => Kind::NData,
            ("DBIRTH", true) => Kind::DBirth,
            ("DDEATH", true) => Kind::DDeath,
            ("DDATA", true) => Kind::DData,
            ("NBIRTH" | "NDEATH" | "NDATA", true) => return Err("a device id in a message of a node"),
            ("DBIRTH" | "DDEATH" | "DDATA", false) => return Err("no device id in a message of a device"),
            _ => return Err("an unknown kind of message"),
        };
        Ok(Self::Message { kind, group, edge, device })
    }
}

/// The topic of a message.
pub fn write(kind: &str, group: &str, edge: &str, device: Option<&str>) -> String {
    match device {
        Some(device) => format!("{NAMESPACE}/{group}/{kind}/{edge}/{device}"),
        None => format!("{NAMESPACE}/{group}/{kind}/{edge}"),
    }
}

/// The topic on which a host application says whether it is online.
pub fn state(host: &str) -> String {
    format!("{NAMESPACE}/STATE/{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_id_stands_in_device_messages_and_only_there() {
        assert_eq!(
            Topic::read("spBv1.0/g/DDATA/e/d"),
            Ok(Topic::Message { kind: Kind::DData, group: "g", edge: "e", device: Some("d") })
        );
        assert_eq!(Topic::read("spBv1.0/STATE/gemba"), Ok(Topic::State("gemba")));
        assert_eq!(Topic::read("spBv1.0/g/NCMD/e"), Ok(Topic::Command));
        for bad in
            ["spBv1.0/g/NDATA/e/d", "spBv1.0/g/DDATA/e", "spBv1.0/g/XDATA/e", "spBv1.0//NDATA/e", "a/b", "", "spBv1.0"]
        {
            assert!(Topic::read(bad).is_err(), "{bad}");
        }
    }
}
