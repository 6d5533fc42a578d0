"""How many records come in one batch."""

import pytest

from service.faust_safe.consumer import ALL_LANES, LEAST, most_of_a_batch


@pytest.mark.parametrize(
    ("partitions", "most"), [(0, 2_500), (1, 2_500), (12, 2_500), (15, 2_000), (30, 1_000), (64, 500), (1_000, 500)]
)
def test_the_more_partitions_the_smaller_the_batches(partitions: int, most: int) -> None:
    assert most_of_a_batch(2_500, partitions) == most
    assert most * partitions <= ALL_LANES or most == LEAST


def test_never_more_than_asked_for() -> None:
    assert most_of_a_batch(100, 64) == 100
