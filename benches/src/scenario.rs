//! Generated policies, images and launches, the same for everybody who is measured.
//!
//! P policies for images and one for privileged starts; half of them for all images, a quarter for lists of 16 image
//! ids, a quarter for 3 name globs; each with 20 CVEs, 10 packages and severities, half with 20 MD5s and 5 families,
//! half with 5 types of secrets. The image has V vulnerabilities, 2 malicious files and 10 secrets.

use serde_json::{Value, json};

/// What the image has to do with the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing matches.
    Clean,
    /// The last finding matches the last policy.
    OneHit,
    /// Every finding matches every policy by its severity.
    Dirty,
    /// Some findings are taken from the lists of some policies, and the image is in the scope of some: for comparing
    /// answers, not for timing.
    Mixed,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OneHit => "one hit",
            Self::Dirty => "dirty",
            Self::Mixed => "mixed",
        }
    }
}

pub enum Scope {
    All,
    Ids(Vec<String>),
    Names(Vec<String>),
}

pub struct Policy {
    pub id: String,
    pub scope: Scope,
    pub cves: Vec<String>,
    pub packages: Vec<String>,
    pub severity: &'static str,
    pub md5: Vec<String>,
    pub families: Vec<String>,
    pub types: Vec<String>,
}

pub struct Vulnerability {
    pub id: String,
    pub package: String,
    pub severity: &'static str,
}

pub struct Malware {
    pub md5: String,
    pub family: String,
}

pub struct Scenario {
    pub policies: Vec<Policy>,
    pub image_id: String,
    pub image_name: &'static str,
    pub vulnerabilities: Vec<Vulnerability>,
    pub malware: Vec<Malware>,
    pub secrets: Vec<String>,
}

/// A small generator of numbers, so that every run measures the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from_digit(self.below(16) as u32, 16).unwrap()).collect()
    }

    fn id(&mut self) -> String {
        format!("sha256:{}", self.hex(64))
    }
}

/// Puts entries of the policies' lists into the findings.
fn mix(
    numbers: &mut Numbers,
    policies: &[Policy],
    vulnerabilities: &mut [Vulnerability],
    malware: &mut [Malware],
    secrets: &mut [String],
) {
    let mut some = |list: &dyn Fn(&Policy) -> &[String], text: &mut String| {
        let policy = &policies[numbers.below(policies.len() as u64) as usize];
        let list = list(policy);
        if !list.is_empty() {
            text.clone_from(&list[numbers.below(list.len() as u64) as usize]);
        }
    };
    for finding in vulnerabilities.iter_mut().step_by(7) {
        some(&|policy| &policy.cves, &mut finding.id);
    }
    for finding in vulnerabilities.iter_mut().step_by(11) {
        some(&|policy| &policy.packages, &mut finding.package);
    }
    some(&|policy| &policy.md5, &mut malware[0].md5);
    some(&|policy| &policy.families, &mut malware[1].family);
    secrets.iter_mut().step_by(2).for_each(|kind| some(&|policy| &policy.types, kind));
}

const HIT: &str = "CVE-2024-9999999";

impl Scenario {
    pub fn new(policies: usize, vulnerabilities: usize, kind: Kind) -> Self {
        let mut numbers = Numbers(88_172_645_463_325_252);
        let image_id = numbers.id();
        let last = policies.saturating_sub(1);
        let mut policies: Vec<Policy> = (0..policies)
            .map(|number| {
                // Numbers and names that no finding has, so that a hit is put there on purpose only.
                let mut cves: Vec<String> = (0..20)
                    .map(|_| format!("CVE-20{:02}-{}", numbers.below(25), 200_000 + numbers.below(100_000)))
                    .collect();
                if number == last && kind == Kind::OneHit {
                    cves[19] = HIT.to_owned();
                }
                let packages = (0..10).map(|_| format!("lib{}", 100_000 + numbers.below(50_000))).collect();
                let some = |yes: bool, make: &mut dyn FnMut() -> String, count: usize| -> Vec<String> {
                    if yes { (0..count).map(|_| make()).collect() } else { Vec::new() }
                };
                let md5 = some(number % 2 == 0, &mut || numbers.hex(32), 20);
                let families =
                    some(number % 2 == 0, &mut || format!("Family.{number}.{}", numbers.below(1_000)), 5);
                let types =
                    some(number % 2 == 1, &mut || format!("type-{number}-{}", numbers.below(1_000)), 5);
                let scope = match number % 4 {
                    _ if number == last => Scope::All,
                    0 | 1 => Scope::All,
                    2 => Scope::Ids((0..16).map(|_| numbers.id()).collect()),
                    _ => Scope::Names(vec![
                        format!("registry.example.com/team{number}/**"),
                        format!("registry{number}.example.com/*/app-*"),
                        "registry.example.com/shop/**".to_owned(),
                    ]),
                };
                let severity = if kind == Kind::Dirty { "medium" } else { "critical" };
                Policy {
                    id: format!("policy-{number}"),
                    scope,
                    cves,
                    packages,
                    severity,
                    md5,
                    families,
                    types,
                }
            })
            .collect();
        let last = vulnerabilities.saturating_sub(1);
        let mut vulnerabilities: Vec<Vulnerability> = (0..vulnerabilities)
            .map(|number| {
                let hit = number == last && kind == Kind::OneHit;
                let id = format!("CVE-20{:02}-{}", numbers.below(25), 10_000 + numbers.below(100_000));
                let package = format!("lib{}", numbers.below(50_000));
                let severity =
                    if kind == Kind::Dirty { "medium" } else { ["low", "medium"][numbers.below(2) as usize] };
                Vulnerability { id: if hit { HIT.to_owned() } else { id }, package, severity }
            })
            .collect();
        let mut malware: Vec<Malware> = (0..2)
            .map(|number| Malware { md5: numbers.hex(32), family: format!("Clean.{number}") })
            .collect();
        let mut secrets: Vec<String> = (0..10).map(|number| format!("secret-{number}")).collect();
        let mut image_name = "registry.example.com/shop/cart:1.4.2";
        if kind == Kind::Mixed {
            // Covered by the middle glob of policy 7 alone, and by the ids of one policy in eight.
            image_name = "registry7.example.com/x/app-cart:1.4.2";
            policies.iter_mut().skip(2).step_by(8).for_each(|policy| {
                if let Scope::Ids(ids) = &mut policy.scope {
                    ids[15].clone_from(&image_id);
                }
            });
            mix(&mut numbers, &policies, &mut vulnerabilities, &mut malware, &mut secrets);
        }
        Self { policies, image_id, image_name, vulnerabilities, malware, secrets }
    }

    /// imagegate's policy document.
    pub fn policy_document(&self) -> String {
        let common = |id: &str, kind: &str, scope: Value, criteria: Value| {
            json!({"id": id, "name": id, "type": kind, "enabled": true, "enabled_at": "2026-01-01T00:00:00Z",
                "enforcement": {"mode": "immediate"}, "scope": {"images": scope}, "criteria": criteria})
        };
        let mut policies: Vec<Value> = self
            .policies
            .iter()
            .map(|policy| {
                let packages: Vec<Value> = policy.packages.iter().map(|name| json!({"name": name})).collect();
                let mut criteria = json!({"vulnerabilities":
                    {"ids": policy.cves, "packages": packages, "severities": [policy.severity]}});
                if !policy.md5.is_empty() {
                    criteria["malware"] = json!({"md5": policy.md5, "families": policy.families});
                }
                if !policy.types.is_empty() {
                    criteria["sensitive"] = json!({"types": policy.types});
                }
                let scope = match &policy.scope {
                    Scope::All => json!("all"),
                    Scope::Ids(ids) => json!({"ids": ids}),
                    Scope::Names(names) => json!({"names": names}),
                };
                common(&policy.id, "risk", scope, criteria)
            })
            .collect();
        policies.push(common(
            "privileged",
            "privileged",
            json!("all"),
            json!({"privileges": ["privileged"]}),
        ));
        json!({"version": 1, "policies": policies}).to_string()
    }

    /// imagegate's scan profile.
    pub fn profile_document(&self) -> String {
        let vulnerabilities: Vec<Value> = self
            .vulnerabilities
            .iter()
            .map(|finding| {
                json!({"id": finding.id, "severity": finding.severity,
                    "package": {"name": finding.package, "version": "1.2.3-4", "ecosystem": "deb"},
                    "fix": {"state": "fixed", "versions": ["1.2.3-5"]}, "class": "os", "cvss": {"score": 5.5}})
            })
            .collect();
        let malware: Vec<Value> = self
            .malware
            .iter()
            .map(|finding| json!({"path": "/usr/bin/x", "md5": finding.md5, "family": finding.family}))
            .collect();
        let sensitive: Vec<Value> =
            self.secrets.iter().map(|kind| json!({"type": kind, "path": "/app/x"})).collect();
        json!({"version": 1, "image": {"id": self.image_id, "names": [self.image_name]}, "scan": {"state": "complete"},
            "vulnerabilities": vulnerabilities, "malware": malware, "sensitive": sensitive})
        .to_string()
    }

    /// imagegate's launch document.
    pub fn launch_document(&self) -> String {
        json!({"version": 1, "image": {"reference": self.image_name, "id": self.image_id},
            "container": {"name": "cart", "command": ["/app/cart"]}, "privileges": ["run_as_root"],
            "node": {"name": "node-7", "cluster": "prod-eu"}, "pod": {"namespace": "shop", "name": "cart-5d9c"}})
        .to_string()
    }

    /// The same findings as a Trivy report, with the texts that real reports carry.
    pub fn trivy_report(&self, indented: bool) -> String {
        let vulnerabilities: Vec<Value> = self
            .vulnerabilities
            .iter()
            .map(|finding| {
                json!({"VulnerabilityID": finding.id, "PkgID": format!("{}@1.2.3-4", finding.package),
                    "PkgName": finding.package,
                    "PkgIdentifier": {"PURL": format!("pkg:deb/debian/{}@1.2.3-4?arch=amd64", finding.package),
                        "UID": "7b1f0b5c3a9d2e41"},
                    "InstalledVersion": "1.2.3-4", "FixedVersion": "1.2.3-5", "Status": "fixed",
                    "Layer": {"DiffID": self.image_id}, "SeveritySource": "debian",
                    "PrimaryURL": format!("https://avd.example.com/{}", finding.id.to_lowercase()),
                    "DataSource": {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://salsa.example.com"},
                    "Title": "An invented flaw in an invented function of an invented library",
                    "Description": "A flaw was found in the way the library parses its input. ".repeat(20),
                    "Severity": finding.severity.to_uppercase(), "CweIDs": ["CWE-787"],
                    "VendorSeverity": {"debian": 1, "nvd": 2, "redhat": 2},
                    "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 5.5}},
                    "References": (0..8).map(|number| format!("https://example.com/advisories/{number}/{}", finding.id))
                        .collect::<Vec<_>>(),
                    "PublishedDate": "2024-03-15T17:15:08.513Z", "LastModifiedDate": "2024-11-21T06:39:22.123Z"})
            })
            .collect();
        let report = json!({"SchemaVersion": 2, "CreatedAt": "2026-11-23T22:10:00Z", "ArtifactName": self.image_name,
            "ArtifactType": "container_image",
            "Metadata": {"OS": {"Family": "debian", "Name": "12.8"}, "ImageID": self.image_id,
                "RepoTags": [self.image_name], "ImageConfig": {"architecture": "amd64", "os": "linux"}},
            "Results": [{"Target": format!("{} (debian 12.8)", self.image_name), "Class": "os-pkgs", "Type": "debian",
                "Vulnerabilities": vulnerabilities}]});
        if indented { serde_json::to_string_pretty(&report).unwrap() } else { report.to_string() }
    }
}
