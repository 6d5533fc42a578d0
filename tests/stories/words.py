"""An announcement in one line, as a marketer would note it down."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from schemas.outbound import (
    Announcement,
    ChurnRiskChanged,
    LifecycleChanged,
    Missing,
    SegmentChanged,
    TierChanged,
    TierExpiring,
)


def line(announcement: Announcement, zone: ZoneInfo) -> str:
    """For example "2025-03-07 membership: regular -> gold (order), held until 2026-03-06"."""
    match announcement.data:
        case TierChanged() as tier:
            held = f", held until {tier.held_until}" if tier.held_until else ""
            return f"{tier.effective_on} {tier.scheme}: {tier.from_tier or 'none'} -> {tier.to_tier} ({tier.reason}){held}"
        case TierExpiring() as tier:
            told_on = announcement.time.astimezone(zone).date()
            return f"{told_on} {tier.scheme}: {tier.tier} expires on {tier.check_on} unless {_unless(tier.missing)}"
        case SegmentChanged() as segment:
            return _change(segment, "segment", segment.from_segment, segment.to_segment)
        case LifecycleChanged() as stage:
            return _change(stage, "stage", stage.from_stage, stage.to_stage)
        case ChurnRiskChanged() as risk:
            return _change(risk, "risk", risk.from_level, risk.to_level)


def _change(data: SegmentChanged | LifecycleChanged | ChurnRiskChanged, noun: str, before: str | None, now: str | None) -> str:
    return f"{data.effective_on} {noun}: {before or 'none'} -> {now or 'none'} ({data.reason})"


def _unless(missing: Missing | None) -> str:
    if missing is None:
        return "nothing"  # a tier that lacks nothing does not expire
    if missing.of is None:
        return _measure(missing)
    parts = [_unless(part) for part in missing.of]
    if len(parts) == 1:
        return parts[0]
    if missing.need == len(parts):
        return " and ".join(parts)
    return " or ".join(parts) if missing.need == 1 else f"{missing.need} of {', '.join(parts)}"


def _measure(part: Missing) -> str:
    how_much = _AMOUNT.get(part.measure or "", str)(part.missing or 0)
    window = f" in {part.window}" if part.window else ""
    return f"{how_much} more {_NOUN.get(part.measure or '', part.measure)}{window}"


def _money(minor: int) -> str:
    return f"{minor / 100:.2f}"


_AMOUNT: dict[str, Callable[[int], str]] = {"spend_minor": _money, "margin_minor": _money}
_NOUN = {"spend_minor": "spend", "margin_minor": "margin", "purchase_days": "purchase days", "tenure_days": "days as a customer"}
