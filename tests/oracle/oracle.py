"""One customer in live operation, asked every day."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle import admission, churn, outlook, said, segment, stage
from tests.oracle.days import DAY, day_of, midnight
from tests.oracle.ledger import Event, event_day, ledger
from tests.oracle.measures import Moment, value
from tests.oracle.programme import Programme, programme
from tests.oracle.walk import Rules, Standing, Walk

REASONS = {"order.paid.v1": "order", "order.refunded.v1": "refund", "app.interaction.v1": "interaction"}


class Oracle:
    """The events of one customer as they come, and the announcements of each step as (type, time, data)."""

    def __init__(self, policy: str) -> None:
        self.chain = [Rules(programme(policy), None)]
        self.accepted: list[Event] = []
        self.clock: datetime | None = None
        self.today: date | None = None
        """The as-of day, once there is a customer."""
        self.closed = date.min
        self.names: dict[str, str] = {}
        self.ladders: dict[str, list[str]] = {}
        """By scheme: its tiers when a tier was last announced."""
        self.expiring: dict[str, Any] = {}
        self.said: list[dict[str, Any]] = []
        self._ends: dict[date, tuple[Any, Standing]] = {}
        """By day: what was known before it, and the standing that led to."""

    @property
    def rules(self) -> Programme:
        """The programme in force."""
        return self.chain[-1].programme

    def feed(self, value: bytes) -> str:
        """One event; what became of it: `new`, `repeat`, `conflict` or `too-late`."""
        event = json.loads(value)
        at, day = datetime.fromisoformat(event["time"]), event_day(event, self.rules)
        self._clock_moves(at)
        as_of = max(self._clock_day(), self.today or day)
        verdict = admission.verdict(event, self.accepted, as_of, self.rules)
        if verdict != "new":
            self._pass_days(self._clock_day())
            return verdict
        if self.today is None:
            self.today = max(as_of, day)
        self._pass_days(max(as_of, day))
        self.accepted.append(event)
        cause = {"source": event["source"], "id": event["id"], "type": event["type"]}
        reason = "late-event" if day < self.today else REASONS.get(event["type"]) or event["data"]["kind"]
        if reason not in (*REASONS.values(), "late-event", "complaint", "complaint-resolved"):
            reason = "feedback"
        self._announce({"reason": reason, "cause": cause, "time": at})
        self._pass_days(self._clock_day())
        return verdict

    def tick(self, at: datetime) -> None:
        """The clock passes an instant."""
        self._clock_moves(at)
        self._pass_days(self._clock_day())

    def activate(self, policy: str, at: datetime) -> None:
        """New rules take over at the anchor."""
        new = programme(policy)
        as_of = self._clock_day() if self.today is None else max(self.today, self._clock_day())
        keep = timedelta(days=new.frame["keep_days"])
        anchor = date.min if as_of - date.min < keep else as_of - keep
        self.chain.append(Rules(new, anchor))
        for scheme in self.ladders.keys() - {each["name"] for each in new.schemes}:
            del self.ladders[scheme], self.names[f"tier {scheme}"], self.expiring[scheme]
        if self.today is not None:
            self._announce({"reason": "policy", "cause": None, "time": at})

    def forget(self) -> None:
        """The customer is erased; what was announced to him stays said."""
        self.accepted, self.today, self.names, self.ladders, self.expiring, self._ends = [], None, {}, {}, {}, {}

    def finish(self, day: date) -> None:
        """The clock goes to the end of a day."""
        self.closed = max(self.closed, day)
        self._pass_days(day)

    # The clock

    def _clock_moves(self, at: datetime) -> None:
        self.clock = at if self.clock is None else max(self.clock, at)

    def _clock_day(self) -> date:
        if self.clock is None:
            return self.closed
        settled = self.clock - timedelta(minutes=self.rules.frame["settle_minutes"])
        return max(self.closed, day_of(settled, self.rules.zone))

    def _pass_days(self, until: date) -> None:
        while self.today is not None and self.today < until:
            self.today += DAY
            self._announce({"reason": "time", "cause": None, "time": midnight(self.today, self.rules.zone)})

    # The standing

    def _now(self) -> tuple[Standing, Moment]:
        assert self.today is not None
        known = ledger(self.accepted, self.rules)
        enrolled = min(event_day(event, self.rules) for event in self.accepted)
        walk = Walk(self.chain, known, enrolled)
        opened = walk.opening(self._before(walk), self.today)
        closed = walk.closing(opened, self.today)
        self._ends[self.today + DAY] = (self._past(walk, self.today), walk.taken_over(closed, self.today))
        return closed, Moment(self.today, self.today, known, self.rules)

    def _before(self, walk: Walk) -> Standing:
        """The standing at the end of yesterday: as it was found then, if nothing that it comes from has changed since."""
        assert self.today is not None
        past = self._past(walk, self.today - DAY)
        if self.today not in self._ends or self._ends[self.today][0] != past:
            self._ends = {self.today: (past, walk.before(self.today))}
        return self._ends[self.today][1]

    @staticmethod
    def _past(walk: Walk, day: date) -> Any:
        return walk.enrolled, len(walk.chain), walk.ledger.until(day)

    def _announce(self, occasion: dict[str, Any]) -> None:
        standing, moment = self._now()
        for kind, data in list(self._changes(standing, moment, occasion)):
            self.said.append({"type": kind, "time": occasion["time"], "sequence": len(self.said) + 1, "data": data})

    def _changes(self, standing: Standing, moment: Moment, occasion: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for scheme, held in zip(self.rules.schemes, standing.held, strict=True):
            before, name = self._renamed(f"tier {scheme['name']}", scheme["tier"][held.tier]["name"])
            ladder = self.ladders.get(scheme["name"], [])
            self.ladders[scheme["name"]] = [tier["name"] for tier in scheme["tier"]]
            if before != name:
                yield "tier.changed.v1", said.tier_changed(scheme, before, ladder, held, moment, occasion)
            coming = outlook.is_expiring(scheme, held, moment)
            key = (name, held.since, held.held_until) if coming else None
            if coming and self.expiring.get(scheme["name"]) != key:
                yield "tier.expiring.v1", said.tier_expiring(scheme, held, coming, moment)
            self.expiring[scheme["name"]] = key
        before, now = self._renamed("segment", standing.segment.segment)
        if before != now:
            yield "segment.changed.v1", said.segment_changed(before, now, moment, occasion)
        before, now = self._renamed("stage", standing.stage)
        if before != now and now is not None:
            yield "lifecycle.changed.v1", said.lifecycle_changed(before, now, moment, occasion)
        before, now = self._renamed("level", churn.shown(standing.level, standing.stage, moment))
        if before != now:
            yield "churn.risk-changed.v1", said.churn_risk_changed(before, now, moment, occasion)

    def _renamed(self, what: str, name: str | None) -> tuple[str | None, str | None]:
        before = self.names.pop(what, None)
        if name is not None:
            self.names[what] = name
        return before, name

    def profile(self) -> dict[str, Any]:
        """The profile's data as of today, without sequence and position."""
        standing, moment = self._now()
        return {
            "as_of": moment.day.isoformat(),
            "policy": self.rules.label,
            "totals": _totals(moment),
            "rfm": segment.figures(moment) | {"segment": standing.segment.segment} if self.rules.rfm else None,
            "tiers": dict(self._tiers(standing, moment)),
            "lifecycle": _lifecycle(standing, moment),
            "churn": _churn(standing, moment),
            "engagement": _engagement(moment),
            "open_complaints": churn.open_complaints(moment),
        }

    def _tiers(self, standing: Standing, moment: Moment) -> Iterator[tuple[str, Any]]:
        for scheme, held in zip(self.rules.schemes, standing.held, strict=True):
            days = {"since": said.iso(held.since), "held_until": said.iso(held.held_until)}
            yield scheme["name"], {"tier": scheme["tier"][held.tier]["name"], **days, **said.tier_outlook(scheme, held, moment)}


def _totals(moment: Moment) -> dict[str, Any]:
    bought = moment.ledger.purchase_days(moment.known)
    orders, spend = (value(measure, "lifetime", moment) for measure in ("orders", "spend_minor"))
    return {
        "orders": orders,
        "spend_minor": spend,
        "purchase_days": len(bought),
        "first_order_on": bought[0].isoformat() if bought else None,
        "last_order_on": bought[-1].isoformat() if bought else None,
        "average_order_minor": (2 * spend + orders) // (2 * orders) if orders else None,
    }


def _lifecycle(standing: Standing, moment: Moment) -> dict[str, Any] | None:
    if standing.stage is None:
        return None
    return {"stage": standing.stage, "since": said.iso(standing.stage_since), **stage.outlook(moment)}


def _churn(standing: Standing, moment: Moment) -> dict[str, Any] | None:
    level, numbers = churn.shown(standing.level, standing.stage, moment), churn.numbers(moment)
    return {"level": level, **numbers} if numbers else None


def _engagement(moment: Moment) -> dict[str, int]:
    recent = [kind for day, kind in moment.ledger.interactions if moment.day - day < timedelta(days=90)]
    return {kind: recent.count(kind) for kind in sorted(set(recent))}
