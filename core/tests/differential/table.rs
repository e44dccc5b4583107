//! What was met on the way: agreement about cases that never match proves nothing.

use crate::reference::Outcome;
use crate::reference::truth::Tally;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Each answer, and each first reason of a policy, must be at least so many percent of all.
const OUTCOME_PERCENT: f64 = 10.0;
/// Of so many cases each cell must be met once: of ten million, ten thousand times.
const CASES_PER_CELL: u64 = 1_000;
/// Fewer cases than these may miss a cell by chance, and have half of an outcome's share.
const FEW_CASES: u64 = 100_000;

const ANSWERS: [&str; 4] = ["intercept", "alarm", "allow", "image_mismatch"];
const REASONS: [&str; 7] =
    ["intercept", "alarm", "excused", "no_finding", "out_of_scope", "pending", "disabled"];

/// Clauses of one kind, and the values that they cannot have.
struct Group {
    title: &'static str,
    name: &'static str,
    clauses: &'static [&'static str],
    /// Whether a clause is ever false or unknown; if not, why.
    never: &'static [Never],
}

struct Never {
    /// None names all of the group.
    clause: Option<&'static str>,
    is_false: bool,
    is_unknown: bool,
    why: &'static str,
}

const fn never_unknown(clause: Option<&'static str>, why: &'static str) -> Never {
    Never { clause, is_false: false, is_unknown: true, why }
}

const ANY: Never = Never {
    clause: Some("any"),
    is_false: true,
    is_unknown: true,
    why: "`any` may only be true, and takes every finding",
};
const NAMED: &str = "an image is covered by what launch and profile state of it, and by nothing else";

/// Every clause of the contract.
const GROUPS: [Group; 13] = [
    Group {
        title: "selectors of vulnerabilities",
        name: "vulnerabilities",
        clauses: &[
            "severities",
            "ids",
            "packages",
            "classes",
            "labels",
            "min_cvss",
            "min_epss",
            "known_exploited",
        ],
        never: &[],
    },
    Group {
        title: "parts of an entry of packages",
        name: "package entry",
        clauses: &["name", "versions", "range", "ecosystem"],
        never: &[],
    },
    Group {
        title: "filters (only)",
        name: "only",
        clauses: &[
            "severities",
            "ids",
            "packages",
            "classes",
            "labels",
            "min_cvss",
            "min_epss",
            "known_exploited",
            "fix_available",
            "fix_states",
            "grace",
        ],
        never: &[],
    },
    Group {
        title: "selectors of malware",
        name: "malware",
        clauses: &["md5", "sha256", "families", "classes", "severities", "any"],
        never: &[ANY],
    },
    Group {
        title: "selectors of sensitive information",
        name: "sensitive",
        clauses: &["types", "severities", "any"],
        never: &[ANY],
    },
    Group {
        title: "entries of privileged policies, on a fact",
        name: "privileged",
        clauses: &[
            "privileged",
            "capability",
            "host_pid",
            "host_ipc",
            "host_network",
            "host_uts",
            "host_user",
            "host_cgroup",
            "host_path",
            "device",
            "seccomp_unconfined",
            "apparmor_unconfined",
            "selinux_disabled",
            "unmasked_paths",
            "new_privileges",
            "run_as_root",
            "host_port",
            "capability_added",
            "capabilities_not_dropped",
            "seccomp_unset",
            "selinux_type",
            "selinux_user",
            "selinux_role",
            "sysctl",
            "volume",
            "root_not_refused",
        ],
        never: &[never_unknown(None, "a launch states its facts: `privileges` is required")],
    },
    Group {
        title: "clauses of unscanned policies",
        name: "unscanned",
        clauses: &["states", "max_scan_age_days", "max_feed_age_days"],
        never: &[never_unknown(Some("states"), "no state is `not_scanned`")],
    },
    Group {
        title: "fields of exceptions, on findings that can have them",
        name: "exception",
        clauses: &[
            "ids",
            "packages",
            "images",
            "families",
            "types",
            "paths",
            "privileges",
            "until_fixed",
            "not_before",
            "expires_at",
        ],
        never: &[
            never_unknown(Some("images"), NAMED),
            never_unknown(Some("privileges"), "a launch states its facts"),
            never_unknown(Some("not_before"), "an absent end is open"),
            never_unknown(Some("expires_at"), "an absent end is open"),
        ],
    },
    Group {
        title: "trust in suppressions",
        name: "trust",
        clauses: &["by", "authors", "justifications"],
        never: &[never_unknown(Some("by"), "a suppression says by what")],
    },
    Group {
        title: "parts of scopes (unknown: the launch does not say)",
        name: "scope",
        clauses: &["images", "exclude", "nodes", "clusters", "namespaces", "privileges"],
        never: &[
            never_unknown(Some("images"), NAMED),
            never_unknown(Some("exclude"), NAMED),
            never_unknown(Some("privileges"), "a launch states its facts"),
        ],
    },
    Group {
        title: "selectors of scope.images",
        name: "scope.images",
        clauses: &["ids", "digests", "names"],
        never: &[never_unknown(None, NAMED)],
    },
    Group {
        title: "selectors of scope.exclude",
        name: "scope.exclude",
        clauses: &["ids", "digests", "names"],
        never: &[never_unknown(None, NAMED)],
    },
    Group {
        title: "the first part of a scope that failed",
        name: "out_of_scope",
        clauses: &["images", "exclude", "nodes", "clusters", "namespaces", "privileges"],
        never: &[Never { clause: None, is_false: true, is_unknown: true, why: "only failures are counted" }],
    },
];

/// What a run has met.
#[derive(Default)]
pub struct Table {
    /// Policy sets, each with a profile.
    pub pairs: u64,
    answers: BTreeMap<String, u64>,
    reasons: BTreeMap<String, u64>,
    out_of_scope: BTreeMap<String, u64>,
    pub clauses: Tally,
}

impl Table {
    pub fn count(&mut self, answer: &Result<Outcome, String>) {
        let name = answer.as_ref().map_or_else(String::as_str, |outcome| outcome.action);
        *counter(&mut self.answers, name) += 1;
        for explained in answer.iter().flat_map(|outcome| &outcome.explain) {
            *counter(&mut self.reasons, &explained.outcome) += 1;
            if let Some(part) = &explained.part {
                *counter(&mut self.out_of_scope, part) += 1;
            }
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.pairs += other.pairs;
        let maps = [
            (&mut self.answers, &other.answers),
            (&mut self.reasons, &other.reasons),
            (&mut self.out_of_scope, &other.out_of_scope),
        ];
        for (mine, others) in maps {
            others.iter().for_each(|(name, count)| *counter(mine, name) += count);
        }
        self.clauses.add(&other.clauses);
    }

    /// Questions asked.
    pub fn cases(&self) -> u64 {
        self.answers.values().sum()
    }

    fn of(&self, group: &str, clause: &str) -> [u64; 3] {
        if group == "out_of_scope" {
            return [self.out_of_scope.get(clause).copied().unwrap_or_default(), 0, 0];
        }
        self.clauses.of(group, clause)
    }

    /// What was met too rarely, or should not have been met.
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        let few = self.cases() < FEW_CASES;
        let least = if few { OUTCOME_PERCENT / 2.0 } else { OUTCOME_PERCENT };
        for (what, names, counts) in
            [("answers", &ANSWERS[..], &self.answers), ("policies", &REASONS[..], &self.reasons)]
        {
            let all: u64 = counts.values().sum();
            for name in names {
                let share = percent(counts.get(*name).copied().unwrap_or_default(), all);
                if share < least {
                    gaps.push(format!("only {share:.2} % of the {what} are {name}"));
                }
            }
            for name in counts.keys().filter(|name| !names.contains(&name.as_str())) {
                gaps.push(format!("{what}: `{name}` is none that the contract has"));
            }
        }
        let least = if few { 0 } else { self.cases() / CASES_PER_CELL };
        for group in &GROUPS {
            for clause in group.clauses {
                let counts = self.of(group.name, clause);
                for (value, count, can_be) in cells(group, clause, counts) {
                    if can_be && count < least {
                        gaps.push(format!("{}.{clause} was {value} {count} times, not {least}", group.name));
                    } else if !can_be && count > 0 {
                        gaps.push(format!("{}.{clause} was {value}, which it cannot be", group.name));
                    }
                }
            }
        }
        for (name, clause) in self.clauses.clauses() {
            if !GROUPS.iter().any(|group| group.name == name && group.clauses.contains(&clause)) {
                gaps.push(format!("{name}.{clause} is missing in the table"));
            }
        }
        gaps
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let cases = self.cases();
        writeln!(text, "{cases} cases (a policy set, a profile, a launch and an instant each), made of {} pairs of policy set and profile", self.pairs).unwrap();
        for (what, names, counts) in
            [("answers", &ANSWERS[..], &self.answers), ("policies in them", &REASONS[..], &self.reasons)]
        {
            let all: u64 = counts.values().sum();
            writeln!(text, "\n{what:44} {:>10}", "count").unwrap();
            for name in names {
                let count = counts.get(*name).copied().unwrap_or_default();
                writeln!(text, "  {name:42} {count:10} {:5.1} %", percent(count, all)).unwrap();
            }
        }
        let mut notes: Vec<&str> = Vec::new();
        for group in &GROUPS {
            writeln!(text, "\n{:56} {:>10} {:>10} {:>10}", group.title, "true", "false", "unknown").unwrap();
            for clause in group.clauses {
                write!(text, "  {clause:54}").unwrap();
                for (_, count, can_be) in cells(group, clause, self.of(group.name, clause)) {
                    let count = if can_be { count.to_string() } else { "-".to_owned() };
                    write!(text, " {count:>10}").unwrap();
                }
                if let Some(never) = never(group, clause) {
                    let number = notes.iter().position(|note| *note == never.why).unwrap_or_else(|| {
                        notes.push(never.why);
                        notes.len() - 1
                    });
                    write!(text, " [{}]", number + 1).unwrap();
                }
                writeln!(text).unwrap();
            }
        }
        writeln!(text, "\n- cannot be:").unwrap();
        for (number, note) in notes.iter().enumerate() {
            writeln!(text, "[{}] {note}", number + 1).unwrap();
        }
        text
    }
}

fn never<'g>(group: &'g Group, clause: &str) -> Option<&'g Never> {
    group.never.iter().find(|never| never.clause.is_none_or(|of| of == clause))
}

/// Each value with how often it was met, and whether it can be.
fn cells(group: &Group, clause: &str, counts: [u64; 3]) -> [(&'static str, u64, bool); 3] {
    let never = never(group, clause);
    [
        ("true", counts[0], true),
        ("false", counts[1], never.is_none_or(|never| !never.is_false)),
        ("unknown", counts[2], never.is_none_or(|never| !never.is_unknown)),
    ]
}

fn counter<'m>(map: &'m mut BTreeMap<String, u64>, name: &str) -> &'m mut u64 {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), 0);
    }
    map.get_mut(name).unwrap()
}

fn percent(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { 100.0 * count as f64 / of as f64 }
}
