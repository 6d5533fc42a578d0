"""One customer: the anchor moves on, and what no rule can reach from there is let go."""

import pytest

from service.domain import closings, standing
from service.domain.closings import ANCHOR_STEP, WORTH_FORGETTING
from service.domain.facts import IDS_STEP, MOST_EVENT_IDS, Recognition
from service.domain.standing import closing_view
from tests.domain.histories import interaction_event, order_event, refund_event
from tests.domain.lives import POLICY as TEXT
from tests.domain.lives import Life, enrolled, of, regular

KEEP = 100
"""keep_days of the policy; late_days are 60, refund_horizon_days 30."""


@pytest.fixture
def moves_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The anchor moves though nothing can be forgotten."""
    monkeypatch.setattr(closings, "WORTH_FORGETTING", 0)


@pytest.mark.usefixtures("moves_for_nothing")
def test_there_is_no_anchor_in_the_first_days() -> None:
    life = regular(100)
    life.waits(5 - 1 + KEEP + 1 + ANCHOR_STEP - 1)

    assert of(life).closings.anchor is None
    assert of(life).facts.purchases.forgotten == 0


@pytest.mark.usefixtures("moves_for_nothing")
def test_the_anchor_moves_to_a_day_more_than_keep_days_back() -> None:
    life = regular(100)
    day = 5 - 1 + KEEP + 1 + ANCHOR_STEP

    life.waits(day)

    anchor = of(life).closings.anchor
    assert anchor is not None
    assert anchor.day == day - KEEP - 1


def test_the_anchor_is_the_closing_of_its_day() -> None:
    whole, life = regular(100), regular(100)
    life.waits(250)
    anchor = of(life).closings.anchor
    assert anchor is not None

    facts, policy = of(whole).facts, whole.policy
    state = standing.before_enrolment(facts, policy)
    for day in range(facts.enrolled_on, anchor.day + 1):
        state = standing.closing(standing.opening(state, day, facts, policy), closing_view(day, facts, policy), policy)
    assert anchor == state


@pytest.mark.usefixtures("moves_for_nothing")
def test_the_anchor_moves_again_only_after_its_step() -> None:
    life = regular(100)
    life.waits(5 + KEEP + ANCHOR_STEP)
    first = of(life).closings.anchor
    assert first is not None

    life.waits(5 + KEEP + 2 * ANCHOR_STEP - 1)
    assert of(life).closings.anchor is first
    life.waits(5 + KEEP + 2 * ANCHOR_STEP)
    second = of(life).closings.anchor
    assert second is not None
    assert second.day == first.day + ANCHOR_STEP


@pytest.mark.parametrize(("days", "moves"), [(WORTH_FORGETTING, True), (WORTH_FORGETTING - 1, False)])
def test_the_anchor_moves_only_when_enough_days_can_be_forgotten(days: int, moves: bool) -> None:
    """Purchases and interactions are counted by themselves; longest_window is 92."""
    life, last = Life(), 14
    life.meets(interaction_event("app-open", "i"), last)
    for number in range(days - 1):
        life.meets(order_event(1, f"o-{number}"), last - number)

    life.waits(last + KEEP + ANCHOR_STEP + 100)

    assert (of(life).closings.anchor is not None) is moves
    assert (of(life).facts.purchases.forgotten > 0) is moves


def test_a_day_that_a_window_still_holds_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closings, "ANCHOR_STEP", 9)
    life = Life()
    for day in range(60, 60 + WORTH_FORGETTING):
        life.meets(order_event(1, f"o-{day}"), day)
    last_kept = 60 + WORTH_FORGETTING - 1 + 92 + KEEP + 1

    life.waits(last_kept)
    assert of(life).closings.anchor is None
    life.waits(last_kept + 1 + IDS_STEP)
    assert of(life).closings.anchor is not None


def test_days_that_no_window_from_the_anchor_on_holds_are_forgotten() -> None:
    life = regular(400)
    life.waits(398)
    anchor = of(life).closings.anchor
    assert anchor is not None

    kept = list(of(life).facts.purchases.days)
    longest = 90  # of this policy

    assert kept[0] >= anchor.day - longest
    assert kept[0] < anchor.day - longest + 7
    assert of(life).facts.purchases.days_up_to(400) == len(range(5, 400, 7))


def test_the_days_of_a_term_that_runs_at_the_anchor_are_kept() -> None:
    life = Life(TEXT.replace('kind = "term", days = 30', 'kind = "term", months = 24'))
    life.meets(order_event(900, "o"), 5)
    for day in range(12, 300, 7):
        life.meets(order_event(1, f"o-{day}"), day)
    anchor = of(life).closings.anchor
    assert anchor is not None
    assert anchor.tiers[1].term_from == 6

    assert list(of(life).facts.purchases.days)[:2] == [12, 19]


@pytest.mark.parametrize("day", range(5, 14))
def test_ids_are_forgotten_within_a_week_or_so_after_no_repeat_is_accepted(day: int) -> None:
    life = enrolled()
    life.meets(interaction_event("app-open", "i"), day)
    remembered = []
    for today in range(day + 60, day + 60 + IDS_STEP + 1):
        life.waits(today)
        remembered.append(len(of(life).facts.events))

    assert remembered[0] == 1
    assert remembered[-1] == 0
    assert (day + 60 + remembered.index(0)) % IDS_STEP == 0


def test_an_id_is_not_recognised_when_no_repeat_is_accepted_though_it_is_there() -> None:
    """Day 65 is the last that knows an interaction of day 5; at the opening of day 72 it is dropped."""
    life = enrolled()
    event = interaction_event("app-open", "i")
    life.meets(event, 5)
    life.waits(66)
    facts = of(life).facts
    assert len(facts.events) == 1

    assert facts.recognise(event, 1, 65, life.policy.frame) is Recognition.REPEAT
    assert facts.recognise(event, 1, 66, life.policy.frame) is Recognition.NEW


def full() -> Life:
    """As many ids as are remembered, all but one of day 5, which day 65 is the last to remember."""
    life = enrolled()
    for number in range(MOST_EVENT_IDS - 1):
        life.meets(interaction_event("app-open", f"a{number}"), 5)
    life.meets(interaction_event("app-open", "b"), 30)
    assert len(of(life).facts.events) == MOST_EVENT_IDS
    return life


def test_ids_past_their_bound_leave_room_for_others() -> None:
    """On day 66 those of day 5 are none of the 4,096, dropped or not."""
    life = full()

    life.meets(interaction_event("app-open", "c"), 66)

    assert list(of(life).facts.events.days) == [30, 66]
    assert of(life).facts.not_before < 0


def test_ids_within_their_bound_leave_no_room_and_bound_lateness() -> None:
    life = full()

    life.meets(interaction_event("app-open", "c"), 65)

    assert list(of(life).facts.events.days) == [30, 65]
    assert of(life).facts.not_before == 30


def test_an_id_that_is_used_again_after_its_bounds_is_known_from_its_new_day_on() -> None:
    """An order of day 8 is remembered up to day 98; dropped on the next eighth day, 104."""
    life = enrolled(8)
    life.meets(order_event(10, "first"), 100)

    facts = of(life).facts

    assert list(facts.orders.orders.days) == [8, 100]
    assert facts.recognise(order_event(10, "first"), 1, 100, life.policy.frame) is Recognition.REPEAT
    life.meets(refund_event(10, "r", of="first"), 101)
    assert (list(facts.purchases.days), facts.debits.days_between(0, 200)) == ([8], 0)


def test_a_late_order_after_the_anchor_is_walked_from_the_anchor() -> None:
    whole, life = Life(TEXT.replace("keep_days = 100", "keep_days = 1000")), Life()
    for each in (whole, life):
        each.meets(order_event(10, "first"), 5)
        for day in range(12, 300, 7):
            each.meets(order_event(60, f"o-{day}"), day)
        each.waits(300)

        each.meets(order_event(800, "late"), 245)

    assert of(whole).closings.anchor is None
    assert of(life).closings.anchor is not None
    assert of(life).opened == of(whole).opened
    assert of(life).announced == of(whole).announced
