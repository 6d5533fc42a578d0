"""The standing of a customer, carried from moment to moment, under the policies that were in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from tests.oracle import churn, ladder, segment, stage
from tests.oracle.days import DAY
from tests.oracle.ladder import Held
from tests.oracle.ledger import Ledger
from tests.oracle.measures import Moment
from tests.oracle.programme import Programme
from tests.oracle.segment import Shown


@dataclass(frozen=True)
class Standing:
    """All that a moment hands on to the next one."""

    held: tuple[Held, ...]
    segment: Shown = field(default_factory=Shown)
    loyal: bool = False
    stage: str | None = None
    stage_since: date | None = None
    level: int | None = None
    """By the chance alone."""


class Rules(NamedTuple):
    """A programme, and the anchor from whose end on everything is walked by it (None: from the beginning)."""

    programme: Programme
    anchor: date | None


class Walk:
    """From the day of enrolment to a day, by a chain of programmes."""

    def __init__(self, chain: Sequence[Rules], ledger: Ledger, enrolled: date) -> None:
        self.chain, self.ledger, self.enrolled = chain, ledger, enrolled

    def programme(self, day: date) -> Programme:
        """The rules that a day is walked by."""
        return [rules.programme for rules in self.chain if rules.anchor is None or day > rules.anchor][-1]

    def before(self, day: date) -> Standing:
        """The standing at the end of the day before one, in the terms of that day's rules."""
        standing = self._start(self.programme(self.enrolled), self.enrolled)
        present = self.enrolled
        while present < day:
            standing = self.closing(self.opening(standing, present), present)
            standing = self.taken_over(standing, present)
            present += DAY
        return standing

    def opening(self, standing: Standing, day: date) -> Standing:
        """Midnight: nothing of the day itself is known."""
        moment = Moment(day, day - DAY, self.ledger, self.programme(day))
        schemes = zip(moment.programme.schemes, standing.held, strict=True)
        held = tuple(ladder.opening(scheme, each, moment) for scheme, each in schemes)
        shown = segment.opening(standing.segment, moment)
        return self._risk(replace(standing, held=held, segment=shown), moment)

    def closing(self, opened: Standing, day: date) -> Standing:
        """All that is known of the day, asked from its opening."""
        moment = Moment(day, day, self.ledger, self.programme(day))
        schemes = zip(moment.programme.schemes, opened.held, strict=True)
        held = tuple(ladder.closing(scheme, each, moment) for scheme, each in schemes)
        at_opening = segment.scores(replace(moment, known=day - DAY))
        shown = segment.closing(opened.segment, moment, at_opening)
        return self._risk(replace(opened, held=held, segment=shown), moment)

    def _risk(self, standing: Standing, moment: Moment) -> Standing:
        loyal = stage.is_loyal(standing.loyal, moment)
        found = stage.stage(loyal, moment, self._lifecycle)
        since = standing.stage_since if found == standing.stage else moment.day
        level = churn.level(standing.level, moment)
        return replace(standing, loyal=loyal, stage=found, stage_since=since, level=level)

    def _lifecycle(self, day: date) -> dict[str, Any] | None:
        return self.programme(day).lifecycle

    @staticmethod
    def _start(programme: Programme, day: date) -> Standing:
        stage_ = "prospect" if programme.lifecycle else None
        return Standing(tuple(Held(0, day) for _ in programme.schemes), stage=stage_, stage_since=day)

    def taken_over(self, standing: Standing, day: date) -> Standing:
        """The standing at the end of a day, as the rules of the next one take it over."""
        for earlier, later in zip(self.chain, self.chain[1:], strict=False):
            if later.anchor == day:
                standing = _translated(standing, earlier.programme, later.programme, day)
        return standing


def _translated(standing: Standing, old: Programme, new: Programme, anchor: date) -> Standing:
    """What new rules take over at the anchor."""
    known = {scheme["name"]: (scheme, held) for scheme, held in zip(old.schemes, standing.held, strict=True)}
    held = []
    for scheme in new.schemes:
        tiers = [tier["name"] for tier in scheme["tier"]]
        before, had = known.get(scheme["name"], (None, None))
        same = before is not None and before["hold"]["kind"] == scheme["hold"]["kind"]
        name = before["tier"][had.tier]["name"] if same and before and had else None
        held.append(replace(had, tier=tiers.index(name)) if had and name in tiers else Held(0, anchor))
    standing = replace(standing, held=tuple(held))
    if new.lifecycle is None:  # what there are no rules for is not kept
        standing = replace(standing, loyal=False, stage=None, stage_since=None)
    if new.rfm is None:
        standing = replace(standing, segment=Shown())
    return standing if new.churn else replace(standing, level=None)
