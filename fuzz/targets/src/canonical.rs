//! The revision: whatever the spelling, one document has one.

use arbitrary::{Arbitrary, Unstructured};
use imagegate::PolicySet;
use std::fmt::Write;

/// A text and two numbers, each spelled in two ways that mean the same.
#[derive(Arbitrary, Debug)]
struct Case {
    label: String,
    labels: Vec<String>,
    cvss: u32,
    epss: u32,
    /// Which characters are escaped.
    escapes: u64,
}

pub(crate) fn canonical(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let [plain, other] = [false, true].map(|is_other| PolicySet::parse(case.document(is_other).as_bytes()));
    match (plain, other) {
        (Ok(plain), Ok(other)) => {
            assert_eq!(plain.revision(), other.revision(), "{case:?}");
            assert_eq!(plain.label(), Some(case.label.as_str()));
            assert_eq!(other.label(), Some(case.label.as_str()));
        }
        (Err(plain), Err(other)) => {
            let codes = |error: &imagegate::Error| {
                error.problems().iter().map(|problem| problem.code).collect::<Vec<_>>()
            };
            assert_eq!(codes(&plain), codes(&other), "{case:?}");
        }
        (plain, other) => panic!("{plain:?} {other:?} {case:?}"),
    }
}

impl Case {
    fn document(&self, is_other: bool) -> String {
        let text = |text: &str| {
            if is_other { escaped(text, self.escapes) } else { serde_json::Value::from(text).to_string() }
        };
        let number = |value: u32, most: f64| {
            let value = f64::from(value) / f64::from(u32::MAX) * most;
            if is_other { format!("{value:e}") } else { serde_json::Value::from(value).to_string() }
        };
        let labels: Vec<String> = self.labels.iter().map(|label| text(label)).collect();
        let criteria = [
            format!("\"labels\": [{}]", labels.join(if is_other { " ,\n" } else { "," })),
            format!("\"min_cvss\": {}", number(self.cvss, 10.0)),
            format!("\"min_epss\": {}", number(self.epss, 1.0)),
            format!("\"severities\": [{}]", text("high")),
        ];
        let mut policy = vec![
            "\"id\": \"a\"".to_owned(),
            "\"name\": \"a\"".to_owned(),
            "\"type\": \"risk\"".to_owned(),
            "\"enabled\": false".to_owned(),
            "\"enforcement\": {\"mode\": \"alarm\"}".to_owned(),
            "\"scope\": {\"images\": \"all\"}".to_owned(),
            format!("\"criteria\": {{\"vulnerabilities\": {{{}}}}}", criteria.join(", ")),
        ];
        let mut set = vec!["\"version\": 1".to_owned(), format!("\"label\": {}", text(&self.label))];
        if is_other {
            policy.reverse();
            policy.push("\"description\": null".to_owned());
        }
        set.push(format!("\"policies\": [{{{}}}]", policy.join(",")));
        if is_other {
            set.reverse();
        }
        format!("{{{}}}", set.join(","))
    }
}

/// A JSON string in which some characters are written as `\uXXXX`.
fn escaped(text: &str, which: u64) -> String {
    let mut out = String::from("\"");
    for (index, character) in text.chars().enumerate() {
        if character < ' ' || matches!(character, '"' | '\\') || which >> (index % 64) & 1 == 1 {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04X}").unwrap();
            }
        } else {
            out.push(character);
        }
    }
    out.push('"');
    out
}
