"""One tier scheme of one customer, moment by moment."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.oracle.days import DAY, months_later, term_end
from tests.oracle.measures import Moment, holds

Scheme = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """The tier that is held; `held_until` and `term_from` only in a term."""

    tier: int
    since: date
    held_until: date | None = None
    term_from: date | None = None
    """The first day of the window `term`."""
    failed: int = 0
    losses: tuple[date, ...] = ()


def is_term(scheme: Scheme) -> bool:
    """Whether tiers are held for terms."""
    return bool(scheme["hold"]["kind"] == "term")


def keeps(scheme: Scheme, tier: int, moment: Moment) -> bool:
    """Whether keep of a tier holds; in a rolling hold entry will do too."""
    rules = scheme["tier"][tier]
    return holds(rules["keep"], moment) or (not is_term(scheme) and holds(rules["entry"], moment))


def is_check(scheme: Scheme, day: date) -> bool:
    """Whether a rolling hold asks on this day."""
    return bool(scheme["hold"]["check"] == "daily") or day.day == 1


def may_lose(scheme: Scheme, held: Held, day: date) -> bool:
    """Whether one more loss is allowed on a day."""
    most = scheme["max_downgrades"]
    if most is None:
        return True
    if "days" in most:
        recent = [loss for loss in held.losses if (day - loss).days < most["days"]]
    else:
        recent = [loss for loss in held.losses if day < months_later(loss, most["months"])]
    return len(recent) < int(most["count"])


def opening(scheme: Scheme, held: Held, moment: Moment) -> Held:
    """Midnight: renewal or loss, then upgrade."""
    moment = moment.of_term(held.term_from)
    if held.tier:
        held = _term_opening(scheme, held, moment) if is_term(scheme) else _rolling_opening(scheme, held, moment)
    return _upgrade(scheme, held, moment)


def closing(scheme: Scheme, held: Held, moment: Moment) -> Held:
    """All that is known of a day: renewal in grace, then upgrade."""
    moment = moment.of_term(held.term_from)
    if held.tier and held.held_until is not None and moment.day > held.held_until and keeps(scheme, held.tier, moment):
        held = _renewed(scheme, held, moment.day, in_grace=True)
    return _upgrade(scheme, held, moment)


def _term_opening(scheme: Scheme, held: Held, moment: Moment) -> Held:
    day, until = moment.day, held.held_until
    assert until is not None
    if day <= until:
        return held
    if day == until + DAY and keeps(scheme, held.tier, moment.end_of(until)):
        return _renewed(scheme, held, day, in_grace=False)
    if (day - until).days > scheme["hold"]["grace_days"] and may_lose(scheme, held, day):
        return _lost(scheme, held, moment)
    return _renewed(scheme, held, day, in_grace=True) if keeps(scheme, held.tier, moment) else held


def _rolling_opening(scheme: Scheme, held: Held, moment: Moment) -> Held:
    if moment.day <= held.since or not is_check(scheme, moment.day):
        return held
    if keeps(scheme, held.tier, moment):
        return replace(held, failed=0)
    held = replace(held, failed=held.failed + 1)
    if held.failed > scheme["hold"]["grace_days"] and may_lose(scheme, held, moment.day):
        return _lost(scheme, held, moment)
    return held


def _renewed(scheme: Scheme, held: Held, day: date, *, in_grace: bool) -> Held:
    until = term_end(scheme["hold"], day, upgrade=False)
    return replace(held, held_until=until, term_from=day + DAY if in_grace else day)


def _lost(scheme: Scheme, held: Held, moment: Moment) -> Held:
    day, tier = moment.day, held.tier - 1
    if scheme["on_loss"] == "to-base":
        tier = 0
    if scheme["on_loss"] == "recalculated":
        asked = moment.end_of(day - DAY) if is_term(scheme) else moment
        tier = next((lower for lower in range(held.tier - 1, 0, -1) if keeps(scheme, lower, asked)), 0)
    losses = (*held.losses, day)
    if tier == 0 or not is_term(scheme):
        return Held(tier, day, losses=losses)
    return Held(tier, day, term_end(scheme["hold"], day, upgrade=False), day, losses=losses)


def _upgrade(scheme: Scheme, held: Held, moment: Moment) -> Held:
    for tier in range(len(scheme["tier"]) - 1, held.tier, -1):
        if holds(scheme["tier"][tier]["entry"], moment):
            held = Held(tier, moment.day, losses=held.losses)
            if is_term(scheme):
                until = term_end(scheme["hold"], moment.day, upgrade=True)
                held = replace(held, held_until=until, term_from=moment.day + DAY)
            return held
    return held
