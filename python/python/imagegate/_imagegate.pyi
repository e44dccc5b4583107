"""The native module. Import `imagegate`, which re-exports what is public."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, final, overload

from imagegate._errors import ImagegateError
from imagegate._events import EventOverview, EventPage, EventRow, Imported, Purged, Recorded, Shipped
from imagegate._results import (
    DecidedImage,
    Event,
    Explanation,
    FindingCounts,
    GateStats,
    Limits,
    Lint,
    Overview,
    Policy,
    PolicySnapshot,
)
from imagegate._words import Action, EventMode, EventType, ScanState

_Document: TypeAlias = (
    str | bytes | bytearray | memoryview | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]
)
_Now: TypeAlias = datetime | str | None

__all__ = [
    "Assessment",
    "Decision",
    "EventRecord",
    "EventStore",
    "Gate",
    "Launch",
    "PolicySet",
    "ScanProfile",
    "__version__",
    "decide_batch",
    "default_limits",
    "run_cli",
]

__version__: Final[str]

@final
class PolicySet:
    """All policies, validated and compiled together. Immutable; equal sets have equal revisions."""

    @classmethod
    def parse(cls, document: _Document, *, limits: Limits | None = None) -> PolicySet:
        """Reads a policy document: JSON text or bytes, dicts, or the path of a file.

        Times in dicts may be aware datetimes, which YAML readers make.

        Raises `InvalidPolicyError` with every mistake of the document in `problems`, `DocumentSyntaxError`,
        `LimitExceededError`, `UnsupportedError`; `OSError` for a file that cannot be read.
        """
    def assess(self, profile: ScanProfile) -> Assessment:
        """Holds a scan profile against the set, while other threads run.

        None is a `TypeError`: an image that nobody scanned is judged by `assess_unscanned()`.
        """
    def assess_unscanned(self) -> Assessment:
        """The assessment of an image that nobody scanned."""
    def overview(self, now: _Now = None) -> Overview:
        """How many policies are in which status at `now`."""
    def status(self, now: _Now = None) -> list[PolicySnapshot]:
        """Each policy with its status at `now`, in the order of the document."""
    def lint(
        self,
        profiles: Iterable[ScanProfile] | None = None,
        launches: Iterable[Launch] | None = None,
        now: _Now = None,
    ) -> list[Lint]:
        """What is allowed in the set but probably not meant.

        With profiles, exceptions that excuse nothing in any of them are listed, and clauses on facts that no scanner
        reports; exceptions about privileges are judged only with launches.
        """
    @property
    def revision(self) -> str:
        """Lower-case hex SHA-256 of the document in RFC 8785 form, null members dropped."""
    @property
    def label(self) -> str | None:
        """The label, if the document has one."""
    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies in the order of the document."""
    def to_json(self) -> str:
        """The document as it was read."""
    def to_dict(self) -> dict[str, Any]:
        """The document as it was read."""
    def __len__(self) -> int: ...
    def __bool__(self) -> Literal[True]:
        """True, also for a set without policies."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> PolicySet: ...
    def __deepcopy__(self, memo: object, /) -> PolicySet: ...
    @classmethod
    def _restore(cls, text: bytes) -> PolicySet: ...

@final
class ScanProfile:
    """What scanners found in one image. Immutable."""

    @classmethod
    def parse(cls, document: _Document, *, format: str | None = None, limits: Limits | None = None) -> ScanProfile:
        """Reads a report about one image, in any format of `formats()`, recognised by its shape or named.

        Raises `InvalidProfileError` (also for a report that does not say which image it is about: use `parse_for`),
        `DocumentSyntaxError` (also for one that is cut off), `UnsupportedError`, `LimitExceededError`; `OSError` for a
        file that cannot be read.
        """
    @classmethod
    def parse_for(
        cls, image: str, document: _Document, *, format: str | None = None, limits: Limits | None = None
    ) -> ScanProfile:
        """As `parse`, for a report that does not say which image it is about: `image` is an id (`sha256:…`) or a
        reference. It completes what the report says; contradicting it is an `ImageMismatchError`."""
    @classmethod
    def parse_all(
        cls,
        document: _Document,
        *,
        image: str | None = None,
        format: str | None = None,
        limits: Limits | None = None,
    ) -> list[ScanProfile]:
        """Reads a report about one image or several, in the order of the document; never none."""
    @staticmethod
    def formats() -> tuple[str, ...]:
        """The names of all formats that this build reads."""
    def merge(self, *others: ScanProfile) -> ScanProfile:
        """One profile from several about the same image: of two values the known, of two known the worse.

        Raises `ImageMismatchError` if they state different images.
        """
    def with_vex(self, *documents: _Document) -> ScanProfile:
        """The profile with its findings marked as VEX documents (OpenVEX, CSAF, CycloneDX) state. They excuse only where
        the policy set's `trust` accepts them. Raises as `parse`."""
    @property
    def scan_state(self) -> ScanState:
        """How far the scan got; a profile that does not say is not scanned."""
    @property
    def image_id(self) -> str | None:
        """The image id, if known."""
    @property
    def image_digests(self) -> tuple[str, ...]:
        """The manifest digests."""
    @property
    def image_names(self) -> tuple[str, ...]:
        """The names."""
    @property
    def counts(self) -> FindingCounts:
        """How many findings there are."""
    def to_json(self) -> str:
        """The profile in imagegate's own form, one line of JSON."""
    def to_dict(self) -> dict[str, Any]:
        """The profile in imagegate's own form."""
    def __bool__(self) -> Literal[True]:
        """True, also for a profile without findings."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> ScanProfile: ...
    def __deepcopy__(self, memo: object, /) -> ScanProfile: ...
    @classmethod
    def _restore(cls, json: str) -> ScanProfile: ...

@final
class Launch:
    """The parameters with which one container is about to start. Immutable."""

    @classmethod
    def parse(
        cls,
        document: _Document,
        *,
        format: str | None = None,
        reference: str | None = None,
        id: str | None = None,
        digest: str | None = None,
        limits: Limits | None = None,
    ) -> Launch:
        """Reads one launch, in any format of `formats()`, recognised by its shape or named.

        `reference`, `id` and `digest` say what the caller knows of the image: they complete what the document says;
        contradicting it is an `ImageMismatchError`. Values of environment variables are never kept, arguments that look
        like credentials are masked.

        Raises `InvalidLaunchError` (also for a document with several launches: use `parse_all`),
        `DocumentSyntaxError`, `UnsupportedError`, `LimitExceededError`; `OSError` for a file that cannot be read.
        """
    @classmethod
    def parse_all(
        cls,
        document: _Document,
        *,
        format: str | None = None,
        reference: str | None = None,
        id: str | None = None,
        digest: str | None = None,
        limits: Limits | None = None,
    ) -> list[Launch]:
        """Reads one launch or several (a Pod has one for each container), in the order of the document; never none."""
    @staticmethod
    def formats() -> tuple[str, ...]:
        """The names of all formats that this build reads."""
    @property
    def image_reference(self) -> str | None:
        """The reference of the image, as given."""
    @property
    def image_id(self) -> str | None:
        """The id of the image, as given."""
    @property
    def image_digest(self) -> str | None:
        """The digest of the image, as given."""
    @property
    def container(self) -> str | None:
        """The name of the container."""
    @property
    def privileges(self) -> tuple[str, ...]:
        """What the launch asks for: `privileged`, `capability:SYS_ADMIN`, `host_path:/var/run/docker.sock`, …"""
    def to_json(self) -> str:
        """The launch in imagegate's own form, one line of JSON."""
    def to_dict(self) -> dict[str, Any]:
        """The launch in imagegate's own form."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Launch: ...
    def __deepcopy__(self, memo: object, /) -> Launch: ...
    @classmethod
    def _restore(cls, json: str) -> Launch: ...

@final
class Assessment:
    """What follows from a policy set and a scan profile alone: made once for an image, asked for every launch of it, at
    any `now`, by any number of threads."""

    def decide(self, launch: Launch, now: _Now = None) -> Decision:
        """Decides one launch at `now`: an aware datetime, an RFC 3339 string, or None for the current time.

        It takes about a microsecond and keeps the interpreter meanwhile; `decide_batch` lets other threads run.

        Raises `ImageMismatchError` if the launch and the assessed profile are about different images,
        `InvalidArgumentError` for a string that is no time, `TypeError` for a datetime without a time zone.
        """
    def action(self, launch: Launch, now: _Now = None) -> Action:
        """The action of `decide` alone, for who needs nothing else at first. Raises as `decide`."""
    def explain(self, launch: Launch, now: _Now = None) -> list[Explanation]:
        """Every policy of the set, in its order, and why it did or did not hit. Raises as `decide`."""
    def exercised(self, launch: Launch, now: _Now = None) -> list[str]:
        """The clauses and exceptions that played a part in the decision, as JSON Pointers into the policy document,
        sorted. Raises as `decide`."""
    @property
    def policies(self) -> PolicySet:
        """The policy set."""
    @property
    def profile(self) -> ScanProfile | None:
        """The profile; None if nobody scanned the image."""
    def __copy__(self) -> Assessment: ...
    def __deepcopy__(self, memo: object, /) -> Assessment: ...
    @classmethod
    def _restore(cls, policies: PolicySet, profile: ScanProfile | None) -> Assessment: ...

@final
class Decision:
    """The answer for one launch. It owns what it shows.

    It has no truth value, which could mean "allow" by accident: look at `action`. Unpickled it is what was decided
    then; nothing is decided again.
    """

    @property
    def action(self) -> Action:
        """The strictest action over the policies that hit."""
    @property
    def aggregation_key(self) -> str | None:
        """The key of the first event, 32 hexadecimal digits; None for an allowed launch."""
    @property
    def decided_at(self) -> datetime:
        """The `now` it was decided at, in UTC; what is finer than a microsecond is only in `to_dict()`."""
    @property
    def event_count(self) -> int:
        """How many policies hit: one event each."""
    @property
    def events(self) -> tuple[Event, ...]:
        """One event for each policy that hit: intercepting ones first, then by type, then in the set's order."""
    @property
    def image(self) -> DecidedImage:
        """The image, as the launch names it, else the profile."""
    @property
    def launch(self) -> Launch:
        """The launch that was decided."""
    @property
    def revision(self) -> str:
        """The revision of the policy set."""
    @property
    def label(self) -> str | None:
        """The label of the policy set."""
    def to_json(self) -> str:
        """The decision as one line of JSON. Equal inputs give equal bytes, in every language."""
    def to_dict(self) -> dict[str, Any]:
        """The decision document."""
    def to_text(self) -> str:
        """The decision for people, several lines. `str(decision)` is the same."""
    def to_row(self) -> dict[str, str | int | None]:
        """One flat row for a table of decisions."""
    def finding_rows(self) -> list[dict[str, str | int | float | bool | None]]:
        """One flat row for each finding that is shown."""
    def __bool__(self) -> bool:
        """Raises `TypeError`."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Decision: ...
    def __deepcopy__(self, memo: object, /) -> Decision: ...
    @classmethod
    def _restore(cls, json: str, text: str) -> Decision: ...

@final
class EventRecord:
    """One policy that hit one launch, as it is kept: bounded, and without secrets. Immutable."""

    @classmethod
    def of(
        cls,
        decision: Decision,
        *,
        occurrence: str | None = None,
        mode: str = "enforced",
        reason: str | None = None,
        source: str | None = None,
    ) -> list[EventRecord]:
        """One record for each policy that hit; none of an allowed launch.

        `occurrence` tells two equal launches of one instant apart, such as a container id; `source` says who recorded;
        `mode` and `reason` how it came to be: with `break_glass` or `failed_open` the container starts, and the action
        is `alarm`.

        Raises `InvalidArgumentError` for a decision that was unpickled: its records can be pickled.
        """
    @classmethod
    def failed_open(
        cls,
        launch: Launch,
        reason: str,
        now: _Now = None,
        *,
        policies: PolicySet | None = None,
        occurrence: str | None = None,
        source: str | None = None,
    ) -> EventRecord:
        """The record of a start that was not judged, because imagegate failed on a host that is told to start containers
        then. `policies` decides which day it is."""
    @classmethod
    def parse(cls, document: _Document) -> EventRecord:
        """Reads a record document, strictly. Raises `InvalidEventError` with every problem, and as `PolicySet.parse`."""
    @property
    def id(self) -> str:
        """Its id: sent twice, it is one record."""
    @property
    def aggregation_key(self) -> str:
        """Records with the same key fold into one row."""
    @property
    def action(self) -> Action:
        """What happened to the launch because of this policy: intercept or alarm."""
    @property
    def mode(self) -> EventMode:
        """How the record came to be."""
    @property
    def event_type(self) -> EventType:
        """The type."""
    @property
    def decided_at(self) -> datetime:
        """When it was decided."""
    def to_json(self) -> str:
        """The record as one line of JSON."""
    def to_dict(self) -> dict[str, Any]:
        """The record document."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __copy__(self) -> EventRecord: ...
    def __deepcopy__(self, memo: object, /) -> EventRecord: ...
    @classmethod
    def _restore(cls, json: str) -> EventRecord: ...

@final
class EventStore:
    """Events of half a year in one SQLite file: folded, listed, searched, counted, shipped.

    Any number of threads may use it, one at a time; several processes may open the same file. After a fork it must be
    opened again. All calls raise `StorageError` if the file fails; nothing of the call is written then.
    """

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, read_only: bool = False, retention_days: int = 180
    ) -> EventStore:
        """Opens the file, and creates it if it does not exist, unless it is `read_only`. All who use a store should
        agree on `retention_days`, of 24 hours."""
    @property
    def id(self) -> str:
        """The id of the store, made when it was created."""
    def record(
        self,
        decision: Decision,
        *,
        occurrence: str | None = None,
        mode: str = "enforced",
        reason: str | None = None,
        source: str | None = None,
    ) -> Recorded:
        """Records a decision, as `EventRecord.of` says. Durable when it returns."""
    def record_all(self, records: Iterable[EventRecord]) -> Recorded:
        """Records all in one transaction: the more, the more a second. Durable when it returns."""
    def list(
        self,
        *,
        event_type: str | None = None,
        action: str | None = None,
        mode: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        search: str | dict[str, str] | None = None,
        sort: str = "latest",
        ascending: bool = False,
        limit: int | None = None,
        after: str | None = None,
        count_all: bool = False,
        now: _Now = None,
    ) -> EventPage:
        """A page of rows, latest first.

        `since` and `until` are about the latest time of a row. `search` is a keyword, looked for in all fields without
        regard to case, or keywords by field: `policy`, `image_name`, `image_id`, `node`, `internal_ip`, `public_ip`.
        `sort` is `latest` or `count`, `limit` 1 to 1,000 (50 if left out), `after` the `next` of the page before.

        Raises `InvalidArgumentError` for a query that makes no sense.
        """
    def detail(self, aggregation_key: str, now: _Now = None) -> EventRow | None:
        """One row with its first 1,000 nodes; None if there is none, or it is expired."""
    def overview(self, now: _Now = None, *, policies: PolicySet | None = None) -> EventOverview:
        """Today, the last seven days, and all that is kept. `policies` decides which day `now` is; UTC without."""
    def purge(self, now: _Now = None) -> Purged:
        """Deletes what is expired."""
    def maintain(self, now: _Now = None) -> Purged | None:
        """Purges and tidies up, at most once a day: call it as often as you like. None if it is not due."""
    def ship(
        self, path: str | os.PathLike[str], *, cursor: str | None = None, format: str = "imagegate"
    ) -> Shipped:
        """Appends every row that changed after the cursor to the file, a line each, and says where to go on. `format` is
        `imagegate` or `ocsf`."""
    def import_file(self, path: str | os.PathLike[str]) -> Imported:
        """Reads lines: records, and rows that another store shipped in imagegate's form. What was imported before is not
        counted again."""
    def close(self) -> None:
        """Closes the file; later calls raise `InvalidArgumentError`. Leaving a `with` block closes it, too."""
    def __enter__(self) -> EventStore: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class Gate:
    """The long-lived object of an agent: policies that can be swapped while other threads decide, and the scan profiles
    of the images on the node, within a bound in bytes."""

    def __new__(cls, policies: PolicySet, *, max_bytes: int = 1073741824) -> Gate: ...
    @property
    def policies(self) -> PolicySet:
        """The policies in force."""
    def reload(self, policies: PolicySet) -> None:
        """Swaps the policies; decisions that are under way end with the old ones."""
    def put_profile(self, profile: ScanProfile) -> None:
        """Keeps the profile, in place of one that shares its id.

        Raises `LimitExceededError` if the profiles would exceed the bound; nothing changes then.
        """
    def remove_profile(self, image: str) -> bool:
        """Forgets the profile of the image with this id, digest or name. Whether there was one."""
    def decide(self, launch: Launch, now: _Now = None) -> Decision:
        """Decides a launch with the profile of its image; without one the image is judged as one that nobody scanned.
        Raises as `Assessment.decide`."""
    def action(self, launch: Launch, now: _Now = None) -> Action:
        """The action of `decide` alone. Raises as `decide`."""
    def explain(self, launch: Launch, now: _Now = None) -> list[Explanation]:
        """Every policy and why it did or did not hit. Raises as `decide`."""
    def stats(self) -> GateStats:
        """What the gate holds."""

@overload
def decide_batch(
    pairs: Iterable[tuple[Assessment, Launch]],
    now: _Now = None,
    threads: int = 1,
    *,
    return_exceptions: Literal[False] = False,
) -> list[Decision]: ...
@overload
def decide_batch(
    pairs: Iterable[tuple[Assessment, Launch]],
    now: _Now = None,
    threads: int = 1,
    *,
    return_exceptions: bool,
) -> list[Decision | ImagegateError]:
    """Decides each pair at the same `now`, in their order, on up to `threads` (1 to 256) threads of its own, while other
    Python threads run. All of them have ended when it returns.

    The first pair that cannot be decided raises its error; with `return_exceptions=True` the error stands in the list
    in the place of the decision. Ctrl-C ends a long batch.
    """

def default_limits() -> list[int]: ...
def run_cli(args: Sequence[str]) -> int: ...
