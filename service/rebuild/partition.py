"""A partition made anew from its log: it reads in silence, then says how it differs from what was published."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from schemas import codec
from schemas.control import PolicyActivated, Release
from schemas.outbound import Announcement
from schemas.profile import Profile
from service.domain.calendar import day_number, midnight
from service.domain.customer import Customer
from service.domain.occasion import Occasion
from service.domain.policy import Policy
from service.domain.published import is_current, published_names
from service.effects import Effects
from service.erasures import NONE
from service.failures import failing
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.rebuild.differences import Differences
from service.rows import customer_row, partition_row
from service.rows.partition_row import PartitionRow


class Silence(Effects):
    """Nothing is said or shown."""

    def say(self, said: Sequence[Announcement]) -> int:
        """None of it."""
        return 0

    def show(self, customer: Customer, policy: Policy, position: int) -> None:
        """No profile."""

    def take_back(self, key: bytes) -> None:
        """Nor that there is none any more: `announce` sees whether one is published."""


class RebuiltPartition(Partition):
    """Records and reviews cause rows and dead letters only; `announce` says the rest at the end."""

    effects_type: type[Effects] = Silence
    holes = True

    def __init__(
        self, number: int, stored: dict[bytes, bytes], known: Sequence[Policy], mode: Literal["events", "wall"] = "events"
    ) -> None:
        super().__init__(number, stored, mode=mode)
        self.known = known
        """Every policy of the log."""
        self.refused = 0
        """Records that could not be folded."""
        self.differences = Differences()

    @property
    def keys(self) -> Iterable[bytes]:
        """The customers'."""
        return (key for key in self.stored if key[:1] != b"\0")

    def was_erased(self, key: bytes) -> bool:
        """Whether the log says that a customer was erased."""
        return self.state.customers.erasures.of(key) is not NONE

    def announce(self, published: Mapping[bytes, bytes], keys: Sequence[bytes]) -> Effects:
        """How these customers differ from their published profiles, those without a row being erased; all reviews are done.

        A second time it finds no difference. LogMismatch for a published value that is no profile.
        """
        self.effects_type = Effects
        self.state.waiting.show_nobody()
        found = Differences()

        def compare(effects: Effects) -> None:
            nonlocal found
            found = Differences()
            for key in keys:
                self._compare(key, _profile(key, published.get(key)), effects, found)

        effects = self._step(compare, len(keys))
        self.differences.add(found)
        return effects

    def release_of(self, key: bytes, published: bytes | None) -> Release:
        """What takes the place of a customer's row, to whom no more has been announced than his published profile says."""
        customer, said = self.state.customers.find(key), _profile(key, published)
        if customer is None:
            raise LogMismatch(f"the log has no event of {key.decode()} that counts")
        if said is None:
            customer.announced = None
        customer.sequence = self._said_before(key) if said is None else said.sequence
        former = next((each.text for each in self.known if said and each.label == said.policy), None)
        return Release(row=customer_row.encode(customer, self.policies.of(customer.version)), published=said, former=former)

    def end(self) -> Effects:
        """The partition is a worker's again."""
        self.state.waiting.show_nobody()
        self.row.rebuilding = None
        return self._step(lambda _: None, 0)

    def _said_before(self, key: bytes) -> int:
        """The sequence of a customer of whom no profile is published."""
        return self.state.customers.erasures.of(key).sequence

    def _compare(self, key: bytes, said: Profile | None, effects: Effects, found: Differences) -> None:
        if key not in self.stored:
            found.erased += 1
            effects.profiles.append((key, None))
            return
        with failing(key):
            if not self.state.has_failed(key, effects) and (customer := self.state.customers.find(key)) is not None:
                self._say_difference(key, customer, said, effects, found)

    def _say_difference(self, key: bytes, customer: Customer, said: Profile | None, effects: Effects, found: Differences) -> None:
        policy, sequence, as_of = self.policies.of(customer.version), customer.sequence, customer.as_of
        if said is not None and day_number(said.as_of) > as_of:  # a log that was brought back may lack the ticks since
            customer.bring_to(day_number(said.as_of), policy)
        names = None if said is None else published_names(said, policy, self.known)
        former = next((each for each in self.known if said and each.label == said.policy), None)
        occasion = Occasion("rebuild", midnight(customer.as_of, policy.frame.zone), former=former)
        changes = customer.say_since(names, said.sequence if said else self._said_before(key), policy, occasion)
        effects.say(changes)
        found.count(changes)
        if changes or customer.sequence != sequence or customer.as_of != as_of:
            self.state.customers.changed(key, customer)
        if said is not None and said.position >= self.next:  # of another log; a lower position would never replace it
            effects.profiles.append((key, None))
        elif said is not None and is_current(said, customer.profile(policy, -1)):
            return
        found.profiles += 1
        self.state.show(key, customer, self.next - 1, effects)


def first_row(log_id: str, policy: PolicyActivated, read: int | None = None, erased: int = 0) -> PartitionRow:
    """The row of a partition that is going to read its log from 0 under a policy, whatever policies the log begins with.

    `read`: for a rebuild, up to which offset the log had been read before it; `erased`: how many rows there are of
    who was erased.
    """
    version = partition_row.VERSION if erased else partition_row.BEFORE_ERASURES
    return PartitionRow(log_id=log_id, policy=policy.data.text, rebuilding=read, erased=erased, version=version)


def last_position(published: Mapping[bytes, bytes]) -> int:
    """The highest offset that a published profile knows of; -1: there is none. LogMismatch as in `announce`."""
    said = [_profile(key, value) for key, value in published.items()]
    return max((profile.position for profile in said if profile is not None), default=-1)


def _profile(key: bytes, value: bytes | None) -> Profile | None:
    if value is None:
        return None
    try:
        return codec.decode_profile(value).data
    except msgspec.MsgspecError as error:
        customer = key.decode(errors="replace")
        raise LogMismatch(f"what is published of {customer} is no profile ({error}): is that another service's topic?") from None
