"""The same policies in plain Python, as well as we can: indexes instead of loops, and everything that can be kept is kept.

It answers with the action and the ids of the policies that hit. It has no evidence, no keys, no unknown facts, no
exceptions, and takes fully written image names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any

from scenario import Rule

Answer = tuple[str, list[str]]

_WILDCARDS = re.compile(r"\*\*|\*|\?")


def _glob(pattern: str) -> str:
    parts, at = [], 0
    for found in _WILDCARDS.finditer(pattern):
        parts.append(re.escape(pattern[at : found.start()]))
        parts.append({"**": ".*", "*": "[^/]*", "?": "[^/]"}[found.group()])
        at = found.end()
    return "".join(parts) + re.escape(pattern[at:])


class Policies:
    """Every value leads to the policies that look for it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.rules = document["policies"]
        indexes: list[defaultdict[str, set[int]]] = [defaultdict(set) for _ in range(6)]
        self.cves, self.packages, self.severities, self.md5, self.families, self.types = indexes
        self.for_all: set[int] = set()
        self.by_id: defaultdict[str, set[int]] = defaultdict(set)
        globs: list[str] = []
        self.of_glob: list[int] = []
        for number, rule in enumerate(self.rules):
            criteria = rule["criteria"]
            vulnerabilities = criteria["vulnerabilities"]
            lists = [
                (self.cves, vulnerabilities["ids"]),
                (self.packages, [package["name"] for package in vulnerabilities["packages"]]),
                (self.severities, vulnerabilities["severities"]),
                (self.md5, criteria.get("malware", {}).get("md5", ())),
                (self.families, criteria.get("malware", {}).get("families", ())),
                (self.types, criteria.get("sensitive", {}).get("types", ())),
            ]
            for index, values in lists:
                for value in values:
                    index[value].add(number)
            images = rule["scope"]["images"]
            if images == "all":
                self.for_all.add(number)
                continue
            for image in images["ids"]:
                self.by_id[image].add(number)
            for pattern in images["names"]:
                globs.append(_glob(pattern))
                self.of_glob.append(number)
        self.globs = [re.compile(glob) for glob in globs]
        self.effective_from = [datetime.fromisoformat(rule["enabled_at"].replace("Z", "+00:00")) for rule in self.rules]

    def scope(self, image_id: str, name: str) -> set[int]:
        bare = name.rpartition(":")[0]
        covered = {
            number
            for number, glob in zip(self.of_glob, self.globs)
            if glob.fullmatch(name) or glob.fullmatch(bare)
        }
        return covered | self.for_all | self.by_id.get(image_id, set())

    def assess(self, profile: dict[str, Any]) -> Assessment:
        return Assessment(self, profile)


def profile_of_trivy(report: dict[str, Any]) -> dict[str, Any]:
    """The three fields that these policies look at; a whole reader looks at thirty."""
    return {
        "image": {"id": report["Metadata"]["ImageID"]},
        "vulnerabilities": [
            {
                "id": found["VulnerabilityID"],
                "severity": found["Severity"].lower(),
                "package": {"name": found["PkgName"]},
            }
            for result in report["Results"]
            for found in result.get("Vulnerabilities", ())
        ],
        "malware": [],
        "sensitive": [],
    }


class Assessment:
    """Which policies a profile hits, and the images that were met."""

    def __init__(self, policies: Policies, profile: dict[str, Any]) -> None:
        hit: set[int] = set()
        vulnerabilities = profile["vulnerabilities"]
        looked_up = [
            (policies.cves, {found["id"] for found in vulnerabilities}),
            (policies.packages, {found["package"]["name"] for found in vulnerabilities}),
            (policies.severities, {found["severity"] for found in vulnerabilities}),
            (policies.md5, {found["md5"] for found in profile["malware"]}),
            (policies.families, {found["family"] for found in profile["malware"]}),
            (policies.types, {found["type"] for found in profile["sensitive"]}),
        ]
        for index, values in looked_up:
            for value in index.keys() & values:
                hit |= index[value]
        self.policies, self.hit, self.image_id = policies, hit, profile["image"]["id"]
        self.met: dict[tuple[str, str], list[tuple[str, datetime]]] = {}

    def decide(self, launch: dict[str, Any], now: datetime) -> Answer:
        image = launch["image"]
        image_id, name = image["id"], image["reference"]
        if image_id != self.image_id:
            raise ValueError("the launch is of another image")
        rules = self.met.get((image_id, name))
        if rules is None:
            policies = self.policies
            numbers = sorted(self.hit & policies.scope(image_id, name))
            rules = [(policies.rules[number]["id"], policies.effective_from[number]) for number in numbers]
            self.met[image_id, name] = rules
        hits = [rule for rule, effective_from in rules if now >= effective_from]
        return ("intercept" if hits else "allow"), hits


def naive(rules: list[Rule], profile: dict[str, Any], launch: dict[str, Any]) -> Answer:
    """Nested loops, for comparing answers only: too simple to be wrong in the same way."""
    image = launch["image"]

    def covers(rule: Rule) -> bool:
        name = image["reference"]
        forms = (name, name.rpartition(":")[0])
        by_name = any(re.fullmatch(_glob(glob), form) for glob in rule.names for form in forms)
        return not (rule.ids or rule.names) or image["id"] in rule.ids or by_name

    def hits(rule: Rule) -> bool:
        return (
            any(
                found["id"] in rule.cves
                or found["package"]["name"] in rule.packages
                or found["severity"] == rule.severity
                for found in profile["vulnerabilities"]
            )
            or any(found["md5"] in rule.md5 or found["family"] in rule.families for found in profile["malware"])
            or any(found["type"] in rule.types for found in profile["sensitive"])
        )

    ids = [rule.id for rule in rules if covers(rule) and hits(rule)]
    return ("intercept" if ids else "allow"), ids


NOW = datetime(2026, 11, 24, 6, tzinfo=timezone.utc)
