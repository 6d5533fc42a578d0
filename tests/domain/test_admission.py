"""Admission: lateness first, then repeat and conflict; nothing is changed by asking."""

import pytest

from schemas.dead_letters import Code
from service.domain.admission import Refused, admit
from service.domain.facts import Recognition
from tests.domain.histories import FRAME, History, order_event


@pytest.mark.parametrize(("day", "late"), [(39, True), (40, False), (100, False)])
def test_an_event_may_be_so_many_days_late(day: int, late: bool) -> None:
    verdict = admit(None, order_event(100, "o"), day, 100, 1, FRAME)

    refused = Refused(Code.TOO_LATE, "the event's day is 1 days before the earliest that is accepted")
    assert verdict == (refused if late else Recognition.NEW)


def test_a_customer_with_too_many_events_has_a_bound_of_his_own() -> None:
    facts = History().order(90).facts
    facts.not_before = 80

    assert isinstance(admit(facts, order_event(100, "o"), 79, 100, 1, FRAME), Refused)
    assert admit(facts, order_event(100, "o"), 80, 100, 1, FRAME) is Recognition.NEW


def test_a_repeat_changes_nothing_and_another_content_is_a_conflict() -> None:
    facts = History().order(90, 100, "o").facts

    assert admit(facts, order_event(100, "o"), 90, 100, 1, FRAME) is Recognition.REPEAT
    conflict = admit(facts, order_event(100, "o"), 90, 100, 2, FRAME)
    assert conflict == Refused(Code.CONFLICT, "another content was accepted under the same id")


def test_a_late_repeat_is_too_late() -> None:
    facts = History().order(39, 100, "o").facts

    verdict = admit(facts, order_event(100, "o"), 39, 100, 1, FRAME)

    assert isinstance(verdict, Refused)
    assert verdict.code is Code.TOO_LATE
