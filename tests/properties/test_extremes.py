"""The largest and smallest values that a policy may hold: nothing fails, and every number is one."""

import json
from math import isfinite
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.policy_table import LARGEST
from service.replay import Replay
from tests import builders
from tests.domain.full_policy import FULL, Place, accepted, changed, text_of
from tests.domain.test_policy_schema import BOUNDED, PLACES
from tests.properties.effort import examples

TINY, HUGE = 5e-324, 1e308
DAYS = (0, 0, 1, 1, 3, 40, 41, 400, 800)
AMOUNTS = (0, 1, 10**12)


def extremes(place: Place) -> list[Any]:
    """The least and the greatest value of a place."""
    schema = PLACES[place]
    least = [schema["minimum"]] if "minimum" in schema else [TINY]
    greatest = schema.get("maximum", LARGEST if schema["type"] == "integer" else HUGE)
    return [*least, greatest]


@st.composite
def policies(draw: st.DrawFn) -> str:
    """A policy in which some values are as large or small as may be."""
    churn = [place for place in BOUNDED if place[0] == "churn"]
    places = draw(st.sets(st.sampled_from(churn), max_size=5)) | draw(st.sets(st.sampled_from(BOUNDED), max_size=5))
    content = FULL
    for place in sorted(places, key=str):
        more = changed(place, draw(st.sampled_from(extremes(place))), content)
        content = more if accepted(more) else content
    return text_of(content)


@examples(100)
@given(policies(), st.lists(st.sampled_from(AMOUNTS), min_size=len(DAYS), max_size=len(DAYS)))
def test_every_number_of_every_customer_is_one(text: str, amounts: list[int]) -> None:
    replay = Replay(text)
    for number, (day, cents) in enumerate(zip(DAYS, amounts, strict=True)):
        for event in (
            builders.order(day, cents, id=f"{number}", margin=-cents),
            builders.refund(day, cents // 2 + 1, id=f"{number}", of=None if number % 2 else f"{number}"),
            builders.interaction(day, "share", id=f"{number}"),
        ):
            outcome = replay.feed(event.replace(b'"USD"', b'"EUR"'))
            assert outcome.rejected is None
            assert all(is_sound(json.loads(each)["data"]) for each in outcome.announcements)
        assert all(is_sound(msgspec.to_builtins(profile)) for _, profile in replay.profiles())


def is_sound(data: dict[str, Any]) -> bool:
    """Whether all numbers are finite, and there is a probability where there is a level."""
    risk = data.get("churn") or data
    known = risk.get("level") or risk.get("to_level")
    numbers = [risk[name] for name in ("p_no_order", "expected_orders", "expected_value_minor")] if known else []
    return all(number is not None and isfinite(number) for number in numbers)


@pytest.mark.parametrize(
    ("key", "value"),
    [("r", "1e308"), ("weight", "1e308"), ("tau_days", "1e13"), ("kappa", "1e300"), ("omega", "1e20"), ("alpha_days", "2e12")],
)
def test_a_number_that_is_too_large_to_compute_with_is_no_value(key: str, value: str) -> None:
    assert not accepted(changed(("churn", key), float(value)))
