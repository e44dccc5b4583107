"""The aggregation key, from the documents alone, as the contract describes it: nothing of imagegate is used."""

from __future__ import annotations

import hashlib
import re
from datetime import date, timedelta
from typing import Any

_ID = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


def _hash(text: str | None) -> str | None:
    """An id or digest in its one spelling."""
    found = _ID.fullmatch((text or "").rpartition("@")[2])
    return f"sha256:{found.group(1).lower()}" if found else None


def normalised(reference: str) -> str:
    """`repo:tag` with host and tag filled in."""
    name, _, digest = reference.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, path = first.lower(), rest
    else:
        host, path = "docker.io", name
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    if ":" not in path.rpartition("/")[2] and not digest:
        path += ":latest"
    return f"{host}/{path}"


def image(launch: dict[str, Any], profile: dict[str, Any] | None) -> str:
    stated, known = launch["image"], (profile or {}).get("image") or {}
    reference = stated.get("reference") or ""
    is_id = _ID.fullmatch(reference) is not None
    digests = sorted(filter(None, map(_hash, known.get("digests") or [])))
    candidates = [
        _hash(stated.get("id")) or (_hash(reference) if is_id else None),
        _hash(known.get("id")),
        _hash(stated.get("digest")),
        _hash(reference) if "@" in reference else None,
        digests[0] if digests else None,
    ]
    return next(filter(None, candidates), None) or normalised(reference)


def day(decided_at: str, offset: str | None) -> str:
    """The day of an instant printed in UTC, in `±HH:MM`."""
    hours, minutes = map(int, (offset or "+00:00")[1:].split(":"))
    shift = (hours * 60 + minutes) * (-1 if (offset or "+")[0] == "-" else 1)
    clock = int(decided_at[11:13]) * 60 + int(decided_at[14:16]) + shift
    return (date.fromisoformat(decided_at[:10]) + timedelta(days=clock // 1440)).isoformat()


def aggregation_key(
    event: dict[str, Any],
    decided_at: str,
    policies: dict[str, Any],
    launch: dict[str, Any],
    profile: dict[str, Any] | None,
) -> str:
    lines = [
        "imagegate/1",
        day(decided_at, policies.get("day_utc_offset")),
        event["action"],
        event["event_type"],
        event["policy"]["id"],
        image(launch, profile),
    ]
    return hashlib.sha256("\n".join(lines).encode()).digest()[:16].hex()
