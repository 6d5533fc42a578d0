"""What a tier scheme carries from day to day."""

from typing import NamedTuple


class TierState(NamedTuple):
    """A tier and how it is held; days are business days."""

    tier: int
    """Index in the scheme's tiers, base first."""
    since: int
    failed: int = 0
    """On how many successive checks keep has failed (rolling hold)."""
    held_until: int | None = None
    """The last day of the term (term hold, above the base)."""
    term_from: int = 0
    """The first day that counts in the window "term"."""
    losses: tuple[int, ...] = ()
    """The days of the latest losses."""
