"""One customer: facts, the states kept of the walk, and what has been announced."""

from schemas.inbound import AppInteraction, Event, OrderPaid
from schemas.outbound import Announcement
from schemas.profile import Profile
from service.domain import calm, policy_change, standing
from service.domain.announcements import announcements
from service.domain.calendar import NEVER, midnight
from service.domain.facts import Facts
from service.domain.headroom import Headroom, headroom
from service.domain.names import Names, carried, names, nothing_said
from service.domain.occasion import Occasion, by_event
from service.domain.policy import Policy, longest_window
from service.domain.profiles import profile
from service.domain.state import State
from service.domain.view import View

LONGEST_TRAIL = 64
STEP = 32
"""Anchor and checkpoint move at most every so many days: the walk to them is the same, only later."""


class Customer:
    """Facts and standing of one customer, as of a business day, under one version of the policy.

    `anchor` is the closing of a day more than `keep_days` before the as-of day (None: before enrolment), `opened` the opening
    of the as-of day: in-order events step from `opened`, everything else walks again from the newest closing before the
    change: of those that this object still remembers (`trail`, in memory only), else `checkpoint`, a month or two old, else
    `anchor`. While there is `headroom`, events need no derivation in full. `packed` is for whoever keeps customers as bytes,
    as in a day ledger.
    """

    __slots__ = (
        "anchor",
        "announced",
        "checkpoint",
        "closed",
        "due",
        "facts",
        "headroom",
        "id",
        "opened",
        "packed",
        "position",
        "sequence",
        "trail",
        "version",
    )

    def __init__(self, customer_id: str, facts: Facts, opened: State, version: int) -> None:
        self.id = customer_id
        self.facts = facts
        self.version = version
        """The version of the policy that the states are under."""
        self.anchor: State | None = None
        self.checkpoint: State | None = None
        self.closed: State | None = None
        """The closing of the as-of day, while it is known (in memory only)."""
        self.opened = opened
        self.announced: Names | None = None
        self.sequence = 0
        self.position = -1
        self.due = NEVER
        self.headroom: Headroom | None = None
        self.packed: object = None
        self.trail: list[State] = []

    @classmethod
    def enrolled(cls, customer_id: str, day: int, policy: Policy) -> "Customer":
        """A customer of whom nothing is known yet, as of `day`."""
        facts = Facts(day)
        opened = standing.opening(standing.before_enrolment(facts, policy), day, facts, policy)
        return cls(customer_id, facts, opened, policy.version)

    @property
    def as_of(self) -> int:
        """The business day that the standing is of."""
        return self.opened.day

    def bring_to(self, day: int, policy: Policy) -> list[Announcement]:
        """Let time pass up to the opening of `day`, each change as of the day it falls due."""
        said: list[Announcement] = []
        before = self.opened.day
        while self.due <= day:
            self._open(self.due, policy, calmly=False)
            said += self._derive(policy, Occasion("time", midnight(self.as_of, policy.frame.zone)))
        if day > self.opened.day:
            self._open(day, policy, calmly=True)
        if self.opened.day > before:
            self._move_anchor(policy)
            self._move_checkpoint(policy)
        return said

    def fold(self, event: Event, day: int, fingerprint: int, policy: Policy) -> list[Announcement]:
        """Let an event happen; the customer has been brought to the event's day before."""
        changed = self.facts.fold(event, day, fingerprint, policy.frame)
        if changed < self.as_of:
            self._walk_again(changed, policy)
        elif self._takes_calmly(event, policy):
            return []
        return self._derive(policy, by_event(event, late=day < self.as_of))

    def adopt(self, policy: Policy, before: Policy, occasion: Occasion) -> list[Announcement]:
        """Follow other rules from now on; the customer has been brought to the day of their activation before."""
        day = self.as_of - policy.frame.keep_days
        if day < self.facts.enrolled_on:
            start = standing.before_enrolment(self.facts, policy)
        else:
            self.anchor = policy_change.carried(self._closing_of(day, before), self.facts, before, policy)
            start = self.anchor
        self.trail, self.closed, self.headroom, self.version = [], None, None, policy.version
        if self.announced is not None:
            self.announced = carried(self.announced, before, policy)
        self.opened = standing.walk(start, self.as_of, self.facts, policy, self.trail, settled=False)
        self.checkpoint = self._remembered_closing()
        del self.trail[:-LONGEST_TRAIL]
        return self._derive(policy, occasion)

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

    def _closing_of(self, day: int, policy: Policy) -> State:
        """The closing of a day from the anchor's on."""
        anchor = self._anchor(policy)
        if day <= anchor.day:
            return anchor
        opened = standing.walk(anchor, day, self.facts, policy, [], settled=False)
        return standing.closing(opened, standing.closing_view(day, self.facts, policy), policy)

    def _open(self, day: int, policy: Policy, *, calmly: bool) -> None:
        """Straight to a day no later than the due day (`calmly`: before it): nothing is known of later days."""
        closed = self._closed(policy)
        self.trail.append(closed)
        if len(self.trail) > 2 * LONGEST_TRAIL:
            del self.trail[:-LONGEST_TRAIL]
        if calmly and self.headroom is not None:
            self.opened = calm.opening(closed, day, self.headroom)
        else:
            self.opened, self.headroom = standing.opening(closed, day, self.facts, policy), None
        self.closed = None

    def _takes_calmly(self, event: Event, policy: Policy) -> bool:
        """Whether an event of the as-of day is too small to change a name; what it does change is done."""
        room = self.headroom
        if room is None:
            return False
        if isinstance(event, AppInteraction):
            self.headroom = room.after(0, 0, policy.engagement.get(event.data.kind, 0))
            return self.headroom is not None
        left = room.after(1, event.data.amount_minor, 0) if isinstance(event, OrderPaid) else None
        found = None if left is None else calm.bought(self.opened, self.closed or self.opened, left, self.facts, policy)
        if found is not None:
            self.closed, self.due, self.headroom = found
        return found is not None

    def _walk_again(self, changed: int, policy: Policy) -> None:
        """From the newest closing before a day that is not what it was."""
        self.headroom = None
        while self.trail and self.trail[-1].day >= changed:
            self.trail.pop()
        if self.checkpoint is not None and self.checkpoint.day >= changed:
            self.checkpoint = None
        start = self.checkpoint
        if self.trail and (start is None or self.trail[-1].day >= start.day):
            start = self.trail.pop()
        settled = start is not None
        self.opened = standing.walk(start or self._anchor(policy), self.as_of, self.facts, policy, self.trail, settled=settled)
        if self.checkpoint is None:
            self.checkpoint = self._remembered_closing()
        del self.trail[:-LONGEST_TRAIL]

    def _remembered_closing(self) -> State | None:
        """The newest closing of the trail that is old enough for most late events to come after it."""
        return next((closed for closed in reversed(self.trail) if closed.day <= self.as_of - STEP), None)

    def _move_checkpoint(self, policy: Policy) -> None:
        day = self.as_of - STEP
        start = self.checkpoint if self.checkpoint is not None else self._anchor(policy)
        if day < start.day + STEP:
            return
        found = self._remembered_closing()
        if found is None or found.day <= start.day:
            opened = standing.walk(start, day, self.facts, policy, [], settled=self.checkpoint is not None)
            found = standing.closing(opened, standing.closing_view(day, self.facts, policy), policy)
        self.checkpoint = found

    def _derive(self, policy: Policy, occasion: Occasion) -> list[Announcement]:
        view = self._view(policy)
        closed = self.closed = standing.closing(self.opened, view, policy)
        now = names(closed, view, policy)
        steady_until, changes_on = standing.outlook(closed, view, policy)
        notice = standing.next_notice(closed, view, policy)
        self.due = min(changes_on, notice)
        self.headroom = None if any(now.expiring) else headroom(closed, view, policy, min(steady_until, notice))
        if now == self.announced:
            return []
        before = nothing_said(policy) if self.announced is None else self.announced
        said = announcements(self.id, self.sequence, before, now, closed, view, policy, occasion)
        self.sequence += len(said)
        self.announced = now
        return said

    def _move_anchor(self, policy: Policy) -> None:
        # A day before the anchor's: a late event or refund may still reach the day that lies keep_days back.
        day = self.as_of - policy.frame.keep_days - 1
        if day >= self._anchor(policy).day + STEP:
            self.anchor = anchor = self._closing_of(day, policy)
            # What windows hold before the anchor is forgotten: nothing is walked from earlier closings any more.
            self.trail = [closed for closed in self.trail if closed.day > day]
            if self.checkpoint is not None and self.checkpoint.day <= day:
                self.checkpoint = None
            terms = [state.term_from for state in anchor.tiers if state.held_until is not None]
            self.facts.forget(day, min(day - longest_window(policy), *terms, day), self.as_of, policy.frame)
        else:
            self.facts.forget_ids(self.as_of, policy.frame)
