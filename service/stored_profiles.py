"""What the read model has stored in Redis, to be read: profiles by customer, and up to when each partition was read."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from schemas.profile import Profile
from service.partitioner import partition_for
from service.settings import Settings

_PAGE = 500
LONGEST_MARK = 13
"""Digits of milliseconds since 1970, until 2286."""


def key(prefix: str, customer_id: str) -> str:
    """Where a customer's profile lies."""
    return f"{prefix}profile:{customer_id}"


def read_to_key(prefix: str, partition: int) -> str:
    """Where it lies up to when a partition was read, in milliseconds since 1970."""
    return f"{prefix}read-model:read-to:{partition}"


async def read_to(redis: Redis, prefix: str, partitions: int) -> Mapping[int, float]:
    """By partition, up to when it was read (seconds since 1970). One that is still being filled is not among them.

    One more than there should be is looked for: if it is there, the read model has another number of partitions.
    """
    numbers = range(partitions + 1)
    moments = cast(list[bytes | None], await redis.mget([read_to_key(prefix, number) for number in numbers]))
    read = {number: _seconds(mark) for number, mark in zip(numbers, moments, strict=True)}
    return {number: moment for number, moment in read.items() if moment is not None}


class Found(NamedTuple):
    """What a look-up found."""

    partition: int
    """Where the customer belongs."""
    read_to: float | None
    """All that was published in the partition until then (seconds since 1970) is in Redis; None: it is still being filled."""
    data: bytes | None
    """The profile as published; None: there is none."""


class StoredProfiles:
    """Only reads. Everything raises redis.RedisError or OSError where Redis does not answer; `client`: settings of its client."""

    def __init__(self, settings: Settings, **client: Any) -> None:
        self._redis = settings.redis_client(**client)
        self._prefix, self._partitions = settings.topic_prefix, settings.partitions

    async def look_up(self, customer_id: str) -> Found:
        """A customer's profile and how far it can be trusted, as of one moment."""
        partition = partition_for(customer_id.encode(), self._partitions)  # never cached: who asks may ask for anything
        keys = read_to_key(self._prefix, partition), key(self._prefix, customer_id)
        moment, data = cast(list[bytes | None], await self._redis.mget(keys))
        return Found(partition, _seconds(moment), data)

    async def read_to(self) -> Mapping[int, float]:
        """See `read_to`."""
        return await read_to(self._redis, self._prefix, self._partitions)

    async def profile(self, customer_id: str) -> Profile | None:
        """A customer's profile."""
        data = (await self.look_up(customer_id)).data
        return None if data is None else decode(data)

    async def profiles(self) -> AsyncIterator[tuple[str, Profile]]:
        """All profiles with their customers, in no order; one may come twice while Redis grows or shrinks."""
        start = key(self._prefix, "")
        page: Any = (None, ())
        while page[0] != 0:
            page = await self._redis.scan(page[0] or 0, match=f"{start}*", count=_PAGE)
            for name, data in zip(page[1], await self._redis.mget(page[1]) if page[1] else (), strict=True):
                if data is not None:
                    yield name.decode().removeprefix(start), decode(data)

    async def stop(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _seconds(mark: bytes | None) -> float | None:
    """A mark's moment; one that none of us has written is none."""
    return int(mark) / 1000 if mark is not None and len(mark) <= LONGEST_MARK and mark.isdigit() else None


decode = msgspec.json.Decoder(Profile).decode
"""A profile from what lies in Redis. msgspec.MsgspecError where that is none."""
