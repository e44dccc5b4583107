//! Policy sets.

use super::{Make, words};
use serde_json::{Map, Value, json};

impl Make {
    pub(super) fn policy_set(&mut self, day_utc_offset: &str) -> Value {
        let mut set = Map::new();
        set.insert("version".to_owned(), 1.into());
        self.optional(&mut set, "label", 30, |_| "prod".into());
        if self.delay != 0 || self.random.chance(50) {
            set.insert("activation_delay_seconds".to_owned(), self.delay.into());
        }
        if day_utc_offset != "+00:00" || self.random.chance(50) {
            set.insert("day_utc_offset".to_owned(), day_utc_offset.into());
        }
        let count = self.random.pick(&[0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6]);
        let mut privileged = false;
        let mut policies = Vec::new();
        for index in 0..count {
            let kind = match self.random.below(100) {
                0..50 => "risk",
                50..75 if !privileged => "privileged",
                _ => "unscanned",
            };
            privileged |= kind == "privileged";
            policies.push(self.policy(index, kind));
        }
        set.insert("policies".to_owned(), policies.into());
        self.optional_list(&mut set, "exceptions", 30, |make| {
            let kinds = ["vulnerability", "vulnerability", "malware", "sensitive", "privileges", "scan"];
            make.exceptions(&kinds)
        });
        self.optional(&mut set, "trust", 60, |make| {
            let mut trust = Map::new();
            make.optional_list(&mut trust, "by", 95, |make| make.words(&words::SUPPRESSED_BY, 4));
            make.optional_list(&mut trust, "authors", 40, |make| make.words(&words::AUTHORS, 2));
            make.optional_list(&mut trust, "justifications", 40, |make| {
                make.words(&words::JUSTIFICATIONS, 2)
            });
            trust.into()
        });
        set.into()
    }

    fn policy(&mut self, index: usize, kind: &str) -> Value {
        let mut policy = Map::new();
        policy.insert("id".to_owned(), format!("p-{index}").into());
        policy.insert("name".to_owned(), format!("Règle {index}").into());
        policy.insert("type".to_owned(), kind.into());
        self.optional(&mut policy, "description", 10, |_| "Agreed.".into());
        self.optional(&mut policy, "solution", 10, |_| "Ask the platform team.".into());

        let enabled = self.random.chance(89);
        policy.insert("enabled".to_owned(), enabled.into());
        let (enforcement, days) = match self.random.below(10) {
            0..3 => (json!({"mode": "immediate"}), 0),
            3..6 => {
                let days = self.random.pick(&words::DAYS);
                (json!({"mode": "observe", "days": days}), days)
            }
            _ => (json!({"mode": "alarm"}), 0),
        };
        policy.insert("enforcement".to_owned(), enforcement);
        // What decides is now: it lies around the activation, around the end of the observation, or after both.
        let activated = self.now.plus_seconds(-self.delay);
        let enabled_at = match self.random.below(10) {
            0..2 => self.near(activated),
            2..5 => self.near(activated.plus_days(-days)),
            5..8 if days > 1 => activated.plus_days(-self.random.between(1, days)),
            _ => activated.plus_days(-40),
        };
        let percent = if enabled { 100 } else { 50 };
        self.optional(&mut policy, "enabled_at", percent, |make| make.spelled(enabled_at));

        policy.insert("scope".to_owned(), self.scope());
        let criteria = match kind {
            "risk" => self.risk(),
            "privileged" => json!({"privileges": self.words(&words::ENTRIES, 7)}),
            _ => self.unscanned(),
        };
        policy.insert("criteria".to_owned(), criteria);
        let kinds: &[&str] = match kind {
            "risk" => {
                &["vulnerability", "vulnerability", "vulnerability", "malware", "sensitive", "scan", "scan"]
            }
            "privileged" => &["privileges", "privileges", "scan"],
            _ => &["scan"],
        };
        self.optional_list(&mut policy, "exceptions", 73, |make| make.exceptions(kinds));
        policy.into()
    }

    fn scope(&mut self) -> Value {
        let mut scope = Map::new();
        let images = if self.random.chance(78) { "all".into() } else { self.selectors(true) };
        scope.insert("images".to_owned(), images);
        self.optional(&mut scope, "exclude", 17, |make| make.selectors(false));
        self.optional_list(&mut scope, "nodes", 12, |make| make.words(&words::NODE_GLOBS, 2));
        self.optional_list(&mut scope, "clusters", 12, |make| make.words(&words::CLUSTER_GLOBS, 2));
        self.optional_list(&mut scope, "namespaces", 12, |make| make.words(&words::NAMESPACE_GLOBS, 2));
        self.optional_list(&mut scope, "privileges", 12, |make| make.words(&words::ENTRIES, 6));
        scope.into()
    }

    /// Selectors of images. At least one if they must select something; else few, since exclusion wins.
    fn selectors(&mut self, required: bool) -> Value {
        let mut selectors = Map::new();
        let most = if required { 4 } else { 1 };
        self.optional_list(&mut selectors, "ids", 30, |make| make.identities(&super::profiles::IDS, 2));
        self.optional_list(&mut selectors, "digests", 30, |make| {
            let digests = make.identities(&super::profiles::DIGESTS, 2);
            let prefixed = digests.as_array().unwrap().iter().map(|digest| {
                let text = digest.as_str().unwrap();
                if make.random.chance(15) {
                    format!("elsewhere.example.com/x@{text}")
                } else {
                    text.to_owned()
                }
            });
            prefixed.collect::<Vec<_>>().into()
        });
        let selects_nothing = selectors.values().all(|list| list.as_array().is_none_or(Vec::is_empty));
        let percent = if required && selects_nothing { 100 } else { 60 };
        self.optional_list(&mut selectors, "names", percent, |make| {
            // The globs that match everything come first and are for those that must select something.
            let globs = &words::IMAGE_GLOBS[if required { 0 } else { 3 }..];
            make.words(globs, most)
        });
        selectors.into()
    }

    fn risk(&mut self) -> Value {
        let mut criteria = Map::new();
        self.optional(&mut criteria, "vulnerabilities", 70, Self::vulnerability_criteria);
        self.optional(&mut criteria, "malware", 25, Self::malware_criteria);
        self.optional(&mut criteria, "sensitive", 25, Self::sensitive_criteria);
        if criteria.values().all(Value::is_null) {
            let any = self.vulnerability_criteria();
            criteria.insert("vulnerabilities".to_owned(), any);
        }
        criteria.into()
    }

    fn vulnerability_criteria(&mut self) -> Value {
        let mut criteria = Map::new();
        if self.random.chance(80) {
            let percent = self.random.pick(&[15, 30, 60]);
            self.vulnerability_clauses(&mut criteria, percent, false);
        }
        let nothing = criteria.values().all(is_absent);
        self.overrides(&mut criteria, 30, &words::SELECTORS);
        let percent = if nothing { 100 } else { 50 };
        self.optional(&mut criteria, "only", percent, |make| {
            let mut only = Map::new();
            let percent = make.random.pick(&[4, 8, 12]);
            make.vulnerability_clauses(&mut only, percent, true);
            make.optional(&mut only, "fix_available", 20, |make| make.random.chance(70).into());
            make.optional_list(&mut only, "fix_states", 15, |make| make.words(&words::FIX_STATES, 4));
            if make.random.chance(25) || only.values().all(is_absent) {
                let grace = make.grace();
                only.insert("grace".to_owned(), grace);
            }
            make.overrides(&mut only, 35, &[&words::SELECTORS[..], &words::FURTHER_FILTERS].concat());
            only.into()
        });
        criteria.into()
    }

    fn vulnerability_clauses(&mut self, clauses: &mut Map<String, Value>, percent: usize, filters: bool) {
        self.optional_list(clauses, "severities", percent, |make| make.words(&words::SEVERITIES, 4));
        self.optional_list(clauses, "ids", percent, |make| make.words_in_any_case(&words::IDS, 3));
        self.optional_list(clauses, "packages", percent, |make| {
            let count = make.random.between(1, 3);
            (0..count).map(|_| make.package_entry()).collect::<Vec<_>>().into()
        });
        self.optional_list(clauses, "classes", percent, |make| make.words(&words::CLASSES, 2));
        self.optional_list(clauses, "labels", percent, |make| make.words(&words::LABELS, 2));
        self.optional(clauses, "min_cvss", percent, |make| {
            make.random.pick(&[json!(0), json!(7), json!(7.5), json!(9.0), json!(9.8)])
        });
        self.optional(clauses, "min_epss", percent, |make| {
            make.random.pick(&[json!(0.0), json!(0.1), json!(0.5), json!(1)])
        });
        self.optional(clauses, "known_exploited", percent, |make| {
            (!filters || make.random.chance(60)).into()
        });
    }

    fn package_entry(&mut self) -> Value {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), self.random.pick(&words::PACKAGE_GLOBS).into());
        if self.random.chance(50) {
            entry.insert("range".to_owned(), self.random.pick(&words::RANGES).into());
        } else {
            self.optional_list(&mut entry, "versions", 40, |make| make.words(&words::VERSIONS, 3));
            // Absent versions beside null are absent; `[]` is an error.
            entry.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
        }
        self.optional(&mut entry, "ecosystem", 40, |make| {
            let ecosystem = make.random.pick(&words::ECOSYSTEMS[..3]);
            let ecosystem = if make.random.chance(20) { "maven" } else { ecosystem };
            make.random.case(ecosystem).into()
        });
        entry.into()
    }

    fn grace(&mut self) -> Value {
        let mut days = Map::new();
        for severity in words::SEVERITIES {
            if self.random.chance(60) {
                days.insert(severity.to_owned(), self.random.pick(&[0, 1, 1, 7, 30]).into());
            }
        }
        if days.is_empty() {
            days.insert("critical".to_owned(), 7.into());
        }
        json!({"from": self.random.pick(&["fix", "disclosure", "first_seen"]), "days": days})
    }

    /// Overrides for some of the clauses that are there, and now and then for one that is not.
    fn overrides(&mut self, clauses: &mut Map<String, Value>, percent: usize, of: &[&str]) {
        let mut unknown = Map::new();
        for name in of {
            let is_given = clauses.get(*name).is_some_and(|value| !is_absent(value));
            self.optional(&mut unknown, name, if is_given { percent } else { 2 }, |make| {
                make.random.pick(&["match", "no_match"]).into()
            });
        }
        if !unknown.is_empty() || self.random.chance(10) {
            clauses.insert("unknown".to_owned(), unknown.into());
        }
    }

    fn malware_criteria(&mut self) -> Value {
        let mut criteria = Map::new();
        self.optional_list(&mut criteria, "md5", 30, |make| make.words_in_any_case(&words::MD5, 2));
        self.optional_list(&mut criteria, "sha256", 30, |make| make.words_in_any_case(&words::SHA256, 2));
        self.optional_list(&mut criteria, "families", 40, |make| {
            make.words_in_any_case(&words::FAMILY_GLOBS, 2)
        });
        self.optional_list(&mut criteria, "classes", 30, |make| make.words(&words::MALWARE_CLASSES, 2));
        self.optional_list(&mut criteria, "severities", 30, |make| make.words(&words::SEVERITIES, 3));
        if self.random.chance(15) || criteria.values().all(is_absent) {
            criteria.insert("any".to_owned(), true.into());
        }
        self.overrides(&mut criteria, 30, &words::MALWARE_SELECTORS);
        criteria.into()
    }

    fn sensitive_criteria(&mut self) -> Value {
        let mut criteria = Map::new();
        self.optional_list(&mut criteria, "types", 60, |make| make.words(&words::TYPE_GLOBS, 2));
        self.optional_list(&mut criteria, "severities", 40, |make| make.words(&words::SEVERITIES, 3));
        if self.random.chance(15) || criteria.values().all(is_absent) {
            criteria.insert("any".to_owned(), true.into());
        }
        self.overrides(&mut criteria, 30, &words::SENSITIVE_SELECTORS);
        criteria.into()
    }

    fn unscanned(&mut self) -> Value {
        let mut criteria = Map::new();
        self.optional_list(&mut criteria, "states", 60, |make| make.words(&words::STATES, 3));
        for clause in ["max_scan_age_days", "max_feed_age_days"] {
            self.optional(&mut criteria, clause, 50, |make| make.random.pick(&words::DAYS).into());
        }
        if criteria.values().all(is_absent) {
            criteria.insert("states".to_owned(), self.words(&words::STATES, 4));
        }
        let mut unknown = Map::new();
        for clause in ["max_scan_age_days", "max_feed_age_days"] {
            if criteria.get(clause).is_some_and(|days| !days.is_null()) {
                self.optional(&mut unknown, clause, 60, |make| {
                    make.random.pick(&["no_match", "no_match", "match"]).into()
                });
            }
        }
        if !unknown.is_empty() {
            criteria.insert("unknown".to_owned(), unknown.into());
        }
        criteria.into()
    }

    fn exceptions(&mut self, kinds: &[&str]) -> Value {
        let count = self.random.pick(&[1, 1, 2, 3]);
        let exceptions = (0..count).map(|_| {
            let kind = self.random.pick(kinds);
            self.exception(kind)
        });
        exceptions.collect::<Vec<_>>().into()
    }

    fn exception(&mut self, kind: &str) -> Value {
        let fields: &[&str] = match kind {
            "vulnerability" => &["ids", "packages", "paths"],
            "malware" => &["families", "paths"],
            "sensitive" => &["types", "paths"],
            "privileges" => &["privileges"],
            _ => &["images"],
        };
        let mut exception = Map::new();
        exception.insert("reason".to_owned(), "not reachable".into());
        self.optional(&mut exception, "owner", 10, |_| "shop".into());
        self.optional(&mut exception, "ticket", 10, |_| "OPS-1".into());
        for field in self.random.some(fields, 2) {
            let values = self.exception_values(field);
            exception.insert(field.to_owned(), values);
        }
        let images = if kind == "scan" { 0 } else { 20 };
        self.optional_list(&mut exception, "images", images, |make| make.exception_values("images"));
        if kind == "scan" {
            let values = self.exception_values("images");
            exception.insert("images".to_owned(), values);
        }
        if kind == "vulnerability" {
            self.optional(&mut exception, "until_fixed", 30, |make| make.random.chance(80).into());
        }
        let mut ends = [None, None];
        if self.random.chance(15) {
            ends[0] = Some(self.near(self.now));
        }
        if self.random.chance(30) {
            ends[1] = Some(self.near(self.now));
        }
        if let [Some(not_before), Some(expires_at)] = &mut ends
            && *not_before >= *expires_at
        {
            *expires_at = not_before.plus_nanos(1);
        }
        for (name, end) in ["not_before", "expires_at"].into_iter().zip(ends) {
            let percent = if end.is_some() { 100 } else { 0 };
            self.optional(&mut exception, name, percent, |make| make.spelled(end.unwrap()));
        }
        exception.into()
    }

    fn exception_values(&mut self, field: &str) -> Value {
        match field {
            "ids" => self.words_in_any_case(&words::IDS, 3),
            "packages" => self.words(&words::PACKAGE_GLOBS, 3),
            "families" => self.words_in_any_case(&words::FAMILY_GLOBS, 2),
            "types" => self.words(&words::TYPE_GLOBS, 2),
            "paths" => self.words(&words::PATH_GLOBS, 3),
            "privileges" => self.words(&words::ENTRIES, 8),
            _ => {
                let identities = [super::profiles::IDS, super::profiles::DIGESTS].concat();
                if self.random.chance(40) {
                    json!(["**"])
                } else if self.random.chance(40) {
                    self.identities(&identities, 2)
                } else {
                    self.words(&words::IMAGE_GLOBS, 2)
                }
            }
        }
    }
}

/// Whether a member of a policy document is as if it were absent.
fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}
