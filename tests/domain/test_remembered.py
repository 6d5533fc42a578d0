"""Remembered ids: found by their bytes, kept in the order of their days, forgotten from the oldest on."""

from service.domain.remembered import ID_BYTES, Remembered, short_id


def test_an_id_is_found_where_its_day_puts_it() -> None:
    remembered = Remembered()
    for day in (5, 9, 7):
        remembered.add(short_id(str(day)), day, day)

    assert [remembered.find(short_id(str(day))) for day in (5, 7, 9)] == [0, 1, 2]
    assert list(remembered.days) == [5, 7, 9]
    assert len(remembered) == 3


def test_ids_of_one_day_stay_in_the_order_they_came_in() -> None:
    remembered = Remembered()
    places = [remembered.add(short_id(name), 1, 5) for name in "abc"]

    assert places == [0, 1, 2]


def test_an_id_of_a_day_before_the_bound_is_not_found() -> None:
    remembered = Remembered()
    remembered.add(short_id("a"), 1, 5)

    assert remembered.find(short_id("a"), 5) == 0
    assert remembered.find(short_id("a"), 6) is None


def test_an_unknown_id_is_not_found() -> None:
    remembered = Remembered()
    remembered.add(short_id("a"), 1, 5)

    assert remembered.find(short_id("b")) is None


def test_bytes_across_two_ids_are_no_id() -> None:
    remembered = Remembered()
    remembered.add(bytes([1, 2, 3, 4, 5, 6]), 0x0807, 5)
    remembered.add(bytes([9, 10, 11, 12, 13, 14]), 0x1615, 6)

    assert remembered.find(bytes([5, 6, 7, 8, 9, 10])) is None
    assert remembered.find(bytes([9, 10, 11, 12, 13, 14])) == 1


def test_an_id_is_found_behind_bytes_that_only_look_like_it() -> None:
    remembered, sought = Remembered(), bytes([5, 6, 7, 8, 9, 10])
    remembered.add(bytes([1, 2, 3, 4, 5, 6]), 0x0807, 5)
    remembered.add(bytes([9, 10, 11, 12, 13, 14]), 0, 6)
    remembered.add(sought, 0, 7)

    assert remembered.find(sought) == 2


def test_another_content_is_told_from_the_same() -> None:
    remembered = Remembered()
    remembered.add(short_id("a"), 0x1234_5678, 5)
    remembered.add(short_id("b"), 0x1234_5679, 6)

    assert remembered.is_same(0, 0x1234_5678)
    assert not remembered.is_same(0, 0x1234_5679)
    assert remembered.is_same(1, 0x1234_5679)


def test_an_id_and_its_mark_can_be_remembered_elsewhere() -> None:
    remembered, other = Remembered(), Remembered()
    remembered.add(short_id("a"), 0xABCD_1234, 5)
    remembered.add(short_id("b"), 0xABCD_5678, 6)

    other.add(remembered.id_at(1), remembered.mark_at(1), 6)

    assert other.find(short_id("b")) == 0
    assert other.is_same(0, 0xABCD_5678)


def test_numbers_move_with_their_id_and_widen() -> None:
    remembered = Remembered(2)
    remembered.add(short_id("b"), 1, 9, (300, -1))
    remembered.add(short_id("a"), 1, 5, (10**12, 7))

    assert [list(column) for column in remembered.columns] == [[10**12, 300], [7, -1]]


def test_forgetting_drops_earlier_days_and_says_how_many() -> None:
    remembered = Remembered(1)
    for day in (5, 6, 6, 8):
        remembered.add(short_id(str(day), str(len(remembered))), 1, day, (day,))

    assert remembered.forget(5) == 0
    assert remembered.forget(7) == 3
    assert (list(remembered.days), list(remembered.columns[0])) == ([8], [8])
    assert remembered.find(short_id("8", "3")) == 0


def test_forgetting_in_an_empty_memory_drops_nothing() -> None:
    assert Remembered().forget(100) == 0


def test_parts_of_an_id_do_not_run_together() -> None:
    assert short_id("ab", "c") != short_id("a", "bc")
    assert len(short_id("ab", "c")) == ID_BYTES


def test_a_mark_is_of_one_id_only() -> None:
    remembered = Remembered()
    remembered.add(short_id("a"), 0x1234, 5)
    remembered.add(short_id("b"), 0xFFFF, 6)

    assert (remembered.mark_at(0), remembered.mark_at(1)) == (0x1234, 0xFFFF)


def test_of_two_of_one_id_the_earlier_is_found() -> None:
    remembered = Remembered()
    remembered.add(short_id("a"), 1, 5)
    remembered.add(short_id("b"), 2, 6)
    remembered.add(short_id("a"), 3, 7)

    assert remembered.find(short_id("a")) == 0


def test_an_id_is_found_one_byte_behind_bytes_that_only_look_like_it() -> None:
    remembered = Remembered()
    remembered.add(bytes([9, 7, 7, 7, 7, 7]), 0x0707, 5)
    remembered.add(bytes([7, 7, 7, 7, 7, 7]), 0, 6)

    assert remembered.find(bytes([7, 7, 7, 7, 7, 7])) == 1


def test_an_id_is_found_between_bytes_that_only_look_like_it() -> None:
    remembered = Remembered()
    remembered.add(bytes([9, 7, 7, 7, 7, 7]), 0x0707, 5)
    remembered.add(bytes([7, 7, 7, 7, 7, 7]), 0, 6)
    remembered.add(bytes([9, 7, 7, 7, 7, 7]), 0x0707, 7)

    assert remembered.find(bytes([7, 7, 7, 7, 7, 7])) == 1
