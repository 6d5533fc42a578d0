"""A customer's event: what is due before it is reviewed, it is judged, folded, and what it changes is said."""

from schemas import codec
from schemas.dead_letters import Code
from schemas.inbound import Event, OrderCounted
from service.domain.admission import Refused, admit
from service.domain.facts import Recognition
from service.domain.policy import Policy
from service.effects import Effects, Record
from service.failures import described
from service.log_mismatch import LogMismatch
from service.partition_state import PartitionState
from service.quarantine import CustomerFailed
from service.rows.customer_row import FutureRow


def fold(state: PartitionState, record: Record, event: Event, effects: Effects) -> None:
    """Fold an event, or refuse it. CustomerFailed when that can't be done, LogMismatch and FutureRow when nothing can."""
    key = (event.subject or "").encode()
    try:
        if state.failures:
            _fold_again(state, key, record, event, effects)
        else:
            _fold(state, key, record, event, effects)
    except (LogMismatch, FutureRow, MemoryError, CustomerFailed):
        raise
    except Exception as error:
        raise CustomerFailed(key, record.offset, described(error)) from error


def _fold(state: PartitionState, key: bytes, record: Record, event: Event, effects: Effects) -> None:
    policy, clock, seconds = state.policies.current, state.clock, event.time.timestamp()
    if state.mode == "events":
        clock.move(seconds)
    erasures = state.customers.erasures
    if seconds <= erasures.latest and erasures.cover(key, seconds):
        effects.count("ignored")
        return
    day, fingerprint = clock.days.at(seconds), codec.fingerprint(record.value or b"")
    noted = (
        isinstance(event, OrderCounted)
        and day >= clock.day
        and not state.failures
        and state.customers.note(key, event.data, day, record.offset, fingerprint)
    )
    if noted:  # most orders are
        state.waiting.unpublished[key] = None
        effects.count("applied")
    else:
        _fold_in_full(state, policy, key, record, event, day, fingerprint, effects)


def _fold_in_full(
    state: PartitionState, policy: Policy, key: bytes, record: Record, event: Event, day: int, fingerprint: int, effects: Effects
) -> None:
    customers = state.customers
    customer = customers.find(key)
    if customer is None and key in state.waiting.quarantined:
        effects.refuse(record, Code.CUSTOMER_QUARANTINED, "in quarantine: see `tiering customers show`")
        return
    if customer is not None and record.offset <= customer.position:
        effects.count("repeated")  # in the row already
        return
    as_of = max(state.clock.day, day if customer is None else customer.as_of)
    verdict = admit(customer.facts if customer else None, event, day, as_of, fingerprint, policy.frame)
    if verdict is Recognition.NEW:
        customer = customer or customers.enrolled(key, as_of)
        said = state.policies.bring(customer, max(as_of, day), effects)
        if changes := customer.fold(event, day, fingerprint, policy):
            said += effects.say(changes)
        customer.position = record.offset
        customers.changed(key, customer)
        if said:
            state.show(key, customer, record.offset, effects)
            if changes and record.headers:
                effects.trace(record.headers, len(changes))
        else:
            state.waiting.unpublished[key] = None
        effects.count("applied")
    elif isinstance(verdict, Refused):
        effects.refuse(record, verdict.code, verdict.message)
    else:
        effects.count("repeated")


def _fold_again(state: PartitionState, key: bytes, record: Record, event: Event, effects: Effects) -> None:
    """The same in a step that is taken again: whoever failed goes into quarantine at the record that he failed at."""
    failures = state.failures
    if failures.of(key, record.offset) and key not in failures.stuck:
        _review_first(state, key, record.offset, effects)
    state.has_failed(key, effects, record.offset)
    _fold(state, key, record, event, effects)
    if key in failures.suspects:
        state.customers.check_row(key, record.offset)


def _review_first(state: PartitionState, key: bytes, offset: int, effects: Effects) -> None:
    """What was due before the record that a customer fails at is announced, as it is when records come one by one."""
    customers, today = state.customers, state.clock.day
    state.failures.stuck.add(key)  # should this fail
    customer = customers.find(key)
    while customer is not None and (customer.due <= today or customer.version != state.policies.current.version):
        state.policies.bring(customer, min(customer.due, today), effects)
        state.show(key, customer, offset - 1, effects)
        customers.changed(key, customer)
    state.failures.stuck.discard(key)
