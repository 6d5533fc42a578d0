"""Noted orders: which are taken on the row, and that nothing else is found than when they are folded in full."""

from array import array

import pytest
from msgspec import structs

from schemas.inbound import Amounts
from service import quarantine
from service.domain import facts
from service.domain.calendar import day_number
from service.domain.policy_file import parse_policy
from service.rows import customer_row, front, noted_orders, partition_row
from tests import builders
from tests.builders import interaction, order
from tests.compiled.pure import inside_is_changed
from tests.service.noted_logs import BROADER, PLAIN, RISKY, STAGED, WHOLE, log_of, with_notes
from tests.service.noting import KEY, Log, assert_no_difference

POLICY = parse_policy(PLAIN)


def test_orders_that_change_no_name_are_noted_and_entered_when_the_row_is_decoded() -> None:
    log = with_notes()

    assert log.notes == 3
    assert [step.counts for step in log.steps[1:]] == [{"applied": 1}] * 4
    assert [len(step.announcements) for step in log.steps[2:]] == [0, 0, 0]
    purchases = log.customer.facts.purchases
    assert [column.tolist() for column in purchases.columns[:2]] == [[1, 1, 2], [100, 101, 205]]
    assert_no_difference(log)


@pytest.mark.parametrize("text", [PLAIN, RISKY, STAGED, WHOLE])
@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_regular_buyer_is_mostly_noted(text: str, gap: int) -> None:
    days = [place * gap if gap else place // 2 for place in range(60)]
    log = log_of(*[order(day, 40, id=f"{place}", margin=place - 30) for place, day in enumerate(days)], text=text)

    assert log.notes
    full = log.in_full()
    assert not full.notes
    assert (log.customer.due, log.customer.headroom) == (full.customer.due, full.customer.headroom)
    assert_no_difference(log)


def test_the_profile_of_a_noted_order_goes_out_later_after_a_restart_too() -> None:
    log = with_notes()
    log.partition.publish_profiles()
    log.send(order(4, 100, id="4"))
    log.restart()

    [(_, profile)] = log.partition.publish_profiles().profiles

    assert b'"last_order_on":"2024-01-05"' in (profile or b"")


def test_orders_of_one_step_are_noted_until_something_else_comes() -> None:
    log = with_notes()
    log.send(order(4, 10, id="4"), order(4, 20, id="5"), order(5, 30, id="6"))
    assert log.notes == 6

    log.send(order(5, 40, id="7"), interaction(5, "share", id="i"), order(5, 50, id="8"), order(6, 60, id="9"))

    assert log.notes == 0
    assert_no_difference(log)


@pytest.mark.parametrize("restarts", [False, True])
def test_who_comes_more_often_is_looked_at_earlier(restarts: bool) -> None:
    log = log_of(*[order(day, 100, id=f"{day}") for day in range(1, 15)], text=RISKY)
    before = log.customer.due
    log.send(order(15, 100, id="15"))
    assert log.notes == 15 - 2
    if restarts:
        log.restart()

    due = log.customer.due
    assert due < before
    log.tick(due - day_number(builders.FIRST.date()))

    assert log.partition.catch_up(10).reviewed == 1


def test_an_order_of_the_day_on_which_time_changes_a_name_comes_after_that() -> None:
    log = log_of(order(1, 5000, id="1"), order(2, 10, id="2"), order(3, 10, id="3"))
    assert log.notes == 1

    assert len(log.send(order(31, 5000, id="4")).announcements) == 2
    assert_no_difference(log)


def test_an_order_of_the_day_before_is_noted() -> None:
    log = log_of(order(1, 5000, id="1"), order(2, 10, id="2"), order(3, 10, id="3"), order(30, 10, id="4"))

    assert log.notes == 2
    assert_no_difference(log)


def test_an_order_after_a_change_of_rules_comes_after_what_they_change() -> None:
    log = with_notes()
    log.activate(BROADER, day=3)

    assert log.send(order(3, 10, id="5")).announcements
    log.send(order(4, 10, id="6"))
    assert_no_difference(log)


@pytest.mark.parametrize("again", ["0", "1", "3"])
def test_an_order_that_was_folded_or_noted_before_is_a_repeat(again: str) -> None:
    log = with_notes()
    day = {"0": 1, "1": 2, "3": 3}[again]

    assert log.send(order(day, 100 + int(again), id=again)).counts == {"repeated": 1}
    assert_no_difference(log)


@pytest.mark.parametrize("again", ["0", "3"])
def test_another_order_under_its_id_is_a_conflict(again: str) -> None:
    log = with_notes()

    assert [letter.code for letter in log.send(order(3, 1, id=again)).dead_letters] == ["conflict"]
    assert_no_difference(log)


def test_a_late_order_enters_those_that_are_noted() -> None:
    log = with_notes()

    log.send(order(2, 30, id="late"))

    assert log.notes == 0
    assert_no_difference(log)


def test_an_order_of_an_hour_earlier_on_the_same_day_is_noted() -> None:
    log = with_notes()

    log.send(order(3, 30, id="5", minute=-60))

    assert log.notes == 4
    assert_no_difference(log)


def test_an_order_of_before_the_clock_is_late_though_the_customer_has_nothing_newer() -> None:
    log = with_notes()
    log.send(order(9, 10, id="other", customer="c-2"))

    log.send(order(8, 10, id="5"))

    assert log.notes == 0
    assert_no_difference(log)


def test_an_order_of_a_day_that_the_clock_has_not_reached_is_noted() -> None:
    log = with_notes()
    log.send(order(9, 10, id="other", customer="c-2"), order(9, 10, id="5"))

    assert log.notes == 4
    assert_no_difference(log)


def test_an_order_of_before_the_customers_newest_day_is_late_though_the_clock_has_not_reached_it() -> None:
    log = with_notes(PLAIN.replace("settle_minutes = 0", "settle_minutes = 1440"))

    log.send(order(2, 30, id="late"))

    assert log.notes == 0
    assert_no_difference(log)


def test_an_order_of_before_a_day_on_which_he_only_opened_the_app_is_late() -> None:
    log = with_notes(PLAIN.replace("settle_minutes = 0", "settle_minutes = 1440"))
    log.send_each(interaction(6, "search", id="i"), order(5, 30, id="late"))

    assert (log.notes, log.customer.as_of) == (0, day_number(builders.FIRST.date()) + 6)
    assert_no_difference(log)


def test_an_order_after_a_day_without_one_is_noted() -> None:
    log = with_notes(RISKY)
    log.send_each(interaction(6, "search", id="i"), order(7, 30, id="5"))

    assert log.notes == 1
    assert_no_difference(log)


@pytest.mark.parametrize("counted", ["true", "false"])
def test_an_order_of_nothing_is_folded_in_full(counted: str) -> None:
    log = with_notes(PLAIN.replace("settle_minutes = 0", f"settle_minutes = 0\ncount_zero_orders = {counted}"))

    log.send(order(4, 0, id="free"))

    assert log.notes == 0
    assert_no_difference(log)


@pytest.mark.parametrize("margin", [-(1 << 31), (1 << 31) - 1, -(1 << 31) - 1, 1 << 31])
def test_an_order_of_a_margin_that_a_note_has_no_place_for_is_folded_in_full(margin: int) -> None:
    log = with_notes()

    log.send(order(3, 10, id="5", margin=margin))

    assert log.notes == (4 if -(1 << 31) <= margin < 1 << 31 else 0)
    assert log.customer.facts.purchases.columns[2][-1] == margin
    assert_no_difference(log)


@pytest.mark.parametrize("measure", ["orders", "purchase_days"])
def test_no_more_orders_are_noted_than_leave_something_of_every_measure(measure: str) -> None:
    entry = f'{{ measure = "{measure}", window = "rolling 60", at_least = 6 }}'
    text = PLAIN.replace('{ measure = "spend_minor", window = "rolling 30", at_least = 5000 }', entry)
    assert text != PLAIN
    log = log_of(*[order(day, 10, id=f"{day}") for day in range(5)], text=text)
    assert log.notes == 4

    assert len(log.send(order(6, 10, id="6")).announcements) == 1
    assert_no_difference(log)


def test_an_order_that_uses_up_what_is_left_is_announced() -> None:
    log = with_notes()
    left = 5000 - 100 - 101 - 102 - 103

    assert log.send(order(3, left - 1, id="5")).announcements == []
    assert log.notes == 4
    assert len(log.send(order(3, 1, id="6")).announcements) == 1
    assert_no_difference(log)


def test_no_more_than_so_many_orders_are_noted() -> None:
    log = log_of(*[order(day, 10, id=f"{day}") for day in range(front.MOST_NOTES + 1)])
    assert log.notes == front.MOST_NOTES

    log.send(order(40, 10, id="40"))

    assert log.notes == 0
    assert_no_difference(log)


def test_a_second_order_on_the_first_purchase_day_is_folded_in_full() -> None:
    log = log_of(order(1, 10, id="1"), order(1, 10, id="2"))

    assert log.notes == 0
    assert_no_difference(log)


def test_an_order_of_a_day_of_which_ids_were_dropped_is_refused() -> None:
    log = with_notes()
    log.send(*[interaction(3, "search", id=f"i{number}") for number in range(facts.MOST_EVENT_IDS + 1)])

    assert [letter.code for letter in log.send(order(3, 10, id="5")).dead_letters] == ["too-late"]
    log.send(order(4, 10, id="6"))
    assert log.notes == 1
    assert_no_difference(log)


@pytest.mark.parametrize("at", [9, 60, -60, -1])
def test_nothing_is_noted_on_a_row_that_was_damaged(at: int) -> None:
    log = with_notes()
    damaged = bytearray(log.row)
    damaged[at] ^= 1
    log.partition.stored[KEY] = bytes(damaged)
    log.restart()

    assert log.send(order(4, 10, id="5"), order(4, 10, id="6")).counts == {"dead-lettered": 2}
    assert quarantine.decode(log.row).row == damaged


def is_damaged(row: bytes) -> bool:
    """Whether a row's checksum is found wrong."""
    try:
        customer_row.header(row)
    except customer_row.DamagedRow:
        return True
    return False


@pytest.mark.parametrize("text", [PLAIN, WHOLE])
def test_every_bit_of_a_row_with_notes_and_where_it_ends_matters(text: str) -> None:
    row = log_of(*[order(day, 40, id=f"{day}") for day in range(12)], text=text).row
    assert not is_damaged(row)

    for at in range(len(row)):
        assert is_damaged(row[:at])
        for bit in range(8):
            assert is_damaged(row[:at] + bytes([row[at] ^ 1 << bit]) + row[at + 1 :])


@pytest.mark.parametrize("from_end", [False, True])
def test_noting_an_order_makes_no_damage_good_of_what_it_does_not_read(from_end: bool) -> None:
    """What an order leaves as it is was summed up before: from the version to the front, the notes too."""
    log = with_notes()
    at = len(log.row) - front.ASKED.size - 1 if from_end else front.CRC.size
    damaged = log.row[:at] + bytes([log.row[at] ^ 1]) + log.row[at + 1 :]

    noted = noted_orders.note(
        damaged, Amounts(order_id="o", amount_minor=1, currency="USD"), log.customer.as_of + 1, 9, 1, POLICY
    )

    assert noted is not None
    assert is_damaged(noted[0])


def noted_on(row: bytes, log: Log, *, offset: int = 9) -> bool:
    """Whether an order of day 4 that is not remembered is noted on a row."""
    amounts = Amounts(order_id="o-new", amount_minor=1, currency="USD")
    return noted_orders.note(row, amounts, log.customer.as_of + 1, offset, 1, log.partition.policies.current) is not None


def test_only_good_rows_of_this_version_are_noted_on() -> None:
    log = with_notes()

    assert noted_on(log.row, log)
    for other in (3, quarantine.MARK[0]):
        assert not noted_on(bytes([other]) + log.row[1:], log)


def test_a_row_under_rules_of_before_is_not_noted_on_whatever_they_write() -> None:
    log, other = with_notes(), with_notes(WHOLE.replace("version = 1", "version = 2"))

    assert not noted_on(log.row, other)
    assert not noted_on(other.row, log)


@inside_is_changed
def test_a_row_so_long_that_it_may_come_near_its_limit_is_not_noted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    log = with_notes()

    monkeypatch.setattr(noted_orders, "_MOST_BYTES", len(log.row))
    assert noted_on(log.row, log)
    monkeypatch.setattr(noted_orders, "_MOST_BYTES", len(log.row) - 1)
    assert not noted_on(log.row, log)


def test_the_longest_row_that_is_noted_on_stays_within_the_limit_however_wide_its_columns_become() -> None:
    log, policy = with_notes(), parse_policy(PLAIN)
    regular = log.customer
    days = array("H", range(regular.as_of - 14_350, regular.as_of + 1))
    regular.facts.purchases.days = days
    regular.facts.purchases.columns = [array("B", [1] * len(days)), *[array("B", bytes(len(days))) for _ in range(2)]]
    row = customer_row.encode(regular, policy)

    for number in range(front.MOST_NOTES):
        regular.facts.add_order(b"o-%03d." % number, 1, regular.as_of, 1 << 26, -(1 << 31), policy.frame)

    assert 0.99 < len(row) / noted_orders._MOST_BYTES < 1
    assert quarantine.MOST_BYTES * 0.7 < len(customer_row.encode(regular, policy)) < quarantine.MOST_BYTES - 16 * 100


def test_a_row_is_noted_on_when_the_days_closing_has_the_names_of_its_opening_in_other_objects() -> None:
    log = log_of(*[order(day, 100, id=f"{day}") for day in range(1, 20)], text=WHOLE)
    regular, policy = log.customer, log.partition.policies.current
    opened = regular.opened
    same = {"segment": structs.replace(opened.segment), "lifecycle": structs.replace(opened.lifecycle)}

    for changes in (same, same | {"tiers": ()}, same | {"lifecycle": structs.replace(opened.lifecycle, loyal=False)}):
        regular.closed = structs.replace(opened, **changes)
        assert noted_on(customer_row.encode(regular, policy), log, offset=99) == (changes == same)


def test_a_row_that_has_a_position_is_not_noted_on_again() -> None:
    log = with_notes()

    assert not noted_on(log.row, log, offset=4)
    assert noted_on(log.row, log, offset=5)


def test_records_that_a_row_has_are_skipped_and_nothing_is_noted_twice() -> None:
    log = with_notes()
    row, own = log.row, partition_row.read(0, log.partition.stored[log.partition.key])
    own.next = 2
    log.partition.stored[log.partition.key] = own.encode()
    log.restart()

    assert log.partition.apply([record for batch in log.batches[2:] for record in batch]).counts == {"repeated": 3}
    assert log.row == row
