"""W3C trace context: which trace a record belongs to. It is passed through unchanged; this service is no span of its own."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

Headers = Sequence[tuple[str, bytes]]
TRACEPARENT, TRACESTATE = "traceparent", "tracestate"
"""Headers of a record, and extension attributes of a CloudEvent (in binary mode behind `ce_`)."""
EVENT_HEADERS = (TRACEPARENT, TRACESTATE, f"ce_{TRACEPARENT}", f"ce_{TRACESTATE}")
TRACEPARENT_PATTERN = "^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$"
"""Version (ff is none), trace, parent (0 is none), flags. A later version may say more behind them: that is not carried."""
MOST_STATE = 512
"""Bytes of a tracestate: so much W3C wants carried at least."""
IN_A_VALUE: Final = b"traceparent"
"""A value without these bytes names no trace; to look for them takes a tenth of a microsecond."""

_TRACEPARENT = re.compile(TRACEPARENT_PATTERN.encode())
_TRACESTATE = re.compile(rb"[\x20-\x7e]+")
_NONE: Headers = ()


class _Extensions(msgspec.Struct):
    traceparent: Any = None
    tracestate: Any = None


_extensions = msgspec.json.Decoder(_Extensions)


def traced(headers: Headers) -> Headers:
    """The trace context among a record's headers (of one that comes twice the last counts); none that W3C calls invalid."""
    named = dict(headers)
    return _valid(named.get(TRACEPARENT), named.get(TRACESTATE))


def traced_event(value: bytes | None, headers: Headers) -> Headers:
    """The same of a producer's event: its headers say, or where they have no `traceparent` its extension attributes."""
    named = dict(headers)
    if TRACEPARENT in named:
        return traced(headers)
    if f"ce_{TRACEPARENT}" in named:
        return _valid(named[f"ce_{TRACEPARENT}"], named.get(f"ce_{TRACESTATE}"))
    if value is None or IN_A_VALUE not in value:
        return _NONE
    try:
        said = _extensions.decode(value)
    except msgspec.MsgspecError:  # in binary mode the value is the data, which may be anything
        return _NONE
    return _valid(_ascii(said.traceparent), _ascii(said.tracestate))


def _valid(parent: bytes | None, state: bytes | None) -> Headers:
    if parent is None or not _TRACEPARENT.fullmatch(parent):
        return _NONE
    if state is None or len(state) > MOST_STATE or not _TRACESTATE.fullmatch(state):
        return ((TRACEPARENT, parent),)
    return ((TRACEPARENT, parent), (TRACESTATE, state))


def _ascii(text: Any) -> bytes | None:
    return text.encode() if isinstance(text, str) and text.isascii() else None
