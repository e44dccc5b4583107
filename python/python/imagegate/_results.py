"""Answers as frozen data classes, made of the documents that the library writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Union

from imagegate import _imagegate
from imagegate._documents import rfc3339
from imagegate._words import (
    Action,
    Category,
    EnforcementMode,
    EventType,
    ExcuseSource,
    FixState,
    Outcome,
    PolicyType,
    ScanState,
    ScopePart,
    Severity,
    Status,
    SuppressedBy,
)

Document = dict[str, Any]

# What documents leave out where it is unknown, instead of writing null.
_OPTIONAL = {"optional": True}

_DEFAULTS = _imagegate.default_limits()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on untrusted input. A breach is a `LimitExceededError` that names the limit and its value."""

    bytes: int = _DEFAULTS[0]
    """Size of one document, in bytes."""
    depth: int = _DEFAULTS[1]
    """Nesting of arrays and objects, at most 256."""
    policies: int = _DEFAULTS[2]
    """Policies in one set."""
    findings: int = _DEFAULTS[3]
    """Findings in one scan profile."""
    pattern: int = _DEFAULTS[4]
    """Length of one glob, in characters."""
    problems: int = _DEFAULTS[5]
    """Problems reported for one document; the rest is only counted."""


class Result:
    """What all answers can do."""

    __slots__ = ()

    def to_dict(self) -> Document:
        """The same as dicts, lists, strings and numbers, named as in documents."""
        return {
            one.name: _plain(getattr(self, one.name))
            for one in fields(self)  # type: ignore[arg-type]
            if not (one.metadata.get("optional") and getattr(self, one.name) is None)
        }

    def to_json(self) -> str:
        """The same as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    return value


@dataclass(frozen=True, slots=True)
class PolicySnapshot(Result):
    """A policy as it was at an instant."""

    id: str
    name: str
    type: PolicyType
    status: Status
    intercepts_from: datetime | None
    """From when its hits intercept; None if they never do."""


@dataclass(frozen=True, slots=True)
class Enforcement(Result):
    """What the hits of a policy do once it is on."""

    mode: EnforcementMode
    days: int | None
    """How many days of 24 hours `observe` lasts."""


@dataclass(frozen=True, slots=True)
class Policy(Result):
    """One rule that an operator created."""

    id: str
    name: str
    description: str | None
    type: PolicyType
    enabled: bool
    enforcement: Enforcement
    intercepts_from: datetime | None
    """From when its hits intercept; None if they never do."""


@dataclass(frozen=True, slots=True)
class Overview(Result):
    """How many policies of a set are in which status at an instant."""

    all: int
    enabled: int
    pending: int
    observing: int
    effective: int


@dataclass(frozen=True, slots=True)
class FindingCounts(Result):
    """How many findings a profile has."""

    vulnerabilities: int
    malware: int
    sensitive: int


@dataclass(frozen=True, slots=True)
class GateStats(Result):
    """What a gate holds."""

    profiles: int
    """Images with a profile."""
    bytes: int
    """Their size in bytes, as far as it is counted against the bound."""
    reloads: int
    """How often the policies were swapped."""


@dataclass(frozen=True, slots=True)
class Lint(Result):
    """A remark on a policy set."""

    code: str
    """A slug that never changes: `dead_exception`, `missing_fact`, …"""
    pointer: str
    """The place in the policy document, as a JSON Pointer."""
    message: str
    """What was noticed and what would help, in one line."""
    near_misses: tuple[str, ...]
    """What an exception that excused nothing nearly excused."""


@dataclass(frozen=True, slots=True)
class Explanation(Result):
    """Why one policy did or did not hit."""

    id: str
    name: str
    type: PolicyType
    status: Status
    intercepts_from: datetime | None
    outcome: Outcome
    part: ScopePart | None
    """The first part of the scope that failed."""
    detail: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Suppression(Result):
    """What a scanner or a VEX document suppressed."""

    by: SuppressedBy
    status: str | None = field(default=None, metadata=_OPTIONAL)
    justification: str | None = field(default=None, metadata=_OPTIONAL)
    author: str | None = field(default=None, metadata=_OPTIONAL)
    source: str | None = field(default=None, metadata=_OPTIONAL)


@dataclass(frozen=True, slots=True)
class Excuse(Result):
    """What excuses a finding."""

    source: ExcuseSource
    pointer: str | None
    """JSON Pointer of the exception in the policy document; None for a suppression."""
    reason: str | None
    owner: str | None
    ticket: str | None
    expires_at: datetime | None
    suppressed: Suppression | None = field(default=None, metadata=_OPTIONAL)
    """The trusted suppression."""


@dataclass(frozen=True, slots=True)
class FoundVulnerability(Result):
    """A vulnerability that matched."""

    id: str | None
    package: str | None
    version: str | None
    fixed_in: tuple[str, ...]
    fix_state: FixState
    severity: Severity
    cvss: float | None
    path: str | None
    matched: tuple[str, ...]
    """Selectors that are satisfied."""
    unknown: tuple[str, ...]
    """Clauses that held only because a fact is unknown."""
    exception: Excuse | None
    """What excuses it."""


@dataclass(frozen=True, slots=True)
class FoundMalware(Result):
    """Malware that matched."""

    path: str | None
    family: str | None
    class_: str | None
    severity: Severity
    md5: str | None
    sha256: str | None
    matched: tuple[str, ...]
    unknown: tuple[str, ...]
    exception: Excuse | None

    def to_dict(self) -> Document:
        """As `Result.to_dict`; the member is called `class`."""
        return {
            "class" if one.name == "class_" else one.name: _plain(getattr(self, one.name)) for one in fields(self)
        }


@dataclass(frozen=True, slots=True)
class FoundSensitive(Result):
    """Sensitive information that matched."""

    type: str | None
    path: str | None
    line: int | None
    severity: Severity
    matched: tuple[str, ...]
    unknown: tuple[str, ...]
    exception: Excuse | None


@dataclass(frozen=True, slots=True)
class FoundPrivilege(Result):
    """A privilege of the launch that matched."""

    privilege: str
    inferred: bool
    """Whether a reader inferred it."""
    matched: tuple[str, ...]
    unknown: tuple[str, ...]
    exception: Excuse | None


@dataclass(frozen=True, slots=True)
class FoundScan(Result):
    """A clause of an unscanned policy that held."""

    clause: str
    """`states`, `max_scan_age_days` or `max_feed_age_days`."""
    state: ScanState
    date: datetime | None
    """When the image was scanned, or the scanner's data updated."""
    max_days: int | None
    """The days that the policy allows."""
    matched: tuple[str, ...]
    unknown: tuple[str, ...]
    exception: Excuse | None


Finding = Union[FoundVulnerability, FoundMalware, FoundSensitive, FoundPrivilege, FoundScan]


@dataclass(frozen=True, slots=True)
class Evidence(Result):
    """What matched in one category."""

    category: Category
    total: int
    """All findings that matched, excused or not."""
    excused: int
    """Those of them that are excused."""
    findings: tuple[Finding, ...]
    """The worst of them, at most 20, unexcused first."""


@dataclass(frozen=True, slots=True)
class Event(Result):
    """One policy that hit, with its evidence."""

    aggregation_key: str
    """Equal events of a day share it."""
    event_type: EventType
    action: Action
    """What this policy alone would do."""
    policy: PolicySnapshot
    evidence: tuple[Evidence, ...]
    risk_description: str
    """What is wrong, in one sentence."""
    solution: str
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class DecidedImage(Result):
    """The image of a decision."""

    id: str | None
    name: str | None
    digest: str | None


_FIRST = datetime(1, 1, 1, tzinfo=timezone.utc)


def instant(text: str) -> datetime:
    """A time as documents write it (UTC, `Z`). Python counts microseconds: what is finer is cut off; `to_dict()` of a
    decision has it. Python's first year is 1: an instant of the year 0000 becomes the first one there is."""
    if text.startswith("0000"):
        return _FIRST
    seconds, _, fraction = text.rstrip("Z").partition(".")
    instant = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return instant + timedelta(microseconds=int(fraction.ljust(6, "0")[:6])) if fraction else instant


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def snapshot(document: Document) -> PolicySnapshot:
    """A policy in a document."""
    return PolicySnapshot(
        id=document["id"],
        name=document["name"],
        type=PolicyType(document["type"]),
        status=Status(document["status"]),
        intercepts_from=_instant(document["intercepts_from"]),
    )


def _excuse(document: Document | None) -> Excuse | None:
    if document is None:
        return None
    suppressed = document.get("suppressed")
    return Excuse(
        source=ExcuseSource(document["source"]),
        pointer=document["pointer"],
        reason=document["reason"],
        owner=document["owner"],
        ticket=document["ticket"],
        expires_at=_instant(document["expires_at"]),
        suppressed=None if suppressed is None else _suppression(suppressed),
    )


def _suppression(document: Document) -> Suppression:
    return Suppression(
        by=SuppressedBy(document["by"]),
        status=document.get("status"),
        justification=document.get("justification"),
        author=document.get("author"),
        source=document.get("source"),
    )


def _common(document: Document) -> Document:
    return {
        "matched": tuple(document["matched"]),
        "unknown": tuple(document["unknown"]),
        "exception": _excuse(document["exception"]),
    }


def _vulnerability(document: Document) -> Finding:
    return FoundVulnerability(
        id=document["id"],
        package=document["package"],
        version=document["version"],
        fixed_in=tuple(document["fixed_in"]),
        fix_state=FixState(document["fix_state"]),
        severity=Severity(document["severity"]),
        cvss=document["cvss"],
        path=document["path"],
        **_common(document),
    )


def _malware(document: Document) -> Finding:
    return FoundMalware(
        path=document["path"],
        family=document["family"],
        class_=document["class"],
        severity=Severity(document["severity"]),
        md5=document["md5"],
        sha256=document["sha256"],
        **_common(document),
    )


def _sensitive(document: Document) -> Finding:
    return FoundSensitive(
        type=document["type"],
        path=document["path"],
        line=document["line"],
        severity=Severity(document["severity"]),
        **_common(document),
    )


def _privilege(document: Document) -> Finding:
    return FoundPrivilege(
        privilege=document["privilege"],
        inferred=document["inferred"],
        **_common(document),
    )


def _scan(document: Document) -> Finding:
    return FoundScan(
        clause=document["clause"],
        state=ScanState(document["state"]),
        date=_instant(document["date"]),
        max_days=document["max_days"],
        **_common(document),
    )


_FINDINGS: dict[Category, Callable[[Document], Finding]] = {
    Category.VULNERABILITIES: _vulnerability,
    Category.MALWARE: _malware,
    Category.SENSITIVE: _sensitive,
    Category.PRIVILEGES: _privilege,
    Category.SCAN: _scan,
}


def _evidence(document: Document) -> Evidence:
    category = Category(document["category"])
    make = _FINDINGS[category]
    return Evidence(
        category=category,
        total=document["total"],
        excused=document["excused"],
        findings=tuple(make(finding) for finding in document["findings"]),
    )


def _event(document: Document) -> Event:
    return Event(
        aggregation_key=document["aggregation_key"],
        event_type=EventType(document["event_type"]),
        action=Action(document["action"]),
        policy=snapshot(document["policy"]),
        evidence=tuple(_evidence(evidence) for evidence in document["evidence"]),
        risk_description=document["risk_description"],
        solution=document["solution"],
    )


def events(decision: str) -> tuple[Event, ...]:
    """The events of a decision document."""
    return tuple(_event(event) for event in json.loads(decision)["events"])


def decided_image(decision: str) -> DecidedImage:
    """The image of a decision document."""
    return DecidedImage(**json.loads(decision)["image"])


def decision_row(decision: str) -> dict[str, str | int | None]:
    """One flat row for a table of decisions."""
    document = json.loads(decision)
    image, launch, hits = document["image"], document["launch"], document["events"]
    first = hits[0] if hits else {"risk_description": None, "solution": None}
    return {
        "action": document["action"],
        "image": image["name"],
        "image_id": image["id"],
        "image_digest": image["digest"],
        "container": launch["container"].get("name"),
        "node": launch["node"].get("name"),
        "cluster": launch["node"].get("cluster"),
        "namespace": launch["pod"].get("namespace"),
        "pod": launch["pod"].get("name"),
        "events": len(hits),
        "policies": ", ".join(event["policy"]["id"] for event in hits),
        "risk_description": first["risk_description"],
        "solution": first["solution"],
        "aggregation_key": document["aggregation_key"],
        "decided_at": document["decided_at"],
        "revision": document["policy_set"]["revision"],
    }


_CELLS = ("id", "package", "version", "severity", "cvss", "fix_state", "path", "family", "type", "privilege", "clause")


def finding_rows(decision: str) -> list[dict[str, str | int | float | bool | None]]:
    """One flat row for each finding that is shown; what a finding of its category does not have is None."""
    document = json.loads(decision)
    return [
        {
            "image": document["image"]["name"],
            "policy": event["policy"]["id"],
            "action": event["action"],
            "category": evidence["category"],
            **{name: finding.get(name) for name in _CELLS},
            "fixed_in": ", ".join(finding.get("fixed_in", ())),
            "matched": ", ".join(finding["matched"]),
            "excused": finding["exception"] is not None,
        }
        for event in document["events"]
        for evidence in event["evidence"]
        for finding in evidence["findings"]
    ]


def decision_repr(decision: str) -> str:
    """A decision on one line."""
    document = json.loads(decision)
    image = document["image"]
    name = image["name"] or image["id"] or image["digest"]
    policies = [event["policy"]["id"] for event in document["events"]]
    return f"Decision({document['action']}, image={name!r}, policies={policies!r}, decided_at={document['decided_at']!r})"


def overview(text: str) -> Overview:
    """The overview of a set."""
    return Overview(**json.loads(text))


def statuses(text: str) -> list[PolicySnapshot]:
    """The policies of a set at an instant."""
    return [snapshot(policy) for policy in json.loads(text)]


def policies(text: str) -> tuple[Policy, ...]:
    """The policies of a set."""
    return tuple(
        Policy(
            id=policy["id"],
            name=policy["name"],
            description=policy["description"],
            type=PolicyType(policy["type"]),
            enabled=policy["enabled"],
            enforcement=Enforcement(EnforcementMode(policy["enforcement"]["mode"]), policy["enforcement"]["days"]),
            intercepts_from=_instant(policy["intercepts_from"]),
        )
        for policy in json.loads(text)
    )


def lints(text: str) -> list[Lint]:
    """The remarks on a set."""
    return [
        Lint(lint["code"], lint["pointer"], lint["message"], tuple(lint["near_misses"])) for lint in json.loads(text)
    ]


def explanations(text: str) -> list[Explanation]:
    """The explanations of a set."""
    return [
        Explanation(
            id=policy["id"],
            name=policy["name"],
            type=PolicyType(policy["type"]),
            status=Status(policy["status"]),
            intercepts_from=_instant(policy["intercepts_from"]),
            outcome=Outcome(policy["outcome"]),
            part=None if policy["part"] is None else ScopePart(policy["part"]),
            detail=policy["detail"],
        )
        for policy in json.loads(text)["policies"]
    ]


def counts(text: str) -> FindingCounts:
    """How many findings a profile has."""
    return FindingCounts(*json.loads(text))


def gate_stats(text: str) -> GateStats:
    """What a gate holds."""
    return GateStats(**json.loads(text))
