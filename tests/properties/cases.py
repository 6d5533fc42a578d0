"""A policy, a history that meets it, and the order in which its events arrive."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.ledger import event_day
from tests.oracle.programme import programme
from tests.properties import histories, policies


@dataclass(frozen=True)
class Case:
    """Events in the order of their times."""

    policy: dict[str, Any]
    events: list[histories.Event]

    @property
    def text(self) -> str:
        """The policy file."""
        return policies.text(self.policy)

    def day(self, event: histories.Event) -> date:
        """An event's business day."""
        return event_day(event, programme(self.text))

    def last(self, silent: int = 0) -> date:
        """So many days after the last event's."""
        return self.day(self.events[-1]) + timedelta(days=silent)


@st.composite
def cases(draw: st.DrawFn, *, late_days: int | None = None, most: int = 18) -> Case:
    """Any policy and history; `late_days` where nothing may be too late."""
    policy = draw(policies.policies(late_days=late_days))
    return Case(policy, draw(histories.histories(policy["frame"]["time_zone"], most=most)))


@st.composite
def arrivals(draw: st.DrawFn, case: Case) -> list[histories.Event]:
    """The events of a case as they arrive: some late, some too late, some twice, some in conflict with themselves."""
    arriving = []
    for event in case.events:
        lateness = draw(st.sampled_from((0, 0, 0, 0, 1, 2, 5, 20, 30)))
        arriving.append((case.day(event) + timedelta(days=lateness), event))
        if draw(st.integers(0, 5)) == 0:
            again = event if draw(st.booleans()) else {**event, "data": event["data"] | changed(event)}
            arriving.append((case.day(event) + timedelta(days=draw(st.integers(0, 30))), again))
    return [event for _, event in sorted(arriving, key=lambda each: each[0])]


def changed(event: histories.Event) -> dict[str, Any]:
    """Other content under the same id."""
    return {"amount_minor": 77} if "amount_minor" in event["data"] else {"channel": "elsewhere"}
