"""Headroom: how much may be gained before a name can change, and who has none."""

from dataclasses import replace

import pytest
from msgspec import structs

from schemas.inbound import AppInteraction, Event, Feedback, OrderPaid
from service.domain import headroom as headrooms
from service.domain import standing
from service.domain.headroom import PLENTY, Headroom
from service.domain.policy import Measure
from service.domain.rfm import Scores
from service.domain.windows import Rolling
from tests.domain.histories import History, feedback_event, interaction_event, order_event, refund_event
from tests.domain.lives import POLICY, Life

SOME = Headroom(orders=2, purchase_days=3, spend_minor=100, engagement=5, until=40)


def test_an_order_takes_from_it() -> None:
    assert SOME.after(1, 99, 0) == Headroom(orders=1, purchase_days=2, spend_minor=1, engagement=5, until=40)


def test_an_interaction_takes_from_it() -> None:
    assert SOME.after(0, 0, 4) == Headroom(orders=2, purchase_days=3, spend_minor=100, engagement=1, until=40)


def test_it_lasts_as_long_as_one_of_everything_is_left() -> None:
    room = Headroom(orders=2, purchase_days=2, spend_minor=11, engagement=8, until=40)

    assert room.after(1, 10, 7) == Headroom(orders=1, purchase_days=1, spend_minor=1, engagement=1, until=40)


@pytest.mark.parametrize(
    "room", [structs.replace(SOME, orders=1), structs.replace(SOME, purchase_days=1), structs.replace(SOME, spend_minor=10)]
)
def test_nothing_is_left_after_an_order_that_may_change_a_name(room: Headroom) -> None:
    assert room.after(1, 10, 0) is None


def test_nothing_is_left_after_an_interaction_that_may_change_a_name() -> None:
    assert SOME.after(0, 0, 5) is None


def of(life: Life) -> Headroom | None:
    assert life.customer is not None
    return life.customer.headroom


def test_it_is_what_the_nearest_threshold_of_each_measure_leaves() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)

    found = of(life)

    assert found is not None
    # Orders: F is 1 up to one order. Spend: M is 1 up to 100; silver needs 500, member 800.
    assert (found.orders, found.spend_minor, found.purchase_days, found.engagement) == (1, 91, PLENTY, PLENTY)


@pytest.mark.parametrize(
    "event",
    [refund_event(5, "r"), refund_event(10, "r", of="o")],
)
def test_refunds_leave_none(event: Event) -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    life.meets(event, 5)

    assert of(life) is None


def test_somebody_without_an_order_has_none() -> None:
    life = Life()
    life.meets(interaction_event("app-open", "i"), 5)

    assert of(life) is None


COMPLAINT, RESOLUTION = (Feedback(kind=kind, complaint_id="k") for kind in ("complaint", "complaint-resolved"))
BAD_RATING = Feedback(kind="rating", score=1)


@pytest.mark.parametrize(("said", "over"), [(COMPLAINT, 35), (BAD_RATING, 19)])
def test_somebody_unhappy_has_none_until_that_is_over(said: Feedback, over: int) -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    life.meets(feedback_event(said, "f"), 5)
    assert of(life) is None

    life.meets(order_event(10, "p"), over - 1)
    assert of(life) is None

    life.meets(order_event(10, "q"), over)
    assert of(life) is not None


def test_a_complaint_that_is_resolved_leaves_some() -> None:
    life = Life()
    for number, said in enumerate((COMPLAINT, RESOLUTION, COMPLAINT)):
        life.meets(feedback_event(said, f"f{number}"), 5)
    life.meets(order_event(10, "o"), 5)

    assert of(life) is not None


def test_a_complaint_of_a_later_day_leaves_none_in_a_walk() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    closed = life.customer.closed if life.customer else None
    assert closed is not None

    def found(history: History) -> Headroom | None:
        return headrooms.headroom(closed, history.view(5), life.policy, 400)

    assert found(History().order(5, 10)) is not None
    assert found(History().order(5, 10).complaint(7, "k").resolution(9, "k")) is None
    assert found(History().order(5, 10).complaint(7, "k").resolution(5, "k")) is not None


def test_without_rules_of_risk_nobody_is_unhappy() -> None:
    life = Life(POLICY.replace("[churn]\n", ""))
    life.meets(feedback_event(COMPLAINT, "f"), 5)
    life.meets(order_event(10, "o"), 5)

    assert of(life) is not None


def test_tenure_takes_no_room_for_it_rises_by_time() -> None:
    spend = '{ measure = "spend_minor", window = "rolling 10", at_least = 800 }'
    life = Life(POLICY.replace(spend, f'{spend}, {{ measure = "tenure_days", at_least = 400 }}'))
    life.meets(order_event(10, "o"), 5)

    found = of(life)

    assert found is not None
    assert found.spend_minor == 91


def test_a_segment_that_is_about_to_change_leaves_none() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    closed = life.customer.closed if life.customer else None
    assert closed is not None
    view = History().order(5, 10).view(5)

    for segment in (structs.replace(closed.segment, differed=1), structs.replace(closed.segment, segment="At Risk")):
        assert headrooms.headroom(structs.replace(closed, segment=segment), view, life.policy, 400) is None


def test_recency_that_is_not_the_best_leaves_none() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    life.meets(interaction_event("app-open", "i"), 8)

    assert of(life) is None


def test_a_notice_that_is_out_leaves_none() -> None:
    life = Life()
    life.meets(order_event(1000, "o"), 5)
    life.meets(order_event(1, "p"), 28)
    assert life.customer is not None
    life.waits(33)

    life.meets(order_event(1, "q"), 33)

    assert life.customer.announced is not None
    assert any(life.customer.announced.expiring) == (of(life) is None)


def test_a_rule_that_asks_for_the_margin_leaves_none() -> None:
    spend = 'measure = "spend_minor", window = "rolling 10"'
    life = Life(POLICY.replace(spend, spend.replace("spend", "margin")))
    life.meets(order_event(10, "o"), 5)

    assert of(life) is None


def test_with_and_without_it_the_same_is_said() -> None:
    calm, full = Life(), Life()
    events: list[tuple[int, OrderPaid | AppInteraction]] = [
        (day, order_event(40 + 7 * (day % 5), f"o-{day}") if day % 3 else interaction_event("app-open", f"i-{day}"))
        for day in range(5, 120)
        if day % 7 < 4
    ]
    said_calm, said_full = [], []
    for day, event in events:
        said_calm += [(each.time, each.data) for each in calm.meets(event, day)]
        if full.customer is not None:
            full.customer.headroom = None
        said_full += [(each.time, each.data) for each in full.meets(event, day)]
    said_calm += [(each.time, each.data) for each in calm.waits(400)]
    said_full += [(each.time, each.data) for each in full.waits(400)]

    assert said_calm == said_full


def test_a_measure_that_holds_already_needs_no_room() -> None:
    """Silver and member ask for 500 and 800: whoever spent so much waits for M, and for nothing else."""
    life = Life()
    life.meets(order_event(900, "o"), 5)

    found = of(life)

    assert found is not None
    assert found.spend_minor == 1500 + 1 - 900


def test_a_threshold_that_is_reached_exactly_holds_already() -> None:
    """Member asks for 800 and for tenure, which it waits for; M is 4 up to 1500."""
    spend = '{ measure = "spend_minor", window = "rolling 10", at_least = 800 }'
    life = Life(POLICY.replace(spend, f'{spend}, {{ measure = "tenure_days", at_least = 400 }}'))
    life.meets(order_event(800, "o"), 5)

    found = of(life)

    assert found is not None
    assert found.spend_minor == 1500 + 1 - 800


def test_what_has_left_a_window_is_to_be_gained_again() -> None:
    """Silver asks for 500 of 30 days; what was spent before is no part of them."""
    life = Life()
    life.meets(order_event(10, "o"), 60)
    closed = life.customer.closed if life.customer else None
    assert closed is not None
    view = History().order(5, 600).order(60, 10).view(60)

    found = headrooms.headroom(closed, view, replace(life.policy, rfm=None), 400)

    assert found is not None
    assert (found.spend_minor, found.orders) == (500 - 10, PLENTY)


def gained() -> tuple[Headroom, History]:
    """The headroom at the closing of day 5 after an order of 10."""
    life = Life()
    life.meets(order_event(10, "o"), 5)
    room = of(life)
    assert room is not None
    return room, History(enrolled_on=5).order(5, 10)


def renewed(history: History, room: Headroom, day: int, spend: int, engagement: int = 0, *, orders: int = 1) -> Headroom | None:
    state = structs.replace(standing.before_enrolment(history.facts, Life().policy), day=day)
    return headrooms.renewed(room, orders, spend, engagement, state, history.facts, Life().policy)


def test_what_is_used_up_is_measured_anew_in_the_windows() -> None:
    """F is 2 from the second order on, up to 2 orders in 50 days; the order of day 5 has just left the window of day 55."""
    room, history = gained()
    room = structs.replace(room, orders=1, spend_minor=70, scores=Scores(5, 2, 1))
    history.order(30, 10).order(55, 20)

    found = renewed(history, room, 55, 20)

    assert found is not None
    assert (found.orders, found.spend_minor, found.purchase_days) == (3 - 2, 50, PLENTY - 1)
    assert (found.until, found.scores) == (room.until, room.scores)


def test_a_score_that_is_another_one_leaves_none() -> None:
    room, history = gained()
    history.order(6, 20)  # F is 2 now
    assert room.orders == 1

    assert renewed(history, room, 6, 20) is None


def test_an_entry_that_holds_now_leaves_none() -> None:
    room, history = gained()
    history.order(6, 500)
    room = structs.replace(room, orders=PLENTY, spend_minor=400, scores=Scores(5, 1, 3))

    assert renewed(history, room, 6, 500) is None


def test_what_is_not_used_up_is_only_less() -> None:
    room, history = gained()
    room = structs.replace(room, orders=1, engagement=7, scores=Scores(5, 2, 1))
    history.order(30, 10).order(56, 20)

    found = renewed(history, room, 56, 20, engagement=3)

    assert found is not None
    assert (found.engagement, found.spend_minor) == (4, room.spend_minor - 20)


def test_the_last_that_is_left_is_not_used_up() -> None:
    room, history = gained()
    room = structs.replace(room, orders=1, spend_minor=21, scores=Scores(5, 2, 1))
    history.order(30, 10).order(56, 20)

    found = renewed(history, room, 56, 20)

    assert found is not None
    assert found.spend_minor == 1


def test_an_interaction_is_no_purchase_day() -> None:
    room, history = gained()
    room = structs.replace(room, purchase_days=3, engagement=1)

    found = renewed(history.interaction(5), room, 5, 0, engagement=1, orders=0)

    assert found == structs.replace(room, engagement=PLENTY)


def test_a_tier_that_is_held_is_waited_for_no_more() -> None:
    """Silver's 500 are reached; member asks for 800 of 10 days, M is 3 up to 700."""
    room, history = gained()
    room = structs.replace(room, orders=PLENTY, spend_minor=20, scores=Scores(5, 1, 3))
    history.order(6, 600).order(6, 20)
    state = standing.before_enrolment(history.facts, Life().policy)
    state = structs.replace(state, day=6, tiers=(state.tiers[0]._replace(tier=1), state.tiers[1]))

    found = headrooms.renewed(room, 1, 20, 0, state, history.facts, Life().policy)

    assert found is not None
    assert found.spend_minor == 700 + 1 - 630


@pytest.mark.parametrize(("loyal", "orders"), [(False, 3 - 1), (True, PLENTY)])
def test_loyalty_is_waited_for_until_it_is_there(loyal: bool, orders: int) -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    closed = life.customer.closed if life.customer else None
    assert closed is not None
    assert life.policy.lifecycle is not None
    entry, keep = (Measure("orders", Rolling(30), least) for least in (3, 2))
    policy = replace(life.policy, rfm=None, lifecycle=replace(life.policy.lifecycle, loyal_entry=entry, loyal_keep=keep))
    closed = structs.replace(closed, lifecycle=structs.replace(closed.lifecycle, loyal=loyal))

    found = headrooms.headroom(closed, History().order(5, 10).view(5), policy, 400)

    assert found is not None
    assert found.orders == orders


def test_a_threshold_that_is_far_off_leaves_plenty_and_no_more() -> None:
    """Rows keep headroom in four bytes; what a policy asks for may be more than they hold."""
    far = POLICY.replace(
        'measure = "spend_minor", window = "rolling 10", at_least = 800',
        'measure = "orders", window = "rolling 10", at_least = 1000000000000',
    )
    policy = Life(far).policy
    life = Life(far)
    life.meets(order_event(10, "o"), 5)
    room = of(life)
    assert room is not None
    assert room.engagement == PLENTY

    used_up = structs.replace(room, orders=1, scores=Scores(5, 5, 5))
    state = structs.replace(standing.before_enrolment(History().facts, policy), day=5)
    found = headrooms.renewed(used_up, 1, 10, 0, state, History().order(5, 10).facts, policy)

    assert found is not None
    assert found.orders == PLENTY
