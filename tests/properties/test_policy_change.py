"""Policy change: the standing is that of a service that always had the new rules, from the anchor on."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.replay import Replay
from tests.oracle import Oracle
from tests.properties import policies
from tests.properties.cases import Case, arrivals, cases
from tests.properties.effort import examples
from tests.properties.histories import Event, encode
from tests.properties.live import difference, heard, last_day, profile


@st.composite
def changes(draw: st.DrawFn, case: Case) -> dict[int, str]:
    """New versions of the policy, by the place of the event that they come before."""
    found, policy = {}, case.policy
    for place in sorted(draw(st.sets(st.integers(0, len(case.events) - 1), min_size=1, max_size=2))):
        policy = draw(policies.successors(policy))
        found[place] = policies.text(policy)
    return found


@examples(250)
@given(st.data())
def test_new_rules_take_over_at_the_anchor(data: st.DataObject) -> None:
    case = data.draw(cases())
    new, silent = data.draw(changes(case)), data.draw(st.sampled_from((0, 3, 40)))
    events: list[Event] = data.draw(arrivals(case)) if data.draw(st.booleans()) else case.events
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
