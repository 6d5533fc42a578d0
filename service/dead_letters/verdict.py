"""What the service would say to a dead letter that comes again now."""

from datetime import UTC, datetime
from typing import Any, get_args

from schemas import codec
from schemas.control import Control
from schemas.dead_letters import Code, InvalidEvent, own_headers
from service.dead_letters.letters import Letter
from service.intake import Rejected, intake

_STANDS = {
    Code.TOO_LATE: "the clock does not go back",
    Code.CONFLICT: "what came first stands",
}
"""What the customers agent says whenever the record comes."""


def refused_again(letter: Letter, record: Any, log: str, currency: str) -> Rejected | None:
    """Why a letter is sure to be refused again; None: it may pass. `log` is the log's topic, `currency` the policy's."""
    if letter.latest.topic == log:
        return _by_customers(letter, record)
    taken = intake(record.value, own_headers(record.headers), now=datetime.now(UTC), currency=currency)
    return taken if isinstance(taken, Rejected) else None


def _by_customers(letter: Letter, record: Any) -> Rejected | None:
    code = letter.latest.code
    if code in _STANDS:
        return Rejected(Code(code), f"{letter.latest.message}; {_STANDS[Code(code)]}")
    try:
        event = codec.decode_activity(record.value or b"")
    except InvalidEvent as invalid:
        return Rejected(invalid.code, invalid.message)
    if isinstance(event, get_args(Control)):
        return Rejected(Code.UNKNOWN_TYPE, "a control record has its place in the log and is not sent again")
    return None
