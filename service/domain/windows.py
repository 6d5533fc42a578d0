"""Windows that a measure is taken over, each with the text that the policy file and the announcements use."""

from service.domain.calendar import MOST_DAYS


class Worded:
    """A window is known by its text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        """As written in a policy."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Worded) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"<{self.text}>"


class Rolling(Worded):
    """The last `days` business days, the as-of day included."""

    __slots__ = ("days",)

    def __init__(self, days: int) -> None:
        super().__init__(f"rolling {days}")
        self.days = days

    @property
    def most_days(self) -> int:
        """How long it is; 365 days count as a calendar year, so that rules may go from one to the other."""
        return MOST_DAYS["year"] if self.days == 365 else self.days


class Calendar(Worded):
    """The calendar month, quarter or year that holds the as-of day."""

    __slots__ = ("period",)

    def __init__(self, period: str) -> None:
        super().__init__(f"calendar {period}")
        self.period = period

    @property
    def most_days(self) -> int:
        """How long it may be."""
        return MOST_DAYS[self.period]


class Lifetime(Worded):
    """Everything that is known."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("lifetime")


class Term(Worded):
    """The days of the present term of a tier; only in `keep` of a term hold."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("term")


Window = Rolling | Calendar | Lifetime | Term
