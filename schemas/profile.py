"""The profile: a customer's whole standing, as it is published on the compacted topic and kept in Redis."""

from datetime import date
from typing import Literal

from msgspec import Struct

from schemas.inbound import Time
from schemas.outbound import KeepTier, NextTier


class Totals(Struct):
    """Lifetime totals."""

    orders: int
    spend_minor: int
    purchase_days: int
    first_order_on: date | None
    last_order_on: date | None
    average_order_minor: int | None


class Rfm(Struct):
    """Recency, frequency, monetary value in the policy's window; all None without a counted order."""

    recency_days: int | None
    orders: int | None
    spend_minor: int | None
    purchase_days: int | None
    r: int | None
    f: int | None
    m: int | None
    segment: str | None


class TierStanding(Struct):
    """Where a customer stands in one scheme."""

    tier: str
    since: date
    held_until: date | None
    next: NextTier | None
    keep: KeepTier | None


class Lifecycle(Struct):
    """The stage and the days on which silence would change it."""

    stage: str
    since: date
    typical_gap_days: float
    dormant_on: date | None
    churned_on: date | None


class Churn(Struct):
    """How likely no order is in the next `horizon_days`."""

    level: str
    p_no_order: float
    horizon_days: int
    expected_orders: float
    expected_value_minor: int


class Profile(Struct, kw_only=True):
    """Names are always current; numbers are as of `as_of`."""

    as_of: date
    policy: str
    sequence: int
    position: int
    totals: Totals
    rfm: Rfm | None
    tiers: dict[str, TierStanding]
    lifecycle: Lifecycle | None
    churn: Churn | None
    engagement: dict[str, int]
    open_complaints: int


class ProfileEvent(Struct, kw_only=True):
    """The envelope of a profile."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: Literal["/tiering"] = "/tiering"
    type: Literal["customer.profile.v1"] = "customer.profile.v1"
    subject: str
    time: Time
    datacontenttype: Literal["application/json"] = "application/json"
    data: Profile
