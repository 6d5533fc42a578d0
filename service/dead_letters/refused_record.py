"""A refused record: one record of a dead-letter topic, and what its headers say."""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

import msgspec

from schemas.dead_letters import ATTEMPT, CODE, ERRORS, LETTER
from schemas.topics import dead_letter_topic
from service.place import Place

NO_CODE = "no-code"
"""Of a record that somebody else put there."""


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record without its value."""

    place: Place
    code: str
    message: str
    source: Place | None
    """Where the record was; None when nobody told."""
    customer: str | None
    timestamp: int
    """The record's, in milliseconds since 1970."""
    size: int
    """Of the value, in bytes."""
    letter: Place | None
    """The letter that the record was at first, if it had been sent back."""
    attempt: int
    """How often it had been sent back."""

    @property
    def topic(self) -> str:
        """The topic that it goes back to."""
        return self.place.topic.removesuffix(dead_letter_topic(""))


def refused_record(record: Any) -> RefusedRecord:
    """What a record of a dead-letter topic tells. Its own headers are a producer's and may say anything."""
    said = {name: content.decode(errors="replace") for name, content in record.headers if content is not None}
    letter, attempt = _place(said.get(LETTER, "")), said.get(ATTEMPT, "")
    sent_back = letter is not None and attempt.isdecimal() and len(attempt) < 10
    source = "-".join(said.get(f"{ERRORS}{name}", "") for name in ("topic", "partition"))
    return RefusedRecord(
        place=Place(record.topic, record.partition, record.offset),
        code=intern(said.get(CODE, NO_CODE)),
        message=intern(said.get(f"{ERRORS}message", "")),
        source=_place(f"{source}@{said.get(f'{ERRORS}offset', '')}"),
        customer=_customer(record.value, said),
        timestamp=record.timestamp,
        size=len(record.value or b""),
        letter=letter if sent_back else None,
        attempt=int(attempt) if sent_back else 0,
    )


def _place(text: str) -> Place | None:
    try:
        return Place.parse(text)
    except ValueError:
        return None


class _Event(msgspec.Struct):
    """What is looked at of a value."""

    subject: str | None = None


_event = msgspec.json.Decoder(_Event)


def _customer(value: bytes | None, headers: Mapping[str, str]) -> str | None:
    """Whose event it is, where value or headers tell."""
    try:
        subject = _event.decode(value or b"").subject
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        subject = None
    return subject or headers.get("ce_subject")
