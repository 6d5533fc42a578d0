"""A customer's measures as one moment of one day sees them."""

from typing import TYPE_CHECKING, Final

from service.domain.calendar import NEVER, next_period_start, period_start
from service.domain.day_ledger import DayLedger
from service.domain.facts import MARGIN, ORDERS, SPEND, Facts
from service.domain.policy import Rhythm
from service.domain.windows import Calendar, Rolling, Term, Window

if TYPE_CHECKING:
    from service.domain.rfm import Scores

Weights = dict[str, int]
EVER: Final = -(1 << 40)
"""In the place of the first day of a window that has none."""
_COLUMNS: Final = {"orders": ORDERS, "spend_minor": SPEND, "margin_minor": MARGIN}
_PLACES: Final = {"orders": 0, "spend_minor": 1, "margin_minor": 2, "purchase_days": 3, "engagement": 4, "tenure_days": 5}


class View:
    """Windows end on `day`; what is known of days up to `known` counts.

    Opening: `known` is the day before. Closing: `known` is the day itself. `term_from` is the first day of the window "term".
    `scores` and `rhythm` are what rules have made of it, who ask for them again and again.
    """

    __slots__ = ("_values", "day", "facts", "known", "rhythm", "scores", "term_from", "weights")

    def __init__(self, facts: Facts, day: int, known: int, weights: Weights, term_from: int = 0) -> None:
        self.facts, self.day, self.known, self.weights, self.term_from = facts, day, known, weights, term_from
        self.scores: Scores | None = None
        self.rhythm: Rhythm | None = None
        self._values: dict[int, int] = {}

    def on(self, day: int) -> "View":
        """What is known now, as another day's windows would see it."""
        return View(self.facts, day, self.known, self.weights, self.term_from)

    def in_term(self, term_from: int) -> "View":
        """The same moment within a term."""
        return View(self.facts, self.day, self.known, self.weights, term_from)

    def value(self, measure: str, window: Window | None) -> int:
        """A measure over a window; spend and margin are never below 0."""
        first = self._first_day(window)
        key = first * len(_PLACES) + _PLACES[measure]  # of an int, for a tuple takes three times as long to be found
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = self._value(measure, first)
        return value

    def _value(self, measure: str, first: int) -> int:
        if measure == "tenure_days":
            since = self.facts.purchases.first_day(self.known)
            return 0 if since is None else self.day - since
        facts = self.facts
        if measure == "spend_minor":
            return max(0, self._total(facts.purchases, SPEND, first) - self._total(facts.debits, 0, first))
        if measure == "purchase_days":
            return self._days(first)
        if measure == "engagement":
            return self._engagement(first)
        return max(0, self._total(facts.purchases, _COLUMNS[measure], first))

    def flips_on(self, measure: str, window: Window | None, at_least: int) -> int:
        """A day after this one, no later than the first on which `value >= at_least` changes if nothing happens.

        Asked of a closing: all that is known counts.
        """
        return min(NEVER, self._flips_on(measure, window, at_least)) if at_least > 0 else NEVER

    def _flips_on(self, measure: str, window: Window | None, at_least: int) -> int:
        holds = self.value(measure, window) >= at_least
        if measure == "tenure_days":
            first = self.facts.purchases.first_day(self.known)
            return NEVER if holds or first is None else first + at_least
        if isinstance(window, Calendar):
            return next_period_start(self.day, window.period) if holds else NEVER
        if not isinstance(window, Rolling):
            return NEVER
        return self._rolling_flip(measure, window.days, at_least, holds=holds)

    def _first_day(self, window: Window | None) -> int:
        """The first day of a window, or EVER."""
        if isinstance(window, Rolling):
            return self.day - window.days + 1
        if isinstance(window, Calendar):
            return period_start(self.day, window.period)
        return self.term_from if isinstance(window, Term) else EVER

    def _engagement(self, first: int) -> int:
        total = 0
        for kind, weight in self.weights.items():
            ledger = self.facts.interactions.get(kind)
            if ledger is not None:
                total += weight * self._total(ledger, 0, first)
        return total

    def _total(self, ledger: DayLedger, column: int, first: int) -> int:
        if first == EVER:
            return ledger.up_to(column, self.known)
        return ledger.between(column, first, self.known)

    def _days(self, first: int) -> int:
        purchases = self.facts.purchases
        return purchases.days_up_to(self.known) if first == EVER else purchases.days_between(first, self.known)

    def _rolling_flip(self, measure: str, days: int, at_least: int, *, holds: bool) -> int:
        purchases, first = self.facts.purchases, self.day - days + 1
        if measure == "engagement":
            series = [self.facts.interactions[kind] for kind in self.weights if kind in self.facts.interactions]
            return _next_expiry(series, first, days) if holds else NEVER
        debits = self.facts.debits
        if measure == "margin_minor" or (measure == "spend_minor" and debits.days_between(first, self.known)):
            return _next_expiry([purchases, debits], first, days)
        if not holds:
            return NEVER
        if measure == "purchase_days":
            return purchases.day_of_rank(purchases.days_up_to(self.known) - at_least) + days
        column = _COLUMNS[measure]
        return purchases.day_reaching(column, purchases.up_to(column, self.known) - at_least + 1) + days


def _next_expiry(series: list[DayLedger], first: int, days: int) -> int:
    """The first day on which something leaves a rolling window that now begins on `first`."""
    expiries = (ledger.next_day(first - 1) for ledger in series)
    return min((day + days for day in expiries if day is not None), default=NEVER)
