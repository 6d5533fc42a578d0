"""Announcements: the difference in names between the standing last announced and the standing now."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.inbound import AppInteraction, Event, FeedbackGiven, OrderPaid, OrderRefunded
from schemas.outbound import Announcement, Cause, Reason, SegmentChanged, TierChanged
from service.domain import conditions
from service.domain.calendar import date_of
from service.domain.policy import Policy
from service.domain.rfm import NO_FIGURES, figures
from service.domain.standing import State
from service.domain.tier_outlook import keep_distance, next_distance
from service.domain.view import View

_REASONS: dict[type[Event], Reason] = {
    OrderPaid: "order",
    OrderRefunded: "refund",
    AppInteraction: "interaction",
    FeedbackGiven: "feedback",
}
_TYPES = {
    OrderPaid: "order.paid.v1",
    OrderRefunded: "order.refunded.v1",
    AppInteraction: "app.interaction.v1",
    FeedbackGiven: "feedback.given.v1",
}


class Names(NamedTuple):
    """What has been announced of a customer: a tier a scheme, and the segment."""

    tiers: tuple[int, ...]
    segment: str | None


def names(state: State) -> Names:
    """The names in a standing."""
    return Names(tuple(tier.tier for tier in state.tiers), state.segment.segment)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What made the standing be derived again."""

    reason: Reason
    time: datetime
    """The event's time, or the midnight of the due day."""
    cause: Cause | None = None


def by_event(event: Event, *, late: bool) -> Occasion:
    """An event; `late` when its day lies before the as-of day."""
    reason: Reason = "late-event" if late else _event_reason(event)
    return Occasion(reason, event.time, Cause(source=event.source, id=event.id, type=_TYPES[type(event)]))


def _event_reason(event: Event) -> Reason:
    if isinstance(event, FeedbackGiven) and (event.data.kind == "complaint" or event.data.kind == "complaint-resolved"):
        return event.data.kind
    return _REASONS[type(event)]


def announcements(
    customer_id: str, sequence: int, before: Names | None, now: State, view: View, policy: Policy, occasion: Occasion
) -> list[Announcement]:
    """What is to be said, numbered from `sequence` + 1; `before` is None at enrolment.

    Order: the schemes as in the file, then the segment.
    """
    said: list[TierChanged | SegmentChanged] = []
    for number in range(len(policy.schemes)):
        tier_before = None if before is None else before.tiers[number]
        if tier_before != now.tiers[number].tier:
            said.append(_tier_changed(number, tier_before, now, view, policy, occasion))
    segment_before = None if before is None else before.segment
    if segment_before != now.segment.segment:
        said.append(_segment_changed(segment_before, now, view, policy, occasion))
    return [
        Announcement(
            id=f"{customer_id}:{sequence + number}",
            subject=customer_id,
            time=occasion.time,
            sequence=sequence + number,
            type=data.TYPE,
            data=data,
        )
        for number, data in enumerate(said, start=1)
    ]


def _tier_changed(number: int, before: int | None, now: State, view: View, policy: Policy, occasion: Occasion) -> TierChanged:
    scheme, state = policy.schemes[number], now.tiers[number]
    from_tier = None if before is None else scheme.tiers[before]
    to_tier = scheme.tiers[state.tier]
    tiers = [tier for tier in (from_tier, to_tier) if tier is not None]
    return TierChanged(
        scheme=scheme.name,
        from_tier=from_tier.name if from_tier else None,
        to_tier=to_tier.name,
        direction="enrolled" if before is None else "up" if state.tier > before else "down",
        effective_on=date_of(view.day),
        held_until=None,
        reason="enrolled" if before is None else occasion.reason,
        measures=conditions.measured([each for tier in tiers for each in (tier.entry, tier.keep)], view),
        next=next_distance(state, view, scheme),
        keep=keep_distance(state, view, scheme),
        policy=policy.label,
        cause=occasion.cause,
    )


def _segment_changed(before: str | None, now: State, view: View, policy: Policy, occasion: Occasion) -> SegmentChanged:
    shown = figures(view, policy.rfm) if policy.rfm and now.segment.segment is not None else NO_FIGURES
    return SegmentChanged(
        from_segment=before,
        to_segment=now.segment.segment,
        r=shown.r,
        f=shown.f,
        m=shown.m,
        recency_days=shown.recency_days,
        orders=shown.orders,
        spend_minor=shown.spend_minor,
        effective_on=date_of(view.day),
        reason=occasion.reason,
        policy=policy.label,
        cause=occasion.cause,
    )
