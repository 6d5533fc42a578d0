"""A tier that was just reached: no check has failed, no term runs, nothing was lost before."""

from service.domain.tier_state import TierState


def test_a_tier_starts_with_nothing_held_against_it() -> None:
    state = TierState(2, 40)

    assert (state.failed, state.held_until, state.term_from, state.losses) == (0, None, 0, ())
