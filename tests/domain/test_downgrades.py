"""The downgrade pace: so many losses in so many days or months."""

from datetime import date

import pytest

from service.domain.calendar import NEVER, day_number
from service.domain.downgrades import allowed_from, with_loss
from service.domain.policy import MaxDowngrades, RollingHold, Scheme, Tier
from service.domain.tier_state import TierState


def scheme(limit: MaxDowngrades | None) -> Scheme:
    return Scheme("membership", (Tier("regular"),), RollingHold(), max_downgrades=limit)


@pytest.mark.parametrize(
    ("limit", "losses", "day"),
    [
        (None, (100,), -NEVER),
        (MaxDowngrades(1, days=90), (), -NEVER),
        (MaxDowngrades(1, days=90), (100,), 190),  # 190 - 100 < 90 no longer holds
        (MaxDowngrades(2, days=90), (100,), -NEVER),
        (MaxDowngrades(2, days=90), (100, 150), 190),
        (MaxDowngrades(2, days=90), (50, 100, 150), 190),
    ],
)
def test_from_when_one_more_loss_is_allowed(limit: MaxDowngrades | None, losses: tuple[int, ...], day: int) -> None:
    assert allowed_from(TierState(1, 0, losses=losses), scheme(limit)) == day


def test_months_end_on_the_same_day_of_the_month_clipped() -> None:
    loss = day_number(date(2024, 1, 31))

    allowed = allowed_from(TierState(1, 0, losses=(loss,)), scheme(MaxDowngrades(1, months=1)))

    assert allowed == day_number(date(2024, 2, 29))


@pytest.mark.parametrize(
    ("limit", "most"),
    [(None, 4), (MaxDowngrades(2, days=90), 4), (MaxDowngrades(4, days=90), 4), (MaxDowngrades(6, months=1), 6)],
)
def test_the_latest_losses_are_remembered_for_a_limit_to_come(limit: MaxDowngrades | None, most: int) -> None:
    losses: tuple[int, ...] = ()
    for day in range(10):
        losses = with_loss(losses, day, limit)
        assert losses == tuple(range(day + 1))[-most:]
