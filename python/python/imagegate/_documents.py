"""Documents as Python has them, into JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from imagegate._errors import InvalidArgumentError, Problem


def to_json(document: object) -> bytes:
    """The document as UTF-8. What JSON cannot say is refused, never guessed."""
    try:
        text = json.dumps(document, default=_more, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except RecursionError:
        raise _refused("too_deep", "the document nests too deeply to be read") from None
    except ValueError as error:
        # A number that is no number, or a dict that holds itself.
        raise _refused("invalid_document", f"the document cannot be written as JSON: {error}") from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise _refused("invalid_utf8", "the document holds half of a surrogate pair, which is no character") from None


def _refused(code: str, message: str) -> InvalidArgumentError:
    return InvalidArgumentError(message, (Problem(code, "", message),))


def _more(value: object) -> object:
    if isinstance(value, datetime):
        # YAML readers make these of times.
        return rfc3339(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"a document holds dicts, lists, strings, numbers, booleans, None and aware datetimes, not `{type(value).__name__}`"
    )


def rfc3339(instant: datetime) -> str:
    """An aware datetime as documents write it."""
    offset = instant.utcoffset()
    if offset is None:
        raise TypeError(f"the datetime `{instant}` in the document has no time zone: give an aware one")
    utc = instant.replace(tzinfo=None) - offset
    text = f"{utc.year:04}" + utc.strftime("-%m-%dT%H:%M:%S")
    fraction = f".{utc.microsecond:06}".rstrip("0").rstrip(".")
    return f"{text}{fraction}Z"


