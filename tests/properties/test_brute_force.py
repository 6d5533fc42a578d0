"""Timers = brute force: what is said and shown is what asking every customer every day finds."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from service.replay import Replay
from tests.oracle import Oracle
from tests.properties.cases import Case, arrivals, cases
from tests.properties.effort import examples
from tests.properties.histories import Event, encode
from tests.properties.live import difference, heard, last_day, profile


def play(policy: str, events: Iterable[Event], replay: Replay) -> None:
    """Let the same events happen to the service and to the oracle, and compare all they say and show."""
    oracle, said = Oracle(policy), []
    for value in encode(list(events)):
        outcome = replay.feed(value)
        verdict = oracle.feed(value)
        assert (outcome.rejected.code if outcome.rejected else None) == (verdict if verdict in ("too-late", "conflict") else None)
        said += outcome.announcements
    said += replay.finish()
    oracle.finish(last_day(replay))

    assert difference(heard(said), oracle.said) is None
    assert difference(profile(replay), oracle.profile()) is None


@examples(150)
@given(cases(), st.sampled_from((0, 1, 7, 30, 90, 400)))
def test_all_announcements_and_the_profile_are_what_asking_every_day_finds(case: Case, silent: int) -> None:
    play(case.text, case.events, Replay(case.text, case.last(silent)))


@examples(150)
@given(st.data())
def test_also_when_events_are_late_or_too_late_or_repeated_or_in_conflict(data: st.DataObject) -> None:
    case = data.draw(cases())

    play(case.text, data.draw(arrivals(case)), Replay(case.text))
