"""What the next record of the log does to a partition: a customer's event is folded, a control record is obeyed."""

from datetime import UTC, datetime, timedelta
from typing import Final

from schemas import codec
from schemas.control import ClockTicked, CustomerErased, CustomerReleased, PolicyActivated
from schemas.dead_letters import InvalidEvent
from schemas.inbound import OrderCounted
from service.domain.occasion import Occasion
from service.domain.published import difference
from service.effects import Effects, Record
from service.erasures import Erasure
from service.event_fold import fold
from service.failures import failing
from service.log_mismatch import LogMismatch
from service.partition_state import PartitionState
from service.policy_history import read_policy
from service.rows.customer_row import DamagedRow

MOST_AHEAD: Final = timedelta(minutes=5)
"""A tick further ahead of its record's broker timestamp is ignored."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def take(state: PartitionState, record: Record, effects: Effects) -> None:
    """Take the record at `next`; those before it were taken already. LogMismatch when some are missing between."""
    offset = record.offset
    if offset >= state.next:
        if offset > state.next and not state.holes:
            raise LogMismatch(
                f"partition {state.number}: offset {state.next} was expected and {offset} came; the log has a hole: run"
                " `tiering rebuild`"
            )
        state.read_at = record.timestamp
        _obey(state, record, effects)
        state.next = offset + 1


def _obey(state: PartitionState, record: Record, effects: Effects) -> None:
    try:
        event = codec.decode_counted(record.value or b"")
    except InvalidEvent as invalid:
        effects.refuse(record, invalid.code, invalid.message)
        return
    if type(event) is OrderCounted:  # most are; to ask for a type by `is` takes a tenth of isinstance
        fold(state, record, event, effects)
    elif isinstance(event, PolicyActivated):
        _activate(state, event)
        effects.count("control")
    elif isinstance(event, ClockTicked):
        _tick(state, record, event, effects)
    elif isinstance(event, CustomerReleased):
        effects.count("control" if _release(state, record.offset, event, effects) else "ignored")
    elif isinstance(event, CustomerErased):
        _erase(state, record, event, effects)
        effects.count("control")
    else:
        fold(state, record, event, effects)


def _activate(state: PartitionState, event: PolicyActivated) -> None:
    begins = not state.policies
    if state.policies.activate(event, state.clock.day):
        state.clock.set_frame(state.policies.current.frame)
        if not begins:
            state.customers.fall_behind()


def _tick(state: PartitionState, record: Record, event: ClockTicked, effects: Effects) -> None:
    ahead = event.data.at.timestamp() * 1000 - record.timestamp
    if state.mode == "wall" and ahead > MOST_AHEAD.seconds * 1000:
        effects.count("ignored")
        return
    state.clock.move(event.data.at.timestamp())
    effects.count("control")


def _release(state: PartitionState, offset: int, event: CustomerReleased, effects: Effects) -> bool:
    """Whether he is; a row that can't be used, or with which he fails again, leaves the customer where he is."""
    key, customers = event.subject.encode(), state.customers
    if key not in state.waiting.quarantined or state.failures.of(key, offset):
        return False
    data = event.data
    with failing(key, offset):
        try:
            customer = customers.release(key, data.row)
            former = None if data.former is None else read_policy(data.former, state.number)
        except (DamagedRow, LogMismatch):
            return False
        occasion = Occasion("rebuild", event.time, former=former)
        effects.say(difference(customer, data.published, state.policies.current, occasion))
        state.policies.bring(customer, max(customer.as_of, state.clock.day), effects)
        customers.changed(key, customer)
        state.show(key, customer, state.next, effects)
    return True


def _erase(state: PartitionState, record: Record, event: CustomerErased, effects: Effects) -> None:
    """Nothing of a customer stays but what `erasures` says, whether he is known, unknown or in quarantine.

    What was due before is announced, as it is when records come one by one; not of one with whom that fails.
    """
    key, customers = event.subject.encode(), state.customers
    if not state.failures.of(key, record.offset):
        with failing(key, record.offset):
            if (customer := customers.find(key)) is not None:
                state.policies.bring(customer, max(customer.as_of, state.clock.day), effects)
    if state.mode == "events":
        micros = state.clock.micros or 0
    else:  # the writer's clock may be ahead; the broker's time is a later one in a log that was brought back from a copy
        micros = min((event.time - _EPOCH) // timedelta(microseconds=1), record.timestamp * 1000)
    customers.erase(key, Erasure(event.data.sequence, micros, record.offset))
    effects.take_back(key)
