"""Everything at once: arrivals, late and too late, repeats, conflicts, time, new policies, restarts, against the oracle."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from service.replay import Replay
from tests.oracle import Oracle
from tests.properties import policies
from tests.properties.cases import changed
from tests.properties.effort import examples
from tests.properties.histories import Event, encode, happenings
from tests.properties.live import difference, heard, last_day, profile
from tests.properties.test_policy_change import LONG_MEMORY, with_an_anchor_out_of_reach

STEPS = st.sampled_from((0, 0, 1, 20, 60 * 5, 60 * 24, 60 * 24 * 2, 60 * 24 * 9, 60 * 24 * 30))
"""Minutes."""


class Machine(RuleBasedStateMachine):
    """One customer of the service beside the same customer of the oracle."""

    @initialize(policy=policies.policies(), start=st.sampled_from((date(2023, 12, 28), date(2024, 2, 27), date(2011, 12, 28))))
    def begin(self, policy: dict[str, Any], start: date) -> None:
        """An empty log under a policy."""
        frame = with_an_anchor_out_of_reach(policy["frame"])
        self.policy = policy | {"frame": frame, "scheme": [*policy["scheme"], LONG_MEMORY]}
        self.replay, self.oracle = Replay(policies.text(self.policy)), Oracle(policies.text(self.policy))
        self.now = datetime(start.year, start.month, start.day, 22, tzinfo=UTC)
        self.orders: dict[int, int] = {}
        self.number = 0
        self.events: list[Event] = []
        self.said: list[bytes] = []

    def check(self, announcements: list[bytes]) -> None:
        """What both have said since is the same."""
        self.said += announcements
        assert difference(heard(self.said), self.oracle.said) is None

    def arrive(self, event: Event) -> None:
        """One event happens to both."""
        [value] = encode([event])
        outcome, verdict = self.replay.feed(value), self.oracle.feed(value)
        assert (outcome.rejected.code if outcome.rejected else None) == (verdict if verdict in ("too-late", "conflict") else None)
        self.check(outcome.announcements)

    @rule(data=st.data(), minutes=STEPS)
    def something_new(self, data: st.DataObject, minutes: int) -> None:
        """An event, later than all before."""
        self.now += timedelta(minutes=minutes)
        self.events.append(data.draw(happenings(self.number, self.now, self.orders)))
        self.number += 1
        self.arrive(self.events[-1])

    @rule(data=st.data(), minutes=STEPS)
    def something_late(self, data: st.DataObject, minutes: int) -> None:
        """An event of before, maybe too late."""
        self.events.append(data.draw(happenings(self.number, self.now - timedelta(minutes=minutes), self.orders)))
        self.number += 1
        self.arrive(self.events[-1])

    @precondition(lambda self: self.events)
    @rule(data=st.data(), in_conflict=st.booleans())
    def something_again(self, data: st.DataObject, in_conflict: bool) -> None:
        """An event of before once more, or another one under its id."""
        event = data.draw(st.sampled_from(self.events))
        self.arrive({**event, "data": event["data"] | changed(event)} if in_conflict else event)

    @rule(minutes=STEPS)
    def time_passes(self, minutes: int) -> None:
        """An event of somebody else moves the clock."""
        self.now += timedelta(minutes=minutes)
        self.oracle.tick(self.now)
        self.check(self.replay.tick(self.now))

    @rule(data=st.data())
    def new_rules(self, data: st.DataObject) -> None:
        """The next version of the policy."""
        self.policy = data.draw(policies.successors(self.policy))
        self.policy["scheme"] = [each for each in self.policy["scheme"] if each["name"] != "long-memory"] + [LONG_MEMORY]
        self.oracle.activate(policies.text(self.policy), self.now)
        self.check(self.replay.activate(policies.text(self.policy), self.now))

    @rule()
    def restart(self) -> None:
        """The service forgets all but its rows."""
        self.replay = self.replay.restarted()

    def teardown(self) -> None:
        """At the end the profile is the same too."""
        if hasattr(self, "replay") and self.oracle.today is not None:
            announcements = list(self.replay.finish())
            self.oracle.finish(last_day(self.replay))
            self.check(announcements)
            assert difference(profile(self.replay), self.oracle.profile()) is None


def test_whatever_happens_the_service_is_the_oracle() -> None:
    run_state_machine_as_test(Machine, settings=settings(examples(60), stateful_step_count=30))
