"""The policies of a partition: the one in force, and those that rows which are behind may still be under."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.control import PolicyActivated
from service.domain.customer import Customer
from service.domain.occasion import Occasion
from service.domain.policy import Policy
from service.domain.policy_change import refusal
from service.domain.policy_file import PolicyError, parse_policy
from service.effects import Effects
from service.log_mismatch import LogMismatch
from service.rows.partition_row import Activated, PartitionRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Step(NamedTuple):
    """A change of rules: from `day` on `policy` applies; `time` is that of the activation."""

    policy: Policy
    day: int
    time: datetime


class PolicyHistory:
    """Policies in the order of their activation, kept in the partition's row."""

    def __init__(self, number: int, row: PartitionRow) -> None:
        self._number, self._row = number, row
        self._first = read_policy(row.policy, self._number) if row.policy is not None else None
        self._steps = [self._step(each) for each in row.later]
        self._current = self._steps[-1].policy if self._steps else self._first

    @property
    def current(self) -> Policy:
        """The policy in force; LogMismatch before the log's first record."""
        if self._current is None:
            raise LogMismatch(
                f"partition {self._number}: the log does not begin with a policy: run `tiering topics apply --policy FILE`"
            )
        return self._current

    def __bool__(self) -> bool:
        return self._first is not None

    def of(self, version: int | None) -> Policy:
        """The policy of a version that a row is under; None: the oldest (rows that are older than policy changes)."""
        current = self._current
        if current is not None and current.version == version:
            return current
        if version is None and self._first is not None:
            return self._first
        for policy in (self._first, *(step.policy for step in self._steps)):
            if policy is not None and policy.version == version:
                return policy
        raise LogMismatch(f"partition {self._number}: a row is under version {version} of the policy: upgrade first")

    @property
    def holds_earlier(self) -> bool:
        """Whether a policy before the one in force is kept."""
        return bool(self._steps)

    def earlier(self) -> list[Policy]:
        """The policies that rows may still be under, besides the one in force."""
        return [
            policy for policy in (self._first, *(step.policy for step in self._steps)) if policy and policy is not self._current
        ]

    def after(self, version: int | None) -> list[Step]:
        """The changes that a row under a version has not seen yet."""
        return [step for step in self._steps if version is None or step.policy.version > version]

    def bring(self, customer: Customer, day: int, effects: Effects) -> int:
        """A customer, day by day and policy by policy to the opening of a day; how much was said."""
        said, policy = 0, self.current
        if customer.version != policy.version:
            for step in self.after(customer.version):
                before = self.of(customer.version)
                said += effects.say(customer.bring_to(max(step.day, customer.as_of), before))
                said += effects.say(customer.adopt(step.policy, before, Occasion("policy", step.time, former=before)))
        if changes := customer.bring_to(day, policy):
            said += effects.say(changes)
        return said

    def activate(self, event: PolicyActivated, day: int) -> bool:
        """Take up a policy of the log, when the clock has reached `day`; False for one that is not above the one in force.

        LogMismatch for one that can't follow it, or that this version of the service can't read.
        """
        if self._first is None:
            self._row.log_id, self._row.policy = event.data.log_id, event.data.text
            self._first = self._current = read_policy(event.data.text, self._number)
            return True
        current = self.current
        if event.data.version <= current.version:
            return False
        self._change(event, current, day)
        return True

    def forget_earlier(self) -> None:
        """No row is behind any more."""
        if self._steps:
            self._first = self.current
            self._steps, self._row.later, self._row.policy = [], [], self._first.text

    def _change(self, event: PolicyActivated, current: Policy, day: int) -> None:
        policy = read_policy(event.data.text, self._number)
        if why := refusal(current, policy):
            raise LogMismatch(
                f"partition {self._number}: {policy.label} can't follow {current.label}, {why}: run `tiering rebuild`"
            )
        step = Activated(event.data.text, day, (event.time - _EPOCH) // timedelta(microseconds=1))
        self._row.later.append(step)
        self._steps.append(self._step(step))
        self._current = self._steps[-1].policy

    def _step(self, activated: Activated) -> Step:
        time = _EPOCH + timedelta(microseconds=activated.micros)
        return Step(read_policy(activated.text, self._number), activated.day, time)


def read_policy(text: str, partition: int) -> Policy:
    """A policy of the log; LogMismatch when this version of the service can't read it."""
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise LogMismatch(
            f"partition {partition}: this version of the service can't read the log's policy ({error}): upgrade first"
        ) from None
