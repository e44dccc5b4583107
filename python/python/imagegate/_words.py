"""The words of documents as enums.

Every member is the `str` that stands in documents, so it compares with, hashes and prints as that word.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

_Self = TypeVar("_Self", bound="_Ordered")


class _Word(str, Enum):
    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class _Ordered(_Word):
    """Ordered as defined, not by letters: `min` is the strictest, or the worst."""

    @property
    def _rank(self) -> int:
        return list(type(self)).index(self)

    def _other(self: _Self, other: str) -> _Self | None:
        try:
            return type(self)(other)
        except ValueError:
            return None

    def __lt__(self, other: str) -> bool:
        that = self._other(other)
        return NotImplemented if that is None else self._rank < that._rank

    def __le__(self, other: str) -> bool:
        that = self._other(other)
        return NotImplemented if that is None else self._rank <= that._rank

    def __gt__(self, other: str) -> bool:
        that = self._other(other)
        return NotImplemented if that is None else self._rank > that._rank

    def __ge__(self, other: str) -> bool:
        that = self._other(other)
        return NotImplemented if that is None else self._rank >= that._rank


class Action(_Ordered):
    """What happens to a start, strictest first: `min(actions)` is the strictest."""

    INTERCEPT = "intercept"
    """The container must not start."""
    ALARM = "alarm"
    """The container starts, and somebody is told."""
    ALLOW = "allow"
    """The container starts."""

    def __bool__(self) -> bool:
        raise TypeError("an action is neither true nor false: compare it with `Action.INTERCEPT`")


class Severity(_Ordered):
    """How bad a finding is, worst first: `min(severities)` is the worst."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEGLIGIBLE = "negligible"
    UNKNOWN = "unknown"


class PolicyType(_Word):
    """What a policy is about."""

    RISK = "risk"
    """Vulnerabilities, malware, sensitive information."""
    PRIVILEGED = "privileged"
    """How the container starts."""
    UNSCANNED = "unscanned"
    """Nothing trustworthy is known about the image."""


class EventType(_Word):
    """The type of an event: that of the policy that hit."""

    RISKY_IMAGE = "risky_image"
    PRIVILEGED_IMAGE = "privileged_image"
    UNSCANNED_IMAGE = "unscanned_image"


class Status(_Word):
    """The status of a policy at an instant."""

    DISABLED = "disabled"
    """Switched off."""
    PENDING = "pending"
    """Switched on, but its time has not come."""
    OBSERVING = "observing"
    """Hits alarm."""
    EFFECTIVE = "effective"
    """Hits intercept."""


class EnforcementMode(_Word):
    """What the hits of a policy do once it is on."""

    IMMEDIATE = "immediate"
    """They intercept at once."""
    OBSERVE = "observe"
    """They alarm for some days, then they intercept."""
    ALARM = "alarm"
    """They alarm for good."""


class Category(_Word):
    """The categories of evidence, in its order."""

    VULNERABILITIES = "vulnerabilities"
    MALWARE = "malware"
    SENSITIVE = "sensitive"
    PRIVILEGES = "privileges"
    SCAN = "scan"


class ScanState(_Word):
    """How far the scan of an image got."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    NOT_SCANNED = "not_scanned"


class FixState(_Word):
    """What the vendor says of a fix."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    WILL_NOT_FIX = "will_not_fix"
    DEFERRED = "deferred"
    END_OF_LIFE = "end_of_life"
    UNKNOWN = "unknown"


class ExcuseSource(_Word):
    """Where what excuses a finding stands."""

    POLICY = "policy"
    """Among the exceptions of the policy."""
    SET = "set"
    """Among the exceptions of the set."""
    SUPPRESSION = "suppression"
    """In the profile, trusted by the set."""


class SuppressedBy(_Word):
    """Who suppressed a finding."""

    VEX = "vex"
    """A VEX statement."""
    IGNORE_FILE = "ignore_file"
    """An ignore file of the scanner."""
    SCANNER = "scanner"
    """The scanner itself."""


class EventMode(_Word):
    """How an event record came to be."""

    ENFORCED = "enforced"
    """What the decision says happened."""
    BREAK_GLASS = "break_glass"
    """An operator's override let the container start; the action is `alarm`."""
    FAILED_OPEN = "failed_open"
    """imagegate itself failed, and its host was told to start containers then; the action is `alarm`."""


class Outcome(_Word):
    """What became of a policy."""

    INTERCEPT = "intercept"
    """It hits and intercepts."""
    ALARM = "alarm"
    """It hits and alarms."""
    DISABLED = "disabled"
    """It is switched off."""
    PENDING = "pending"
    """Its time has not come."""
    OUT_OF_SCOPE = "out_of_scope"
    """The launch is outside its scope."""
    NO_FINDING = "no_finding"
    """Nothing matches its criteria."""
    EXCUSED = "excused"
    """All that matches is excused."""


class ScopePart(_Word):
    """A part of a policy's scope."""

    IMAGES = "images"
    EXCLUDE = "exclude"
    NODES = "nodes"
    CLUSTERS = "clusters"
    NAMESPACES = "namespaces"
    PRIVILEGES = "privileges"
