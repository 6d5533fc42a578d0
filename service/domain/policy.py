"""A policy: what the rules are, typed, after every value of its file has been checked.

What follows from the values is computed when a policy is made: in machine code a `cached_property` is computed every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from service.domain.calendar import MOST_DAYS
from service.domain.windows import Calendar, Rolling, Window


@dataclass(frozen=True)
class Frame:
    """What is fixed when a log is created."""

    time_zone: str
    currency: str
    late_days: int = 90
    refund_horizon_days: int = 90
    keep_days: int = 400
    settle_minutes: int = 120
    count_zero_orders: bool = True

    zone: ZoneInfo = field(init=False, repr=False, compare=False)
    """The time zone of business days."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", ZoneInfo(self.time_zone))


USUAL_FRAME = Frame(time_zone="UTC", currency="XXX")
"""Has the values that a policy file need not give. Zone and currency it must: XXX is ISO 4217's code for no currency."""


@dataclass(frozen=True, slots=True)
class RfmRules:
    """How recency, orders and spend are scored: four growing cut points each."""

    window_days: int
    recency_days: tuple[int, ...]
    orders: tuple[int, ...]
    spend_minor: tuple[int, ...]
    settle_days: int = 21
    window: Rolling = field(init=False, repr=False, compare=False)
    """Of so many days."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", Rolling(self.window_days))


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure over a window that reaches a value; `window` is None only for tenure_days."""

    measure: str
    window: Window | None
    at_least: int


@dataclass(frozen=True, slots=True)
class Group:
    """`need` of the parts hold: all of them, any, or at least k."""

    need: int
    of: tuple["Condition", ...]


Condition = Measure | Group


@dataclass(frozen=True, slots=True)
class RollingHold:
    """Keep is asked at every check; a tier is lost after more than `grace_days` failed ones."""

    grace_days: int = 0
    check: Literal["daily", "month-start"] = "daily"


@dataclass(frozen=True, slots=True)
class TermHold:
    """A tier is held for a term (exactly one of the three) and asked for at its end."""

    months: int | None = None
    days: int | None = None
    calendar_year: bool = False
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class MaxDowngrades:
    """At most `count` losses in so many days or months."""

    count: int
    days: int | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier; the base has no conditions, `keep` is the entry condition unless the file says otherwise."""

    name: str
    entry: Condition | None = None
    keep: Condition | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """Ordered tiers, base first, judged on their own."""

    name: str
    tiers: tuple[Tier, ...]
    hold: RollingHold | TermHold
    on_loss: Literal["one-down", "recalculated", "to-base"] = "one-down"
    max_downgrades: MaxDowngrades | None = None
    notice_days: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """After how many typical gaps without a purchase, within bounds in days."""

    gaps: Decimal
    min_days: int
    max_days: int


class Rhythm(NamedTuple):
    """A customer's typical gap and what follows from it, in days."""

    typical_gap_days: int | float
    """A whole number is published as one: 7, not 7.0."""
    dormant_after: int
    churned_after: int


@dataclass(frozen=True, slots=True)
class LifecycleRules:
    """When a customer is dormant, churned, loyal, won back."""

    typical_gap_days: int = 21
    dormant: Pace = Pace(Decimal("3.0"), 21, 120)
    churned: Pace = Pace(Decimal("6.0"), 60, 365)
    loyal_entry: Condition | None = None
    loyal_keep: Condition | None = None
    won_back_days: int = 90
    rhythms: dict[int, Rhythm] = field(init=False, repr=False, compare=False, default_factory=dict)
    """By twice the typical gap: kept by the lifecycle, which computes them."""


@dataclass(frozen=True)
class ChurnRules:
    """The parameters of the churn model and its levels; see SPEC and the model's own page for the formulas."""

    horizon_days: int = 30
    tau_days: float = 45.0
    r: float = 0.594
    alpha_days: float = 0.1
    omega: float = 0.0032
    kappa: float = 0.47
    thresholds: dict[str, float] = field(default_factory=lambda: {"medium": 0.35, "high": 0.6, "critical": 0.85}, hash=False)
    margin: float = 0.15
    floors: dict[str, str] = field(default_factory=lambda: {"dormant": "medium", "churned": "high"}, hash=False)
    mean_order_minor: int = 2500
    weight: float = 3.0
    unhappy_score: int = 2
    unhappy_days: int = 14
    complaint_days: int = 30

    entered_at: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """The probability from which each level above low is entered."""
    kept_at: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """The probability down to which each level above low is kept."""
    bounds: dict[tuple[int, int, int], float] = field(init=False, repr=False, compare=False)
    """What p is surely below for customers who are about alike: kept by the churn model, which computes it."""

    def __post_init__(self) -> None:
        entered_at = tuple(self.thresholds.values())
        object.__setattr__(self, "entered_at", entered_at)
        object.__setattr__(self, "kept_at", tuple([threshold - self.margin for threshold in entered_at]))
        object.__setattr__(self, "bounds", {})


@dataclass(frozen=True, eq=False)
class Policy:
    """All rules of one version, compared by identity; `text` is the file as it was read."""

    name: str
    version: int
    frame: Frame
    rfm: RfmRules | None
    schemes: tuple[Scheme, ...]
    lifecycle: LifecycleRules | None
    churn: ChurnRules | None
    engagement: dict[str, int] = field(hash=False)
    text: str

    label: str = field(init=False, repr=False)
    """As announcements and profiles name it."""
    longest_window: int = field(init=False, repr=False)
    """The most days back that any rule looks."""
    asks_for_margin: bool = field(init=False, repr=False)
    """Whether a condition asks for the margin, the one measure that a purchase can lower."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", f"{self.name}@{self.version}")
        object.__setattr__(self, "longest_window", longest_window(self).days)
        object.__setattr__(self, "asks_for_margin", any(leaf.measure == "margin_minor" for leaf in _leaves(self)))


class LongestWindow(NamedTuple):
    """The most days back that any rule looks, and as what it is known."""

    days: int
    name: str


def longest_window(policy: Policy) -> LongestWindow:
    """Lifetime needs no days, for totals are kept; a calendar quarter and the 90 days of a profile are always kept."""
    found = [LongestWindow(MOST_DAYS["quarter"], "calendar quarter")]
    if policy.rfm is not None:
        found.append(LongestWindow(policy.rfm.window.most_days, "rfm.window_days"))
    if policy.churn is not None:
        found.append(LongestWindow(policy.churn.unhappy_days, "churn.unhappy_days"))
    windows = (leaf.window for leaf in _leaves(policy))
    found += [LongestWindow(each.most_days, each.text) for each in windows if isinstance(each, Rolling | Calendar)]
    return max(found)


def _leaves(policy: Policy) -> Iterator[Measure]:
    """The measures of all conditions."""
    conditions = [each for scheme in policy.schemes for tier in scheme.tiers for each in (tier.entry, tier.keep)]
    if policy.lifecycle is not None:
        conditions += [policy.lifecycle.loyal_entry, policy.lifecycle.loyal_keep]
    while conditions:
        condition = conditions.pop()
        if isinstance(condition, Group):
            conditions += condition.of
        elif condition is not None:
            yield condition
