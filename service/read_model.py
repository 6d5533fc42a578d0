"""The read model: one JSON profile a customer in Redis, rebuilt from the topic whenever Redis has lost it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas import codec
from schemas.profile import Profile
from service.settings import Settings

log = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0

# KEYS: the reader's position, then the profiles. ARGV: the position expected, the new one, then (position, sequence, data) each;
# an empty data erases. A newer profile is never replaced by an older one. Returns 0 when Redis does not stand where expected.
_WRITE = """
local at = redis.call('GET', KEYS[1])
if (at or '0') ~= ARGV[1] then return 0 end
for i = 2, #KEYS do
  local position, sequence, data = ARGV[3 * i - 3], ARGV[3 * i - 2], ARGV[3 * i - 1]
  if data == '' then
    redis.call('DEL', KEYS[i])
  else
    local old = redis.call('GET', KEYS[i])
    local newer = true
    if old then
      local was = cjson.decode(old)
      local p, s = tonumber(position), tonumber(sequence)
      newer = p > was.position or (p == was.position and s >= was.sequence)
    end
    if newer then redis.call('SET', KEYS[i], data) end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class ReadModelMoved(Exception):
    """Redis does not stand where the reader left it (emptied, restored, another reader): start again from its position."""


class ProfileRecord(Protocol):
    """A record of the profiles topic."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class ReadModel:
    """Profiles by customer, and per partition of the topic the offset to read next."""

    def __init__(self, settings: Settings) -> None:
        self._redis: Redis = Redis.from_url(settings.redis)
        self._prefix = settings.topic_prefix
        self._write = self._redis.register_script(_WRITE)
        self._next: dict[int, int] = {}

    async def start(self, partition: int) -> int:
        """The offset to read next; 0 when Redis holds nothing. Waits while Redis is away."""
        stored = await self._patiently(lambda: self._redis.get(self._position(partition)))
        self._next[partition] = int(stored or 0)
        return self._next[partition]

    async def write(self, partition: int, records: Sequence[ProfileRecord]) -> None:
        """Write profiles and the new position as one step, waiting while Redis is away.

        Raises ReadModelMoved when Redis was emptied meanwhile; nothing is written then.
        """
        if not records:
            return
        newest = {record.key: record for record in records if record.key is not None}
        keys, arguments = [self._position(partition)], [str(self._next[partition]), str(records[-1].offset + 1)]
        for key, record in newest.items():
            keys.append(self._key(key.decode()))
            arguments += _arguments(record.value)
        if not await self._patiently(lambda: self._write(keys=keys, args=arguments)):
            raise ReadModelMoved(f"partition {partition}: Redis was emptied or written by somebody else")
        self._next[partition] = records[-1].offset + 1

    async def profile(self, customer_id: str) -> Profile | None:
        """A customer's profile."""
        data = await self._redis.get(self._key(customer_id))
        return None if data is None else _profile.decode(data)

    async def profiles(self) -> AsyncIterator[tuple[str, Profile]]:
        """All profiles with their customers, in no order."""
        start = self._key("")
        async for key in self._redis.scan_iter(match=f"{start}*", count=1_000):
            data = await self._redis.get(key)
            if data is not None:
                yield key.decode()[len(start) :], _profile.decode(data)

    async def stop(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _key(self, customer_id: str) -> str:
        return f"{self._prefix}profile:{customer_id}"

    def _position(self, partition: int) -> str:
        return f"{self._prefix}read-model:next:{partition}"

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        pause = 0.05
        while True:
            try:
                answer = await ask()
            except RedisError as error:
                if pause == 0.05:
                    log.warning("Redis does not answer (%s): waiting for it; the stream goes on", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                if pause > 0.05:
                    log.info("Redis answers again")
                return answer


def _arguments(value: bytes | None) -> list[str]:
    if value is None:
        return ["0", "0", ""]
    data = codec.decode_profile(value).data
    return [str(data.position), str(data.sequence), _encode(data).decode()]


_profile: msgspec.json.Decoder[Profile] = msgspec.json.Decoder(Profile)
_encode = msgspec.json.Encoder().encode
