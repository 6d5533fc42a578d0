"""Admission: may an event be folded, is it a repeat, or is it refused? Asked before anything changes."""

from typing import NamedTuple

from schemas.dead_letters import Code
from schemas.inbound import Event
from service.domain.facts import Facts, Recognition
from service.domain.policy import Frame


class Refused(NamedTuple):
    """Why an event becomes a dead letter."""

    code: Code
    message: str


def admit(facts: Facts | None, event: Event, day: int, as_of: int, fingerprint: int, frame: Frame) -> Refused | Recognition:
    """NEW: fold it. REPEAT: it changes nothing. First lateness is asked, then conflict; `facts` None: a new customer.

    `day` is the event's business day, `as_of` the later of the clock's day and the customer's newest.
    """
    earliest = as_of - frame.late_days
    if facts is not None:
        earliest = max(earliest, facts.not_before)
    if day < earliest:
        return Refused(Code.TOO_LATE, f"the event's day is {earliest - day} days before the earliest that is accepted")
    recognition = facts.recognise(event, fingerprint, as_of, frame) if facts is not None else Recognition.NEW
    if recognition is Recognition.CONFLICT:
        return Refused(Code.CONFLICT, "another content was accepted under the same id")
    return recognition
