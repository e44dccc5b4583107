//! The places of a policy document that can play a part in a decision.

use super::clause::Clause;
use super::criteria::{Criteria, RiskCriteria, VulnerabilityClauses, VulnerabilityCriteria};
use super::{Policy, PolicySet};

impl PolicySet {
    /// JSON Pointers of all clauses, restricting scope parts and exceptions of the enabled policies, sorted. What is
    /// in here and in no [`Assessment::exercised`](crate::Assessment::exercised) is not covered by any test.
    pub fn clauses(&self) -> Vec<String> {
        let set = self.inner();
        let enabled = set.policies.iter().enumerate().filter(|(_, policy)| policy.is_enabled());
        let mut pointers: Vec<String> =
            enabled.flat_map(|(number, policy)| of_policy(number, policy)).collect();
        pointers.extend(set.exceptions.iter().map(|exception| exception.pointer.clone()));
        pointers.sort_unstable();
        pointers
    }
}

fn of_policy(number: usize, policy: &Policy) -> Vec<String> {
    let base = format!("/policies/{number}");
    let scope = &policy.scope;
    let parts = [
        ("images", scope.images.is_some()),
        ("exclude", !scope.exclude.is_empty()),
        ("nodes", !scope.nodes.is_empty() && !scope.nodes.iter().any(|glob| glob.is_anything())),
        ("clusters", !scope.clusters.is_empty() && !scope.clusters.iter().any(|glob| glob.is_anything())),
        (
            "namespaces",
            !scope.namespaces.is_empty() && !scope.namespaces.iter().any(|glob| glob.is_anything()),
        ),
        ("privileges", !scope.privileges.is_empty()),
    ];
    let restricting = parts.iter().filter(|(_, given)| *given);
    let mut pointers: Vec<String> = restricting.map(|(part, _)| format!("{base}/scope/{part}")).collect();
    let criteria = format!("{base}/criteria");
    match &policy.criteria {
        Criteria::Risk(risk) => pointers.extend(of_risk(&criteria, risk)),
        Criteria::Privileged(entries) => {
            pointers.extend((0..entries.len()).map(|entry| format!("{criteria}/privileges/{entry}")));
        }
        Criteria::Unscanned(unscanned) => {
            let clauses = [
                ("states", !unscanned.states.is_empty()),
                (Clause::ScanAge.as_str(), unscanned.max_scan_age_days.is_some()),
                (Clause::FeedAge.as_str(), unscanned.max_feed_age_days.is_some()),
            ];
            pointers.extend(given(&criteria, &clauses));
        }
    }
    pointers.extend(policy.exceptions.iter().map(|exception| exception.pointer.clone()));
    pointers
}

fn given(base: &str, clauses: &[(&str, bool)]) -> Vec<String> {
    clauses.iter().filter(|(_, given)| *given).map(|(clause, _)| format!("{base}/{clause}")).collect()
}

fn of_risk(base: &str, risk: &RiskCriteria) -> Vec<String> {
    let mut pointers = Vec::new();
    if let Some(criteria) = &risk.vulnerabilities {
        pointers.extend(of_vulnerabilities(&format!("{base}/vulnerabilities"), criteria));
    }
    if let Some(criteria) = &risk.malware {
        let clauses = [
            ("md5", !criteria.md5.is_empty()),
            ("sha256", !criteria.sha256.is_empty()),
            ("families", !criteria.families.is_empty()),
            ("classes", !criteria.classes.is_empty()),
            ("severities", criteria.severities.is_some()),
            ("any", criteria.any),
        ];
        pointers.extend(given(&format!("{base}/malware"), &clauses));
    }
    if let Some(criteria) = &risk.sensitive {
        let clauses = [
            ("types", !criteria.types.is_empty()),
            ("severities", criteria.severities.is_some()),
            ("any", criteria.any),
        ];
        pointers.extend(given(&format!("{base}/sensitive"), &clauses));
    }
    pointers
}

fn of_vulnerabilities(base: &str, criteria: &VulnerabilityCriteria) -> Vec<String> {
    let mut pointers = of_shared(base, &criteria.select);
    if let Some(only) = &criteria.only {
        let base = format!("{base}/only");
        pointers.extend(of_shared(&base, &only.clauses));
        let clauses = [
            (Clause::FixAvailable.as_str(), only.fix_available.is_some()),
            (Clause::FixStates.as_str(), !only.fix_states.is_empty()),
            (Clause::Grace.as_str(), only.grace.is_some()),
        ];
        pointers.extend(given(&base, &clauses));
    }
    pointers
}

fn of_shared(base: &str, clauses: &VulnerabilityClauses) -> Vec<String> {
    let clauses = [
        ("severities", clauses.severities.is_some()),
        ("ids", !clauses.ids.is_empty()),
        ("packages", !clauses.packages.is_empty()),
        ("classes", !clauses.classes.is_empty()),
        ("labels", !clauses.labels.is_empty()),
        ("min_cvss", clauses.min_cvss.is_some()),
        ("min_epss", clauses.min_epss.is_some()),
        ("known_exploited", clauses.known_exploited.is_some()),
    ];
    given(base, &clauses)
}
