"""What the service says: every change of a name, with the reason and the measures that decided."""

from datetime import date
from typing import ClassVar, Literal

from msgspec import Struct

from schemas.inbound import Time

Reason = Literal[
    "enrolled",
    "policy",
    "rebuild",
    "time",
    "late-event",
    "order",
    "refund",
    "interaction",
    "complaint",
    "complaint-resolved",
    "feedback",
]


class Cause(Struct):
    """The event that led to a change."""

    source: str
    id: str
    type: str


class MeasureValue(Struct, omit_defaults=True, kw_only=True):
    """A measure that a tier's conditions ask for, and its value."""

    measure: str
    window: str | None = None
    value: int


class Missing(Struct, omit_defaults=True, kw_only=True):
    """What is missing for a condition: a group (`need`, `of`) or a measure (`measure`, `window`, `missing`; 0: it suffices)."""

    need: int | None = None
    of: list["Missing"] | None = None
    measure: str | None = None
    window: str | None = None
    missing: int | None = None


class NextTier(Struct):
    """The next higher tier and what is missing for it."""

    tier: str
    missing: Missing | None


class KeepTier(Struct):
    """When the tier is next in danger, and what is missing then."""

    check_on: date | None
    missing: Missing | None


class TierChanged(Struct):
    """A customer's tier in one scheme changed."""

    TYPE: ClassVar[str] = "tier.changed.v1"

    scheme: str
    from_tier: str | None
    to_tier: str
    direction: Literal["enrolled", "up", "down"] | None
    effective_on: date
    held_until: date | None
    reason: Reason
    measures: list[MeasureValue]
    next: NextTier | None
    keep: KeepTier | None
    policy: str
    cause: Cause | None


class TierExpiring(Struct):
    """A tier will be lost at `check_on` unless something happens."""

    TYPE: ClassVar[str] = "tier.expiring.v1"

    scheme: str
    tier: str
    check_on: date
    missing: Missing | None
    policy: str


class SegmentChanged(Struct):
    """A customer's RFM segment changed."""

    TYPE: ClassVar[str] = "segment.changed.v1"

    from_segment: str | None
    to_segment: str | None
    r: int | None
    f: int | None
    m: int | None
    recency_days: int | None
    orders: int | None
    spend_minor: int | None
    effective_on: date
    reason: Reason
    policy: str
    cause: Cause | None


class LifecycleChanged(Struct):
    """A customer's lifecycle stage changed."""

    TYPE: ClassVar[str] = "lifecycle.changed.v1"

    from_stage: str | None
    to_stage: str
    effective_on: date
    reason: Reason
    policy: str
    cause: Cause | None


class ChurnRiskChanged(Struct):
    """A customer's churn risk changed its level."""

    TYPE: ClassVar[str] = "churn.risk-changed.v1"

    from_level: str | None
    to_level: str | None
    direction: Literal["up", "down"] | None
    p_no_order: float | None
    horizon_days: int
    days_since_last_order: int | None
    typical_gap_days: float | None
    expected_orders: float | None
    expected_value_minor: int | None
    effective_on: date
    reason: Reason
    policy: str
    cause: Cause | None


Said = TierChanged | TierExpiring | SegmentChanged | LifecycleChanged | ChurnRiskChanged
SAID: tuple[type[Said], ...] = (TierChanged, TierExpiring, SegmentChanged, LifecycleChanged, ChurnRiskChanged)


class Head(Struct, kw_only=True):
    """The envelope of everything that is said about a customer; `sequence` counts 1, 2, 3, ... per customer."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: Literal["/tiering"] = "/tiering"
    type: str
    subject: str
    time: Time
    sequence: int
    datacontenttype: Literal["application/json"] = "application/json"


class Announcement(Head, kw_only=True):
    """What is published: the envelope with its data."""

    data: Said
