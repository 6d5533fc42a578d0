"""Announcements: every change of a name once, in one order, with its reason, its measures and its cause."""

from datetime import UTC, date, datetime

import pytest

from schemas.inbound import Event, Feedback
from schemas.outbound import (
    Cause,
    ChurnRiskChanged,
    KeepTier,
    LifecycleChanged,
    MeasureValue,
    Missing,
    NextTier,
    SegmentChanged,
    TierChanged,
    TierExpiring,
)
from tests.domain.histories import feedback_event, interaction_event, order_event, refund_event
from tests.domain.lives import Life, names, said


def test_enrolment_says_every_tier_then_segment_stage_and_level() -> None:
    assert names(Life().meets(order_event(900, "o"), 5)) == [
        "1 tier.changed.v1 silver enrolled",
        "2 tier.changed.v1 member enrolled",
        "3 segment.changed.v1 Promising order",
        "4 lifecycle.changed.v1 new order",
        "5 churn.risk-changed.v1 low order",
    ]


def test_enrolment_without_an_order_says_the_base_and_prospect() -> None:
    assert names(Life().meets(interaction_event("app-open", "i"), 5)) == [
        "1 tier.changed.v1 regular enrolled",
        "2 tier.changed.v1 guest enrolled",
        "3 lifecycle.changed.v1 prospect interaction",
    ]


def test_what_is_said_of_a_tier() -> None:
    life = Life()
    life.meets(interaction_event("app-open", "i"), 5)

    membership, club, *_ = said(life.meets(order_event(900, "o"), 7))

    cause = Cause(source="/till", id="e-o", type="order.paid.v1")
    assert membership == TierChanged(
        scheme="membership",
        from_tier="regular",
        to_tier="silver",
        direction="up",
        effective_on=date(1970, 1, 8),
        held_until=None,
        reason="order",
        measures=[
            MeasureValue(measure="spend_minor", window="rolling 30", value=900),
            MeasureValue(measure="orders", window="rolling 20", value=1),
        ],
        next=None,
        keep=KeepTier(
            check_on=date(1970, 2, 7),
            missing=Missing(
                need=1,
                of=[
                    Missing(measure="orders", window="rolling 20", missing=1),
                    Missing(measure="spend_minor", window="rolling 30", missing=900),
                ],
            ),
        ),
        policy="test@3",
        cause=cause,
    )
    assert isinstance(club, TierChanged)
    assert (club.to_tier, club.held_until, club.direction) == ("member", date(1970, 2, 6), "up")


def test_measures_over_the_term_are_left_out() -> None:
    [_, club, *_] = said(Life().meets(order_event(900, "o"), 7))

    assert isinstance(club, TierChanged)
    assert [(each.measure, each.window) for each in club.measures] == [
        ("spend_minor", "rolling 10"),
        ("spend_minor", "rolling 30"),
    ]


def test_measures_are_those_of_both_tiers_the_former_first() -> None:
    life = Life()
    life.meets(order_event(500, "o"), 5)

    lost = next(each for each in said(life.waits(60)) if isinstance(each, TierChanged))

    assert (lost.from_tier, lost.to_tier, lost.direction, lost.reason, lost.cause) == ("silver", "regular", "down", "time", None)
    assert [(each.measure, each.window) for each in lost.measures] == [("spend_minor", "rolling 30"), ("orders", "rolling 20")]
    assert isinstance(lost.next, NextTier)
    assert lost.keep is None


def test_what_is_said_of_a_segment() -> None:
    life = Life()
    life.meets(interaction_event("app-open", "i"), 5)

    segment = next(each for each in said(life.meets(order_event(400, "o"), 7)) if isinstance(each, SegmentChanged))

    assert segment == SegmentChanged(
        from_segment=None,
        to_segment="Promising",
        r=5,
        f=1,
        m=3,
        recency_days=0,
        orders=1,
        spend_minor=400,
        effective_on=date(1970, 1, 8),
        reason="order",
        policy="test@3",
        cause=Cause(source="/till", id="e-o", type="order.paid.v1"),
    )


def test_what_is_said_of_a_stage() -> None:
    life = Life()
    life.meets(order_event(400, "o"), 5)

    stage = next(each for each in said(life.waits(40)) if isinstance(each, LifecycleChanged))

    assert stage == LifecycleChanged(
        from_stage="new", to_stage="dormant", effective_on=date(1970, 2, 5), reason="time", policy="test@3", cause=None
    )


def test_what_is_said_of_a_level() -> None:
    life = Life()
    level = next(each for each in said(life.meets(order_event(400, "o"), 5)) if isinstance(each, ChurnRiskChanged))

    assert level == ChurnRiskChanged(
        from_level=None,
        to_level="low",
        direction=None,
        p_no_order=0.007959,
        horizon_days=30,
        days_since_last_order=0,
        typical_gap_days=10,
        expected_orders=43.773,
        expected_value_minor=86452,  # 43.772952 orders of (400 + 3 * 2500) / 4
        effective_on=date(1970, 1, 6),
        reason="order",
        policy="test@3",
        cause=Cause(source="/till", id="e-o", type="order.paid.v1"),
    )


def test_a_level_goes_up_and_down() -> None:
    life = Life()
    for day in range(6):
        life.meets(order_event(400, f"o-{day}"), day)

    up = [each for each in said(life.waits(60)) if isinstance(each, ChurnRiskChanged)]
    down = [each for each in said(life.meets(order_event(400, "p"), 60)) if isinstance(each, ChurnRiskChanged)]

    assert [each.direction for each in up] == ["up"] * len(up)
    assert [each.days_since_last_order for each in up] == [(each.effective_on - date(1970, 1, 6)).days for each in up]
    assert [each.to_level for each in up] == ["medium", "high"]
    assert [(each.direction, each.to_level) for each in down] == [("down", "low")]


def test_after_the_last_counted_order_is_refunded_there_is_no_segment_and_no_level() -> None:
    life = Life()
    life.meets(order_event(900, "o"), 5)

    *tiers, segment, stage, level = said(life.meets(refund_event(900, "r", of="o"), 5))

    assert [each.direction for each in tiers if isinstance(each, TierChanged)] == ["down", "down"]
    assert isinstance(segment, SegmentChanged)
    assert (segment.from_segment, segment.to_segment) == ("Promising", None)
    assert {segment.r, segment.f, segment.m, segment.recency_days, segment.orders, segment.spend_minor} == {None}
    assert isinstance(stage, LifecycleChanged)
    assert stage.to_stage == "prospect"
    assert isinstance(level, ChurnRiskChanged)
    assert (level.from_level, level.to_level, level.direction, level.horizon_days) == ("low", None, None, 30)
    numbers = {level.p_no_order, level.days_since_last_order, level.typical_gap_days, level.expected_orders}
    assert numbers | {level.expected_value_minor} == {None}


def test_a_notice_comes_once_and_before_the_loss() -> None:
    life = Life()
    life.meets(order_event(500, "o"), 5)

    waited = [each for each in life.waits(60) if each.type.startswith("tier.")]

    assert names(waited)[0].split()[1:] == ["tier.expiring.v1", "silver", "-"]
    assert [each.type for each in waited] == ["tier.expiring.v1", "tier.changed.v1"]
    assert waited[0].data == TierExpiring(
        scheme="membership",
        tier="silver",
        check_on=date(1970, 2, 5),  # the entry leaves its window on day 35
        missing=Missing(
            need=1,
            of=[
                Missing(measure="orders", window="rolling 20", missing=1),
                Missing(measure="spend_minor", window="rolling 30", missing=900),
            ],
        ),
        policy="test@3",
    )
    assert waited[0].time == datetime(1970, 2, 1, tzinfo=UTC)
    assert waited[1].time == datetime(1970, 2, 7, tzinfo=UTC)


def test_a_notice_comes_again_after_it_had_ceased() -> None:
    life = Life()
    life.meets(order_event(500, "o"), 5)
    first = [each.type for each in life.waits(33)]
    saved = [each.type for each in life.meets(order_event(1, "p"), 33)]
    again = [each.type for each in life.waits(50)]

    assert first.count("tier.expiring.v1") == 1
    assert "tier.expiring.v1" not in saved
    assert again.count("tier.expiring.v1") == 1


@pytest.mark.parametrize(
    ("event", "day", "reason", "type_"),
    [
        (order_event(900, "p"), 9, "order", "order.paid.v1"),
        (order_event(900, "p"), 7, "late-event", "order.paid.v1"),
        (refund_event(400, "r", of="o"), 9, "refund", "order.refunded.v1"),
        (refund_event(400, "r", of="o"), 8, "late-event", "order.refunded.v1"),
        (feedback_event(Feedback(kind="complaint", complaint_id="x"), "f"), 9, "complaint", "feedback.given.v1"),
        (feedback_event(Feedback(kind="rating", score=1), "f"), 9, "feedback", "feedback.given.v1"),
    ],
)
def test_the_reason_is_that_of_the_event(event: Event, day: int, reason: str, type_: str) -> None:
    life = Life()
    life.meets(order_event(400, "o"), 5)
    life.meets(interaction_event("app-open", "i"), 9)

    changed = life.meets(event, day)

    assert changed
    assert {each.data.reason for each in changed if not isinstance(each.data, TierExpiring)} == {reason}
    assert {each.data.cause.type for each in changed if not isinstance(each.data, TierExpiring) and each.data.cause} == {type_}
    assert {each.time for each in changed} == {event.time}


def test_a_resolution_lowers_the_level_again() -> None:
    life = Life()
    life.meets(order_event(400, "o"), 5)
    life.meets(feedback_event(Feedback(kind="complaint", complaint_id="x"), "f"), 6)

    assert names(life.meets(feedback_event(Feedback(kind="complaint-resolved", complaint_id="x"), "g"), 7)) == [
        "7 churn.risk-changed.v1 low complaint-resolved"
    ]


def test_ids_and_sequences_count_over_all_that_is_said_of_a_customer() -> None:
    life = Life()
    everything = [*life.meets(order_event(900, "o"), 5), *life.waits(90)]

    assert [each.sequence for each in everything] == list(range(1, len(everything) + 1))
    assert [each.id for each in everything] == [f"c-1:{each.sequence}" for each in everything]
    assert {each.subject for each in everything} == {"c-1"}


def test_nothing_is_said_when_no_name_changes() -> None:
    life = Life()
    life.meets(order_event(400, "o"), 5)

    assert life.meets(interaction_event("app-open", "i"), 6) == []
    assert life.waits(7) == []
