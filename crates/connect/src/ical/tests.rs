use super::*;

const NIGHT: &str = "BEGIN:VEVENT\r\nUID:night@plan\r\nSUMMARY:Night shift\r\nLOCATION:acme/north\r\n\
    DTSTART;TZID=Europe/Berlin:20261023T220000\r\nDTEND;TZID=Europe/Berlin:20261024T060000\r\n\
    RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20261025T220000\r\n\
    BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nSUMMARY:wake up\r\nEND:VALARM\r\nEND:VEVENT\r\n";

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//plan//EN\r\n{events}END:VCALENDAR\r\n")
}

fn all(events: &str) -> (Vec<Occurrence>, Vec<Refused>) {
    read(&calendar(events), &berlin(), TimeRange::ALL)
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap().strftime("%m%dT%H").to_string()
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n")
}

#[test]
fn a_shift_that_comes_again_keeps_its_clock_over_the_change_of_the_clocks() {
    let (found, refused) = all(NIGHT);
    assert_eq!(refused, []);
    let starts: Vec<String> = found.iter().map(|one| utc(one.range.from)).collect();
    // 25 October is left out, and the clocks went back in the night to it
    assert_eq!(starts, ["1023T20", "1024T20", "1026T21"]);
    assert!(found.iter().all(|one| one.range.to.micros() - one.range.from.micros() == 8 * 3_600_000_000));
    assert_eq!(
        (found[0].summary.as_str(), found[0].location.as_str(), found[0].line),
        ("Night shift", "acme/north", 4)
    );
}

#[test]
fn an_occurrence_that_was_moved_or_cancelled_stands_for_the_one_of_its_series() {
    let moved = event(
        "UID:night@plan\r\nSUMMARY:Night shift, late\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261024T220000\r\n\
         DTSTART;TZID=Europe/Berlin:20261024T230000\r\nDURATION:PT7H\r\n",
    );
    let gone = event(
        "UID:night@plan\r\nSTATUS:CANCELLED\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T220000\r\n\
         DTSTART;TZID=Europe/Berlin:20261026T220000\r\n",
    );
    let (found, refused) = all(&format!("{NIGHT}{moved}{gone}"));
    assert_eq!(refused, []);
    let told: Vec<(String, &str)> = found.iter().map(|one| (utc(one.range.from), one.summary.as_str())).collect();
    assert_eq!(told, [("1023T20".to_owned(), "Night shift"), ("1024T21".to_owned(), "Night shift, late")]);
    let before = all(NIGHT).0;
    assert_eq!(found[1].key, before[1].key, "the moved one is the same as before");
}

#[test]
fn a_day_is_a_day_and_what_lies_outside_is_left_out() {
    let stop = event("UID:stop\r\nSUMMARY:Yearly stop\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n");
    let day = event("UID:day\r\nSUMMARY:Holiday\r\nDTSTART;VALUE=DATE:20260101\r\n");
    let (found, _) = all(&format!("{stop}{day}"));
    let hours = |one: &Occurrence| (one.range.to.micros() - one.range.from.micros()) / 3_600_000_000;
    assert_eq!((utc(found[0].range.from), hours(&found[0]), hours(&found[1])), ("1231T23".to_owned(), 24, 72));
    let from = found[1].range.from;
    let (late, _) = read(&calendar(&format!("{stop}{day}")), &berlin(), TimeRange::new(from, Timestamp::MAX));
    assert_eq!(late.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["stop"]);
}

#[test]
fn every_event_that_cannot_be_read_is_told_and_costs_no_other() {
    let bad = [
        event("UID:1\r\nSUMMARY:no begin\r\n"),
        event("UID:2\r\nDTSTART:20261224T100000Z\r\nDTEND:20261224T090000Z\r\n"),
        event("UID:3\r\nDTSTART;TZID=Nowhere:20261224T100000\r\nDURATION:PT1H\r\n"),
        event("UID:4\r\nDTSTART:20261224T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n"),
        event("UID:5\r\nDTSTART:20261224T100000Z\r\n"),
        event("UID:6\r\nDTSTART:20261224T100000Z\r\nDURATION:PT1H\r\nRDATE:20261225T100000Z\r\n"),
        event("UID:7\r\nDTSTART:20261224T100000Z\r\nDURATION:1 hour\r\n"),
    ];
    let (found, refused) = all(&format!("{}{NIGHT}", bad.concat()));
    assert_eq!(found.len(), 3, "{found:?}");
    let lines: Vec<usize> = refused.iter().map(|one| one.line).collect();
    assert_eq!(lines, [4, 11, 15, 22, 24, 32, 37], "{refused:#?}");
    assert!(refused.iter().all(|one| !one.what.is_empty() && !one.cure.is_empty()), "{refused:#?}");
}

#[test]
fn the_zone_that_a_file_defines_is_found_by_its_place() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Werk Nord\r\nX-LIC-LOCATION:Europe/Berlin\r\nBEGIN:STANDARD\r\n\
                DTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let own = event("UID:1\r\nSUMMARY:Stop\r\nDTSTART;TZID=Werk Nord:20261224T100000\r\nDURATION:PT1H\r\n");
    let (found, refused) = all(&format!("{zone}{own}"));
    assert_eq!((refused, utc(found[0].range.from)), (Vec::new(), "1224T09".to_owned()));
}

#[test]
fn a_calendar_is_known_by_its_first_line() {
    assert!(is_calendar("\u{feff}\r\nbegin:vcalendar\r\n") && is_calendar(&calendar("")));
    assert!(!is_calendar("name,from,to\n") && !is_calendar("") && !is_calendar("BEGIN:VCALENDÄ"));
}

#[test]
fn a_series_without_end_is_bounded() {
    let forever = event("UID:1\r\nDTSTART:20200101T000000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\n");
    let two = forever.replace("UID:1", "UID:2");
    let (found, refused) = all(&format!("{forever}{two}"));
    assert_eq!(found.len(), OCCURRENCES_MAX);
    assert!(refused[0].what.contains("more than 10000"), "{refused:?}");
}
