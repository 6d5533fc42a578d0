"""One customer: what arrives late is walked again, from the newest checkpoint before it."""

from typing import Any

import pytest

from service.domain import standing
from service.domain.closings import STEP
from service.domain.standing import closing_view
from service.domain.state import State
from tests.compiled.pure import inside_is_changed
from tests.domain.histories import order_event, refund_event
from tests.domain.lives import Life, closing_of, enrolled, every_day, late_life, of, to


@pytest.mark.parametrize("day", [6, 8, 19, 33, 40])
def test_a_late_order_is_walked_from_its_day_on(day: int) -> None:
    life = late_life()

    life.meets(order_event(700, "late"), day)

    assert of(life).as_of == 41
    assert of(life).opened == every_day(of(life), life.policy)
    assert of(life).closed == standing.closing(of(life).opened, closing_view(41, of(life).facts, life.policy), life.policy)


def test_a_late_order_before_the_first_moves_the_enrolment() -> None:
    life = late_life()

    life.meets(order_event(700, "late"), 2)

    assert of(life).facts.enrolled_on == 2
    assert of(life).opened == every_day(of(life), life.policy)


def test_a_late_event_is_the_reason_of_what_it_changes() -> None:
    life = late_life()

    said = life.meets(order_event(700, "late"), 40)

    assert {each.data.reason for each in said if hasattr(each.data, "reason")} == {"late-event"}
    assert "silver" in [to(each.data) for each in said]


def test_an_event_of_the_day_is_not_late() -> None:
    said = late_life().meets(order_event(700, "o"), 41)

    assert {each.data.reason for each in said if hasattr(each.data, "reason")} == {"order"}


def test_a_refund_of_today_changes_the_day_of_its_order() -> None:
    life = late_life()
    life.meets(order_event(900, "gift"), 42)
    life.meets(order_event(10, "o-50"), 50)

    life.meets(refund_event(900, "r", of="gift"), 50)

    assert of(life).opened == every_day(of(life), life.policy)
    assert of(life).opened.tiers[0].tier == 0


def daily() -> Life:
    """An order a day, from day 5 to 94."""
    life = enrolled()
    for day in range(6, 95):
        life.meets(order_event(1, f"o-{day}"), day)
    return life


def test_the_checkpoints_are_closings_of_the_last_weeks() -> None:
    life = enrolled()
    for day in range(6, 120):
        life.meets(order_event(1, f"o-{day}"), day)
        kept = of(life).closings.checkpoints
        assert [found.day for found in kept] == [4 + STEP * number for number in range(1, 4) if 4 + STEP * number < day][-2:]
        assert [found for found in kept if found != closing_of(of(life), found.day, life.policy)] == []


@inside_is_changed
@pytest.mark.parametrize("after", [1, 2, STEP])
@pytest.mark.parametrize("which", [0, 1])
def test_a_walk_starts_at_the_newest_checkpoint_before_the_change(
    which: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, started = daily(), []
    checkpoint = of(life).closings.checkpoints[which]
    walk = standing.walk

    def walked(start: State, *rest: Any, **more: Any) -> State:
        started.append(start)
        return walk(start, *rest, **more)

    monkeypatch.setattr(standing, "walk", walked)

    life.meets(order_event(1, "late"), min(checkpoint.day + after, of(life).as_of - 1))

    assert started == [checkpoint]
    assert of(life).opened == every_day(of(life), life.policy)


@pytest.mark.parametrize("before", [0, 1, STEP])
@pytest.mark.parametrize("which", [0, 1])
def test_a_change_of_the_day_of_a_checkpoint_or_before_makes_others(which: int, before: int) -> None:
    life = daily()
    changed = of(life).closings.checkpoints[which].day - before

    life.meets(order_event(700, "late"), changed)

    kept = of(life).closings.checkpoints
    assert len(kept) == 2
    assert kept[0].day + STEP <= kept[1].day < of(life).as_of
    assert [found for found in kept if found != closing_of(of(life), found.day, life.policy)] == []
    assert of(life).opened == every_day(of(life), life.policy)
