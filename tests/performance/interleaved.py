"""Rounds in which everything has its turn: a slow minute of the machine hits all alike, and ratios are taken within a round."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.console import Console

Found = TypeVar("Found")
REST_SECONDS = 1.0
"""Between two turns: what the last one left behind (deleted topics, ended processes) is done with."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[Found]):
    """What is done once in every round, given the round's number (from 1); what goes wrong in it is for it to say."""

    name: str
    take: Callable[[int], Awaitable[Sequence[Found]]]


async def interleaved(turns: Sequence[Turn[Found]], rounds: int, progress: Console) -> AsyncGenerator[Found, None]:
    """Every turn once a round, one at a time; what each found, as it comes."""
    for number in range(1, rounds + 1):
        for place, turn in enumerate(turns, 1):
            progress.print(f"round {number} of {rounds}, {place} of {len(turns)}: {turn.name}", highlight=False)
            for found in await turn.take(number):
                yield found
            await asyncio.sleep(REST_SECONDS)
