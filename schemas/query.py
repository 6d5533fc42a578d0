"""What the query answers over HTTP."""

from msgspec import Struct

from schemas.inbound import Time
from schemas.profile import Profile


class CustomerFound(Struct):
    """A customer's whole standing, as published last before `read_to` at the earliest."""

    customer_id: str
    read_to: Time
    """All that was published of the customer until then is in it."""
    data: Profile


class Problem(Struct):
    """Why there is no such answer (RFC 9457)."""

    title: str
    status: int
    detail: str
