"""Control records: what the service itself writes into its log."""

from typing import Literal

from msgspec import Struct

from schemas.inbound import Time
from schemas.profile import Profile


class Tick(Struct, kw_only=True):
    """The wall clock when the tick was written."""

    at: Time


class Activation(Struct, kw_only=True):
    """A policy as a whole, and the random id of the log it is written into."""

    name: str
    version: int
    log_id: str
    sha256: str
    text: str


class ClockTicked(Struct, kw_only=True, tag_field="type", tag="clock.ticked.v1"):
    """Time passed."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    time: Time
    data: Tick


class PolicyActivated(Struct, kw_only=True, tag_field="type", tag="policy.activated.v1"):
    """From here on these rules apply; the first record of every partition of the log."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    time: Time
    data: Activation


class Release(Struct, kw_only=True, omit_defaults=True):
    """The row that takes the place of the one in quarantine (base64), and what the world has been told of the customer."""

    row: bytes
    published: Profile | None = None
    """His published profile; null: what the row says."""
    former: str | None = None
    """The text of the policy that the profile was made under."""


class CustomerReleased(Struct, kw_only=True, tag_field="type", tag="customer.released.v1"):
    """A customer leaves quarantine; nothing when he is in none."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    time: Time
    data: Release


class Erasure(Struct, kw_only=True):
    """What a customer's announcements must not be numbered by again, should he come back."""

    sequence: int = 0
    """Of his published profile; 0: none was published."""


class CustomerErased(Struct, kw_only=True, tag_field="type", tag="customer.erased.v1"):
    """A customer is forgotten; what of his happened before, and comes after it, is nobody's."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    time: Time
    data: Erasure


Control = ClockTicked | PolicyActivated | CustomerReleased | CustomerErased
