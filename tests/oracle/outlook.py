"""What a tier lacks: to the next one, and to be kept."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.oracle.days import DAY
from tests.oracle.ladder import Held, Scheme, is_check, is_term, keeps, may_lose
from tests.oracle.measures import Moment, asked, missing

PERIOD = {"calendar month": 31, "calendar quarter": 92, "calendar year": 366}


class Keep(NamedTuple):
    """When a tier is in danger, what is missing then, and whether it is in grace."""

    check_on: date | None
    missing: dict[str, Any] | None
    in_grace: bool


def next_tier(scheme: Scheme, held: Held, moment: Moment) -> dict[str, Any] | None:
    """The next higher tier and what is missing for it."""
    if held.tier + 1 == len(scheme["tier"]):
        return None
    higher = scheme["tier"][held.tier + 1]
    return {"tier": higher["name"], "missing": missing(higher["entry"], moment)}


def keep(scheme: Scheme, held: Held, moment: Moment) -> Keep | None:
    """None for the base; `moment` is the end of the as-of day."""
    if held.tier == 0:
        return None
    return _term(scheme, held, moment.of_term(held.term_from)) if is_term(scheme) else _rolling(scheme, held, moment)


def _term(scheme: Scheme, held: Held, moment: Moment) -> Keep:
    condition, until = scheme["tier"][held.tier]["keep"], held.held_until
    assert until is not None
    if moment.day <= until:
        return Keep(until + DAY, missing(condition, moment.on(until)), in_grace=False)
    lost = max(moment.day + DAY, until + timedelta(days=scheme["hold"]["grace_days"] + 1))
    while not may_lose(scheme, held, lost):
        lost += DAY
    return Keep(lost, missing(condition, moment), in_grace=True)


def _rolling(scheme: Scheme, held: Held, moment: Moment) -> Keep:
    condition, day = scheme["tier"][held.tier]["keep"], moment.day
    if held.failed and not keeps(scheme, held.tier, moment):
        checks = 0
        while True:
            day += DAY
            checks += is_check(scheme, day)
            if is_check(scheme, day) and held.failed + checks > scheme["hold"]["grace_days"] and may_lose(scheme, held, day):
                return Keep(day, missing(condition, moment), in_grace=True)
    for _ in range(_horizon(scheme["tier"][held.tier])):
        day += DAY
        if is_check(scheme, day) and not keeps(scheme, held.tier, moment.on(day)):
            return Keep(day, missing(condition, moment.on(day)), in_grace=False)
    return Keep(None, None, in_grace=False)


def _horizon(tier: dict[str, Any]) -> int:
    """Days after which nothing that is known today is in a window any more, and a first of a month has passed."""
    windows = [window or "" for _, window in asked(tier["entry"]) + asked(tier["keep"])]
    lengths = [int(window.split()[1]) if window.startswith("rolling") else PERIOD.get(window, 0) for window in windows]
    return max(lengths) + 62


def is_expiring(scheme: Scheme, held: Held, moment: Moment) -> Keep | None:
    """The coming check of a tier that will be lost if nothing happens, once the notice has begun."""
    coming = keep(scheme, held, moment)
    if not scheme["notice_days"] or coming is None or coming.in_grace or coming.check_on is None or coming.missing is None:
        return None
    return coming if (coming.check_on - moment.day).days <= scheme["notice_days"] else None
