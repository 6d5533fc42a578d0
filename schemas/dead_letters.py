"""Dead letters: the closed list of reasons, and how a refused record, and one that is sent back, is marked."""

from collections.abc import Sequence
from enum import StrEnum

Headers = Sequence[tuple[str, bytes]]
CODE = "tiering.error.code"
ERRORS, OURS = "__streams.errors.", "tiering."
"""How the names of headers begin that this service writes."""
LETTER, ATTEMPT = "tiering.replay.letter", "tiering.replay.attempt"
"""Of a record that was sent back: the dead letter it was at first (topic-partition@offset), how often it was sent back."""

REPLAY_HEADERS = (LETTER, ATTEMPT)


class Code(StrEnum):
    """Why a record was refused."""

    MALFORMED_JSON = "malformed-json"
    UNKNOWN_TYPE = "unknown-type"
    MISSING_FIELD = "missing-field"
    MISSING_SUBJECT = "missing-subject"
    INVALID_FIELD = "invalid-field"
    UNKNOWN_CURRENCY = "unknown-currency"
    TOO_LARGE = "too-large"
    FUTURE_EVENT = "future-event"
    TOO_LATE = "too-late"
    CONFLICT = "conflict"
    CUSTOMER_QUARANTINED = "customer-quarantined"


class InvalidEvent(Exception):
    """An event that breaks the contract: the only thing that decoding raises."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def headers_for(topic: str, partition: int, offset: int, code: Code, message: str) -> list[tuple[str, bytes]]:
    """The headers that a dead letter carries besides its own (names of Kafka's KIP-1034, values UTF-8)."""
    values = {
        f"{ERRORS}topic": topic,
        f"{ERRORS}partition": str(partition),
        f"{ERRORS}offset": str(offset),
        f"{ERRORS}exception": "InvalidEvent",
        f"{ERRORS}message": message,
        CODE: str(code),
    }
    return [(name, value.encode(errors="backslashreplace")) for name, value in values.items()]


def own_headers(headers: Headers) -> list[tuple[str, bytes]]:
    """The headers that a record had before this service put any there."""
    return [each for each in headers if not each[0].startswith((ERRORS, OURS))]


def replay_headers(letter: str, attempt: int) -> list[tuple[str, bytes]]:
    """The headers that a record carries besides its own when it is sent back."""
    return [(LETTER, letter.encode()), (ATTEMPT, str(attempt).encode())]


def carried_headers(headers: Headers) -> list[tuple[str, bytes]]:
    """Which dead letter a record was that was sent back."""
    return [each for each in headers if each[0] in REPLAY_HEADERS]
