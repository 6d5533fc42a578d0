"""Windows that a measure is taken over, each with the text that the policy file and the announcements use."""

from typing import NamedTuple


class Rolling(NamedTuple):
    """The last `days` business days, the as-of day included."""

    days: int

    @property
    def text(self) -> str:
        """As written in a policy."""
        return f"rolling {self.days}"


class Calendar(NamedTuple):
    """The calendar month, quarter or year that holds the as-of day."""

    period: str

    @property
    def text(self) -> str:
        """As written in a policy."""
        return f"calendar {self.period}"


class Lifetime(NamedTuple):
    """Everything that is known."""

    text: str = "lifetime"


class Term(NamedTuple):
    """The days of the present term of a tier; only in `keep` of a term hold."""

    text: str = "term"


Window = Rolling | Calendar | Lifetime | Term
