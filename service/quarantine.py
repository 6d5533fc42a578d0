"""Quarantine: a customer whose row can't be used, or whose events can't be folded, stops nobody else."""

import re
from collections.abc import Iterable, Mapping

import msgspec

MARK = b"\xff"
"""In the place of a row's version."""
MOST_BYTES = 256 * 1024
"""Of a row; a larger one quarantines its customer."""
MOST_AN_HOUR = 10
_HOUR = 3_600_000
_WORDS = re.compile(r"(?<!DamagedRow)\((?:.*\)|.*$)", re.DOTALL)


class Quarantined(msgspec.Struct, array_like=True, frozen=True):
    """What stands in the place of a quarantined customer's row."""

    reason: str
    """What went wrong, for people."""
    offset: int
    """Of the record in whose step it went wrong; -1: in none's."""
    since: int
    """When: the timestamp of the record read last, in milliseconds since 1970; 0: not known."""
    row: bytes
    """As it was before; empty: the customer had none."""

    def encode(self) -> bytes:
        """The row, behind its mark."""
        return MARK + _encode(self)


class CodeIsWrong(Exception):
    """So many customers at once: not their data are wrong, but the code. The worker stops with nothing of it written."""


class CustomerFailed(Exception):
    """A customer can't be worked on: from the record at `offset` on (None: from the step's first)."""

    def __init__(self, key: bytes, offset: int | None, reason: str) -> None:
        super().__init__(f"{key.decode()}: {reason}")
        self.key, self.offset, self.reason = key, offset, reason


def is_quarantined(row: bytes) -> bool:
    """Whether a row is one in quarantine."""
    return row[:1] == MARK


def decode(row: bytes) -> Quarantined:
    """What stands in the place of a row; msgspec.DecodeError when that is damaged too."""
    return _decode(row[1:])


def unquoted(reason: str) -> str:
    """A reason without the words of an error, which may quote an event: `KeyError at rows.py:5`."""
    return _WORDS.sub("", reason)


def check_rate(new: Mapping[str, Quarantined], batch: int, times: Iterable[int], now: int) -> None:
    """Stop when a step quarantines more than 1 % of its records (one is always allowed), or the partition more than
    MOST_AN_HOUR in an hour. `new`: those of this step; `times`: since when each is in
    quarantine, the new ones too. Raises CodeIsWrong.
    """
    if not new:
        return
    why = f"the last: {unquoted(list(new.values())[-1].reason)}"
    if len(new) > max(1, batch // 100):
        raise CodeIsWrong(f"{len(new)} customers of one batch of {batch} records would be quarantined ({why})")
    recent = sum(time > now - _HOUR for time in times)
    if recent > MOST_AN_HOUR:
        raise CodeIsWrong(f"{recent} customers of one partition would be quarantined within an hour ({why})")


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Quarantined).decode
