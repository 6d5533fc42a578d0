"""Partitions as Kafka's Java client computes them: hashes from its own tests, and its sign."""

import pytest

from service.partitioner import murmur2, partition_for, place_of

JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hash_"), JAVA.items())
def test_murmur2_is_javas(key: bytes, hash_: int) -> None:
    assert murmur2(key) == hash_


@pytest.mark.parametrize(("key", "hash_"), JAVA.items())
@pytest.mark.parametrize("count", [1, 3, 4, 50])
def test_a_negative_hash_loses_its_sign_bit_not_its_sign(key: bytes, hash_: int, count: int) -> None:
    """Java's `toPositive(hash) % count`; abs(hash) would lead elsewhere."""
    assert partition_for(key, count) == (hash_ & 0x7FFFFFFF) % count


def test_a_known_key_lies_where_java_puts_it() -> None:
    """1,173,551,340 modulo these; the absolute value, 973,932,308, would be 2 modulo 3."""
    assert [partition_for(b"21", count) for count in (2, 3, 4, 16)] == [0, 0, 0, 12]


@pytest.mark.parametrize("customer", ["21", "c-1", "\u5f20\u4e09"])
def test_a_customers_place_is_that_of_his_key(customer: str) -> None:
    for count in (1, 4, 7):
        assert place_of(customer, count) == (customer.encode(), partition_for(customer.encode(), count))
