//! Points in time as people and programs outside read them: RFC 3339 in UTC.

use std::borrow::Cow;
use std::fmt;

use gemba_plant::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time. Written as RFC 3339; read from RFC 3339 or from whole microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// The point in time, or nothing for one that no calendar holds (an open end).
    pub fn known(at: Timestamp) -> Option<Self> {
        jiff::Timestamp::from_microsecond(at.micros()).ok().map(|_| Self(at))
    }

    fn read(text: &str) -> Result<Self, String> {
        if let Ok(micros) = text.parse() {
            return Ok(Self(Timestamp::from_micros(micros)));
        }
        let bad =
            |_| format!("\"{}\" is neither RFC 3339 nor whole microseconds", text.chars().take(40).collect::<String>());
        let at: jiff::Timestamp = text.parse().map_err(bad)?;
        Ok(Self(Timestamp::from_micros(at.as_microsecond())))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0.micros()) {
            Ok(at) => at.fmt(f),
            Err(_) => self.0.micros().fmt(f),
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a point in time in RFC 3339 or in whole microseconds since the epoch")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                Moment::read(text).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, micros: i64) -> Result<Moment, E> {
                Ok(Moment(Timestamp::from_micros(micros)))
            }

            fn visit_u64<E: de::Error>(self, micros: u64) -> Result<Moment, E> {
                Ok(Moment(Timestamp::from_micros(i64::try_from(micros).map_err(E::custom)?)))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_utc_and_read_from_both_forms() {
        let at = Timestamp::from_micros(1_700_000_000_123_456);
        assert_eq!(serde_json::to_string(&Moment(at)).unwrap(), "\"2023-11-14T22:13:20.123456Z\"");
        for text in [
            "\"2023-11-14T22:13:20.123456Z\"",
            "\"2023-11-14T23:13:20.123456+01:00\"",
            "1700000000123456",
            "\"1700000000123456\"",
        ] {
            assert_eq!(serde_json::from_str::<Moment>(text).unwrap(), Moment(at), "{text}");
        }
        assert!(serde_json::from_str::<Moment>("\"yesterday\"").is_err());
    }

    #[test]
    fn an_open_end_is_no_moment() {
        assert_eq!(Moment::known(Timestamp::MAX), None);
        assert!(Moment::known(Timestamp::from_secs(0)).is_some());
    }
}
