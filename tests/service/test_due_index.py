"""The due index: who is due first, however often due days are put off or brought forward."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendar import NEVER
from service.due_index import DueIndex

KEYS = [b"a", b"b", b"c"]


def taken(index: DueIndex, today: int) -> list[bytes]:
    """All who are due, in order; they stand nowhere any more."""
    keys = []
    while (key := index.take(today)) is not None:
        keys.append(key)
    return keys


def test_nobody_is_due_in_an_empty_index() -> None:
    index = DueIndex()

    assert (index.at_most(99), index.take(99)) == (0, None)


def test_who_is_put_off_is_due_on_the_later_day_only() -> None:
    index = DueIndex()
    index.put(b"a", 5)
    index.put(b"a", 9)

    assert (index.take(8), index.at_most(8)) == (None, 0)
    assert (index.at_most(9), index.take(9), index.take(9)) == (1, b"a", None)


def test_the_earliest_day_comes_first_and_its_keys_in_order() -> None:
    index = DueIndex()
    for key, day in ((b"c", 7), (b"b", 7), (b"a", 8)):
        index.put(key, day)

    assert (index.at_most(9), index.at_most(7)) == (3, 2)
    assert taken(index, 9) == [b"b", b"c", b"a"]


def test_who_becomes_due_earlier_overtakes_those_of_an_opened_day() -> None:
    index = DueIndex()
    for key in KEYS:
        index.put(key, 7)

    assert index.take(9) == b"a"
    index.put(b"c", 6)
    index.put(b"a", 7)

    assert taken(index, 9) == [b"c", b"a", b"b"]


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 6) | st.just(NEVER), st.integers(-1, 7))))
def test_it_is_what_a_dictionary_of_due_days_says(puts: list[tuple[bytes, int, int]]) -> None:
    index = DueIndex()
    due: dict[bytes, int] = {}
    for key, day, today in puts:
        index.put(key, day)
        due[key] = day
        expected = sorted((on, each) for each, on in due.items() if on <= today)
        assert index.at_most(today) >= len(expected)
        assert index.take(today) == (expected[0][1] if expected else None)
        if expected:
            del due[expected[0][1]]
    assert taken(index, 9) == [each for _, each in sorted((on, each) for each, on in due.items() if on != NEVER)]
