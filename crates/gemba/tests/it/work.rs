//! Maintenance on the command line: what failures matter, a production plan taken over and back, figures.

use serde_json::Value;

use crate::commands::code;
use crate::house::House;

const PLANT: &str = "[[failure_mode]]\nid = \"cavitation\"\ntemplate = \"pump\"\nseverity = 9\n\n\
                     [[asset]]\npath = \"acme/pump-1\"\ntemplate = \"pump\"\n\n[[asset.signal]]\nname = \"flow\"\nunit = \"m3/h\"\nrole = \"flow\"\n";

#[test]
fn failure_modes_windows_and_figures_are_told_in_words_and_as_json() {
    let mut house = House::new("", PLANT);
    house.start();
    let table = code(&house.run(&["work", "fmea", "acme/pump-1"]), 0);
    let cavitation = table.lines().find(|line| line.starts_with("cavitation")).unwrap();
    let cells: Vec<&str> = cavitation.split_whitespace().collect();
    assert_eq!(cells, ["cavitation", "watched", "9", "5", "4", "180", "high", "site"]);
    assert!(table.contains("RPN = severity × occurrence × detection"), "{table}");
    let told: Value = serde_json::from_str(&code(&house.run(&["work", "fmea", "acme/pump-1", "--json"]), 0)).unwrap();
    // nothing that is measured here would show it, so its detection is 10
    assert_eq!(told["modes"][0]["id"], "lubrication_loss", "what matters most comes first");
    code(&house.run(&["work", "fmea", "acme/nowhere"]), 3);
    ranks_are_given_and_taken_back(&house);

    let year = jiff::Timestamp::now().as_second() + 40 * 86_400;
    let day = jiff::Timestamp::from_second(year).unwrap().strftime("%Y%m%d").to_string();
    let plan = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Stop\nDTSTART:{day}T060000Z\nDURATION:PT8H\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nSUMMARY:Odd\nDTSTART:{day}T060000Z\nDURATION:PT8H\nRRULE:FREQ=HOURLY\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    std::fs::write(house.path().join("plan.ics"), plan).unwrap();
    let shown = code(&house.run(&["work", "windows", "plan.ics", "--crew", "mechanic=16", "--dry-run"]), 0);
    assert!(shown.contains("line 13: the rule's FREQ=HOURLY is not read"), "{shown}");
    assert!(shown.contains("1 new, 0 changed") && shown.contains("nothing was written"), "{shown}");
    let taken = code(&house.run(&["work", "windows", "plan.ics", "--crew", "mechanic=16"]), 0);
    assert!(taken.contains("gemba work windows --undo 1"), "{taken}");
    assert!(
        code(&house.run(&["work", "windows", "plan.ics", "--crew", "mechanic=16"]), 0)
            .contains("0 new, 0 changed, 1 as before")
    );
    assert!(code(&house.run(&["work", "windows", "--undo", "1"]), 0).contains("is taken back"));
    code(&house.run(&["work", "windows", "plan.ics", "--crew", "mechanic"]), 2);

    let figures = code(&house.run(&["work", "figures", "--asset", "acme", "--template", "pump"]), 0);
    assert!(figures.contains("MTBF") && figures.contains("machine hours since their first data"), "{figures}");
    code(&house.run(&["work", "figures", "--machines"]), 0);
    assert!(house.stop());
}

fn ranks_are_given_and_taken_back(house: &House) {
    let set = ["work", "ranks", "set", "cavitation", "--asset", "acme/pump-1", "--occurrence", "7", "--note", "spring"];
    let told = code(&house.run(&set), 0);
    assert!(told.contains("occurrence - → 7") && told.contains("gemba work ranks undo 1"), "{told}");
    let table = code(&house.run(&["work", "fmea", "acme/pump-1"]), 0);
    let cavitation = table.lines().find(|line| line.starts_with("cavitation")).unwrap();
    assert!(cavitation.contains(" 252 "), "9 × 7 × 4: {cavitation}");
    let shown = code(&house.run(&["work", "ranks", "show", "acme/pump-1"]), 0);
    assert!(shown.contains("9 - - (every pump); - 7 - (every machine at or below acme/pump-1)"), "{shown}");
    let history = code(&house.run(&["work", "ranks", "history", "cavitation"]), 0);
    assert!(history.contains("spring") && history.contains("acme/pump-1"), "{history}");
    assert!(code(&house.run(&["work", "ranks", "undo", "1"]), 0).contains("occurrence 7 → -"));
    code(&house.run(&["work", "ranks", "undo", "1"]), 1);
    code(&house.run(&["work", "ranks", "set", "cavitation", "--severity", "11"]), 1);
}
