"""Announcements: the difference in names between the standing last announced and the standing now."""

from typing import Literal

from schemas.outbound import Announcement, ChurnRiskChanged, LifecycleChanged, Said, SegmentChanged, TierChanged, TierExpiring
from service.domain import churn, conditions
from service.domain.calendar import date_of
from service.domain.churn import LEVELS
from service.domain.lifecycle import rhythm
from service.domain.names import Names
from service.domain.occasion import Occasion
from service.domain.policy import ChurnRules, LifecycleRules, Policy, Scheme
from service.domain.rfm import NO_FIGURES, figures
from service.domain.state import State
from service.domain.tier_outlook import expiring, keep_distance, next_distance
from service.domain.tier_state import TierState
from service.domain.view import View


def announcements(
    customer_id: str, sequence: int, before: Names, now: Names, state: State, view: View, policy: Policy, occasion: Occasion
) -> list[Announcement]:
    """What is to be said, numbered from `sequence` + 1.

    Order: the schemes as in the file (a change, then a notice), segment, stage, level.
    """
    return [
        Announcement(
            id=f"{customer_id}:{number}",
            subject=customer_id,
            time=occasion.time,
            sequence=number,
            type=data.TYPE,
            data=data,
        )
        for number, data in enumerate(_said(before, now, state, view, policy, occasion), start=sequence + 1)
    ]


def _said(before: Names, now: Names, state: State, view: View, policy: Policy, occasion: Occasion) -> list[Said]:
    said: list[Said] = []
    for number, scheme in enumerate(policy.schemes):
        held = state.tiers[number]
        if before.tiers[number] != now.tiers[number]:
            said.append(_tier_changed(scheme, before.tiers[number], held, view, policy, occasion))
        if now.expiring[number] is not None and before.expiring[number] != now.expiring[number]:
            said.append(_tier_expiring(scheme, held, view, policy))
    if before.segment != now.segment:
        said.append(_segment_changed(before.segment, now.segment, view, policy, occasion))
    if before.stage != now.stage and now.stage is not None:
        said.append(_stage_changed(before.stage, now.stage, view, policy, occasion))
    if before.level != now.level:
        said.append(_level_changed(before.level, now.level, state, view, policy, occasion))
    return said


def _tier_changed(
    scheme: Scheme, before: str | None, held: TierState, view: View, policy: Policy, occasion: Occasion
) -> TierChanged:
    to_tier = scheme.tiers[held.tier]
    conditions_ = [to_tier.entry, to_tier.keep]
    for tier in scheme.tiers:
        if tier.name == before:
            conditions_ = [tier.entry, tier.keep, *conditions_]
    return TierChanged(
        scheme=scheme.name,
        from_tier=before,
        to_tier=to_tier.name,
        direction=_direction(scheme, before, held.tier, occasion.former),
        effective_on=date_of(view.day),
        held_until=None if held.held_until is None else date_of(held.held_until),
        reason="enrolled" if before is None else occasion.reason,
        measures=conditions.measured(conditions_, view),
        next=next_distance(held, view, scheme),
        keep=keep_distance(held, view, scheme),
        policy=policy.label,
        cause=occasion.cause,
    )


def _direction(scheme: Scheme, before: str | None, tier: int, former: Policy | None) -> Literal["enrolled", "up", "down"]:
    """Up or down the ladder; from a tier that new rules have taken away, up or down the ladder that had it."""
    if before is None:
        return "enrolled"
    ladder = new = [each.name for each in scheme.tiers]
    if before not in new:
        ladder = next([each.name for each in old.tiers] for old in (former.schemes if former else ()) if old.name == scheme.name)
    now = ladder.index(new[tier]) if new[tier] in ladder else tier
    return "up" if now > ladder.index(before) else "down"


def _tier_expiring(scheme: Scheme, held: TierState, view: View, policy: Policy) -> TierExpiring:
    notice = expiring(held, view, scheme)
    if notice is None or notice.check_on is None:
        raise AssertionError(f"{scheme.name}: a notice without a check")
    return TierExpiring(
        scheme=scheme.name,
        tier=scheme.tiers[held.tier].name,
        check_on=notice.check_on,
        missing=notice.missing,
        policy=policy.label,
    )


def _segment_changed(before: str | None, now: str | None, view: View, policy: Policy, occasion: Occasion) -> SegmentChanged:
    shown = figures(view, policy.rfm) if policy.rfm and now is not None else NO_FIGURES
    return SegmentChanged(
        from_segment=before,
        to_segment=now,
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


def _stage_changed(before: str | None, now: str, view: View, policy: Policy, occasion: Occasion) -> LifecycleChanged:
    return LifecycleChanged(
        from_stage=before,
        to_stage=now,
        effective_on=date_of(view.day),
        reason=occasion.reason,
        policy=policy.label,
        cause=occasion.cause,
    )


def _level_changed(
    before: str | None, now: str | None, state: State, view: View, policy: Policy, occasion: Occasion
) -> ChurnRiskChanged:
    rules = policy.churn or ChurnRules()
    changed = ChurnRiskChanged(
        from_level=before,
        to_level=now,
        direction=None,
        p_no_order=None,
        horizon_days=rules.horizon_days,
        days_since_last_order=None,
        typical_gap_days=None,
        expected_orders=None,
        expected_value_minor=None,
        effective_on=date_of(view.day),
        reason=occasion.reason,
        policy=policy.label,
        cause=occasion.cause,
    )
    if now is not None:
        outlook = churn.current(state.churn, view, rules)
        changed.p_no_order = round(outlook.p_no_order, 6)
        changed.expected_orders = round(outlook.expected_orders, 4)
        changed.expected_value_minor = churn.expected_value_minor(outlook.expected_orders, view, rules)
        changed.days_since_last_order = view.day - state.churn.last
        changed.typical_gap_days = rhythm(view, policy.lifecycle or LifecycleRules(), view.known).typical_gap_days
    if before is not None and now is not None:
        changed.direction = "up" if LEVELS.index(now) > LEVELS.index(before) else "down"
    return changed
