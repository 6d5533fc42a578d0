"""The rows of a step: what it notes, erases and puts into quarantine counts at once, and is stored at its end."""

from service import quarantine
from service.customer_rows import CustomerRows
from service.policy_history import PolicyHistory
from service.quarantine import Quarantined
from service.rows.partition_row import PartitionRow
from tests.service.noted_logs import with_notes
from tests.service.noting import KEY


def rows_of(stored: dict[bytes, bytes]) -> CustomerRows:
    return CustomerRows(stored, PolicyHistory(0, PartitionRow()))


def test_the_newest_row_is_the_one_that_was_noted_on_and_of_who_is_erased_there_is_none() -> None:
    rows = rows_of({b"a": b"1", b"b": b"2"})
    rows.noted[b"a"] = b"3"
    assert [rows.newest(key) for key in (b"a", b"b", b"c")] == [b"3", b"2", None]

    rows.erase(b"a")
    assert rows.newest(b"a") is None

    rows.noted[b"a"] = b"4"  # he is back
    assert rows.newest(b"a") == b"4"


def test_a_step_is_stored_whole_and_the_next_begins_with_nothing() -> None:
    marked = Quarantined("bad", 7, 1, b"3")
    stored = {b"\0": b"own", b"a": b"1", b"b": b"2", b"c": b"3", b"d": b"4"}
    rows = rows_of(stored)
    for key in (b"a", b"e", b"b"):
        rows.erase(key)
    rows.noted[b"b"], rows.noted[b"d"] = b"back", b"5"
    rows.quarantine(b"c", marked)

    settled = rows.settle({})

    assert settled == {b"a": None, b"b": b"back", b"c": marked.encode(), b"d": b"5"}
    assert stored == {b"\0": b"own", b"b": b"back", b"c": marked.encode(), b"d": b"5"}
    assert rows.settle({}) == {}
    assert [key for key, _ in rows.in_order()] == [b"b", b"c", b"d"]


def test_the_customers_who_were_decoded_are_written_last() -> None:
    log = with_notes()
    rows = CustomerRows(dict(log.partition.stored), log.partition.policies)
    customer = rows.decode(KEY, log.row)
    rows.noted[KEY] = b"older"

    settled = rows.settle({KEY: customer})

    assert settled == {KEY: rows.encode(KEY, customer)} == {KEY: rows.stored[KEY]}


def test_what_a_row_says_before_quarantine_is_asked_of_this_step_first() -> None:
    log = with_notes()
    rows = CustomerRows(dict(log.partition.stored), log.partition.policies)
    customer = rows.decode(KEY, log.row)
    rows.stored[KEY] = Quarantined("before", 1, 1, b"damaged").encode()
    assert rows.before_quarantine(KEY) == (-1, 0)

    rows.quarantine(KEY, Quarantined("now", 1, 1, log.row))
    assert rows.before_quarantine(KEY) == (customer.position, customer.sequence)

    rows.settle({})
    assert quarantine.decode(rows.stored[KEY]).reason == "now"
