"""The read model: one JSON profile a customer in Redis, rebuilt from the topic whenever Redis has lost it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
from redis.exceptions import RedisError

from service import stored_profiles
from service.patience import Patience
from service.settings import Settings

ANSWER_SECONDS = 5.0
"""Longer without an answer counts as Redis being away."""
START_SECONDS = 2.0
"""Within which Redis has to say where to begin: the other partitions wait meanwhile."""
UNKNOWN = "?"

# KEYS: the reader's position, then a profile each. ARGV: the position expected, the new one, then ("position sequence", data)
# each; an empty data erases. A newer profile is never replaced by an older one; what can't be read counts as none.
# Already at the new position: the same write came through before its answer was lost. Returns 0 when Redis stands elsewhere.
_WRITE = """
local at = redis.call('GET', KEYS[1]) or '0'
if at == ARGV[2] then return 1 end
if at ~= ARGV[1] then return 0 end
local function newer(old, version)
  local read, was = pcall(cjson.decode, old)
  if not read or type(was) ~= 'table' then return true end
  local position, sequence = string.match(version, '(%S+) (%S+)')
  position, sequence = tonumber(position), tonumber(sequence)
  local p, s = tonumber(was.position) or -1, tonumber(was.sequence) or -1
  return position > p or (position == p and sequence >= s)
end
for i = 2, #KEYS do
  local version, data = ARGV[2 * i - 1], ARGV[2 * i]
  if data == '' then
    redis.call('DEL', KEYS[i])
  else
    local old = redis.call('GET', KEYS[i])
    if not old or newer(old, version) then redis.call('SET', KEYS[i], data) end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
# KEYS: the reader's position, up to when the partition is read. ARGV: the position expected, and the moment; '' where none is
# known. Returns 0 when Redis stands elsewhere.
_STANDS = """
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2]) end
return 1
"""


class ReadModelMoved(Exception):
    """Redis does not stand where the reader left it (emptied, restored, another reader): call `start` and read on from there."""


class _Version(msgspec.Struct):
    """What decides which of two profiles is the newer."""

    position: int
    sequence: int


class _Published(msgspec.Struct):
    """A profile's event, its data left as they came."""

    data: msgspec.Raw


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
        self._redis = settings.redis_client(socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS)
        self._patience = Patience()
        self._prefix = settings.topic_prefix
        self._write, self._stands = self._redis.register_script(_WRITE), self._redis.register_script(_STANDS)
        self._next: dict[int, int] = {}

    async def start(self, partition: int) -> int | None:
        """The offset to read next; 0 when Redis holds nothing, None when it is away (the first `write` tells where it stands)."""
        self._next.pop(partition, None)
        try:
            async with asyncio.timeout(START_SECONDS):
                stored = await self._stored(partition)
                if not stored:  # who reads from the beginning has read up to no moment
                    await self._redis.delete(self._keys(partition)[1])
                self._next[partition] = stored
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            self._patience.away_for(error)
        return self._next.get(partition)

    async def stands(self, partition: int, read_to: float | None) -> bool:
        """Whether Redis stands where `start` and `write` left it. Waits while Redis is away.

        If it does, it is told up to when (seconds since 1970) everything published in the partition is there; None: as before.
        """
        moment = "" if read_to is None else int(read_to * 1000)
        arguments = [self._next.get(partition, UNKNOWN), moment]
        return bool(await self._patience.answer(lambda: self._stands(keys=self._keys(partition), args=arguments)))

    async def forget_position(self, partition: int) -> None:
        """Have the partition read from its beginning by the next `start`. Waits while Redis is away."""
        await self._patience.answer(lambda: self._redis.delete(*self._keys(partition)))

    async def write(self, partition: int, records: Sequence[ProfileRecord]) -> None:
        """Write profiles (a null value: erased) and the new position as one step, waiting while Redis is away.

        Raises ReadModelMoved when Redis was emptied meanwhile or was away at the start, with nothing written;
        msgspec.ValidationError for a value that is no profile.
        """
        if not records:
            return
        following = records[-1].offset + 1
        keys: list[str | bytes] = [self._keys(partition)[0]]
        arguments: list[str | int | bytes] = [self._next.get(partition, UNKNOWN), following]
        prefix = stored_profiles.key(self._prefix, "").encode()
        for record in records:  # all of them, in order: of two of one customer the later one need not be the newer
            if record.key is not None:
                keys.append(prefix + record.key)
                arguments += _arguments(record.value)
        if not await self._patience.answer(lambda: self._write(keys=keys, args=arguments)):
            raise ReadModelMoved(f"partition {partition}: Redis was emptied or written by somebody else")
        self._next[partition] = following

    @property
    def away(self) -> bool:
        """Whether Redis did not answer the last time."""
        return self._patience.away

    async def stop(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _keys(self, partition: int) -> tuple[str, str]:
        return f"{self._prefix}read-model:next:{partition}", stored_profiles.read_to_key(self._prefix, partition)

    async def _stored(self, partition: int) -> int:
        return int(await self._redis.get(self._keys(partition)[0]) or 0)


def _arguments(value: bytes | None) -> tuple[bytes, bytes]:
    if value is None:
        return b"", b""
    data = bytes(_published.decode(value).data)
    version = _version.decode(data)
    return b"%d %d" % (version.position, version.sequence), data


_published: msgspec.json.Decoder[_Published] = msgspec.json.Decoder(_Published)
_version: msgspec.json.Decoder[_Version] = msgspec.json.Decoder(_Version)
