"""The due index: who is due first, however often due days are put off or brought forward."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendar import NEVER
from service.due_index import DueIndex

KEYS = [b"a", b"b", b"c"]


def test_nobody_is_due_in_an_empty_index() -> None:
    index = DueIndex()

    assert (index.earliest(), index.due(99), index.first(99, 5)) == (NEVER, 0, [])


def test_who_is_put_off_is_due_on_the_later_day_only() -> None:
    index = DueIndex()
    index.put(b"a", 5)
    index.put(b"a", 9)

    assert (index.due(8), index.first(8, 5), index.earliest()) == (0, [], 9)
    assert (index.due(9), index.first(9, 5)) == (1, [b"a"])


def test_the_earliest_day_comes_first_and_its_keys_in_order() -> None:
    index = DueIndex()
    for key, day in ((b"c", 7), (b"b", 7), (b"a", 8)):
        index.put(key, day)

    assert (index.first(9, 5), index.first(9, 1), index.due(9), index.due(7)) == ([b"b", b"c"], [b"b"], 3, 2)


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 6) | st.just(NEVER), st.integers(0, 7))))
def test_it_is_what_a_dictionary_of_due_days_says(puts: list[tuple[bytes, int, int]]) -> None:
    index: DueIndex = DueIndex()
    due: dict[bytes, int] = {}
    for key, day, today in puts:
        index.put(key, day)
        due[key] = day
        earliest = min(due.values())
        assert index.earliest() == earliest
        assert index.due(today) == sum(each <= today for each in due.values())
        first = sorted(each for each, on in due.items() if on == earliest) if earliest <= today else []
        assert index.first(today, 2) == first[:2]
