"""A tier change in words: "hh-1001 silver -> gold: spent $512.40 in the last 365 days, $500.00 needed"."""

from schemas.outbound import Announcement, MeasureValue, TierChanged
from service.domain.conditions import leaves
from service.domain.policy import Measure, Policy
from service.domain.windows import Calendar, Rolling, Window

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}


def in_words(announcement: Announcement, policy: Policy) -> str:
    """One line; the measure that decided, or the plainest of them."""
    change = announcement.data
    if not isinstance(change, TierChanged):
        raise TypeError(f"{announcement.type} is no tier change")
    if change.from_tier is None:
        return f"{announcement.subject} joins as {change.to_tier}"
    decided = _decided(change, policy)
    why = f": {_measure_in_words(*decided, policy.frame.currency)}" if decided else ""
    return f"{announcement.subject} {change.from_tier} -> {change.to_tier}{why}"


def _decided(change: TierChanged, policy: Policy) -> tuple[Measure, int] | None:
    """Upwards a measure that suffices for the new tier, downwards one that does not for the old."""
    tiers = {tier.name: tier for scheme in policy.schemes if scheme.name == change.scheme for tier in scheme.tiers}
    up = change.direction == "up"
    tier = tiers[change.to_tier if up else change.from_tier or ""]
    values = {(value.measure, value.window): value for value in change.measures}
    for leaf in leaves(tier.entry if up else tier.keep):
        found: MeasureValue | None = values.get((leaf.measure, leaf.window.text if leaf.window else None))
        if found is not None and (found.value >= leaf.at_least) == up:
            return leaf, found.value
    return None


def _measure_in_words(leaf: Measure, value: int, currency: str) -> str:
    window = _window_in_words(leaf.window)
    if leaf.measure in ("spend_minor", "margin_minor"):
        verb = "spent" if leaf.measure == "spend_minor" else "left a margin of"
        return f"{verb} {money(value, currency)}{window}, {money(leaf.at_least, currency)} needed"
    if leaf.measure == "tenure_days":
        return f"a customer for {value} days, {leaf.at_least} needed"
    noun = {"orders": "orders", "purchase_days": "days with an order", "engagement": "points for engagement"}[leaf.measure]
    return f"{value} {noun}{window}, {leaf.at_least} needed"


def _window_in_words(window: Window | None) -> str:
    if isinstance(window, Rolling):
        return f" in the last {window.days} days"
    if isinstance(window, Calendar):
        return f" this {window.period}"
    return ""


def money(minor: int, currency: str) -> str:
    """An amount with its sign or code, in units of which 100 minor ones make one."""
    sign = _SIGNS.get(currency)
    amount = f"{minor / 100:,.2f}"
    return f"{sign}{amount}" if sign else f"{amount} {currency}"
