"""The due index: who comes up first, however often due days are put off or brought forward."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendar import NEVER
from service.domain.policy_file import parse_policy
from service.due_index import DueIndex
from service.partition import Partition
from service.replay import LogRecord, activation_record
from tests import builders

KEYS = [b"a", b"b", b"c"]


def placed(*places: tuple[bytes, int]) -> DueIndex:
    index = DueIndex()
    for key, day in places:
        index.place(key, day)
    return index


def taken(index: DueIndex, today: int) -> list[tuple[int, bytes]]:
    """All places up to a day, in order."""
    found = []
    while (place := index.take(today)) is not None:
        found.append(place)
    return found


def test_nobody_has_a_place_in_an_empty_index() -> None:
    assert (DueIndex().at_most(99), DueIndex().take(99)) == (0, None)


def test_who_is_never_due_has_no_place() -> None:
    assert (placed((b"a", NEVER)).at_most(NEVER), placed((b"a", NEVER)).take(NEVER)) == (0, None)


def test_a_place_comes_up_on_its_day_and_once() -> None:
    index = placed((b"a", 9))

    assert (index.take(8), index.at_most(8)) == (None, 0)
    assert (index.at_most(9), index.take(9), index.take(9)) == (1, (9, b"a"), None)


def test_the_earliest_day_comes_first_and_its_keys_in_order() -> None:
    index = placed((b"c", 7), (b"b", 7), (b"a", 8))

    assert (index.at_most(9), index.at_most(7)) == (3, 2)
    assert taken(index, 9) == [(7, b"b"), (7, b"c"), (8, b"a")]


def test_who_was_placed_on_a_day_twice_comes_up_once() -> None:
    assert taken(placed((b"a", 7), (b"b", 7), (b"a", 7)), 7) == [(7, b"a"), (7, b"b")]


def test_who_is_forgotten_has_no_place_on_a_day_that_is_opened_or_not() -> None:
    index = placed((b"a", 7), (b"b", 7), (b"c", 7), (b"a", 8), (b"b", 9))
    assert index.take(7) == (7, b"a")

    index.forget({b"a", b"c", b"nobody"})
    index.place(b"d", 8)

    assert (index.at_most(8), taken(index, 9)) == (2, [(7, b"b"), (8, b"d"), (9, b"b")])


def test_an_index_that_all_are_forgotten_in_is_empty() -> None:
    index = placed((b"a", 7), (b"b", 7), (b"a", 8))
    index.take(7)

    index.forget({b"a", b"b"})

    assert (index.at_most(9), index.take(9)) == (0, None)


def test_who_comes_nearer_overtakes_those_of_an_opened_day() -> None:
    index = placed((b"a", 7), (b"b", 7), (b"c", 7))

    assert index.take(9) == (7, b"a")
    index.place(b"c", 6)
    index.place(b"a", 7)

    assert taken(index, 9) == [(6, b"c"), (7, b"a"), (7, b"b"), (7, b"c")]


class Due:
    """Due days as the rows of customers tell them, and the index kept as a partition keeps it."""

    def __init__(self) -> None:
        self.index, self.days = DueIndex(), dict[bytes, int]()

    def change(self, key: bytes, day: int) -> None:
        if day < self.days.get(key, NEVER):
            self.index.place(key, day)
        self.days[key] = day

    def review(self, today: int) -> bytes | None:
        """The first who is due; he is never due any more."""
        while (place := self.index.take(today)) is not None:
            day, key = place
            if self.days[key] <= day:
                self.days[key] = NEVER
                return key
            self.index.place(key, self.days[key])
        return None


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 6) | st.just(NEVER), st.integers(-1, 7))))
def test_everybody_is_found_on_the_day_that_his_row_tells(changes: list[tuple[bytes, int, int]]) -> None:
    due = Due()
    for key, day, today in changes:
        due.change(key, day)
        expected = sorted((on, each) for each, on in due.days.items() if on <= today)
        assert due.index.at_most(today) >= len(expected)
        assert due.review(today) == (expected[0][1] if expected else None)
    left = sorted((on, each) for each, on in due.days.items() if on != NEVER)
    assert [due.review(9) for _ in range(len(left) + 1)] == [*(each for _, each in left), None]


def test_a_customer_of_many_orders_in_his_first_batch_has_one_place() -> None:
    records = [LogRecord(0, None, activation_record(parse_policy(builders.POLICY), "log"))]
    records += [LogRecord(number, b"a", builders.order(3, 1, id=f"{number}", customer="a")) for number in range(1, 50)]
    partition = Partition(0, {})

    partition.apply(records)

    assert partition.state.waiting.due.at_most(NEVER - 1) == 1
