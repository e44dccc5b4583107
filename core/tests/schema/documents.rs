//! The documents that are changed.

use super::*;

/// Every member that a policy set may have, with a value.
pub(super) fn rich_policy() -> Value {
    json!({
        "version": 1,
        "label": "prod",
        "activation_delay_seconds": 300,
        "day_utc_offset": "+08:00",
        "policies": [
            {
                "id": "fixable-critical",
                "name": "Critical and high vulnerabilities that have a fix",
                "description": "Agreed with the platform team.",
                "type": "risk",
                "enabled": true,
                "enabled_at": "2026-11-20T02:00:00Z",
                "enforcement": {"mode": "observe", "days": 7},
                "scope": {
                    "images": {
                        "ids": [format!("sha256:{HASH}")],
                        "digests": [format!("registry.example.com/shop/cart@sha256:{HASH}")],
                        "names": ["registry.example.com/shop/**"]
                    },
                    "exclude": {"ids": [HASH], "digests": [HASH], "names": ["**/debug-*"]},
                    "nodes": ["*"], "clusters": ["prod-*"], "namespaces": ["shop"],
                    "privileges": ["host_network", "device:/dev/**"]
                },
                "criteria": {
                    "vulnerabilities": {
                        "severities": ["critical", "high"],
                        "ids": ["CVE-2021-44228"],
                        "packages": [
                            {"name": "log4j-core", "range": "<2.17.1", "ecosystem": "maven"},
                            {"name": "zlib*", "versions": ["1.2.11"]}
                        ],
                        "classes": ["os"],
                        "labels": ["exploit"],
                        "min_cvss": 9.0,
                        "min_epss": 0.5,
                        "known_exploited": true,
                        "only": {
                            "severities": ["low"], "ids": ["GHSA-1"], "packages": [{"name": "*"}],
                            "classes": ["os", "library"], "labels": ["x"], "min_cvss": 1, "min_epss": 0,
                            "known_exploited": false, "fix_available": true, "fix_states": ["fixed", "unknown"],
                            "grace": {
                                "from": "disclosure",
                                "days": {"critical": 0, "high": 7, "medium": 30, "low": 90, "negligible": 365, "unknown": 1}
                            },
                            "unknown": {
                                "severities": "match", "ids": "match", "packages": "no_match", "classes": "match",
                                "labels": "match", "min_cvss": "match", "min_epss": "no_match",
                                "known_exploited": "match", "fix_available": "match", "fix_states": "match",
                                "grace": "no_match"
                            }
                        },
                        "unknown": {
                            "severities": "match", "ids": "match", "packages": "match", "classes": "match",
                            "labels": "match", "min_cvss": "match", "min_epss": "no_match", "known_exploited": "match"
                        }
                    },
                    "malware": {
                        "md5": [MD5], "sha256": [HASH], "families": ["Linux.*"], "classes": ["trojan"],
                        "severities": ["critical"], "any": true,
                        "unknown": {
                            "md5": "match", "sha256": "match", "families": "match", "classes": "match",
                            "severities": "no_match"
                        }
                    },
                    "sensitive": {
                        "types": ["private-key*"], "severities": ["high"], "any": true,
                        "unknown": {"types": "match", "severities": "match"}
                    }
                },
                "exceptions": [
                    {
                        "reason": "not reachable", "owner": "shop", "ticket": "OPS-7",
                        "not_before": "2026-11-01T00:00:00Z", "expires_at": "2026-12-31T00:00:00Z", "until_fixed": true,
                        "ids": ["CVE-2023-45853"], "packages": ["zlib1g"],
                        "images": [format!("sha256:{HASH}"), "registry.example.com/**"], "paths": ["/usr/**"]
                    },
                    {"reason": "a sample", "families": ["eicar*"], "paths": ["/test/*"]},
                    {"reason": "a test key", "types": ["private-key"]},
                    {"reason": "the agent", "privileges": ["host_path:/var/run/docker.sock"], "images": ["agent"]}
                ],
                "solution": "Ask the platform team."
            },
            {
                "id": "privileged", "name": "Privileged start", "type": "privileged",
                "enabled": true, "enabled_at": "2026-11-01T00:00:00+01:00", "enforcement": {"mode": "immediate"},
                "scope": {"images": "all"},
                "criteria": {"privileges": ["privileged", "capability:SYS_ADMIN", "host_path:/var/run/docker.sock"]}
            },
            {
                "id": "unscanned", "name": "Images nobody has scanned", "type": "unscanned",
                "enabled": false, "enforcement": {"mode": "alarm"},
                "scope": {"images": {"names": ["*"]}},
                "criteria": {
                    "states": ["not_scanned", "failed", "unsupported", "partial"],
                    "max_scan_age_days": 30, "max_feed_age_days": 14,
                    "unknown": {"max_scan_age_days": "match", "max_feed_age_days": "no_match"}
                }
            }
        ],
        "exceptions": [{"reason": "the base image", "images": ["base/*"]}],
        "trust": {
            "by": ["vex", "ignore_file", "scanner"],
            "authors": ["vendor"],
            "justifications": ["vulnerable_code_not_present"]
        }
    })
}

/// The same members in several smaller sets, which are quicker to look at.
pub(super) fn policy_parts() -> Vec<Value> {
    let mut set = rich_policy();
    set["policies"].as_array_mut().unwrap().remove(0);
    let mut vulnerabilities = rich_policy();
    vulnerabilities["policies"].as_array_mut().unwrap().truncate(1);
    let mut others = vulnerabilities.clone();
    let policy = &mut vulnerabilities["policies"][0];
    policy["scope"] = json!({"images": "all"});
    policy["exceptions"] = json!([]);
    policy["criteria"] = json!({"vulnerabilities": policy["criteria"]["vulnerabilities"]});
    others["policies"][0]["criteria"].as_object_mut().unwrap().remove("vulnerabilities");
    vec![set, vulnerabilities, others, small_policy()]
}

/// One policy with little in it, so that what is left out matters.
pub(super) fn small_policy() -> Value {
    json!({
        "version": 1,
        "policies": [{
            "id": "a", "name": "b", "type": "risk", "enabled": false, "enforcement": {"mode": "alarm"},
            "scope": {"images": {"names": ["a"]}},
            "criteria": {"vulnerabilities": {"only": {"fix_available": true}}},
            "exceptions": [{"reason": "r", "ids": ["x"]}]
        }]
    })
}

pub(super) fn rich_profile() -> Value {
    json!({
        "version": 1,
        "image": {
            "id": format!("sha256:{HASH}"),
            "digests": [format!("registry.example.com/shop/cart@sha256:{HASH}")],
            "names": ["registry.example.com/shop/cart:1.4.2"],
            "platform": "linux/amd64"
        },
        "scan": {
            "state": "complete", "scanned_at": "2026-11-23T22:10:00Z", "scanner": "trivy 0.59.1",
            "feed_updated_at": "2026-11-23T18:00:00Z"
        },
        "vulnerabilities": [{
            "id": "CVE-2022-0778", "aliases": ["DSA-5103-1"], "severity": "high", "severity_source": "debian",
            "package": {
                "name": "openssl", "version": "1.1.1k-1+deb11u1", "ecosystem": "deb",
                "purl": "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1", "path": "/usr/lib"
            },
            "fix": {"state": "fixed", "versions": ["1.1.1k-1+deb11u2"], "available_at": "2022-03-15T00:00:00Z"},
            "class": "os", "labels": ["exploit"],
            "cvss": {"score": 7.5, "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
            "epss": {"score": 0.012, "percentile": 0.85, "date": "2026-11-23"},
            "known_exploited": {
                "listed": true, "added_at": "2022-04-01T00:00:00Z", "due_at": "2022-04-22T00:00:00Z",
                "ransomware": false
            },
            "published_at": "2022-03-15T17:15:00Z", "first_seen_at": "2026-11-01T00:00:00Z",
            "suppressed": {
                "by": "vex", "status": "not_affected", "justification": "vulnerable_code_not_present",
                "author": "vendor", "source": "https://vendor.example.com/vex.json"
            }
        }],
        "malware": [{
            "path": "/usr/bin/.x", "md5": MD5, "sha256": HASH, "family": "Linux.Trojan.Mirai", "class": "trojan",
            "severity": "critical"
        }],
        "sensitive": [{"type": "private-key", "severity": "high", "path": "/app/id_rsa", "line": 1}]
    })
}

pub(super) fn small_profile() -> Value {
    json!({"version": 1, "image": {"names": ["a"]}, "vulnerabilities": [{}], "malware": [{}], "sensitive": [{}]})
}

pub(super) fn rich_launch() -> Value {
    json!({
        "version": 1,
        "image": {
            "reference": "registry.example.com/shop/cart:1.4.2",
            "id": format!("sha256:{HASH}"),
            "digest": format!("sha256:{HASH}")
        },
        "container": {
            "name": "cart", "kind": "main", "command": ["/app/cart", "--password", "x"], "user": "0",
            "environment": ["PATH", "TOKEN"], "mounts": ["/var/run/docker.sock:/var/run/docker.sock:rw"],
            "devices": ["/dev/kvm"], "ports": ["8080/tcp"]
        },
        "privileges": ["capability:SYS_ADMIN", "host_path:/var/run/docker.sock", "run_as_root"],
        "inferred": ["capability:SYS_ADMIN"],
        "node": {"name": "node-7", "internal_ip": "10.0.3.7", "public_ip": "203.0.113.7", "cluster": "prod-eu"},
        "pod": {"namespace": "shop", "name": "cart-5d9c"}
    })
}

pub(super) fn small_launch() -> Value {
    json!({"version": 1, "image": {"reference": "a"}, "privileges": []})
}
