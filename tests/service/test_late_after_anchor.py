"""A late event after the anchor has moved: nothing is walked from before it, for what windows held there is forgotten."""

import json

import pytest

from service.domain import closings
from service.replay import Replay
from service.rows import customer_row
from tests import builders
from tests.builders import FRAME, event, order

SHORT = FRAME.replace("late_days = 60", "late_days = 5").replace("refund_horizon_days = 30", "refund_horizon_days = 0")
POLICY = (
    SHORT.replace("keep_days = 100", "keep_days = 5")
    + """
[[scheme]]
name = "m"
hold = { kind = "rolling" }

[[scheme.tier]]
name = "base"

[[scheme.tier]]
name = "silver"
entry = { all = [{ measure = "spend_minor", window = "rolling 90", at_least = 500 }] }
keep = { all = [{ measure = "spend_minor", window = "rolling 90", at_least = 100 }] }
"""
)
EVENTS = ((21, 500, "a"), (81, 1, "b"), (80, 1, "late-1"), (91, 100, "c"), (122, 1, "d"), (121, 1, "late-2"))


@pytest.mark.parametrize("restarted_after", [(), ("a", "late-1", "c", "d", "late-2"), ("b",), tuple(id for _, _, id in EVENTS)])
def test_silver_is_kept_by_what_was_spent_in_the_window(
    restarted_after: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closings, "ANCHOR_STEP", 32)
    replay, said = Replay(POLICY), []
    for day, cents, id in EVENTS:
        said += replay.feed(order(day, cents, id=id)).announcements
        if id in restarted_after:
            replay = replay.restarted()

    assert [json.loads(value)["data"]["to_tier"] for value in said] == ["silver"]


def test_the_anchor_moves_though_every_order_comes_on_a_due_day() -> None:
    replay = Replay(builders.POLICY)
    for number in range(60):
        replay.feed(order(number * 11, 5, id=str(number)))

    customer = customer_row.decode("c-1", replay.partition.stored[b"c-1"], replay.policy)

    assert customer.closings.anchor is not None
    assert customer.facts.purchases.forgotten > 0


def complaint(day: int, kind: str, *, id: str) -> bytes:
    return event("feedback.given.v1", {"kind": kind, "complaint_id": "k"}, day=day, id=id)


@pytest.mark.parametrize("late", [True, False])
def test_a_resolution_is_final_whenever_the_anchor_moves(late: bool) -> None:
    replay = Replay(builders.POLICY)
    again, sign_of_life = complaint(130, "complaint", id="c"), order(170, 5, id="d")
    known = (complaint(1, "complaint", id="a"), complaint(2, "complaint-resolved", id="b"))

    for each in (*known, *((sign_of_life, again) if late else (again, sign_of_life))):
        assert replay.feed(each).rejected is None

    [(_, profile)] = replay.profiles()
    assert profile.open_complaints == 0
