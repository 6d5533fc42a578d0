"""One partition of the log as an object without Kafka: records in, effects out.

The worker, `tiering replay`, the back-test and the simulator all drive this one object.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Literal

from schemas import codec
from schemas.dead_letters import InvalidEvent
from schemas.profile import Profile
from service import log_record
from service.domain.names import Names
from service.domain.policy import Policy
from service.effects import Effects, Record
from service.failures import Failures, failing
from service.partition_state import PartitionState
from service.quarantine import CustomerFailed, check_rate
from service.rows.partition_row import key_of


class Partition:
    """The state of one partition of the log, and the only way to change it.

    `stored` holds the rows by key; effects are put into it as they arise, so a step whose effects could not be made durable
    must end the process.
    """

    effects_type = Effects
    holes = False
    """Whether records may be missing in the log."""

    def __init__(self, number: int, stored: MutableMapping[bytes, bytes], *, mode: Literal["events", "wall"] = "events") -> None:
        self.number, self.stored, self.mode, self.key = number, stored, mode, key_of(number)
        self._failures = Failures()
        self._load()

    def _load(self) -> None:
        """All that is kept in memory, from the rows."""
        state = self.state = PartitionState(self.number, self.stored, self.mode, self._failures, self.holes)
        self.row, self.clock, self.policies = state.row, state.clock, state.policies

    @property
    def next(self) -> int:
        """The offset to read next."""
        return self.state.next

    @property
    def log_id(self) -> str | None:
        """The random id of the log that the rows are a function of; None before its first record."""
        return self.row.log_id

    @property
    def due(self) -> int:
        """No more than so many customers are due for review now, or under an earlier policy; 0: there is nothing to catch up."""
        due = self.state.waiting.due.at_most(self.clock.day) + len(self.state.waiting.behind)
        return due or int(self.policies.holds_earlier)

    @property
    def overdue(self) -> int:
        """No more than so many customers were due for review on a day before the clock's."""
        return self.state.waiting.due.at_most(self.clock.day - 1)

    @property
    def day(self) -> int:
        """The business day that the clock has reached."""
        return self.clock.day

    @property
    def pending_profiles(self) -> int:
        """How many profiles are not yet out."""
        return self.state.waiting.profiles

    @property
    def round_left(self) -> int:
        """How many of them are of the round under way."""
        return len(self.state.waiting.round)

    @property
    def customers(self) -> int:
        """How many customers have a row."""
        return self.state.rows

    @property
    def quarantined(self) -> int:
        """How many customers are in quarantine."""
        return len(self.state.waiting.quarantined)

    def said(self, key: bytes) -> tuple[Names, Policy] | None:
        """The names last announced of the customer of a row, and the policy it is under; None: nothing was, or there is no such.

        May be asked at any time, also between the turns of a step.
        """
        return self.state.customers.rows.said(key)

    def apply(self, records: Sequence[Record]) -> Effects:
        """Fold the next records of the log, in order; records before `next` are skipped. LogMismatch, FutureRow, CodeIsWrong."""
        turns = self.apply_in_turns(records, lambda: False)
        while (effects := next(turns)) is None:
            pass
        return effects

    def apply_in_turns(self, records: Sequence[Record], enough: Callable[[], bool]) -> Iterator[Effects | None]:
        """The same with a pause, None, whenever it is `enough` for one turn; the effects of all records come last.

        Nothing else may be asked of the partition meanwhile.
        """
        day = self.clock.day
        while True:
            effects = self.effects_type()
            try:
                for record in records:
                    log_record.take(self.state, record, effects)
                    if enough():
                        yield None
                self._end_step(effects, len(records))
                break
            except CustomerFailed as failure:
                self._failures.note(failure)
                self._begin_again(day)
        yield effects

    def catch_up(self, limit: int, enough: Callable[[], bool] = lambda: False) -> Effects:
        """Review due customers, each as of his due day: by day, then by customer id; at most `limit`, or until it is `enough`.

        When nobody is due, bring those who are under an earlier policy to the policy in force.
        """
        return self._step(lambda effects: self._review(limit, enough, effects), limit)

    def publish_profiles(self, limit: int = 1_000_000, enough: Callable[[], bool] = lambda: False) -> Effects:
        """Profiles that are not out yet, bounded as reviews, of one round: call it until none is left of the round, that every
        `profile_seconds`, and when leaving the partition until none waits.
        """
        if not self.state.waiting.profiles:
            return Effects()
        return self._step(lambda effects: self._publish_all(limit, enough, effects), limit)

    def pass_by(self, record: Record) -> None:
        """Let the next record of the log pass, one of a customer who does not matter: only its time counts."""
        if self.mode == "events":
            with suppress(InvalidEvent):
                self.clock.move(codec.decode_counted(record.value or b"").time.timestamp())
        self.state.next = record.offset + 1

    def advance_to(self, day: int) -> None:
        """Move the clock to the end of a business day (a replay's last step)."""
        self.clock.close(day)

    def profiles(self, day: int) -> Iterator[tuple[str, Profile]]:
        """All profiles as of a day that nothing is due before, in the order of customer ids."""
        policy, position = self.policies.current, self.state.next - 1
        for customer in self.state.customers.in_order():
            for announcement in customer.bring_to(day, policy):
                raise AssertionError(f"{announcement.id} should have been announced by a review")
            yield customer.id, customer.profile(policy, position)

    # One step

    def _step(self, act: Callable[[Effects], None], size: int) -> Effects:
        """Do something of at most `size` customers. Whoever fails is quarantined, and something done again: not all of the same,
        for the order is another one after it, and the time is up.
        """
        day = self.clock.day
        while True:
            effects = self.effects_type()
            try:
                for key in self._failures.customers():
                    self.state.has_failed(key, effects)
                act(effects)
                self._end_step(effects, size)
                return effects
            except CustomerFailed as failure:
                self._failures.note_at_once(failure)
                self._begin_again(day)

    def _end_step(self, effects: Effects, size: int) -> None:
        check_rate(dict(effects.quarantined), size, self.state.waiting.quarantined.values(), self.state.read_at)
        self.state.settle(effects)
        self._failures.clear()

    def _begin_again(self, day: int) -> None:
        self._load()
        self.clock.close(day)

    def _review(self, limit: int, enough: Callable[[], bool], effects: Effects) -> None:
        customers, waiting = self.state.customers, self.state.waiting
        while effects.reviewed < limit:
            if (place := waiting.due.take(self.clock.day)) is not None:
                self._come_up(place[0], place[1], effects)
            elif (key := waiting.behind.take()) is None:
                break
            elif customers.is_behind(key):
                self._review_one(key, effects)
            if enough():
                break

    def _come_up(self, day: int, key: bytes, effects: Effects) -> None:
        """A customer's place has come up: he is reviewed if he is due indeed, and gets another place."""
        if self.state.customers.is_due(key, day):
            self._review_one(key, effects)
        self.state.customers.place(key)

    def _review_one(self, key: bytes, effects: Effects) -> None:
        state, customers = self.state, self.state.customers
        effects.reviewed += 1
        with failing(key):
            if not state.has_failed(key, effects) and (customer := customers.find(key)) is not None:
                self.policies.bring(customer, min(customer.due, self.clock.day), effects)
                state.show(key, customer, self.state.next - 1, effects)
                customers.changed(key, customer)

    def _publish_all(self, limit: int, enough: Callable[[], bool], effects: Effects) -> None:
        state, customers = self.state, self.state.customers
        for key in list(islice(state.waiting.go_on(state.next - 1), limit)):
            with failing(key):
                if not state.has_failed(key, effects) and (customer := customers.shown(key)) is not None:
                    state.show(key, customer, self.state.next - 1, effects)
            if enough():
                break
