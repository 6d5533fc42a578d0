"""Long logs of customers who buy regularly, under policies as chains have them: most orders change no name."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from service.domain.policy_file import parse_policy
from service.intake import Forward, intake
from service.replay import LogRecord, activation_record
from tests.performance import workload
from tests.properties import policies
from tests.properties.histories import Event, encode, event, order, refund

WORKLOAD = tomllib.loads(workload.POLICY)
POLICIES = Path(__file__).parents[2] / "service" / "policies"
PROGRAMMES = [*[tomllib.loads((POLICIES / f"{name}.toml").read_text()) for name in ("coffee", "grocery")], WORKLOAD]
SECTIONS = ("rfm", "lifecycle", "churn")
KINDS = ("order",) * 40 + ("order twice", "late order", "refund", "interaction", "rating", "complaint", "resolution", "conflict")
HABITS = {"c-1": (0, 1, 1, 2), "c-2": (1, 2, 2, 3, 9), "c-3": (0, 5, 7, 7, 8, 30, 90)}
"""Days between what a customer does."""
FIRST = date(2024, 1, 20)


class Course(NamedTuple):
    """What a log is made of."""

    rules: dict[str, Any]
    """A policy but for its version and frame."""
    without: frozenset[str]
    """Sections of the policy that are left out."""
    zone: str
    late_days: int
    settle_minutes: int
    calm: bool
    """Whether little but orders happens, and the rules stay."""
    cents: int
    """Of the cheapest order."""
    events: int
    seed: int

    def policy(self, version: int) -> str:
        """The policy; every second version is easier."""
        table = {key: value for key, value in self.rules.items() if key not in self.without}
        if "lifecycle" in self.without and "churn" in table:
            table["churn"] = table["churn"] | {"floors": {}}
        frame = table["frame"] | {"time_zone": self.zone, "currency": "USD", "late_days": self.late_days}
        frame |= {"refund_horizon_days": 30, "keep_days": self.late_days + 31, "settle_minutes": self.settle_minutes}
        schemes = [_halved(scheme) if version % 2 == 0 else scheme for scheme in table["scheme"]]
        return policies.text(table | {"version": version, "frame": frame, "scheme": schemes})

    def records(self) -> list[LogRecord]:
        """The log."""
        random, version = Random(self.seed), 1
        records = [_activation(0, self.policy(1), datetime(1970, 1, 1, tzinfo=UTC))]
        for at, happened in self._happenings(random):
            if not self.calm and random.random() < 0.02:
                version += 1
                records.append(_activation(len(records), self.policy(version), at))
            taken = intake(encode([happened])[0], (), now=datetime.now(UTC), currency="USD")
            assert isinstance(taken, Forward), taken
            records.append(LogRecord(len(records), taken.customer_id.encode(), taken.value))
        return records

    def _happenings(self, random: Random) -> Iterator[tuple[datetime, Event]]:
        """Events as they arrive, each with the time that it is about then."""
        days, zone, past = dict.fromkeys(HABITS, FIRST), ZoneInfo(self.zone), list[Event]()
        for number in range(self.events):
            customer = min(days, key=lambda each: (days[each], each))
            at = datetime(*days[customer].timetuple()[:3], random.randrange(24), random.choice((0, 29, 59)), tzinfo=zone)
            days[customer] += timedelta(days=random.choice(HABITS[customer]))
            kind = "order" if self.calm and random.random() < 0.9 else random.choice(KINDS)
            own = [each for each in past if each["subject"] == customer]
            past.append(_happening(random, number, kind, at.astimezone(UTC), own, self.cents) | {"subject": customer})
            yield at.astimezone(UTC), past[-1]


def _happening(random: Random, number: int, kind: str, at: datetime, past: list[Event], cents: int) -> Event:
    orders = [each for each in past if each["type"] == "order.paid.v1"]
    late = at - timedelta(days=random.choice((0, 1, 3, 10, 40)), minutes=random.choice((0, 600)))
    if kind == "refund" and orders:
        of = random.choice(orders[-12:])
        back = random.choice((of["data"]["amount_minor"], cents, cents))
        return refund(number, back, int(of["id"][2:]), at)
    if kind == "order twice" and orders:
        return random.choice(orders[-20:])
    if kind == "conflict" and orders:
        of = random.choice(orders[-20:])
        return of | {"data": of["data"] | {"amount_minor": of["data"]["amount_minor"] + 1}}
    if kind == "interaction":
        return event(number, "app.interaction.v1", {"kind": random.choice(("app-open", "coupon-redeemed", "search"))}, at)
    if kind == "rating":
        return event(number, "feedback.given.v1", {"kind": "rating", "score": random.choice((1, 5))}, late)
    if kind in ("complaint", "resolution"):
        said = {"complaint": "complaint", "resolution": "complaint-resolved"}[kind]
        return event(number, "feedback.given.v1", {"kind": said, "complaint_id": f"k-{random.randrange(3)}"}, at)
    times = random.choice((0, 1, 2, 5, 5, 70, 5_000_000)) if random.random() < 0.2 else random.choice((1, 2))
    return order(number, times * cents, random.choice((None, 700, -20)), late if kind == "late order" else at)


def _activation(offset: int, text: str, at: datetime) -> LogRecord:
    return LogRecord(offset, None, activation_record(parse_policy(text), log_id="log", at=at))


def _halved(value: Any) -> Any:
    """A rule with every threshold half as high."""
    if isinstance(value, dict):
        return {key: max(1, each // 2) if key == "at_least" else _halved(each) for key, each in value.items()}
    return [_halved(each) for each in value] if isinstance(value, list) else value
