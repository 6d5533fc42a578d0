"""Windows that a measure is taken over, each with the text that the policy file and the announcements use."""

from typing import NamedTuple

from service.domain.calendar import MOST_DAYS


class Rolling(NamedTuple):
    """The last `days` business days, the as-of day included."""

    days: int

    @property
    def text(self) -> str:
        """As written in a policy."""
        return f"rolling {self.days}"

    @property
    def most_days(self) -> int:
        """How long it is; 365 days count as a calendar year, so that rules may go from one to the other."""
        return MOST_DAYS["year"] if self.days == 365 else self.days


class Calendar(NamedTuple):
    """The calendar month, quarter or year that holds the as-of day."""

    period: str

    @property
    def text(self) -> str:
        """As written in a policy."""
        return f"calendar {self.period}"

    @property
    def most_days(self) -> int:
        """How long it may be."""
        return MOST_DAYS[self.period]


class Lifetime(NamedTuple):
    """Everything that is known."""

    text: str = "lifetime"


class Term(NamedTuple):
    """The days of the present term of a tier; only in `keep` of a term hold."""

    text: str = "term"


Window = Rolling | Calendar | Lifetime | Term
