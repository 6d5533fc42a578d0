"""How many records a work is handed, by how long the ones before took."""

import pytest

from service.faust_safe.portion import LEAST, Portion


@pytest.mark.parametrize(
    ("took", "most"),
    [
        ([(LEAST, 0.1)], 2 * LEAST),  # fast and full: twice as many
        ([(LEAST, 0.1), (2 * LEAST, 0.1)], 4 * LEAST),
        ([(LEAST, 1.5)], LEAST),  # never less
        ([(LEAST, 0.1), (2 * LEAST, 0.8)], int(LEAST / 0.8)),  # what would have taken half a second
        ([(LEAST - 1, 0.0)], LEAST),  # there was not more to do: nobody knows how long more would take
    ],
)
def test_portion(took: list[tuple[int, float]], most: int) -> None:
    portion = Portion()
    for records, seconds in took:
        portion.took(records, seconds)
    assert portion.most == most
