"""The laws that the product promises, on random histories under random policies."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.replay import Replay
from service.rows import customer_row
from tests.properties.cases import Case, arrivals, cases
from tests.properties.effort import examples
from tests.properties.histories import Event, encode, event, order, refund
from tests.properties.live import difference, last_day, profile

NOT_TOO_LATE = 1_000
"""More days than any history is long."""


def play(case: Case, events: list[Event], silent: int = 0) -> tuple[dict[str, Any], list[bytes]]:
    """The profile so many days after the last event, and all that was said until then."""
    replay = Replay(case.text, case.last(silent))
    said = [announcement for value in encode(events) for announcement in replay.feed(value).announcements]
    said += replay.finish()
    return profile(replay), said


@examples(60)
@given(cases(late_days=NOT_TOO_LATE), st.randoms(use_true_random=False))
def test_order_any_order_of_arrival_ends_in_the_same_standing(case: Case, random: Any) -> None:
    shuffled = random.sample(case.events, len(case.events))

    assert play(case, shuffled)[0] == play(case, case.events)[0]


@examples(60)
@given(cases(), st.randoms(use_true_random=False), st.sampled_from((0, 30)))
def test_repeat_delivering_any_event_again_changes_nothing(case: Case, random: Any, silent: int) -> None:
    events = case.events
    repeated = [each for at, first in enumerate(events) for each in (first, random.choice(events[: at + 1]))]

    assert play(case, repeated, silent) == play(case, events, silent)


@examples(60)
@given(cases(), st.data())
def test_refund_after_a_full_refund_the_order_never_was(case: Case, data: st.DataObject) -> None:
    at = datetime.fromisoformat(data.draw(st.sampled_from(case.events))["time"])
    later = at + timedelta(days=data.draw(st.integers(0, min(case.policy["frame"]["refund_horizon_days"], 20))))
    cents, silent = data.draw(st.sampled_from((0, 1, 300, 1600))), data.draw(st.sampled_from((20, 60)))
    bought, undone = order(1001, cents, 100, at), refund(1002, cents, 1001, later)
    nothing = event(1001, "app.interaction.v1", {"kind": "of-no-effect"}, at)

    def history(*more: Event) -> list[Event]:
        return sorted([*case.events, *more], key=lambda each: datetime.fromisoformat(each["time"]))

    undone_, never = play(case, history(bought, undone), silent)[0], play(case, history(nothing), silent)[0]
    never["engagement"].pop("of-no-effect", None)

    # A refund on the day after the horizon, which a summer's hour can make of it, does not belong to the order any more.
    if (case.day(undone) - case.day(bought)).days <= case.policy["frame"]["refund_horizon_days"]:
        assert difference(undone_, never) is None


@examples(60)
@given(st.data())
def test_incremental_a_restart_after_every_event_changes_nothing(data: st.DataObject) -> None:
    case = data.draw(cases())
    steady, restarted = Replay(case.text), Replay(case.text)

    for value in encode(data.draw(arrivals(case))):
        assert restarted.feed(value) == steady.feed(value)
        restarted = restarted.restarted()

    assert list(restarted.finish()) == list(steady.finish())
    assert profile(restarted) == profile(steady)
    assert last_day(restarted) == last_day(steady)


@examples(30)
@given(st.data())
def test_a_row_is_read_as_it_was_written(data: st.DataObject) -> None:
    case = data.draw(cases())
    replay = Replay(case.text)

    for value in encode(data.draw(arrivals(case))):
        replay.feed(value)
        for key, row in replay.partition.stored.items():
            if key[:1] != b"\0":
                assert customer_row.encode(customer_row.decode(key.decode(), row, replay.policy), replay.policy) == row


@examples(60)
@given(st.data())
def test_what_is_decoded_for_a_profile_shows_what_all_of_the_customer_does(data: st.DataObject) -> None:
    case = data.draw(cases())
    replay = Replay(case.text)

    for value in encode(data.draw(arrivals(case))):
        replay.feed(value)
        for key, row in replay.partition.stored.items():
            if key[:1] == b"\0":
                continue
            shown = customer_row.decode_shown(key.decode(), row, replay.policy, customer_row.header(row))
            if shown is not None:
                whole = customer_row.decode(key.decode(), row, replay.policy)
                whole.headroom = None  # so that its closing is derived in full
                assert shown.profile(replay.policy, 1) == whole.profile(replay.policy, 1)
