use proptest::prelude::*;
use srad_types::payload::data_set::{DataSetValue, Row};
use srad_types::payload::{PropertySet, PropertyValue};

use super::super::metric::parts;
use super::*;

fn metric(bytes: &[u8]) -> Metric {
    let mut metric = Metric::new();
    metric.set_value(metric::Value::BytesValue(bytes.to_vec()));
    metric
}

fn shown(metric: &Metric, kind: DataType) -> String {
    let parts = match parts(metric, kind as u32) {
        Ok(Some(parts)) => parts,
        Ok(None) => return "no value".into(),
        Err(why) => return format!("! {why}"),
    };
    let line = |part: &Part| {
        let time = match part.time {
            When::OfMetric => String::new(),
            When::At(time) => format!(" @{}", time.millis()),
            When::Odd => " @?".to_owned(),
        };
        format!("{}={:?}{time}", part.suffix, part.datum)
    };
    parts.all.iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_arrays_of_the_specification_are_read() {
    // the examples of Sparkplug 3.0, 6.4.16
    for (kind, bytes, want) in [
        (DataType::Int8Array, &[0xEF, 0x7B][..], "[0]=Number(-17.0); [1]=Number(123.0)"),
        (DataType::Int16Array, &[0xD0, 0x8A, 0x30, 0x75], "[0]=Number(-30000.0); [1]=Number(30000.0)"),
        (
            DataType::Int32Array,
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x35, 0x56, 0xA0, 0x12],
            "[0]=Number(-1.0); [1]=Number(312497717.0)",
        ),
        (DataType::Int64Array, &[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "[0]=Number(-2.0)"),
        (DataType::UInt8Array, &[0x17, 0xFA], "[0]=Number(23.0); [1]=Number(250.0)"),
        (DataType::UInt16Array, &[0x1E, 0x00, 0x88, 0xCC], "[0]=Number(30.0); [1]=Number(52360.0)"),
        (DataType::UInt32Array, &[0x34, 0x00, 0x00, 0x00], "[0]=Number(52.0)"),
        (DataType::UInt64Array, &[0x34, 0, 0, 0, 0, 0, 0, 0], "[0]=Number(52.0)"),
        (DataType::FloatArray, &[0x00, 0x00, 0x20, 0xC0], "[0]=Number(-2.5)"),
        (DataType::FloatArray, &[0x00, 0x00, 0xC0, 0x7F], "[0]=Nothing"),
        (DataType::DoubleArray, &[0, 0, 0, 0, 0, 0, 0x04, 0x40], "[0]=Number(2.5)"),
        (DataType::BooleanArray, &[3, 0, 0, 0, 0b1010_0000], "[0]=Flag(true); [1]=Flag(false); [2]=Flag(true)"),
        (DataType::StringArray, b"ABC\0hello\0", "[0]=Text(\"ABC\"); [1]=Text(\"hello\")"),
        (DataType::DateTimeArray, &[0xC7, 0xD0, 0x90, 0x75, 0x24, 0x01, 0x00, 0x00], "[0]=Number(1256102875335.0)"),
        (DataType::Int16Array, &[1, 2, 3], "! 3 bytes are no whole elements of Int16Array"),
        (DataType::BooleanArray, &[9, 0, 0, 0, 1], "! a BooleanArray shorter than it says"),
        (DataType::StringArray, b"AB", "! a StringArray that does not end"),
        (DataType::Bytes, &[1], "no value"),
    ] {
        assert_eq!(shown(&metric(bytes), kind), want, "{kind:?}");
    }
    let twelve = metric(&[0x0C, 0, 0, 0, 0x34, 0xD0]);
    let flags: String = parts(&twelve, DataType::BooleanArray as u32)
        .unwrap()
        .unwrap()
        .all
        .iter()
        .map(|p| if p.datum == Datum::Flag(true) { '1' } else { '0' })
        .collect();
    assert_eq!(flags, "001101001101");
    let null = Metric { is_null: Some(true), ..Metric::new() };
    assert_eq!(shown(&null, DataType::Int8Array), "=Nothing");
}

#[test]
fn numbers_with_a_rate_are_a_waveform() {
    let mut wave = metric(&[0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0x40]);
    let rate =
        PropertyValue { r#type: Some(10), is_null: None, value: Some(property_value::Value::DoubleValue(25_600.0)) };
    wave.properties = Some(PropertySet { keys: vec!["sampleRate".into()], values: vec![rate] });
    assert_eq!(shown(&wave, DataType::FloatArray), "=Wave(25600.0, [1.0, 2.0])");
    assert_eq!(
        shown(&Metric { value: metric(&[]).value, ..wave }, DataType::FloatArray),
        format!("! a waveform of 0 samples, 1 to {SAMPLES_MAX} are taken")
    );
}

#[test]
fn what_is_beyond_the_bound_is_counted() {
    let parts = array(&metric(&vec![1; VALUES_MAX + 10]), DataType::UInt8Array).unwrap();
    assert_eq!((parts.all.len(), parts.left_out), (VALUES_MAX, 10));
}

fn table(columns: &[(&str, DataType)], rows: Vec<Vec<Option<Cell>>>) -> Metric {
    let row =
        |cells: Vec<Option<Cell>>| Row { elements: cells.into_iter().map(|value| DataSetValue { value }).collect() };
    let set = DataSet {
        num_of_columns: Some(columns.len() as u64),
        columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        types: columns.iter().map(|(_, kind)| *kind as u32).collect(),
        rows: rows.into_iter().map(row).collect(),
    };
    let mut metric = Metric::new();
    metric.set_value(metric::Value::DatasetValue(set));
    metric
}

#[test]
fn rows_with_a_time_are_samples_and_others_have_a_place() {
    let columns = [("t", DataType::DateTime), ("flow", DataType::Float), ("on", DataType::Boolean)];
    let row = |at: u64, flow: f32| {
        vec![Some(Cell::LongValue(at)), Some(Cell::FloatValue(flow)), Some(Cell::BooleanValue(true))]
    };
    let timed = table(&columns, vec![row(1_700_000_000_000, 1.5), row(5, 2.5)]);
    assert_eq!(
        shown(&timed, DataType::DataSet),
        ".flow=Number(1.5) @1700000000000; .on=Flag(true) @1700000000000; .flow=Number(2.5) @?; .on=Flag(true) @?"
    );
    let plain = table(
        &[("n", DataType::Int8), ("name", DataType::String)],
        vec![vec![Some(Cell::IntValue(0xFF)), Some(Cell::StringValue("a".into()))], vec![None, None]],
    );
    assert_eq!(
        shown(&plain, DataType::DataSet),
        "[0].n=Number(-1.0); [0].name=Text(\"a\"); [1].n=Nothing; [1].name=Nothing"
    );
    let short = table(&columns, vec![vec![None]]);
    assert_eq!(shown(&short, DataType::DataSet), "! row 0 of a DataSet has 1 cells for 3 columns");
    let wrong = table(&[("n", DataType::Int8)], vec![vec![Some(Cell::StringValue("a".into()))]]);
    assert!(shown(&wrong, DataType::DataSet).starts_with("! no value of Int8"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 16_u32..40) {
        if let Ok(Some(parts)) = parts(&metric(&bytes), kind) {
            prop_assert!(parts.all.len() <= VALUES_MAX);
        }
    }
}
