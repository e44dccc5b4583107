"""Everything that can go wrong, under `ImagegateError`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a document."""

    code: str
    """A slug that never changes once published: `unknown_field`, `bad_glob`, …"""
    pointer: str
    """Where, as a JSON Pointer (RFC 6901); `""` is the document itself."""
    message: str
    """What was wrong and what would be right, in one line."""
    line: int | None = None
    """Line in the text, from 1, if the text is known."""
    column: int | None = None
    """Column in characters, from 1."""
    offset: int | None = None
    """Offset in bytes, from 0."""

    def __str__(self) -> str:
        place = f"line {self.line} column {self.column}: " if self.line is not None else ""
        return place + (f"{self.pointer}: " if self.pointer else "") + self.message


class ImagegateError(Exception):
    """What every failing call of the library raises, apart from `TypeError` for a value of a wrong type and `OSError`
    for a file that cannot be read."""

    kind: ClassVar[str] = "internal"
    """The class of the error, as every language and the command print it."""

    problems: tuple[Problem, ...]
    """All mistakes of the document, in its order. Never empty."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        # Not that of `OSError`, which would take the two for a number and its text.
        Exception.__init__(self, message, problems)
        self.message = message
        self.problems = problems or (Problem(self.kind, "", message),)

    @property
    def code(self) -> str:
        """The slug of the first problem. It never changes once published."""
        return self.problems[0].code

    @property
    def pointer(self) -> str | None:
        """Where the first problem is, as a JSON Pointer; None if the error is not about a place."""
        return self.problems[0].pointer or None

    @property
    def line(self) -> int | None:
        """Line of the first problem in the text, from 1, if known."""
        return self.problems[0].line

    @property
    def column(self) -> int | None:
        """Column of the first problem in the text, in characters from 1, if known."""
        return self.problems[0].column

    def __str__(self) -> str:
        return self.message

    def to_dict(self) -> dict[str, object]:
        """The error as the command prints it for a document with several launches."""
        return {"kind": self.kind, "code": self.code, "pointer": self.pointer, "message": self.message}


class DocumentSyntaxError(ImagegateError, ValueError):
    """The bytes are no JSON document, or not the text format that was named."""

    kind = "syntax"


class InvalidPolicyError(ImagegateError, ValueError):
    """A policy document breaks its rules."""

    kind = "invalid_policy"


class InvalidProfileError(ImagegateError, ValueError):
    """A scan profile or scanner report breaks its rules."""

    kind = "invalid_profile"


class InvalidLaunchError(ImagegateError, ValueError):
    """A launch document breaks its rules."""

    kind = "invalid_launch"


class InvalidEventError(ImagegateError, ValueError):
    """An event record or row breaks its rules."""

    kind = "invalid_event"


class ImageMismatchError(ImagegateError, ValueError):
    """The launch and the scan profile are about different images. Never to be read as "allow"."""

    kind = "image_mismatch"


class LimitExceededError(ImagegateError, ValueError):
    """An input is larger than its documented limit."""

    kind = "limit_exceeded"


class UnsupportedError(ImagegateError, ValueError):
    """A format or a version that this build cannot read."""

    kind = "unsupported"


class StorageError(ImagegateError, OSError):
    """A store of events could not be read or written; nothing of the call was written."""

    kind = "storage"


class InvalidUtf8Error(ImagegateError, ValueError):
    """A `str` that is no text: it holds half of a surrogate pair."""

    kind = "invalid_utf8"


class InvalidArgumentError(ImagegateError, ValueError):
    """An argument of the call makes no sense, such as a time outside the years 0000 to 9999."""

    kind = "invalid_argument"


class InternalError(ImagegateError, RuntimeError):
    """A bug in imagegate stopped the call. Nothing was decided."""

    kind = "internal"
