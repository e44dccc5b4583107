//! A row as OCSF Detection Finding.

use crate::ship::json as to_text;
use imagegate::{Action, EventRow, Severity, Timestamp};
use serde_json::{Map, Value, json};

/// The version of OCSF that is written.
const VERSION: &str = "1.3.0";
const CATEGORY: u32 = 2;
const CLASS: u32 = 2004;

/// One line. A row that changed comes again with the same `finding_info.uid`, as an update.
pub(crate) fn line(row: &EventRow, store: &str, change: u64) -> String {
    let last = &row.last;
    let key = last.aggregation_key();
    let (activity, activity_name) = if row.count > 1 { (2, "Update") } else { (1, "Create") };
    let (severity, severity_name) = severity(row);
    let (action, action_name, disposition, disposition_name) = match last.action() {
        Action::Intercept => (2, "Denied", 2, "Blocked"),
        _ => (1, "Allowed", 19, "Alert"),
    };
    let mut finding = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": u64::from(CLASS).saturating_mul(100).saturating_add(activity),
        "type_name": format!("Detection Finding: {activity_name}"),
        "time": milliseconds(row.latest_at()),
        "start_time": milliseconds(row.first_at),
        "end_time": milliseconds(row.latest_at()),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": 1,
        "status": "New",
        "action_id": action,
        "action": action_name,
        "disposition_id": disposition,
        "disposition": disposition_name,
        "count": row.count,
        "message": last.risk_description(),
        "metadata": {
            "version": VERSION,
            "product": {"name": "imagegate", "vendor_name": "imagegate", "version": env!("CARGO_PKG_VERSION")},
            "profiles": ["container", "security_control"],
            // Another revision of the row is another event.
            "uid": format!("{store}:{change}"),
        },
        "finding_info": {
            "uid": key.as_str(),
            "title": last.policy().name,
            "desc": last.risk_description(),
            "types": [last.event_type().as_str()],
            "analytic": {"type_id": 1, "type": "Rule", "uid": last.policy().id, "name": last.policy().name},
            "first_seen_time": milliseconds(row.first_at),
            "last_seen_time": milliseconds(row.latest_at()),
        },
        "remediation": {"desc": last.solution()},
        "container": container(row),
        "resources": row.nodes.iter().map(resource).collect::<Vec<_>>(),
        // What OCSF has no place for, whole.
        "unmapped": {"imagegate": row},
    });
    let vulnerabilities = vulnerabilities(row);
    if let (Value::Object(members), false) = (&mut finding, vulnerabilities.is_empty()) {
        members.insert("vulnerabilities".to_owned(), Value::Array(vulnerabilities));
    }
    to_text(&finding)
}

fn milliseconds(at: Timestamp) -> i64 {
    at.unix_seconds().saturating_mul(1_000).saturating_add((at.subsecond_nanoseconds() / 1_000_000).into())
}

/// The worst severity that is known; a start that asks for privileges has none, and counts as high or medium.
fn severity(row: &EventRow) -> (u32, &'static str) {
    let findings = row.last.evidence().iter().flat_map(|evidence| &evidence.findings);
    let worst = findings.filter_map(|finding| finding.severity).filter(|one| *one != Severity::Unknown).min();
    match (worst, row.last.action()) {
        (Some(Severity::Critical), _) => (5, "Critical"),
        (Some(Severity::High), _) | (None, Action::Intercept) => (4, "High"),
        (Some(Severity::Medium), _) | (None, _) => (3, "Medium"),
        (Some(Severity::Low), _) => (2, "Low"),
        (Some(_), _) => (1, "Informational"),
    }
}

fn container(row: &EventRow) -> Value {
    let (launch, image) = (row.last.launch(), row.last.image());
    let mut members = Map::new();
    let mut add = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value.as_str().into());
        }
    };
    add("name", &launch.container.name);
    let mut of_image = Map::new();
    for (name, value) in [("name", &image.name), ("uid", &image.id.clone().or_else(|| image.digest.clone()))]
    {
        if let Some(value) = value {
            of_image.insert(name.to_owned(), value.as_str().into());
        }
    }
    members.insert("image".to_owned(), Value::Object(of_image));
    Value::Object(members)
}

fn resource(node: &imagegate::Node) -> Value {
    let name = node.name.as_ref().or(node.internal_ip.as_ref()).or(node.public_ip.as_ref());
    json!({"type": "node", "name": name, "data": node})
}

fn vulnerabilities(row: &EventRow) -> Vec<Value> {
    let evidence = row.last.evidence().iter();
    let of_category = evidence.filter(|evidence| evidence.category.as_str() == "vulnerabilities");
    let findings = of_category.flat_map(|evidence| &evidence.findings);
    findings
        .map(|finding| {
            let package = json!({"name": finding.package, "version": finding.version,
                                 "fixed_in_version": finding.fixed_in.first(), "path": finding.path});
            let package: Map<String, Value> = match package {
                Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
                _ => Map::new(),
            };
            let mut vulnerability = Map::new();
            // `cve.uid` is for CVE ids; others go into the title.
            if finding.name.to_ascii_uppercase().starts_with("CVE-") {
                vulnerability.insert("cve".to_owned(), json!({"uid": finding.name}));
            }
            vulnerability.insert("title".to_owned(), finding.name.as_str().into());
            if let Some(severity) = finding.severity {
                vulnerability.insert("severity".to_owned(), severity.as_str().into());
            }
            if !package.is_empty() {
                vulnerability.insert("affected_packages".to_owned(), json!([package]));
            }
            vulnerability.insert("is_fix_available".to_owned(), (!finding.fixed_in.is_empty()).into());
            Value::Object(vulnerability)
        })
        .collect()
}
