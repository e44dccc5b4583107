"""Answers of an event store as frozen data classes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imagegate._results import DecidedImage, Document, PolicySnapshot, Result, instant, snapshot
from imagegate._words import Action, EventMode, EventType


@dataclass(frozen=True, slots=True)
class Node(Result):
    """A node that containers started on."""

    name: str | None
    internal_ip: str | None
    public_ip: str | None
    cluster: str | None


@dataclass(frozen=True, slots=True)
class EventRow(Result):
    """Equal events of a day, folded. Policy, image and texts are those of the latest record."""

    aggregation_key: str
    event_type: EventType
    action: Action
    day: str
    """The day, `YYYY-MM-DD`, in the policy set's `day_utc_offset`."""
    count: int
    """How many records."""
    first_at: datetime
    latest_at: datetime
    modes: tuple[EventMode, ...]
    """How the records came to be."""
    policy: PolicySnapshot
    image: DecidedImage
    nodes: tuple[Node, ...]
    """The first nodes by name: 10 in a list, 1,000 in a detail."""
    nodes_total: int
    """How many nodes there are."""
    risk_description: str
    solution: str
    document: str = field(repr=False)
    """The row as one line of JSON, with the evidence and the last launch."""

    def to_dict(self) -> Document:
        """The row document, with the evidence and the last launch."""
        document: Document = json.loads(self.document)
        return document

    def to_json(self) -> str:
        """The row document as one line of JSON."""
        return self.document

    def to_row(self) -> dict[str, str | int | None]:
        """One flat row for a table of events."""
        document = self.to_dict()
        pod = document["launch"].get("pod") or {}
        return {
            "action": self.action.value,
            "event_type": self.event_type.value,
            "policy": self.policy.id,
            "image": self.image.name,
            "image_id": self.image.id,
            "count": self.count,
            "first_at": document["first_at"],
            "latest_at": document["latest_at"],
            "nodes": ", ".join(node.name for node in self.nodes if node.name),
            "nodes_total": self.nodes_total,
            "namespace": pod.get("namespace"),
            "pod": pod.get("name"),
            "risk_description": self.risk_description,
            "solution": self.solution,
            "aggregation_key": self.aggregation_key,
        }


@dataclass(frozen=True, slots=True)
class EventPage(Result):
    """A page of a list."""

    rows: tuple[EventRow, ...]
    next: str | None
    """What to give as `after` for the next page; None if this is the last."""
    total: int | None
    """How many rows the query matches, if that was asked."""


@dataclass(frozen=True, slots=True)
class EventCounts(Result):
    """Counts of starts by action."""

    intercepted: int
    alarmed: int


@dataclass(frozen=True, slots=True)
class DayCounts(Result):
    """Counts of a day."""

    day: str
    """`YYYY-MM-DD`"""
    intercepted: int
    alarmed: int


@dataclass(frozen=True, slots=True)
class EventOverview(Result):
    """What happened, in figures."""

    at: datetime
    today: DayCounts
    series: tuple[DayCounts, ...]
    """The last seven days, today included, earliest first; days without events are zeros."""
    total: EventCounts
    """All that is not expired."""
    rows: int
    """How many rows that is."""


@dataclass(frozen=True, slots=True)
class Recorded(Result):
    """What became of records."""

    new: int
    """Counted."""
    repeated: int
    """Known already, and not counted again."""
    expired: int
    """Older than what the store still tells from a repetition, and not counted."""


@dataclass(frozen=True, slots=True)
class Imported(Result):
    """What became of an imported file."""

    records: Recorded
    rows: Recorded
    """Rows of other stores."""


@dataclass(frozen=True, slots=True)
class Purged(Result):
    """What a purge deleted."""

    rows: int
    records: int
    """Ids of records."""


@dataclass(frozen=True, slots=True)
class Shipped(Result):
    """What was shipped."""

    rows: int
    cursor: str
    """Where to go on the next time."""


def _row(document: Document) -> EventRow:
    image, names = document["image"], ("name", "internal_ip", "public_ip", "cluster")
    return EventRow(
        aggregation_key=document["aggregation_key"],
        event_type=EventType(document["event_type"]),
        action=Action(document["action"]),
        day=document["day"],
        count=document["count"],
        first_at=instant(document["first_at"]),
        latest_at=instant(document["latest_at"]),
        modes=tuple(EventMode(mode) for mode in document["modes"]),
        policy=snapshot(document["policy"]),
        image=DecidedImage(id=image["id"], name=image["name"], digest=image["digest"]),
        nodes=tuple(Node(**{name: node.get(name) for name in names}) for node in document["nodes"]),
        nodes_total=document["nodes_total"],
        risk_description=document["risk_description"],
        solution=document["solution"],
        document=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
    )


def event_row(text: str) -> EventRow:
    """A row document."""
    return _row(json.loads(text))


def event_page(text: str) -> EventPage:
    """A page of rows."""
    document: dict[str, Any] = json.loads(text)
    return EventPage(tuple(map(_row, document["rows"])), document["next"], document["total"])


def event_overview(text: str) -> EventOverview:
    """An overview document."""
    document: dict[str, Any] = json.loads(text)
    return EventOverview(
        at=instant(document["at"]),
        today=DayCounts(**document["today"]),
        series=tuple(DayCounts(**day) for day in document["series"]),
        total=EventCounts(**document["total"]),
        rows=document["rows"],
    )


def recorded(text: str) -> Recorded:
    """What became of records."""
    return Recorded(**json.loads(text))


def imported(text: str) -> Imported:
    """What became of a file."""
    records, rows = json.loads(text)
    return Imported(Recorded(**records), Recorded(**rows))


def purged(text: str) -> Purged:
    """What a purge deleted."""
    return Purged(*json.loads(text))


def shipped(text: str) -> Shipped:
    """What was shipped."""
    return Shipped(**json.loads(text))
