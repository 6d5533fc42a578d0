"""One customer: enrolled, brought on by time, changed by events, in full or the short way."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from schemas.inbound import Event, Feedback
from service.domain import standing
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.domain.headroom import PLENTY, Headroom
from service.domain.standing import closing_view
from tests.domain.histories import feedback_event, interaction_event, order_event, refund_event
from tests.domain.lives import POLICY as TEXT
from tests.domain.lives import Life, enrolled, every_day, names, of, to


def test_a_customer_is_enrolled_with_nothing_known() -> None:
    policy = Life().policy

    customer = Customer.enrolled("c-1", 5, policy)

    assert (customer.id, customer.version, customer.as_of, customer.facts.enrolled_on) == ("c-1", 3, 5, 5)
    assert customer.opened == standing.opening(standing.before_enrolment(customer.facts, policy), 5, customer.facts, policy)
    assert (customer.closings.anchor, customer.announced, customer.headroom, customer.closed) == (None, None, None, None)
    assert (customer.sequence, customer.position, customer.due, customer.closings.checkpoints) == (0, -1, NEVER, ())
    assert customer.packed is None


def test_the_first_event_says_every_name_numbered_from_1() -> None:
    life = Life()

    assert names(life.meets(order_event(10, "o"), 5)) == [
        "1 tier.changed.v1 regular enrolled",
        "2 tier.changed.v1 guest enrolled",
        "3 segment.changed.v1 New Customers order",
        "4 lifecycle.changed.v1 new order",
        "5 churn.risk-changed.v1 low order",
    ]


def test_numbers_go_on() -> None:
    life = enrolled()

    assert [each.sequence for each in life.meets(order_event(900, "o"), 6)] == [6, 7, 8, 9]
    assert of(life).sequence == 9


def test_nothing_is_said_twice() -> None:
    life = enrolled()

    assert life.meets(interaction_event("app-open", "i"), 5) == []
    assert of(life).sequence == 5


def test_time_brings_a_customer_to_the_opening_of_a_day() -> None:
    life = enrolled()

    life.waits(60)

    assert of(life).as_of == 60
    assert of(life).opened == every_day(of(life), life.policy)


def test_time_says_each_change_at_the_midnight_of_its_own_day() -> None:
    life = enrolled()

    said = life.waits(200)

    assert [each.time for each in said] == sorted(each.time for each in said)
    assert {(each.time.hour, each.time.minute) for each in said} == {(0, 0)}
    assert {each.data.reason for each in said if hasattr(each.data, "reason")} == {"time"}
    assert ("dormant", datetime(1970, 2, 5, tzinfo=UTC)) in [(to(each.data), each.time) for each in said]  # 30 days after the 6th


def test_a_change_on_the_very_day_is_said() -> None:
    told, early = enrolled(), enrolled()

    assert "dormant" in [to(each.data) for each in told.waits(35)]
    assert "dormant" not in [to(each.data) for each in early.waits(34)]
    assert "dormant" in [to(each.data) for each in early.waits(35)]


def test_time_that_has_passed_changes_nothing() -> None:
    life = enrolled()
    life.waits(60)

    assert life.waits(60) == []
    assert of(life).as_of == 60


def test_a_day_that_time_is_due_on_is_opened_once() -> None:
    """1 March is the first check that fails: silver's spend has left the 30 days, and no order came since."""
    life = Life(TEXT.replace('kind = "rolling", grace_days = 2', 'kind = "rolling", check = "month-start", grace_days = 2'))
    life.meets(order_event(900, "o"), 5)

    life.waits(59)

    assert (of(life).opened.tiers[0].tier, of(life).opened.tiers[0].failed) == (1, 1)


def test_going_in_steps_says_what_going_at_once_says() -> None:
    steps, leap = enrolled(), enrolled()

    said = [each for day in range(6, 300) for each in steps.waits(day)]

    assert [(each.time, each.data) for each in said] == [(each.time, each.data) for each in leap.waits(299)]
    assert of(steps).opened == of(leap).opened


def frequent() -> Life:
    """An order a day, from day 5 to 9."""
    life = enrolled()
    for day in range(6, 10):
        life.meets(order_event(10, f"o-{day}"), day)
    return life


def test_an_order_that_changes_no_name_takes_the_short_way() -> None:
    life = frequent()
    room = of(life).headroom
    assert room is not None

    assert life.meets(order_event(10, "o"), 10) == []

    left = of(life).headroom
    assert left is not None
    taken = {"orders": room.orders - 1, "purchase_days": room.purchase_days - 1, "spend_minor": room.spend_minor - 10}
    assert left == structs.replace(room, **taken)


def test_the_short_way_leaves_the_closing_and_the_day_on_which_to_look_again() -> None:
    life = frequent()

    life.meets(order_event(10, "o"), 10)

    customer = of(life)
    view = closing_view(10, customer.facts, life.policy)
    full = standing.closing(customer.opened, view, life.policy)
    assert customer.closed == full
    assert 10 < customer.due <= standing.outlook(full, view, life.policy).changes_on


def test_an_interaction_takes_from_the_headroom_by_its_weight() -> None:
    life = Life(TEXT.replace("app-open = 1", "app-open = 7"))
    life.meets(order_event(10, "o"), 5)
    room = of(life).headroom
    assert room is not None

    life.meets(interaction_event("app-open", "i"), 5)
    life.meets(interaction_event("share", "j"), 5)

    assert of(life).headroom == structs.replace(room, engagement=room.engagement - 7)


def test_an_interaction_takes_nothing_else_from_the_headroom() -> None:
    life = frequent()
    room = of(life).headroom
    assert room is not None

    life.meets(interaction_event("app-open", "i"), 9)

    assert of(life).headroom == structs.replace(room, engagement=room.engagement - 1)


def with_room(**left: int) -> tuple[Life, Headroom]:
    """Somebody frequent, who may still gain so much of some measures."""
    life = frequent()
    room = of(life).headroom
    assert room is not None
    of(life).headroom = room = structs.replace(room, **left)
    return life, room


def test_an_order_that_uses_up_the_headroom_has_that_measured_anew() -> None:
    """M is 1 up to a spend of 100, and 50 were spent before."""
    life, room = with_room(orders=3, purchase_days=20, spend_minor=10)

    life.meets(order_event(10, "o"), 9)

    assert of(life).headroom == structs.replace(room, orders=2, purchase_days=19, spend_minor=101 - 60)


def test_an_interaction_that_uses_up_the_headroom_has_that_measured_anew() -> None:
    life, room = with_room(orders=3, purchase_days=20, engagement=1)

    life.meets(interaction_event("app-open", "i"), 9)

    assert of(life).headroom == structs.replace(room, engagement=PLENTY)


@pytest.mark.parametrize(
    "event",
    [
        refund_event(5, "r", of="first"),
        feedback_event(Feedback(kind="rating", score=1), "f"),
        feedback_event(Feedback(kind="complaint", complaint_id="x"), "f"),
    ],
)
def test_refunds_and_feedback_are_derived_in_full(event: Event) -> None:
    life = enrolled()
    assert of(life).headroom is not None
    before = of(life).closed

    life.meets(event, 5)

    full = standing.closing(of(life).opened, closing_view(5, of(life).facts, life.policy), life.policy)
    assert of(life).closed == full
    assert of(life).closed is not before


def test_an_order_that_is_not_small_is_derived_in_full() -> None:
    life = enrolled()

    assert "silver" in [to(each.data) for each in life.meets(order_event(500, "o"), 6)]


def test_the_profile_is_that_of_the_closing() -> None:
    life = enrolled(cents=900)

    found = of(life).profile(life.policy, 17)

    assert (found.position, found.sequence, found.policy) == (17, of(life).sequence, "test@3")
    assert (found.totals.spend_minor, found.tiers["membership"].tier) == (900, "silver")


def test_the_profile_knows_the_day_itself_after_time_has_passed() -> None:
    life = enrolled()
    life.waits(40)

    assert of(life).profile(life.policy, 0).as_of.isoformat() == "1970-02-10"
