"""What of a row is decoded for a profile: all that it shows, and of a calm customer no more."""

import pytest
from msgspec import structs

from service.domain.facts import Facts
from service.domain.names import Names
from service.domain.policy_file import parse_policy
from service.domain.standing import before_enrolment
from service.domain.state import State
from service.domain.tier_outlook import Expiring
from service.domain.tier_state import TierState
from service.rows import customer_row, names, states
from service.rows.columns import Source
from tests.builders import interaction, order, refund
from tests.domain.lives import POLICY as TEXT
from tests.service.noted_logs import PLAIN, RISKY, STAGED, WHOLE, log_of, with_notes
from tests.service.noting import KEY, Log

POLICY = parse_policy(TEXT)
BEHIND = b"what comes next"
EVERY_KIND = [
    order(1, 900, id="1"),
    interaction(1, "share", id="i1"),
    *[order(day, 40 + day, id=f"o{day}", margin=5 - day) for day in range(2, 30, 2)],
    interaction(31, "app-open", id="i2"),
    *[order(day, 300, id=f"o{day}") for day in range(31, 70, 3)],
]


def shown_of(log: Log) -> bytes | None:
    """The profile after a restart, when nobody is in memory."""
    log.restart()
    log.partition.state.waiting.unpublished[KEY] = None
    [(_, value)] = log.partition.publish_profiles().profiles
    return value


def shown_in_full(log: Log) -> bytes | None:
    """The same, all of the customer decoded."""
    log.restart()
    assert log.partition.state.customers.find(KEY) is not None
    log.partition.state.waiting.unpublished[KEY] = None
    [(_, value)] = log.partition.publish_profiles().profiles
    return value


@pytest.mark.parametrize("text", [PLAIN, RISKY, STAGED, WHOLE])
@pytest.mark.parametrize("count", [1, 2, 3, 9, 16, 24, len(EVERY_KIND)])
def test_a_profile_is_the_same_however_much_was_decoded_for_it(text: str, count: int) -> None:
    log = log_of(*EVERY_KIND[:count], text=text)

    assert shown_of(log) == shown_in_full(log)


def test_of_a_calm_customer_no_more_is_decoded_and_nothing_is_kept() -> None:
    log = with_notes()
    log.restart()
    customers, whole = log.partition.state.customers, log.customer

    shown = customers.shown(KEY)

    assert shown is not None
    assert (len(shown.facts.orders.orders), len(whole.facts.orders.orders)) == (0, 4)
    assert shown.facts.purchases.columns == whole.facts.purchases.columns
    assert customers.shown(KEY) is not shown
    assert customers.find(KEY) is customers.shown(KEY)


def test_of_who_is_not_calm_all_is_decoded() -> None:
    log = log_of(*EVERY_KIND[:1], text=STAGED)
    log.restart()
    customers = log.partition.state.customers

    assert customers.shown(KEY) is customers.find(KEY)


def test_a_refund_is_shown() -> None:
    log = log_of(*EVERY_KIND[:9], refund(18, 5, id="r", of="o2"), *EVERY_KIND[9:12])

    assert shown_of(log) == shown_in_full(log)


def test_nobody_is_shown_who_has_no_row() -> None:
    assert with_notes().partition.state.customers.shown(b"c-9") is None


@pytest.mark.parametrize("same_tiers", [True, False])
def test_states_and_names_are_passed_over_whatever_they_hold(same_tiers: bool) -> None:
    tiers = (TierState(1, 9, failed=2, losses=(3, 5, 8)), TierState(1, 4, held_until=40, term_from=9, losses=(2,)))
    state = structs.replace(before_enrolment(Facts(4), POLICY), tiers=tiers)
    opened = state if same_tiers else before_enrolment(Facts(5), POLICY)
    announced = Names(("silver", None), (Expiring("silver", 4, 40), None), None, "new", None)
    out = bytearray()
    states.put_state(out, state, POLICY, opened)
    names.put_names(out, announced, POLICY)
    source = Source(bytes(out) + BEHIND, 0)

    states.skip_state(source, POLICY)
    names.skip_names(source, POLICY)

    assert bytes(source.take(len(BEHIND))) == BEHIND
    assert source.at == len(source.row)


def test_a_row_of_another_version_is_decoded_in_full() -> None:
    log = with_notes()
    head = customer_row.header(log.row)

    assert customer_row.decode_shown("c-1", log.row, log.partition.policies.current, structs.replace(head, version=4)) is None


def test_a_closing_is_the_same_with_headroom_and_without() -> None:
    for text in (PLAIN, RISKY, STAGED, WHOLE):
        log = log_of(text=text)
        for event in EVERY_KIND:
            log.send(event)
            calm, other = log.customer, log.customer
            policy = log.partition.policies.current
            other.headroom = None
            assert _closing(calm.profile(policy, 1), calm.closed) == _closing(other.profile(policy, 1), other.closed)


def _closing(shown: object, closed: State | None) -> tuple[object, ...]:
    assert closed is not None
    return shown, closed.day, closed.tiers, closed.segment, closed.lifecycle, closed.churn
