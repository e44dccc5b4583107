//! Reads the criteria of a policy.

use super::PolicyType;
use super::clause::{Clause, UnknownRule};
use super::criteria::{
    Criteria, Grace, GraceFrom, MalwareCriteria, PackagePattern, RiskCriteria, SensitiveCriteria,
    SeveritySet, UnscannedCriteria, VulnerabilityClauses, VulnerabilityCriteria, VulnerabilityFilters,
};
use super::read_parts::{check_finding_id, read_family, read_glob, read_privilege, read_texts};
use crate::error::quote;
use crate::glob::Flavour;
use crate::hex;
use crate::json::{Node, Path, Problems, Reader, boolean, integer, number, owned_string, string, word};
use crate::limits::Limits;
use crate::profile::{FixState, ScanState, Score, Severity};
use crate::version::{Range, Scheme};

/// The longest grace and age, in days: a hundred years.
const MAX_DAYS: u32 = 36_500;

pub(super) fn read_criteria(
    node: &Node<'_>,
    path: &Path<'_>,
    kind: PolicyType,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Criteria> {
    let mut reader = Reader::open(node, path, problems)?;
    let before = problems.count();
    let (criteria, empty, advice) = match kind {
        PolicyType::Risk => {
            let risk = RiskCriteria {
                vulnerabilities: reader.field("vulnerabilities", problems, |node, path, problems| {
                    read_vulnerabilities(node, path, limits, problems)
                }),
                malware: reader.field("malware", problems, |node, path, problems| {
                    read_malware(node, path, limits, problems)
                }),
                sensitive: reader.field("sensitive", problems, |node, path, problems| {
                    read_sensitive(node, path, limits, problems)
                }),
            };
            let empty = risk.vulnerabilities.is_none() && risk.malware.is_none() && risk.sensitive.is_none();
            (Criteria::Risk(Box::new(risk)), empty, "give `vulnerabilities`, `malware` or `sensitive`")
        }
        PolicyType::Privileged => {
            let privileges = reader.list("privileges", problems, |node, path, problems| {
                read_privilege(node, path, limits, problems)
            });
            let empty = privileges.is_empty();
            (Criteria::Privileged(privileges), empty, "give `privileges`, such as `[\"privileged\"]`")
        }
        PolicyType::Unscanned => {
            let unscanned = read_unscanned(&mut reader, problems);
            let empty = unscanned.states.is_empty()
                && unscanned.max_scan_age_days.is_none()
                && unscanned.max_feed_age_days.is_none();
            (
                Criteria::Unscanned(unscanned),
                empty,
                "give `states`, `max_scan_age_days` or `max_feed_age_days`",
            )
        }
    };
    if empty && problems.count() == before {
        problems.add("empty_criteria", path, format!("the criteria look for nothing: {advice}"));
    }
    reader.finish(problems);
    Some(criteria)
}

fn read_vulnerabilities(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<VulnerabilityCriteria> {
    let mut reader = Reader::open(node, path, problems)?;
    let before = problems.count();
    let select = read_clauses(&mut reader, Place::Selector, limits, problems);
    let unknown =
        read_unknown(&mut reader, UnknownRule::SELECTORS, &Clause::VULNERABILITY_SELECTORS, problems);
    let only =
        reader.field("only", problems, |node, path, problems| read_filters(node, path, limits, problems));
    let only = only.filter(|only| !only.is_empty());
    if select.is_empty() && only.is_none() && problems.count() == before {
        let message =
            "the category looks for nothing: give a selector such as `severities`, or filters under `only`";
        problems.add("empty_criteria", path, message);
    }
    reader.finish(problems);
    Some(VulnerabilityCriteria { select, unknown, only })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Selector,
    Filter,
}

fn read_clauses(
    reader: &mut Reader<'_, '_, '_>,
    place: Place,
    limits: &Limits,
    problems: &mut Problems,
) -> VulnerabilityClauses {
    VulnerabilityClauses {
        severities: read_severities(reader, problems),
        ids: read_texts(reader, "ids", "empty_text", problems, check_finding_id),
        packages: reader
            .list("packages", problems, |node, path, problems| read_package(node, path, limits, problems)),
        classes: reader.strings("classes", problems),
        labels: reader.strings("labels", problems),
        min_cvss: reader.field("min_cvss", problems, minimum(10.0)),
        min_epss: reader.field("min_epss", problems, minimum(1.0)),
        known_exploited: match place {
            Place::Selector => reader.field("known_exploited", problems, only_true),
            Place::Filter => reader.field("known_exploited", problems, boolean),
        },
    }
}

fn read_severities(reader: &mut Reader<'_, '_, '_>, problems: &mut Problems) -> Option<SeveritySet> {
    SeveritySet::new(
        reader.list("severities", problems, |node, path, problems| {
            word(node, path, problems, &Severity::WORDS)
        }),
    )
}

fn minimum(limit: f64) -> impl Fn(&Node<'_>, &Path<'_>, &mut Problems) -> Option<Score> {
    move |node, path, problems| number(node, path, problems, 0.0..=limit).and_then(Score::new)
}

/// `true`; as a selector `false` would say "everything that is not", which is what leaving it out says.
fn only_true(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<bool> {
    let value = boolean(node, path, problems)?;
    if !value {
        problems.add("unknown_value", path, "as a selector this may only be `true`: leave it out instead");
    }
    Some(value)
}

fn read_package(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<PackagePattern> {
    let mut reader = Reader::open(node, path, problems)?;
    let name = reader.required_field("name", problems, |node, path, problems| {
        read_glob(node, path, Flavour::Plain, limits, problems)
    });
    let versions = reader.field("versions", problems, |node, path, problems| {
        let versions = crate::json::list(node, path, problems, owned_string);
        if matches!(node, Node::Array(items) if items.is_empty()) {
            let message = "`versions` lists no version, so the entry could match nothing: leave it out for all versions";
            problems.add("empty_list", path, message);
        }
        Some(versions)
    });
    let range = reader.field("range", problems, |node, path, problems| {
        let text = string(node, path, problems)?;
        Range::parse(text).map_err(|message| problems.add("bad_range", path, message)).ok()
    });
    if versions.is_some() && reader.get("range").is_some() {
        let message = "give either `versions` or `range`, not both";
        problems.add("conflicting_fields", &path.member("range"), message);
    }
    let ecosystem = reader.string("ecosystem", problems).map(|text| text.to_ascii_lowercase());
    let scheme = ecosystem.as_deref().and_then(Scheme::of_ecosystem);
    reader.finish(problems);
    Some(PackagePattern { name: name?, versions: versions.unwrap_or_default(), range, ecosystem, scheme })
}

fn read_filters(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<VulnerabilityFilters> {
    let mut reader = Reader::open(node, path, problems)?;
    let filters = VulnerabilityFilters {
        clauses: read_clauses(&mut reader, Place::Filter, limits, problems),
        fix_available: reader.field("fix_available", problems, boolean),
        fix_states: reader.list("fix_states", problems, |node, path, problems| {
            word(node, path, problems, &FixState::WORDS)
        }),
        grace: reader.field("grace", problems, read_grace),
        unknown: read_unknown(&mut reader, UnknownRule::FILTERS, &Clause::VULNERABILITY_FILTERS, problems),
    };
    reader.finish(problems);
    Some(filters)
}

fn read_grace(node: &Node<'_>, path: &Path<'_>, problems: &mut Problems) -> Option<Grace> {
    let mut reader = Reader::open(node, path, problems)?;
    let from = reader.required_field("from", problems, |node, path, problems| {
        word(node, path, problems, &GraceFrom::WORDS)
    });
    let days = reader.required_field("days", problems, |node, path, problems| {
        let mut reader = Reader::open(node, path, problems)?;
        let mut days = [0_u32; 6];
        for (slot, (name, _)) in days.iter_mut().zip(Severity::WORDS) {
            let given = reader
                .field(name, problems, |node, path, problems| integer(node, path, problems, 0..=MAX_DAYS));
            *slot = given.unwrap_or(0);
        }
        reader.finish(problems);
        Some(days)
    });
    reader.finish(problems);
    Some(Grace { from: from?, days: days? })
}

/// The `unknown` map of a place.
fn read_unknown(
    reader: &mut Reader<'_, '_, '_>,
    default: UnknownRule,
    clauses: &[Clause],
    problems: &mut Problems,
) -> UnknownRule {
    const ANSWERS: [(&str, bool); 2] = [("match", true), ("no_match", false)];
    let mut rule = default;
    reader.field("unknown", problems, |node, path, problems| {
        let mut reader = Reader::open(node, path, problems)?;
        for clause in clauses {
            let answer = reader.field(clause.as_str(), problems, |node, path, problems| {
                word(node, path, problems, &ANSWERS)
            });
            if let Some(matches) = answer {
                rule.set(*clause, matches);
            }
        }
        reader.finish(problems);
        Some(())
    });
    rule
}

fn read_malware(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<MalwareCriteria> {
    let mut reader = Reader::open(node, path, problems)?;
    let before = problems.count();
    let criteria = MalwareCriteria {
        md5: read_texts(&mut reader, "md5", "bad_hash", problems, |text| check_hash(text, "MD5", 32)),
        sha256: read_texts(&mut reader, "sha256", "bad_hash", problems, |text| {
            check_hash(text, "SHA-256", 64)
        }),
        families: reader
            .list("families", problems, |node, path, problems| read_family(node, path, limits, problems)),
        classes: reader.strings("classes", problems),
        severities: read_severities(&mut reader, problems),
        any: reader.field("any", problems, only_true).unwrap_or(false),
        unknown: read_unknown(&mut reader, UnknownRule::SELECTORS, &Clause::MALWARE_SELECTORS, problems),
    };
    let empty = criteria.md5.is_empty()
        && criteria.sha256.is_empty()
        && criteria.families.is_empty()
        && criteria.classes.is_empty()
        && criteria.severities.is_none()
        && !criteria.any;
    if empty && problems.count() == before {
        let message =
            "the category looks for nothing: give a selector such as `families`, or `\"any\": true`";
        problems.add("empty_criteria", path, message);
    }
    reader.finish(problems);
    Some(criteria)
}

fn check_hash(text: &str, name: &str, length: usize) -> Result<(), String> {
    if hex::is_hex(text, length) {
        return Ok(());
    }
    Err(format!("{} is no {name}: expected {length} hexadecimal digits", quote(text)))
}

fn read_sensitive(
    node: &Node<'_>,
    path: &Path<'_>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<SensitiveCriteria> {
    let mut reader = Reader::open(node, path, problems)?;
    let before = problems.count();
    let criteria = SensitiveCriteria {
        types: reader.list("types", problems, |node, path, problems| {
            read_glob(node, path, Flavour::Plain, limits, problems)
        }),
        severities: read_severities(&mut reader, problems),
        any: reader.field("any", problems, only_true).unwrap_or(false),
        unknown: read_unknown(&mut reader, UnknownRule::SELECTORS, &Clause::SENSITIVE_SELECTORS, problems),
    };
    if criteria.types.is_empty()
        && criteria.severities.is_none()
        && !criteria.any
        && problems.count() == before
    {
        let message = "the category looks for nothing: give a selector such as `types`, or `\"any\": true`";
        problems.add("empty_criteria", path, message);
    }
    reader.finish(problems);
    Some(criteria)
}

fn read_unscanned(reader: &mut Reader<'_, '_, '_>, problems: &mut Problems) -> UnscannedCriteria {
    let mut age = |reader: &mut Reader<'_, '_, '_>, name| {
        reader.field(name, problems, |node, path, problems| integer(node, path, problems, 0..=MAX_DAYS))
    };
    let max_scan_age_days = age(reader, "max_scan_age_days");
    let max_feed_age_days = age(reader, "max_feed_age_days");
    let states = reader.list("states", problems, |node, path, problems| {
        if matches!(node, Node::String(text) if text == "complete") {
            problems.add(
                "unknown_value",
                path,
                "`complete` is the state of a scan that is trustworthy: remove it",
            );
            return None;
        }
        word(node, path, problems, &UNTRUSTWORTHY)
    });
    let unknown = read_unknown(reader, UnknownRule::FILTERS, &Clause::AGES, problems);
    UnscannedCriteria { states, max_scan_age_days, max_feed_age_days, unknown }
}

const UNTRUSTWORTHY: [(&str, ScanState); 4] = [
    ("not_scanned", ScanState::NotScanned),
    ("failed", ScanState::Failed),
    ("unsupported", ScanState::Unsupported),
    ("partial", ScanState::Partial),
];
