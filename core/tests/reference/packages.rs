//! Entries of `packages`, and ranges of versions made of dotted numbers.

use super::globs::{self, Kind};
use super::truth::{Truth, all, any, tally};
use super::values::{policy_field, policy_strings, text};
use serde_json::Value;

/// Ecosystems whose rules for versions are known here. The generator uses versions of the form N.N.N only, which
/// all of them order alike.
const ECOSYSTEMS: [&str; 8] = ["npm", "cargo", "deb", "rpm", "pypi", "golang", "gem", "maven"];

/// Whether one of the entries holds for the package of the finding.
pub fn one_holds(entries: &Value, finding: &Value) -> Truth {
    let entries = entries.as_array().unwrap();
    any(&entries.iter().map(|entry| entry_holds(entry, finding)).collect::<Vec<_>>())
}

fn entry_holds(entry: &Value, finding: &Value) -> Truth {
    let version = text(finding, &["package", "version"]);
    let ecosystem = text(finding, &["package", "ecosystem"]);
    let mut parts = vec![match text(finding, &["package", "name"]) {
        None => Truth::Unknown,
        Some(_) => name_matches(policy_field(entry, "name").unwrap().as_str().unwrap(), finding).into(),
    }];
    tally("package entry", "name", *parts.last().unwrap());
    let versions = policy_strings(entry, "versions");
    if !versions.is_empty() {
        parts.push(match version {
            None => Truth::Unknown,
            Some(version) => versions.contains(&version).into(),
        });
        tally("package entry", "versions", *parts.last().unwrap());
    }
    let wanted = policy_field(entry, "ecosystem").map(|wanted| wanted.as_str().unwrap());
    if let Some(wanted) = wanted {
        parts.push(match ecosystem {
            None => Truth::Unknown,
            Some(ecosystem) => ecosystem.eq_ignore_ascii_case(wanted).into(),
        });
        tally("package entry", "ecosystem", *parts.last().unwrap());
    }
    if let Some(range) = policy_field(entry, "range") {
        let rules = wanted.or(ecosystem);
        parts.push(range_holds(range.as_str().unwrap(), rules, version));
        tally("package entry", "range", *parts.last().unwrap());
    }
    all(&parts)
}

/// Whether a glob matches the name of the finding's package; a Maven name is matched whole and as `artifact`.
/// An absent name matches nothing.
pub fn name_matches(glob: &str, finding: &Value) -> bool {
    let Some(name) = text(finding, &["package", "name"]) else {
        return false;
    };
    let maven = text(finding, &["package", "ecosystem"])
        .is_some_and(|ecosystem| ecosystem.eq_ignore_ascii_case("maven"));
    let mut names = vec![name];
    if maven && let Some((_, artifact)) = name.split_once(':') {
        names.push(artifact);
    }
    names.into_iter().any(|name| globs::matches(Kind::Plain, glob, name))
}

fn range_holds(range: &str, rules: Option<&str>, version: Option<&str>) -> Truth {
    let known_rules =
        rules.is_some_and(|rules| ECOSYSTEMS.iter().any(|known| known.eq_ignore_ascii_case(rules)));
    let Some(version) = version.and_then(numbers).filter(|_| known_rules) else {
        return Truth::Unknown;
    };
    let holds = |comparator: &str| {
        let digits = comparator.find(|character: char| character.is_ascii_digit()).unwrap();
        let (operator, bound) = comparator.split_at(digits);
        let bound = numbers(bound).unwrap();
        match operator {
            "<" => version < bound,
            "<=" => version <= bound,
            ">" => version > bound,
            ">=" => version >= bound,
            _ => version == bound,
        }
    };
    range.split("||").any(|alternative| alternative.split(',').all(holds)).into()
}

/// The numbers of a version `N.N.N`, missing ones being 0; `None` if it is no such version.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for part in version.split('.') {
        numbers.push(part.parse().ok()?);
    }
    while numbers.len() < 3 {
        numbers.push(0);
    }
    Some(numbers)
}

#[test]
fn ranges() {
    let holds = |range, version| range_holds(range, Some("npm"), Some(version));
    assert_eq!(holds("<1.10.0", "1.9.0"), Truth::True);
    assert_eq!(holds(">=1.0.0,<2.0.0||=3.0.0", "2.0.0"), Truth::False);
    assert_eq!(holds(">=1.0.0,<2.0.0||=3.0.0", "3.0.0"), Truth::True);
    assert_eq!(holds("<1.10.0", "nonsense"), Truth::Unknown);
    assert_eq!(range_holds("<1.0.0", Some("weird"), Some("0.1.0")), Truth::Unknown);
    assert_eq!(range_holds("<1.0.0", None, Some("0.1.0")), Truth::Unknown);
}
