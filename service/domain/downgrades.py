"""The downgrade pace: how often a tier may be lost."""

from service.domain.calendar import NEVER, months_later
from service.domain.policy import MaxDowngrades, Scheme
from service.domain.tier_state import TierState

REMEMBERED = 4
"""So many losses are known whatever the limit: one that a new version of the policy adds or raises counts them too. Few
programmes allow more; of a limit with a greater `count` the losses before the new version are not all known."""


def allowed_from(state: TierState, scheme: Scheme) -> int:
    """The first day on which one more loss is allowed.

    A loss on `day` is one too many while `count` earlier losses are younger than the limit: day - loss < days, or day is
    before the same day of the month that many months after the loss. So the count-th newest loss decides.
    """
    limit = scheme.max_downgrades
    if limit is None or len(state.losses) < limit.count:
        return -NEVER
    loss = state.losses[-limit.count]
    return months_later(loss, limit.months) if limit.months is not None else loss + (limit.days or 0)


def with_loss(losses: tuple[int, ...], day: int, limit: MaxDowngrades | None) -> tuple[int, ...]:
    """The losses that are still worth knowing after one more: those that the limit counts, and REMEMBERED at least."""
    most = REMEMBERED if limit is None else max(limit.count, REMEMBERED)
    return (*losses, day)[-most:]
