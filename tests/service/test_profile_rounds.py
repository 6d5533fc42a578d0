"""Profiles go out in rounds: nobody twice in one, nobody left behind, and what is out is known after a restart."""

from collections.abc import Callable

import pytest

from schemas.profile import Profile
from service.domain.customer import Customer
from service.domain.policy import Policy
from service.partition import Partition
from tests.builders import FRAME, LADDER, order
from tests.compiled.pure import inside_is_changed
from tests.service.noting import Log

BITE, CUSTOMERS = 3, 10
Until = Callable[[], bool]


class Rounds:
    """A partition whose customers have all been shown, and then changed."""

    def __init__(self) -> None:
        self.log, self.number = Log(), 0
        self.log.activate(FRAME + LADDER)
        self.change(*range(CUSTOMERS))
        self.change(*range(CUSTOMERS))

    @property
    def partition(self) -> Partition:
        """As it is now."""
        return self.log.partition

    def change(self, *customers: int) -> None:
        """An order each, which changes no name after the first."""
        self.number += 1
        self.log.send(*[order(3, 10, id=f"{self.number}-{each}", customer=f"c-{each}") for each in customers])

    def bite(self, enough: Until = lambda: False) -> list[str]:
        """Whose profiles go out in the next bite."""
        return [key.decode() for key, _ in self.partition.publish_profiles(BITE, enough).profiles]

    def waiting_after_a_restart(self) -> int:
        """How many profiles a worker that takes the partition over would publish."""
        return Partition(0, dict(self.partition.stored)).pending_profiles


def test_who_changes_in_a_round_is_in_the_next() -> None:
    rounds = Rounds()
    assert rounds.bite() == ["c-0", "c-1", "c-2"]

    rounds.change(1, 8)
    assert [rounds.bite() for _ in range(3)] == [["c-3", "c-4", "c-5"], ["c-6", "c-7", "c-8"], ["c-9"]]
    assert (rounds.partition.round_left, rounds.partition.pending_profiles) == (0, 1)

    assert rounds.bite() == ["c-1"]
    assert rounds.partition.pending_profiles == rounds.waiting_after_a_restart() == 0


def test_however_busy_a_partition_is_what_went_out_a_round_ago_is_known_after_a_restart() -> None:
    rounds = Rounds()
    for _ in range(5):
        assert rounds.bite()
        changed = 0
        while rounds.partition.round_left:
            rounds.change(changed)
            changed += 1
            rounds.bite()
        assert rounds.waiting_after_a_restart() == rounds.partition.pending_profiles == changed
        rounds.change(*range(changed, CUSTOMERS))


@inside_is_changed
@pytest.mark.parametrize("enough", [lambda: False, lambda: True], ids=["in-time", "out-of-time"])
def test_one_whose_profile_can_not_be_made_holds_up_nobody(enough: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, shown, made = Rounds(), list[str](), Customer.profile

    def fails(customer: Customer, policy: Policy, position: int) -> Profile:
        if customer.id == "c-7":
            raise ZeroDivisionError
        return made(customer, policy, position)

    monkeypatch.setattr(Customer, "profile", fails)
    for _ in range(3 * CUSTOMERS):
        shown += rounds.bite(enough)

    assert rounds.partition.pending_profiles == rounds.waiting_after_a_restart() == 0
    assert rounds.partition.quarantined == 1
    assert set(shown) == {f"c-{number}" for number in range(CUSTOMERS)} - {"c-7"}
    assert len(shown) < 2 * CUSTOMERS  # again were shown those of the round in which it was found
