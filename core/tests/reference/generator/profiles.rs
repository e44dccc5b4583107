//! Scan profiles.

use super::{Make, words};
use crate::reference::time::Instant;
use serde_json::{Map, Value, json};

/// Image ids, as the byte that is repeated.
pub const IDS: [&str; 3] = ["1a", "b2", "c3"];
/// Manifest digests, as the byte that is repeated.
pub const DIGESTS: [&str; 3] = ["d4", "5e", "f6"];

/// An id or digest in its usual spelling.
pub fn identity(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

impl Make {
    /// An id or digest, its hexadecimal digits in any case.
    pub(super) fn one_identity(&mut self, byte: &str) -> Value {
        format!("sha256:{}", self.random.case(&byte.repeat(32))).into()
    }

    pub(super) fn identities(&mut self, bytes: &[&str], most: usize) -> Value {
        let bytes = self.random.some(bytes, most);
        bytes.into_iter().map(|byte| self.one_identity(byte)).collect::<Vec<_>>().into()
    }

    /// A fact: at times unknown, which is null or absent.
    pub(super) fn fact(
        &mut self,
        members: &mut Map<String, Value>,
        name: &str,
        percent: usize,
        make: impl FnOnce(&mut Self) -> Value,
    ) {
        if self.random.chance(percent) {
            let value = make(self);
            members.insert(name.to_owned(), value);
        } else if self.random.chance(40) {
            members.insert(name.to_owned(), Value::Null);
        }
    }

    pub(super) fn profile(&mut self, image: Value) -> Value {
        let mut profile = Map::new();
        profile.insert("version".to_owned(), 1.into());
        profile.insert("image".to_owned(), image);
        self.fact(&mut profile, "scan", 90, |make| {
            let mut scan = Map::new();
            make.fact(&mut scan, "state", 85, |make| {
                let state = make.random.pick(&words::STATES);
                make.random.pick(&["complete", "complete", state]).into()
            });
            make.fact(&mut scan, "scanned_at", 75, |make| make.date_in_the_past());
            make.fact(&mut scan, "scanner", 30, |_| "trivy 0.59.1".into());
            make.fact(&mut scan, "feed_updated_at", 75, |make| make.date_in_the_past());
            scan.into()
        });
        let many = self.random.chance(7);
        let vulnerabilities = self.findings(many, 9, Self::vulnerability);
        self.fact(&mut profile, "vulnerabilities", 95, |_| vulnerabilities);
        let many = self.random.chance(2);
        let malware = self.findings(many, 5, Self::malware);
        self.fact(&mut profile, "malware", 85, |_| malware);
        let many = self.random.chance(2);
        let sensitive = self.findings(many, 5, Self::sensitive);
        self.fact(&mut profile, "sensitive", 85, |_| sensitive);
        profile.into()
    }

    /// Some findings, or more than are shown; now and then one of them again.
    fn findings(&mut self, many: bool, below: usize, make: fn(&mut Self) -> Value) -> Value {
        let count = if many { 20 + self.random.below(8) } else { self.random.below(below) };
        let mut findings = Vec::new();
        for _ in 0..count {
            findings.push(make(self));
            if self.random.chance(8) {
                let again = findings[self.random.below(findings.len())].clone();
                findings.push(self.respelled(&again));
            }
        }
        findings.into()
    }

    /// The same finding with other words for what is absent and other spellings of times.
    fn respelled(&mut self, finding: &Value) -> Value {
        let mut members = finding.as_object().unwrap().clone();
        members.retain(|_, value| !value.is_null() || self.random.chance(50));
        if members.get("severity").is_none_or(Value::is_null) {
            members.insert("severity".to_owned(), "unknown".into());
        }
        for (name, empty) in
            [("package", json!({})), ("cvss", json!({})), ("fix", json!({"state": "unknown"}))]
        {
            if members.get(name).is_some_and(Value::is_null) {
                members.insert(name.to_owned(), empty);
            }
        }
        if let Some(instant) = members.get("published_at").and_then(Value::as_str) {
            let instant = crate::reference::time::parse(instant);
            let again = self.spelled(instant);
            members.insert("published_at".to_owned(), again);
        }
        if members.get("aliases").is_some_and(|aliases| *aliases == json!([])) {
            members.insert("aliases".to_owned(), Value::Null);
        }
        members.into()
    }

    fn severity(&mut self, members: &mut Map<String, Value>) {
        self.fact(members, "severity", 80, |make| make.random.pick(&words::SEVERITIES).into());
    }

    /// A date that lies one of the usual waits before the decision, or nearly so.
    fn date_in_the_past(&mut self) -> Value {
        let days = self.random.pick(&words::DAYS);
        let boundary: Instant = self.now.plus_days(-days);
        let instant = self.near(boundary);
        self.spelled(instant)
    }

    fn vulnerability(&mut self) -> Value {
        let mut finding = Map::new();
        self.fact(&mut finding, "id", 92, |make| {
            let id = make.random.pick(&words::IDS);
            make.random.case(id).into()
        });
        self.fact(&mut finding, "aliases", 30, |make| {
            if make.random.chance(25) { json!([]) } else { make.words_in_any_case(&words::IDS, 2) }
        });
        self.severity(&mut finding);
        self.fact(&mut finding, "package", 90, Self::package);
        self.fact(&mut finding, "fix", 75, |make| {
            let mut fix = Map::new();
            make.fact(&mut fix, "state", 75, |make| make.random.pick(&words::FIX_STATES).into());
            make.fact(&mut fix, "versions", 40, |make| {
                if make.random.chance(30) { json!([]) } else { make.words(&words::VERSIONS, 2) }
            });
            make.fact(&mut fix, "available_at", 60, |make| make.date_in_the_past());
            fix.into()
        });
        self.fact(&mut finding, "class", 75, |make| make.random.pick(&words::CLASSES).into());
        self.fact(&mut finding, "labels", 75, |make| {
            if make.random.chance(30) { json!([]) } else { make.words(&words::LABELS, 2) }
        });
        self.fact(&mut finding, "cvss", 80, |make| {
            let mut cvss = Map::new();
            make.fact(&mut cvss, "score", 85, |make| {
                make.random.pick(&[json!(0), json!(7.0), json!(7), json!(7.5), json!(9.8), json!(9)])
            });
            cvss.into()
        });
        self.fact(&mut finding, "epss", 80, |make| {
            let mut epss = Map::new();
            make.fact(&mut epss, "score", 85, |make| {
                make.random.pick(&[json!(0), json!(0.1), json!(0.5), json!(0.97), json!(1)])
            });
            epss.into()
        });
        self.fact(&mut finding, "known_exploited", 75, |make| {
            let mut known_exploited = Map::new();
            make.fact(&mut known_exploited, "listed", 85, |make| make.random.chance(50).into());
            known_exploited.into()
        });
        self.fact(&mut finding, "published_at", 75, |make| make.date_in_the_past());
        self.fact(&mut finding, "first_seen_at", 75, |make| make.date_in_the_past());
        self.fact(&mut finding, "suppressed", 30, |make| {
            let mut suppressed = Map::new();
            suppressed
                .insert("by".to_owned(), make.random.pick(&["vex", "vex", "ignore_file", "scanner"]).into());
            make.fact(&mut suppressed, "status", 30, |_| "not_affected".into());
            make.fact(&mut suppressed, "author", 70, |make| make.random.pick(&words::AUTHORS).into());
            make.fact(&mut suppressed, "justification", 70, |make| {
                make.random.pick(&words::JUSTIFICATIONS).into()
            });
            suppressed.into()
        });
        finding.into()
    }

    fn package(&mut self) -> Value {
        let mut package = Map::new();
        let name = self.random.pick(&words::PACKAGES);
        self.fact(&mut package, "name", 90, |_| name.into());
        let usual = if name.contains("log4j") { "maven" } else { "npm" };
        let other = self.random.pick(&words::ECOSYSTEMS);
        let ecosystem = match self.random.below(10) {
            0..6 => usual,
            6..9 => other,
            _ => words::WITHOUT_RULES,
        };
        self.fact(&mut package, "ecosystem", 80, |make| make.random.case(ecosystem).into());
        let stated = package.get("ecosystem").is_some_and(Value::is_string);
        self.fact(&mut package, "version", 88, |make| {
            // No rules of these ecosystems read it.
            let unreadable = stated && matches!(ecosystem, "npm" | "cargo") && make.random.chance(20);
            if unreadable { "nonsense".into() } else { make.random.pick(&words::VERSIONS).into() }
        });
        self.fact(&mut package, "path", 60, |make| make.random.pick(&words::PATHS).into());
        package.into()
    }

    fn malware(&mut self) -> Value {
        let mut finding = Map::new();
        self.fact(&mut finding, "path", 85, |make| make.random.pick(&words::PATHS).into());
        self.fact(&mut finding, "md5", 70, |make| {
            let hash = make.random.pick(&words::MD5);
            make.random.case(hash).into()
        });
        self.fact(&mut finding, "sha256", 70, |make| {
            let hash = make.random.pick(&words::SHA256);
            make.random.case(hash).into()
        });
        self.fact(&mut finding, "family", 80, |make| {
            let family = make.random.pick(&words::FAMILIES);
            make.random.case(family).into()
        });
        self.fact(&mut finding, "class", 75, |make| make.random.pick(&words::MALWARE_CLASSES).into());
        self.severity(&mut finding);
        finding.into()
    }

    fn sensitive(&mut self) -> Value {
        let mut finding = Map::new();
        self.fact(&mut finding, "type", 80, |make| make.random.pick(&words::TYPES).into());
        self.severity(&mut finding);
        self.fact(&mut finding, "path", 85, |make| make.random.pick(&words::PATHS).into());
        self.fact(&mut finding, "line", 60, |make| make.random.between(1, 3).into());
        finding.into()
    }
}
