use proptest::prelude::*;

use super::*;

/// `field=value` lines, with what differs from good and no time behind.
fn shown(payload: &str) -> String {
    let readings = match decode(payload.as_bytes()) {
        Ok(readings) => readings.all,
        Err(why) => return format!("! {why}"),
    };
    let line = |r: &Reading| {
        let value = match &r.datum {
            Datum::Number(number) => format!("{number}"),
            Datum::Flag(flag) => format!("{flag}"),
            Datum::Text(text) => format!("'{text}'"),
            Datum::Nothing => "none".into(),
            Datum::Wave(rate, samples) => format!("wave {rate} Hz {samples:?}"),
        };
        let time = r.time.map_or(String::new(), |t| format!(" @{}", t.millis()));
        let odd = if r.odd_time { " odd-time" } else { "" };
        let quality = if r.quality == Quality::Good { String::new() } else { format!(" {}", r.quality.as_str()) };
        let status = if r.status == 0 { String::new() } else { format!(" {:#x}", r.status) };
        let unit = if r.unit.is_empty() { String::new() } else { format!(" [{}]", r.unit) };
        format!("{}={value}{unit}{time}{odd}{quality}{status}", r.field)
    };
    readings.iter().map(line).collect::<Vec<_>>().join("; ")
}

proptest! {
    /// A number in JSON is the double that is nearest to what is written, to the last bit.
    #[test]
    fn a_number_is_taken_to_the_bit(bits: u64) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let payload = format!("{{\"value\":{number:e}}}");
        let readings = decode(payload.as_bytes()).unwrap().all;
        prop_assert_eq!(readings.iter().map(|r| r.datum.clone()).collect::<Vec<_>>(), [Datum::Number(number)]);
    }
}

#[test]
fn payloads_are_understood() {
    for (payload, want) in [
        ("23.5", "=23.5"),
        (" -1e3\n", "=-1000"),
        ("true", "=true"),
        ("null", "=none"),
        ("NaN", "=none"),
        ("inf", "=none"),
        ("RUNNING", "='RUNNING'"),
        ("\"RUNNING\"", "='RUNNING'"),
        (r#"{"timestamp_ms":1700000000123,"value":4.5,"quality":"good","unit":"bar"}"#, "=4.5 [bar] @1700000000123"),
        (r#"{"ts":"2023-11-14T22:13:20.123Z","v":1,"quality":0}"#, "=1 @1700000000123 bad"),
        (r#"{"value":1,"quality":192}"#, "=1 0xc0"),
        (r#"{"value":1,"quality":500}"#, "=1 stale 0x1f4"),
        (r#"{"value":1,"quality":1083441152}"#, "=1 uncertain 0x40940000"),
        (r#"{"timestamp_ms":5,"value":1}"#, "=1 odd-time"),
        (r#"{"timestamp_ms":1700000000123,"a":1,"b":2}"#, "a=1 @1700000000123; b=2 @1700000000123"),
        (
            r#"{"mode":"AUTO","motor":{"current":[1,2],"on":true}}"#,
            "mode='AUTO'; motor.current[0]=1; motor.current[1]=2; motor.on=true",
        ),
        ("[1,2]", "[0]=1; [1]=2"),
        (r#"[{"ts":1700000000,"value":1},{"ts":1700000001,"value":2}]"#, "=1 @1700000000000; =2 @1700000001000"),
        (
            r#"{"timestamp_ms":1700000000123,"rate_hz":10000,"samples":[1,-0.5]}"#,
            "=wave 10000 Hz [1.0, -0.5] @1700000000123",
        ),
        (r#"{"value":{"x":1}}"#, "x=1"),
    ] {
        assert_eq!(shown(payload), want, "{payload}");
    }
}

#[test]
fn what_cannot_be_understood_says_why() {
    let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));
    let deeper = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for (payload, want) in [
        ("", "! empty"),
        ("{", "! EOF"),
        ("{}", "! no value"),
        ("[]", "! no value"),
        (r#"{"timestamp_ms":1}"#, "! no value"),
        (r#"{"rate_hz":0,"samples":[1]}"#, "! a waveform without"),
        (r#"{"rate_hz":10,"samples":[]}"#, "! a waveform of 0"),
        (r#"{"rate_hz":10,"samples":["a"]}"#, "! a waveform with"),
        (r#"{"value":1e999}"#, "! number out of range"),
        ("a\u{1}b", "! neither a value"),
        (deep.as_str(), "! deeper than"),
        (deeper.as_str(), "! recursion limit"),
    ] {
        assert!(shown(payload).starts_with(want), "{payload:.60}: {}", shown(payload));
    }
    assert!(decode(&[0xff, 0xfe]).is_err());
}

#[test]
fn of_too_many_values_the_first_are_taken_and_the_rest_counted() {
    let numbers = format!("[{}1]", "1,".repeat(5000));
    let timed = format!("[{}]", vec![r#"{"ts":1700000000,"value":1}"#; 5001].join(","));
    let fields: Vec<String> = (0..5001).map(|n| format!("\"f{n}\":1")).collect();
    for payload in [numbers, timed, format!("{{{}}}", fields.join(","))] {
        let readings = decode(payload.as_bytes()).unwrap();
        assert_eq!((readings.all.len(), readings.left_out), (VALUES_MAX, 5001 - VALUES_MAX as u64), "{payload:.40}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(readings) = decode(&bytes) {
            prop_assert!(readings.all.len() <= VALUES_MAX);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in r#"[\[\]{}:,"a-z0-9.eE+-]{0,200}"#) {
        if let Ok(readings) = decode(text.as_bytes()) {
            for reading in readings.all {
                if let Datum::Number(number) = reading.datum { prop_assert!(number.is_finite()); }
            }
        }
    }
}
