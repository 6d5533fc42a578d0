"""Turns: the least first, of equals the one that came first, and nobody stands still."""

import asyncio
from collections.abc import Sequence

from service.turns import STAND_BACK, Turns


async def worked(sizes: Sequence[int]) -> list[int]:
    """Who had each turn, when so many work who need so many turns each."""
    turns, had = Turns(), list[int]()

    async def work(number: int) -> None:
        place = turns.begin(sizes[number])
        for _ in range(sizes[number]):
            had.append(number)
            await turns.next(place)
        turns.end(place)

    await asyncio.gather(*[work(number) for number in range(len(sizes))])
    return had


def ends(had: Sequence[int]) -> list[int]:
    """In which order they were through."""
    return sorted(set(had), key=lambda number: [place for place, each in enumerate(had) if each == number][-1])


def test_the_least_is_through_first_and_of_equals_the_one_that_came_first() -> None:
    assert ends(asyncio.run(worked([50, 30, 30, 7]))) == [3, 1, 2, 0]


def test_whoever_waits_goes_on_all_the_same() -> None:
    had = asyncio.run(worked([60, 600]))

    while_both_work = had[: max(place for place, number in enumerate(had) if number == 0)]
    assert 60 // STAND_BACK - 1 <= while_both_work.count(1) <= 60 // STAND_BACK + 1


def test_one_alone_has_every_turn() -> None:
    async def loops() -> int:
        turns, looked = Turns(), 0
        place = turns.begin(5)

        async def look() -> None:
            nonlocal looked
            while True:
                looked += 1
                await asyncio.sleep(0)

        looking = asyncio.ensure_future(look())
        for _ in range(5):
            await turns.next(place)
        looking.cancel()
        return looked

    assert asyncio.run(loops()) == 5
