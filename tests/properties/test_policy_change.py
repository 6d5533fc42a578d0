"""Policy change: the standing is that of a service that always had the new rules, from the anchor on."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.replay import Replay
from tests.oracle import Oracle
from tests.properties import policies
from tests.properties.cases import Case, arrivals, cases
from tests.properties.effort import examples
from tests.properties.histories import Event, encode
from tests.properties.live import difference, heard, last_day, profile

NOBODY = {"all": [{"measure": "engagement", "window": "rolling 365", "at_least": 10**6}]}
LONG_MEMORY = {"name": "long-memory", "hold": {"kind": "rolling"}, "tier": [{"name": "base"}, {"name": "top", "entry": NOBODY}]}
"""A scheme for which the ledgers keep a year: no new window is too long for them."""


@st.composite
def remembering(draw: st.DrawFn) -> Case:
    """A case whose ledgers are as long as any policy needs."""
    case = draw(cases())
    frame = with_an_anchor_out_of_reach(case.policy["frame"])
    return Case(case.policy | {"frame": frame, "scheme": [*case.policy["scheme"], LONG_MEMORY]}, case.events)


def with_an_anchor_out_of_reach(frame: dict[str, Any]) -> dict[str, Any]:
    """No event may reach the anchor's own day: on the day of a change that day is not walked again."""
    return frame | {"keep_days": max(frame["keep_days"], frame["late_days"] + frame["refund_horizon_days"] + 1)}


@st.composite
def changes(draw: st.DrawFn, case: Case) -> dict[int, str]:
    """New versions of the policy, by the place of the event that they come before."""
    found, policy = {}, case.policy
    for place in sorted(draw(st.sets(st.integers(0, len(case.events) - 1), min_size=1, max_size=2))):
        policy = draw(policies.successors(policy))
        policy["scheme"] = [each for each in policy["scheme"] if each["name"] != "long-memory"] + [LONG_MEMORY]
        found[place] = policies.text(policy)
    return found


@st.composite
def new_limits(draw: st.DrawFn, case: Case) -> dict[int, str]:
    """New versions of the policy in which nothing is new but the limit of losses, by the place of an event."""
    found, policy = {}, case.policy
    for place in sorted(draw(st.sets(st.integers(0, len(case.events) - 1), min_size=1, max_size=3))):
        schemes = [draw(policies.with_other_limit(scheme)) for scheme in policy["scheme"]]
        policy = policy | {"version": policy["version"] + 1, "scheme": schemes}
        found[place] = policies.text(policy)
    return found


@examples(150)
@given(st.data())
def test_new_rules_take_over_at_the_anchor(data: st.DataObject) -> None:
    case = data.draw(remembering())
    new, silent = data.draw(changes(case)), data.draw(st.sampled_from((0, 3, 40)))
    play(case, data.draw(arrivals(case)) if data.draw(st.booleans()) else case.events, new, silent)


@examples(60)
@given(st.data())
def test_a_limit_that_is_added_or_raised_counts_the_losses_before(data: st.DataObject) -> None:
    case = data.draw(remembering())
    case = Case(case.policy | {"scheme": [data.draw(policies.stairs(name)) for name in ("membership", "club")]}, case.events)
    play(case, case.events, data.draw(new_limits(case)), data.draw(st.sampled_from((3, 40))))


def play(case: Case, events: list[Event], new: dict[int, str], silent: int) -> None:
    """Let events and new rules happen to the service and to the oracle, and compare all they say and show."""
    replay, oracle, said = Replay(case.text), Oracle(case.text), []

    for place, value in enumerate(encode(events)):
        if place in new:
            at = datetime.fromisoformat(events[place]["time"])
            said += replay.activate(new[place], at)
            oracle.activate(new[place], at)
        said += replay.feed(value).announcements
        oracle.feed(value)
    if silent:
        at = datetime.fromisoformat(case.events[-1]["time"]) + timedelta(days=silent)
        said += replay.tick(at)
        oracle.tick(at)
    said += replay.finish()
    oracle.finish(last_day(replay))

    assert difference(heard(said), oracle.said) is None
    assert difference(profile(replay), oracle.profile()) is None
