"""Generated policies, images and launches: the shape is that of `benches/src/scenario.rs`.

P risk policies, half of them for all images, a quarter for 16 image ids each, a quarter for 3 name globs each; every one
with 20 CVEs, 10 packages and a severity, half of them with 20 MD5s and 5 families, half with 5 types of secrets. The image
has V vulnerabilities, 2 malicious files and 10 secrets.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

HIT = "CVE-2024-9999999"
KINDS = ("clean", "one hit", "dirty", "mixed")


@dataclass
class Rule:
    """One policy, before anybody writes it down in their own way."""

    id: str
    cves: list[str]
    packages: list[str]
    severity: str
    md5: list[str] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """Image ids it is for; with no ids and no names it is for all images."""
    names: list[str] = field(default_factory=list)


@dataclass
class Scenario:
    rules: list[Rule]
    policies: dict[str, Any]
    profile: dict[str, Any]
    launch: dict[str, Any]


def make(policies: int, findings: int, kind: str) -> Scenario:
    numbers = random.Random(88_172_645)

    def hexadecimal(digits: int) -> str:
        return f"{numbers.getrandbits(4 * digits):0{digits}x}"

    def image_id() -> str:
        return f"sha256:{hexadecimal(64)}"

    image, name = image_id(), "registry.example.com/shop/cart:1.4.2"
    rules = []
    for number in range(policies):
        # Numbers and names that no finding has: a hit is put there on purpose.
        rule = Rule(
            id=f"policy-{number}",
            cves=[f"CVE-20{numbers.randrange(25):02}-{numbers.randrange(200_000, 300_000)}" for _ in range(20)],
            packages=[f"lib{numbers.randrange(100_000, 150_000)}" for _ in range(10)],
            severity="medium" if kind == "dirty" else "critical",
        )
        if number % 2 == 0:
            rule.md5 = [hexadecimal(32) for _ in range(20)]
            rule.families = [f"Family.{number}.{numbers.randrange(1_000)}" for _ in range(5)]
        else:
            rule.types = [f"type-{number}-{numbers.randrange(1_000)}" for _ in range(5)]
        if number % 4 == 2 and number < policies - 1:
            rule.ids = [image_id() for _ in range(16)]
        if number % 4 == 3 and number < policies - 1:
            rule.names = [
                f"registry.example.com/team{number}/**",
                f"registry{number}.example.com/*/app-*",
                "registry.example.com/shop/**",
            ]
        rules.append(rule)
    vulnerabilities = [
        {
            "id": f"CVE-20{numbers.randrange(25):02}-{numbers.randrange(10_000, 110_000)}",
            "severity": "medium" if kind == "dirty" else numbers.choice(["low", "medium"]),
            "package": {"name": f"lib{numbers.randrange(50_000)}", "version": "1.2.3-4", "ecosystem": "deb"},
            "fix": {"state": "fixed", "versions": ["1.2.3-5"]},
            "class": "os",
            "cvss": {"score": 5.5},
        }
        for _ in range(findings)
    ]
    malware = [{"path": "/usr/bin/x", "md5": hexadecimal(32), "family": f"Clean.{n}"} for n in range(2)]
    sensitive = [{"type": f"secret-{n}", "path": "/app/x"} for n in range(10)]
    if kind == "one hit":
        rules[-1].cves[-1] = vulnerabilities[-1]["id"] = HIT
    if kind == "mixed":
        # Covered by the middle glob of one policy alone, and by the ids of one policy in eight.
        name = "registry7.example.com/x/app-cart:1.4.2"
        for rule in rules[2::8]:
            if rule.ids:
                rule.ids[-1] = image
        for found in vulnerabilities[::7]:
            found["id"] = numbers.choice(numbers.choice(rules).cves)
        for found in vulnerabilities[::11]:
            found["package"] = {"name": numbers.choice(numbers.choice(rules).packages)}
        malware[0]["md5"] = numbers.choice(rules[0].md5)
        malware[1]["family"] = numbers.choice(rules[2 % policies].families or rules[0].families)
        sensitive[0]["type"] = numbers.choice(rules[1 % policies].types or ["secret-0"])
    return Scenario(
        rules,
        {"version": 1, "policies": [_policy(rule) for rule in rules]},
        {
            "version": 1,
            "image": {"id": image, "names": [name]},
            "scan": {"state": "complete"},
            "vulnerabilities": vulnerabilities,
            "malware": malware,
            "sensitive": sensitive,
        },
        {
            "version": 1,
            "image": {"reference": name, "id": image},
            "container": {"name": "cart", "command": ["/app/cart"]},
            "privileges": ["run_as_root"],
            "node": {"name": "node-7", "cluster": "prod-eu"},
            "pod": {"namespace": "shop", "name": "cart-5d9c"},
        },
    )


def trivy(made: Scenario) -> dict[str, Any]:
    """The same vulnerabilities as a Trivy report, with the texts that real reports carry."""
    image = made.profile["image"]
    name, image_id = image["names"][0], image["id"]
    vulnerabilities = [
        {
            "VulnerabilityID": found["id"],
            "PkgID": f"{found['package']['name']}@1.2.3-4",
            "PkgName": found["package"]["name"],
            "PkgIdentifier": {"PURL": f"pkg:deb/debian/{found['package']['name']}@1.2.3-4?arch=amd64"},
            "InstalledVersion": "1.2.3-4",
            "FixedVersion": "1.2.3-5",
            "Status": "fixed",
            "Layer": {"DiffID": image_id},
            "SeveritySource": "debian",
            "PrimaryURL": f"https://avd.example.com/{found['id'].lower()}",
            "DataSource": {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://salsa.example.com"},
            "Title": "An invented flaw in an invented function of an invented library",
            "Description": "A flaw was found in the way the library parses its input. " * 20,
            "Severity": found["severity"].upper(),
            "CweIDs": ["CWE-787"],
            "VendorSeverity": {"debian": 1, "nvd": 2, "redhat": 2},
            "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "V3Score": 5.5}},
            "References": [f"https://example.com/advisories/{number}/{found['id']}" for number in range(8)],
            "PublishedDate": "2024-03-15T17:15:08.513Z",
            "LastModifiedDate": "2024-11-21T06:39:22.123Z",
        }
        for found in made.profile["vulnerabilities"]
    ]
    return {
        "SchemaVersion": 2,
        "CreatedAt": "2026-11-23T22:10:00Z",
        "ArtifactName": name,
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12.8"},
            "ImageID": image_id,
            "RepoTags": [name],
            "ImageConfig": {"architecture": "amd64", "os": "linux"},
        },
        "Results": [
            {"Target": f"{name} (debian 12.8)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": vulnerabilities}
        ],
    }


def _policy(rule: Rule) -> dict[str, Any]:
    criteria: dict[str, Any] = {
        "vulnerabilities": {
            "ids": rule.cves,
            "packages": [{"name": name} for name in rule.packages],
            "severities": [rule.severity],
        }
    }
    if rule.md5:
        criteria["malware"] = {"md5": rule.md5, "families": rule.families}
    if rule.types:
        criteria["sensitive"] = {"types": rule.types}
    images: Any = {"ids": rule.ids, "names": rule.names} if rule.ids or rule.names else "all"
    return {
        "id": rule.id,
        "name": rule.id,
        "type": "risk",
        "enabled": True,
        "enabled_at": "2026-01-01T00:00:00Z",
        "enforcement": {"mode": "immediate"},
        "scope": {"images": images},
        "criteria": criteria,
    }
