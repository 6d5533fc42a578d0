"""What the demo says and shows."""

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from schemas.outbound import Announcement, MeasureValue, TierChanged
from service.demo import journey, screen
from service.demo.board import Board
from service.demo.words import in_words, money
from service.domain.policy_file import parse_policy

POLICY = parse_policy((Path(__file__).parents[2] / "service" / "policies" / "coffee.toml").read_text(encoding="utf-8"))


def change(from_tier: str | None, to_tier: str, *measures: MeasureValue, direction: str = "up") -> Announcement:
    """A change of the membership of c-1."""
    data = TierChanged(
        scheme="membership",
        from_tier=from_tier,
        to_tier=to_tier,
        direction=direction,  # type: ignore[arg-type]
        effective_on=date(2024, 5, 1),
        held_until=None,
        reason="order",
        measures=list(measures),
        next=None,
        keep=None,
        policy="coffee@1",
        cause=None,
    )
    return Announcement(id="c-1:2", type=data.TYPE, subject="c-1", time=datetime.now(UTC), sequence=2, data=data)


def test_upwards_the_measure_that_suffices_is_named() -> None:
    spent = MeasureValue(measure="spend_minor", window="rolling 365", value=49_999)
    ordered = MeasureValue(measure="orders", window="rolling 90", value=21)

    assert in_words(change("silver", "gold", spent, ordered), POLICY) == (
        "c-1 silver -> gold: 21 orders in the last 90 days, 20 needed"
    )


def test_downwards_the_measure_that_fails_is_named() -> None:
    spent = MeasureValue(measure="spend_minor", window="rolling 365", value=39_999)

    assert in_words(change("gold", "silver", spent, direction="down"), POLICY) == (
        "c-1 gold -> silver: spent ¥399.99 in the last 365 days, ¥400.00 needed"
    )


def test_a_newcomer_joins() -> None:
    assert in_words(change(None, "regular", direction="enrolled"), POLICY) == "c-1 joins as regular"


@pytest.mark.parametrize(("currency", "text"), [("USD", "$1,234.50"), ("SEK", "1,234.50 SEK")])
def test_money_has_its_sign_or_its_code(currency: str, text: str) -> None:
    assert money(123_450, currency) == text


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 36), (200, 60)])
def test_the_screen_fits_the_terminal(width: int, height: int) -> None:
    board = Board(30_589, sent=10, checks=["one", "two", "three", "four"])
    board.changes.extend((f"hh-{number} silver -> gold: " + "x" * 300, True) for number in range(20))
    console = Console(width=width, file=StringIO(), record=True)
    console.print(screen.picture(board, POLICY, width, height))

    lines = console.export_text().splitlines()

    assert max(map(len, lines)) <= width
    assert len(lines) <= max(height, 27)


def test_the_recount_agrees_with_the_published_truth_where_both_are_known() -> None:
    counted = journey.recount()

    assert len(counted) == 469
    for cut in journey.CUTS:
        for customer_id, figures in journey.truth(cut).items():
            assert counted[customer_id].orders >= figures.orders
