"""How many records a work is handed, by how long the ones before took."""

import pytest

from service.faust_safe.portion import FIRST, LEAST, Portion


@pytest.mark.parametrize(
    ("took", "most"),
    [
        ([], FIRST),
        ([(FIRST, 0.1)], 2 * FIRST),  # fast and full: twice as many
        ([(FIRST, 0.1), (2 * FIRST, 0.1)], 4 * FIRST),
        ([(FIRST, 0.1), (2 * FIRST, 0.8)], int(FIRST / 0.8)),  # what would have taken half a second
        ([(FIRST, 2.0)], FIRST // 4),
        ([(FIRST, 20.0)], LEAST),  # never less
        ([(FIRST - 1, 0.0)], FIRST),  # there was not more to do: nobody knows how long more would take
    ],
)
def test_portion(took: list[tuple[int, float]], most: int) -> None:
    portion = Portion()
    for records, seconds in took:
        portion.took(records, seconds)
    assert portion.most == most
