"""Notes on a row are entered by whatever comes next: nothing else is found than when every order is folded in full."""

from typing import Any

import pytest

from schemas import codec
from schemas.control import PolicyActivated
from schemas.inbound import Event
from service import quarantine
from service.domain.customer import Customer
from service.rebuild.partition import RebuiltPartition, first_row
from service.rows import customer_row
from tests import builders
from tests.builders import interaction, order, refund
from tests.compiled.pure import inside_is_changed
from tests.service.noted_logs import BROADER, PLAIN, RISKY, WHOLE, log_of, with_notes
from tests.service.noting import KEY, assert_no_difference


@pytest.mark.parametrize("refunded", [30, 101])
@pytest.mark.parametrize("of", ["1", "3", None])
def test_a_refund_enters_what_is_noted_and_while_it_is_remembered_nothing_more_is(of: str | None, refunded: int) -> None:
    log = with_notes()
    log.send(refund(4, refunded, id="1", of=of))

    log.send_each(*[order(day, 50, id=f"n{day}") for day in (4, 5, 6)])

    assert log.notes is None
    assert_no_difference(log)


def test_a_refund_that_comes_before_its_order_is_taken_off_it() -> None:
    log = with_notes()
    log.send(refund(4, 30, id="1", of="n4"))
    log.send_each(order(4, 50, id="n4"), order(5, 50, id="n5"))

    assert_no_difference(log)


@pytest.mark.parametrize("text", [RISKY, WHOLE])
def test_what_is_said_enters_what_is_noted(text: str) -> None:
    log = log_of(*[order(day, 100, id=f"{day}") for day in range(1, 30)], text=text)
    assert log.notes
    said = {"kind": "complaint", "complaint_id": "k"}

    log.send_each(
        builders.event("feedback.given.v1", said, day=29, id="f"), order(30, 100, id="30"), interaction(30, "share", id="i")
    )
    log.send_each(*[order(day, 100, id=f"{day}") for day in range(31, 80)])

    assert_no_difference(log)


@pytest.mark.parametrize("text", [PLAIN, RISKY, WHOLE])
def test_a_review_enters_what_is_noted(text: str) -> None:
    log = log_of(*[order(day, 300, id=f"{day}") for day in range(1, 30)], text=text)
    assert log.notes

    log.tick(29 + 40)
    while log.partition.due:
        log.steps.append(log.partition.catch_up(1))

    assert log.notes in (0, None)
    assert_no_difference(log)


def test_new_rules_enter_what_is_noted() -> None:
    log = with_notes()
    log.activate(BROADER, day=4)

    said = log.partition.catch_up(10).announcements

    assert len(said) == 1
    log.steps[-1].announcements += said
    assert_no_difference(log)


def test_the_anchor_moves_over_days_that_were_noted() -> None:
    days = range(0, 600, 3)
    log = log_of(*[order(day, 40, id=f"{day}") for day in days], text=RISKY)

    assert log.customer.closings.anchor is not None
    log.send(order(599 - 59, 4000, id="late"))
    assert_no_difference(log)


@inside_is_changed
def test_a_step_is_taken_again_without_what_was_noted_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    log = with_notes()
    fold = Customer.fold

    def failing(self: Customer, *rest: Any) -> Any:
        return 1 / 0 if self.id == "bad" else fold(self, *rest)

    monkeypatch.setattr(Customer, "fold", failing)
    log.send(order(4, 10, id="5"), order(4, 10, id="6", customer="bad"), order(5, 10, id="7"))

    assert log.steps[-1].counts == {"applied": 2, "dead-lettered": 1}
    assert_no_difference(log)
    log.send(order(6, 10, id="8"))
    assert log.notes == 1


@inside_is_changed
def test_what_was_noted_in_a_step_is_in_the_row_of_who_fails_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    log = with_notes()
    fold = Customer.fold

    def failing(self: Customer, event: Event, *rest: Any) -> Any:
        return 1 / 0 if event.id == "e-free" else fold(self, event, *rest)

    monkeypatch.setattr(Customer, "fold", failing)

    log.send(order(3, 10, id="5"), order(3, 0, id="free"))

    kept = quarantine.decode(log.row)
    assert (kept.offset, customer_row.header(kept.row).position) == (6, 5)
    kept_customer = customer_row.decode("c-1", kept.row, log.partition.policies.current)
    assert kept_customer.facts.purchases.columns[0].tolist() == [1, 1, 3]


@inside_is_changed
def test_who_fails_at_a_review_keeps_his_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    log = with_notes(RISKY)
    before = log.row
    assert log.notes
    monkeypatch.setattr(Customer, "bring_to", lambda *_: 1 / 0)

    log.tick(60)
    log.partition.catch_up(10)

    assert quarantine.decode(log.row).row == before
    assert log.send(order(61, 10, id="9")).counts == {"dead-lettered": 1}


def test_a_rebuild_notes_too_and_says_nothing_of_it() -> None:
    log = with_notes(WHOLE)
    log.send_each(*[order(day, 100, id=f"{day}") for day in range(4, 40)])
    log.steps.append(log.partition.publish_profiles())
    profiles = {key: value for step in log.steps for key, value in step.profiles if value}
    records = [record for batch in log.batches for record in batch]
    policy = codec.decode_activity(records[0].value)
    assert isinstance(policy, PolicyActivated)
    row = first_row("log", policy, len(records))
    rebuilt = RebuiltPartition(0, {log.partition.key: row.encode()}, [log.partition.policies.current])

    for record in records:
        rebuilt.apply([record])

    assert rebuilt.stored[KEY] == log.row
    effects = rebuilt.announce(profiles, [KEY])
    assert (effects.announcements, effects.profiles) == ([], [])
