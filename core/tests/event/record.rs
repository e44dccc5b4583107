//! What a record says, and what it does not.

use crate::made::*;
use imagegate::*;
use serde_json::{Value, json};

fn start() -> Start {
    Start { is_privileged: true, occurrence: 7, ..Start::default() }
}

fn document(record: &EventRecord) -> Value {
    serde_json::from_str(&record.to_json()).unwrap()
}

fn parse(document: &Value) -> Result<EventRecord, Error> {
    EventRecord::parse(document.to_string().as_bytes())
}

#[test]
fn one_record_a_policy_with_the_decision_s_keys() {
    let now = at(1_764_000_000);
    let decision = policies("+08:00").assess_unscanned().decide(&launch(&start()), now).unwrap();
    let records = EventRecord::of(&decision, &RecordContext::default());
    let keys: Vec<String> = records.iter().map(|record| record.aggregation_key().to_string()).collect();
    let expected: Vec<&str> = decision.events().iter().map(|event| event.aggregation_key.as_str()).collect();
    assert_eq!(keys, expected);
    assert_eq!(records[0].day(), "2025-11-25");
    assert_eq!((records[0].action(), records[1].action()), (Action::Intercept, Action::Alarm));
    assert_eq!(records[0].evidence()[0].findings[0].name, "privileged");
    let allowed = PolicySet::parse(br#"{"version": 1, "policies": []}"#).unwrap();
    let decision = allowed.assess_unscanned().decide(&launch(&start()), now).unwrap();
    assert!(EventRecord::of(&decision, &RecordContext::default()).is_empty());
}

#[test]
fn the_id_tells_occurrences_apart_and_nothing_that_is_no_part_of_it() {
    let id = |start: &Start| records(start)[0].id();
    assert_eq!(id(&start()), id(&start()));
    assert_eq!(id(&start()), id(&Start { address: 9, ..start() }));
    assert_ne!(id(&start()), id(&Start { occurrence: 8, ..start() }));
    assert_ne!(id(&start()), id(&Start { node: 8, ..start() }));
    assert_ne!(id(&start()), id(&Start { seconds: 1, ..start() }));
}

#[test]
fn a_record_reads_back() {
    for record in records(&start()) {
        assert_eq!(parse(&document(&record)).unwrap(), record);
    }
}

#[test]
fn what_does_not_follow_from_the_rest_is_refused() {
    let good = document(&records(&start())[0]);
    let changes: [(&str, Value, &str); 12] = [
        ("/aggregation_key", json!("3e67de3a980d29302a8307756e4ae596"), "/aggregation_key"),
        ("/record_id", json!("3e67de3a980d29302a8307756e4ae596"), "/record_id"),
        ("/action", json!("allow"), "/action"),
        ("/action", json!("alarm"), "/aggregation_key"),
        ("/day", json!("2025-11-27"), "/day"),
        ("/mode", json!("break_glass"), "/action"),
        ("/version", json!(2), "/version"),
        ("/launch/version", json!(2), "/launch/version"),
        ("/launch/container/environment", json!(["TOKEN=x"]), "/launch/container/environment/0"),
        ("/launch/pod/name", json!("other"), "/record_id"),
        ("/policy/id", json!("a\nb"), "/policy/id"),
        ("/image", json!({}), "/image"),
    ];
    for (pointer, value, place) in changes {
        let mut bad = good.clone();
        match bad.pointer_mut(pointer) {
            Some(slot) => *slot = value,
            None => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                bad.pointer_mut(parent).unwrap()[name] = value;
            }
        }
        let error = parse(&bad).unwrap_err();
        assert!(error.problems().iter().any(|problem| problem.pointer == place), "{pointer}: {error:?}");
    }
    for pointer in ["", "/policy", "/image", "/launch", "/evidence/0", "/evidence/0/findings/0"] {
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap()["misspelt"] = json!(1);
        assert_eq!(parse(&bad).unwrap_err().code(), "unknown_field", "{pointer}");
    }
    let text = good.to_string();
    assert_eq!(EventRecord::parse(&text.as_bytes()[..text.len() / 2]).unwrap_err().kind(), ErrorKind::Syntax);
}

#[test]
fn what_started_is_an_alarm() {
    let context = RecordContext {
        mode: EventMode::BreakGlass,
        reason: Some("INC-7, Mara, token=hunter2".to_owned()),
        ..RecordContext::default()
    };
    let decision =
        policies("+00:00").assess_unscanned().decide(&launch(&start()), at(1_764_000_000)).unwrap();
    assert_eq!(decision.action(), Action::Intercept);
    for record in EventRecord::of(&decision, &context) {
        assert_eq!((record.action(), record.mode()), (Action::Alarm, EventMode::BreakGlass));
        assert!(!record.to_json().contains("hunter2"), "{}", record.to_json());
        assert_eq!(parse(&document(&record)).unwrap(), record);
    }
    let record = EventRecord::failed_open(
        &launch(&start()),
        at(1_764_000_000),
        DayOffset::default(),
        "policies.json: the document is empty",
        &RecordContext::default(),
    );
    assert_eq!((record.action(), record.event_type()), (Action::Alarm, EventType::UnscannedImage));
    assert!(record.risk_description().contains("the document is empty"));
    assert_eq!(parse(&document(&record)).unwrap(), record);
}

#[test]
fn secrets_are_not_kept() {
    for record in records(&start()) {
        assert!(!record.to_json().contains("hunter2"));
    }
    // A reader that forgot to drop values, and a record of somebody who did not mask.
    let careless = LaunchDocument {
        image: LaunchImage { reference: Some("x".to_owned()), ..LaunchImage::default() },
        container: Container { environment: vec!["TOKEN=hunter2".to_owned()], ..Container::default() },
        ..LaunchDocument::default()
    };
    let careless = Launch::new(careless).unwrap();
    let decision = policies("+00:00").assess_unscanned().decide(&careless, at(1_764_000_000)).unwrap();
    let record = &EventRecord::of(&decision, &RecordContext::default())[0];
    assert_eq!(record.launch().container.environment, ["TOKEN"]);
    let mut unmasked = document(&records(&start())[0]);
    unmasked["launch"]["container"]["command"] = json!(["--password", "hunter2"]);
    unmasked["reason"] = json!("INC-7, token=hunter2");
    assert!(!parse(&unmasked).unwrap().to_json().contains("hunter2"));
}

#[test]
fn a_record_is_bounded_whatever_the_launch_says() {
    let long = "x".repeat(4_000);
    let many: Vec<String> = (0..5_000).map(|number| format!("{number}{long}")).take(200).collect();
    let mut hostile = launch(&start()).document().clone();
    hostile.container.command.clone_from(&many);
    hostile.container.mounts.clone_from(&many);
    hostile.container.environment.clone_from(&many);
    hostile.privileges.extend(many.iter().map(|text| format!("host_path:/{text}")));
    hostile.inferred.clone_from(&hostile.privileges);
    hostile.pod.name = Some(long.clone());
    hostile.node.name = Some(long);
    let hostile = Launch::new(hostile).unwrap();
    let decision = policies("+00:00").assess_unscanned().decide(&hostile, at(1_764_000_000)).unwrap();
    for record in EventRecord::of(&decision, &RecordContext::default()) {
        assert!(record.is_truncated());
        let json = record.to_json();
        assert!(json.len() < 300_000, "{}", json.len());
        assert_eq!(EventRecord::parse(json.as_bytes()).unwrap(), record);
    }
}

#[test]
fn what_somebody_else_wrote_is_bounded_as_what_is_made() {
    let made = records(&start()).remove(0);
    let mut document = document(&made);
    let long = "x".repeat(4_000);
    let finding = json!({"name": long, "package": long, "version": long, "path": long,
                                     "fixed_in": vec![long.clone(); 10]});
    let evidence = json!({"category": "privileges", "total": 9, "excused": 0,
                                      "findings": vec![finding; 8]});
    document["evidence"] = json!(vec![evidence; 20]);
    for member in ["risk_description", "solution", "reason", "source"] {
        document[member] = long.clone().into();
    }
    document["policy"]["name"] = long.clone().into();
    document["policy_set"]["label"] = long.clone().into();
    document["launch"]["container"]["command"] = json!(vec![long.clone(); 100]);
    let read = EventRecord::parse(document.to_string().as_bytes()).unwrap();
    assert!(read.is_truncated());
    let text = read.to_json();
    assert!(text.len() < 400_000, "{} bytes", text.len());
    assert_eq!(read.id(), made.id());
    // What is bounded stays as it is.
    assert_eq!(EventRecord::parse(text.as_bytes()).unwrap(), read);
    // What the id is made of cannot be cut afterwards.
    document["launch"]["node"]["name"] = long.into();
    assert_eq!(EventRecord::parse(document.to_string().as_bytes()).unwrap_err().code(), "inconsistent");
}
