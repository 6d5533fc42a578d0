"""Which partition a customer belongs to: Kafka's Java default, murmur2 of the key."""

from collections.abc import Callable
from functools import cache, lru_cache
from struct import Struct

_M, _SEED, _MASK = 0x5BD1E995, 0x9747B28C, 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Austin Appleby's MurmurHash2 as Kafka's Java client computes it, signed 32 bits."""
    length = len(data)
    h = _SEED ^ length
    for word in _words(length >> 2)(data):
        k = word * _M & _MASK
        h = (h * _M ^ (k ^ k >> 24) * _M) & _MASK
    if length & 3:
        h = (h ^ int.from_bytes(data[length & ~3 :], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    h ^= h >> 15
    return h - (1 << 32) if h & 0x80000000 else h


@cache
def _words(count: int) -> Callable[[bytes], tuple[int, ...]]:
    """Reads the 32-bit words at the beginning of a key."""
    return Struct(f"<{count}I").unpack_from


@lru_cache(maxsize=100_000)
def place_of(customer_id: str, count: int) -> tuple[bytes, int]:
    """A customer's key and his partition among `count`."""
    key = customer_id.encode()
    return key, partition_for(key, count)


def partition_for(key: bytes, count: int) -> int:
    """The partition of a key among `count`."""
    return (murmur2(key) & 0x7FFFFFFF) % count
