"""How far something has come, by looks at a count."""

import asyncio
from collections.abc import Iterator

import pytest
from rich.console import Console

from tests.performance import progress
from tests.performance.interleaved import Turn, interleaved
from tests.performance.progress import calm, follow
from tests.performance.tables import markdown, spread, tenths


class Counting:
    """A count that goes through these values and stays at the last."""

    def __init__(self, *values: int) -> None:
        self._values: Iterator[int] = iter(values)
        self._last = 0

    async def __call__(self) -> int:
        self._last = next(self._values, self._last)
        return self._last


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(progress, "CALM_SECONDS", 0.05)


async def test_the_moments_of_a_course() -> None:
    moments = await follow(Counting(4, 4, 10, 20, 40, 90, 104), 4, 104, lambda: None)
    assert (moments.first_count, moments.third_count, moments.count) == (6, 36, 100)
    assert moments.first < moments.third < moments.done == moments.out


async def test_what_has_ended_is_not_waited_for() -> None:
    def check() -> None:
        raise ProcessLookupError

    with pytest.raises(ProcessLookupError):
        await follow(Counting(1), 1, 2, check)


async def test_calm_begins_with_the_last_change() -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    last = await calm(Counting(*range(20)), lambda: None)
    assert begin < last <= loop.time() - 0.05


async def test_everything_has_its_turn_in_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.performance.interleaved.REST_SECONDS", 0.0)

    def turn(name: str) -> Turn[str]:
        async def take(number: int) -> list[str]:
            return [f"{name}{number}"]

        return Turn(name, take)

    found = [each async for each in interleaved([turn("a"), turn("b")], 2, progress=Console(quiet=True))]
    assert found == ["a1", "b1", "a2", "b2"]


def test_figures_of_rounds() -> None:
    assert spread([3.0, 1.0, 2.04], tenths) == "2.0 (1.0-3.0)"
    assert spread([3.0], tenths) == "3.0"
    assert spread([], tenths) == "-"
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
