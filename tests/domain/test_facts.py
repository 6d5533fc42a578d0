"""Facts: a merge of observations, in whichever order they arrive."""

from dataclasses import replace

import pytest

from schemas.inbound import Event, Feedback
from service.domain.facts import MOST_EVENT_IDS, Facts, Recognition
from tests.domain.histories import FRAME, WEIGHTS, History, feedback_event, interaction_event, order_event, refund_event


def test_an_order_is_spent_on_its_day() -> None:
    history = History().order(3, 500, margin=200).order(3, 100)

    assert history.purchases() == {3: (2, 600, 200)}


@pytest.mark.parametrize("refund_first", [False, True])
def test_a_refund_takes_from_the_order_of_its_day_whichever_arrives_first(refund_first: bool) -> None:
    history = History()
    if refund_first:
        history.refund(9, 400, of="o").order(3, 1000, "o", margin=300)
    else:
        history.order(3, 1000, "o", margin=300).refund(9, 400, of="o")

    assert history.purchases() == {3: (1, 600, 180)}
    assert history.debits() == {}


def test_a_refund_before_its_order_is_a_debit_until_then() -> None:
    assert History().refund(9, 400, of="o").debits() == {9: 400}


def test_partial_refunds_add_up_to_a_full_one() -> None:
    history = History().order(3, 1000, "o").refund(4, 400, of="o").refund(5, 600, of="o")

    assert history.purchases() == {}


def test_partial_refunds_that_came_first_add_up_too() -> None:
    history = History().refund(4, 400, of="o").refund(5, 600, of="o").order(3, 1000, "o")

    assert (history.purchases(), history.debits()) == ({}, {})


def test_a_margin_is_rounded_once_from_all_refunds() -> None:
    history = History().order(3, 1000, "o", margin=-100).refund(4, 100, of="o").refund(5, 233, of="o")

    assert history.purchases() == {3: (1, 667, -67)}


@pytest.mark.parametrize(("day", "linked"), [(2, False), (3, True), (33, True), (34, False)])
@pytest.mark.parametrize("refund_first", [False, True])
def test_a_refund_reaches_back_over_the_horizon_only(day: int, linked: bool, refund_first: bool) -> None:
    history = History()
    if refund_first:
        history.refund(day, 400, of="o").order(3, 1000, "o")
    else:
        history.order(3, 1000, "o").refund(day, 400, of="o")

    assert history.purchases() == {3: (1, 600 if linked else 1000, 0)}
    assert history.debits() == ({} if linked else {day: 400})


def test_a_refund_without_an_order_is_a_debit_of_its_day() -> None:
    history = History().order(3, 1000, "o").refund(9, 400)

    assert (history.purchases(), history.debits()) == ({3: (1, 1000, 0)}, {9: 400})


def test_a_refund_of_0_takes_back_an_order_of_0() -> None:
    assert History().order(3, 0, "o").refund(4, 0, of="o").purchases() == {}


def test_a_refund_of_0_of_no_known_order_is_no_debit() -> None:
    history = History().refund(4, 0, of="o")
    assert history.debits() == {}

    assert history.order(3, 0, "o").purchases() == {}


def test_orders_of_0_are_no_purchases_where_the_policy_says_so() -> None:
    assert History(replace(FRAME, count_zero_orders=False)).order(3, 0, margin=5).purchases() == {}
    assert History().order(3, 0, margin=5).purchases() == {3: (1, 0, 5)}


@pytest.mark.parametrize(("refund_on", "changed"), [(9, 3), (40, 40)])
def test_a_refund_changes_the_day_of_its_order(refund_on: int, changed: int) -> None:
    assert History().order(3, 1000, "o").refund(refund_on, 400, of="o").changed == changed


def test_an_order_changes_its_own_day() -> None:
    assert History().refund(9, 400, of="o").order(3, 1000, "o").changed == 3


def test_an_earlier_event_moves_the_enrolment_back() -> None:
    history = History(enrolled_on=10).interaction(12).interaction(7)

    assert history.facts.enrolled_on == 7


def test_interactions_are_counted_by_kind_and_day() -> None:
    facts = History().interaction(3).interaction(3).interaction(4).interaction(3, "share").facts

    assert {kind: list(ledger.columns[0]) for kind, ledger in facts.interactions.items()} == {"app-open": [2, 1], "share": [1]}


def test_the_days_of_all_sources_come_in_order_and_once() -> None:
    history = History().order(2).refund(4, 1).interaction(6).complaint(8, "x").rating(10, 5).resolution(12, "x").order(6)

    assert history.facts.days_after(-1) == [2, 4, 6, 8, 10, 12]
    assert history.facts.days_after(6) == [8, 10, 12]


@pytest.mark.parametrize(
    ("event", "again"),
    [
        (order_event(100, "o"), order_event(100, "o")),
        (refund_event(100, "r"), refund_event(100, "r")),
        (interaction_event("share", "i"), interaction_event("share", "i")),
        (feedback_event(Feedback(kind="nps", score=3), "f"), interaction_event("share", "f")),
    ],
)
def test_an_id_is_new_then_a_repeat_or_a_conflict(event: object, again: object) -> None:
    facts = Facts(0)
    assert facts.recognise(event, 7, 5, FRAME) is Recognition.NEW  # type: ignore[arg-type]

    facts.fold(event, 5, 7, FRAME)  # type: ignore[arg-type]

    assert facts.recognise(again, 7, 5, FRAME) is Recognition.REPEAT  # type: ignore[arg-type]
    assert facts.recognise(again, 8, 5, FRAME) is Recognition.CONFLICT  # type: ignore[arg-type]


def test_orders_refunds_and_events_have_ids_of_their_own() -> None:
    facts = History().order(5, 100, "same").facts

    assert facts.recognise(refund_event(100, "same"), 9, 5, FRAME) is Recognition.NEW
    assert facts.recognise(interaction_event("share", "same"), 9, 5, FRAME) is Recognition.NEW


@pytest.mark.parametrize(("as_of", "recognition"), [(95, Recognition.REPEAT), (96, Recognition.NEW)])
def test_orders_and_refunds_are_recognised_for_lateness_and_horizon(as_of: int, recognition: Recognition) -> None:
    facts = History().order(5, 100, "o").refund(5, 100, id="r").facts

    assert facts.recognise(order_event(100, "o"), 1, as_of, FRAME) is recognition
    assert facts.recognise(refund_event(100, "r"), 1, as_of, FRAME) is recognition


@pytest.mark.parametrize(("as_of", "recognition"), [(65, Recognition.REPEAT), (66, Recognition.NEW)])
def test_other_events_are_recognised_for_lateness(as_of: int, recognition: Recognition) -> None:
    facts = History().interaction(5).facts

    assert facts.recognise(interaction_event("app-open", "n-1"), 1, as_of, FRAME) is recognition


def test_forgetting_ids_keeps_those_within_their_bounds() -> None:
    facts = History().order(5, 100, "o").refund(5, 1, id="r").interaction(35).facts

    facts.forget_ids(95, FRAME)
    assert [len(each) for each in (facts.orders.orders, facts.orders.refunds, facts.events)] == [1, 1, 1]

    facts.forget_ids(96, FRAME)
    assert [len(each) for each in (facts.orders.orders, facts.orders.refunds, facts.events)] == [0, 0, 0]


def test_forgetting_keeps_totals_and_drops_days() -> None:
    history = History().order(5, 300).refund(6, 50).interaction(7).rating(8, 1).order(50, 200)

    history.facts.forget(30, 60, FRAME)

    facts = history.facts
    assert history.purchases() == {50: (1, 200, 0)}
    assert facts.purchases.up_to(1, 50) == 500
    assert facts.debits.up_to(0, 50) == 50
    assert facts.interactions["app-open"].up_to(0, 50) == 1
    assert list(facts.ratings.days) == []


def test_forgetting_keeps_complaints_for_their_resolution_is_final() -> None:
    history = History().complaint(5, "a").resolution(6, "a")

    history.facts.forget(30, 60, FRAME)

    assert history.complaint(50, "a").facts.complaints.open(55) == []


def test_too_many_event_ids_drop_the_oldest_day_and_bound_lateness() -> None:
    history = History()
    for number in range(MOST_EVENT_IDS):
        history.interaction(10 if number < 2 else 12)
    assert (len(history.facts.events), history.facts.not_before) == (MOST_EVENT_IDS, -(1 << 30))

    history.interaction(13)

    assert len(history.facts.events) == MOST_EVENT_IDS - 1
    assert history.facts.not_before == 12


def test_too_many_event_ids_of_one_day_close_that_day() -> None:
    history = History()
    for _ in range(MOST_EVENT_IDS + 1):
        history.interaction(10)

    assert (len(history.facts.events), history.facts.not_before) == (0, 11)


def test_too_many_event_ids_drop_one_day_and_no_more() -> None:
    history = History()
    for day in (10, 11, *[12] * (MOST_EVENT_IDS - 1)):
        history.interaction(day)

    assert list(history.facts.events.days)[:2] == [11, 12]
    assert history.facts.not_before == 11


def test_events_of_different_sources_are_different() -> None:
    facts = History().interaction(5).facts
    elsewhere = interaction_event("app-open", "n-1")
    elsewhere.source = "/web"

    assert facts.recognise(interaction_event("app-open", "n-1"), 1, 5, FRAME) is Recognition.REPEAT
    assert facts.recognise(elsewhere, 1, 5, FRAME) is Recognition.NEW


def test_the_gains_of_a_day_weigh_what_the_policy_weighs() -> None:
    history = History().order(5, 300).order(5, 200).order(6, 900)
    history.interaction(5, "share").interaction(5).interaction(5, "not-weighted").interaction(6)

    assert history.facts.gains(5, WEIGHTS) == (2, 500, 4)
    assert history.facts.gains(7, WEIGHTS) == (0, 0, 0)


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (order_event(100, "p"), True),
        (refund_event(100, "r", of="o"), False),
        (refund_event(100, "r"), False),
        (interaction_event("share", "i"), False),
        (feedback_event(Feedback(kind="nps", score=3), "f"), False),
    ],
)
def test_an_order_alone_leaves_what_is_packed_of_everything_else(event: Event, kept: bool) -> None:
    history = History().order(5, 300, "o")
    history.facts.packed = b"row"

    history.fold(event, 6)

    assert (history.facts.packed == b"row") is kept


def test_an_order_that_takes_a_waiting_refund_changes_what_is_packed() -> None:
    history = History().refund(5, 100, of="o")
    history.facts.packed = b"row"

    history.order(5, 100, "other")
    assert history.facts.packed == b"row"

    history.order(5, 100, "o")
    assert history.facts.packed is None


@pytest.mark.parametrize(
    ("event", "kept"),
    [(order_event(100, "p"), True), (interaction_event("share", "i"), True), (refund_event(100, "r"), False)],
)
def test_forgetting_ids_changes_what_is_packed_when_a_refund_goes(event: Event, kept: bool) -> None:
    facts = History().fold(event, 5).facts
    facts.packed = b"row"

    facts.forget_ids(50, FRAME)
    assert facts.packed == b"row"

    facts.forget_ids(500, FRAME)
    assert (facts.packed == b"row") is kept


@pytest.mark.parametrize(("as_of", "next_day"), [(16, 24), (17, 24), (23, 24), (24, 32)])
def test_ids_are_dropped_every_eight_days(as_of: int, next_day: int) -> None:
    assert Facts(0).forgets_on(as_of) == next_day


@pytest.mark.parametrize("count_zero_orders", [True, False])
@pytest.mark.parametrize("known", [0, 1, 3])
def test_many_orders_at_once_are_folded_as_one_by_one(known: int, count_zero_orders: bool) -> None:
    frame = replace(FRAME, count_zero_orders=count_zero_orders)
    orders = [(3, 900, 2), (5, 10, 0), (5, 0, 1), (5, 300, 9), (8, 70_000, 4), (9, 0, 0)]
    numbered = [(b"order" + bytes([number]), 513 + number, *order) for number, order in enumerate(orders)]
    one_by_one, at_once = Facts(1), Facts(1)
    for facts, there in ((one_by_one, numbered), (at_once, numbered[:known])):
        for short, mark, day, paid, margin in there:
            facts.add_order(short, mark, day, paid, margin, frame)

    rest = [(short + mark.to_bytes(2, "little"), day, paid, margin) for short, mark, day, paid, margin in numbered[known:]]
    at_once.add_orders(rest, frame)

    for one, other in ((one_by_one.orders.orders, at_once.orders.orders), (one_by_one.purchases, at_once.purchases)):
        assert (one.days, one.columns) == (other.days, other.columns)
    assert one_by_one.orders.orders.cells == at_once.orders.orders.cells
