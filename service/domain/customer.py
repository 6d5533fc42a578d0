"""One customer: facts, the states kept of the walk, and what has been announced."""

from schemas.inbound import AppInteraction, Event, OrderPaid
from schemas.outbound import Announcement
from schemas.profile import Profile
from service.domain import calm, policy_change, standing
from service.domain.announcements import announcements
from service.domain.calendar import NEVER, midnight
from service.domain.facts import MOST_EVENT_IDS, Facts
from service.domain.headroom import Headroom, headroom, renewed
from service.domain.names import Names, carried, names, nothing_said
from service.domain.occasion import Occasion, by_event
from service.domain.policy import Policy
from service.domain.profiles import profile
from service.domain.state import State
from service.domain.view import View

STEP = 32
"""In days, between the checkpoints."""
ANCHOR_STEP = 128
"""The anchor moves at most every so many days, for it walks all of them: the later, the more days the ledger keeps."""
WORTH_FORGETTING = 8
"""And only when the ledger can then forget so many days, for that is what it moves for."""


class Customer:
    """Facts and standing of one customer, as of a business day, under one version of the policy.

    `anchor` is a closing more than `keep_days` before the as-of day (None: that before enrolment), `opened` the opening
    of the as-of day: in-order events step from `opened`, everything else walks again from the newest closing before the
    change that is still known: of the `checkpoints`, a few weeks and a month or two old, else `anchor`. While there is
    `headroom`, events need no derivation in full. `packed` is for whoever keeps customers as bytes, as in the facts.
    """

    __slots__ = (
        "_moves_on",
        "anchor",
        "announced",
        "checkpoints",
        "closed",
        "due",
        "facts",
        "headroom",
        "id",
        "opened",
        "packed",
        "position",
        "sequence",
        "version",
    )

    def __init__(self, customer_id: str, facts: Facts, opened: State, version: int) -> None:
        self.id = customer_id
        self.facts = facts
        self.version = version
        """The version of the policy that the states are under."""
        self.anchor: State | None = None
        self.checkpoints: tuple[State, ...] = ()
        """At most two closings after the anchor, the older one first."""
        self.closed: State | None = None
        """The closing of the as-of day, while it is known (in memory only); headroom says that it has the opening's names."""
        self.opened = opened
        self.announced: Names | None = None
        self.sequence = 0
        self.position = -1
        self.due = NEVER
        self.headroom: Headroom | None = None
        self.packed: object = None
        self._moves_on = 0
        """No day before this moves the anchor or forgets an id."""

    @classmethod
    def enrolled(cls, customer_id: str, day: int, policy: Policy) -> "Customer":
        """A customer of whom nothing is known yet, as of `day`."""
        return cls(customer_id, Facts(day), standing.first_opening(day, policy), policy.version)

    @property
    def as_of(self) -> int:
        """The business day that the standing is of."""
        return self.opened.day

    def bring_to(self, day: int, policy: Policy) -> list[Announcement]:
        """Let time pass up to the opening of `day`, each change as of the day it falls due."""
        before = self.opened.day
        if day <= before and day < self.due:
            return []
        said: list[Announcement] = []
        while self.due <= day:
            self._open(self.due, policy, calmly=False)
            said += self._derive(policy, Occasion("time", midnight(self.as_of, policy.frame.zone)))
        if day > self.opened.day:
            self._open(day, policy, calmly=True)
        if self.opened.day > before and self.opened.day >= self._moves_on:
            self._move_anchor(policy)
        return said

    def fold(self, event: Event, day: int, fingerprint: int, policy: Policy) -> list[Announcement]:
        """Let an event happen; the customer has been brought to the event's day before."""
        today = self.opened.day
        if len(self.facts.events) == MOST_EVENT_IDS:  # so that none that is past its bound counts
            self.facts.events.forget(today - policy.frame.late_days)
        changed = self.facts.fold(event, day, fingerprint, policy.frame)
        if changed < today:
            self._walk_again(changed, policy)
        elif self._takes_calmly(event, policy):
            return []
        return self._derive(policy, by_event(event, late=day < today))

    def adopt(self, policy: Policy, before: Policy, occasion: Occasion) -> list[Announcement]:
        """Follow other rules from now on; the customer has been brought to the day of their activation before."""
        day = self.as_of - policy.frame.keep_days
        if day < self.facts.enrolled_on:
            start = standing.before_enrolment(self.facts, policy)
        else:
            self.anchor = policy_change.carried(self._closing_of(day, before), self.facts, before, policy)
            start = self.anchor
        self.checkpoints, self.closed, self.headroom, self.version, self._moves_on = (), None, None, policy.version, 0
        if self.announced is not None:
            self.announced = carried(self.announced, before, policy)
        self._walk(start, policy, settled=False)
        return self._derive(policy, occasion)

    def say_again(self, policy: Policy, occasion: Occasion) -> list[Announcement]:
        """The difference to what has been announced, however it came about."""
        return self._derive(policy, occasion)

    def say_since(self, said: Names | None, sequence: int, policy: Policy, occasion: Occasion) -> list[Announcement]:
        """Announce the difference to what has been said so far, whatever is kept of it; numbered from `sequence` + 1."""
        self.sequence = sequence
        if said == self.announced:
            return []
        self.announced = said
        return self._derive(policy, occasion)

    def profile(self, policy: Policy, position: int) -> Profile:
        """The profile as of the customer's day; `position`: offset of the last record read."""
        return profile(self._closed(policy), self._view(policy), policy, self.sequence, position)

    def _closed(self, policy: Policy) -> State:
        if self.closed is None:
            self.closed = self._closed_calmly(policy) or standing.closing(self.opened, self._view(policy), policy)
        return self.closed

    def _closed_calmly(self, policy: Policy) -> State | None:
        """The closing where there is headroom; None when a name may be another one."""
        if (room := self.headroom) is None:
            return None
        if policy.churn is None:  # nothing moves with an order but the risk
            return self.opened
        days = calm.purchase_days(self.facts, self.as_of)
        if days.last < self.as_of:
            return self.opened
        found = calm.bought(self.opened, self.opened, room, days, policy)
        return None if found is None else found.closed

    def _view(self, policy: Policy) -> View:
        return standing.closing_view(self.as_of, self.facts, policy)

    def _anchor(self, policy: Policy) -> State:
        return self.anchor if self.anchor is not None else standing.before_enrolment(self.facts, policy)

    @property
    def _anchor_day(self) -> int:
        return self.facts.enrolled_on - 1 if self.anchor is None else self.anchor.day

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
        self._remember(closed)
        if calmly and self.headroom is not None:
            self.opened = calm.opening(closed, day, self.headroom)
        else:
            self.opened, self.headroom = standing.opening(closed, day, self.facts, policy), None
        self.closed = None

    def _takes_calmly(self, event: Event, policy: Policy) -> bool:
        """Whether an event of the as-of day is too small to change a name; what it does change is done."""
        room, seen = self.headroom, self.closed or self.opened
        if room is None:
            return False
        if isinstance(event, OrderPaid):
            paid = event.data.amount_minor
            left = room.after(1, paid, 0) or renewed(room, 1, paid, 0, seen, self.facts, policy)
            days = calm.purchase_days(self.facts, self.as_of)
            found = None if left is None else calm.bought(self.opened, seen, left, days, policy)
            if found is not None:
                self.closed, self.due, self.headroom = found.closed, found.due, found.headroom
            return found is not None
        if isinstance(event, AppInteraction):
            weight = policy.engagement.get(event.data.kind, 0)
            self.headroom = room.after(0, 0, weight) or renewed(room, 0, 0, weight, seen, self.facts, policy)
            return self.headroom is not None
        return False

    def _walk_again(self, changed: int, policy: Policy) -> None:
        """From the newest closing before a day that is not what it was."""
        self.headroom = None
        self.checkpoints = tuple([closed for closed in self.checkpoints if closed.day < changed])
        if self.checkpoints:
            self._walk(self.checkpoints[-1], policy, settled=True)
        else:
            self._walk(self._anchor(policy), policy, settled=False)

    def _walk(self, start: State, policy: Policy, *, settled: bool) -> None:
        """To the opening of the as-of day, through checkpoints."""
        closings: list[State] = []
        self.opened = standing.walk(start, self.as_of, self.facts, policy, closings, settled=settled)
        for closed in closings:
            self._remember(closed)

    def _remember(self, closed: State) -> None:
        """A closing is a new checkpoint when it is far enough from the last."""
        last = self.checkpoints[-1].day if self.checkpoints else self._anchor_day
        if closed.day >= last + STEP:
            self.checkpoints = (*self.checkpoints[-1:], closed)

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
        day, facts = self.as_of - policy.frame.keep_days - 1, self.facts
        if day >= self._anchor_day + ANCHOR_STEP and self._is_worth_an_anchor(day, policy):
            known = [each for each in self.checkpoints if each.day <= day and self._is_worth_an_anchor(each.day, policy)]
            self.anchor = anchor = known[-1] if known else self._closing_of(day, policy)
            # What windows hold before the anchor is forgotten: nothing is walked from earlier closings any more.
            self.checkpoints = tuple([closed for closed in self.checkpoints if closed.day > anchor.day])
            terms = [state.term_from for state in anchor.tiers if state.held_until is not None]
            facts.forget(min(anchor.day - policy.longest_window, *terms, anchor.day), self.as_of, policy.frame)
        else:
            facts.forget_ids(self.as_of, policy.frame)
        may_move, forgets = self._anchor_day + ANCHOR_STEP + policy.frame.keep_days + 1, facts.forgets_on(self.as_of)
        self._moves_on = min(may_move, forgets) if may_move > self.as_of else forgets

    def _is_worth_an_anchor(self, day: int, policy: Policy) -> bool:
        return self.facts.days_before(day - policy.longest_window) >= WORTH_FORGETTING
