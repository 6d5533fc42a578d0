"""One customer: facts, the states kept of the walk, and what has been announced."""

from collections.abc import Iterator

from schemas.inbound import Event
from schemas.outbound import Announcement
from schemas.profile import Profile
from service.domain import standing
from service.domain.announcements import Names, Occasion, announcements, by_event, names
from service.domain.calendar import NEVER, midnight
from service.domain.facts import Facts
from service.domain.policy import Policy, longest_window
from service.domain.profiles import profile
from service.domain.standing import State
from service.domain.view import View

LONGEST_TRAIL = 64
ANCHOR_STEP = 32
"""The anchor moves at most every so many days: the walk to it is the same, only later."""


class Customer:
    """Facts and standing of one customer, as of a business day.

    `anchor` is the closing of a day more than `keep_days` before the as-of day (None: before enrolment), `opened` the opening
    of the as-of day: in-order events step from `opened`, everything else walks again from `anchor`, or from the newest
    closing before the change that this object still remembers (`trail`, in memory only).
    """

    __slots__ = ("anchor", "announced", "closed", "due", "facts", "id", "opened", "position", "sequence", "trail")

    def __init__(self, customer_id: str, facts: Facts, opened: State) -> None:
        self.id = customer_id
        self.facts = facts
        self.anchor: State | None = None
        self.closed: State | None = None
        """The closing of the as-of day, while it is known (in memory only)."""
        self.opened = opened
        self.announced: Names | None = None
        self.sequence = 0
        self.position = -1
        self.due = NEVER
        self.trail: list[State] = []

    @classmethod
    def enrolled(cls, customer_id: str, day: int, policy: Policy) -> "Customer":
        """A customer of whom nothing is known yet, as of `day`."""
        facts = Facts(day)
        return cls(customer_id, facts, standing.opening(standing.before_enrolment(facts, policy), day, facts, policy))

    @property
    def as_of(self) -> int:
        """The business day that the standing is of."""
        return self.opened.day

    def bring_to(self, day: int, policy: Policy) -> Iterator[Announcement]:
        """Let time pass up to the opening of `day`, each change as of the day it falls due."""
        while self.due <= day:
            self._open(self.due, policy)
            yield from self._derive(policy, Occasion("time", midnight(self.as_of, policy.frame.zone)))
        if day > self.as_of:
            self._open(day, policy)
        self._move_anchor(policy)

    def fold(self, event: Event, day: int, fingerprint: int, policy: Policy) -> list[Announcement]:
        """Let an event happen; the customer has been brought to the event's day before."""
        changed = self.facts.fold(event, day, fingerprint, policy.frame)
        self.closed = None
        if changed < self.as_of:
            while self.trail and self.trail[-1].day >= changed:
                self.trail.pop()
            start = self.trail.pop() if self.trail else self._anchor(policy)
            self.opened = standing.walk(start, self.as_of, self.facts, policy, self.trail)
            del self.trail[:-LONGEST_TRAIL]
        return self._derive(policy, by_event(event, late=day < self.as_of))

    def profile(self, policy: Policy, position: int) -> Profile:
        """The profile as of the customer's day; `position`: offset of the last record read."""
        return profile(self._closed(policy), self._view(policy), policy, self.sequence, position)

    def _closed(self, policy: Policy) -> State:
        if self.closed is None:
            self.closed = standing.closing(self.opened, self._view(policy), policy)
        return self.closed

    def _view(self, policy: Policy) -> View:
        return standing.closing_view(self.as_of, self.facts, policy)

    def _anchor(self, policy: Policy) -> State:
        return self.anchor if self.anchor is not None else standing.before_enrolment(self.facts, policy)

    def _open(self, day: int, policy: Policy) -> None:
        """Straight to a day no later than the due day: nothing is known of later days, and nothing changes before."""
        closed = self._closed(policy)
        self.trail.append(closed)
        del self.trail[:-LONGEST_TRAIL]
        self.opened, self.closed = standing.opening(closed, day, self.facts, policy), None

    def _derive(self, policy: Policy, occasion: Occasion) -> list[Announcement]:
        view = self._view(policy)
        closed = self.closed = standing.closing(self.opened, view, policy)
        self.due = standing.next_change(closed, view, policy)
        now = names(closed)
        if now == self.announced:
            return []
        said = announcements(self.id, self.sequence, self.announced, closed, view, policy, occasion)
        self.sequence += len(said)
        self.announced = now
        return said

    def _move_anchor(self, policy: Policy) -> None:
        # A day before the anchor's: a late event or refund may still reach the day that lies keep_days back.
        day = self.as_of - policy.frame.keep_days - 1
        anchor = self._anchor(policy)
        if day >= anchor.day + ANCHOR_STEP:
            opened = standing.walk(anchor, day, self.facts, policy, [])
            self.anchor = standing.closing(opened, standing.closing_view(day, self.facts, policy), policy)
            self.facts.forget(day - longest_window(policy), self.as_of, policy.frame)
        else:
            self.facts.forget(-(1 << 30), self.as_of, policy.frame)
