"""Rows: rows of an older version are brought forward."""

import gzip
import json
from base64 import b64decode
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from service.domain import closings
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.domain.state import State
from service.partition import Partition
from service.quarantine import Quarantined
from service.replay import Replay
from service.rows import customer_row, front
from tests import builders
from tests.domain.histories import order_event
from tests.service.noting import never_note

DATA = Path(__file__).parents[1] / "data"
FIRST, SECOND, THIRD, FOURTH = (json.loads((DATA / f"rows-version-{number}.json").read_text()) for number in (1, 2, 3, 4))
EVENTS = Path(__file__).parents[2] / "service" / "laptop" / "data" / "complete-journey.jsonl.gz"


def replayed(fixture: dict[str, Any], customer: str, *, noting: bool = True) -> Replay:
    """All that happened to the customer of an old row; `noting` False: every order is folded in full."""
    replay = Replay(fixture["policy"], until=date(2017, 12, 31))
    if not noting:
        never_note(replay.partition, customer.encode())
    with gzip.open(EVENTS) as lines:
        for line in lines:
            if f'"subject":"{customer}"'.encode() in line:
                replay.feed(line.strip())
    list(replay.finish())
    return replay


def brought_forward(fixture: dict[str, Any], customer: str, *, noting: bool = True) -> tuple[Policy, Customer, Customer]:
    """The customer of an old row, and what this version makes of the same events."""
    replay, policy = replayed(fixture, customer, noting=noting), parse_policy(fixture["policy"])
    old = customer_row.decode(customer, b64decode(fixture["rows"][customer]), policy)
    return policy, old, customer_row.decode(customer, replay.partition.stored[customer.encode()], policy)


def without_losses(state: State) -> State:
    """Losses were not kept by version 1."""
    return structs.replace(state, tiers=tuple([tier._replace(losses=()) for tier in state.tiers]))


@pytest.mark.parametrize("customer", FIRST["rows"])
def test_a_row_of_version_1_is_what_this_version_makes_of_the_same_events(customer: str) -> None:
    policy, old, new = brought_forward(FIRST, customer)

    assert old.due <= new.due
    old.position, old.due = new.position, new.due
    new.headroom, new.closings.checkpoints = None, ()
    new.opened = without_losses(new.opened)
    new.closings.anchor = without_losses(new.closings.anchor) if new.closings.anchor else None
    assert customer_row.encode(old, policy) == customer_row.encode(new, policy)


def played_on(policy: Policy, old: Customer, new: Customer, late: int) -> None:
    """Nine days and a late order later both say and show the same, and so does the old one's row of this version."""
    assert old.due <= new.due
    assert old.announced == new.announced
    assert old.profile(policy, 1) == new.profile(policy, 1)

    for each in (old, new):
        each.bring_to(each.as_of + 9, policy)
    event, day = order_event(70_000, "late"), new.as_of - late
    said = [[line.data for line in each.fold(event, day, 1, policy)] for each in (old, new)]

    assert said[0] == said[1]
    assert old.profile(policy, 1) == new.profile(policy, 1)
    assert customer_row.decode(old.id, customer_row.encode(old, policy), policy).profile(policy, 1) == old.profile(policy, 1)


@pytest.mark.parametrize("late", [1, 40, 80])
@pytest.mark.parametrize("customer", SECOND["rows"])
def test_a_row_of_version_2_goes_on_as_one_of_this_version(customer: str, late: int) -> None:
    """Its checkpoint is another one, and it has forgotten some ids earlier; the standing is the same, whatever comes."""
    played_on(*brought_forward(SECOND, customer), late)


@pytest.mark.parametrize("late", [1, 40, 80])
@pytest.mark.parametrize("customer", THIRD["rows"])
def test_a_row_of_version_3_goes_on_as_one_of_this_version(customer: str, late: int) -> None:
    played_on(*brought_forward(THIRD, customer), late)


@pytest.mark.parametrize("customer", THIRD["rows"])
def test_a_row_of_version_3_holds_what_one_of_this_version_does_without_notes(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But that its anchor had moved as soon as it could."""
    monkeypatch.setattr(closings, "WORTH_FORGETTING", 0)
    policy, old, new = brought_forward(THIRD, customer, noting=False)

    assert old.headroom == new.headroom
    assert customer_row.encode(old, policy) == customer_row.encode(new, policy)


@pytest.mark.parametrize("late", [1, 40, 80])
@pytest.mark.parametrize("customer", FOURTH["rows"])
def test_a_row_of_version_4_goes_on_as_one_of_this_version(customer: str, late: int) -> None:
    played_on(*brought_forward(FOURTH, customer), late)


@pytest.mark.parametrize("customer", FOURTH["rows"])
def test_a_row_of_version_4_holds_what_one_of_this_version_does_its_notes_too(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But that its anchor had moved as soon as it could."""
    monkeypatch.setattr(closings, "WORTH_FORGETTING", 0)
    policy, old, new = brought_forward(FOURTH, customer)

    assert (old.due, old.headroom) == (new.due, new.headroom)
    assert customer_row.encode(old, policy) == customer_row.encode(new, policy)


@pytest.mark.parametrize(("fixture", "customer"), [(each, customer) for each in (THIRD, FOURTH) for customer in each["rows"]])
def test_orders_are_noted_on_what_has_become_of_a_row_of_version_3_or_4(fixture: dict[str, Any], customer: str) -> None:
    new, row = replayed(fixture, customer), b64decode(fixture["rows"][customer])
    new.until, begins = None, (date(2018, 1, 1) - builders.FIRST.date()).days
    old = new.restarted()
    old.partition = Partition(0, {**new.partition.stored, customer.encode(): row})
    orders = [builders.order(begins + number // 2, 10, id=f"{number}", customer=customer) for number in range(30)]
    said = [[each.feed(order).announcements for order in orders] for each in (old, new)]

    assert said[0] == said[1]
    assert old.partition.stored[customer.encode()][0] == front.VERSION
    assert list(old.profiles()) == list(new.profiles())


def test_more_complaints_than_a_short_count_holds_are_kept() -> None:
    policy = parse_policy(SECOND["policy"])
    customer = Customer.enrolled("c-1", 20_000, policy)
    for number in range(70_000):
        customer.facts.complaints.give(number.to_bytes(6, "big"), 20_000)

    again = customer_row.decode("c-1", customer_row.encode(customer, policy), policy)

    assert again.facts.complaints.by_id == customer.facts.complaints.by_id


@pytest.mark.parametrize("fixture", [FIRST, SECOND, THIRD, FOURTH], ids=["1", "2", "3", "4"])
def test_the_due_day_of_a_row_is_the_one_in_its_header(fixture: dict[str, Any]) -> None:
    stored = [b64decode(row) for row in fixture["rows"].values()]

    assert [customer_row.due_of(row) for row in stored] == [customer_row.header(row).due for row in stored]


def test_the_due_day_of_a_row_of_this_version_is_the_one_in_its_header() -> None:
    row = replayed(THIRD, next(iter(THIRD["rows"]))).partition.stored[next(iter(THIRD["rows"])).encode()]

    assert customer_row.due_of(row) == customer_row.header(row).due


def test_nobody_in_quarantine_is_due() -> None:
    assert customer_row.due_of(Quarantined("wrong", 1, 2, b"").encode()) == NEVER
