"""One customer: what arrives late is walked again, from the newest closing that is remembered."""

import pytest

from service.domain import standing
from service.domain.customer import LONGEST_TRAIL, STEP
from service.domain.standing import closing_view
from service.domain.state import State
from tests.domain.histories import order_event, refund_event
from tests.domain.lives import Life, enrolled, every_day, late_life, of, to


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


def test_a_walk_starts_at_the_newest_closing_before_the_change() -> None:
    life = late_life()
    kept = [closed.day for closed in of(life).trail]
    assert 33 in kept

    life.meets(order_event(10, "late"), 33)

    days = [closed.day for closed in of(life).trail]
    assert days == sorted(set(days))
    assert max(day for day in kept if day < 33) in days


def test_without_a_memory_of_closings_the_walk_starts_at_the_anchor() -> None:
    life, forgetful = late_life(), late_life()
    of(forgetful).trail.clear()

    for each in (life, forgetful):
        each.meets(order_event(700, "late"), 19)

    assert of(forgetful).opened == of(life).opened


def test_the_memory_of_closings_is_bounded() -> None:
    life = enrolled()
    for day in range(6, 6 + 3 * LONGEST_TRAIL):
        life.meets(order_event(1, f"o-{day}"), day)
        assert len(of(life).trail) <= 2 * LONGEST_TRAIL

    newest = [closed.day for closed in of(life).trail][-LONGEST_TRAIL:]
    assert newest == list(range(of(life).as_of - LONGEST_TRAIL, of(life).as_of))


def test_the_memory_of_a_walk_is_bounded() -> None:
    life = daily()
    of(life).trail.clear()
    of(life).checkpoint = None

    life.meets(order_event(1, "late"), 50)

    assert len(of(life).trail) == LONGEST_TRAIL
    assert of(life).trail[-1].day == of(life).as_of - 1


def daily() -> Life:
    """An order a day, from day 5 to 94."""
    life = enrolled()
    for day in range(6, 95):
        life.meets(order_event(1, f"o-{day}"), day)
    return life


def closing_of(life: Life, day: int) -> State:
    """The closing of a day, every day since the enrolment asked."""
    facts, policy = of(life).facts, life.policy
    state = standing.before_enrolment(facts, policy)
    for each in range(facts.enrolled_on, day + 1):
        state = standing.closing(standing.opening(state, each, facts, policy), closing_view(each, facts, policy), policy)
    return state


def test_the_checkpoint_is_a_closing_a_month_or_two_old() -> None:
    life = enrolled()
    for day in range(6, 95):
        life.meets(order_event(1, f"o-{day}"), day)
        kept = of(life).checkpoint
        assert kept is None if day < 4 + 2 * STEP else kept is not None
        if kept is not None:
            assert day - 2 * STEP < kept.day <= day - STEP
            assert kept == closing_of(life, kept.day)


def test_the_checkpoint_does_not_need_the_memory_of_closings() -> None:
    remembering, forgetful = enrolled(), enrolled()
    for day in range(6, 95):
        for life in (remembering, forgetful):
            life.meets(order_event(1, f"o-{day}"), day)
        of(forgetful).trail.clear()
        assert of(forgetful).checkpoint == of(remembering).checkpoint


def test_a_walk_without_a_memory_of_closings_starts_at_the_checkpoint() -> None:
    life = daily()
    checkpoint = of(life).checkpoint
    assert checkpoint is not None
    of(life).trail.clear()

    life.meets(order_event(1, "late"), checkpoint.day + 1)

    assert of(life).trail[0] == of(life).checkpoint == checkpoint
    assert of(life).opened == every_day(of(life), life.policy)


def test_a_change_on_the_day_of_the_checkpoint_makes_another() -> None:
    life = daily()
    checkpoint = of(life).checkpoint
    assert checkpoint is not None
    of(life).trail.clear()

    life.meets(order_event(700, "late"), checkpoint.day)

    found = of(life).checkpoint
    assert found is not None
    assert found != checkpoint
    assert found.day <= of(life).as_of - STEP
    assert found == closing_of(life, found.day)
    assert of(life).opened == every_day(of(life), life.policy)
