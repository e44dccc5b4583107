"""The same policies for cedarpy, prepared as far as it can be: parsed policies, and entities for the lists and the image."""

from __future__ import annotations

import json
from typing import Any

import cedarpy
from scenario import Rule, Scenario

ATTRIBUTES = ("cves", "packages", "md5", "families", "types")
REQUEST = {"principal": 'Node::"node"', "action": 'Action::"start"', "resource": 'Image::"image"', "context": {}}


def _text(value: str) -> str:
    return json.dumps(value)


def _policy(rule: Rule) -> str:
    lists = f"Lists::{_text(rule.id)}"
    if rule.ids:
        scope = f"{lists}.ids.contains(resource.id)"
    elif rule.names:
        scope = " || ".join(f"resource.name like {_text(name.replace('**', '*'))}" for name in rule.names)
    else:
        scope = "true"
    facts = f"resource.severities.contains({_text(rule.severity)})"
    for name in ATTRIBUTES:
        if getattr(rule, name):
            facts += f" || {lists}.{name}.containsAny(resource.{name})"
    return f"@id({_text(rule.id)})\npermit(principal, action, resource) when {{ ({scope}) && ({facts}) }};\n"


def image_entity(profile: dict[str, Any], launch: dict[str, Any]) -> str:
    vulnerabilities = profile["vulnerabilities"]
    attributes = {
        "id": launch["image"]["id"],
        "name": launch["image"]["reference"],
        "cves": list({found["id"] for found in vulnerabilities}),
        "packages": list({found["package"]["name"] for found in vulnerabilities}),
        "severities": list({found["severity"] for found in vulnerabilities}),
        "md5": [found["md5"] for found in profile["malware"]],
        "families": [found["family"] for found in profile["malware"]],
        "types": list({found["type"] for found in profile["sensitive"]}),
    }
    return json.dumps([{"uid": {"type": "Image", "id": "image"}, "attrs": attributes, "parents": []}])


class Peer:
    def __init__(self, scenario: Scenario) -> None:
        self.policies = cedarpy.PolicySet.from_str("".join(map(_policy, scenario.rules)))
        entities = [
            {
                "uid": {"type": "Lists", "id": rule.id},
                "attrs": {name: getattr(rule, name) for name in (*ATTRIBUTES, "ids")},
                "parents": [],
            }
            for rule in scenario.rules
        ]
        self.lists = cedarpy.Entities.from_json_str(json.dumps(entities))

    def entities(self, profile: dict[str, Any], launch: dict[str, Any]) -> Any:
        return self.lists.with_added_json_str(image_entity(profile, launch))

    def decide(self, entities: Any) -> tuple[str, list[str]]:
        result = cedarpy.is_authorized(REQUEST, self.policies, entities)
        diagnostics = result.diagnostics
        if diagnostics.errors:
            raise ValueError(diagnostics.errors[0])
        hits = sorted(diagnostics.id_annotations_by_reason.values())
        return ("intercept" if hits else "allow"), hits
