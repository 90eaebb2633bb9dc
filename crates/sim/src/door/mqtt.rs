//! The plain MQTT door, as plants really have it: three shapes side by side.
//!
//! - the furnace publishes each value as `{"timestamp_ms":…,"value":…}` below `umh/v1/…/_historian/`;
//! - the press publishes one object with all its values at `…/_raw/machine`;
//! - wireless accelerometers publish `{"timestamp_ms":…,"rate_hz":…,"samples":[…]}` at `…/_raw/vibration_waveform`, where
//!   the time is that of the first sample.
//!
//! A sensor without a value publishes nothing (in the object: `null`).

use std::collections::BTreeMap;

use gemba_plant::{Quality, SignalKind};
use mqtt5::{MqttClient, MqttError, QoS};
use serde_json::{Map, Number, Value, json};

use super::session::{self, Pause};
use super::{Calendar, Feed, Listen};
use crate::layout::wiring;
use crate::{DoorKind, Reading, Update};

/// Topic and, where the message is an object, field of each signal, by number.
type Topics = BTreeMap<usize, (String, Option<String>)>;

fn topics() -> Topics {
    let here = wiring().into_iter().enumerate().filter(|(_, wired)| wired.place.door == DoorKind::Mqtt);
    let split = |address: &str| match address.split_once('#') {
        Some((topic, field)) => (topic.to_owned(), Some(field.to_owned())),
        None => (address.to_owned(), None),
    };
    here.map(|(number, wired)| (number, split(&wired.place.address))).collect()
}

/// Signals whose values are whole numbers.
fn whole() -> Vec<usize> {
    let whole = |kind| matches!(kind, SignalKind::State);
    wiring().iter().enumerate().filter(|(_, wired)| whole(wired.spec.kind)).map(|(number, _)| number).collect()
}

/// Makes messages of readings.
#[derive(Debug)]
struct Writer {
    topics: Topics,
    whole: Vec<usize>,
    /// The last values of each object.
    objects: BTreeMap<String, Map<String, Value>>,
}

impl Writer {
    fn new(first: &[Reading]) -> Self {
        let mut writer = Self { topics: topics(), whole: whole(), objects: BTreeMap::new() };
        for reading in first {
            writer.note(reading);
        }
        writer
    }

    /// Keeps a value of an object; the object's topic, when it is one.
    fn note(&mut self, reading: &Reading) -> Option<String> {
        let (topic, field) = self.topics.get(&reading.signal)?;
        let field = field.clone()?;
        let value = self.number(reading);
        self.objects.entry(topic.clone()).or_default().insert(field, value);
        Some(topic.clone())
    }

    fn number(&self, reading: &Reading) -> Value {
        #[allow(clippy::cast_possible_truncation, reason = "the number of a state is small")]
        if self.whole.contains(&reading.signal) {
            return Value::from(reading.value as i64);
        }
        Number::from_f64(reading.value).map_or(Value::Null, Value::Number)
    }

    /// The messages of a step: topic and text.
    fn messages(&mut self, step: &Update, calendar: Calendar) -> Vec<(String, String)> {
        let (mut messages, mut touched) = (Vec::new(), BTreeMap::new());
        for reading in &step.readings {
            let time = calendar.time(reading.at_us).millis();
            if let Some(topic) = self.note(reading) {
                touched.insert(topic, time);
                continue;
            }
            let Some((topic, _)) = self.topics.get(&reading.signal) else { continue };
            if reading.quality != Quality::Bad {
                let text = json!({ "timestamp_ms": time, "value": self.number(reading) });
                messages.push((topic.clone(), text.to_string()));
            }
        }
        for (topic, time) in touched {
            let mut object = self.objects.get(&topic).cloned().unwrap_or_default();
            object.insert("timestamp_ms".into(), time.into());
            messages.push((topic, Value::Object(object).to_string()));
        }
        for block in &step.blocks {
            let Some((topic, _)) = self.topics.get(&block.signal) else { continue };
            let time = calendar.time(block.at_us).millis();
            let text = json!({ "timestamp_ms": time, "rate_hz": block.rate_hz, "samples": &*block.samples });
            messages.push((topic.clone(), text.to_string()));
        }
        messages
    }
}

/// Publishes the MQTT assets, for ever.
pub(super) async fn serve(listen: Listen, mut feed: Feed, first: Vec<Reading>) {
    let (mut writer, mut pause) = (Writer::new(&first), Pause::new());
    loop {
        let options = session::options(&listen, "acme-hall");
        match session::connect(&listen, options).await {
            Ok(client) => {
                pause.reset();
                if let Err(error) = publish(&client, &mut writer, &mut feed).await {
                    tracing::warn!(%error, "the MQTT door has lost its broker");
                }
            }
            Err(error) => tracing::debug!(%error, "the MQTT door waits for its broker"),
        }
        if !pause.wait(&feed.stop).await {
            return;
        }
    }
}

/// Publishes until the link breaks or it is time to stop.
async fn publish(client: &MqttClient, writer: &mut Writer, feed: &mut Feed) -> Result<(), MqttError> {
    while let Some(step) = feed.next().await {
        for (topic, text) in writer.messages(&step, feed.calendar) {
            client.publish_qos(topic, text.into_bytes(), QoS::AtLeastOnce).await?;
        }
        if !client.is_connected().await {
            return Err(MqttError::NotConnected);
        }
    }
    client.disconnect().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plant, Scenario};
    use gemba_plant::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_second_of_the_plant_gives_objects_values_and_waveforms() {
        let mut plant = Plant::new(1, Scenario::demo());
        let mut writer = Writer::new(plant.values());
        let step = plant.step(Duration::from_secs(2));
        let calendar = Calendar { start: Timestamp::from_secs(1_000), speed: 1.0 };
        let messages = writer.messages(&step, calendar);
        let read = |end: &str| -> Value {
            let (_, text) = messages.iter().rev().find(|(topic, _)| topic.ends_with(end)).unwrap();
            serde_json::from_str(text).unwrap()
        };
        let press = read("press-1/_raw/machine");
        assert_eq!(press["timestamp_ms"], 1_002_000);
        assert!(press["cushion"].as_f64().unwrap() > 4.0 && press["product"].is_i64());
        assert!((read("_historian/zone_1_temperature")["value"].as_f64().unwrap() - 780.0).abs() < 20.0);
        let wave = read("fan-1/_raw/vibration_waveform");
        assert_eq!(wave["samples"].as_array().unwrap().len(), crate::BLOCK);
        assert_eq!(wave["timestamp_ms"], 1_001_360);
    }
}
