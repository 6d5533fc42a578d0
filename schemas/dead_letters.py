"""Dead letters: the closed list of reasons, and how a refused record is marked."""

from enum import StrEnum


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
        "__streams.errors.topic": topic,
        "__streams.errors.partition": str(partition),
        "__streams.errors.offset": str(offset),
        "__streams.errors.exception": "InvalidEvent",
        "__streams.errors.message": message,
        "tiering.error.code": str(code),
    }
    return [(name, value.encode(errors="backslashreplace")) for name, value in values.items()]
